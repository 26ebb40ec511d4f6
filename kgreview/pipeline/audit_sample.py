"""What the audit sample tells of an alignment, at any threshold: it measures and never trains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kgreview.arrays import Bools, Floats, Rows
from kgreview.candidates.blocking import find
from kgreview.evaluation.audit import (
    MISSED,
    NONE,
    RIGHT,
    AlignmentFigures,
    Interval,
    alignment_figures,
    share_interval,
)
from kgreview.evaluation.calibration import expected_calibration_error, reliability
from kgreview.graph.links import pair_keys
from kgreview.graph.pair_rows import pair_rows, present_rows
from kgreview.graph.paired import is_asked
from kgreview.pipeline.fingerprint import present_scores
from kgreview.pipeline.project import Project
from kgreview.store import review_statistics
from kgreview.store.added_pairs import blocked_count
from kgreview.store.database import Database
from kgreview.store.decisions import Decision, standing
from kgreview.store.outcomes import QUALIFIED, Outcome
from kgreview.store.review_statistics import AuditDecision
from kgreview.store.versions import Version

_BINS = 10


@dataclass(frozen=True)
class Bin:
    """A part of the scale of probabilities: what was said, and what was found."""

    said: float  # mean probability of its pairs
    found: Interval  # share of matches among them
    pairs: int


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
        audit, decisions = review_statistics.audit_decisions(db), standing(db)
        if not audit or not review_statistics.audit_is_of_entities(db):
            return None
    sample = AuditSample.of(project, audit, decisions, scores)
    return sample if len(sample.top) else None


def candidate_scores(project: Project, db: Database, version: Version) -> Floats:
    """Give a version's score of each candidate of blocking (pairs,): its column, or the queue's."""
    column = present_scores(project, version.name)
    if column is not None:
        return column.astype(np.float64)
    scores = db.execute(
        "SELECT score FROM scores WHERE version = (SELECT id FROM versions WHERE name = ?)"
        " AND candidate < ? ORDER BY candidate",
        [version.name, blocked_count(db)],
    )
    return np.fromiter((score for (score,) in scores), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class LostMatches:
    """Accepted pairs that blocking had not proposed, and no known link tells: people found them."""

    left: Rows  # (matches,)
    right: Rows  # (matches,)

    def __len__(self) -> int:
        return len(self.left)

    @classmethod
    def of(cls, project: Project, decisions: Sequence[Decision]) -> LostMatches:
        """Take them from what stands; where curators differ, it is not known that it is one."""
        placed = pair_rows(
            project.left, project.right, (d for d in decisions if d.outcome is Outcome.MATCH)
        )
        left, right = placed.left, placed.right
        there = find(project.candidates(), left, right) < 0
        against = {(d.left, d.right) for d in decisions if d.outcome in _AGAINST}
        against |= {(d.left, "") for d in decisions if d.outcome is Outcome.NO_COUNTERPART}
        there &= np.array(
            [not {(d.left, d.right), (d.left, "")} & against for d in placed.pairs], dtype=np.bool_
        )
        keys = np.unique(pair_keys(left[there], right[there]), return_index=True)[1]
        left, right = left[there][keys], right[there][keys]
        new = ~project.all_links().settle(left, right)
        return cls(left[new], right[new])

    def take(self, which: Bools) -> LostMatches:
        """Give some of them, by a mask (matches,)."""
        return LostMatches(self.left[which], self.right[which])


@dataclass(frozen=True, eq=False)
class AuditSample:
    """The audited entities, and what they tell of all others, at any threshold.

    Left out are types that curators are not asked about: nobody is asked about those drawn there,
    so nothing is known of them. Matches that blocking had lost are settled where people found them.
    Of an entity that was drawn, such a match is one that the alignment misses among its like,
    whatever its score: there, it is no candidate. So entities are put into strata by the candidates
    that blocking found, all alike.
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
        decisions: Sequence[Decision],
        scores: Floats,
    ) -> AuditSample:
        """Sort the entities into sampled, settled and others, by what stands."""
        candidates = project.candidates()
        order = np.argsort(candidates.left, kind="stable")  # those of an entity stand together
        left, right = (
            np.asarray(side, dtype=np.int64)[order] for side in (candidates.left, candidates.right)
        )
        scores = scores[order]
        label = _labels(project, decisions, np.asarray(candidates.left))[order]
        links = project.all_links()
        # no known link answers it already
        asked = ~links.settle(left, right) & _is_asked(project, left, right)
        starts = np.flatnonzero(np.diff(left, prepend=-1))
        entity = left[starts]
        frame = np.logical_or.reduceat(asked, starts) if len(starts) else asked[:0]
        has_match = np.logical_or.reduceat(asked & (label == 1), starts)
        unclear = np.logical_or.reduceat(asked & (label == _UNCLEAR), starts)
        # matches of other entities have taken these right ones: nobody is asked, and none is one
        lost = LostMatches.of(project, decisions)
        lost = lost.take(_is_asked(project, lost.left, lost.right))
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
        touched = present_rows(
            project.left, (d.left for d in audit if d.stands and d.place <= drawn)
        )
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


def not_asked_entities(project: Project) -> int:
    """Count left entities with candidates of which none is of types that are asked about."""
    candidates = project.candidates()
    left, right = (np.asarray(each, dtype=np.int64) for each in (candidates.left, candidates.right))
    asked = _is_asked(project, left, right)
    return len(np.unique(left)) - len(np.unique(left[asked]))


def _is_asked(project: Project, left: Rows, right: Rows) -> Bools:
    return is_asked(project.left, project.right, project.schema, left, right)


_UNDECIDED, _UNCLEAR = -1, -2
_AGAINST = (Outcome.NO_MATCH, Outcome.UNSURE)
_SAYS = {Outcome.MATCH: 1, Outcome.NO_MATCH: 2, Outcome.NO_COUNTERPART: 2, Outcome.UNSURE: 4}
_SAYS |= dict.fromkeys(QUALIFIED, 2)  # who could have said that they are the same, and did not
# by what was said of a pair: 1 match, 2 no match, 4 unsure, and their sums
_MEANS = np.array(
    [_UNDECIDED, 1, 0, _UNCLEAR, _UNCLEAR, 1, 0, _UNCLEAR],
    dtype=np.int8,
)


def _labels(project: Project, decisions: Sequence[Decision], left: Rows) -> npt.NDArray[np.int8]:
    """Give what standing decisions say of candidates (pairs,): 1, 0, or why that is not known.

    A decision that the left entity has no counterpart says so of all its pairs. Where curators
    differ, and where nobody could tell, it is unclear.
    """
    nobody = [d.left for d in decisions if d.outcome is Outcome.NO_COUNTERPART]
    placed = pair_rows(
        project.left,
        project.right,
        (d for d in decisions if d.outcome in _SAYS and d.outcome is not Outcome.NO_COUNTERPART),
    )
    where = find(project.candidates(), placed.left, placed.right)
    heard = np.zeros(len(left), dtype=np.int64)
    heard[np.isin(left, present_rows(project.left, nobody))] |= _SAYS[Outcome.NO_COUNTERPART]
    for place, decision in zip(where.tolist(), placed.pairs, strict=True):
        if place >= 0:
            heard[place] |= _SAYS[decision.outcome]
    return _MEANS[heard]


def _top(scores: Floats, starts: Rows) -> Rows:
    """Give the position of the best candidate of each left entity, the first of equals."""
    best = np.repeat(np.maximum.reduceat(scores, starts), np.diff(np.append(starts, len(scores))))
    first = np.flatnonzero(scores == best)
    return first[np.searchsorted(first, starts)]


def _bins(labels: Bools, scores: Floats) -> tuple[Bin, ...]:
    reliability_bins = reliability(labels, scores, _BINS)
    return tuple(
        Bin(
            float(predicted),
            share_interval(round(float(seen) * int(pairs)), int(pairs)),
            int(pairs),
        )
        for predicted, seen, pairs in zip(*reliability_bins, strict=True)
        if pairs
    )
