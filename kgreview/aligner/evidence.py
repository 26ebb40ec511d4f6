"""Evidence of neighbours: what each of them adds to the log odds of a pair.

A neighbour p of either entity has a *gate* g_p in [0, 1], whether it has a counterpart among the
other's neighbours (cross-graph attention: by what the two are, and by what is believed of the pair
they make), and a *stake*: what it says if it is shared, w⁺, and if it is missing, w⁻ (edge
self-attention: by its relation, the type of the entity, how rare it is, how many there are).

    contribution of p = g_p w⁺_p − (1 − g_p) w⁻_p,   evidence of a pair = Σ_p contribution of p

Of a hub's neighbours a sample is looked at, and what is not found there may be among the others: w⁻
counts by the share of the other entity's neighbours over such relations that were sampled.

Gates are not normalised, so evidence adds up: three shared actors say more than one, and leaving
one out takes away what it says. After CG-MuAlign (WWW'20, section 3), whose attentions weigh the
neighbours of one vector in its place.

Shapes: P pairs, c sampled neighbours of an entity, S sampled neighbours of one side of all pairs,
E pairs of neighbours that may be the same, R relation codes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kgreview.aligner.neighbourhoods import Neighbourhoods, SideNeighbours
from kgreview.aligner.settings import AlignerSettings

_NO_BELIEF = -3.0  # log odds of neighbours that blocking did not find to be alike
_CERTAIN = 8.0  # log odds beyond which a belief says no more
_MEETING, _CONTEXT = 7, 10  # figures of two neighbours, of one neighbour
_RARE = 10.0  # nats of the words of two names
_LOOKED_AT = 9  # of the context: share of the other's such neighbours that are sampled
_TYPE_WIDTH, _GATE_WIDTH = 4, 3
_ENOUGH_MATCHES = 100  # from which on neighbours begin with all they have to say


@dataclass(frozen=True, eq=False)
class SideEvidence:
    """What the neighbours of one side say."""

    contribution: Tensor  # (S,) log odds
    gate: Tensor  # (S,) g, 0 to 1
    shared: Tensor  # (S,) w⁺, log odds
    missing: Tensor  # (S,) w⁻, log odds

    @property
    def stake(self) -> Tensor:
        """How far each can move the pair, (S,) log odds."""
        return self.shared + self.missing


class EvidenceNetwork(nn.Module):
    """Gates and stakes of neighbours, and the log odds that they and own features come to."""

    def __init__(self, types: int, relations: int, settings: AlignerSettings) -> None:
        super().__init__()
        self.settings = settings
        hidden, width = settings.hidden, settings.relation_width
        relations = max(1, relations)  # there may be none at all
        self.of_type = nn.Embedding(types, _TYPE_WIDTH)
        self.of_relation = nn.Embedding(relations, width)
        self.meets = nn.Embedding(relations, _GATE_WIDTH)
        for table in (self.of_type, self.of_relation, self.meets):
            # relations of different names are alike to a network that has learnt nothing
            nn.init.normal_(table.weight, std=0.1)
        self.gate = nn.Sequential(
            nn.Linear(_MEETING + 2 * _GATE_WIDTH, 16), nn.Tanh(), nn.Linear(16, 1)
        )
        self.stake = nn.Sequential(
            nn.Linear(width + _TYPE_WIDTH + _CONTEXT, hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, 2),
        )
        out = self.stake[-1]
        assert isinstance(out, nn.Linear)
        with torch.no_grad():  # what is shared says something at first, what is missing little
            out.bias.copy_(torch.tensor([0.0, -2.0]))
        self.own = nn.Parameter(torch.ones(()))
        self.bias = nn.Embedding(types, 1)
        nn.init.zeros_(self.bias.weight)

    @torch.no_grad()
    def begin_lower(self, matches: int) -> None:
        """Begin with less to say where few matches are there to correct it.

        Where they are a handful own features may have decided all already.
        """
        out = self.stake[-1]
        assert isinstance(out, nn.Linear)
        out.bias.sub_(max(0.0, 1 - matches / _ENOUGH_MATCHES))

    def base(self, own: Tensor, types: Tensor) -> Tensor:
        """Give the log odds of pairs by their own features (P,) alone."""
        log_odds: Tensor = self.own * own + self.bias(types)[:, 0]
        return log_odds

    def affinity(self, around: Neighbourhoods, beliefs: Tensor, temperature: float = 1.0) -> Tensor:
        """Cross-graph attention A_pq of neighbours that may be the same, (E,), 0 to 1.

        ``beliefs``: log odds of all candidates (candidates,) in the round before. ``temperature``
        divides the log odds of A_pq; training and scoring leave it at 1.
        """
        neighbour_pairs = around.found
        is_candidate = neighbour_pairs.candidate >= 0
        if len(beliefs):
            belief = beliefs[neighbour_pairs.candidate.clamp(min=0)]
        else:
            belief = torch.zeros_like(neighbour_pairs.alike)
        belief = torch.where(is_candidate, belief, _NO_BELIEF).clamp(-_CERTAIN, _CERTAIN) / 4
        there = is_candidate.to(belief.dtype)
        same_name = (neighbour_pairs.alike > 0.999).to(belief.dtype)
        share, rarity = neighbour_pairs.words.unbind(1)
        figures = torch.stack(
            [
                belief,
                there,
                neighbour_pairs.alike,
                around.strength,
                same_name,
                share,
                rarity / _RARE,
            ],
            dim=1,
        )
        relations = [self.meets(codes) for codes in around.relations]
        learnt = self.gate(torch.cat([figures, *relations], dim=1))[:, 0]
        # what is believed counts from the first step on, likeness where nothing is believed
        at_first = 2 * belief + 2 * (neighbour_pairs.alike - 0.5) * (1 - there)
        return torch.sigmoid((learnt + at_first) / temperature)

    def forward(self, around: Neighbourhoods, beliefs: Tensor) -> tuple[SideEvidence, SideEvidence]:
        """Say what each neighbour of either side adds by itself."""
        return self.look(around, beliefs)[0]

    def look(
        self,
        around: Neighbourhoods,
        beliefs: Tensor,
        temperature: float = 1.0,
        whole: tuple[Tensor, Tensor] | None = None,
    ) -> tuple[tuple[SideEvidence, SideEvidence], Tensor]:
        """Say what each neighbour of either side adds by itself, and give A_pq (E,).

        ``whole`` (S,) each: gates with nothing left out, where something is. A neighbour whose
        counterpart is left out is not shared; nor is it missing, since who is not known may be it.
        """
        affinity = self.affinity(around, beliefs, temperature)
        gates = (None, None) if whole is None else whole
        left, right = (
            self._side(side, affinity, gate) for side, gate in zip(around.sides, gates, strict=True)
        )
        return (left, right), affinity

    def _side(self, side: SideNeighbours, affinity: Tensor, whole: Tensor | None) -> SideEvidence:
        size = len(side.pair)
        gate = affinity.new_zeros(size).scatter_reduce(0, side.meeting, affinity, "amax")
        if not self.settings.cross_attention:
            gate = _mean_by(gate, side.pair)
        seen = torch.cat(
            [self.of_relation(side.relation), self.of_type(side.type), side.context], dim=1
        )
        if not self.settings.self_attention:
            seen = torch.zeros_like(seen)
        shared, missing = F.softplus(self.stake(seen)).unbind(1)
        missing = missing * side.context[:, _LOOKED_AT]
        lacking = 1 - (gate if whole is None else whole)
        return SideEvidence(gate * shared - lacking * missing, gate, shared, missing)


def shared_out(
    around: Neighbourhoods, sides: tuple[SideEvidence, SideEvidence], affinity: Tensor
) -> tuple[SideEvidence, SideEvidence]:
    """Share what neighbours say by themselves among all that it hangs on, so that the sum stays.

    That a neighbour is shared hangs on its counterparts as well: without the best of them its gate
    falls to the next one's. So of what it says as shared, g w⁺, each gets its Shapley value in the
    game of a neighbour and its counterparts: of the step from the m-th best A_pq to the next, which
    takes the neighbour and any of the best m, the neighbour keeps m / (m + 1), and each of these
    gets 1 / (m (m + 1)). Of two that are each other's only counterpart each gets half of what the
    other says.
    """
    moved = [evidence.contribution.new_zeros(len(evidence.contribution)) for evidence in sides]
    for number in (0, 1):
        mine, others = around.sides[number].meeting, around.sides[1 - number].meeting  # (E,)
        # a counterpart that stands there over several relations is one
        once = _best_of_each(mine, around.sides[1 - number].node[others], affinity)
        mine, others = mine[once], others[once]
        parts = _parts_of_steps(mine, affinity[once]) * sides[number].shared[mine]
        moved[number] = moved[number].index_add(0, mine, -parts)
        moved[1 - number] = moved[1 - number].index_add(0, others, parts)
    left, right = (
        SideEvidence(evidence.contribution + more, evidence.gate, evidence.shared, evidence.missing)
        for evidence, more in zip(sides, moved, strict=True)
    )
    return left, right


def _best_of_each(neighbour: Tensor, counterpart: Tensor, affinity: Tensor) -> Tensor:
    """Give the positions of the best of equal pairs (E,) of a neighbour and its counterpart."""
    order = torch.argsort(affinity, descending=True, stable=True)
    for key in (counterpart, neighbour):
        order = order[torch.argsort(key[order], stable=True)]
    first = torch.ones(len(order), dtype=torch.bool, device=order.device)
    both = torch.stack([neighbour[order], counterpart[order]])
    first[1:] = (both[:, 1:] != both[:, :-1]).any(0)
    return order[first]


def _parts_of_steps(group: Tensor, affinity: Tensor) -> Tensor:
    """Give each counterpart's share of the gate of the neighbour that it is one of, (E,).

    ``group`` (E,) is the neighbour. The shares of a group and what is left make its largest A_pq.
    """
    if not len(group):
        return affinity
    order = torch.argsort(affinity, descending=True, stable=True)
    order = order[torch.argsort(group[order], stable=True)]
    groups, best = group[order], affinity[order].double()
    last = torch.ones_like(groups, dtype=torch.bool)
    last[:-1] = groups[1:] != groups[:-1]
    following = torch.zeros_like(best)
    following[:-1] = best[1:]
    following[last] = 0
    first = torch.ones_like(last)
    first[1:] = last[:-1]
    place = torch.arange(len(groups), device=group.device)
    start = torch.cummax(torch.where(first, place, 0), 0).values
    rank = (place - start + 1).double()
    step = (best - following) / (rank * (rank + 1))
    # of a step all get the same who are as good: add up from the last of the group to the first
    total = torch.cat([step.flip(0).cumsum(0).flip(0), step.new_zeros(1)])
    size = torch.bincount(torch.cumsum(first, 0) - 1)
    end = torch.repeat_interleave(torch.cumsum(size, 0), size)
    parts = torch.empty_like(affinity)
    parts[order] = (total[:-1] - total[end]).to(affinity.dtype)
    return parts


def evidence_of(around: Neighbourhoods, sides: tuple[SideEvidence, SideEvidence]) -> Tensor:
    """Add up what the neighbours of both sides say of each pair, (P,)."""
    total = sides[0].contribution.new_zeros(around.pairs)
    for side, evidence in zip(around.sides, sides, strict=True):
        total = total.index_add(0, side.pair, evidence.contribution)
    return total


def support_of(around: Neighbourhoods, sides: tuple[SideEvidence, SideEvidence]) -> Tensor:
    """Add up what speaks for each pair, (P,): the evidence without what speaks against it."""
    total = sides[0].contribution.new_zeros(around.pairs)
    for side, evidence in zip(around.sides, sides, strict=True):
        total = total.index_add(0, side.pair, evidence.contribution.clamp(min=0))
    return total


def _mean_by(values: Tensor, group: Tensor) -> Tensor:
    """Put the mean of a group's values (S,) in the place of each."""
    groups = int(group.max()) + 1 if len(group) else 0
    total = values.new_zeros(groups).index_add(0, group, values)
    count = torch.bincount(group, minlength=groups).clamp(min=1)
    return (total / count)[group]


def as_slots(
    side: SideNeighbours, evidence: SideEvidence, pairs: int, cap: int
) -> npt.NDArray[np.float32]:
    """Put contribution, gate and stake where the neighbours stand in the samples, (P, c, 3)."""
    by_slot = evidence.contribution.new_zeros(pairs, cap, 3)
    figures = torch.stack([evidence.contribution, evidence.gate, evidence.stake], dim=1)
    by_slot[side.pair, side.slot] = figures
    return by_slot.cpu().numpy()
