"""RDF files in any of the usual syntaxes, as a stream of statements; hostile ones are refused."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple, cast
from xml.parsers import expat

import pyoxigraph as ox

from kgreview.errors import InputError
from kgreview.exchange.files import PART, beginning, parts_of
from kgreview.graph.quoting import one_line, quoted
from kgreview.graph.readers.encodings import as_utf8, encoding_of

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
HERE = "file:///"  # the place of a file, which must not change ids where a file is moved

_AT_ONCE = 1000  # statements
_LONGEST = 64 * 1024 * 1024  # bytes of a file in which there is no statement, or few
_DEEPEST = 200  # objects within objects of JSON: time and memory grow with the square of it
_LONGEST_ENTITY = 1000  # characters of an XML entity, with those it is made of


class Syntax(NamedTuple):
    """One way to write RDF down."""

    name: str  # what --format calls it
    title: str
    format: ox.RdfFormat
    endings: tuple[str, ...]  # of names of files


_N_TRIPLES = Syntax("ntriples", "N-Triples", ox.RdfFormat.N_TRIPLES, (".nt", ".ntriples"))
_TURTLE = Syntax("turtle", "Turtle", ox.RdfFormat.TURTLE, (".ttl", ".turtle", ".n3"))
_RDF_XML = Syntax("rdfxml", "RDF/XML", ox.RdfFormat.RDF_XML, (".rdf", ".owl", ".xml", ".rdfs"))
_JSON_LD = Syntax("jsonld", "JSON-LD", ox.RdfFormat.JSON_LD, (".jsonld", ".json"))
_TRIG = Syntax("trig", "TriG", ox.RdfFormat.TRIG, (".trig",))
_N_QUADS = Syntax("nquads", "N-Quads", ox.RdfFormat.N_QUADS, (".nq", ".nquads"))
SYNTAXES = (_N_TRIPLES, _TURTLE, _RDF_XML, _JSON_LD, _TRIG, _N_QUADS)

_OF_RDF_XML = (".rdf", ".owl", ".rdfs")  # .xml may be anything

_XML_START = re.compile(rb"\s*<(\?xml|!DOCTYPE|!--|[A-Za-z_][\w.:-]*\s[^<>]*xmlns)")
_JSON_START = re.compile(rb"\s*[\[{]")
_JSON_LD_KEY = re.compile(rb'"@(context|id|graph|type)"\s*:')
_DIRECTIVE = re.compile(rb"^\s*(@prefix|@base|prefix\s+[\w.-]*:\s*<|base\s+<)", re.I | re.M)
_TRIPLE = rb"^\s*(<[^<>\s]*>|_:\S+)\s+<[^<>\s]*>\s+"
_STATEMENT = re.compile(_TRIPLE + rb"[<_\"]", re.M)
_QUAD = re.compile(
    _TRIPLE + rb'(<[^<>\s]*>|_:\S+|"([^"\\]|\\.)*"(@[\w-]+|\^\^<[^<>\s]*>)?)\s*(<[^<>\s]*>|_:)',
    re.M,
)


def syntax_of(path: Path) -> Syntax | None:
    """Tell the syntax of a file by its content, and where that leaves a choice by its name.

    ``None`` for a folder, and for what is no RDF.
    """
    if not path.is_file():
        return None
    start = decoded_beginning(path)
    name = path.name.lower().removesuffix(".gz")
    named = next((each for each in SYNTAXES if name.endswith(each.endings)), None)
    if is_xml(start):
        # a lone entity needs no rdf:RDF around it, and may name no namespace of RDF
        return _RDF_XML if RDF.encode() in start or name.endswith(_OF_RDF_XML) else None
    if named in (_N_TRIPLES, _TURTLE, _TRIG, _N_QUADS):
        return named
    if _JSON_START.match(start):
        is_json_ld = name.endswith(".jsonld") or _JSON_LD_KEY.search(start)
        return _JSON_LD if is_json_ld else None
    return _syntax_of_text(start)


def is_xml(start: bytes) -> bool:
    """Whether the first bytes of a file are those of XML."""
    return _XML_START.match(start) is not None


def _syntax_of_text(start: bytes) -> Syntax | None:
    if _QUAD.search(start):
        return _N_QUADS
    if _DIRECTIVE.search(start) or _STATEMENT.search(start):
        return _TRIG  # which Turtle and N-Triples are a part of
    return None


def read_quads(
    path: Path,
    syntax: Syntax,
    base: str = HERE,
    report: Callable[[int], None] = lambda _: None,
) -> Iterator[list[ox.Quad]]:
    """Read the statements of a file, some at once; ``report`` hears how many bytes are read.

    IRIs are taken as they stand, also with spaces; relative ones are of ``base``. Raises
    ``InputError`` with line and column for a file that breaks its syntax, and for one that would
    grow without bounds.
    """
    stream = _Stream(path, syntax, report)
    try:
        parser = ox.parse(
            cast(IO[bytes], stream), format=syntax.format, base_iri=base, lenient=True
        )
        while quads := list(itertools.islice(parser, _AT_ONCE)):
            stream.silent = 0
            yield quads
    except SyntaxError as error:
        raise _fault(path, syntax, error, stream) from error
    except MemoryError as error:  # pyoxigraph's word for a token of more than 16 MiB
        raise _too_long(path, stream.line) from error
    stream.check_end()


class _Stream:
    """The bytes of a file as a parser takes them: UTF-8, checked for what would fill memory."""

    def __init__(self, path: Path, syntax: Syntax, report: Callable[[int], None]) -> None:
        self.silent = 0  # bytes since the last statements, entities of XML counted in full
        self.line = 1  # up to which the file is read
        self._path = path
        self._start = decoded_beginning(path)
        self._root = _root_of(self._start) if syntax is _RDF_XML else b""
        self._entity = _longest_entity(path, self._start) if syntax is _RDF_XML else 0
        self._nesting = _Nesting(path) if syntax is _JSON_LD else None
        self._parts = text_parts(path, report)
        self._part, self._at = b"", 0
        self._end = b""  # the last bytes so far

    @property
    def is_owl_xml(self) -> bool:
        """Whether it is the other way to write an ontology as XML."""
        return self._root.split(b":")[-1] == b"Ontology"

    def read(self, size: int = -1) -> bytes:
        """Give at most ``size`` bytes, none at the end."""
        if self._at >= len(self._part):
            self._part, self._at = self._next(), 0
        upto = len(self._part) if size < 0 else self._at + size
        given, self._at = self._part[self._at : upto], upto
        return given

    def _next(self) -> bytes:
        part = next((part for part in self._parts if part), b"")
        self.line += part.count(b"\n")
        self.silent += len(part)
        if self._entity:
            self.silent += part.count(b"&") * self._entity
        if self.silent > _LONGEST:
            raise _too_long(self._path, self.line)
        if self._nesting is not None:
            self._nesting.follow(part)
        self._end = (self._end + part)[-PART:]
        return part

    def check_end(self) -> None:
        """Raise ``InputError`` for XML that ends before its root does: the parser takes no note."""
        if not self._root:
            return
        end = _EPILOG.sub(b"", self._end)
        if not re.search(rb"</" + re.escape(self._root) + rb"\s*>$|/>$", end):
            raise InputError.at(
                f"{self._path}, line {self.line}",
                f"ends before its </{self._root.decode(errors='replace')}>; copy it again",
            )


def text_parts(path: Path, report: Callable[[int], None] = lambda _: None) -> Iterator[bytes]:
    """Read the text of a file as UTF-8, whatever encoding its first bytes tell.

    An XML declaration is blanked out: it would be wrong.
    """
    raw = beginning(path, 1024)
    marked = encoding_of(raw)
    encoding = marked or _declared_encoding(raw) or "utf-8"
    parts = parts_of(path, report)
    if marked or encoding.lower().replace("-", "") not in ("utf8", "usascii"):
        parts = as_utf8(path, parts, encoding)
    first = next((part for part in parts if part), b"")
    yield _DECLARATION.sub(lambda found: b"\n" * found.group().count(b"\n"), first, count=1)
    yield from parts


_DECLARATION = re.compile(rb"\A\s*<\?xml\s[^>]*\?>")
_ENCODING = re.compile(rb"""\A\s*<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z][\w.:-]*)["']""")


def _declared_encoding(raw: bytes) -> str | None:
    declared = _ENCODING.match(raw)
    return declared.group(1).decode() if declared else None


def decoded_beginning(path: Path) -> bytes:
    """Give the first bytes of a file as UTF-8, without byte order mark, as well as can be."""
    raw = beginning(path)
    encoding = encoding_of(raw) or _declared_encoding(raw) or "utf-8"
    try:
        return raw.decode(encoding, errors="replace").removeprefix("\ufeff").encode()
    except LookupError:
        return raw


# -------------------------------------------------------------------- faults

_PLACE = re.compile(
    r"^Parser error (at line \d+ (column \d+|between columns \d+ and \d+)"
    r"|between line \d+ column \d+ and line \d+ column \d+): "
)


def _fault(path: Path, syntax: Syntax, error: SyntaxError, stream: _Stream) -> InputError:
    """Say where a file breaks its syntax, and how."""
    what = _PLACE.sub("", error.msg)
    if "LoadDocumentCallback" in what:
        return InputError.at(
            path,
            "takes its context from the web, which is not fetched; write the context itself in the "
            'place of its address, for example {"@vocab": "https://schema.org/"}',
        )
    place = None if error.lineno is None else (error.lineno, error.offset)
    if stream.is_owl_xml:
        return InputError.at(path, "is OWL/XML, which is not read; save it as RDF/XML or Turtle")
    if place is None and syntax is _RDF_XML:
        place, what = _xml_fault(path) or (None, what)
    where = (
        f"{path}, before line {stream.line + 1}"
        if place is None
        else (f"{path}, line {place[0]}, column {place[1]}")
    )
    return InputError.at(where, f"is no {syntax.title}: {one_line(what)}")


def _xml_fault(path: Path) -> tuple[tuple[int, int], str] | None:
    """Find the first place where XML is ill-formed; ``None`` where it is not."""
    parser = expat.ParserCreate("utf-8")
    try:
        for part in text_parts(path):
            parser.Parse(part)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        return (error.lineno, error.offset + 1), expat.ErrorString(error.code)
    return None


def _too_long(path: Path, line: int) -> InputError:
    return InputError.at(
        f"{path}, before line {line + 1}",
        "holds a value or a name of many megabytes, if it is whole; cut it or drop it",
    )


# -------------------------------------------------------------------- XML and JSON that would grow

_EPILOG = re.compile(rb"(\s|<!--((?!-->).)*-->|<\?((?!\?>).)*\?>)+\Z", re.DOTALL)
_PROLOG = re.compile(rb"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^\[>]*(\[.*?\]\s*)?>", re.DOTALL)
_ENTITY = re.compile(r"""<!ENTITY\s+(%\s+)?(\S+)\s+(?:"([^"]*)"|'([^']*)'|(SYSTEM|PUBLIC)\b)""")


def _root_of(start: bytes) -> bytes:
    """Give the name of the root element of XML; b'' where it is not among the first bytes."""
    root = re.search(rb"<([^\s/>!?]+)", _PROLOG.sub(b"", start))
    return root.group(1) if root else b""


def _longest_entity(path: Path, start: bytes) -> int:
    """Give how many characters the longest entity that XML declares stands for.

    Raises ``InputError`` for entities that grow by being made of others, or stand in other files.
    """
    doctype = start.find(b"<!DOCTYPE")
    if doctype < 0:
        return 0
    end = re.search(rb"\]\s*>|\A[^\[]*?>", start[doctype:])
    if end is None:
        raise InputError.at(path, "has a DOCTYPE of more than 64 KiB; shorten it")
    lengths: dict[str, int] = {}
    for match in _ENTITY.finditer(start[doctype : doctype + end.end()].decode(errors="replace")):
        name, text = match.group(2), match.group(3) or match.group(4) or ""
        if match.group(5):
            raise InputError.at(
                path, f"declares the entity {quoted(name)} of another file, which is not read"
            )
        inner = re.findall(r"&([^;#\s]+);", text)
        lengths[name] = len(text) + sum(lengths.get(each, 0) for each in inner)
        if lengths[name] > _LONGEST_ENTITY:
            raise InputError.at(
                path,
                f"declares the entity {quoted(name)} for more than {_LONGEST_ENTITY:,} characters; "
                "write them out",
            )
    return max(lengths.values(), default=0)


class _Nesting:
    """Follows how deep objects of JSON stand in each other."""

    _STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
    _OTHER = bytes(set(range(256)) - set(b"[]{}"))

    def __init__(self, path: Path) -> None:
        self._path = path
        self._depth = 0
        self._rest = b""  # a string that has not ended

    def follow(self, part: bytes) -> None:
        """Take the next bytes. Raises ``InputError`` where they lead too deep."""
        outside, quote, rest = self._STRING.sub(b"", self._rest + part).partition(b'"')
        self._rest = quote + rest
        brackets = outside.translate(None, self._OTHER)
        for run in re.findall(rb"[\[{]+|[\]}]+", brackets):
            self._depth += len(run) if run[0] in b"[{" else -len(run)
            if self._depth > _DEEPEST:
                raise InputError.at(
                    self._path, f"holds objects within objects, {_DEEPEST} deep; make it flatter"
                )
