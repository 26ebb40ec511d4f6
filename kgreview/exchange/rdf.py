"""RDF as a source: a file in any of the usual syntaxes, or a folder of such files."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc
import pyoxigraph as ox

from kgreview.errors import InputError
from kgreview.exchange.files import entries_of
from kgreview.exchange.forms import Form, SourceOptions
from kgreview.exchange.graph_builder import GraphBuilder, Statements, graph_of
from kgreview.exchange.rdf_files import HERE, RDF, SYNTAXES, Syntax, read_quads, syntax_of
from kgreview.exchange.rdf_shape import shape_statements
from kgreview.exchange.rdf_statements import BLANK
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.quoting import listed, quoted
from kgreview.progress import Notice, Progress

_TYPE = f"{RDF}type"
_SUBCLASS = "http://www.w3.org/2000/01/rdf-schema#subClassOf"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_UNTYPED = "resource"
_AT_ONCE = 100_000  # statements that are held as Python objects
_NO_IRI = r"[\x00-\x20<>\"{}|\\^`]"  # no IRI has one of these
_ABSOLUTE = r"^[A-Za-z][A-Za-z0-9+.-]*:"


def _read(
    syntax: Syntax | None, path: Path, options: SourceOptions, progress: Progress, notice: Notice
) -> KnowledgeGraph:
    """Read one file, or all files of a folder, as one graph; ``syntax``: theirs, whatever they say.

    The types of entities are what ``rdf:type`` states, or the property ``options.type``.
    """
    files = _files(path, syntax, notice)
    collector = _Collector(options.type or _TYPE)
    total = sum(file.stat().st_size for file, _ in files)
    before = 0
    for number, (file, of_file) in enumerate(files):
        base = f"{HERE}{quote(file.name)}" if path.is_dir() else HERE
        report = functools.partial(_report, progress, f"read {path.name}", before, total)
        for quads in read_quads(file, of_file, base, report):
            collector.take(quads, number, decimals=of_file.format == ox.RdfFormat.JSON_LD)
        before += file.stat().st_size
    progress(f"read {path.name}", total, total)
    collector.tell(notice)
    statements = collector.statements()
    if options.type is not None and not len(statements.types):
        raise InputError.at(path, f"states no {quoted(options.type)}; give --type another property")
    _tell_of_ids(statements.ids, notice)
    shaped = shape_statements(statements, notice)
    if not len(shaped.ids):
        raise InputError.at(
            path, "holds no statement of an entity; check that it is the right file"
        )
    return graph_of(
        shaped,
        untyped=_UNTYPED,
        type_attribute=options.type or _TYPE,
        superclasses=_superclasses(statements),
        notice=notice,
    )


def _report(progress: Progress, stage: str, before: int, total: int, done: int) -> None:
    progress(stage, before + done, total)


def _files(path: Path, syntax: Syntax | None, notice: Notice) -> list[tuple[Path, Syntax]]:
    """Give the files to read and their syntaxes. Raises ``InputError`` where there is none."""
    if not path.is_dir():
        file_syntax = syntax or syntax_of(path)
        if file_syntax is None:
            raise InputError.at(path, f"is no RDF; give {_TITLES}")
        return [(path, file_syntax)]
    files = entries_of(path)
    read = [(file, of_file) for file in files if (of_file := _of_folder(file, syntax)) is not None]
    if not read:
        raise InputError.at(path, f"holds no file of RDF; give {_TITLES}")
    others = [file.name for file in files if file not in {file for file, _ in read}]
    if others:
        notice(
            f"files and folders that are no RDF, passed over: {len(others):,} ({listed(others)})"
        )
    return read


def _of_folder(file: Path, syntax: Syntax | None) -> Syntax | None:
    of_file = syntax_of(file)
    return of_file if syntax is None or of_file is None else syntax


class _Collector:
    """Takes the statements of files apart, into columns of strings."""

    def __init__(self, type_property: str) -> None:
        self._type = type_property
        self._builder = GraphBuilder()
        self._typed: list[tuple[str, str]] = []
        self._links: list[tuple[str, str, str]] = []
        self._values: list[tuple[str, str, str, str]] = []
        self._in_graphs = self._nested = self._anonymous = 0

    def take(self, quads: list[ox.Quad], file: int, *, decimals: bool) -> None:
        """Add statements of a file; ``decimals``: its doubles are numbers of JSON."""
        prefix = f"{BLANK}{file}:"
        for subject, predicate, thing, graph in quads:
            kind = type(thing)
            about = subject.value if type(subject) is ox.NamedNode else prefix + subject.value
            name = predicate.value
            if type(graph) is not ox.DefaultGraph:
                self._in_graphs += 1
            if kind is ox.Literal:
                value, tag = thing.value, _tag(thing)
                if decimals and tag == _DOUBLE:
                    value = f"{float(value):.15g}"
                self._values.append((about, name, value, tag))
            elif kind is ox.NamedNode:
                if name == self._type:
                    self._typed.append((about, thing.value))
                else:
                    self._links.append((about, name, thing.value))
            elif kind is ox.BlankNode and name != _TYPE:
                self._links.append((about, name, prefix + thing.value))
            elif kind is ox.BlankNode:
                self._anonymous += 1
            else:
                self._nested += 1
        if len(self._typed) + len(self._links) + len(self._values) >= _AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        if self._typed:
            self._builder.add_entities(*zip(*self._typed, strict=True))
        if self._links:
            self._builder.add_relations(*zip(*self._links, strict=True))
        if self._values:
            self._builder.add_values(*zip(*self._values, strict=True))
        self._typed, self._links, self._values = [], [], []

    def statements(self) -> Statements:
        """Give all statements as columns of codes."""
        self._flush()
        return self._builder.statements()

    def tell(self, notice: Notice) -> None:
        """Say what was left out."""
        if self._in_graphs:
            notice(
                f"statements in named graphs: {self._in_graphs:,}; all graphs are read as one, "
                "their names left out"
            )
        if self._nested:
            notice(f"statements about statements left out: {self._nested:,}")
        if self._anonymous:
            notice(f"statements of a type without a name left out: {self._anonymous:,}")


_DOUBLE = f"^^{_XSD}double"


def _tag(literal: ox.Literal) -> str:
    """Tell the language or the datatype of a literal, '' where it is a plain string."""
    if literal.language is not None:
        return f"@{literal.language}"
    datatype = literal.datatype.value
    return "" if datatype == f"{_XSD}string" else f"^^{datatype}"


def _tell_of_ids(ids: pa.Array, notice: Notice) -> None:
    named = ids.filter(pc.invert(pc.starts_with(ids, BLANK)))
    for texts, what in (
        (
            named.filter(pc.match_substring_regex(named, _NO_IRI)),
            "with spaces or other characters that no IRI has",
        ),
        (named.filter(pc.invert(pc.match_substring_regex(named, _ABSOLUTE))), "without a scheme"),
        (named.filter(pc.starts_with(named, HERE)), "of no place but that of the file"),
    ):
        if len(texts):
            notice(
                f"IRIs {what}, read as they stand: {len(texts):,} (as {quoted(texts[0].as_py())})"
            )


def _superclasses(s: Statements) -> dict[str, list[str]]:
    """Give the classes that others are stated to be a subclass of, by these."""
    code = pc.index(s.relation_names, pa.scalar(_SUBCLASS, s.relation_names.type)).as_py()
    links = s.relations == code
    superclasses: dict[str, list[str]] = {}
    for one, other in zip(
        *(s.ids.take(pa.array(c[links])).to_pylist() for c in (s.heads, s.tails)), strict=True
    ):
        superclasses.setdefault(one, []).append(other)
    return superclasses


def _forms() -> Iterator[Form]:
    """Give a form for each syntax, and one for folders of files in several."""
    heeds = frozenset({"type"})
    for syntax in SYNTAXES:

        def recognises(path: Path, syntax: Syntax = syntax) -> bool:
            return syntax_of(path) is syntax

        read = functools.partial(_read, syntax)
        yield Form(syntax.name, syntax.title, recognises, read, heeds)
    yield Form("rdf", "a folder of RDF files", _is_folder, functools.partial(_read, None), heeds)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and any(syntax_of(file) is not None for file in entries_of(path))


_TITLES = ", ".join(syntax.title for syntax in SYNTAXES)
RDF_FORMS: tuple[Form, ...] = tuple(_forms())
