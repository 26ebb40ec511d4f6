"""From log odds to a probability and a yes or no: what a version decides by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from kgreview.evaluation.calibration import Calibration

_DRAWS = 100
_FARTHEST = 8.0  # log odds a threshold may have: where labels are parted without fault it is open
_PRIOR_MATCHES = 5  # that speak for even odds, against those whose label is known


@dataclass(frozen=True)
class DecisionRule:
    """How scores become probabilities, and from which one on a pair is taken for a match."""

    calibration: Calibration
    threshold: float  # probability

    @classmethod
    def fit(cls, log_odds: npt.ArrayLike, labels: npt.ArrayLike) -> DecisionRule:
        """Fit to log odds (pairs,) by a model that has not seen these pairs' labels."""
        scores, label = np.asarray(log_odds, np.float64), np.asarray(labels)
        calibration = Calibration.fit(scores, label, log_odds=True)
        return cls(calibration, steady_threshold(label, calibration.log_odds(scores)))


def steady_threshold(labels: npt.ArrayLike, log_odds: npt.ArrayLike, seed: int = 0) -> float:
    """Give the probability from which on F1 is best: the mean over reweighted pairs.

    The best threshold on a dozen matches hangs on one of them. So the pairs (pairs,) are weighed
    anew a hundred times (Bayesian bootstrap, Rubin 1981), and the mean of the best log odds is
    drawn towards even odds as by five matches more (bagging, Breiman 1996). One half where no
    label is 1, or all are.
    """
    label, scores = np.asarray(labels) == 1, np.asarray(log_odds, np.float64)
    matches = int(label.sum())
    if matches == 0 or label.all():
        return 0.5
    order = np.argsort(-scores, kind="stable")
    sorted_scores, sorted_label = scores[order], label[order]
    last = np.flatnonzero(np.append(np.diff(sorted_scores) != 0, True))  # of pairs of one score
    between = sorted_scores[last]
    between = (between + np.append(between[1:], between[-1])) / 2
    rng, thresholds = np.random.default_rng(seed), []
    for _ in range(_DRAWS):
        weight = rng.exponential(size=len(order))
        called, true = np.cumsum(weight)[last], np.cumsum(weight * sorted_label)[last]
        best = int(np.argmax(true / (called + true[-1])))  # half of F1
        thresholds.append(np.clip(between[best], -_FARTHEST, _FARTHEST))
    mean = float(np.mean(thresholds)) * matches / (matches + _PRIOR_MATCHES)
    return float(expit(mean))
