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
import numpy.typing as npt

from kgreview.candidates.blocking import find, is_candidate
from kgreview.evaluation.annotators import alpha, kappa
from kgreview.evaluation.audit import (
    MISSED,
    NONE,
    RIGHT,
    UNKNOWN,
    AlignmentFigures,
    Interval,
    alignment_figures,
    more_needed,
    share_interval,
)
from kgreview.evaluation.calibration import expected_calibration_error, reliability
from kgreview.evaluation.stopping import (
    CHANGES,
    WINDOW,
    StopSignal,
    same_order,
    stop_signal,
    surprise,
)
from kgreview.graph.links import pair_keys
from kgreview.review import agreement, measures
from kgreview.review.added_pairs import blocked_count, linked_matches
from kgreview.review.agreement import Dispute
from kgreview.review.database import Database
from kgreview.review.decisions import Decision, standing
from kgreview.review.measures import AuditDecision, Day
from kgreview.review.outcomes import Outcome
from kgreview.review.versions import Version, current_version, promotions, versions
from kgreview.workflow.desk import name_of
from kgreview.workflow.project import Project
from kgreview.workflow.stamps import present_scores

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

NETWORK = ""  # the network as one more annotator: no curator has this name
RULINGS = {
    Outcome.MATCH: "Match",
    Outcome.NO_MATCH: "No match",
    Outcome.UNSURE: "Cannot be told",
}
_BINS = 10
_FEWEST_TOGETHER = 2  # pairs that two annotators must share to be compared


@dataclass(frozen=True)
class Bin:
    """A part of the scale of probabilities: what was said, and what was found."""

    said: float  # mean probability of its pairs
    found: Interval  # share of matches among them
    pairs: int


@dataclass(frozen=True)
class Curator:
    """How much a curator has decided, and how fast."""

    name: str
    decisions: int  # what was undone later, too
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
    alignment: AlignmentFigures | None  # None where there is no audit slice to tell it by
    incomplete: int  # entities of the sample of which it is not known whether they have a match
    blocking: Interval  # share of the known matches that blocking has found
    by_links: int  # known matches that it lost, and that are candidates by their links
    lost: int  # matches that blocking had lost and people found
    unpaired: int  # known matches that it does not count: they join types that are not paired
    bins: tuple[Bin, ...]  # of the reliability diagram; empty without a sample
    calibration_error: float
    decisions: int  # that stand
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
        found = asdict(self)
        found["stop"] = {
            "stop": self.stop.stop,
            "words": self.stop.words,
            "reasons": [asdict(reason) for reason in self.stop.reasons],
        }
        return {name: _json(value) for name, value in found.items()}


def quality(project: Project) -> Quality:
    """Measure the alignment and the review as they are now. Changes nothing."""
    with project.database() as db:
        version = current_version(db)
        if version is not None and not version.scored:
            version = None
        audit = measures.audit_decisions(db)
        of_entities = measures.audit_is_of_entities(db)
        said = standing(db)
        last = measures.answers(db, WINDOW)
        ratings = agreement.ratings(db)
        by_links = linked_matches(db)
        disputed = len(agreement.disputes(db, ""))
        days = measures.days(db)
        seconds = measures.seconds_by_curator(db)
        scores = None if version is None else candidate_scores(project, db, version)
        known = {each.name: each for each in versions(db)}
        # the newest last; a version that was gone back to comes again, one scored anew does not
        events = [name for name, _ in itertools.groupby(event.version for event in promotions(db))]
        was_current = [known[name] for name in events[CHANGES::-1]]
        changes, from_values = _changes(project, was_current)
    sample = figures = None
    problem = _problem(version, of_entities, project)
    with_network: list[tuple[str, str, str, bool]] = []
    if problem is None and version is not None and scores is not None:
        sample = AuditSample.of(project, audit, said, scores)
        figures = sample.figures(version.threshold)
        with_network = _with_network(project, audit, scores >= version.threshold)
    went, foretold = surprise(
        [a.score for a in last], [a.threshold for a in last], [a.match for a in last]
    )
    by_network = np.array([a.network for a in last], dtype=np.bool_)
    signal = stop_signal(
        changes,
        went[by_network],
        foretold[by_network],
        UNKNOWN if figures is None or not figures.sampled else figures.precision,
        UNKNOWN if figures is None or not figures.sampled else figures.recall,
        project.settings.target,
        from_values=from_values,
    )
    pairs: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for rating in ratings:
        pairs[rating.left, rating.right].append(rating.match)
    together = _together([(r.left, r.right, r.curator, r.match) for r in ratings])
    together += _together(with_network)
    return Quality(
        version=None if version is None else version.name,
        alignment=figures,
        incomplete=0 if sample is None else sample.incomplete,
        blocking=_blocking(project),
        by_links=by_links,
        lost=len(_LostMatches.of(project, said)) if _is_blocked(project) else 0,
        unpaired=project.unpaired_matches(),
        bins=() if sample is None else sample.bins,
        calibration_error=math.nan if sample is None else sample.calibration_error,
        decisions=len(said),
        days=tuple(days),
        curators=_curators(days, seconds),
        answers=len(last),
        matches=sum(answer.match for answer in last),
        against=int(went.sum()),
        stop=signal,
        together=tuple(together),
        alpha=alpha(list(pairs.values())),
        twice=len(pairs),
        disputes=disputed,
        target=project.settings.target,
        problem=problem,
    )


def audit_figures(project: Project, scores: Floats, threshold: float) -> AlignmentFigures | None:
    """Say how good the alignment by some scores of all candidates (pairs,) is, from the slice.

    ``None`` where nobody has decided on it yet.
    """
    sample = audit_sample(project, scores)
    return None if sample is None else sample.figures(threshold)


def audit_sample(project: Project, scores: Floats) -> AuditSample | None:
    """Give what the slice tells of an alignment by some scores of all candidates (pairs,).

    ``None`` where nobody has decided on it yet, so that it tells nothing.
    """
    with project.database() as db:
        audit, said = measures.audit_decisions(db), standing(db)
        if not audit or not measures.audit_is_of_entities(db):
            return None
    sample = AuditSample.of(project, audit, said, scores)
    return sample if len(sample.top) else None


def disputes(project: Project, curator: str) -> list[tuple[Dispute, str, str]]:
    """Give the pairs to adjudicate with the names of their entities; nobody is named otherwise."""
    with project.database() as db:
        found = agreement.disputes(db, curator)
    return [
        (each, name_of(project, "left", each.left), name_of(project, "right", each.right))
        for each in found
    ]


def adjudicate(
    project: Project, curator: str, dispute: Dispute, outcome: Outcome, note: str
) -> None:
    """Settle a dispute; raises what ``agreement.adjudicate`` does."""
    with project.database() as db:
        agreement.adjudicate(db, dispute, curator=curator, outcome=outcome, note=note or None)


# ---------------------------------------------------------------- in words


def report(found: Quality, double_share: float) -> list[str]:
    """Say everything in lines of plain text."""
    lines = [line.replace("**", "") for line in headlines(found)]
    lines += [found.stop.words]
    lines += [f"  {'yes' if each.met else 'no '}  {each.words}" for each in found.stop.reasons]
    lines += [yield_words(found), agreement_words(found, double_share)]
    if found.disputes:
        lines.append(f"{_many(found.disputes, 'pair waits', 'pairs wait')} for adjudication.")
    return [line.replace("`", "") for line in lines]


def headlines(found: Quality) -> list[str]:
    """Say precision, recall and what they rest on, a sentence each, in markdown."""
    if found.problem is not None or found.alignment is None:
        return [found.problem or ""]
    figures = found.alignment
    if not figures.sampled:
        return [
            "**Nothing is measured yet.** Each tenth question comes from the audit slice; as soon "
            "as a few of them are answered, precision and recall stand here."
        ]
    words = [
        f"**Precision {_percent(figures.precision)}**: of the {figures.given:,} counterparts that "
        f"the alignment gives, {_count(figures.wrong)} are wrong.",
        f"**Recall {_percent(figures.recall)}** of the matches among the candidates and of those "
        f"found by a search: {_count(figures.missing)} are missing.",
    ]
    if found.lost:
        words.append(
            f"{_many(found.lost, 'match', 'matches')} that blocking had lost people found by a "
            "search. The alignment has them; of an entity drawn at random, each stands for others "
            "that are missed."
        )
    if not math.isnan(found.blocking.value):
        also, lost = "", "what it lost"
        if found.by_links:
            also = f"{_many(found.by_links, 'more is', 'more are')} there by the links alone; "
            lost = "what else it lost"
        words.append(
            f"Blocking kept {_percent(found.blocking)} of the known matches among the candidates; "
            f"{also}of {lost}, the figures above count no more than was found by a search."
        )
    if found.unpaired:
        words.append(
            f"{_many(found.unpaired, 'known match joins', 'known matches join')} types that are "
            "not paired in schema.json, and no figure counts them."
        )
    words.append(_rests_on(found, figures))
    return words


def _rests_on(found: Quality, figures: AlignmentFigures) -> str:
    target = found.target
    more = [more_needed(f, figures.sampled, target) for f in (figures.precision, figures.recall)]
    needed = max((m for m in more if m is not None), default=0)
    words = f"This rests on {_many(figures.sampled, 'entity', 'entities')} drawn at random"
    if found.incomplete:
        words += f" ({found.incomplete:,} more not answered to the end)"
    if not needed:
        return f"{words}, enough for the ±{100 * target / 2:.0f} % that the project wants."
    return f"{words}; ±{100 * target / 2:.0f} % takes about {needed:,} more."


def yield_words(found: Quality) -> str:
    """Say what the last hundred answers brought."""
    if not found.answers:
        return "No answer yet that the network could learn from."
    return (
        f"Of the last {_many(found.answers, 'answer', 'answers')} to learn from, {found.matches} "
        f"found a match, and {found.against} went against the score they came with."
    )


def agreement_words(found: Quality, double_share: float) -> str:
    """Say how far curators agree, or how to find out."""
    if not found.twice:
        if double_share:
            return "No pair was judged by two curators yet; a second one is asked as they come."
        return (
            "No pair was judged by two curators. Let a second one look at a share of them: "
            '`"double_share": 0.05` in the project\'s kgreview.json.'
        )
    return (
        f"{_many(found.twice, 'pair was', 'pairs were')} judged by several curators. "
        f"Krippendorff's α is {_range(found.alpha)}: 1 is perfect agreement, 0 is chance."
    )


def together_row(each: Together) -> dict[str, Any]:
    """Give a row of the table of annotators."""
    return {
        "one": each.one,
        "other": each.other if each.other != NETWORK else "the network",
        "pairs": each.pairs,
        "agree on": each.agree,
        "Cohen's κ (95 %)": _range(each.kappa),
    }


def dispute_words(dispute: Dispute) -> str:
    """Say what was said of a pair, and not by whom."""
    told = f"{dispute.matches} said match, {dispute.others} said no match."
    notes = " ".join(f"“{note}”" for note in dispute.notes)
    mine = " One of these decisions is yours: better leave it to somebody else."
    return told + (f" Notes: {notes}" if notes else "") + (mine if dispute.mine else "")


def reliability_words(found: Quality) -> str:
    """Say what the reliability diagram shows."""
    pairs = sum(each.pairs for each in found.bins)
    return (
        f"{_many(pairs, 'pair', 'pairs')} of the audit slice: what probabilities say, and what was "
        f"found. They are {found.calibration_error:.3f} off on average."
    )


def _percent(figure: Interval) -> str:
    if math.isnan(figure.low):
        return "unknown"
    limits = f"{100 * figure.low:.1f} to {100 * figure.high:.1f} %"
    return limits if math.isnan(figure.value) else f"{100 * figure.value:.1f} % ({limits})"


def _count(figure: Interval) -> str:
    if math.isnan(figure.low):
        return "an unknown number"
    limits = f"{figure.low:,.0f} to {figure.high:,.0f}"
    return limits if math.isnan(figure.value) else f"about {figure.value:,.0f} ({limits})"


def _range(figure: Interval) -> str:
    if math.isnan(figure.low):
        return "unknown"
    limits = f"{figure.low:.2f} to {figure.high:.2f}"
    return (
        f"somewhere in {limits}" if math.isnan(figure.value) else f"{figure.value:.2f} ({limits})"
    )


def _many(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"


# ---------------------------------------------------------------- the sample


@dataclass(frozen=True, eq=False)
class _LostMatches:
    """Accepted pairs that blocking had not proposed, and no known link tells: people found them."""

    left: Rows  # (matches,)
    right: Rows  # (matches,)

    def __len__(self) -> int:
        return len(self.left)

    @classmethod
    def of(cls, project: Project, said: Sequence[Decision]) -> _LostMatches:
        """Take them from what stands; where curators differ, it is not known that it is one."""
        matches = [d for d in said if d.outcome is Outcome.MATCH]
        left = project.left.rows([d.left for d in matches])
        right = project.right.rows([d.right for d in matches])
        there = (left >= 0) & (right >= 0)
        there &= find(project.candidates(), left, right) < 0
        against = {(d.left, d.right) for d in said if d.outcome in _AGAINST}
        against |= {(d.left, "") for d in said if d.outcome is Outcome.NO_COUNTERPART}
        there &= np.array(
            [not {(d.left, d.right), (d.left, "")} & against for d in matches], dtype=np.bool_
        )
        keys = np.unique(pair_keys(left[there], right[there]), return_index=True)[1]
        left, right = left[there][keys], right[there][keys]
        new = ~project.all_links().settle(left, right)
        return cls(left[new], right[new])


@dataclass(frozen=True, eq=False)
class AuditSample:
    """The audited entities, and what they tell of all others, at any threshold.

    Matches that blocking had lost are settled where people found them. Of an entity that was drawn,
    such a match is one that the alignment misses among its like, whatever its score: there, it is
    no candidate. So entities are put into strata by the candidates that blocking found, all alike.
    """

    top: Floats  # (sampled,) the best score of each sampled entity
    right: Bools  # (sampled,) whether its best candidate is its match
    has_match: Bools  # (sampled,) whether any candidate is, or an entity found by a search
    others: Floats  # (entities,) the best open score of each entity that nobody has settled
    settled: int  # matches that curators have found
    incomplete: int  # drawn entities of which it is not known whether they have a match
    scores: Floats  # (pairs,) of the candidates of sampled entities
    labels: Bools  # (pairs,) whether they are matches

    @classmethod
    def of(
        cls,
        project: Project,
        audit: Sequence[AuditDecision],
        said: Sequence[Decision],
        scores: Floats,
    ) -> AuditSample:
        """Sort the entities into sampled, settled and others, by what stands."""
        candidates = project.candidates()
        order = np.argsort(candidates.left, kind="stable")  # those of an entity stand together
        left, right = (
            np.asarray(side, dtype=np.int64)[order] for side in (candidates.left, candidates.right)
        )
        scores = scores[order]
        label = _labels(project, said, np.asarray(candidates.left))[order]
        links = project.all_links()
        asked = ~links.settle(left, right)  # no known link answers it already
        starts = np.flatnonzero(np.diff(left, prepend=-1))
        entity = left[starts]
        frame = np.logical_or.reduceat(asked, starts) if len(starts) else asked[:0]
        has_match = np.logical_or.reduceat(asked & (label == 1), starts)
        unclear = np.logical_or.reduceat(asked & (label == _UNCLEAR), starts)
        # matches of other entities have taken these right ones: nobody is asked, and none is one
        lost = _LostMatches.of(project, said)
        matched = (
            np.concatenate([left[label == 1], links.matches.left, lost.left]),
            np.concatenate([right[label == 1], links.matches.right, lost.right]),
        )
        taken = matched[1][~project.counterparts.of_right(*matched)]
        is_open = asked & (label == _UNDECIDED) & ~np.isin(right, taken)
        some_open = np.logical_or.reduceat(is_open, starts)
        best_open = np.maximum.reduceat(np.where(is_open, scores, -np.inf), starts)
        has_match |= frame & np.isin(entity, lost.left)
        beside = np.setdiff1d(lost.left, entity[frame])  # of entities without any candidate
        done = frame & (has_match | ~(some_open | unclear))
        drawn = max((d.place for d in audit if d.drawn), default=-1)
        touched = project.left.rows([d.left for d in audit if d.stands and d.place <= drawn])
        in_sample = frame & np.isin(entity, touched)
        sampled = np.flatnonzero(in_sample & done)
        top = _top(scores, starts)[sampled]
        pairs = np.isin(left, entity[sampled]) & asked
        return cls(
            top=scores[top],
            right=label[top] == 1,
            has_match=has_match[sampled],
            others=best_open[frame & ~has_match & ~done & np.isfinite(best_open)],
            settled=int((frame & has_match).sum()) + len(beside),
            incomplete=int((in_sample & ~done).sum()),
            scores=scores[pairs],
            labels=label[pairs] == 1,
        )

    @property
    def bins(self) -> tuple[Bin, ...]:
        """The bins of the reliability diagram."""
        return _bins(self.labels, self.scores)

    @property
    def calibration_error(self) -> float:
        """How far probabilities are off on average."""
        return expected_calibration_error(self.labels, self.scores)

    def figures(self, threshold: float) -> AlignmentFigures:
        """Estimate how good the alignment from a threshold on is."""
        codes = np.where(self.has_match, MISSED, NONE)
        codes[self.right & (self.top >= threshold)] = RIGHT
        return alignment_figures(self.others, self.top, codes, threshold, settled=self.settled)


_UNDECIDED, _UNCLEAR = -1, -2
_AGAINST = (Outcome.NO_MATCH, Outcome.UNSURE)
_SAYS = {Outcome.MATCH: 1, Outcome.NO_MATCH: 2, Outcome.NO_COUNTERPART: 2, Outcome.UNSURE: 4}
# by what was said of a pair: 1 match, 2 no match, 4 unsure, and their sums
_MEANS = np.array(
    [_UNDECIDED, 1, 0, _UNCLEAR, _UNCLEAR, 1, 0, _UNCLEAR],
    dtype=np.int8,
)


def _labels(project: Project, said: Sequence[Decision], left: Rows) -> npt.NDArray[np.int8]:
    """Give what standing decisions say of candidates (pairs,): 1, 0, or why that is not known.

    A decision that the left entity has no counterpart says so of all its pairs. Where curators
    differ, and where nobody could tell, it is unclear.
    """
    told = [d for d in said if d.outcome in _SAYS]
    rows = project.left.rows([d.left for d in told])
    where = find(project.candidates(), rows, project.right.rows([d.right for d in told]))
    heard = np.zeros(len(left), dtype=np.int64)
    of_all = np.array([d.outcome is Outcome.NO_COUNTERPART for d in told], dtype=np.bool_)
    heard[np.isin(left, rows[of_all])] |= _SAYS[Outcome.NO_COUNTERPART]
    for place, decision in zip(where.tolist(), told, strict=True):
        if decision.outcome is not Outcome.NO_COUNTERPART and place >= 0:
            heard[place] |= _SAYS[decision.outcome]
    return _MEANS[heard]


def _top(scores: Floats, starts: Rows) -> Rows:
    """Give the position of the best candidate of each left entity, the first of equals."""
    best = np.repeat(np.maximum.reduceat(scores, starts), np.diff(np.append(starts, len(scores))))
    first = np.flatnonzero(scores == best)
    found: Rows = first[np.searchsorted(first, starts)]
    return found


def _bins(labels: npt.NDArray[np.bool_], scores: Floats) -> tuple[Bin, ...]:
    found = reliability(labels, scores, _BINS)
    return tuple(
        Bin(float(said), share_interval(round(float(seen) * int(pairs)), int(pairs)), int(pairs))
        for said, seen, pairs in zip(*found, strict=True)
        if pairs
    )


def _with_network(
    project: Project,
    audit: Sequence[AuditDecision],
    called: npt.NDArray[np.bool_],
) -> list[tuple[str, str, str, bool]]:
    """Put what the network says beside what curators say of audit pairs, which it never learns."""
    told = [d for d in audit if d.stands and d.outcome.label is not None]
    where = find(
        project.candidates(),
        project.left.rows([d.left for d in told]),
        project.right.rows([d.right for d in told]),
    )
    found = []
    for place, decision in zip(where.tolist(), told, strict=True):
        if place >= 0:
            pair = decision.left, decision.right
            found.append((*pair, decision.curator, decision.outcome is Outcome.MATCH))
            found.append((*pair, NETWORK, bool(called[place])))
    return found


def _together(told: Sequence[tuple[str, str, str, bool]]) -> list[Together]:
    """Compare each two annotators on the pairs that both judged; of the network with each one."""
    by_pair: dict[tuple[str, str], dict[str, bool]] = defaultdict(dict)
    for left, right, who, match in told:
        by_pair[left, right][who] = match
    with_network = any(who == NETWORK for _, _, who, _ in told)
    both: dict[tuple[str, str], list[tuple[bool, bool]]] = defaultdict(list)
    for said in by_pair.values():
        people = sorted(said, key=lambda who: (who == NETWORK, who))
        for i, one in enumerate(people):
            for other in people[i + 1 :]:
                if not with_network or NETWORK in (one, other):
                    both[one, other].append((said[one], said[other]))
    found = []
    for (one, other), answers in sorted(both.items()):
        if len(answers) >= _FEWEST_TOGETHER:
            first, second = zip(*answers, strict=True)
            agree = sum(a == b for a, b in answers)
            found.append(Together(one, other, len(answers), agree, kappa(first, second)))
    return found


# ---------------------------------------------------------------- what lies on the disk


def _problem(version: Version | None, of_entities: bool, project: Project) -> str | None:
    if version is None:
        return f"**Nothing is scored yet.** Block, train and score: `kgreview run {project.path}`"
    if not project.settings.audit_share:
        return (
            "**This project has no audit slice**, so nothing can be measured. A new one gets it: "
            "`kgreview create --audit-share 0.1`"
        )
    if not of_entities:
        return (
            "**The audit slice was drawn by pairs**, by an earlier release. Draw it anew, by "
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


def candidate_scores(project: Project, db: Database, version: Version) -> Floats:
    """Give a version's score of each candidate of blocking (pairs,): its column, or the queue's."""
    column = present_scores(project, version.name)
    if column is not None:
        return column.astype(np.float64)
    found = db.execute(
        "SELECT score FROM scores WHERE version = (SELECT id FROM versions WHERE name = ?)"
        " AND candidate < ? ORDER BY candidate",
        [version.name, blocked_count(db)],
    )
    return np.fromiter((score for (score,) in found), dtype=np.float64)


def _changes(project: Project, was_current: Sequence[Version]) -> tuple[list[float], bool]:
    """Say how alike each version and the next put the pairs in order, oldest change first.

    And whether the oldest of them had no network yet, but the likeness of values.
    """
    scored = [(_written(project, version.name), version.threshold) for version in was_current]
    found = [
        _same_order(before, after, threshold)
        for (before, _), (after, threshold) in itertools.pairwise(scored)
        if before is not None and after is not None
    ]
    return found, bool(was_current) and was_current[0].kind == "similarity"


def _written(project: Project, version: str) -> tuple[Path, int] | None:
    """Give the file of a version's scores and when it was written, if they are of what is there."""
    if present_scores(project, version) is None:
        return None
    file = project.version_folder(version) / "scores.npy"
    return file, file.stat().st_mtime_ns


@lru_cache(maxsize=64)  # a page asks with each click, and the answer takes a sort of all scores
def _same_order(before: tuple[Path, int], after: tuple[Path, int], threshold: float) -> float:
    return same_order(np.load(before[0]), np.load(after[0]) >= threshold)


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


def _json(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Interval):
        return {name: _json(part) for name, part in value._asdict().items()}
    if isinstance(value, dict):
        return {name: _json(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_json(part) for part in value]
    return value
