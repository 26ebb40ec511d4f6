"""How a group came about: which pair joined what, one after another."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import NamedTuple

import numpy as np

from kgreview.arrays import Rows
from kgreview.exchange.alignment import DECISION, LINK, SCORE, Alignment
from kgreview.exchange.export import AlignedPair, Export
from kgreview.store.outcomes import Outcome

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
    groups = export.groups
    where = _in_order(export, number)
    left, right = groups.members(number)
    large = {each.number: each for each in export.provenance.troubles.large}
    size = len(left) + len(right)
    return Growth(
        groups.id_of(number, export.left, export.right),
        size,
        len(left),
        large[number].allowed if number in large else size,
        tuple(_steps(export.take(where[:most]))),
        max(0, len(where) - most),
    )


def _in_order(export: Export, number: int) -> Rows:
    """Give the positions of the matches of a group in the order in which they are told."""
    alignment = export.alignment
    where = np.flatnonzero(alignment.matches)
    where = where[export.groups.left[alignment.left[where]] == number]
    linked, decided, predicted = (where[alignment.basis[where] == basis] for basis in
                                  (LINK, DECISION, SCORE))  # fmt: skip
    times = [_decided_at(alignment, at) for at in decided.tolist()]
    by_time = sorted(range(len(times)), key=times.__getitem__)
    best_first = np.argsort(-alignment.score[predicted], kind="stable")
    return np.concatenate([linked, decided[by_time], predicted[best_first]]).astype(np.int64)


def _decided_at(alignment: Alignment, at: int) -> str:
    decisions = alignment.decisions[int(alignment.left[at]), int(alignment.right[at])]
    return min(d.created_at for d in decisions if d.outcome is Outcome.MATCH)


def _steps(pairs: list[AlignedPair]) -> list[Step]:
    joined = what_joined((pair.left, pair.right) for pair in pairs)
    return [Step(pair, *each) for pair, each in zip(pairs, joined, strict=True)]


def what_joined(pairs: Iterable[tuple[Hashable, Hashable]]) -> list[tuple[int, int, bool]]:
    """Say what each pair of a group joins when they come one after another.

    How many entities were with the left one, how many with the right one, each itself among them,
    and whether both were together already.
    """
    together: dict[tuple[int, Hashable], set[tuple[int, Hashable]]] = {}
    joins = []
    for left, right in pairs:
        one, other = (together.setdefault(end, {end}) for end in ((0, left), (1, right)))
        joins.append((len(one), len(other), one is other))
        if one is not other:
            one |= other
            together.update(dict.fromkeys(other, one))
    return joins
