"""The merged graph out: as a folder of tables, and as N-Quads with a named graph for each side."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyoxigraph as ox

from kgreview.arrays import Rows
from kgreview.exchange.export import Export
from kgreview.exchange.identifiers import is_iri, slug
from kgreview.exchange.merged_graph import LEFT, RIGHT, SIDES, MergedGraph, Statements, merge
from kgreview.exchange.writing import Target
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.tags import datatypes, joint_tag, languages
from kgreview.progress import Notice, Progress

TABLES = frozenset(
    {"entities.csv", "attributes.csv", "relations.csv", "members.csv", "dropped.csv", "note.txt"}
)

_AT_ONCE = 100_000  # rows
_RDF_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_DERIVED = ox.NamedNode("http://www.w3.org/ns/prov#wasDerivedFrom")
_COMMENT = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#comment")


def merged(export: Export, notice: Notice) -> MergedGraph:
    """Merge the graphs of an export; ``notice`` hears on how much they differ."""
    settings = export.settings
    changed = settings.left_changed, settings.right_changed
    graph = merge(export.left, export.right, export.schema, export.groups, settings.values, changed)
    if graph.conflicts:
        notice(
            f"on {graph.conflicts:,} attributes of merged entities the sides differ; by the rule "
            f"{export.settings.values} {len(graph.dropped):,} values were dropped"
        )
    return graph


# ---------------------------------------------------------------- tables


def write_merged_tables(target: Target, export: Export) -> None:
    """Write a table folder that can be imported again, with the side of each statement.

    Beside its three tables stand ``members``, which entity of either graph became which, and
    ``dropped``, the values that the rule dropped.
    """
    tables = MergedTables(export, merged(export, target.notice))
    for name, (count, batch) in tables.all().items():
        write_table(target.path / f"{name}.csv", count, batch, target.progress)
    note = [*export.provenance.lines(), f"Values: {export.settings.values}"]
    (target.path / "note.txt").write_text("\n".join(note) + "\n", encoding="utf-8")


Columns = dict[str, Any]  # Arrow columns by name
LiteralForm = Callable[[str], ox.Literal]
Batch = Callable[[slice], Columns]


class MergedTables:
    """The tables of a merged graph, as columns of a stretch of their rows."""

    def __init__(self, export: Export, graph: MergedGraph) -> None:
        self._export = export
        self._graph = graph
        self._texts = graph.texts
        self._ids = pa.array(export.group_ids, pa.large_string())
        self._types = pa.array(graph.types, pa.string())
        self._members = np.concatenate([export.groups.left, export.groups.right])
        self._sources = pa.chunked_array([export.left.ids, export.right.ids], pa.large_string())
        self._attributes = pa.array(graph.attribute_names, pa.string())
        self._relations = pa.array(graph.relation_names, pa.string())
        self._sides = pa.array(SIDES)
        self._tag_names = graph.tag_names

    def all(self) -> dict[str, tuple[int, Batch]]:
        """Give for each table its number of rows, and what gives its columns."""
        graph = self._graph
        return {
            "entities": (len(self._ids), self._entities),
            "attributes": (len(graph.values), partial(self._values, graph.values)),
            "dropped": (len(graph.dropped), partial(self._values, graph.dropped)),
            "relations": (len(graph.relations), partial(self._links, graph.relations)),
            "members": (len(self._members), self._made_of),
        }

    def _entities(self, rows: slice) -> Columns:
        return {"id": self._ids[rows], "type": self._types[rows]}

    def _values(self, statements: Statements, rows: slice) -> Columns:
        return {
            "entity": self._ids.take(statements.entity[rows]),
            "attribute": self._attributes.take(statements.name[rows]),
            "value": self._texts.take(pa.array(statements.where[rows])),
            **self._tags(statements.tags[rows]),
            "side": self._sides.take(statements.sides[rows] - 1),
        }

    def _tags(self, by_side: Rows) -> Columns:
        """Give the languages and the datatypes that either side has, parted by spaces."""
        names = self._tag_names
        distinct, at = np.unique(by_side @ [len(names), 1], return_inverse=True)
        joint = [joint_tag(*(names[code] for code in divmod(each, len(names))))
                 for each in distinct.tolist()]  # fmt: skip
        return {
            column: pa.array([" ".join(parts(tag)) for tag in joint], pa.string()).take(at)
            for column, parts in (("language", languages), ("datatype", datatypes))
        }

    def _links(self, statements: Statements, rows: slice) -> Columns:
        return {
            "head": self._ids.take(statements.entity[rows]),
            "relation": self._relations.take(statements.name[rows]),
            "tail": self._ids.take(statements.where[rows]),
            "side": self._sides.take(statements.sides[rows] - 1),
        }

    def _made_of(self, rows: slice) -> Columns:
        places = np.arange(len(self._members))[rows]
        of_right = places >= self._export.left.num_entities
        return {
            "entity": self._ids.take(self._members[rows]),
            "side": self._sides.take(of_right.astype(np.int8)),
            "id": self._sources[rows],
        }


def write_table(path: Path, count: int, batch: Batch, progress: Progress) -> None:
    """Write a table in stretches; an empty one has its header alone."""
    schema = pa.schema([(name, pa.large_string()) for name in batch(slice(0, 0))])
    with pyarrow.csv.CSVWriter(path, schema) as writer:
        for start in range(0, count, _AT_ONCE):
            columns = batch(slice(start, start + _AT_ONCE))
            writer.write_table(pa.table(columns).cast(schema))
            progress(f"write {path.stem}", min(start + _AT_ONCE, count), count)


# ---------------------------------------------------------------- N-Quads


def write_nquads(target: Target, export: Export) -> None:
    """Write quads: what each side says in a graph of its own, and where entities come from.

    Dropped values stand in graphs of their own, too; in the default graph, which source entities an
    entity was made of, and the note of what the alignment rests on.
    """
    quads = _Quads(export, merged(export, target.notice), target.progress)
    quads.tell_untagged(target.notice)
    with target.path.open("wb") as raw:
        file: Any = gzip.GzipFile("", "wb", fileobj=raw, mtime=0) if target.packed else raw
        ox.serialize(iter(quads), output=file, format=ox.RdfFormat.N_QUADS)
        if target.packed:
            file.close()


def _forms_of(tag: str) -> list[LiteralForm]:
    """Give what makes a literal of each part of a tag; what RDF does not know is left out."""
    forms: list[LiteralForm] = []
    for language in languages(tag):
        with contextlib.suppress(ValueError):
            ox.Literal("", language=language)
            forms.append(partial(ox.Literal, language=language))
    for datatype in datatypes(tag):
        with contextlib.suppress(ValueError):
            forms.append(partial(ox.Literal, datatype=ox.NamedNode(datatype)))
    return forms


class _Quads:
    """The quads of a merged graph, one after another."""

    def __init__(self, export: Export, graph: MergedGraph, progress: Progress) -> None:
        self._export = export
        self._graph = graph
        self._progress = progress
        self._base = f"urn:kgreview:{slug(export.provenance.project)}"
        self._ids = export.group_ids
        self._sides = (
            (LEFT, export.left, export.groups.left, self._node("graph:left")),
            (RIGHT, export.right, export.groups.right, self._node("graph:right")),
        )

    def __iter__(self) -> Iterator[ox.Quad]:
        note = ox.Literal("\n".join(self._export.provenance.lines()))
        yield ox.Quad(ox.NamedNode(self._base), _COMMENT, note)
        for number, (_, graph, group, name) in enumerate(self._sides):
            yield from self._entities(graph, group, name, number)
        yield from self._values(self._graph.values, "")
        yield from self._values(self._graph.dropped, "dropped:")
        yield from self._relations()

    def _entities(
        self, graph: KnowledgeGraph, group: Rows, name: ox.NamedNode, side: int
    ) -> Iterator[ox.Quad]:
        naming = self._export.naming[side]
        types = [self._named("type", each) for each in graph.type_names]
        # members of a group mostly have one type, which is stated once
        stated = np.unique(group * len(types) + graph.types) if types else group
        for start in self._stretches("write types", len(stated)):
            for each in stated[start : start + _AT_ONCE].tolist():
                number, code = divmod(each, len(types))
                yield ox.Quad(self._entity(number), _RDF_TYPE, types[code], name)
        for start in self._stretches("write entities", len(group)):
            rows = slice(start, start + _AT_ONCE)
            ids = graph.ids[rows].to_pylist()
            for number, entity in zip(group[rows].tolist(), ids, strict=True):
                source = ox.NamedNode(naming.iri(entity))
                yield ox.Quad(self._entity(number), _DERIVED, source)

    def _values(self, statements: Statements, part: str) -> Iterator[ox.Quad]:
        predicates = [self._named("attribute", each) for each in self._graph.attribute_names]
        graphs = [(bit, self._node(f"graph:{part}{side}")) for bit, side in
                  ((LEFT, "left"), (RIGHT, "right"))]  # fmt: skip
        for start in self._stretches(f"write {part.rstrip(':')} values", len(statements)):
            rows = slice(start, start + _AT_ONCE)
            texts = self._graph.texts.take(pa.array(statements.where[rows])).to_pylist()
            columns = (
                statements.entity[rows],
                statements.name[rows],
                statements.sides[rows],
                statements.tags[rows],
            )
            for number, code, sides, tags, text in zip(
                *(column.tolist() for column in columns), texts, strict=True
            ):
                for (bit, name), tag in zip(graphs, tags, strict=True):
                    if sides & bit:
                        for form in self._literal_forms[tag]:
                            literal = form(text)
                            yield ox.Quad(self._entity(number), predicates[code], literal, name)

    @cached_property
    def _literal_forms(self) -> list[list[LiteralForm]]:
        """By tag, what makes literals of a text: one for each language and datatype."""
        return [_forms_of(tag) or [ox.Literal] for tag in self._graph.tag_names]

    def tell_untagged(self, notice: Notice) -> None:
        """Say of how many values a language is none that RDF may have."""
        bad = np.array([len(_forms_of(tag)) < len(tag.split()) for tag in self._graph.tag_names])
        if bad.any():
            parts = (self._graph.values, self._graph.dropped)
            count = sum(int(bad[part.tags].any(axis=1).sum()) for part in parts)
            notice(f"{count:,} values without a language or datatype, as it is none that RDF knows")

    def _relations(self) -> Iterator[ox.Quad]:
        statements = self._graph.relations
        predicates = [self._named("relation", each) for each in self._graph.relation_names]
        for start in self._stretches("write relations", len(statements)):
            rows = slice(start, start + _AT_ONCE)
            columns = (
                statements.entity[rows],
                statements.name[rows],
                statements.sides[rows],
                statements.where[rows],
            )
            for head, code, sides, tail in zip(
                *(column.tolist() for column in columns), strict=True
            ):
                for bit, _, _, name in self._sides:
                    if sides & bit:
                        yield ox.Quad(
                            self._entity(head), predicates[code], self._entity(tail), name
                        )

    def _stretches(self, stage: str, count: int) -> Iterator[int]:
        for start in range(0, count, _AT_ONCE):
            yield start
            self._progress(" ".join(stage.split()), min(start + _AT_ONCE, count), count)

    def _entity(self, number: int) -> ox.NamedNode:
        return self._node(f"entity:{self._ids[number]}")

    def _node(self, local: str) -> ox.NamedNode:
        return ox.NamedNode(f"{self._base}:{local}")

    def _named(self, kind: str, name: str) -> ox.NamedNode:
        """Give the IRI of a type, an attribute or a relation: its name where that is one."""
        if is_iri(name):
            return ox.NamedNode(self._export.naming[0].iri(name))
        return self._node(f"{kind}:{quote(name, safe='')}")
