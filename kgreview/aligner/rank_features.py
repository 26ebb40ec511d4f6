"""How a pair stands among its competitors: the other candidates of either of its two entities."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]

MISSING = -1e3  # stands for a value that is not there, below all similarities and logits
_AT_ONCE = 1 << 20  # pairs that are put in order at once, or an entity's if these are more
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
        order, starts = by_entity(entities)
        counts = np.diff(starts)
        self._entity = np.empty(pairs, np.int32)  # (pairs,)
        self._entity[order] = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        self._count = counts.astype(np.float32)  # (E,)
        self._best = np.empty((figures, len(counts)), np.float32)
        self._second = np.full((figures, len(counts)), np.nan, np.float32)  # of one alone: nan
        kind = np.min_scalar_type(max(0, int(counts.max(initial=0)) - 1))
        self._rank = np.empty((figures, pairs), kind)
        for entity in entity_blocks(starts):
            first = starts[entity] - starts[entity.start]
            self._compare(values, order[starts[entity.start] : starts[entity.stop]], entity, first)

    def _compare(self, values: Floats, some: Places, entity: slice, first: Rows) -> None:
        """Compare the pairs at ``some``, of a stretch of entities, which begin at ``first``."""
        several, owner = self._count[entity] > 1, self._entity[some]
        place = np.arange(len(some)) - first[owner - entity.start]
        for column in range(values.shape[1]):
            filled = _filled(values[some, column])
            by_value = np.lexsort((-filled, owner))
            value = filled[by_value]
            self._best[column, entity] = value[first]
            self._second[column, entity][several] = value[first[several] + 1]
            # equals share the rank of the first of them
            differs = (place == 0) | np.append(True, value[1:] != value[:-1])
            at = np.maximum.accumulate(np.where(differs, np.arange(len(some)), 0))
            self._rank[column, some[by_value]] = place[at]

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


def by_entity(entities: Rows) -> tuple[Places, Rows]:
    """Put pairs (pairs,) in the order of their entities, and say where each of these begins.

    Gives positions (pairs,), and (entities with a pair + 1,) where in these, the end included.
    """
    order = np.argsort(entities, kind="stable").astype(np.int32)
    sorted_entities = entities[order]
    differs = np.append(True, sorted_entities[1:] != sorted_entities[:-1])[: len(order)]
    return order, np.append(np.flatnonzero(differs), len(order))


def entity_blocks(starts: Rows) -> list[slice]:
    """Give stretches of the entities that begin at ``starts``, few enough to work on at once."""
    ends = (
        np.searchsorted(starts, np.arange(_AT_ONCE, starts[-1] + _AT_ONCE, _AT_ONCE), "right") - 1
    )
    return [slice(*ends) for ends in itertools.pairwise([0, *np.unique(ends[ends > 0]).tolist()])]


def standings_width(figures: int) -> int:
    """Give how many standings there are by so many figures."""
    return 2 * _STANDING * figures


def _filled(values: Floats) -> Floats:
    return np.where(np.isnan(values), np.float32(MISSING), values)
