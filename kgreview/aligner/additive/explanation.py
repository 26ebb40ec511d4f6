"""What neighbours add to a pair and where its log odds come from, as plain values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from kgreview.aligner.explanation import FEWEST, Change, Part
from kgreview.evaluation.agreement import rank_correlation


@dataclass(frozen=True)
class NeighbourAttention:
    """One sampled neighbour of one side of a pair, with its share of the evidence.

    ``contribution`` = ``cross`` · shared − (1 − ``cross``) · missing, where ``self_`` = shared +
    missing: what the neighbour adds to the log odds of the pair. All are nan where no network has
    scored the pair.
    """

    row: int  # the neighbour's row in its graph
    relation: int  # relation code at the centre, the inverse shifted by num_relations
    contribution: float  # log odds, negative where it speaks against a match
    cross: float  # cross-graph attention, 0 to 1: whether it has a counterpart on the other side
    self_: float  # self-attention, log odds: how far its being shared or missing can move the pair
    slot: int = -1  # its place in the sample of the side
    change: Change | None = None  # when it is left out; None where not computed


@dataclass(frozen=True)
class PairAttention:
    """Attention over both neighbourhoods of a pair, in the order of the samples."""

    left: tuple[NeighbourAttention, ...]
    right: tuple[NeighbourAttention, ...]


@dataclass(frozen=True)
class Waterfall:
    """Where the log odds of a pair come from; the parts add up to them exactly.

    ``log_odds`` = ``prior`` + the sum of ``attributes`` + the contributions of all neighbours of
    both sides + ``competitors``.
    """

    prior: float  # before anything is compared
    # what the attributes of one row of the table add (left, right), names among them
    attributes: tuple[tuple[tuple[str | None, str | None], float], ...]
    competitors: float  # what the other candidates of either entity take away or add
    log_odds: float  # calibrated, ln(p / (1 − p))


@dataclass(frozen=True)
class PairExplanation:
    """What a network says of a pair with parts of it left out, beside what it looked at.

    ``attention`` has the change that leaving out each neighbour makes. ``affinity`` is A_pq of the
    sampled neighbours, by their slots: 0 to 1, whether the two are the same. ``compared`` names the
    fields that any similarities compare, of whatever pair. An attribute that nothing compares in
    this pair is not in ``changes``.
    """

    probability: float  # with everything
    waterfall: Waterfall
    threshold: float
    attention: PairAttention
    affinity: tuple[tuple[float, ...], ...]  # (left slots, right slots)
    changes: dict[Part, Change]
    compared: tuple[tuple[str, str], ...] = ()  # left field, right field


def agreement(sides: Sequence[Sequence[NeighbourAttention]], fewest: int = FEWEST) -> float:
    """Rank neighbours by their contributions and by what leaving them out does, with its sign.

    Spearman's rank correlation over both sides together, since contributions are on one scale: 1
    where leaving out what speaks for the pair costs as much as is shown. nan with fewer than
    ``fewest`` neighbours to rank.
    """
    ranked = [
        (n.contribution, -n.change.log_odds) for side in sides for n in side if n.change is not None
    ]
    if len(ranked) < fewest:
        return math.nan
    return rank_correlation([shown for shown, _ in ranked], [effect for _, effect in ranked])
