"""A pair among its competing candidates: the other candidates of either of its two entities.

Of five films called "The Return" at most one is the one looked for. So what own features and
neighbours say of a pair is set against what they say of its competitors. Two corrections do so, and
their mean counts: a small smooth network, and boosted trees, which see the own features again. Both
rise with the evidence of the pair, always: leaving out a neighbour that speaks for a pair never
makes it likelier.

Shapes: P pairs, U rising figures (8), Z others.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kgreview.aligner.rank_features import RankFeatures, by_entity, entity_blocks

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

RISING = 8
_ALONE = -8.0  # log odds of the best competitor where there is none
_FARTHEST = 30.0  # log odds that figures are cut at
_HEADS = 4


def of_competitors(values: Floats, entities: Rows) -> tuple[Floats, Floats, Floats]:
    """Look at the other pairs of the same entity, for each pair (P,).

    Gives the best of their values, log(1 + Σ e^value), and log(1 + how many pairs there are).
    """
    best, odds, often = _of_competitors(values, *by_entity(entities))
    return best, odds, often


def _of_competitors(values: Floats, order: npt.NDArray[np.int32], starts: Rows) -> Floats:
    """Give the three columns of ``of_competitors``, (3, P), of pairs put in order by entity."""
    highest = np.empty((3, len(values)), np.float32)
    for entity in entity_blocks(starts):
        some = order[starts[entity.start] : starts[entity.stop]]
        first = starts[entity.start : entity.stop + 1] - starts[entity.start]
        highest[:, some] = _of_block(values[some], first)
    return highest


def _of_block(values: Floats, starts: Rows) -> Floats:
    """Give the three columns of pairs (P,) that lie by entity, which begin at ``starts``."""
    first, size = starts[:-1], np.diff(starts)
    group = np.repeat(np.arange(len(first)), size)
    order = np.lexsort((-values, group))
    sorted_values = values[order].astype(np.float64)
    best = sorted_values[first]
    second = np.where(size > 1, sorted_values[np.minimum(first + 1, len(order) - 1)], _ALONE)
    is_best = np.zeros(len(order), bool)
    is_best[first] = True
    odds = np.exp(np.clip(sorted_values, -_FARTHEST, _FARTHEST))
    others = np.maximum(np.add.reduceat(odds, first)[group] - odds, 0)
    placed = np.empty((3, len(order)), np.float32)
    placed[0, order] = np.where(is_best, second[group], best[group])
    placed[1, order] = np.log1p(others)
    placed[2, order] = np.log1p(size)[group]
    return placed


class Competition:
    """What all candidates of a project say to each other: their log odds and evidence, (P,)."""

    def __init__(self, log_odds: Floats, evidence: Floats, left: Rows, right: Rows) -> None:
        self.against = np.empty((len(left), 6), np.float32)  # what is taken from a pair's figures
        self.counts = np.empty((len(left), 2), np.float32)
        for side, entities in enumerate((left, right)):
            ordered = by_entity(entities)
            best, odds, often = _of_competitors(log_odds, *ordered)
            self.against[:, side], self.against[:, 2 + side] = best, odds
            self.against[:, 4 + side] = _of_competitors(evidence, *ordered)[0]
            self.counts[:, side] = often / 2


def rising(log_odds: Tensor, evidence: Tensor, against: Tensor) -> Tensor:
    """Give what rises with the evidence of a pair, (P, U), from its own figures (P,).

    Its log odds and evidence, and their lead over the competitors of either side (P, 6).
    """
    four, two = log_odds[:, None].expand(-1, 4), evidence[:, None].expand(-1, 2)
    leads = torch.cat([four, two], dim=1) - against
    own = torch.stack([log_odds, evidence], dim=1)
    return torch.cat([own, leads], dim=1).clamp(-_FARTHEST, _FARTHEST)


class SmoothCorrection(nn.Module):
    """Small networks side by side that rise with each of the rising figures, strictly."""

    def __init__(self, others: int, hidden: int = 16) -> None:
        """``others``: how many figures it may use in any way."""
        super().__init__()
        self.up = nn.Parameter(torch.randn(_HEADS, RISING, hidden) * 0.3 - 1.5)
        self.free = nn.Parameter(torch.zeros(_HEADS, others, hidden))
        self.shift = nn.Parameter(torch.randn(_HEADS, hidden))
        self.out = nn.Parameter(torch.randn(_HEADS, hidden) * 0.3 - 2)
        straight = torch.full((RISING,), -3.0)
        straight[0] = 0.0
        self.straight = nn.Parameter(straight)
        self.others = nn.Linear(others, 1)
        nn.init.zeros_(self.others.weight)

    def forward(self, up: Tensor, others: Tensor) -> Tensor:
        """Give log odds (P,) of rising figures (P, U) and others (P, Z)."""
        # softplus keeps weights above 0, whatever was learnt
        inner = torch.einsum("pu,kuh->pkh", up / 3, F.softplus(self.up))
        inner = torch.tanh(inner + torch.einsum("pz,kzh->pkh", others, self.free) + self.shift)
        bent = (inner * F.softplus(self.out)).sum((1, 2)) * 1.5
        correction: Tensor = up @ F.softplus(self.straight) + bent + self.others(others)[:, 0]
        return correction


class OwnStanding:
    """What own features say (P,) among competitors, (P, 3 + 8): rows are made as they are asked."""

    def __init__(self, own: Floats, left: Rows, right: Rows) -> None:
        self._own = own
        self._odds = [of_competitors(own, side)[1] for side in (left, right)]
        self._standing = RankFeatures(own[:, None], left, right)

    def __getitem__(self, where: slice | Rows) -> Floats:
        own = self._own[where]
        columns = [own, *(own - odds[where] for odds in self._odds)]
        return np.hstack([np.column_stack(columns), self._standing[where]]).astype(np.float32)
