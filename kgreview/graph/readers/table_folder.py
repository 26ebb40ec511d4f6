"""The table folder: one graph as three tables, ``entities``, ``attributes`` and ``relations``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.errors import InputError
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.quoting import quoted
from kgreview.graph.readers.tables import Check, find_table, read_table, row_number
from kgreview.progress import Notice, Progress, silent, unheard

_NO_ENTITY = "no entity has the id {}; add it to the entities table or drop the row"


def read_table_folder(
    folder: Path, progress: Progress = silent, notice: Notice = unheard
) -> KnowledgeGraph:
    """Read a graph from its entities, attributes and relations tables.

    Their columns are ``id type``, ``entity attribute value`` and ``head relation tail``. Each is a
    ``.tsv`` (no quoting), ``.csv`` (ordinary quoting) or ``.parquet``, plain or ``.gz``; other
    columns may stand beside these. A row stated twice counts once, except among entities, and an
    empty value says nothing and is left out. Raises ``InputError`` for everything else that is
    wrong, with file, row and column. Nothing is written.
    """
    if not folder.exists():
        raise InputError.at(folder, "there is no such folder; give the folder that holds a graph")
    if not folder.is_dir():
        raise InputError.at(
            folder,
            "is a file; give the folder that holds the entities, attributes and relations tables",
        )
    entities, attributes, relations = (
        find_table(folder, name) for name in ("entities", "attributes", "relations")
    )
    ids, types = _read_entities(entities, f"read {folder.name} entities", progress)
    value_entities, value_attributes, values = _read_attributes(
        attributes, ids, f"read {folder.name} attributes", progress
    )
    heads, names, tails = _read_relations(relations, ids, f"read {folder.name} relations", progress)
    return KnowledgeGraph.from_columns(
        ids=ids,
        types=types,
        value_entities=value_entities,
        value_attributes=value_attributes,
        values=values,
        edge_heads=heads,
        edge_relations=names,
        edge_tails=tails,
    )


def _read_entities(path: Path, stage: str, progress: Progress) -> tuple[pa.Array, pa.Array]:
    ids: list[pa.Array] = []
    types: list[pa.Array] = []
    for rows in read_table(path, ("id", "type"), stage=stage, progress=progress):
        ids += rows.columns["id"].chunks
        types += pc.dictionary_encode(rows.columns["type"]).chunks
    column = pa.chunked_array(ids).combine_chunks()
    first = pc.index_in(column, value_set=column).to_numpy()
    again = np.flatnonzero(first != np.arange(len(column)))
    if len(again):
        record = int(again[0])
        raise InputError.at(
            path,
            f"the id {quoted(column[record].as_py())} stands already in row "
            f"{row_number(path, int(first[record]))}; give each entity one row",
            row=row_number(path, record),
            column="id",
        )
    return column, _together(types)


def _read_attributes(
    path: Path, ids: pa.Array, stage: str, progress: Progress
) -> tuple[npt.NDArray[np.int32], pa.Array, pa.Array]:
    entities: list[npt.NDArray[np.int32]] = []
    attributes: list[pa.Array] = []
    values: list[pa.Array] = []
    for rows in read_table(
        path,
        ("entity", "attribute", "value"),
        may_be_empty=("value",),
        stage=stage,
        progress=progress,
    ):
        found = _rows_of(rows.columns["entity"], ids)
        rows.refuse(Check("entity", found < 0, _NO_ENTITY))
        says = pc.not_equal(rows.columns["value"], "")
        entities.append(found[says.to_numpy()])
        attributes += pc.dictionary_encode(rows.columns["attribute"].filter(says)).chunks
        values += rows.columns["value"].filter(says).chunks
    text = pa.chunked_array(values, pa.large_string()).combine_chunks()
    return np.concatenate(entities), _together(attributes), text


def _read_relations(
    path: Path, ids: pa.Array, stage: str, progress: Progress
) -> tuple[npt.NDArray[np.int32], pa.Array, npt.NDArray[np.int32]]:
    heads: list[npt.NDArray[np.int32]] = []
    names: list[pa.Array] = []
    tails: list[npt.NDArray[np.int32]] = []
    for rows in read_table(path, ("head", "relation", "tail"), stage=stage, progress=progress):
        head, tail = (_rows_of(rows.columns[end], ids) for end in ("head", "tail"))
        rows.refuse(Check("head", head < 0, _NO_ENTITY), Check("tail", tail < 0, _NO_ENTITY))
        heads.append(head)
        names += pc.dictionary_encode(rows.columns["relation"]).chunks
        tails.append(tail)
    return np.concatenate(heads), _together(names), np.concatenate(tails)


def _rows_of(wanted: pa.ChunkedArray, ids: pa.Array) -> npt.NDArray[np.int32]:
    found: npt.NDArray[np.int32] = pc.fill_null(pc.index_in(wanted, value_set=ids), -1).to_numpy()
    return found


def _together(parts: list[pa.Array]) -> pa.Array:
    """Put dictionary-encoded parts into one array with one dictionary."""
    kind = pa.dictionary(pa.int32(), pa.large_string())
    return pa.chunked_array(parts, kind).unify_dictionaries().combine_chunks()
