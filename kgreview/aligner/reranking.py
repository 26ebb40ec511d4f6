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

from kgreview.aligner.rank_features import RankFeatures

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
    if not len(values):
        return values, values, values
    order = np.lexsort((-values, entities))
    sorted_values = values[order].astype(np.float64)
    first = np.flatnonzero(np.r_[True, np.diff(entities[order]) != 0])
    size = np.diff(np.append(first, len(order)))
    group = np.repeat(np.arange(len(first)), size)
    best = sorted_values[first]
    second = np.where(size > 1, sorted_values[np.minimum(first + 1, len(order) - 1)], _ALONE)
    is_best = np.zeros(len(order), bool)
    is_best[first] = True
    odds = np.exp(np.clip(sorted_values, -_FARTHEST, _FARTHEST))
    others = np.maximum(np.add.reduceat(odds, first)[group] - odds, 0)
    highest = []
    for column in (
        np.where(is_best, second[group], best[group]),
        np.log1p(others),
        np.log1p(size)[group],
    ):
        placed = np.empty(len(order), np.float32)
        placed[order] = column
        highest.append(placed)
    return highest[0], highest[1], highest[2]


class Competition:
    """What all candidates of a project say to each other: their log odds and evidence, (P,)."""

    def __init__(self, log_odds: Floats, evidence: Floats, left: Rows, right: Rows) -> None:
        sides = (left, right)
        total = [of_competitors(log_odds, side) for side in sides]
        of_evidence = [of_competitors(evidence, side)[0] for side in sides]
        self.against = np.column_stack(  # (P, 6) what is taken from the figures of a pair
            [
                total[0][0],
                total[1][0],
                total[0][1],
                total[1][1],
                of_evidence[0],
                of_evidence[1],
            ]
        ).astype(np.float32)
        self.counts = np.column_stack([total[0][2], total[1][2]]).astype(np.float32) / 2  # (P, 2)


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


def own_rank_features(own: Floats, left: Rows, right: Rows) -> Floats:
    """Describe what own features say (P,) among competitors, (P, 3 + 8)."""
    sides = [of_competitors(own, side)[1] for side in (left, right)]
    columns = [own, own - sides[0], own - sides[1]]
    standing = RankFeatures(own[:, None], left, right)[:]
    return np.hstack([np.column_stack(columns), standing]).astype(np.float32)
