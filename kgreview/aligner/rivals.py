"""A pair judged against its rivals: the other candidates of either of its two entities.

The published network decides each pair alone. But of five films called "The Return" at most one is
the one looked for: how a pair stands among its rivals says what no look at the pair can. The head
here sees the logits of all candidates at once and corrects each by its standing, in rounds: what
one round concludes is what the rivals look like to the next.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

_FAR = 12.0  # gaps beyond it tell no more
_SCALE = 4.0  # logits and gaps are divided by it, to be of the size networks like
_STANDING = 4  # figures of a pair among its rivals of one side
_STEPS = 400
_LOOK = 10  # steps between two looks at the validation pairs
_PATIENCE = 8  # looks without a better one before it stops


@dataclass(frozen=True)
class Rivals:
    """Which candidates share their left, and which their right entity."""

    left: Tensor  # (P,) number of the left entity
    right: Tensor  # (P,) number of the right entity

    @classmethod
    def of(cls, left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]) -> Rivals:
        """Group pairs of rows."""
        return cls(
            *(
                torch.from_numpy(np.unique(side, return_inverse=True)[1].astype(np.int64))
                for side in (left, right)
            )
        )

    @torch.no_grad()
    def standings(self, logits: Tensor) -> Tensor:
        """Describe each of (P,) logits among its rivals of either side, (P, 8).

        By side: the gap to the best rival; the logarithm of its share when rivals and "none of
        them" divide a probability of one; the gap to the best of all; how many rivals, as a
        logarithm. Rivals of equal standing are described alike, whatever their order.
        """
        return torch.cat([_standing(logits, self.left), _standing(logits, self.right)], dim=1)


def _standing(logits: Tensor, group: Tensor) -> Tensor:
    groups = int(group.max()) + 1 if len(group) else 0

    def largest(values: Tensor) -> Tensor:
        empty = values.new_full((groups,), -math.inf)
        return empty.scatter_reduce(0, group, values, "amax")[group]

    def total(values: Tensor) -> Tensor:
        return values.new_zeros(groups).index_add(0, group, values)[group]

    first = largest(logits)  # (P,)
    is_first = logits == first
    second = largest(logits.masked_fill(is_first, -math.inf))
    # the best of the others: the first, unless that is the pair itself and nobody ties with it
    alone = is_first & (total(is_first.to(logits.dtype)) == 1)
    rival = torch.where(alone, second, first)
    # log Σ e^logit over the pair, its rivals and "none of them", whose logit is zero
    top = first.clamp(min=0)
    everybody = top + torch.log(total(torch.exp(logits - top)) + torch.exp(-top))
    size = total(torch.ones_like(logits))
    return torch.stack(
        [
            (logits - rival).clamp(-_FAR, _FAR) / _SCALE,
            (logits - everybody).clamp(min=-_FAR) / _SCALE,
            (logits - first).clamp(min=-_FAR) / _SCALE,
            torch.log(size),
        ],
        dim=1,
    )


def similarity_standings(
    values: npt.NDArray[np.float32], left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    """Say how pairs stand among their rivals by similarities (pairs, C), as (pairs, 2 C).

    For either side, the lead over the best rival of that entity, negative where another is better;
    nan where the value is missing or no rival has one. Knows nothing of labels.
    """
    return np.hstack([_leads(values, left), _leads(values, right)])


def _leads(
    values: npt.NDArray[np.float32], entities: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    if not len(values):
        return np.empty_like(values)
    order = np.argsort(entities, kind="stable")
    starts = np.flatnonzero(np.diff(entities[order], prepend=-1))
    group = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(order))))
    present = np.where(np.isnan(values), -np.inf, values)[order]  # (pairs, C)
    first = np.maximum.reduceat(present, starts)[group]
    is_first = present == first
    alone = is_first & (np.add.reduceat(is_first.astype(np.int64), starts)[group] == 1)
    second = np.maximum.reduceat(np.where(is_first, -np.inf, present), starts)[group]
    rival = np.where(alone, second, first)
    there = np.isfinite(present) & np.isfinite(rival)
    lead = np.full_like(values, np.nan)
    lead[order] = np.where(there, present - np.where(there, rival, 0), np.nan)
    return lead


def most_telling(
    similarities: npt.NDArray[np.float32], label: npt.NDArray[np.int8], number: int
) -> tuple[int, ...]:
    """Choose the similarities (pairs, F) most correlated with the labels, where they are there."""
    known = ~np.isnan(similarities)
    counts = known.sum(0).clip(min=1)
    value = np.where(known, similarities, 0).astype(np.float64)
    target = np.where(known, label[:, None], 0).astype(np.float64)
    value -= known * (value.sum(0) / counts)
    target -= known * (target.sum(0) / counts)
    spread = np.sqrt((value**2).sum(0) * (target**2).sum(0))
    # of what is there for few pairs little can be said; the share of pairs discounts it
    strength = np.abs((value * target).sum(0)) / np.maximum(spread, 1e-9) * known.mean(0)
    return tuple(int(column) for column in np.argsort(-strength, kind="stable")[:number])


class RivalHead(nn.Module):
    """Corrects logits by how pairs stand among their rivals, in rounds."""

    def __init__(self, rounds: int, hidden: int) -> None:
        super().__init__()
        self.rounds = nn.ModuleList(
            nn.Sequential(
                nn.Linear(1 + 2 * _STANDING, hidden),
                nn.ReLU(),
                nn.Linear(hidden, hidden),
                nn.ReLU(),
                nn.Linear(hidden, 1),
            )
            for _ in range(rounds)
        )

    def forward(self, logits: Tensor, rivals: Rivals) -> Tensor:
        """Correct the logits (P,) of all candidates by each other."""
        for correct in self.rounds:
            logits = logits + correct(_seen(logits, rivals)).squeeze(1)
        return logits


def _seen(logits: Tensor, rivals: Rivals) -> Tensor:
    """Give what a round sees of each pair, (P, 9)."""
    own = logits.clamp(-2 * _FAR, 2 * _FAR) / _SCALE
    return torch.cat([own[:, None], rivals.standings(logits)], dim=1)


@dataclass(frozen=True)
class Labels:
    """Known labels of some candidates."""

    where: Tensor  # (labels,) positions among the candidates
    label: Tensor  # (labels,) 1 match, 0 none
    weight: Tensor  # (labels,)


def fit_rivals(
    head: RivalHead, logits: Tensor, rivals: Rivals, learn: Labels, valid: Labels | None
) -> None:
    """Fit a head, one round after another, each to what the round before concluded.

    ``logits`` (P,) are those of all candidates; those of ``learn`` must come from networks that
    have not seen these labels, or the head learns to trust logits more than it should. A round is
    kept as it was when the log loss of ``valid`` was least.
    """
    for correct in head.rounds:
        seen = _seen(logits, rivals)
        optimiser = torch.optim.AdamW(correct.parameters(), lr=1e-2, weight_decay=1e-2)
        best, best_weights, waited = math.inf, copy.deepcopy(correct.state_dict()), 0
        for step in range(_STEPS):
            loss = _loss(correct, seen, logits, learn)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            if step % _LOOK or valid is None:
                continue
            with torch.no_grad():
                figure = float(_loss(correct, seen, logits, valid))
            if figure < best - 1e-5:
                best, best_weights, waited = figure, copy.deepcopy(correct.state_dict()), 0
            else:
                waited += 1
                if waited == _PATIENCE:
                    break
        if valid is not None:
            correct.load_state_dict(best_weights)
        with torch.no_grad():
            logits = logits + correct(seen).squeeze(1)


def _loss(correct: nn.Module, seen: Tensor, logits: Tensor, labels: Labels) -> Tensor:
    corrected = logits[labels.where] + correct(seen[labels.where]).squeeze(1)
    entropy = F.binary_cross_entropy_with_logits(corrected, labels.label, reduction="none")
    return (entropy * labels.weight).sum() / labels.weight.sum()
