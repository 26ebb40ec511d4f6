"""The verb *evaluate*: how good the current version is on links it has never seen."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kgreview.aligner.supervision import Supervision, combine, from_links, from_lost_links, take
from kgreview.candidates.blocking import blocking_recall, find, is_candidate
from kgreview.errors import KGReviewError
from kgreview.evaluation.calibration import expected_calibration_error
from kgreview.evaluation.metrics import (
    average_precision,
    hits_at_1,
    precision_recall_f1,
    recall_at_precision,
)
from kgreview.exchange.links import read_link_source
from kgreview.graph.links import Links, pair_keys
from kgreview.graph.paired import of_paired_types
from kgreview.pipeline.fingerprint import present_scores
from kgreview.pipeline.project import SPLITS, Project
from kgreview.progress import Notice, Progress, silent, unheard
from kgreview.store.versions import current_version


@dataclass(frozen=True)
class Evaluation:
    """Figures of one version on held-out links; nan where the links do not tell."""

    version: str
    pairs: int  # candidates that the links settle, and judged pairs that are no candidates
    links: int  # known matches
    lost: int  # of these, what blocking lost
    unpaired: int  # links left aside, since they join types that are not paired
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
    project: Project,
    links: Path,
    *,
    links_format: str | None = None,
    device: str = "auto",
    progress: Progress = silent,
    notice: Notice = unheard,
) -> Evaluation:
    """Measure the current version on links that training has not seen, in any form.

    Gold links: on all candidates of their left entities. Judged links: on just these pairs,
    candidates or not. Links between types that are not paired are left aside and counted. Raises
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
    given = read_link_source(links, project.left, project.right, progress, notice, links_format)
    _refuse_learnt(project, given, links)
    paired = given.take(of_paired_types(given, project.left, project.right, project.schema))
    candidates = project.candidates()
    pairs = _measured(project, paired)
    scores = _scores(project, version.name, pairs.left, pairs.right, device, progress)
    matches = paired.matches
    lost = int((~is_candidate(candidates, matches.left, matches.right)).sum())
    called = precision_recall_f1(pairs.label, scores, version.threshold)
    there = is_candidate(candidates, pairs.left, pairs.right)
    whole = precision_recall_f1(pairs.label[there], scores[there], version.threshold, missed=lost)
    return Evaluation(
        version=version.name,
        pairs=len(pairs),
        links=len(matches),
        lost=lost,
        unpaired=len(given) - len(paired),
        prauc=average_precision(pairs.label, scores),
        f1=called.f1,
        precision=called.precision,
        recall=called.recall,
        threshold=version.threshold,
        recall_at_p95=recall_at_precision(pairs.label, scores),
        hits_at_1=hits_at_1(pairs.left, pairs.label, scores, matches.left),
        calibration_error=expected_calibration_error(pairs.label, scores),
        blocking_recall=blocking_recall(candidates, paired),
        end_to_end_f1=whole.f1,
    )


def _measured(project: Project, links: Links) -> Supervision:
    """Label what links are measured on: the candidates they settle, and other judged pairs.

    A pair among the project's own links is left out: it was learnt from, and where an entity has
    two counterparts, the one known already is no non-match.
    """
    candidates = project.candidates()
    left, right = candidates.left, candidates.right
    judged = links.take(~links.gold)
    pairs = combine(from_links(left, right, links), from_lost_links(left, right, judged, 1.0))
    learnt = np.isin(pair_keys(pairs.left, pairs.right), project.all_links().keys)
    return take(pairs, np.flatnonzero(~learnt))


def _refuse_learnt(project: Project, links: Links, path: Path) -> None:
    """A figure on links that training saw is worth nothing, and looks like one that is."""
    for split in SPLITS:
        seen = project.links(split)
        both = np.isin(links.keys, seen.keys)
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
    where = find(project.candidates(), left, right)
    there = where >= 0
    scored = present_scores(project, version)
    if scored is None:
        raise KGReviewError(
            f"{project.path}: {version} has not scored the present candidates; run `kgreview score`"
        )
    scores = np.empty(len(where), np.float32)
    scores[there] = scored[where[there]]
    if not there.all():
        from kgreview.pipeline.scoring import score_rows  # torch: only where it is needed

        scores[~there] = score_rows(project, version, left[~there], right[~there], device, progress)
    return scores
