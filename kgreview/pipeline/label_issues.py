"""Label issues: decisions that a model contradicts which has not learnt from them.

The model is gradient boosting over what the candidates' values say and how each pair stands among
its competitors, cross-validated by left entity. It is not the network: of that, the trees are grown
on parts of the entities, but the evidence of neighbours is fitted on all of them, and to train it
anew for each part would take minutes. Boosting takes seconds and is nearly as good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kgreview.aligner.rank_features import RankFeatures
from kgreview.arrays import Bools, Floats, Ints
from kgreview.candidates.blocking import find
from kgreview.evaluation.label_issues import FEWEST, doubt, unfitted
from kgreview.graph.pair_rows import pair_rows
from kgreview.pipeline.blocking import similarities
from kgreview.pipeline.entity_names import name_of
from kgreview.pipeline.labels import teaching_links
from kgreview.pipeline.project import Project
from kgreview.progress import Progress, silent
from kgreview.store import decisions
from kgreview.store.decisions import Decision
from kgreview.store.label_issues import doubted, keep_doubts
from kgreview.store.outcomes import Outcome
from kgreview.store.rights import Right, permit
from kgreview.ui.text import plain

DOUBTED = 0.5  # probability of being wrong from which on a decision is doubted
_MOST_LINKED = 1_000  # pairs of known links that are learnt from besides: seconds, not minutes
_TELLING = 12  # similarities by which a pair is compared with its competitors


@dataclass(frozen=True)
class Doubt:
    """A standing decision and the probability that it is wrong."""

    decision: Decision
    left_name: str
    right_name: str
    wrong: float

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON values."""
        decision = self.decision
        return {
            "decision": decision.id,
            "left": decision.left,
            "right": decision.right,
            "left_name": self.left_name,
            "right_name": self.right_name,
            "outcome": decision.outcome.value,
            "curator": decision.curator,
            "created_at": decision.created_at,
            "probability_wrong": round(self.wrong, 4),
        }

    @property
    def other(self) -> Outcome:
        """The answer that the model would give."""
        return Outcome.NO_MATCH if self.decision.outcome is Outcome.MATCH else Outcome.MATCH


@dataclass(frozen=True)
class Doubts:
    """What was found, and how many decisions have come since."""

    looked_at: int  # decisions that were judged
    since: int  # decisions made after that
    found: tuple[Doubt, ...]  # those that still stand, the strongest first


def find_doubts(project: Project, progress: Progress = silent) -> int:
    """Judge all standing matches and non-matches and keep the doubtful; give how many.

    Kept are those whose probability of being wrong is ½ or more and that nobody has looked at
    again. Audit decisions are judged like the others and not learnt from. Nothing is found where
    too few matches or non-matches are known to learn from. Raises ``RightError`` for who may not.
    """
    with project.database() as db:
        permit(db, Right.ADJUDICATE)
        labelled = [d for d in decisions.standing(db) if d.outcome.label is not None]
        newest = max((d.id for d in decisions.events(db, limit=1)), default=0)
        teaching = {d.decision for d in decisions.training_decisions(db)}
    progress("find label issues", 0, 1)
    there = pair_rows(project.left, project.right, labelled)
    wrong = _wrong(
        project,
        there.left,
        there.right,
        np.array([d.outcome.label for d in there.pairs], dtype=np.int8),
        np.array([d.id in teaching for d in there.pairs], dtype=np.bool_),
    )
    probabilities = {there.pairs[i].id: float(wrong[i]) for i in np.flatnonzero(wrong >= DOUBTED)}
    judged = int((~np.isnan(wrong)).sum())
    with project.database() as db:
        kept = keep_doubts(db, probabilities, looked_at=judged, newest=newest)
    progress("find label issues", 1, 1)
    return kept


def doubts(project: Project, most: int = 50) -> Doubts | None:
    """Give what ``find_doubts`` found last and still stands, ``None`` where it never looked."""
    with project.database() as db:
        look = doubted(db)
        if look is None:
            return None
        since = decisions.standing_since(db, look.newest)
    return Doubts(
        look.looked_at,
        since,
        tuple(
            Doubt(d, name_of(project, "left", d.left), name_of(project, "right", d.right), wrong)
            for d, wrong in look.found[:most]
        ),
    )


def doubts_words(issues: Doubts | None) -> str:
    """Say what was found, or what to do."""
    if issues is None:
        return (
            "Each decision is judged by a model that learnt from the other decisions and known "
            "links. Where it is certain of the opposite, look again."
        )
    words = f"{issues.looked_at:,} decisions were judged"
    words += f"; {issues.since:,} have come since. " if issues.since else ". "
    if not issues.looked_at:
        return words + "It takes 20 matches and 20 others to learn from."
    if not issues.found:
        return words + "None of them is contradicted that was not looked at again."
    return words + "These are contradicted, those with the most confidence first:"


def doubts_lines(issues: Doubts) -> list[str]:
    """List what was found, the strongest first, a line each."""
    lines = [doubts_words(issues)]
    for each in issues.found:
        decision = each.decision
        names = f"{plain(each.left_name, 60)} ~ {plain(each.right_name, 60)}"
        lines.append(
            f"  {each.wrong:>4.0%} no. {decision.id} {decision.outcome.value.replace('_', ' ')} by "
            f"{plain(decision.curator, 40)}: {names} "
            f"({plain(decision.left, 60)}, {plain(decision.right, 60)})"
        )
    return lines


def doubt_row(doubt: Doubt) -> dict[str, Any]:
    """Give a row of the table of doubts."""
    return {
        "no": doubt.decision.id,
        "left": plain(doubt.left_name, 120),
        "right": plain(doubt.right_name, 120),
        "said": doubt.decision.outcome.value.replace("_", " "),
        "by": doubt.decision.curator,
        "probably wrong": f"{doubt.wrong:.0%}",
        "when": doubt.decision.created_at[:10],
    }


def _wrong(
    project: Project,
    lefts: Ints,
    rights: Ints,
    label: npt.NDArray[np.int8],
    teaches: Bools,
) -> Floats:
    """Give the probability that each label (pairs,) of pairs of rows is wrong.

    ``teaches`` (pairs,): which may be learnt from; known links are, too. nan where nothing can be
    said: for pairs that are no candidates, and where too few are known.
    """
    probabilities = np.full(len(label), np.nan)
    if not len(label):
        return probabilities
    from kgreview.aligner.own import most_informative  # torch: only where it is needed

    candidates = project.candidates()
    left, right = (np.asarray(side, dtype=np.int64) for side in (candidates.left, candidates.right))
    where = find(candidates, lefts, rights)
    has_row = where >= 0
    linked = _linked(project, left, right)
    rows = np.concatenate([where[has_row], linked[0]])
    labels = np.concatenate([label[has_row], linked[1]])
    judged = np.arange(len(rows)) < int(has_row.sum())
    learnt = np.concatenate([teaches[has_row], np.ones(len(linked[0]), bool)])
    compared = similarities(project)[0]
    matches = int(labels[learnt].sum())
    if min(matches, int(learnt.sum()) - matches) < FEWEST:
        return probabilities
    some = compared[rows[learnt]]
    telling = most_informative(some, labels[learnt].astype(np.int8), _TELLING, range(some.shape[1]))
    # who stands beside these pairs: all competitors of their entities, and nobody else
    near = np.flatnonzero(np.isin(left, left[rows]) | np.isin(right, right[rows]))
    among = RankFeatures(compared[near][:, list(telling)], left[near], right[near])
    features = np.hstack([compared[rows], among[np.searchsorted(near, rows)]])
    match = unfitted(features, labels, left[rows], judged=judged, learnt=learnt)
    probabilities[has_row] = doubt(labels, match)[judged]
    return probabilities


def _linked(project: Project, left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """Give candidates that known links label, at most so many, and their labels."""
    labels = teaching_links(project, "train").labels(left, right)
    there = np.flatnonzero(labels >= 0)
    if len(there) > _MOST_LINKED:
        rng = np.random.default_rng(project.settings.seed)
        there = np.sort(rng.choice(there, _MOST_LINKED, replace=False))
    return there, labels[there].astype(np.int64)
