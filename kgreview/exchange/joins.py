"""Two lists of things that stand in rows, put together by row."""

from __future__ import annotations

import numpy as np

from kgreview.arrays import Ints


def joined(one: Ints, other: Ints) -> tuple[Ints, Ints]:
    """Pair all that stands in the same row: positions in either of two sorted lists of rows.

    >>> [pairs.tolist() for pairs in joined(np.array([0, 2, 2]), np.array([1, 2, 2]))]
    [[1, 1, 2, 2], [1, 2, 1, 2]]
    """
    start = np.searchsorted(other, one, side="left")
    counts = np.searchsorted(other, one, side="right") - start
    first = np.repeat(np.arange(len(one)), counts)
    within = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
    return first, np.repeat(start, counts) + within
