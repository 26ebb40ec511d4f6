"""What the network looked at, as values that need no network to read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kgreview.graph.knowledge_graph import KnowledgeGraph


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


@dataclass(frozen=True)
class PairAttention:
    """Attention over both neighbourhoods of a pair, in the order of the samples."""

    left: tuple[NeighbourAttention, ...]
    right: tuple[NeighbourAttention, ...]


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
            *map(float, w),
        )
        for position, w in zip(positions, weights, strict=True)
        if position >= 0
    )
