"""One table of records in nobody's form: its columns, and the values of its cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.arrays import Ints
from kgreview.errors import InputError
from kgreview.graph.quoting import counted, listed
from kgreview.graph.readers.columns import places, tidy
from kgreview.graph.readers.layout import Layout
from kgreview.graph.readers.tables import Rows, guess_layout, read_columns
from kgreview.progress import Notice, Progress

_ENDING = re.compile(r"(\.(csv|tsv|tab|psv|txt|parquet|pq))?(\.gz)?$", re.IGNORECASE)
_ROW_NUMBERS = re.compile(r"__index_level_\d+__")  # what pandas writes beside the columns


class Column(NamedTuple):
    """A column of a table."""

    key: str  # what it is called in messages, each once
    name: str  # several may share one
    place: int
    is_list: bool  # whether its cells are lists, which Parquet has


@dataclass(frozen=True, eq=False)
class PlainTable:
    """A file of records."""

    path: Path
    name: str  # of the file, without its endings
    layout: Layout
    columns: tuple[Column, ...]  # that can be read

    @classmethod
    def open(
        cls, path: Path, delimiter: bytes | None, encoding: str | None, notice: Notice
    ) -> PlainTable:
        """Look at a table; ``notice`` hears of columns that cannot be read.

        Raises ``InputError`` for a file that is no table.
        """
        layout = guess_layout(path, delimiter, encoding, notice)
        columns, passed = _columns(layout)
        if not columns:
            raise InputError.at(path, "names no column; its first row must name them")
        if passed:
            notice(
                f"{path.name}: {counted(len(passed), 'column')} without a name, or of no plain "
                f"values, passed over ({listed(passed)})"
            )
        return cls(path, table_name(path), layout, columns)

    def column(self, name: str) -> Column | None:
        """Find a column by its very name, or else one much like it; ``None``: there is none."""
        exact = [column for column in self.columns if column.name == name]
        alike = places([column.name for column in self.columns], name.lower())
        return next(iter(exact or [self.columns[place] for place in alike]), None)

    def rows(
        self, columns: Iterable[Column], progress: Progress, verb: str = "read"
    ) -> Iterator[Rows]:
        """Read columns, by their keys, in stretches; ``verb`` tells why."""
        asked = {column.key: column.place for column in columns}
        stage = f"{verb} {self.path.name}"
        return read_columns(self.path, self.layout, asked, stage=stage, progress=progress)


def table_name(path: Path) -> str:
    """Give the name of a file without its endings.

    >>> table_name(Path("import/films.csv.gz"))
    'films'
    """
    return _ENDING.sub("", path.name) or path.name


def _columns(layout: Layout) -> tuple[tuple[Column, ...], list[str]]:
    """Give the columns to read, and what to call those that are passed over."""
    names = [tidy(name) for name in layout.names]
    often = Counter(names)
    columns, passed = [], []
    for place, name in enumerate(names):
        if not name or not layout.can_be_read(place):
            passed.append(name or str(place + 1))
        elif not _ROW_NUMBERS.fullmatch(name):
            key = name if often[name] == 1 else f"{name} ({place + 1})"
            is_list = bool(layout.kinds) and pa.types.is_nested(layout.kinds[place])
            columns.append(Column(key, name, place, is_list))
    return tuple(columns), passed


def cell_values(
    column: pa.ChunkedArray, separator: str | None, *, trim: bool = True
) -> tuple[Ints, pa.Array]:
    """Take the cells of a column apart: the position of each value's cell, and the value.

    Cells are split at ``separator``, if there is one, or are lists; empty values are left out.
    ``trim``: without the white space around the parts.
    """
    cells = pa.chunked_array(column.chunks, column.type).combine_chunks()
    if pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type):
        if separator is None:
            where = np.flatnonzero(pc.not_equal(cells, ""))
            return where, cells if len(where) == len(cells) else cells.take(pa.array(where))
        cells = pc.split_pattern(cells, separator)
    texts = pc.fill_null(pc.list_flatten(cells), "")
    if trim:
        texts = pc.utf8_trim_whitespace(texts)
    where = np.flatnonzero(pc.not_equal(texts, ""))
    parents = pc.list_parent_indices(cells).to_numpy().astype(np.int64)
    return parents[where], texts.take(pa.array(where)).cast(pa.large_string())
