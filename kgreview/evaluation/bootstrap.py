"""Whether one scoring is better than another on the same pairs: the paired bootstrap.

Entities are drawn with replacement, each with all its pairs, since the candidates of an entity are
no independent evidence; and both scorings are measured on the same draws, so that what makes a draw
hard for both cancels out (Efron & Tibshirani 1993; for two systems on one test set, Koehn, EMNLP
2004). Read off are 95 % percentile intervals. Where all draws give one figure, as of a handful of
pairs in perfect order, they tell nothing of others: there is a figure then, and no interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kgreview.arrays import Floats
from kgreview.evaluation.audit import Interval
from kgreview.evaluation.metrics import average_precision

RESAMPLES = 1_000

_TAILS = (0.025, 0.975)
_ALIKE = 1e-9  # limits nearer to each other than this are one figure, but for rounding
_CELLS = 4_000_000  # draws × pairs that are in memory at once


@dataclass(frozen=True)
class PairedComparison:
    """PRAUC of two scorings of the same pairs."""

    before: Interval
    after: Interval
    difference: Interval  # after less before
    pairs: int
    matches: int
    entities: int

    @property
    def worse(self) -> bool:
        """Whether the interval of the difference lies below zero as a whole."""
        return self.difference.high < 0


def compare_paired(
    labels: npt.ArrayLike,
    before: npt.ArrayLike,
    after: npt.ArrayLike,
    entities: npt.ArrayLike,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> PairedComparison:
    """Compare two scorings of pairs (pairs,) by PRAUC; ``entities`` says whose pairs they are.

    All figures are nan where no pair matches or all do, and limits where all draws are alike.
    Equal scores differ by 0, whatever the pairs.
    """
    label, entity = np.asarray(labels), np.asarray(entities)
    figures, drawn = _measured(label, [before, after], entity, resamples, seed)
    values = [*drawn, drawn[1] - drawn[0]]
    all_figures = [*figures, figures[1] - figures[0]]
    one, two, difference = (
        _interval(value, draws) for value, draws in zip(all_figures, values, strict=True)
    )
    if difference.value == 0 and np.array_equal(before, after):
        difference = Interval(0.0, 0.0, 0.0)
    matches = int((label == 1).sum())
    return PairedComparison(one, two, difference, len(label), matches, len(np.unique(entity)))


def prauc_interval(
    labels: npt.ArrayLike,
    scores: npt.ArrayLike,
    entities: npt.ArrayLike,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Give the PRAUC of pairs (pairs,) with its interval; nan where no pair matches or all do.

    Its limits alone are nan where all draws are alike.
    """
    label, entity = np.asarray(labels), np.asarray(entities)
    figures, drawn = _measured(label, [scores], entity, resamples, seed)
    return _interval(float(figures[0]), drawn[0])


def _measured(
    label: npt.NDArray[np.integer],
    scorings: Sequence[npt.ArrayLike],
    entity: npt.NDArray[Any],
    resamples: int,
    seed: int,
) -> tuple[Floats, Floats]:
    """Give the PRAUC of scorings on all pairs (scorings,) and on draws (scorings, resamples)."""
    scores = [np.asarray(each, dtype=np.float64) for each in scorings]
    if len(label) == 0 or label.all() or not label.any():
        return np.full(len(scores), np.nan), np.full((len(scores), 1), np.nan)
    figures = np.array([average_precision(label, each) for each in scores])
    names, group = np.unique(entity, return_inverse=True)
    rng = np.random.default_rng(seed)
    size = max(1, _CELLS // len(label))
    drawn = [
        _drawn(label, scores, group, len(names), min(size, resamples - start), rng)
        for start in range(0, resamples, size)
    ]
    return figures, np.hstack(drawn)


def _drawn(
    label: npt.NDArray[np.integer],
    scores: list[Floats],
    group: npt.NDArray[np.integer],
    groups: int,
    number: int,
    rng: np.random.Generator,
) -> Floats:
    """Give the PRAUC of scorings in some draws (scorings, draws); nan where one has no match."""
    times = rng.multinomial(groups, np.full(groups, 1 / groups), size=number)  # (draws, groups)
    weight = times[:, group].astype(np.float64)
    return np.stack([_average_precision(label, each, weight) for each in scores])


def _average_precision(
    label: npt.NDArray[np.integer],
    scores: Floats,
    weight: Floats,
) -> Floats:
    """Give average precision (draws,) where pairs count ``weight`` (draws, pairs) times."""
    order = np.argsort(-scores, kind="stable")
    descending = scores[order]
    last_of_score = np.flatnonzero(np.append(descending[1:] != descending[:-1], True))
    weight = weight[:, order]
    called = weight.cumsum(1)[:, last_of_score]
    true = (weight * (label[order] == 1)).cumsum(1)[:, last_of_score]
    gained = np.diff(true, axis=1, prepend=0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(called > 0, true / called, 0.0)
        average: Floats = (gained * precision).sum(1) / true[:, -1]
    return average


def _interval(value: float, draws: Floats) -> Interval:
    if np.isnan(draws).all():
        return Interval(np.nan, np.nan, np.nan)
    low, high = np.nanquantile(draws, _TAILS)
    if high - low < _ALIKE:
        return Interval(float(value), np.nan, np.nan)
    return Interval(float(value), float(low), float(high))
