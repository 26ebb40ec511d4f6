"""How good scores are, given which pairs match. Pure functions on arrays; labels are 0 or 1."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kgreview.arrays import Floats, Ints
from kgreview.text.columns import distinct_numbers

Labels = npt.NDArray[np.integer]
Scores = npt.NDArray[np.floating]


class PrecisionRecall(NamedTuple):
    """Precision, recall and their harmonic mean at one threshold."""

    precision: float
    recall: float
    f1: float


class _Curve(NamedTuple):
    """Counts at each distinct score taken as threshold, from the highest score down."""

    thresholds: Floats
    true: Ints  # matches at or above the threshold
    called: Ints  # pairs at or above the threshold


def average_precision(labels: Labels, scores: Scores) -> float:
    """Give the area under the precision–recall curve (PRAUC) as average precision.

    Σ (R_n − R_{n−1}) P_n over the distinct scores, so pairs of one score enter together and their
    order never matters. Not interpolated. nan where no label is 1.
    """
    curve = _curve(labels, scores)
    if len(curve.true) == 0 or curve.true[-1] == 0:
        return float("nan")
    gained = np.diff(curve.true, prepend=0)
    return float((gained * (curve.true / curve.called)).sum() / curve.true[-1])


def best_threshold(labels: Labels, scores: Scores) -> float:
    """Give the threshold of the highest F1; a pair matches at or above it.

    It lies half-way between two neighbouring scores, so it does not hang on one pair's last digit.
    Of equal ones the highest is taken. Without matches: above every score (``inf`` without any
    pairs), so that nothing is called a match.
    """
    curve = _curve(labels, scores)
    if len(curve.true) == 0:
        return float("inf")
    if curve.true[-1] == 0:
        return float(np.nextafter(curve.thresholds[0], np.inf))
    f1 = 2 * curve.true / (curve.called + curve.true[-1])
    best = int(np.argmax(f1))
    if best + 1 == len(f1):
        return float(curve.thresholds[best])
    middle = (curve.thresholds[best] + curve.thresholds[best + 1]) / 2
    # two neighbouring floats have no number between them, and the lower would let in its pairs
    return float(middle if middle > curve.thresholds[best + 1] else curve.thresholds[best])


def precision_recall_curve(
    labels: Labels, scores: Scores, most: int = 200
) -> tuple[Floats, Floats]:
    """Give recall and precision at ``most`` thresholds from the highest score down, to be drawn.

    Both are empty where no label is 1.
    """
    curve = _curve(labels, scores)
    if len(curve.true) == 0 or curve.true[-1] == 0:
        return np.empty(0), np.empty(0)
    recall, precision = curve.true / curve.true[-1], curve.true / curve.called
    some = np.unique(np.linspace(0, len(recall) - 1, min(most, len(recall))).round().astype(int))
    return recall[some], precision[some]


def precision_recall_f1(
    labels: Labels, scores: Scores, threshold: float, missed: int = 0
) -> PrecisionRecall:
    """Give precision, recall and F1 of calling pairs at or above ``threshold`` matches.

    ``missed``: links that blocking lost. They count as misses, which makes the figures end to end.
    Precision is 0 where nothing is called a match, recall is nan where there is no match at all.
    """
    labels, scores = _checked(labels, scores)
    called = scores >= threshold
    true = int((labels[called] == 1).sum())
    matches = int((labels == 1).sum()) + missed
    precision = true / int(called.sum()) if called.any() else 0.0
    recall = true / matches if matches else float("nan")
    together = int(called.sum()) + matches
    f1 = 2 * true / together if matches else float("nan")
    return PrecisionRecall(precision, recall, f1)


def recall_at_precision(labels: Labels, scores: Scores, precision: float = 0.95) -> float:
    """Give the highest recall among thresholds that reach a precision; 0 where none does.

    nan where no label is 1.
    """
    curve = _curve(labels, scores)
    if len(curve.true) == 0 or curve.true[-1] == 0:
        return float("nan")
    reached = curve.true >= precision * curve.called
    return float(curve.true[reached].max(initial=0) / curve.true[-1])


def threshold_at_precision(labels: Labels, scores: Scores, precision: float) -> float:
    """Give the lowest threshold that reaches a precision, a score of a pair; nan where none does.

    At it the recall is the highest among those that do.
    """
    curve = _curve(labels, scores)
    reached = np.flatnonzero((curve.true >= precision * curve.called) & (curve.true > 0))
    return float(curve.thresholds[reached[-1]]) if len(reached) else float("nan")


def hits_at_1(
    left: npt.NDArray[np.integer],
    labels: Labels,
    scores: Scores,
    links_left: npt.NDArray[np.integer],
) -> float:
    """Give the share of linked left entities whose best-scored candidate is a link.

    ``left`` is the left entity of each pair, ``links_left`` those that have a link, whether or not
    blocking kept it (each counts once). Where several candidates share the best score the entity
    counts with the share of links among them: the value expected of drawing one.
    nan where no entity is linked.
    """
    labels, scores = _checked(labels, scores)
    linked = distinct_numbers(links_left)
    if len(linked) == 0:
        return float("nan")
    entities, place = np.unique(left, return_inverse=True)
    best = np.full(len(entities), -np.inf)
    np.maximum.at(best, place, scores)
    at_best = scores == best[place]
    called = np.bincount(place[at_best], minlength=len(entities))
    right = np.bincount(place[at_best & (labels == 1)], minlength=len(entities))
    share = right / np.maximum(called, 1)
    return float(share[np.isin(entities, linked)].sum() / len(linked))


def _checked(labels: Labels, scores: Scores) -> tuple[npt.NDArray[np.integer], Floats]:
    labels = np.asarray(labels)
    values = np.asarray(scores, dtype=np.float64)
    if labels.shape != values.shape or labels.ndim != 1:
        raise ValueError(f"labels {labels.shape} and scores {values.shape} must be aligned columns")
    if np.isnan(values).any():
        raise ValueError("a score is nan, and has no place in an order")
    return labels, values


def _curve(labels: Labels, scores: Scores) -> _Curve:
    labels, values = _checked(labels, scores)
    order = np.argsort(-values)
    descending = values[order]
    last_of_score = np.flatnonzero(np.r_[descending[1:] != descending[:-1], True][: len(order)])
    true = np.cumsum(labels[order] == 1)[last_of_score]
    return _Curve(descending[last_of_score], true, last_of_score + 1)
