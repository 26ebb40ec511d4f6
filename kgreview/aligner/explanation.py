"""What the network looked at, as values that need no network to read."""

from __future__ import annotations

from dataclasses import dataclass


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
