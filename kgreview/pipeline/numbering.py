"""Which number each candidate has after a refresh, and columns rewritten by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kgreview.arrays import Bools, Rows

Column = npt.NDArray[Any]

_AT_ONCE = 100_000  # rows of a column that are copied at once


@dataclass(frozen=True, eq=False)
class Numbering:
    """Numbers without gaps: what stays keeps its own, what comes takes those of what went."""

    source: Rows  # (candidates now,) number before, or how many there were + place among the added
    before: int  # how many there were
    gone: Rows  # numbers before
    moved: tuple[tuple[int, int], ...]  # (from, to), where more went than came
    added: Rows  # (added,) number of each

    @classmethod
    def of(cls, stays: Bools, added: int) -> Numbering:
        """Number candidates of which some stay and some come."""
        before = len(stays)
        gone = np.flatnonzero(~stays)
        places = np.concatenate([gone, np.arange(before, before + added)])[:added]
        count = before - len(gone) + added
        gaps = gone[added:]
        gaps = gaps[gaps < count]
        last = np.arange(count, before)
        movers = last[stays[count:]] if count < before else last
        source = np.arange(count)
        source[places] = before + np.arange(added)
        source[gaps] = movers
        moved = tuple(zip(movers.tolist(), gaps.tolist(), strict=True))
        return cls(source, before, gone, moved, places)

    def __len__(self) -> int:
        return len(self.source)

    def take(self, old: Column, added: Column) -> Column:
        """Give a column of all candidates from that of before and that of the added."""
        return np.concatenate([old, added.astype(old.dtype)])[self.source]

    def write(self, path: Path, old: Column, where: Rows, rows: Callable[[Rows], Column]) -> None:
        """Write a column, with other rows at some numbers, those of the added among them.

        ``rows`` gives those at places in ``where``, which ascend. So a column of gigabytes is
        copied a part at a time; raises ``OSError`` where the disk is full, as a memory map would
        not.
        """
        with path.open("wb") as file:
            header = np.lib.format.header_data_from_array_1_0(old[:0])
            header["shape"] = (len(self), *old.shape[1:])
            np.lib.format.write_array_header_1_0(file, header)
            for start in range(0, len(self), _AT_ONCE):
                source = self.source[start : start + _AT_ONCE]
                part = np.zeros((len(source), *old.shape[1:]), dtype=old.dtype)
                kept = np.flatnonzero(source < self.before)
                part[kept] = old[source[kept]]
                first, end = np.searchsorted(where, [start, start + len(source)])
                if first < end:
                    part[where[first:end] - start] = rows(np.arange(first, end))
                file.write(part.tobytes())
