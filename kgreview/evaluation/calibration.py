"""Scores as probabilities: fitting them to held-out links, and how far off they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit

from kgreview.arrays import Bools, Floats, Ints

_SLOPE_SPREAD = 0.25  # of the logarithm of what log odds are multiplied by
_INTERCEPT_SPREAD = 0.5  # log odds


@dataclass(frozen=True)
class Calibration:
    """Platt scaling: probability = sigmoid(slope · score + intercept).

    The slope is positive, so the order of pairs stays. Scores are real numbers, such as logits.
    """

    slope: float = 1.0
    intercept: float = 0.0

    @classmethod
    def fit(
        cls, scores: npt.ArrayLike, labels: npt.ArrayLike, *, log_odds: bool = False
    ) -> Calibration:
        """Fit to held-out pairs by maximum likelihood.

        ``log_odds``: the scores are log odds already, as those of a model that was fitted by log
        loss. They are then believed as they are until labels speak against it, see ``_refit``.

        With Platt's smoothed targets (n₊ + 1) / (n₊ + 2) and 1 / (n₋ + 2), which keep the slope
        finite where the scores part the labels without a fault. Where the labels are all alike, or
        run against the scores, no slope can be learnt: the scores then keep a slope of
        nearly 0 around the share of matches.
        """
        x = np.asarray(scores, dtype=np.float64)
        y = np.asarray(labels) == 1
        if log_odds:
            return cls._refit(x, y)
        matches, rest = int(y.sum()), int((~y).sum())
        target = np.where(y, (matches + 1) / (matches + 2), 1 / (rest + 2))
        if len(x) == 0:
            return cls()
        middle, spread = float(x.mean()), float(x.std()) or 1.0
        z = (x - middle) / spread

        def loss(parameters: Floats) -> tuple[float, Floats]:
            slope = np.exp(parameters[0])
            logit = slope * z + parameters[1]
            # log(1 + e^logit) − target · logit, and its gradient
            wrong = expit(logit) - target
            value = float((np.logaddexp(0, logit) - target * logit).mean())
            return value, np.array([slope * (wrong * z).mean(), wrong.mean()])

        share = (matches + 1) / (len(x) + 2)
        start = np.array([0.0, np.log(share / (1 - share))])
        best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(-12, 12), (-60, 60)])
        slope = float(np.exp(best.x[0])) / spread
        return cls(slope, float(best.x[1]) - slope * middle)

    @classmethod
    def _refit(cls, x: Floats, y: Bools) -> Calibration:
        """Correct log odds (pairs,): the likeliest slope and intercept, around 1 and 0.

        Before a label is seen the slope's logarithm has a standard deviation of ¼ and the intercept
        of ½: a dozen labels that the scores part without fault leave both nearly as they are.
        """
        sign = np.where(y, 1.0, -1.0)

        def loss(parameters: Floats) -> tuple[float, Floats]:
            slope = np.exp(parameters[0])
            margin = sign * (slope * x + parameters[1])
            pull = parameters / (_SLOPE_SPREAD**2, _INTERCEPT_SPREAD**2)
            wrong = -sign * expit(-margin)
            value = float(np.logaddexp(0, -margin).sum() + (pull * parameters).sum() / 2)
            return value, np.array([slope * (wrong * x).sum(), wrong.sum()]) + pull

        best = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=[(-6, 6), (-60, 60)])
        return cls(float(np.exp(best.x[0])), float(best.x[1]))

    def apply(self, scores: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Turn scores into probabilities, same shape."""
        probabilities: npt.NDArray[np.float32] = expit(self.log_odds(scores)).astype(np.float32)
        return probabilities

    def log_odds(self, scores: npt.ArrayLike) -> Floats:
        """Turn scores into log odds, ln(p / (1 − p)), same shape: they tell near 0 and 1 apart."""
        values = np.asarray(scores, dtype=np.float64)
        return self.slope * values + self.intercept

    def to_json(self) -> dict[str, float]:
        """Give the two numbers, the form ``from_json`` takes."""
        return {"slope": self.slope, "intercept": self.intercept}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Calibration:
        """Rebuild what ``to_json`` gave."""
        return cls(float(values["slope"]), float(values["intercept"]))


class Reliability(NamedTuple):
    """What was said and what happened, by bin, from the lowest probability to the highest."""

    predicted: Floats  # (bins,) mean probability, nan in an empty bin
    observed: Floats  # (bins,) share of matches, nan in an empty bin
    pairs: Ints  # (bins,) how many


def reliability(labels: npt.ArrayLike, probabilities: npt.ArrayLike, bins: int = 10) -> Reliability:
    """Compare probabilities with the share of matches, in bins of equal width over [0, 1]."""
    y = np.asarray(labels) == 1
    p = np.asarray(probabilities, dtype=np.float64)
    place = np.minimum((p * bins).astype(np.int64), bins - 1)
    count = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        predicted = np.bincount(place, weights=p, minlength=bins) / count
        observed = np.bincount(place, weights=y, minlength=bins) / count
    return Reliability(predicted, observed, count)


def expected_calibration_error(
    labels: npt.ArrayLike, probabilities: npt.ArrayLike, bins: int = 10
) -> float:
    """Give the mean over pairs of |said − happened| of the pair's bin (ECE); nan without pairs."""
    bins_of_scores = reliability(labels, probabilities, bins)
    filled = bins_of_scores.pairs > 0
    if not filled.any():
        return float("nan")
    gaps = np.abs(bins_of_scores.predicted - bins_of_scores.observed)[filled]
    return float((gaps * bins_of_scores.pairs[filled]).sum() / bins_of_scores.pairs.sum())
