"""The verb *promote*: whether a new version takes the current one's place, and what changes.

A new version is held against the current one on pairs that neither has learnt from: the validation
links, or decisions that are held out where there are none. Better or equal, it is made current;
worse, it is not promoted, and a curator may make it current all the same, with a reason.
"""

from __future__ import annotations

import json
import math
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import logit

from kgreview.arrays import Bools, Rows
from kgreview.candidates.blocking import find
from kgreview.errors import KGReviewError
from kgreview.evaluation.bootstrap import PairedComparison, compare_paired
from kgreview.evaluation.metrics import precision_recall_curve
from kgreview.graph.columns import finite
from kgreview.graph.names import display_name
from kgreview.graph.pair_rows import pair_rows
from kgreview.pipeline.fingerprint import present_scores
from kgreview.pipeline.project import Project
from kgreview.store.decisions import Decision, standing
from kgreview.store.outcomes import Outcome
from kgreview.store.versions import Promotion, Version, promotions, version

MOST_LOST = 0.005  # PRAUC on held-out links that a version may lose and still be made current

_FILE = "comparison.json"  # in a version's folder
_SURE = 1e-6  # scores are kept this far from 0 and 1 where their odds are compared

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class HeldOut:
    """Candidates whose labels are known and not learnt from."""

    where: Rows  # (pairs,) positions among the candidates
    label: npt.NDArray[np.int8]  # (pairs,)
    entity: Rows  # (pairs,) the left entity
    links: bool  # validation links; else decisions

    @property
    def usable(self) -> bool:
        """Whether a figure can be had of them."""
        return 0 < int(self.label.sum()) < len(self.label)

    def take(self, mask: Bools) -> HeldOut:
        """Keep the pairs of a mask, (pairs,)."""
        return HeldOut(self.where[mask], self.label[mask], self.entity[mask], self.links)


@dataclass(frozen=True)
class Changed:
    """A pair that two versions call differently, or a version and a curator."""

    left: str  # entity ids
    right: str
    left_name: str
    right_name: str
    before: float  # scores
    after: float
    said: bool | None = None  # what a curator said: a match or none


@dataclass(frozen=True)
class Changes:
    """What a version changes against another: the largest of either kind, and how many in all."""

    crossed: tuple[Changed, ...]  # crossed the threshold
    all_crossed: int
    matches: int  # of all crossed: taken for matches now
    against: tuple[Changed, ...]  # decisions that the new version contradicts
    all_against: int


def compare(
    held: HeldOut, against: str, before: Floats, after: Floats
) -> tuple[dict[str, Any], str | None]:
    """Hold a version's scores of all candidates against those of version ``against``.

    Gives what is kept of the comparison, as JSON values, and why the version must not be promoted,
    ``None`` where it is better or as good.
    """
    scores = [np.asarray(column[held.where], dtype=np.float64) for column in (before, after)]
    comparison_of_scores = compare_paired(held.label, scores[0], scores[1], held.entity)
    curves = [precision_recall_curve(held.label, column) for column in scores]
    kept = {
        "against": against,
        "on": on_words(links=held.links),
        "pairs": comparison_of_scores.pairs,
        "matches": comparison_of_scores.matches,
        "before": finite([*comparison_of_scores.before]),
        "after": finite([*comparison_of_scores.after]),
        "difference": finite([*comparison_of_scores.difference]),
        "curves": [[recall.tolist(), precision.tolist()] for recall, precision in curves],
    }
    return kept, why_held(comparison_of_scores, against, links=held.links)


def on_words(*, links: bool) -> str:
    """Say what figures of a version are of."""
    return "validation links" if links else "held-out decisions"


def why_held(comparison: PairedComparison, against: str, *, links: bool) -> str | None:
    """Say why a version must not be promoted, ``None`` where it is better or as good."""
    on = "held-out links" if links else "held-out decisions"
    fell = (
        f"PRAUC on {comparison.matches:,} {on} fell from {comparison.before.value:.3f} ({against}) "
        f"to {comparison.after.value:.3f}"
    )
    if comparison.worse:
        return (
            f"{fell}, which is significant (95 % interval of the difference: "
            f"{comparison.difference.low:+.3f} to {comparison.difference.high:+.3f})"
        )
    if links and comparison.difference.value < -MOST_LOST:
        return f"{fell}, by more than {MOST_LOST}"
    return None


def keep_comparison(folder: Path, kept: dict[str, Any]) -> None:
    """Write a comparison into its version's folder."""
    (folder / _FILE).write_text(json.dumps(kept, indent=1), encoding="utf-8")


def comparison(project: Project, name: str) -> dict[str, Any] | None:
    """Read what a version was held against when it was made; ``None`` where it was not."""
    try:
        values = json.loads((project.path / "models" / name / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return values if isinstance(values, dict) else None


def verdict(project: Project, chosen: Version) -> str:
    """Say in words how a version did against the one that was current when it was made."""
    compared = comparison(project, chosen.name)
    if compared is None:
        alone = (
            "It was not compared with another version: there was none, or nothing to measure on."
        )
        value, low, high = (chosen.figures.get(f"prauc{end}") for end in ("", "_low", "_high"))
        if value is None:
            return alone
        limits = _limits(low, high, "{:.3f}")
        ends = f" ({limits}; 95 %)" if limits else ", and what was held out tells no interval"
        return f"{alone} PRAUC on what was held out: {value:.3f}{ends}."
    before, after, (by, low, high) = compared["before"], compared["after"], compared["difference"]
    if _unknown(by):
        return "It was not compared with another version: there was nothing to measure on."
    if chosen.held is not None:
        sentence = "It is worse than"
    elif not _unknown(low) and low > 0:
        sentence = "It is better than"
    else:
        sentence = "No significant difference from"
    own, limits = _limits(after[1], after[2], "{:.3f}"), _limits(low, high, "{:+.4f}")
    ends = f"({limits}; 95 %, " if limits else "(no interval, since all draws are alike: "
    return (
        f"{sentence} {compared['against']}: PRAUC {after[0]:.3f}{f' ({own})' if own else ''} after "
        f"{before[0]:.3f}, a difference of {by:+.4f} {ends}paired "
        f"bootstrap over the entities of {compared['pairs']:,} pairs, {compared['matches']:,} "
        f"of them matches, {compared['on']})."
    )


def _limits(low: float | None, high: float | None, form: str) -> str:
    """Write an interval; "" where it has no limits, or, of an earlier release, one for both."""
    if low is None or high is None or _unknown(low) or low == high != 0:
        return ""
    return f"{form.format(low)} to {form.format(high)}"


def _unknown(figure: float | None) -> bool:
    return figure is None or math.isnan(figure)


def audit_words(chosen: Version) -> str | None:
    """Say what the audit sample told of a version when it was made; ``None``: nothing so far."""
    figures, parts = chosen.figures, []
    for name in ("precision", "recall"):
        value, low, high = (figures.get(f"audit_{name}{end}") for end in ("", "_low", "_high"))
        if low is not None and high is not None:
            middle = "" if value is None else f"{value:.3f} "
            parts.append(f"{name} {middle}({low:.3f} to {high:.3f})")
    if not parts:
        return None
    return (
        f"On the audit sample as it was then: {' and '.join(parts)} from "
        f"{figures['audit_entities']:,.0f} entities (95 %)."
    )


def promoted(project: Project, name: str) -> list[Promotion]:
    """Give when a version was made current and by whose word, the newest first."""
    with project.database() as db:
        return [event for event in promotions(db) if event.version == name]


def changes(project: Project, name: str, against: str, limit: int = 50) -> Changes:
    """Say what a version changes against another, the largest changes of the odds first.

    Raises ``KGReviewError`` where one of them has not scored the present candidates.
    """
    with project.database() as db:
        new, old = version(db, name), version(db, against)
        decided = [d for d in standing(db) if d.outcome in (Outcome.MATCH, Outcome.NO_MATCH)]
    before, after = _scores(project, old), _scores(project, new)
    pairs = project.candidates()
    is_match = after >= new.threshold
    crossed = np.flatnonzero((before >= old.threshold) != is_match)
    where, are_matches = _positions(project, decided)
    wrong = np.flatnonzero(is_match[where] != are_matches)
    # a pair that two curators say the same of comes once
    wrong = wrong[np.unique(where[wrong], return_index=True)[1]]
    odds = [
        np.abs(_odds(after[some], new.threshold) - other)
        for some, other in (
            (crossed, _odds(before[crossed], old.threshold)),
            (where[wrong], np.zeros(len(wrong))),
        )
    ]

    def described(at: int, label: bool | None) -> Changed:
        left, right = int(pairs.left[at]), int(pairs.right[at])
        return Changed(
            project.left.id(left),
            project.right.id(right),
            display_name(project.left, left, project.schema.left_names),
            display_name(project.right, right, project.schema.right_names),
            float(before[at]),
            float(after[at]),
            label,
        )

    largest = [np.argsort(-change, kind="stable")[:limit] for change in odds]
    return Changes(
        tuple(described(int(at), None) for at in crossed[largest[0]]),
        len(crossed),
        int(is_match[crossed].sum()),
        tuple(described(int(where[i]), bool(are_matches[i])) for i in wrong[largest[1]]),
        len(wrong),
    )


def crossed_threshold(project: Project, new: Version, old: Version) -> Bools:
    """Say of each candidate, (pairs,), whether two versions take it for different things.

    Raises ``KGReviewError`` where one of them has not scored the present candidates.
    """
    before, after = _scores(project, old), _scores(project, new)
    crossed: Bools = (before >= old.threshold) != (after >= new.threshold)
    return crossed


def _positions(project: Project, decided: list[Decision]) -> tuple[Rows, Bools]:
    """Give the positions of decided pairs among the candidates, and what was said of them."""
    placed = pair_rows(project.left, project.right, decided)
    is_match = np.array([d.outcome is Outcome.MATCH for d in placed.pairs], dtype=np.bool_)
    where = find(project.candidates(), placed.left, placed.right)
    return where[where >= 0], is_match[where >= 0]


def _odds(scores: npt.NDArray[np.floating], threshold: float) -> npt.NDArray[np.float64]:
    """Give log odds of scores as seen from a threshold, 0 on it."""
    odds = [
        logit(np.clip(np.asarray(each, dtype=np.float64), _SURE, 1 - _SURE))
        for each in (scores, threshold)
    ]
    difference: npt.NDArray[np.float64] = odds[0] - odds[1]
    return difference


def _scores(project: Project, chosen: Version) -> Floats:
    scores = present_scores(project, chosen.name)
    if scores is None:
        why = " --reason WHY" if chosen.held_back else ""
        raise KGReviewError(
            f"{chosen.name} has not scored the present candidates; it does when it is made "
            f"current: `kgreview promote {shlex.quote(str(project.path))} {chosen.name}{why}`"
        )
    return scores
