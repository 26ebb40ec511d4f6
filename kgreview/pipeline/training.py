"""The verbs *train* and *fine-tune*: from labels to a version that orders the queue."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kgreview.aligner.checkpoint import Checkpoint
from kgreview.aligner.explanation import uses_network
from kgreview.aligner.fitting import Fit, fit_aligner
from kgreview.aligner.inputs import LabelledPairs, NodeInputs, Pairs
from kgreview.aligner.settings import AlignerSettings
from kgreview.errors import KGReviewError
from kgreview.evaluation.decision_rule import DecisionRule
from kgreview.features.sources import own_columns
from kgreview.pipeline.blocking import similarities
from kgreview.pipeline.label_issues import find_doubts
from kgreview.pipeline.labels import NO_NON_MATCHES, decisions_as_links, links_teach, missing
from kgreview.pipeline.project import Project
from kgreview.pipeline.promotion import on_words
from kgreview.pipeline.scoring import Columns, node_inputs, score_project, scored, stamp
from kgreview.pipeline.version_entry import NewVersion, VersionReport, enter_version, new_folder
from kgreview.pipeline.version_figures import (
    assess,
    audit_slice_figures,
    held_out_candidates,
    prauc_against,
    save_seen,
)
from kgreview.pipeline.version_labels import (
    ComparedPairs,
    Labels,
    all_settled,
    gather_labels,
    with_random_non_matches,
)
from kgreview.progress import Progress, silent
from kgreview.store.decisions import TrainingDecision, training_decisions
from kgreview.store.versions import current_version, versions
from kgreview.text.columns import distinct_numbers

_ENOUGH_TO_DOUBT = 40  # decisions: to look for mistakes takes seconds, and among few there are none
_FEW_TREES = 100  # of a network that learns from decisions alone: more of them overfit
_FEW_STEPS = 200  # of its members, likewise
_REPLAYED = 600  # matches of the links that fine-tuning goes over again: seconds, not minutes
_OUTGROWN = 2.0  # times the matches that a network was begun with: begin anew
_OUTGROWN_ALONE = 1.25  # without links, where it is quickly done
_DEFAULT_THRESHOLD = 0.5


@dataclass(frozen=True, eq=False)
class _Training:
    """How a version is made: from which on, and against which."""

    project: Project
    settings: AlignerSettings
    device: str
    progress: Progress
    parent: tuple[str, Checkpoint] | None = None  # the version that it goes on from
    against: tuple[str, npt.NDArray[np.float32]] | None = None  # not to be worse than; its scores


def train_project(
    project: Project,
    *,
    settings: AlignerSettings | None = None,
    device: str = "auto",
    progress: Progress = silent,
) -> VersionReport:
    """Train a network on the links and on all decisions so far; ``score_project`` makes it current.

    Where links and accepted pairs together are fewer than ten matches, or no non-match is known,
    the version has no network: how alike the values are gives its scores, and the report says what
    is missing.
    """
    return _make_version(_Training(project, settings or _settings(project), device, progress))


def finetune_project(
    project: Project, *, device: str = "auto", progress: Progress = silent
) -> VersionReport:
    """Go on from the current version with the decisions made so far; make it current if as good.

    The links it was trained on are gone over again, so that it keeps what it knew. Where the
    current version has no network, the decisions train the first one; and where there are twice the
    matches that the network was begun with (without links a quarter more), one is begun anew with
    all of them. A version that is worse than the current one on what neither has learnt from is
    not promoted.
    """
    with project.database() as db:
        current = current_version(db)
        decided = training_decisions(db)
    if current is None:
        raise KGReviewError(f"{project.path}: has no scores yet; run `kgreview run` first")
    if not len(decisions_as_links(project, decided)):
        lacking = None if current.kind != "similarity" else missing(project, decided)
        raise KGReviewError(
            "there is nothing to learn from yet: accept or reject some pairs first (those of the "
            f"random audit sample measure and do not train){f'; {lacking}' if lacking else ''}"
        )
    if not (project.path / "models" / current.name).is_dir():
        raise KGReviewError(
            f"{project.path / 'models' / current.name}: the folder of the current version is gone; "
            "restore it from a copy of the project, make another version current with `kgreview "
            "promote`, or train anew with `kgreview run`"
        )
    settings, parent = _settings(project), None
    uses_one = uses_network(project.version_folder(current.name))
    if uses_one and not _to_begin_anew(project, current.name, decided):
        checkpoint = Checkpoint.load(project.version_folder(current.name))
        settings = dataclasses.replace(
            checkpoint.model.settings, learning_rate=3e-4, epochs=2, steps=40
        )
        parent = current.name, checkpoint
    before = scored(project, current.name, device=device, progress=progress)
    report = _make_version(
        _Training(project, settings, device, progress, parent, (current.name, before))
    )
    if report.held is None:
        score_project(project, report.name, device=device, progress=progress)
    return report


def _settings(project: Project) -> AlignerSettings:
    """Give what a network is begun with: less to overfit with where it has decisions alone.

    What is known of a pair's competitors tells of what was asked then, as much as of the pair.
    """
    settings = AlignerSettings(seed=project.settings.seed)
    if links_teach(project):
        return settings
    return dataclasses.replace(
        settings,
        trees=min(settings.trees, _FEW_TREES),
        steps=min(settings.steps, _FEW_STEPS),
        label_features=False,
    )


def _to_begin_anew(project: Project, version: str, decided: Sequence[TrainingDecision]) -> bool:
    """Whether there are so many more matches now that the network is better begun anew.

    One that was begun with a handful has seen few relations correspond and few features tell, and
    would keep to those for life.
    """
    with project.database() as db:
        by_name = {each.name: each for each in versions(db)}
    begun = by_name[version]
    while begun.kind == "fine-tuned" and begun.parent in by_name:
        begun = by_name[begun.parent]
    most = AlignerSettings().most_matches
    matches = float(gather_labels(project, decided, most).learnt.label.sum())
    enough = _OUTGROWN if links_teach(project) else _OUTGROWN_ALONE
    outgrown = matches >= enough * float(begun.figures.get("matches", math.inf))
    return outgrown and missing(project, decided) is None


def _make_version(training: _Training) -> VersionReport:
    """Train a version and enter it."""
    project, parent = training.project, training.parent
    with project.database() as db:
        decided = training_decisions(db)
    most = training.settings.most_matches
    labels = gather_labels(project, decided, min(_REPLAYED, most) if parent else most)
    orphaned = len(decided) - len(decisions_as_links(project, decided))
    left_out = {"orphaned_decisions": orphaned, "doubtful_non_matches": labels.doubtful}
    if parent is None:
        left_out["matches_left_out"] = labels.left_out
    figures = {name: float(count) for name, count in left_out.items() if count}
    lacking = _lacking(project, decided, labels, begun=parent is not None)
    if lacking is not None:
        if training.against is not None:
            raise KGReviewError(f"there is too little to learn from: {lacking}")
        return _by_similarity(project, training.settings, figures, lacking)
    if len(decided) >= _ENOUGH_TO_DOUBT:
        find_doubts(project, training.progress)  # which the queue asks again
    return _train(training, decided, labels, figures)


def _lacking(
    project: Project, decided: Sequence[TrainingDecision], labels: Labels, *, begun: bool
) -> str | None:
    """Say what is missing to learn from; a network ``begun`` before needs no more than a match."""
    if not begun:
        words = missing(project, decided)
        return NO_NON_MATCHES if words is None and labels.learnt.label.all() else words
    return None if labels.learnt.label.any() else "no match is known; accept some pairs first"


def _train(
    training: _Training,
    decided: Sequence[TrainingDecision],
    labels: Labels,
    figures: dict[str, float],
) -> VersionReport:
    """Train and measure a network, and enter it as a version; ``figures``: what is known of it."""
    started = time.perf_counter()
    project, settings, progress = training.project, training.settings, training.progress
    parent, network = training.parent or (None, None)
    names = similarities(project)[1]
    candidates, learnt, held, lost = _compare(training, labels)
    inputs = node_inputs(project, settings, training.device, progress)
    if network is not None:
        network.check_fits(inputs.joint, names)
    with new_folder(project.path / "models") as folder:
        columns = Columns(folder, len(candidates), inputs)
        fit = fit_aligner(
            inputs,
            candidates,
            learnt,
            held,
            own_columns(names, project.left, project.right),
            settings,
            names=names,
            settled=all_settled(project, decided, labels) if labels.left_out else labels.learnt,
            start=None if network is None else network.model,
            keep=columns.take,
            progress=progress,
        )
        rule, assessed = assess(fit, candidates, learnt, held, lost)
        figures |= assessed | {"train_seconds": time.perf_counter() - started}
        scores = rule.calibration.apply(fit.scores.logits)
        columns.finish(fit.scores, scores)
        stamp(folder, candidates)
        _save(folder, fit, inputs, names, rule)
        save_seen(folder, project, distinct_numbers(labels.learnt.left), parent)
        figures |= audit_slice_figures(project, scores, rule.threshold)
        reason = None
        if held is not None and "prauc" in assessed:
            held_out = held_out_candidates(candidates, held, links=labels.by_links)
            reason, limits = prauc_against(project, folder, held_out, training.against, scores)
            figures |= limits
        kind = "trained" if parent is None else "fine-tuned"
        seen = [decision.decision for decision in decided]
        version = NewVersion(kind, parent, figures, settings, rule.threshold, seen, reason)
        report = enter_version(project, folder, version)
    on = on_words(links=labels.by_links) if "prauc" in assessed else None
    return dataclasses.replace(report, measured_on=on, interrupted=fit.interrupted)


def _compare(
    training: _Training, labels: Labels
) -> tuple[Pairs, LabelledPairs, LabelledPairs | None, int]:
    """Give the candidates, what is learnt from, what is held out, and how many matches of it lost.

    What comparing needs, as much as blocking does, is held no longer.
    """
    compared = ComparedPairs(training.project, training.progress)
    seed = training.settings.seed
    learnt = compared(with_random_non_matches(training.project, labels, seed))
    return compared.candidates, learnt, *compared.held(labels)


def _save(
    folder: Path,
    fit: Fit,
    inputs: NodeInputs,
    names: tuple[str, ...],
    rule: DecisionRule,
) -> None:
    """Write the network and what is needed to use it."""
    Checkpoint(
        fit.model.cpu(),
        inputs.width,
        inputs.joint.type_names,
        inputs.joint.relation_names,
        names,
        rule.calibration,
        rule.threshold,
    ).save(folder)


def _by_similarity(
    project: Project, settings: AlignerSettings, figures: dict[str, float], lacking: str
) -> VersionReport:
    """Enter a version without a network: how alike the values are gives its scores."""
    version = NewVersion("similarity", None, figures, settings, _DEFAULT_THRESHOLD)
    with new_folder(project.path / "models") as folder:
        report = enter_version(project, folder, version)
    return dataclasses.replace(report, missing=lacking)
