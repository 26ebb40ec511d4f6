"""Neighbours of pairs as slots, each with its counterparts, and picks of them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from kgreview.aligner.correspondence import Correspondence
from kgreview.aligner.inputs import NodeInputs
from kgreview.aligner.neighbour_pairs import CandidateIndex, NeighbourPairs, find_neighbour_pairs


@dataclass(frozen=True, eq=False)
class SideNeighbours:
    """The sampled neighbours of one side of some pairs."""

    pair: Tensor  # (S,) whose it is, ascending
    slot: Tensor  # (S,) place in the sample
    relation: Tensor  # (S,)
    type: Tensor  # (S,) of the entity
    node: Tensor  # (S,) the neighbour
    context: Tensor  # (S, 10) rarity, how many there are, what the other side knows, names
    meeting: Tensor  # (E,) which of the S takes part


@dataclass(frozen=True, eq=False)
class Neighbourhoods:
    """Both neighbourhoods of some pairs."""

    pairs: int
    found: NeighbourPairs
    relations: tuple[Tensor, Tensor]  # (E,) of the two neighbours
    strength: Tensor  # (E,) how much the two relations correspond
    sides: tuple[SideNeighbours, SideNeighbours]

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        pairs = self.found
        tensors = [pairs.pair, *pairs.slots, pairs.alike, pairs.words, pairs.candidate]
        tensors.append(self.strength)
        for side in self.sides:
            tensors += [side.pair, side.slot, side.relation, side.type, side.node, side.context]
            tensors.append(side.meeting)
        return sum(tensor.nbytes for tensor in (*tensors, *self.relations))


def gather(
    inputs: NodeInputs,
    correspondence: Correspondence,
    left: Tensor,
    right: Tensor,
    index: CandidateIndex,
    without: tuple[Tensor, Tensor] | None = None,
) -> Neighbourhoods:
    """Put together what is known of both neighbourhoods of pairs of nodes (P,).

    ``without``: masks (P, c) of the neighbours of either side that are left out.
    """
    pairs = find_neighbour_pairs(inputs, left, right, index)
    nodes = (left, right)
    masks = [inputs.mask[node] for node in nodes]  # (P, c)
    whole = masks
    if without is not None:
        masks = [mask & ~out for mask, out in zip(masks, without, strict=True)]
        there = masks[0][pairs.pair, pairs.slots[0]] & masks[1][pairs.pair, pairs.slots[1]]
        pairs = pairs.take(there)
    relations = [inputs.relations[node] for node in nodes]  # (P, c)
    between = correspondence(relations[0][:, :, None], relations[1][:, None, :])  # (P, c, c)
    between = between * (whole[0][:, :, None] & whole[1][:, None, :])
    sides = [_side(inputs, number, nodes, (masks, whole), between, pairs) for number in range(2)]
    meeting = [
        of_side[pairs.pair, slots] for of_side, slots in zip(relations, pairs.slots, strict=True)
    ]
    strength = between[pairs.pair, pairs.slots[0], pairs.slots[1]]
    return Neighbourhoods(
        len(left), pairs, (meeting[0], meeting[1]), strength, (sides[0], sides[1])
    )


def _side(
    inputs: NodeInputs,
    number: int,
    nodes: tuple[Tensor, Tensor],
    masks: tuple[list[Tensor], list[Tensor]],
    between: Tensor,
    pairs: NeighbourPairs,
) -> SideNeighbours:
    """Put together what is known of the neighbours on one side, the ``number``-th.

    ``masks``: of the neighbours of either side, (P, c) each, without what is left out and with;
    ``between`` (P, c, c): how relations of the two sides correspond.
    """
    mask, whole = masks[0][number], masks[1]
    node, other = nodes[number], nodes[1 - number]
    pair, slot = mask.nonzero(as_tuple=True)
    place = torch.zeros_like(mask, dtype=torch.int64)
    place[pair, slot] = torch.arange(len(pair), device=mask.device)
    entity, beyond = node[pair], other[pair]
    relation_on_both = between.amax(2 - number)[
        pair, slot
    ]  # does the other side know such relations
    among = between.sum(2 - number)[pair, slot]  # how many such neighbours are looked at
    # of how many there are: what is not looked at may be the counterpart
    times = inputs.stands_for[other]  # (P, c)
    all_such = (between * (times[:, None, :] if number == 0 else times[:, :, None])).sum(
        2 - number
    )[pair, slot]
    context = torch.stack(
        [
            inputs.rarity[inputs.neighbours[entity, slot]] / 5,
            inputs.of_relation[entity, slot],
            inputs.degree[entity] / 3,
            inputs.degree[beyond] / 3,
            relation_on_both,
            among.log1p(),
            torch.full_like(relation_on_both, number),
            whole[1 - number].sum(1)[pair].log1p(),
            inputs.named[entity] * inputs.named[beyond],
            torch.where(all_such > 0, among / all_such.clamp(min=1e-6), 1.0),
        ],
        dim=1,
    )
    return SideNeighbours(
        pair,
        slot,
        inputs.relations[node][pair, slot],
        inputs.types[entity],
        inputs.neighbours[entity, slot],
        context,
        place[pairs.pair, pairs.slots[number]],
    )


class PickedNeighbourhoods:
    """Neighbourhoods of many pairs, of which a few are taken at a time without a new look."""

    def __init__(self, parts: list[Neighbourhoods]) -> None:
        """``parts``: those of consecutive stretches of the pairs."""
        sizes = [part.pairs for part in parts]
        first = [sum(sizes[:number]) for number in range(len(parts))]
        pair = torch.cat([p.found.pair + start for p, start in zip(parts, first, strict=True)])
        self._starts = _starts(pair, sum(sizes))  # (P + 1,) of the E
        self._found = [
            torch.cat(columns)
            for columns in zip(
                *(
                    (
                        *p.found.slots,
                        p.found.alike,
                        p.found.words,
                        p.found.candidate,
                        *p.relations,
                        p.strength,
                    )
                    for p in parts
                ),
                strict=True,
            )
        ]
        self._side_starts, self._sides, self._meeting = [], [], []
        for number in range(2):
            sides = [part.sides[number] for part in parts]
            whose = torch.cat([s.pair + at for s, at in zip(sides, first, strict=True)])
            self._side_starts.append(_starts(whose, sum(sizes)))  # (P + 1,) of the S
            columns = zip(
                *((s.slot, s.relation, s.type, s.node, s.context) for s in sides), strict=True
            )
            self._sides.append([torch.cat(column) for column in columns])
            before, meeting = 0, []
            for side in sides:
                meeting.append(side.meeting + before)
                before += len(side.pair)
            self._meeting.append(torch.cat(meeting))

    def take(self, some: Tensor) -> Neighbourhoods:
        """Give the neighbourhoods of pairs at positions (n,), in this order."""
        pair, at = _spread(self._starts, some)
        one, two, alike, words, candidate, *relations, strength = (c[at] for c in self._found)
        sides = []
        for number in range(2):
            starts = self._side_starts[number]
            whose, where = _spread(starts, some)
            moved = _first_of(starts, some) - starts[some]  # (n,) from the old place to the new one
            slot, relation, of_type, node, context = (
                column[where] for column in self._sides[number]
            )
            meeting = self._meeting[number][at] + moved[pair]
            sides.append(SideNeighbours(whose, slot, relation, of_type, node, context, meeting))
        pairs = NeighbourPairs(pair, (one, two), alike, words, candidate)
        return Neighbourhoods(
            len(some), pairs, (relations[0], relations[1]), strength, (sides[0], sides[1])
        )


def _starts(pair: Tensor, pairs: int) -> Tensor:
    """Give where each pair's entries begin, (pairs + 1,); ``pair`` ascends."""
    return torch.searchsorted(pair, torch.arange(pairs + 1, device=pair.device))


def _first_of(starts: Tensor, some: Tensor) -> Tensor:
    counts = starts[some + 1] - starts[some]
    return torch.cumsum(counts, 0) - counts


def _spread(starts: Tensor, some: Tensor) -> tuple[Tensor, Tensor]:
    """Give which of ``some`` (n,) each of their entries belongs to, and where the entries are."""
    counts = starts[some + 1] - starts[some]
    which = torch.repeat_interleave(torch.arange(len(some), device=some.device), counts)
    moved = starts[some] - (torch.cumsum(counts, 0) - counts)
    return which, torch.arange(len(which), device=some.device) + moved[which]
