"""Which neighbours of the two entities of a pair may be the same: what cross-graph attention is of.

Shapes: P pairs, c sampled neighbours of an entity, E pairs of neighbours that may be the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from kgreview.aligner.inputs import NodeInputs

# from where on a pair may be the same that blocking did not find: cosine of names, or share of
# the words of the shorter name where the cosine is above another
_ALIKE, _CONTAINED, _AKIN = 0.5, 0.5, 0.2
_COMPARED = 1 << 24  # words compared at once


@dataclass(frozen=True, eq=False)
class NeighbourPairs:
    """Pairs of neighbours that may be the same."""

    pair: Tensor  # (E,) of which pair, ascending
    slots: tuple[Tensor, Tensor]  # (E,) places in the samples of the left and the right entity
    alike: Tensor  # (E,) cosine of the two names
    words: Tensor  # (E, 2) share of the shorter name's words that both have; rarity of these, nats
    candidate: Tensor  # (E,) position among the candidates, -1 where it is none

    def take(self, some: Tensor) -> NeighbourPairs:
        """Pick some of the pairs, by a mask or by positions."""
        return NeighbourPairs(
            self.pair[some],
            (self.slots[0][some], self.slots[1][some]),
            self.alike[some],
            self.words[some],
            self.candidate[some],
        )


class CandidateIndex:
    """Finds candidates by their nodes."""

    keys: Tensor  # (candidates,) ascending
    order: Tensor | None  # (candidates,) where each key's candidate is, None: in this order

    def __init__(self, left: Tensor, right: Tensor) -> None:
        """``left``, ``right``: nodes (candidates,), in any order, each pair once."""
        self.keys, self.order = _keys(left, right), None
        if not bool((self.keys[1:] > self.keys[:-1]).all()):
            self.keys, self.order = torch.sort(self.keys)

    def find(self, left: Tensor, right: Tensor) -> Tensor:
        """Give the position of each pair of nodes, -1 where it is no candidate."""
        if not len(self.keys):
            return torch.full_like(left, -1)
        wanted = _keys(left, right)
        at = torch.searchsorted(self.keys, wanted).clamp(max=len(self.keys) - 1)
        return torch.where(
            self.keys[at] == wanted, at if self.order is None else self.order[at], -1
        )


def _keys(left: Tensor, right: Tensor) -> Tensor:
    return (left.long() << 32) | right


def find_neighbour_pairs(
    inputs: NodeInputs, left: Tensor, right: Tensor, index: CandidateIndex
) -> NeighbourPairs:
    """Look at all sampled neighbours of pairs of nodes (P,) with each other.

    Those of one type may be the same if they are a candidate pair, or bear like names, or if the
    name of one is in that of the other: "Ray, Satyajit" in "Satyajit Ray, after a story by ...".
    """
    p, q = inputs.neighbours[left], inputs.neighbours[right]  # (P, c)
    both = inputs.mask[left][:, :, None] & inputs.mask[right][:, None, :]  # (P, c, c)
    both &= inputs.types[p][:, :, None] == inputs.types[q][:, None, :]
    pair, one, two = both.nonzero(as_tuple=True)
    alike = torch.bmm(inputs.names[p], inputs.names[q].transpose(1, 2))[pair, one, two]  # (E,)
    candidate = index.find(p[pair, one], q[pair, two])
    some = ((candidate >= 0) | (alike > _AKIN)).nonzero()[:, 0]
    pair, one, two, alike, candidate = (each[some] for each in (pair, one, two, alike, candidate))
    words = shared_words(inputs, p[pair, one], q[pair, two])
    kept = (candidate >= 0) | (alike > _ALIKE) | (words[:, 0] > _CONTAINED)
    return NeighbourPairs(pair, (one, two), alike, words, candidate).take(kept)


def shared_words(inputs: NodeInputs, left: Tensor, right: Tensor) -> Tensor:
    """Give the share of the shorter name's words that both names have, and their rarity, (n, 2).

    Words count by their rarity, in nats, and the shorter name is the one that says less.
    """
    shares = []
    step = max(1, _COMPARED // inputs.word_codes.shape[1] ** 2)
    for p, q in zip(torch.split(left, step), torch.split(right, step), strict=True):
        mine, others = inputs.word_codes[p], inputs.word_codes[q]  # (n, w)
        in_both = (mine[:, :, None] == others[:, None, :]).any(2) & (mine > 0)
        shared = (in_both * inputs.word_rarity[p]).sum(1)
        least = torch.minimum(inputs.name_rarity[p], inputs.name_rarity[q])
        shares.append(torch.stack([shared / least.clamp(min=1e-6), shared], dim=1))
    return torch.cat(shares) if shares else inputs.word_rarity.new_zeros(0, 2)
