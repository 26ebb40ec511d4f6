"""The verbs *train* and *fine-tune*: from labels to a version that orders the queue."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kgreview.aligner.checkpoint import Checkpoint
from kgreview.aligner.explanation import uses_network
from kgreview.aligner.fitting import Fit, fit_aligner
from kgreview.aligner.inputs import LabelledPairs, NodeInputs, Pairs, find_pairs
from kgreview.aligner.presumed import Presumed, with_presumed
from kgreview.aligner.settings import AlignerSettings
from kgreview.aligner.supervision import (
    Supervision,
    combine,
    from_links,
    from_lost_links,
    hold_out,
    random_non_matches,
    take,
)
from kgreview.errors import InputError, KGReviewError
from kgreview.evaluation.bootstrap import prauc_interval
from kgreview.evaluation.calibration import expected_calibration_error
from kgreview.evaluation.decision_rule import DecisionRule
from kgreview.evaluation.metrics import average_precision, precision_recall_f1
from kgreview.features.similarity import PairSimilarity
from kgreview.features.sources import own_columns
from kgreview.graph.columns import open_column
from kgreview.graph.links import Links, pair_keys
from kgreview.graph.pair_rows import pair_rows
from kgreview.pipeline.audit_sample import audit_figures
from kgreview.pipeline.blocking import similarities, similarity_of
from kgreview.pipeline.label_issues import find_doubts
from kgreview.pipeline.labels import (
    NO_NON_MATCHES,
    decisions_as_links,
    links_teach,
    missing,
)
from kgreview.pipeline.project import Project
from kgreview.pipeline.promotion import HeldOut, compare, keep_comparison, on_words
from kgreview.pipeline.scoring import (
    Columns,
    node_inputs,
    save_column,
    score_project,
    scored,
    stamp,
)
from kgreview.progress import Progress, silent
from kgreview.store.decisions import TrainingDecision, standing, training_decisions
from kgreview.store.versions import add_version, current_version, versions

_DECISION_WEIGHT = 3.0  # a person looked at this very pair
_LOST_WEIGHT = 0.5  # of a link that blocking lost: its two entities hardly look alike
_ENOUGH_TO_DOUBT = 40  # decisions: to look for mistakes takes seconds, and among few there are none
_FEW_TREES = 100  # of a network that learns from decisions alone: more of them overfit
_FEW_STEPS = 200  # of its members, likewise
_RANDOM_PER_MATCH = 2  # random non-matches beside those from blocking
_HELD_OUT = 0.2  # of the labelled entities, where no validation links are there
_FEWEST_TO_HOLD_OUT = 40  # labelled pairs below which all are learnt from
_REPLAYED = 600  # matches of the links that fine-tuning goes over again: seconds, not minutes
_OUTGROWN = 2.0  # times the matches that a network was begun with: begin anew
_OUTGROWN_ALONE = 1.25  # without links, where it is quickly done
_DEFAULT_THRESHOLD = 0.5
_SEEN = "seen.npy"  # in a version's folder: left entities that it or its ancestors learnt from


@dataclass(frozen=True)
class VersionReport:
    """A version that was made, and its figures on held-out pairs."""

    name: str
    kind: str
    figures: dict[str, float]
    held: str | None = None  # why it is not made current
    missing: str | None = None  # why it has no network
    measured_on: str | None = None  # what its figures are of, if it has any
    interrupted: bool = False

    def to_json(self) -> dict[str, Any]:
        """Give the report as JSON values."""
        words = {"measured_on": self.measured_on, "missing": self.missing, "held_back": self.held}
        said = {name: word for name, word in words.items() if word is not None}
        return {"version": self.name, "kind": self.kind, **self.figures, **said}


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
    settings = settings or _settings(project)
    return _make_version(project, settings, None, device, progress)


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
        raise KGReviewError(
            "there is nothing to learn from yet: accept or reject some pairs first (those of the "
            "random audit sample measure and do not train)"
        )
    if not (project.path / "models" / current.name).is_dir():
        raise KGReviewError(
            f"{project.path / 'models' / current.name}: the folder of the current version is gone; "
            "restore it from a copy of the project, make another version current with `kgreview "
            "promote`, or train anew with `kgreview run`"
        )
    uses_one = uses_network(project.version_folder(current.name))
    if uses_one and not _to_begin_anew(project, current.name, decided):
        parent = Checkpoint.load(project.version_folder(current.name))
        settings = dataclasses.replace(
            parent.model.settings,
            learning_rate=3e-4,
            epochs=2,
            steps=40,
        )
        start: tuple[str, Checkpoint] | None = (current.name, parent)
    else:
        settings, start = _settings(project), None
    before = scored(project, current.name, device=device, progress=progress)
    report = _make_version(project, settings, start, device, progress, (current.name, before))
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
        known = {each.name: each for each in versions(db)}
    begun = known[version]
    while begun.kind == "fine-tuned" and begun.parent in known:
        begun = known[begun.parent]
    matches = float(_supervision(project, decided).learnt.label.sum())
    enough = _OUTGROWN if links_teach(project) else _OUTGROWN_ALONE
    outgrown = matches >= enough * float(begun.figures.get("matches", math.inf))
    return outgrown and missing(project, decided) is None


@dataclass(frozen=True, eq=False)
class _Known:
    """The pairs whose labels are known, parted by what they are for."""

    learnt: Supervision  # to learn from, candidates or not
    held: Supervision | None  # to validate with; those that are no candidates, blocking lost
    by_links: bool = False  # held out by validation links, from which no version learns
    doubtful: int = 0  # candidates of matched entities that may be matches nobody named


def _make_version(
    project: Project,
    settings: AlignerSettings,
    parent: tuple[str, Checkpoint] | None,
    device: str,
    progress: Progress,
    against: tuple[str, npt.NDArray[np.float32]] | None = None,
) -> VersionReport:
    """Train and enter a version; ``against``: which it must not be worse than, and its scores."""
    with project.database() as db:
        decided = training_decisions(db)
    known = _supervision(project, decided, _REPLAYED if parent else None)
    orphaned = len(decided) - len(decisions_as_links(project, decided))
    left_out = {"orphaned_decisions": orphaned, "doubtful_non_matches": known.doubtful}
    figures = {name: float(count) for name, count in left_out.items() if count}
    lacking = _lacking(project, decided, known, parent)
    if lacking is not None:
        if against is not None:
            raise KGReviewError(f"there is too little to learn from: {lacking}")
        return _by_similarity(project, settings, figures, lacking)
    if len(decided) >= _ENOUGH_TO_DOUBT:
        find_doubts(project, progress)  # which the queue asks again
    return _train(project, settings, parent, decided, known, figures, device, progress, against)


def _lacking(
    project: Project,
    decided: Sequence[TrainingDecision],
    known: _Known,
    parent: tuple[str, Checkpoint] | None,
) -> str | None:
    """Say what is missing to learn from; a network that goes on needs no more than a match."""
    if parent is None:
        words = missing(project, decided)
        return NO_NON_MATCHES if words is None and known.learnt.label.all() else words
    return None if known.learnt.label.any() else "no match is known; accept some pairs first"


def _train(
    project: Project,
    settings: AlignerSettings,
    parent: tuple[str, Checkpoint] | None,
    decided: Sequence[TrainingDecision],
    known: _Known,
    figures: dict[str, float],
    device: str,
    progress: Progress,
    against: tuple[str, npt.NDArray[np.float32]] | None,
) -> VersionReport:
    started = time.perf_counter()
    names = similarities(project)[1]
    inputs = node_inputs(project, settings, device, progress)
    if parent is not None:
        parent[1].check_fits(inputs.joint, names)
    compare = _Comparison(project, progress)
    candidates = compare.candidates
    learnt = compare(_with_random(project, known, settings.seed))
    held, lost = compare.held(known)
    with _new_folder(project.path / "models") as folder:
        columns = Columns(folder, len(candidates), inputs)
        fit = fit_aligner(
            inputs,
            candidates,
            learnt,
            held,
            own_columns(names, project.left, project.right),
            settings,
            names=names,
            settled=known.learnt if parent is None else _all_settled(project, decided, known),
            start=None if parent is None else parent[1].model,
            keep=columns.take,
            progress=progress,
        )
        rule, assessed = _assess(fit, candidates, learnt, held, lost)
        seconds = time.perf_counter() - started
        figures |= assessed | {"train_seconds": seconds}
        scores = rule.calibration.apply(fit.scores.logits)
        columns.finish(fit.scores, scores)
        stamp(folder, candidates)
        _save(folder, fit, inputs, names, rule)
        save_column(folder / _SEEN, _all_seen(project, parent, np.unique(known.learnt.left)))
        figures |= _on_the_audit_slice(project, scores, rule.threshold)
        reason = None
        if held is not None and "prauc" in assessed:
            measured = _interval(candidates, held, scores)
            if against is not None:
                reason, compared = _held_back(
                    project, folder, candidates, held, against, scores, by_links=known.by_links
                )
                measured = compared or measured  # of one set of pairs
            figures |= measured
        report = _enter(
            project,
            folder,
            "trained" if parent is None else "fine-tuned",
            None if parent is None else parent[0],
            figures,
            settings,
            [decision.decision for decision in decided],
            rule.threshold,
            reason,
        )
    on = on_words(links=known.by_links) if "prauc" in assessed else None
    return dataclasses.replace(report, measured_on=on, interrupted=fit.interrupted)


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


def _with_random(project: Project, known: _Known, seed: int) -> Supervision:
    """Put non-matches drawn at random beside the pairs to learn from."""
    learnt = known.learnt
    drawn = random_non_matches(
        project.left,
        project.right,
        project.schema,
        _RANDOM_PER_MATCH * int(learnt.label.sum()),
        known=learnt if known.held is None else combine(learnt, known.held),
        seed=seed,
    )
    return combine(drawn, learnt)


def _held_back(
    project: Project,
    folder: Path,
    candidates: Pairs,
    held: LabelledPairs,
    against: tuple[str, npt.NDArray[np.float32]],
    scores: npt.NDArray[np.float32],
    *,
    by_links: bool,
) -> tuple[str | None, dict[str, float]]:
    """Hold a new version against the current one; give why it is not to take its place.

    With its PRAUC on what neither has learnt from, and the 95 % interval where there is one.
    """
    name, before = against
    where = find_pairs(candidates, held)
    there = where >= 0
    if not by_links:  # what is held out now may have been learnt from before
        there &= ~np.isin(held.left, _seen(project, name))
    neither = HeldOut(where[there], held.label[there], held.left[there], by_links)
    if not neither.usable:
        return None, {}
    kept, reason = compare(neither, name, before, scores)
    keep_comparison(folder, kept)
    figures = zip(("prauc", "prauc_low", "prauc_high"), kept["after"], strict=True)
    return reason, {name: value for name, value in figures if value is not None}


def _interval(
    context: Pairs, held: LabelledPairs, scores: npt.NDArray[np.float32]
) -> dict[str, float]:
    """Give the 95 % interval of a version's PRAUC on what is held out, if there is one."""
    where = find_pairs(context, held)
    there = where >= 0
    found = prauc_interval(held.label[there], scores[where[there]], held.left[there])
    return {"prauc_low": found.low, "prauc_high": found.high} if math.isfinite(found.low) else {}


def _on_the_audit_slice(
    project: Project, scores: npt.NDArray[np.float32], threshold: float
) -> dict[str, float]:
    """Give precision and recall on the audit sample with intervals, as far as it is decided."""
    found = audit_figures(project, scores.astype(np.float64), threshold)
    if found is None:
        return {}
    figures = {"audit_entities": float(found.sampled)}
    for name, interval in (("precision", found.precision), ("recall", found.recall)):
        for end, value in zip(("", "_low", "_high"), interval, strict=True):
            if math.isfinite(value):
                figures[f"audit_{name}{end}"] = value
    return figures


def _seen(project: Project, version: str) -> npt.NDArray[np.int64]:
    """Give the left entities that a version or one before it has learnt from."""
    folder = project.version_folder(version)
    try:
        seen: npt.NDArray[np.int64] = open_column(folder / _SEEN, mapped=False)
    except InputError:  # similarity learns nothing; of others nobody knows
        return np.arange(project.left.num_entities if uses_network(folder) else 0)
    return seen


def _all_seen(
    project: Project, parent: tuple[str, Checkpoint] | None, seen: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    return seen if parent is None else np.union1d(seen, _seen(project, parent[0]))


def _by_similarity(
    project: Project, settings: AlignerSettings, figures: dict[str, float], lacking: str
) -> VersionReport:
    """Enter a version without a network: how alike the values are gives its scores."""
    with _new_folder(project.path / "models") as folder:
        report = _enter(
            project, folder, "similarity", None, figures, settings, [], _DEFAULT_THRESHOLD
        )
    return dataclasses.replace(report, missing=lacking)


def _assess(
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


def _supervision(
    project: Project, decided: Sequence[TrainingDecision], replay: int | None = None
) -> _Known:
    """Gather what to learn from and what to validate with.

    ``replay``: how many matches of the links are gone over, if not all.
    What validation links settle stays out of the former, also where a curator decided on it:
    figures of two versions compare only on pairs that neither has seen.
    """
    candidates = project.candidates()
    left, right = candidates.left, candidates.right
    presumed = _with_presumed(project)
    links, valid = presumed.train, presumed.valid
    linked = combine(
        from_lost_links(left, right, links, _LOST_WEIGHT), from_links(left, right, links)
    )
    if replay is not None:
        linked = _share_of_matches(linked, replay, project.settings.seed)
    said = decisions_as_links(project, decided)
    weight = np.full(len(said), _DECISION_WEIGHT, dtype=np.float32)
    by_curators = Supervision(said.left, said.right, said.label, weight)
    few = len(_unsettled(combine(linked, by_curators), valid)) < _FEWEST_TO_HOLD_OUT
    pairs = _unsettled(combine(_told_by_matches(project, said), linked, by_curators), valid)
    held = from_links(left, right, valid, links)
    if 0 < held.label.sum() < len(held):
        known = _Known(pairs, combine(from_lost_links(left, right, valid, 1.0), held), True)
    elif few:
        known = _Known(pairs, None)
    else:
        known = _Known(*hold_out(pairs, _HELD_OUT, project.settings.seed))
    return dataclasses.replace(known, doubtful=presumed.doubtful)


def _with_presumed(project: Project) -> Presumed:
    """Give the links, with non-matches of entities that may have several counterparts."""
    candidates = project.candidates()
    compared, names = similarities(project)
    return with_presumed(
        candidates.left,
        candidates.right,
        compared,
        project.paired_links("train"),
        project.paired_links("valid"),
        project.counterparts,
        names.index("name: cosine"),
        project.settings.seed,
    )


def _unsettled(pairs: Supervision, valid: Links) -> Supervision:
    """Leave out what validation links settle."""
    return take(pairs, np.flatnonzero(~valid.settle(pairs.left, pairs.right)))


def _all_settled(
    project: Project, decided: Sequence[TrainingDecision], known: _Known
) -> Supervision:
    """Give all pairs whose label is known now, also those that are not gone over again."""
    pairs = _supervision(project, decided).learnt
    if known.held is None or known.by_links:
        return pairs
    # which entities are held out depends a little on what there is: none of them is told of
    return take(pairs, np.flatnonzero(~np.isin(pairs.left, known.held.left)))


def _told_by_matches(project: Project, decided: Links) -> Supervision:
    """Take the other candidates of an accepted left entity for non-matches, as of a known link.

    They weigh no more than a link, no decision is written, and a pair of which anybody has said
    anything is left out: what curators said of it counts, or nothing does.
    """
    candidates = project.candidates()
    told = from_links(candidates.left, candidates.right, decided.matches)
    with project.database() as db:
        said = standing(db)
    heard = pair_rows(project.left, project.right, said)
    silent = ~np.isin(pair_keys(told.left, told.right), pair_keys(heard.left, heard.right))
    return take(told, np.flatnonzero(silent))


def _share_of_matches(pairs: Supervision, most: int, seed: int) -> Supervision:
    """Keep at most so many matches, with all pairs of their left entities, and of others a share.

    The share is the same: where there are non-matches of entities without a match, as rejections
    are, these go on beside them.
    """
    matched = np.unique(pairs.left[pairs.label == 1])
    if len(matched) <= most:
        return pairs
    rng = np.random.default_rng(seed)
    others = np.setdiff1d(pairs.left, matched)
    kept = [
        rng.permutation(entities)[: round(most / len(matched) * len(entities))]
        for entities in (matched, others)
    ]
    return take(pairs, np.flatnonzero(np.isin(pairs.left, np.concatenate(kept))))


class _Comparison:
    """Looks similarities up among the candidates', and computes those that are not there."""

    def __init__(self, project: Project, progress: Progress) -> None:
        self._project, self._progress = project, progress
        candidates = project.candidates()
        self.candidates = Pairs(candidates.left, candidates.right, similarities(project)[0])
        self._similarity: PairSimilarity | None = None

    def __call__(self, pairs: Supervision) -> LabelledPairs:
        known, project = self.candidates, self._project
        compared = np.empty((len(pairs), known.similarities.shape[1]), np.float32)
        labelled = LabelledPairs(pairs.left, pairs.right, compared, pairs.label, pairs.weight)
        where = find_pairs(known, labelled)
        there = where >= 0
        compared[there] = known.similarities[where[there]]
        if not there.all():
            if self._similarity is None:
                self._similarity = similarity_of(project)
            compared[~there] = self._similarity.compute(
                pairs.left[~there], pairs.right[~there], self._progress
            )
        return labelled

    def held(self, known: _Known) -> tuple[LabelledPairs | None, int]:
        """Compare what is held out and a candidate; and count the matches that are none."""
        if known.held is None:
            return None, 0
        there = np.isin(
            pair_keys(known.held.left, known.held.right),
            pair_keys(self.candidates.left, self.candidates.right),
        )
        lost = int(known.held.label[~there].sum())
        return self(take(known.held, np.flatnonzero(there))), lost


def _enter(
    project: Project,
    folder: Path,
    kind: str,
    parent: str | None,
    figures: dict[str, float],
    settings: AlignerSettings,
    decisions: Sequence[int],
    threshold: float,
    held: str | None = None,
) -> VersionReport:
    """Give a folder that holds a new version its place, and enter it in the database."""
    with project.database() as db:
        taken = {version.name for version in versions(db)}
    number = 1 + max((int(name[1:]) for name in taken), default=0)
    name = f"v{number}"
    (folder / "version.json").write_text(
        json.dumps({"kind": kind, "parent": parent, "figures": figures}, indent=1),
        encoding="utf-8",
    )
    shutil.rmtree(folder.with_name(name), ignore_errors=True)  # killed before it was entered
    folder.rename(folder.with_name(name))
    with project.database() as db:
        add_version(
            db,
            name,
            parent=parent,
            kind=kind,
            settings=settings.to_json(),
            figures=figures,
            seed=settings.seed,
            threshold=threshold,
            decisions=decisions,
            held=held,
        )
    return VersionReport(name, kind, figures, held)


@contextlib.contextmanager
def _new_folder(models: Path) -> Iterator[Path]:
    """Make a folder to work in, which is renamed when it is whole, or gone at the end."""
    making = models / f".{os.getpid()}.new"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    try:
        yield making
    finally:
        shutil.rmtree(making, ignore_errors=True)
