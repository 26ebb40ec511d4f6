"""How good the matches are and when to stop: the verb *quality*, and what its page shows."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from kgreview.arrays import Bools
from kgreview.candidates.blocking import find, is_candidate
from kgreview.evaluation.annotators import alpha, kappa
from kgreview.evaluation.audit import UNKNOWN, AlignmentFigures, Interval, share_interval
from kgreview.evaluation.stopping import (
    CHANGES,
    WINDOW,
    StopSignal,
    same_order,
    stop_signal,
    surprise,
)
from kgreview.graph.columns import finite, open_column
from kgreview.graph.pair_rows import pair_rows
from kgreview.pipeline.audit_sample import (
    AuditSample,
    Bin,
    LostMatches,
    candidate_scores,
    not_asked_entities,
)
from kgreview.pipeline.entity_names import name_of
from kgreview.pipeline.fingerprint import present_scores
from kgreview.pipeline.project import Project
from kgreview.store import annotator_agreement, review_statistics
from kgreview.store.added_pairs import linked_matches
from kgreview.store.annotator_agreement import Dispute
from kgreview.store.database import Database
from kgreview.store.decisions import standing
from kgreview.store.outcomes import Outcome
from kgreview.store.review_statistics import Answer, AuditDecision, Day
from kgreview.store.versions import Version, current_version, promotions, versions

NETWORK = ""  # the network as one more annotator: no curator has this name
_FEWEST_TOGETHER = 2  # pairs that two annotators must share to be compared


@dataclass(frozen=True)
class Curator:
    """How much a curator has decided, and how fast."""

    name: str
    decisions: int  # that stand, but for what was put off
    days: int
    seconds: float  # median, nan where none was measured


@dataclass(frozen=True)
class Together:
    """How far two annotators agree on the pairs that both judged."""

    one: str
    other: str
    pairs: int
    agree: int
    kappa: Interval


@dataclass(frozen=True)
class Quality:
    """All that the decisions tell of the matches and of the review."""

    version: str | None  # the current one; None too while it has not scored the candidates
    alignment: AlignmentFigures | None  # None where there is no audit sample to tell it by
    incomplete: int  # entities of the sample of which it is not known whether they have a match
    not_asked: int  # left entities that are not measured, since nobody is asked about their types
    blocking: Interval  # share of the known matches that blocking has found
    by_links: int  # known matches that it lost, and that are candidates by their links
    lost: int  # matches that blocking had lost and people found
    unpaired: int  # known matches that it does not count: they join types that are not paired
    bins: tuple[Bin, ...]  # of the reliability diagram; empty without a sample
    calibration_error: float
    decisions: int  # that stand, but for what was put off
    days: tuple[Day, ...]
    curators: tuple[Curator, ...]
    answers: int  # of the last hundred to learn from
    matches: int  # among them
    against: int  # of them, against what the network had called the pair
    stop: StopSignal
    together: tuple[Together, ...]
    alpha: Interval  # Krippendorff's, of all curators
    twice: int  # pairs that several curators judged
    disputes: int
    target: float  # how wide the intervals of precision and recall may be
    problem: str | None  # why the alignment cannot be measured, and what to do

    def to_json(self) -> dict[str, Any]:
        """Give everything as JSON values; what is not known is null."""
        values = asdict(self)
        values["stop"] = {
            "stop": self.stop.stop,
            "words": self.stop.words,
            "reasons": [asdict(reason) for reason in self.stop.reasons],
        }
        json_values: dict[str, Any] = finite(values)
        return json_values


def quality(project: Project) -> Quality:
    """Measure the alignment and the review as they are now. Changes nothing."""
    with project.database() as db:
        version = current_version(db)
        if version is not None and not version.scored:
            version = None
        audit = review_statistics.audit_decisions(db)
        problem = _problem(version, review_statistics.audit_is_of_entities(db), project)
        decisions = standing(db)
        last = review_statistics.answers(db, WINDOW)
        ratings = annotator_agreement.ratings(db)
        by_links = linked_matches(db)
        disputed = len(annotator_agreement.disputes(db, ""))
        days = review_statistics.days(db)
        seconds = review_statistics.seconds_by_curator(db)
        scores = None if version is None else candidate_scores(project, db, version)
        changes = _changes(project, _versions_in_turn(db))
    sample = figures = None
    with_network: list[tuple[str, str, str, bool]] = []
    if problem is None and version is not None and scores is not None:
        sample = AuditSample.of(project, audit, decisions, scores)
        figures = sample.figures(version.threshold)
        with_network = _with_network(project, audit, scores >= version.threshold)
    stop, against = _stop(last, changes, figures, project.settings.target)
    pairs: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for rating in ratings:
        pairs[rating.left, rating.right].append(rating.match)
    together = _together([(r.left, r.right, r.curator, r.match) for r in ratings])
    together += _together(with_network)
    return Quality(
        version=None if version is None else version.name,
        alignment=figures,
        incomplete=0 if sample is None else sample.incomplete,
        not_asked=not_asked_entities(project) if _is_blocked(project) else 0,
        blocking=_blocking(project),
        by_links=by_links,
        lost=len(LostMatches.of(project, decisions)) if _is_blocked(project) else 0,
        unpaired=project.unpaired_matches(),
        bins=() if sample is None else sample.bins,
        calibration_error=math.nan if sample is None else sample.calibration_error,
        decisions=sum(d.outcome is not Outcome.SKIP for d in decisions),
        days=tuple(days),
        curators=_curators(days, seconds),
        answers=len(last),
        matches=sum(answer.match for answer in last),
        against=against,
        stop=stop,
        together=tuple(together),
        alpha=alpha(list(pairs.values())),
        twice=len(pairs),
        disputes=disputed,
        target=project.settings.target,
        problem=problem,
    )


def _versions_in_turn(db: Database) -> list[Version]:
    """Give the last versions that became current, each as it was made so last, the newest last.

    To go back and forth between two brings no change but the one.
    """
    by_name = {each.name: each for each in versions(db)}
    promoted = list(dict.fromkeys(event.version for event in promotions(db)))
    return [by_name[name] for name in promoted[CHANGES::-1]]


def _stop(
    last: Sequence[Answer],
    changes: tuple[list[float], bool],
    figures: AlignmentFigures | None,
    target: float,
) -> tuple[StopSignal, int]:
    """Say whether to stop, and how many of the last answers went against the network."""
    went, foretold = surprise(
        [a.score for a in last], [a.threshold for a in last], [a.match for a in last]
    )
    by_network = np.array([a.network for a in last], dtype=np.bool_)
    signal = stop_signal(
        changes[0],
        went[by_network],
        foretold[by_network],
        UNKNOWN if figures is None or not figures.sampled else figures.precision,
        UNKNOWN if figures is None or not figures.sampled else figures.recall,
        target,
        from_values=changes[1],
    )
    return signal, int(went.sum())


def disputes(project: Project, curator: str) -> list[tuple[Dispute, str, str]]:
    """Give the pairs to adjudicate with the names of their entities; nobody is named otherwise."""
    with project.database() as db:
        open_disputes = annotator_agreement.disputes(db, curator)
    return [
        (each, name_of(project, "left", each.left), name_of(project, "right", each.right))
        for each in open_disputes
    ]


def adjudicate(
    project: Project, curator: str, dispute: Dispute, outcome: Outcome, note: str
) -> None:
    """Settle a dispute; raises what ``agreement.adjudicate`` does."""
    with project.database() as db:
        annotator_agreement.adjudicate(
            db, dispute, curator=curator, outcome=outcome, note=note or None
        )


def _with_network(
    project: Project,
    audit: Sequence[AuditDecision],
    called: Bools,
) -> list[tuple[str, str, str, bool]]:
    """Put what the network says beside what curators say of audit pairs, which it never learns."""
    placed = pair_rows(
        project.left,
        project.right,
        (d for d in audit if d.stands and d.outcome.label is not None),
    )
    where = find(project.candidates(), placed.left, placed.right)
    answers = []
    for place, decision in zip(where.tolist(), placed.pairs, strict=True):
        if place >= 0:
            pair = decision.left, decision.right
            answers.append((*pair, decision.curator, decision.outcome is Outcome.MATCH))
            answers.append((*pair, NETWORK, bool(called[place])))
    return answers


def _together(answers_of_all: Sequence[tuple[str, str, str, bool]]) -> list[Together]:
    """Compare each two annotators on the pairs that both judged; of the network with each one."""
    by_pair: dict[tuple[str, str], dict[str, bool]] = defaultdict(dict)
    for left, right, who, match in answers_of_all:
        by_pair[left, right][who] = match
    with_network = any(who == NETWORK for _, _, who, _ in answers_of_all)
    both: dict[tuple[str, str], list[tuple[bool, bool]]] = defaultdict(list)
    for by_annotator in by_pair.values():
        people = sorted(by_annotator, key=lambda who: (who == NETWORK, who))
        for i, one in enumerate(people):
            for other in people[i + 1 :]:
                if not with_network or NETWORK in (one, other):
                    both[one, other].append((by_annotator[one], by_annotator[other]))
    together = []
    for (one, other), answers in sorted(both.items()):
        if len(answers) >= _FEWEST_TOGETHER:
            first, second = zip(*answers, strict=True)
            agree = sum(a == b for a, b in answers)
            together.append(Together(one, other, len(answers), agree, kappa(first, second)))
    return together


# ---------------------------------------------------------------- what lies on the disk


def _problem(version: Version | None, of_entities: bool, project: Project) -> str | None:
    if version is None:
        return f"**Nothing is scored yet.** Block, train and score: `kgreview run {project.path}`"
    if not project.settings.audit_share:
        return (
            "**This project has no audit sample**, so nothing can be measured. A new one gets it: "
            "`kgreview create --audit-share 0.1`"
        )
    if not of_entities:
        return (
            "**The audit sample was drawn by pairs**, by an earlier release. Draw it anew, by "
            f"entities; decisions stay: `kgreview run {project.path}`"
        )
    return None


def _is_blocked(project: Project) -> bool:
    return (project.path / "candidates").is_dir()


def _blocking(project: Project) -> Interval:
    links = project.all_links().matches
    if not len(links) or not _is_blocked(project):
        return UNKNOWN
    kept = is_candidate(project.candidates(), links.left, links.right)
    return share_interval(int(kept.sum()), len(links))


def _changes(project: Project, was_current: Sequence[Version]) -> tuple[list[float], bool]:
    """Say how alike each version and the next put the pairs in order, oldest change first.

    And whether the oldest of them had no network yet, but the likeness of values.
    """
    scored = [(_written(project, version.name), version.threshold) for version in was_current]
    changes = [
        _same_order(before, after, threshold)
        for (before, _), (after, threshold) in itertools.pairwise(scored)
        if before is not None and after is not None
    ]
    return changes, bool(was_current) and was_current[0].kind == "similarity"


def _written(project: Project, version: str) -> tuple[Path, int] | None:
    """Give the file of a version's scores and when it was written, if they are of what is there."""
    if present_scores(project, version) is None:
        return None
    file = project.version_folder(version) / "scores.npy"
    return file, file.stat().st_mtime_ns


@lru_cache(maxsize=64)  # a page asks with each click, and the answer takes a sort of all scores
def _same_order(before: tuple[Path, int], after: tuple[Path, int], threshold: float) -> float:
    return same_order(open_column(before[0]), open_column(after[0]) >= threshold)


def _curators(days: Sequence[Day], seconds: dict[str, list[float]]) -> tuple[Curator, ...]:
    decided: dict[str, list[int]] = defaultdict(list)
    for day in days:
        decided[day.curator].append(day.decisions)
    return tuple(
        Curator(
            name,
            sum(counts),
            len(counts),
            float(np.median(seconds[name])) if seconds.get(name) else math.nan,
        )
        for name, counts in sorted(decided.items(), key=lambda item: (-sum(item[1]), item[0]))
    )
