"""Values made fit for a graph: not blank, not too long, without NUL bytes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.graph.quoting import counted
from kgreview.graph.readers.text_rows import LONGEST_VALUE
from kgreview.progress import Notice
from kgreview.text.placeholders import is_blank


class Cells:
    """Makes values fit for a graph, and counts what it takes for that.

    NUL bytes are removed, blank values emptied, and values beyond ``LONGEST_VALUE`` cut where a
    character ends.
    """

    def __init__(self, *, stated: bool = False) -> None:
        """``stated``: an empty value was stated, too, where in a table it is a cell left empty."""
        self._stated = stated
        self._nuls = self._blank = self._cut = 0
        self._first_cut = ""  # where it stands, in words

    def fit(
        self, values: pa.ChunkedArray, row_number: Callable[[int], int] | None = None
    ) -> pa.ChunkedArray:
        """Give the values as a graph takes them; '' says nothing.

        ``row_number`` gives the row that a user knows a value by, if there is one.
        """
        values = self._without_nuls(values)
        return self._shortened(self._without_blank(values), row_number)

    def tell(self, notice: Notice) -> None:
        """Say what was changed."""
        if self._cut:
            longer = f"{counted(self._cut, 'value')} longer than {LONGEST_VALUE // 1024} KiB"
            notice(f"{longer} cut there{self._first_cut}")
        if self._blank:
            notice(f"{counted(self._blank, 'blank value')} left out")
        if self._nuls:
            notice(f"NUL bytes removed from {counted(self._nuls, 'value')}")

    def _without_nuls(self, values: pa.ChunkedArray) -> pa.ChunkedArray:
        count = pc.sum(pc.match_substring(values, "\0")).as_py() or 0
        self._nuls += count
        return pc.replace_substring(values, "\0", "") if count else values

    def _without_blank(self, values: pa.ChunkedArray) -> pa.ChunkedArray:
        blank = is_blank(values)
        if not self._stated:
            blank &= pc.not_equal(values, "").to_numpy()
        self._blank += int(blank.sum())
        return pc.if_else(pa.array(blank), "", values) if blank.any() else values

    def _shortened(
        self, values: pa.ChunkedArray, row_number: Callable[[int], int] | None
    ) -> pa.ChunkedArray:
        long = pc.greater(pc.binary_length(values), LONGEST_VALUE)
        where = np.flatnonzero(long)
        if not len(where):
            return values
        if not self._cut and row_number is not None:
            self._first_cut = f" (the first in row {row_number(int(where[0]))})"
        self._cut += len(where)
        cut = [_cut(value) for value in values.filter(long).to_pylist()]
        whole = pc.replace_with_mask(
            values.combine_chunks(), long.combine_chunks(), pa.array(cut, values.type)
        )
        return pa.chunked_array([whole])


def _cut(value: str) -> str:
    return value.encode()[:LONGEST_VALUE].decode(errors="ignore")
