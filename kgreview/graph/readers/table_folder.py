"""The table folder: one graph as three tables, ``entities``, ``attributes`` and ``relations``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.errors import InputError
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.quoting import counted, listed, quoted
from kgreview.graph.readers.cells import Cells
from kgreview.graph.readers.id_forms import no_entity, repeated, spelled, twins
from kgreview.graph.readers.tables import Check, Rows, files_in, find_table, read_table, row_number
from kgreview.graph.tags import join_tags, tags_of_columns
from kgreview.progress import Notice, Progress, about, silent, unheard

_TABLES = ("entities", "attributes", "relations")
_TAGS = ("language", "datatype")  # columns of attributes
_NAMES = pa.dictionary(pa.int32(), pa.large_string())  # what a column of few names is read as

Positions = npt.NDArray[np.int32]


def read_table_folder(
    folder: Path, progress: Progress = silent, notice: Notice = unheard
) -> KnowledgeGraph:
    """Read a graph from its entities, attributes and relations tables; the last two may lack.

    Their columns are ``id type``, ``entity attribute value`` and ``head relation tail``. Each is a
    ``.tsv`` (no quoting), ``.csv`` (ordinary quoting) or ``.parquet``, plain or ``.gz``. Other
    columns of entities are attributes, too; ``language`` and ``datatype`` of attributes are kept
    with a value, and all others of the other tables are passed over. A row stated twice counts
    once, except among entities, and a blank value is left out. ``notice`` is told of
    what is missing, left out or changed. Raises ``InputError`` for everything else that is wrong,
    with file, row and column. Nothing is written.
    """
    if not folder.exists():
        raise InputError.at(folder, "there is no such folder; give the folder that holds a graph")
    if not folder.is_dir():
        raise InputError.at(
            folder,
            "is a file; give the folder that holds the entities, attributes and relations tables",
        )
    source = _Source(folder, progress, notice)
    values = _Values()
    ids, types = _read_entities(source, values)
    _read_attributes(source, ids, values)
    heads, relations, tails = _read_relations(source, ids)
    entities, attributes, texts, tags = values.columns()
    return KnowledgeGraph.from_columns(
        ids=ids,
        types=types,
        value_entities=entities,
        value_attributes=attributes,
        values=texts,
        value_tags=tags,
        edge_heads=heads,
        edge_relations=relations,
        edge_tails=tails,
    )


class _Source(NamedTuple):
    """A folder that is read, and who hears of it."""

    folder: Path
    progress: Progress
    notice: Notice

    def rows(self, path: Path, *columns: str, **options: Any) -> Iterator[Rows]:
        """Read a table in stretches."""
        return read_table(
            path,
            columns,
            stage=f"read {self.folder.name} {path.name.lower().split('.')[0]}",
            progress=self.progress,
            notice=self.notice,
            **options,
        )

    def unread(self, sentence: str) -> str:
        """Name the files that are no table of a graph, ``{}`` in the sentence; '' without any."""
        tables = {find_table(self.folder, name) for name in _TABLES}
        names = [path.name for path in files_in(self.folder) if path not in tables]
        return sentence.replace("{}", listed(names)) if names else ""

    def tell_empty(self, name: str, path: Path | None, then: str) -> None:
        """Say that a table is missing or without rows, and what that means."""
        if path is None:
            self.notice(f"has no {name} table: {then}{self.unread(' (not read: {})')}")
        else:
            self.notice(f"{path.name} has no rows: {then}")


class _Values:
    """Statements (entity, attribute, value) as they are collected."""

    def __init__(self) -> None:
        self._entities: list[Positions] = [np.empty(0, np.int32)]
        self._attributes: list[pa.Array] = []
        self._texts: list[pa.Array] = []
        self._tags: list[pa.Array] = []
        self.count = 0

    def add(
        self,
        entities: Positions,
        attributes: pa.ChunkedArray,
        texts: pa.ChunkedArray,
        tags: pa.Array | None = None,
    ) -> None:
        """Add statements, (rows,) each; an empty text says nothing. ``tags``: of each value."""
        says = pc.not_equal(texts, "")
        self._entities.append(entities[says.to_numpy()])
        self._attributes += attributes.filter(says).chunks
        self._texts += texts.filter(says).chunks
        tags = _repeated("", len(texts)).chunk(0) if tags is None else tags
        self._tags.append(tags.filter(says.combine_chunks()))
        self.count += len(self._entities[-1])

    def columns(self) -> tuple[Positions, pa.Array, pa.Array, pa.Array | None]:
        """Give them all, (statements,) each: entities, attributes, values and their tags."""
        texts = pa.chunked_array(self._texts, pa.large_string()).combine_chunks()
        entities, attributes = np.concatenate(self._entities), _together(self._attributes)
        tags = _together(self._tags)
        if not any(tags.dictionary.to_pylist()):
            return entities, attributes, texts, None
        codes, names = join_tags(
            entities,
            attributes.indices.to_numpy(),
            texts,
            tags.indices.to_numpy(),
            tags.dictionary.to_pylist(),
        )
        names = pa.array(names, pa.large_string())
        joined = pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), names)
        return entities, attributes, texts, joined


def _read_entities(source: _Source, values: _Values) -> tuple[pa.Array, pa.Array]:
    path = find_table(source.folder, "entities")
    if path is None:
        raise InputError.at(
            source.folder,
            "has no entities table; it needs entities.tsv, .csv or .parquet, plain or .gz"
            + source.unread(", and has {}"),
        )
    ids: list[pa.Array] = []
    types: list[pa.Array] = []
    cells = Cells()
    others: tuple[str, ...] = ()
    for rows in source.rows(path, "id", "type", others=True):
        ids += rows.columns["id"].chunks
        types += pc.dictionary_encode(rows.columns["type"]).chunks
        others = rows.others
        entities = rows.first + np.arange(len(rows), dtype=np.int32)
        for name in others:
            texts = cells.fit(rows.columns[name], rows.row_number)
            values.add(entities, _repeated(name, len(rows)), texts)
    column = pa.chunked_array(ids).combine_chunks()
    _check_ids(path, column, source.notice)
    if others:
        source.notice(
            f"{path.name}: {counted(len(others), 'other column')} read as attributes "
            f"({listed(others)}), with {counted(values.count, 'value')}"
        )
    cells.tell(about(path.name, source.notice))
    return column, _together(types)


def _check_ids(path: Path, ids: pa.Array, notice: Notice) -> None:
    if places := repeated(ids):
        row, before = (row_number(path, place, ("id", "type")) for place in places)
        twice = f"the id {quoted(ids[places[0]].as_py())} stands already in row {before}"
        raise InputError.at(path, f"{twice}; give each entity one row", row=row, column="id")
    count, (one, other) = twins(ids)
    if count:
        notice(
            f"{path.name}: {counted(count, 'id')} equal to another but for the Unicode form "
            f"(NFC/NFD) or what cannot be seen, as {spelled(one)} and {spelled(other)}; read as "
            "ids of different entities"
        )


def _read_attributes(source: _Source, ids: pa.Array, values: _Values) -> None:
    path = find_table(source.folder, "attributes")
    some = "only the other columns of entities" if values.count else "no values"
    is_empty = True
    if path is not None:
        cells, wrong = Cells(), 0
        for rows in source.rows(
            *(path, "entity", "attribute", "value"),
            optional=_TAGS,
            values=("value",),
            may_be_empty=_TAGS,
            rows_needed=False,
        ):
            is_empty = False
            (entities,) = _positions(rows, ids, "entity")
            texts = cells.fit(rows.columns["value"], rows.row_number)
            tags, unread = _tags_of(rows)
            wrong += unread
            values.add(entities, pc.dictionary_encode(rows.columns["attribute"]), texts, tags)
        cells.tell(about(path.name, source.notice))
        if wrong:
            source.notice(
                f"{path.name}: {counted(wrong, 'row')} with a language that is no language tag "
                "(as de, en-GB) or a datatype that is no IRI, which is left out"
            )
    if is_empty:
        source.tell_empty("attributes", path, f"{some} are compared")


def _tags_of(rows: Rows) -> tuple[pa.Array | None, int]:
    """Give the tag of each row, (rows,), ``None`` without such columns; and how many are wrong."""
    if not any(name in rows.columns for name in _TAGS):
        return None, 0
    empty = pa.chunked_array([pa.array([""] * len(rows), pa.large_string())])
    return tags_of_columns(*(rows.columns.get(name, empty) for name in _TAGS))


def _read_relations(source: _Source, ids: pa.Array) -> tuple[Positions, pa.Array, Positions]:
    path = find_table(source.folder, "relations")
    ends: list[tuple[Positions, ...]] = [(np.empty(0, np.int32),) * 2]
    names: list[pa.Array] = []
    if path is not None:
        for rows in source.rows(path, "head", "relation", "tail", rows_needed=False):
            ends.append(_positions(rows, ids, "head", "tail"))
            names += pc.dictionary_encode(rows.columns["relation"]).chunks
    if not names:
        source.tell_empty("relations", path, "no neighbours are compared")
    heads, tails = (np.concatenate(parts) for parts in zip(*ends, strict=True))
    return heads, _together(names), tails


def _positions(rows: Rows, ids: pa.Array, *columns: str) -> tuple[Positions, ...]:
    """Find the entities that columns name. Raises ``InputError`` where there is none."""
    places = [
        pc.fill_null(pc.index_in(rows.columns[column], value_set=ids), -1).to_numpy()
        for column in columns
    ]
    rows.refuse(
        *(
            Check(column, positions < 0, lambda entity_id: no_entity(entity_id, ids))
            for column, positions in zip(columns, places, strict=True)
        )
    )
    return tuple(places)


def _repeated(name: str, count: int) -> pa.ChunkedArray:
    codes = pa.array(np.zeros(count, np.int32))
    return pa.chunked_array(
        [pa.DictionaryArray.from_arrays(codes, pa.array([name], pa.large_string()))]
    )


def _together(parts: list[pa.Array]) -> pa.Array:
    """Put dictionary-encoded parts into one array with one dictionary."""
    return pa.chunked_array(parts, _NAMES).unify_dictionaries().combine_chunks()
