"""When asking more is a waste: three signs, each with its reason in words.

*Stable*: one version after another calls the same pairs matches. κ between the calls of
consecutive versions over the last three changes is .99 or more on average (stabilizing
predictions: Bloodgood & Vijay-Shanker, CoNLL 2009). *Nothing new*: the last hundred answers went
against the network no more often than its own scores foretold, so what remains open is doubt that
it knows of. *Narrow*: the intervals of precision and recall are as narrow as the project wants.
Asking more is a waste once the network is stable and one of the other two holds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kgreview.evaluation.annotators import cohen_kappa
from kgreview.evaluation.audit import Interval

STABLE = 0.99  # κ between the calls of two versions
CHANGES = 3  # changes of version over which it must hold
WINDOW = 100  # answers that are looked at
_ONE_SIDED = 1.645  # of 20 windows without anything new, one looks as if there were


@dataclass(frozen=True)
class Reason:
    """One sign that asking more is a waste, and whether it is there."""

    name: str  # "stable", "nothing new", "narrow"
    met: bool
    words: str


@dataclass(frozen=True)
class StopSignal:
    """Whether to go on asking, and why."""

    stop: bool
    reasons: tuple[Reason, ...]

    @property
    def words(self) -> str:
        """Say it in a sentence."""
        met = [reason.name for reason in self.reasons if reason.met]
        if self.stop:
            return "You may stop: more answers would change little."
        if not met:
            return "Go on: nothing says yet that enough was asked."
        return "Go on: some signs are there, not enough of them."


def stop_signal(
    agreements: Sequence[float],
    against: npt.ArrayLike,
    foretold: npt.ArrayLike,
    precision: Interval,
    recall: Interval,
    target: float,
) -> StopSignal:
    """Weigh the three signs.

    ``agreements``: κ between the calls of each version and the one before, oldest first, see
    ``same_calls``. ``against`` (answers,): whether each answer went against what the network called
    the pair when it was asked, oldest first; ``foretold`` (answers,): the probability of that by
    its score, see ``surprise``. ``target``: how wide the intervals may be.
    """
    reasons = (
        _stable(agreements),
        _nothing_new(np.asarray(against, dtype=bool), np.asarray(foretold, dtype=np.float64)),
        _narrow(precision, recall, target),
    )
    stable, nothing_new, narrow = (reason.met for reason in reasons)
    return StopSignal(stable and (nothing_new or narrow), reasons)


def same_calls(before: npt.NDArray[np.bool_], after: npt.NDArray[np.bool_]) -> float:
    """Give κ between what two versions call the same pairs (pairs,); 1 where both call all alike.

    κ and not the share of equal calls: nearly all candidates are non-matches to any version.
    """
    table = np.zeros((2, 2))
    np.add.at(table, (before.astype(np.int64), after.astype(np.int64)), 1)
    found = cohen_kappa(table)
    return 1.0 if math.isnan(found) and bool((before == after).all()) else found


def surprise(
    score: npt.ArrayLike, threshold: npt.ArrayLike, match: npt.ArrayLike
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """Say of answers whether they went against the call, and how probable that was by the score."""
    p = np.asarray(score, dtype=np.float64)
    called = p >= np.asarray(threshold, dtype=np.float64)
    return called != np.asarray(match, dtype=bool), np.where(called, 1 - p, p)


def _stable(agreements: Sequence[float]) -> Reason:
    if len(agreements) < CHANGES:
        return Reason(
            "stable",
            False,
            f"{CHANGES} changes of version are needed to tell whether the network still changes "
            f"its mind; there were {len(agreements)}.",
        )
    mean = float(np.mean(agreements[-CHANGES:]))
    met = mean >= STABLE
    return Reason(
        "stable",
        met,
        f"Over the last {CHANGES} changes of version the calls "
        + ("stayed the same" if met else "still changed")
        + f": κ {mean:.3f}; from {STABLE:.2f} on they count as stable.",
    )


def _nothing_new(against: npt.NDArray[np.bool_], foretold: npt.NDArray[np.float64]) -> Reason:
    if len(against) < WINDOW:
        return Reason(
            "nothing new",
            False,
            f"{WINDOW} answers are looked at to tell whether they bring anything new; there are "
            f"{len(against)}.",
        )
    last, chance = against[-WINDOW:], foretold[-WINDOW:]
    found, expected = int(last.sum()), float(chance.sum())
    met = found <= expected + _ONE_SIDED * math.sqrt(float((chance * (1 - chance)).sum()))
    return Reason(
        "nothing new",
        met,
        f"Of the last {WINDOW} answers {found} went against the network; its own scores foretold "
        f"{expected:.0f}: " + ("nothing it did not know of." if met else "it still learns."),
    )


def _narrow(precision: Interval, recall: Interval, target: float) -> Reason:
    widths = {"precision": precision.width, "recall": recall.width}
    if any(math.isnan(width) for width in widths.values()):
        return Reason("narrow", False, "The audit slice cannot tell precision and recall yet.")
    known = " and ".join(f"{name} within ±{100 * w / 2:.1f} %" for name, w in widths.items())
    met = max(widths.values()) <= target
    return Reason(
        "narrow",
        met,
        f"The audit slice tells {known}; the project wants ±{100 * target / 2:.1f} %.",
    )
