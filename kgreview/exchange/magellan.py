"""DeepMatcher's and Magellan's layout: ``tableA``, ``tableB``, and judged pairs of their ids."""

from __future__ import annotations

import functools
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from kgreview.errors import InputError
from kgreview.exchange.files import entries_of, the_one
from kgreview.exchange.graph_builder import GraphBuilder
from kgreview.exchange.links import KnownLinks
from kgreview.exchange.pair_forms import (
    ALL,
    LinkFiles,
    PairFolder,
    PairForm,
    PairOptions,
    links_by_split,
    refuse_fold,
    refuse_source_options,
    stem,
)
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.quoting import quoted
from kgreview.graph.readers import LinkColumns, read_link_splits, read_link_table
from kgreview.graph.readers.id_forms import repeated
from kgreview.graph.readers.tables import FORMATS, is_table, read_table, row_number
from kgreview.progress import Notice, Progress

RECORD = "record"  # the type of all

_TITLE = "a DeepMatcher folder"
_TABLES = ("tablea", "tableb")
_SPLITS = {"train": ("train",), "valid": ("valid", "validation"), "test": ("test",)}
_UNDIVIDED = ("labels", "labeled_data", "labelled_data")
_COLUMNS = LinkColumns("ltable_id", "rtable_id", label_needed=True)


def _recognises(path: Path) -> bool:
    """Whether one of the tables is there: what else it needs, its reader says."""
    return path.is_dir() and any(
        is_table(entry) and stem(entry) in _TABLES for entry in entries_of(path)
    )


def _open(path: Path, options: PairOptions) -> PairFolder:
    refuse_source_options(path, _TITLE, options)
    refuse_fold(path, _TITLE, options)
    tables = [entry for entry in entries_of(path) if is_table(entry)]
    sides = [_table(path, tables, name) for name in ("tableA", "tableB")]
    links = links_by_split(path, tables, _SPLITS)
    if not links and (undivided := [file for file in tables if stem(file) in _UNDIVIDED]):
        links = {ALL: undivided}
    read = {file.name for file in sides} | {file.name for files in links.values() for file in files}
    others = tuple(entry.name for entry in entries_of(path) if entry.name not in read)
    reads = [functools.partial(_read, file) for file in sides]
    return PairFolder(path, _TITLE, reads[0], reads[1], links, _read_link_files, others)


def _table(path: Path, tables: list[Path], name: str) -> Path:
    file = the_one(path, (file for file in tables if stem(file) == name.lower()))
    if file is None:
        what = f"is {_TITLE}, but has no {name} ({', '.join(FORMATS)}); add it"
        raise InputError.at(path, what)
    return file


def _read(path: Path, progress: Progress, notice: Notice) -> KnowledgeGraph:
    """Read a table of records: a row an entity, a column an attribute."""
    graph = GraphBuilder()
    ids: list[pa.Array] = []
    for rows in read_table(
        path, ("id",), others=True, stage=f"read {path.name}", progress=progress, notice=notice
    ):
        ids += rows.columns["id"].chunks
        graph.add_entities(rows.columns["id"], RECORD)
        for name in rows.others:
            says = pc.not_equal(rows.columns[name], "")
            values = rows.columns[name].filter(says)
            if len(values):
                graph.add_values(rows.columns["id"].filter(says), name, values)
    _refuse_twins(path, pa.chunked_array(ids).combine_chunks())
    return graph.build(untyped=RECORD, notice=notice)


def _refuse_twins(path: Path, ids: pa.Array) -> None:
    if places := repeated(ids):
        row, before = (row_number(path, place, ("id",)) for place in places)
        twice = f"the id {quoted(ids[places[0]].as_py())} stands already in row {before}"
        what = f"{twice}; give each record an id of its own"
        raise InputError.at(path, what, row=row, column="id")


def _read_link_files(
    files: LinkFiles,
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    progress: Progress,
    notice: Notice,
) -> KnownLinks:
    read = functools.partial(read_link_table, columns=_COLUMNS)
    return KnownLinks(read_link_splits(files, left, right, progress, notice, read))


MAGELLAN = PairForm(_TITLE, _recognises, _open)
