"""Links from RDF: owl:sameAs and skos:exactMatch triples, and the OAEI Alignment format.

Triples are read by pyoxigraph, whatever their serialisation. Alignments are XML with a few fixed
elements, and many tools write them with attributes that no RDF reader takes: they are read as XML.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat

import numpy as np
import pyoxigraph as ox

from kgreview.errors import InputError
from kgreview.exchange.statements import Statements, beginning, open_bytes
from kgreview.graph.quoting import one_line, quoted
from kgreview.progress import Progress, silent

_OWL, _SKOS = "http://www.w3.org/2002/07/owl#", "http://www.w3.org/2004/02/skos/core#"
SAME = f"{_OWL}sameAs"
EXACT = f"{_SKOS}exactMatch"
DIFFERENT = f"{_OWL}differentFrom"
_LABELS = {SAME: 1, EXACT: 1, f"{_OWL}equivalentClass": 1, DIFFERENT: 0}
_ALIGNMENT = "heterogeneity/alignment"  # in the namespace of the OAEI format, with # or without

_FORMATS = {
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".ttl": ox.RdfFormat.TURTLE,
    ".n3": ox.RdfFormat.N3,
    ".nq": ox.RdfFormat.N_QUADS,
    ".trig": ox.RdfFormat.TRIG,
    ".jsonld": ox.RdfFormat.JSON_LD,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".owl": ox.RdfFormat.RDF_XML,
    ".xml": ox.RdfFormat.RDF_XML,
}
_EVERY = 50_000  # triples between two reports
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["'][^>]*\?>""")


def is_alignment(path: Path) -> bool:
    """Whether a file is an alignment in the OAEI format."""
    return _is_xml(beginning(path)) and _ALIGNMENT in beginning(path)


def is_rdf(path: Path) -> bool:
    """Whether a file is RDF in a serialisation that can be read."""
    return _format(path) is not None


def read_triples(path: Path, progress: Progress = silent) -> Statements:
    """Read the triples that say that two things are the same, or not; others are passed over.

    Raises ``InputError`` for a file that breaks its form, with the line.
    """
    first: list[str] = []
    second: list[str] = []
    label: list[int] = []
    others = 0
    for count, (subject, predicate, thing) in enumerate(_triples(path)):
        which = _LABELS.get(predicate)
        if which is None:
            others += 1
        else:
            first.append(subject)
            second.append(thing)
            label.append(which)
        if count % _EVERY == 0:
            progress("read links", count)
    left_out = {"a triple of another kind": others} if others else {}
    return Statements(first, second, np.array(label, dtype=np.int8), left_out=left_out)


def read_alignment(path: Path, progress: Progress = silent) -> Statements:
    """Read the cells of an alignment whose relation is ``=``; others are counted.

    Raises ``InputError`` for what is no XML, with the line.
    """
    cells = _Cells()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = cells.start, cells.end
    parser.CharacterDataHandler = cells.text
    cells.line = lambda: parser.CurrentLineNumber
    try:
        with open_bytes(path) as file:
            while part := file.read(1 << 20):
                parser.Parse(part)
                progress("read links", len(cells.first))
            parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise InputError.at(path, f"is no XML ({error}); export it again") from error
    except (OSError, EOFError) as error:
        raise InputError.at(path, f"cannot be read ({one_line(str(error))})") from error
    return Statements(
        cells.first,
        cells.second,
        np.ones(len(cells.first), dtype=np.int8),
        np.array(cells.rows, dtype=np.int64),
        left_out=cells.left_out,
    )


class _Cells:
    """Takes the cells of an alignment from the events of an XML parser."""

    def __init__(self) -> None:
        self.first: list[str] = []
        self.second: list[str] = []
        self.rows: list[int] = []
        self.left_out: Counter[str] = Counter()
        self.line: Any = None  # gives the line the parser is at
        self._cell: dict[str, str] | None = None
        self._begun = 0
        self._inside = ""  # the part of the cell that is open
        self._words: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        if local == "Cell":
            self._cell, self._begun = {}, self.line()
        elif self._cell is not None and local in ("entity1", "entity2", "relation"):
            self._inside, self._words = local, []
        if self._cell is not None and self._inside in ("entity1", "entity2"):
            for attribute, value in attributes.items():  # of it, or of what stands in it
                if attribute.rpartition(" ")[2] in ("resource", "about"):
                    self._cell.setdefault(self._inside, value)

    def end(self, name: str) -> None:
        local = name.rpartition(" ")[2]
        if self._cell is None:
            return
        if local == self._inside:
            if local == "relation":
                self._cell["relation"] = "".join(self._words).strip()
            self._inside = ""
        elif local == "Cell":
            self._finish(self._cell)
            self._cell = None

    def text(self, words: str) -> None:
        self._words.append(words)

    def _finish(self, cell: dict[str, str]) -> None:
        relation = cell.get("relation", "=")
        if relation != "=":
            self.left_out[f"the relation {quoted(relation)}"] += 1
        elif "entity1" not in cell or "entity2" not in cell:
            self.left_out["no IRI of either entity"] += 1
        else:
            self.first.append(cell["entity1"])
            self.second.append(cell["entity2"])
            self.rows.append(self._begun)


def _triples(path: Path) -> Iterator[tuple[str, str, str]]:
    """Give the triples whose subject and object are IRIs."""
    form = _format(path)
    try:
        with open_bytes(path) as file:
            data: Any = file
            if form is ox.RdfFormat.RDF_XML and _encoding(path) is not None:
                data = _as_utf8(file.read())
            for quad in ox.parse(data, format=form, lenient=True):
                subject, thing = quad.subject, quad.object
                if isinstance(subject, ox.NamedNode) and isinstance(thing, ox.NamedNode):
                    yield subject.value, quad.predicate.value, thing.value
    except SyntaxError as error:
        raise InputError.at(path, one_line(str(error.msg)), row=error.lineno) from error
    except (OSError, EOFError, LookupError, UnicodeDecodeError) as error:
        raise InputError.at(path, f"cannot be read ({one_line(str(error))})") from error


def _encoding(path: Path) -> str | None:
    """Give the encoding that an XML file declares, ``None`` where it is UTF-8."""
    declared = _DECLARED.match(beginning(path).encode())
    named = declared.group(1).decode().lower() if declared else "utf-8"
    return None if named in ("utf-8", "utf8", "us-ascii") else named


def _as_utf8(data: bytes) -> bytes:
    """Give XML in UTF-8 without its declaration, whatever encoding that names."""
    declared = _DECLARED.match(data)
    assert declared is not None
    text = data.decode(declared.group(1).decode())
    return text[text.index("?>") + 2 :].encode()


def _format(path: Path) -> ox.RdfFormat | None:
    """Tell the serialisation of a file, by its name, else by how it begins."""
    named = _FORMATS.get(Path(path.name.removesuffix(".gz")).suffix.lower())
    text = beginning(path)
    if _is_xml(text):
        return ox.RdfFormat.RDF_XML
    if named is not None:
        return named
    if re.search(r"^\s*(@prefix|@base|PREFIX )", text, re.MULTILINE):
        return ox.RdfFormat.TURTLE
    if re.match(r"\s*<[^<>\s]+>\s+<[^<>\s]+>\s+\S", text):
        return ox.RdfFormat.N_TRIPLES
    return None


def _is_xml(text: str) -> bool:
    return text.lstrip().startswith(("<?xml", "<rdf:RDF", "<!DOCTYPE", "<!--"))
