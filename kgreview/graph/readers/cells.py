"""Cells of a table: which are blank, and values made fit for a graph."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.graph.quoting import counted
from kgreview.graph.readers.text_rows import LONGEST_VALUE
from kgreview.progress import Notice

# All but white space, control and format characters, and what Unicode lists as ignorable besides.
_VISIBLE = (
    r"[^\s\p{Z}\p{Cc}\p{Cf}\x{034F}\x{115F}\x{1160}\x{17B4}\x{17B5}\x{180B}-\x{180F}\x{2800}"
    r"\x{3164}\x{FE00}-\x{FE0F}\x{FFA0}\x{E0000}-\x{E0FFF}]"
)


def is_visible(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Tell which texts hold anything that can be seen."""
    return pc.match_substring_regex(texts, _VISIBLE)


class Cells:
    """Makes the values of a table fit for a graph, and counts what it takes for that.

    NUL bytes are removed, blank values emptied, and values beyond ``LONGEST_VALUE`` cut where a
    character ends.
    """

    def __init__(self) -> None:
        self._nuls = self._blank = self._cut = 0
        self._first_cut = 0  # its row

    def fit(self, values: pa.ChunkedArray, row_number: Callable[[int], int]) -> pa.ChunkedArray:
        """Give the values as a graph takes them; '' says nothing.

        ``row_number`` gives the row that a user knows a value by.
        """
        values = self._without_nuls(values)
        visible = is_visible(values)
        blank = pc.and_(pc.invert(visible), pc.not_equal(values, ""))
        if pc.any(blank).as_py():
            self._blank += pc.sum(blank).as_py()
            values = pc.if_else(visible, values, "")
        return self._shortened(values, row_number)

    def tell(self, table: str, notice: Notice) -> None:
        """Say what was changed."""
        if self._cut:
            notice(
                f"{table}: {counted(self._cut, 'value')} longer than {LONGEST_VALUE // 1024} KiB "
                f"cut there (the first in row {self._first_cut})"
            )
        if self._blank:
            notice(f"{table}: {counted(self._blank, 'blank value')} left out")
        if self._nuls:
            notice(f"{table}: NUL bytes removed from {counted(self._nuls, 'value')}")

    def _without_nuls(self, values: pa.ChunkedArray) -> pa.ChunkedArray:
        count = pc.sum(pc.match_substring(values, "\0")).as_py() or 0
        self._nuls += count
        return pc.replace_substring(values, "\0", "") if count else values

    def _shortened(
        self, values: pa.ChunkedArray, row_number: Callable[[int], int]
    ) -> pa.ChunkedArray:
        long = pc.greater(pc.binary_length(values), LONGEST_VALUE)
        where = np.flatnonzero(long)
        if not len(where):
            return values
        if not self._cut:
            self._first_cut = row_number(int(where[0]))
        self._cut += len(where)
        cut = [_cut(value) for value in values.filter(long).to_pylist()]
        whole = pc.replace_with_mask(
            values.combine_chunks(), long.combine_chunks(), pa.array(cut, values.type)
        )
        return pa.chunked_array([whole])


def _cut(value: str) -> str:
    return value.encode()[:LONGEST_VALUE].decode(errors="ignore")
