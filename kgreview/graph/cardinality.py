"""How many counterparts entities of two types may have, and what known links tell of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from kgreview.arrays import Rows

_FEWEST = 10  # matches of two types, below which nothing is told
_SEVERAL = 3  # entities with several counterparts, from which on it is no slip ...
_SEVERAL_SHARE = 0.02  # ... where more than this share of the matched entities have several


class Cardinality(StrEnum):
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


@dataclass(frozen=True)
class Tally:
    """How many entities of two types known matches join, and how many of these several times."""

    matches: int
    left: int
    left_several: int
    right: int
    right_several: int

    @classmethod
    def of(cls, left: Rows, right: Rows) -> Tally:
        """Count matches, given as rows of either graph; one that stands twice is one."""
        pairs = np.unique(np.stack([left, right], axis=1), axis=0)
        sides = []
        for side in pairs.T:
            count = np.unique(side, return_counts=True)[1]
            sides += [len(count), int((count > 1).sum())]
        return cls(len(pairs), *sides)

    @property
    def cardinality(self) -> Cardinality | None:
        """What they tell; none where they are too few."""
        if self.matches < _FEWEST:
            return None
        return Cardinality.of(
            several_left=_is_usual(self.right_several, self.right),
            several_right=_is_usual(self.left_several, self.left),
        )

    def __str__(self) -> str:
        if not self.matches:
            return "no match is known"
        return (
            f"{self.left_several:,} of {self.left:,} matched left entities have several "
            f"counterparts, {self.right_several:,} of {self.right:,} right ones"
        )


def _is_usual(several: int, entities: int) -> bool:
    return several >= _SEVERAL and several > _SEVERAL_SHARE * entities
