"""Links from RDF: owl:sameAs and skos:exactMatch triples, and the OAEI Alignment format.

Triples are read by pyoxigraph, whatever their serialisation. Alignments are XML with a few fixed
elements, and many tools write them with attributes that no RDF reader takes: they are read as XML.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat

import numpy as np
import pyoxigraph as ox

from kgreview.errors import InputError
from kgreview.exchange.rdf_files import decoded_beginning, is_xml, read_quads, syntax_of, text_parts
from kgreview.exchange.statements import Statements
from kgreview.graph.quoting import quoted
from kgreview.progress import Progress, silent

_OWL, _SKOS = "http://www.w3.org/2002/07/owl#", "http://www.w3.org/2004/02/skos/core#"
SAME = f"{_OWL}sameAs"
EXACT = f"{_SKOS}exactMatch"
DIFFERENT = f"{_OWL}differentFrom"
_LABELS = {SAME: 1, EXACT: 1, f"{_OWL}equivalentClass": 1, DIFFERENT: 0}
_ALIGNMENT = b"heterogeneity/alignment"  # in the namespace of the OAEI format, with # or without
_EVERY = 50_000  # triples between two reports


def is_alignment(path: Path) -> bool:
    """Whether a file is an alignment in the OAEI format."""
    start = decoded_beginning(path)
    return is_xml(start) and _ALIGNMENT in start


def is_rdf(path: Path) -> bool:
    """Whether a file is RDF in a serialisation that can be read."""
    return syntax_of(path) is not None


def read_triples(path: Path, progress: Progress = silent) -> Statements:
    """Read the triples that say that two things are the same, or not; others are passed over.

    Raises what ``read_quads`` does.
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
    parser = expat.ParserCreate("utf-8", " ")
    parser.StartElementHandler, parser.EndElementHandler = cells.start, cells.end
    parser.CharacterDataHandler = cells.text
    cells.line = lambda: parser.CurrentLineNumber
    try:
        for part in text_parts(path):
            parser.Parse(part)
            progress("read links", len(cells.first))
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise InputError.at(path, f"is no XML ({error}); export it again") from error
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
    syntax = syntax_of(path)
    assert syntax is not None  # as ``is_rdf`` has told
    if path.name.lower().removesuffix(".gz").endswith(".n3"):  # where owl:sameAs is written =
        syntax = syntax._replace(format=ox.RdfFormat.N3)
    for quads in read_quads(path, syntax):
        for subject, predicate, thing, _ in quads:
            if isinstance(subject, ox.NamedNode) and isinstance(thing, ox.NamedNode):
                yield subject.value, predicate.value, thing.value
