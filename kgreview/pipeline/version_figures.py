"""Metrics of a new version on held-out pairs, and whether it is worse than the current one."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kgreview.aligner.explanation import uses_network
from kgreview.aligner.fitting import Fit
from kgreview.aligner.inputs import LabelledPairs, Pairs, find_pairs
from kgreview.arrays import Rows
from kgreview.errors import InputError
from kgreview.evaluation.bootstrap import prauc_interval
from kgreview.evaluation.calibration import expected_calibration_error
from kgreview.evaluation.decision_rule import DecisionRule
from kgreview.evaluation.metrics import average_precision, precision_recall_f1
from kgreview.graph.columns import open_column
from kgreview.pipeline.audit_sample import audit_figures
from kgreview.pipeline.project import Project
from kgreview.pipeline.promotion import HeldOut, compare, keep_comparison
from kgreview.pipeline.scoring import save_column

Floats = npt.NDArray[np.float32]

SEEN = "seen.npy"  # in a version's folder: left entities that it or its ancestors learnt from


def held_out_candidates(candidates: Pairs, held: LabelledPairs, *, links: bool) -> HeldOut:
    """Find held-out pairs among the candidates; ``links``: validation links hold them out."""
    where = find_pairs(candidates, held)
    there = where >= 0
    return HeldOut(where[there], held.label[there], held.left[there], links)


def prauc_against(
    project: Project,
    folder: Path,
    held: HeldOut,
    against: tuple[str, Floats] | None,
    scores: Floats,
) -> tuple[str | None, dict[str, float]]:
    """Hold a new version, in ``folder``, against another; give why it is not to take its place.

    With its PRAUC on what neither has learnt from, and the 95 % interval where there is one; where
    there is nothing to hold it against, with the interval on all that is held out.
    """
    if against is not None:
        name, before = against
        # what decisions hold out now may have been learnt from before
        unseen = held if held.links else held.take(~np.isin(held.entity, _seen(project, name)))
        if unseen.usable:
            kept, reason = compare(unseen, name, before, scores)
            keep_comparison(folder, kept)
            ends = zip(("prauc", "prauc_low", "prauc_high"), kept["after"], strict=True)
            return reason, {name: value for name, value in ends if value is not None}
    interval = prauc_interval(held.label, scores[held.where], held.entity)
    if not math.isfinite(interval.low):
        return None, {}
    return None, {"prauc_low": interval.low, "prauc_high": interval.high}


def audit_slice_figures(project: Project, scores: Floats, threshold: float) -> dict[str, float]:
    """Give precision and recall on the audit sample with intervals, as far as it is decided."""
    sample = audit_figures(project, scores.astype(np.float64), threshold)
    if sample is None:
        return {}
    figures = {"audit_entities": float(sample.sampled)}
    for name, interval in (("precision", sample.precision), ("recall", sample.recall)):
        for end, value in zip(("", "_low", "_high"), interval, strict=True):
            if math.isfinite(value):
                figures[f"audit_{name}{end}"] = value
    return figures


def save_seen(folder: Path, project: Project, seen: Rows, parent: str | None) -> None:
    """Write the left entities that a version, or one it goes on from, has learnt from."""
    save_column(folder / SEEN, seen if parent is None else np.union1d(seen, _seen(project, parent)))


def _seen(project: Project, version: str) -> Rows:
    """Give the left entities that a version or one before it has learnt from."""
    folder = project.version_folder(version)
    try:
        seen: Rows = open_column(folder / SEEN, mapped=False)
    except InputError:  # similarity learns nothing; of others nobody knows
        return np.arange(project.left.num_entities if uses_network(folder) else 0)
    return seen


def assess(
    fit: Fit, candidates: Pairs, learnt: LabelledPairs, held: LabelledPairs | None, lost: int
) -> tuple[DecisionRule, dict[str, float]]:
    """Choose what decides, and measure it on held-out pairs if there are any.

    All figures are of candidates but the end-to-end ones, where held-out matches that blocking lost
    are misses; so many are ``lost``.
    """
    rule = fit.decide(candidates, held)
    figures = _matches(candidates, learnt)
    if held is None or not 0 < held.label.sum() < len(held):
        return rule, figures
    probabilities = rule.calibration.apply(fit.scores.logits[find_pairs(candidates, held)])
    called = precision_recall_f1(held.label, probabilities, rule.threshold)
    whole = precision_recall_f1(held.label, probabilities, rule.threshold, missed=lost)
    figures |= {
        "valid_pairs": float(len(held)),
        "valid_lost": float(lost),
        "prauc": average_precision(held.label, probabilities),
        "f1": called.f1,
        "precision": called.precision,
        "recall": called.recall,
        "end_to_end_f1": whole.f1,
        "end_to_end_recall": whole.recall,
        "calibration_error": expected_calibration_error(held.label, probabilities),
    }
    return rule, figures


def _matches(candidates: Pairs, learnt: LabelledPairs) -> dict[str, float]:
    """Count the matches learnt from, and those among them that blocking lost."""
    matches = learnt.take(np.flatnonzero(learnt.label == 1))
    lost = int((find_pairs(candidates, matches) < 0).sum())
    return {"matches": float(len(matches)), "matches_lost": float(lost)}
