"""From batches of statements to a graph: strings become codes, and nothing is kept twice."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.arrays import Ints
from kgreview.exchange.types import choose_types
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.readers.cells import Cells
from kgreview.graph.tags import join_tags
from kgreview.progress import Notice, unheard
from kgreview.text.columns import distinct_numbers

Codes = npt.NDArray[np.integer[Any]]
Strings: TypeAlias = "Sequence[str] | pa.Array | pa.ChunkedArray"

_TEXT = pa.large_string()
IRI_TAG = "^^http://www.w3.org/2001/XMLSchema#anyURI"  # of values that are IRIs

_ENCODED = pa.dictionary(pa.int32(), _TEXT)


@dataclass(frozen=True, eq=False)
class Statements:
    """All that is stated, in columns; ids and names are codes, equal ones the same.

    A relation or a value may stand several times. Entities need no type, and may have several.
    """

    ids: pa.LargeStringArray  # (entities,) each once
    type_entities: Codes  # (stated types,) code into ids
    types: Codes  # (stated types,) code into type_names
    type_names: pa.LargeStringArray
    value_entities: Codes  # (values,) code into ids
    value_attributes: Codes  # (values,) code into attribute_names
    attribute_names: pa.LargeStringArray
    values: pa.LargeStringArray  # (values,)
    value_tags: Codes  # (values,) code into tag_names
    tag_names: pa.LargeStringArray  # "@de", "^^IRI of a datatype", "" of a plain string
    heads: Codes  # (relations,) code into ids
    relations: Codes  # (relations,) code into relation_names
    relation_names: pa.LargeStringArray
    tails: Codes  # (relations,) code into ids


class GraphBuilder:
    """Collects statements in batches of any size, ten thousand to a million being best.

    A column is a sequence of strings or an Arrow array, dictionary arrays welcome; one string
    stands for a column of it. Entities exist by being named, in whatever batch and order.
    """

    def __init__(self) -> None:
        self._type_columns = _Columns("entity", "type")
        self._value_columns = _Columns("entity", "attribute", "tag")
        self._values: list[pa.Array] = []
        self._relation_columns = _Columns("head", "relation", "tail")
        self._untyped = _Columns("entity")

    def add_entities(self, ids: Strings, types: Strings | None) -> None:
        """Add entities, (entities,) each with a type; an id may come again with another type.

        ``None``: their types are not known, or come later.
        """
        if types is None:
            self._untyped.add(len(ids), ids)
        else:
            self._type_columns.add(len(ids), ids, types)

    def add_values(
        self, entities: Strings, attributes: Strings, values: Strings, tags: Strings = ""
    ) -> None:
        """Add values of attributes, (values,) each; ``tags`` tell a language or a datatype."""
        self._value_columns.add(len(values), entities, attributes, tags)
        self._values += _plain(values)

    def add_relations(self, heads: Strings, relations: Strings, tails: Strings) -> None:
        """Add relations, (relations,) each; both ends become entities if they are none yet."""
        count = max(len(end) for end in (heads, tails) if not isinstance(end, str))
        self._relation_columns.add(count, heads, relations, tails)

    def build(self, *, untyped: str, notice: Notice = unheard) -> KnowledgeGraph:
        """Make the graph, as ``graph_of`` does. The builder is empty afterwards."""
        return graph_of(self.statements(), untyped=untyped, notice=notice)

    def statements(self) -> Statements:
        """Put all batches together. The builder is empty afterwards."""
        types, values, relations = self._type_columns, self._value_columns, self._relation_columns
        ids, (typed, valued, heads, tails, _) = unify(
            types.take("entity"),
            values.take("entity"),
            relations.take("head"),
            relations.take("tail"),
            self._untyped.take("entity"),
        )
        type_names, (type_codes,) = unify(types.take("type"))
        attribute_names, (attributes,) = unify(values.take("attribute"))
        tag_names, (tags,) = unify(values.take("tag"))
        relation_names, (relation_codes,) = unify(relations.take("relation"))
        texts, self._values = pa.chunked_array(self._values, _TEXT).combine_chunks(), []
        return Statements(
            ids=ids,
            type_entities=typed,
            types=type_codes,
            type_names=type_names,
            value_entities=valued,
            value_attributes=attributes,
            attribute_names=attribute_names,
            values=texts,
            value_tags=tags,
            tag_names=tag_names,
            heads=heads,
            relations=relation_codes,
            relation_names=relation_names,
            tails=tails,
        )


def graph_of(
    statements: Statements,
    *,
    untyped: str,
    type_attribute: str = "type",
    superclasses: Mapping[str, Iterable[str]] | None = None,
    notice: Notice = unheard,
) -> KnowledgeGraph:
    """Make a graph of what is stated.

    An entity without a type gets ``untyped``; one with several gets one of them (see
    ``choose_types``), and the others become values of ``type_attribute``. ``notice`` is told of
    both, and of values that are blank, too long or hold NUL bytes.
    """
    s = statements
    type_names = s.type_names.to_pylist()
    types, others = choose_types(len(s.ids), s.type_entities, s.types, type_names, superclasses)
    if len(others):
        several = len(distinct_numbers(s.type_entities[others]))
        notice(
            f"entities with several types: {several:,}; the most specific that many have is "
            f"theirs, the others are values of {type_attribute}"
        )
    without = int((types < 0).sum())
    if without:
        notice(f"entities without a stated type: {without:,}; they get the type {untyped}")
    if len(others):
        iris = s.type_names.take(pa.array(s.types[others]))
        name = pa.array([type_attribute], _TEXT)
        where = np.zeros(len(others), np.int64)
        s = with_iris_as_values(s, s.type_entities[others], where, name, iris)
    cells = Cells(stated=True)
    values = cells.fit(pa.chunked_array([s.values])).combine_chunks()
    cells.tell(notice)
    kept = np.flatnonzero(pc.not_equal(values, ""))
    entities, attributes = s.value_entities[kept], s.value_attributes[kept]
    values = values.take(pa.array(kept))
    tags, tag_names = join_tags(
        entities, attributes, values, s.value_tags[kept], s.tag_names.to_pylist()
    )
    if untyped not in type_names:
        type_names.append(untyped)
    types[types < 0] = type_names.index(untyped)
    return KnowledgeGraph.from_columns(
        ids=s.ids,
        types=_named(types, type_names),
        value_entities=entities,
        value_attributes=_named(attributes, s.attribute_names),
        values=values,
        value_tags=_named(tags, tag_names),
        edge_heads=s.heads,
        edge_relations=_named(s.relations, s.relation_names),
        edge_tails=s.tails,
    )


def with_iris_as_values(
    s: Statements, entities: Codes, attributes: Codes, names: pa.Array, iris: pa.Array
) -> Statements:
    """Add values that are IRIs; ``attributes`` (values,) are codes into ``names``."""
    together, (old, new) = _union(s.attribute_names, names)
    tags, (old_tags, tag) = _union(s.tag_names, pa.array([IRI_TAG], _TEXT))
    return dataclasses.replace(
        s,
        value_entities=np.concatenate([s.value_entities, entities]),
        value_attributes=np.concatenate([old[s.value_attributes], new[attributes]]),
        attribute_names=together,
        values=pa.concat_arrays([s.values, iris]),
        value_tags=np.concatenate([old_tags[s.value_tags], np.repeat(tag, len(iris))]),
        tag_names=tags,
    )


def _union(one: pa.Array, other: pa.Array) -> tuple[pa.Array, tuple[Ints, Ints]]:
    """Give the distinct strings of two arrays, and the place of each string among them."""
    together = pa.concat_arrays([one, other]).dictionary_encode()
    places = together.indices.to_numpy().astype(np.int64)
    return together.dictionary, (places[: len(one)], places[len(one) :])


def _named(codes: Codes, names: pa.Array | list[str]) -> pa.DictionaryArray:
    """Write codes out as an Arrow array of their names."""
    dictionary = pa.array(names, _TEXT) if isinstance(names, list) else names
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), dictionary)


def unify(
    *columns: Sequence[pa.DictionaryArray],
) -> tuple[pa.LargeStringArray, list[npt.NDArray[np.int32]]]:
    """Give the distinct strings of columns that come in parts, and each column as codes."""
    parts = [part for column in columns for part in column]
    texts = pa.chunked_array([part.dictionary for part in parts if len(part)], _TEXT)
    encoded = texts.dictionary_encode()  # all chunks with one dictionary
    shared = iter(encoded.chunks)
    codes = [
        next(shared).indices.to_numpy()[part.indices.to_numpy()]
        if len(part)
        else np.empty(0, np.int32)
        for part in parts
    ]
    starts = np.cumsum([0, *map(len, columns)])
    strings = encoded.chunk(0).dictionary if encoded.num_chunks else pa.array([], _TEXT)
    return strings, [
        np.concatenate([np.empty(0, np.int32), *codes[start:end]])
        for start, end in itertools.pairwise(starts)
    ]


class _Columns:
    """Aligned columns of strings that come in batches, each batch with its own small dictionary."""

    def __init__(self, *names: str) -> None:
        self._parts: dict[str, list[pa.DictionaryArray]] = {name: [] for name in names}

    def add(self, count: int, *columns: Strings) -> None:
        for name, column in zip(self._parts, columns, strict=True):
            encoded = _encoded(column, count)
            if sum(map(len, encoded)) != count:
                raise ValueError(f"columns of {sum(map(len, encoded))} and of {count} rows")
            self._parts[name] += encoded

    def take(self, name: str) -> list[pa.DictionaryArray]:
        """Give the parts of a column, and keep them no longer."""
        parts, self._parts[name] = self._parts[name], []
        return parts


def _encoded(column: Strings, count: int) -> list[pa.DictionaryArray]:
    if isinstance(column, str):
        codes = pa.array(np.zeros(count, np.int32))
        return [pa.DictionaryArray.from_arrays(codes, pa.array([column], _TEXT))] if count else []
    return [
        part.cast(_ENCODED) if pa.types.is_dictionary(part.type) else pc.dictionary_encode(part)
        for part in (_plain(column) if not _is_encoded(column) else _chunks(column))
        if len(part)
    ]


def _is_encoded(column: Strings) -> bool:
    return isinstance(column, pa.Array | pa.ChunkedArray) and pa.types.is_dictionary(column.type)


def _plain(column: Strings) -> list[pa.Array]:
    if isinstance(column, pa.Array | pa.ChunkedArray):
        return _chunks(column.cast(_TEXT))
    return [pa.array(column, _TEXT)]


def _chunks(column: pa.Array | pa.ChunkedArray) -> list[pa.Array]:
    return column.chunks if isinstance(column, pa.ChunkedArray) else [column]
