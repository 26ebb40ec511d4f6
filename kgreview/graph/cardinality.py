"""How many counterparts entities of two types may have, and what known links tell of it."""

from __future__ import annotations

from enum import Enum

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]

_FEWEST = 10  # matches of two types, below which nothing is told
_SEVERAL = 3  # entities with several counterparts, from which on it is no slip ...
_SEVERAL_SHARE = 0.02  # ... where more than this share of the matched entities have several


class Cardinality(str, Enum):
    """How many counterparts entities of two types may have, left to right."""

    ONE_TO_ONE = "one-to-one"
    ONE_TO_MANY = "one-to-many"  # a left entity may have several right ones
    MANY_TO_ONE = "many-to-one"  # a right entity may have several left ones
    MANY_TO_MANY = "many-to-many"

    @property
    def several_right(self) -> bool:
        """Whether a left entity may have several counterparts."""
        return self in (Cardinality.ONE_TO_MANY, Cardinality.MANY_TO_MANY)

    @property
    def several_left(self) -> bool:
        """Whether a right entity may have several counterparts."""
        return self in (Cardinality.MANY_TO_ONE, Cardinality.MANY_TO_MANY)

    @classmethod
    def of(cls, *, several_left: bool, several_right: bool) -> Cardinality:
        """Give the one that allows several entities on these sides."""
        if several_left:
            return cls.MANY_TO_MANY if several_right else cls.MANY_TO_ONE
        return cls.ONE_TO_MANY if several_right else cls.ONE_TO_ONE


def infer_cardinality(left: Rows, right: Rows) -> Cardinality | None:
    """Tell from the matches of two types, rows of either graph; none where they are too few."""
    pairs = np.unique(np.stack([left, right], axis=1), axis=0)
    if len(pairs) < _FEWEST:
        return None
    counts = [np.unique(side, return_counts=True)[1] for side in pairs.T]
    several = [int((count > 1).sum()) for count in counts]
    of_left, of_right = (
        n >= _SEVERAL and n > _SEVERAL_SHARE * len(count)
        for n, count in zip(several, counts, strict=True)
    )
    return Cardinality.of(several_left=of_right, several_right=of_left)
