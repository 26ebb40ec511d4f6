"""How a group came about: which pair joined what, one after another."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kgreview.exchange.export import AlignedPair, Export
from kgreview.review.outcomes import Outcome

Rows = npt.NDArray[np.int64]

_TWO = 2  # entities of a group that is no more than a pair


class Step(NamedTuple):
    """One pair of a group, and what it joined."""

    pair: AlignedPair
    left_size: int  # entities that were with the left one before, itself among them
    right_size: int
    closes: bool  # both were together already


class Growth(NamedTuple):
    """How one group came about."""

    id: str
    size: int  # entities
    left: int  # of them left ones
    allowed: int  # entities that its types allow
    steps: tuple[Step, ...]
    more: int  # pairs beyond the steps that are given


def large_groups(export: Export) -> Rows:
    """Give the numbers of the groups of more than two entities, the largest first."""
    sizes = export.groups.sizes
    large = np.flatnonzero(sizes > _TWO)
    return large[np.argsort(-sizes[large], kind="stable")]


def growth(export: Export, number: int, most: int) -> Growth:
    """Say how a group came about, in at most ``most`` steps.

    First what links told, then what people decided, by time, then what scores gave, the best first.
    """
    found, groups = export.alignment, export.groups
    where = np.flatnonzero(found.matches)
    where = where[groups.left[found.left[where]] == number]
    pairs = sorted(export.take(where), key=_when)
    left, right = groups.members(number)
    large = {each.number: each for each in export.provenance.troubles.large}
    size = len(left) + len(right)
    return Growth(
        groups.id_of(number, export.left, export.right),
        size,
        len(left),
        large[number].allowed if number in large else size,
        tuple(_steps(pairs[:most])),
        max(0, len(pairs) - most),
    )


_ORDER = {"link": 0, "decision": 1, "score": 2}


def _when(pair: AlignedPair) -> tuple[int, str, float]:
    times = [d.created_at for d in pair.decisions if d.outcome is Outcome.MATCH]
    score = 0.0 if pair.basis != "score" or pair.score is None else -pair.score
    return _ORDER[pair.basis], min(times, default="") if pair.basis == "decision" else "", score


def _steps(pairs: list[AlignedPair]) -> list[Step]:
    together: dict[tuple[int, str], set[tuple[int, str]]] = {}
    found = []
    for pair in pairs:
        ends = (0, pair.left), (1, pair.right)
        one, other = (together.setdefault(end, {end}) for end in ends)
        found.append(Step(pair, len(one), len(other), one is other))
        if one is not other:
            one |= other
            together.update(dict.fromkeys(other, one))
    return found
