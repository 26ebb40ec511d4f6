"""The verb *evaluate*: how good the current version is on links it has never seen."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kgreview.aligner.supervision import from_links, pair_keys
from kgreview.errors import KGReviewError
from kgreview.evaluation.calibration import expected_calibration_error
from kgreview.evaluation.metrics import (
    average_precision,
    hits_at_1,
    precision_recall_f1,
    recall_at_precision,
)
from kgreview.graph.links import Links
from kgreview.graph.readers import read_links
from kgreview.progress import Progress, silent
from kgreview.review.versions import current_version
from kgreview.workflow.project import Project
from kgreview.workflow.stamps import present_scores


@dataclass(frozen=True)
class Evaluation:
    """Figures of one version on held-out links; nan where the links do not tell."""

    version: str
    pairs: int  # candidates of the linked entities, or the judged pairs
    links: int  # known matches
    prauc: float
    f1: float  # at the threshold chosen on validation links
    precision: float
    recall: float
    threshold: float
    recall_at_p95: float
    hits_at_1: float
    calibration_error: float
    blocking_recall: float
    end_to_end_f1: float  # links that blocking lost are misses

    def to_json(self) -> dict[str, Any]:
        """Give the figures as JSON values."""
        return {
            k: None if isinstance(v, float) and math.isnan(v) else v
            for k, v in asdict(self).items()
        }


def evaluate_project(
    project: Project, links: Path, *, device: str = "auto", progress: Progress = silent
) -> Evaluation:
    """Measure the current version on a table of links that training has not seen.

    Gold links: on all candidates of their left entities. Judged links: on just these pairs. Raises
    ``KGReviewError`` where nothing is scored yet or links were learnt from.
    """
    with project.database() as db:
        version = current_version(db)
    if version is None:
        raise KGReviewError(f"{project.path}: has no scores yet; run `kgreview run` first")
    if not version.scored:
        raise KGReviewError(
            f"{project.path}: its candidates are new and {version.name} has not scored them; run "
            "`kgreview score` first"
        )
    known = read_links(links, project.left, project.right, progress)
    _refuse_learnt(project, known, links)
    candidates = project.candidates()
    judged = from_links(candidates.left, candidates.right, known)
    scores = _scores(project, version.name, judged.left, judged.right, device, progress)
    matches = known.take(known.label == 1)
    kept = np.isin(
        pair_keys(matches.left, matches.right), pair_keys(candidates.left, candidates.right)
    )
    missed = 0 if known.judged else int((~kept).sum())
    called = precision_recall_f1(judged.label, scores, version.threshold)
    whole = precision_recall_f1(judged.label, scores, version.threshold, missed=missed)
    return Evaluation(
        version=version.name,
        pairs=len(judged),
        links=len(matches),
        prauc=average_precision(judged.label, scores),
        f1=called.f1,
        precision=called.precision,
        recall=called.recall,
        threshold=version.threshold,
        recall_at_p95=recall_at_precision(judged.label, scores),
        hits_at_1=hits_at_1(judged.left, judged.label, scores, matches.left),
        calibration_error=expected_calibration_error(judged.label, scores),
        blocking_recall=float(kept.mean()) if len(kept) else float("nan"),
        end_to_end_f1=whole.f1,
    )


def _refuse_learnt(project: Project, links: Links, path: Path) -> None:
    """A figure on links that training saw is worth nothing, and looks like one that is."""
    for split in ("train", "valid"):
        seen = project.links(split)
        both = np.isin(pair_keys(links.left, links.right), pair_keys(seen.left, seen.right))
        if both.any():
            raise KGReviewError(
                f"{path}: {int(both.sum())} of its {len(links)} links are among the project's own "
                f"{split} links; evaluate on links the project was not created with"
            )


def _scores(
    project: Project,
    version: str,
    left: np.ndarray[Any, np.dtype[np.int64]],
    right: np.ndarray[Any, np.dtype[np.int64]],
    device: str,
    progress: Progress,
) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Look scores up among the candidates', and compute those of pairs that are none."""
    candidates = project.candidates()
    known = pair_keys(candidates.left, candidates.right)
    keys = pair_keys(left, right)
    where = np.searchsorted(known, keys).clip(max=len(known) - 1)
    there = known[where] == keys
    scored = present_scores(project, version)
    if scored is None:
        raise KGReviewError(
            f"{project.path}: {version} has not scored the present candidates; run `kgreview score`"
        )
    found = np.empty(len(keys), np.float32)
    found[there] = scored[where[there]]
    if not there.all():
        from kgreview.workflow.scoring import score_rows  # torch: only where it is needed

        found[~there] = score_rows(project, version, left[~there], right[~there], device, progress)
    return found
