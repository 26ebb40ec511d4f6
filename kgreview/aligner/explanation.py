"""What the network looked at and what it decided by, as values that need no network to read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from kgreview.evaluation.agreement import rank_correlation
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
    """One sampled neighbour of one side of a pair.

    ``weight`` is the product of both attentions, renormalised; it, ``cross`` (α) and ``self_`` (β)
    each sum to 1 over the side. All are nan where no network has scored the pair.
    """

    row: int  # the neighbour's row in its graph
    relation: int  # relation code at the centre, the inverse shifted by num_relations
    weight: float
    cross: float
    self_: float
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
class PairExplanation:
    """What a network says of a pair with parts of it left out, beside what it looked at.

    ``attention`` has the change that leaving out each neighbour makes. ``affinity`` is A_pq of the
    sampled neighbours, by their slots, the mean of the members. ``compared`` names the fields that
    any similarities compare, of whatever pair. An attribute that nothing compares in this pair is
    not in ``changes``.
    """

    probability: float  # with everything
    threshold: float
    attention: PairAttention
    affinity: tuple[tuple[float, ...], ...]  # (left slots, right slots)
    changes: dict[Part, Change]
    compared: tuple[tuple[str, str], ...] = ()  # left field, right field


@dataclass(frozen=True)
class Flip:
    """Parts without which a pair would be on the other side of the threshold."""

    parts: tuple[Part, ...]  # in the order of their effect; empty where nothing up to five does it
    probability: float  # without them all


@dataclass(frozen=True)
class SampledNeighbour:
    """One neighbour on its way through the last layer of one network."""

    row: int
    relation: int  # code at the centre, the inverse shifted
    chance: float  # sampling weight, as a share of all edges of the entity
    message: float  # ‖z_ij‖
    weight: float  # α β, renormalised
    cross: float  # α
    self_: float  # β


@dataclass(frozen=True)
class SideLayers:
    """One side of a pair in one network."""

    neighbours: tuple[SampledNeighbour, ...]
    degree: int  # neighbours there are
    by_relation: tuple[tuple[int, float], ...]  # code, ‖Σ α β z_ij‖ of that relation
    vector: tuple[float, ...]  # h_i^K


@dataclass(frozen=True)
class NetworkLayers:
    """A pair in one network."""

    left: SideLayers
    right: SideLayers
    affinity: tuple[tuple[float, ...], ...]  # A_pq, (left neighbours, right neighbours)
    distance: float  # ‖h_i − h_i'‖₂
    logit: float


@dataclass(frozen=True)
class Layers:
    """A pair from its samples to its probability."""

    networks: tuple[NetworkLayers, ...]
    cap: int
    temperature: float
    mean_logit: float  # of the networks
    final_logit: float  # among the pair's rivals
    log_odds: float  # calibrated
    probability: float
    threshold: float


class _Weighed(Protocol):
    """A neighbour of which it is known how much it is looked at, and what leaving it out does."""

    @property
    def weight(self) -> float: ...
    @property
    def change(self) -> Change | None: ...


def agreement(sides: Sequence[Sequence[_Weighed]], fewest: int = FEWEST) -> float:
    """Rank neighbours by attention and by what leaving them out does; give the correlation.

    Spearman's, within a side, since attention sums to 1 there; then the mean of the sides by their
    neighbours. nan where neither side has ``fewest`` of them to rank.
    """
    total, weight = 0.0, 0
    for side in sides:
        known = [(n.weight, abs(n.change.log_odds)) for n in side if n.change is not None]
        if len(known) < fewest:
            continue
        found = rank_correlation([w for w, _ in known], [c for _, c in known])
        if not math.isnan(found):
            total, weight = total + found * len(known), weight + len(known)
    return total / weight if weight else math.nan


def uses_network(folder: Path) -> bool:
    """Whether a version has a network at all; the first one without links has not."""
    return (folder / WEIGHTS).exists()


def read_attention(
    folder: Path, pair: int, left: tuple[KnowledgeGraph, int], right: tuple[KnowledgeGraph, int]
) -> PairAttention | None:
    """Read the attention a version paid to a scored pair; ``None`` where it has no network.

    ``folder`` is the version's, ``pair`` the candidate's position, ``left`` and ``right`` either
    graph with the pair's row in it.
    """
    if not (folder / "attention.npy").exists():
        return None
    attention = np.load(folder / "attention.npy", mmap_mode="r")[pair]  # (side, cap, 3)
    samples = np.load(folder / "samples.npy", mmap_mode="r")  # (nodes, cap) joint edge positions
    shift = len(left[0].edge_neighbours)
    rows = (left[1], right[1] + left[0].num_entities)
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
