"""How a pair stands among its competitors: the other candidates of either of its two entities."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

MISSING = -1e3  # stands for a value that is not there, below all similarities and logits
_STANDING = 4  # figures of a pair among its competitors of one side


class RankFeatures:
    """How pairs stand among their competitors by figures, (pairs, 8 C): rows are made as they are
    asked.

    For each figure and either side: the gap to the best, the lead over the best of the others
    (negative where one is better), the rank (equals share the best of theirs), and how many there
    are. A missing value is far below all others, which is told apart from being the only one that
    is there. Knows nothing of labels nor of the order of the pairs.

    Kept are the figures, the best two values of each entity and the rank of each pair: of ten
    million pairs and twelve figures 1.2 GB, where all rows together would be 3.8.
    """

    def __init__(self, values: Floats, left: Rows, right: Rows) -> None:
        """Compare pairs (pairs,) by figures (pairs, C), nan where one is missing."""
        self._values = values
        self._sides = tuple(_Side(values, side) for side in (left, right))
        self.shape = (len(values), standings_width(values.shape[1]))

    def __getitem__(self, where: slice | npt.NDArray[np.integer]) -> Floats:
        """Give the standings of some pairs, (some, 8 C)."""
        values = _filled(self._values[where])
        features = np.empty((len(values), self.shape[1]), np.float32)
        for column in range(values.shape[1]):
            for number, side in enumerate(self._sides):
                first = _STANDING * (2 * column + number)
                features[:, first : first + _STANDING] = side.of(where, column, values[:, column])
        return features


class _Side:
    """The candidates of each entity of one side: the best two values and the place of every pair.

    Entities that have a candidate are numbered; E is how many there are.
    """

    def __init__(self, values: Floats, entities: Rows) -> None:
        pairs, figures = values.shape
        order = np.argsort(entities, kind="stable")
        starts = np.flatnonzero(np.append(True, np.diff(entities[order]) > 0)[:pairs])
        counts = np.diff(np.append(starts, pairs))
        self._entity = np.empty(pairs, np.int32)  # (pairs,)
        self._entity[order] = np.repeat(np.arange(len(starts), dtype=np.int32), counts)
        self._count = counts.astype(np.float32)  # (E,)
        self._best = np.empty((figures, len(starts)), np.float32)
        self._second = np.full((figures, len(starts)), np.nan, np.float32)  # of one alone: nan
        kind = np.uint16 if counts.max(initial=0) <= np.iinfo(np.uint16).max else np.uint32
        self._rank = np.empty((figures, pairs), kind)
        several = counts > 1
        place = np.arange(pairs) - np.repeat(starts, counts)
        first = place == 0
        for column in range(figures):
            filled = _filled(values[:, column])
            order = np.lexsort((-filled, entities))
            value = filled[order]
            self._best[column] = value[starts]
            self._second[column, several] = value[starts[several] + 1]
            # equals share the rank of the first of them
            differs = first | np.append(True, value[1:] != value[:-1])[:pairs]
            at = np.maximum.accumulate(np.where(differs, np.arange(pairs), 0))
            self._rank[column, order] = place[at]

    def of(
        self, where: slice | npt.NDArray[np.integer], column: int, value: Floats
    ) -> npt.NDArray[np.float64]:
        """Give gap, lead, rank and count by one figure of pairs of these values, (some, 4)."""
        entity = self._entity[where]
        own, rank = value.astype(np.float64), self._rank[column][where]
        best = self._best[column][entity].astype(np.float64)
        second = self._second[column][entity].astype(np.float64)
        competitor = np.where(rank > 0, best, second)
        return np.column_stack([best - own, own - competitor, rank, self._count[entity]])


def standings_width(figures: int) -> int:
    """Give how many standings there are by so many figures."""
    return 2 * _STANDING * figures


def _filled(values: Floats) -> Floats:
    return np.where(np.isnan(values), np.float32(MISSING), values)
