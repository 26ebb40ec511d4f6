"""Which neighbours of the two entities of a pair may be the same: what cross-graph attention is of.

Shapes: P pairs, c sampled neighbours of an entity, E pairs of neighbours that may be the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from kgreview.aligner.inputs import NodeInputs

_ALIKE = 0.5  # cosine of names from which on a pair may be the same that blocking did not find


@dataclass(frozen=True, eq=False)
class NeighbourPairs:
    """Pairs of neighbours that may be the same."""

    pair: Tensor  # (E,) of which pair, ascending
    slots: tuple[Tensor, Tensor]  # (E,) places in the samples of the left and the right entity
    alike: Tensor  # (E,) cosine of the two names
    candidate: Tensor  # (E,) position among the candidates, -1 where it is none


class CandidateIndex:
    """Finds candidates by their nodes."""

    def __init__(self, left: Tensor, right: Tensor) -> None:
        """``left``, ``right``: nodes (candidates,), in any order, each pair once."""
        self.keys, self.order = torch.sort(_keys(left, right))

    def find(self, left: Tensor, right: Tensor) -> Tensor:
        """Give the position of each pair of nodes, -1 where it is no candidate."""
        if not len(self.keys):
            return torch.full_like(left, -1)
        wanted = _keys(left, right)
        at = torch.searchsorted(self.keys, wanted).clamp(max=len(self.keys) - 1)
        return torch.where(self.keys[at] == wanted, self.order[at], -1)


def _keys(left: Tensor, right: Tensor) -> Tensor:
    return (left << 32) | right


def find_neighbour_pairs(
    inputs: NodeInputs, left: Tensor, right: Tensor, index: CandidateIndex
) -> NeighbourPairs:
    """Look at all sampled neighbours of pairs of nodes (P,) with each other.

    Those of one type may be the same if they are a candidate pair, or bear like names.
    """
    p, q = inputs.neighbours[left], inputs.neighbours[right]  # (P, c)
    both = inputs.mask[left][:, :, None] & inputs.mask[right][:, None, :]  # (P, c, c)
    both &= inputs.types[p][:, :, None] == inputs.types[q][:, None, :]
    pair, one, two = both.nonzero(as_tuple=True)
    alike = torch.bmm(inputs.names[p], inputs.names[q].transpose(1, 2))[pair, one, two]  # (E,)
    candidate = index.find(p[pair, one], q[pair, two])
    kept = ((candidate >= 0) | (alike > _ALIKE)).nonzero()[:, 0]
    return NeighbourPairs(pair[kept], (one[kept], two[kept]), alike[kept], candidate[kept])
