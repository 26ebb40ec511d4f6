"""What the network looked at and what it decided by, as values that need no network to read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from kgreview.errors import InputError
from kgreview.evaluation.rank_agreement import rank_correlation
from kgreview.graph.columns import open_column
from kgreview.graph.knowledge_graph import KnowledgeGraph

WEIGHTS = "weights.safetensors"  # in a version's folder, if it has a network
FEWEST = 5  # neighbours of a side below which a pair's rank correlation says nothing of the pair


@dataclass(frozen=True)
class Change:
    """What leaving something out does to a pair; negative where it spoke for a match."""

    probability: float  # without it less with it
    log_odds: float  # likewise; tells parts apart also where the probability is nearly 0 or 1


@dataclass(frozen=True)
class NeighbourAttention:
    """One sampled neighbour of one side of a pair, with its share of the evidence.

    By itself it adds ``cross`` · shared − (1 − ``cross``) · missing, where ``self_`` = shared +
    missing. The first term is shared out among it and its counterparts, on which it hangs as much
    (``evidence.shared_out``): that is ``contribution``, which adds up to the pair's evidence. All
    are nan where no network has scored the pair.
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


PartKind = Literal["neighbour", "relation", "attribute", "neighbourhood"]


@dataclass(frozen=True)
class Part:
    """A piece of what the network saw of a pair, which can be left out."""

    kind: PartKind
    side: int = -1  # 0 left, 1 right, -1 of no side
    slot: int = -1  # a neighbour: its place in the sample
    relation: int = -1  # a relation: its code at the centre, the inverse shifted
    attributes: tuple[str | None, str | None] = (None, None)  # those that stand on one row


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


@dataclass(frozen=True)
class Counterfactual:
    """Parts without which a pair would be on the other side of the threshold."""

    parts: tuple[Part, ...]  # in the order of their effect; empty where nothing up to five does it
    probability: float  # without them all


@dataclass(frozen=True)
class RoundSteps:
    """What one round is told of a pair and makes of it, in log odds."""

    belief: float  # what was believed of the pair before it
    evidence: float  # what its neighbours add


@dataclass(frozen=True)
class Steps:
    """A pair from its samples to its probability, as the aligner computes it.

    ``rounds`` are empty where the pair is no candidate, of which nothing was believed before.
    """

    attention: PairAttention  # of the last round
    chances: tuple[tuple[float, ...], tuple[float, ...]]  # of each neighbour, to be drawn first
    degrees: tuple[int, int]  # neighbours that there are
    affinity: tuple[tuple[float, ...], ...]  # A_pq, (left neighbours, right neighbours)
    waterfall: Waterfall
    rounds: tuple[RoundSteps, ...]
    temperature: float
    cap: int
    probability: float
    threshold: float


def neighbours_of(side: Sequence[NeighbourAttention]) -> list[NeighbourAttention]:
    """Give each neighbour of a side once, with all that it adds over its relations."""
    by_neighbour: dict[int, NeighbourAttention] = {}
    for each in side:
        before = by_neighbour.get(each.row)
        added = each.contribution + (0.0 if before is None else before.contribution)
        by_neighbour[each.row] = replace(each, contribution=added)
    return list(by_neighbour.values())


def agreement(sides: Sequence[Sequence[NeighbourAttention]], fewest: int = FEWEST) -> float:
    """Rank neighbours by their contributions and by what leaving them out does, with its sign.

    Spearman's rank correlation over both sides together, since contributions are on one scale: 1
    where leaving out what speaks for the pair costs as much as is shown. nan with fewer than
    ``fewest`` neighbours to rank, and where leaving out any of them does the same.
    """
    ranked = [
        (n.contribution, -n.change.log_odds)
        for side in sides
        for n in neighbours_of(side)
        if n.change is not None
    ]
    if len(ranked) < fewest:
        return math.nan
    shown, effects = zip(*ranked, strict=True)
    if len(set(shown)) == 1 and len(set(effects)) > 1:
        return 0.0  # all alike: tells nothing of what differs
    return rank_correlation(shown, effects)


def uses_network(folder: Path) -> bool:
    """Whether a version has a network at all; the first one without links has not."""
    return (folder / WEIGHTS).exists()


def read_attention(
    folder: Path, pair: int, left: tuple[KnowledgeGraph, int], right: tuple[KnowledgeGraph, int]
) -> PairAttention | None:
    """Read what neighbours add to a scored pair; ``None`` where a version has no network.

    Nor is anything read of a version of an earlier release, whose figures mean something else: it
    has no column of evidence.

    ``folder`` is the version's, ``pair`` the candidate's position, ``left`` and ``right`` either
    graph with the pair's row in it.
    """
    if not all((folder / f"{name}.npy").exists() for name in ("attention", "evidence")):
        return None
    attentions = open_column(folder / "attention.npy")  # (pairs, side, cap, 3)
    samples = open_column(folder / "samples.npy")  # (nodes, cap) joint edge positions
    shift = len(left[0].edge_neighbours)
    rows = (left[1], right[1] + left[0].num_entities)
    nodes, edges = rows[1] - right[1] + right[0].num_entities, shift + len(right[0].edge_neighbours)
    if (
        attentions.ndim != 4
        or len(attentions) <= pair
        or samples.shape != (nodes, attentions.shape[2])
        or max(int(samples[row].max(initial=-1)) for row in rows) >= edges
    ):
        raise InputError.at(folder, "was scored with other graphs; run `kgreview score`")
    attention = attentions[pair]
    sides = [
        _neighbours(graph, samples[row] - before, weights)
        for graph, row, before, weights in zip(
            (left[0], right[0]), rows, (0, shift), attention, strict=True
        )
    ]
    return PairAttention(*sides)


def _neighbours(
    graph: KnowledgeGraph, positions: npt.NDArray[np.int64], weights: npt.NDArray[np.float16]
) -> tuple[NeighbourAttention, ...]:
    return tuple(
        NeighbourAttention(
            int(graph.edge_neighbours[position]),
            int(graph.edge_relations[position]),
            float(weight),
            float(cross),
            float(own),
            slot,
        )
        for slot, (position, (weight, cross, own)) in enumerate(
            zip(positions, weights, strict=True)
        )
        if position >= 0
    )
