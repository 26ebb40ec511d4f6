"""When asking more is a waste: three signs, each with its reason in words.

*Stable*: one version after another puts the same pairs first. What a version calls matches, the one
before had put first, too: taking those calls for the truth, the PRAUC of the earlier scores over
the last three changes, or fewer after the first network, is .985 or more on average (stabilizing
predictions: Bloodgood & Vijay-Shanker, CoNLL 2009, here of the order, since a threshold found on a
few dozen answers goes up and down for good). *Nothing new*: the last answers, a hundred or at least
thirty of them, went against the network no more often than its scores predicted, so what remains
open is doubt that it knows of. *Narrow*: the intervals of precision and recall are as narrow as the
project wants. Asking more is a waste once the network is stable and one of the other two holds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kgreview.arrays import Bools, Floats
from kgreview.evaluation.audit import Interval
from kgreview.evaluation.metrics import average_precision

STABLE = 0.985  # PRAUC of a version's scores by what the next one calls matches
CHANGES = 3  # changes of version that are looked at
WINDOW = 100  # answers that are looked at
FEWEST = 30  # of them, before they say anything
_ONE_SIDED = 1.645  # of 20 windows without anything new, one looks as if there were something


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
            return "Go on: no stopping criterion is met yet."
        return "Go on: some stopping criteria are met, but not enough."


def stop_signal(
    agreements: Sequence[float],
    against: npt.ArrayLike,
    foretold: npt.ArrayLike,
    precision: Interval,
    recall: Interval,
    target: float,
    *,
    from_values: bool = False,
) -> StopSignal:
    """Weigh the three signs.

    ``agreements``: how far each version put first what the next one calls matches, oldest first,
    see ``same_order``. ``against`` (answers,): whether each answer went against what the network
    called the pair when it was asked, oldest first; ``foretold`` (answers,): the probability of
    that by its score, see ``surprise``. ``target``: how wide the intervals may be.
    ``from_values``: the first change was from the likeness of values to a network, which had all to
    learn. Fine-tuning changes little each time: else three changes must be seen.
    """
    reasons = (
        _stable(agreements, from_values),
        _nothing_new(np.asarray(against, dtype=bool), np.asarray(foretold, dtype=np.float64)),
        _narrow(precision, recall, target),
    )
    stable, nothing_new, narrow = (reason.met for reason in reasons)
    return StopSignal(stable and (nothing_new or narrow), reasons)


def same_order(before: npt.NDArray[np.floating], called: Bools) -> float:
    """Give the PRAUC of a version's scores (pairs,) by what the next one calls matches (pairs,).

    0 where the next one calls nothing a match. Where the earlier one has its threshold plays no
    part, and where the next one has it hardly any: that only says how far down the order is looked.
    """
    agreement = average_precision(called.astype(np.int8), before)
    return 0.0 if math.isnan(agreement) else agreement


def surprise(
    score: npt.ArrayLike, threshold: npt.ArrayLike, match: npt.ArrayLike
) -> tuple[Bools, Floats]:
    """Say of answers whether they went against the call, and how probable that was by the score."""
    p = np.asarray(score, dtype=np.float64)
    called = p >= np.asarray(threshold, dtype=np.float64)
    return called != np.asarray(match, dtype=bool), np.where(called, 1 - p, p)


def _stable(agreements: Sequence[float], from_values: bool) -> Reason:
    last = agreements[-CHANGES:]
    if len(last) < (1 if from_values else CHANGES):
        return Reason(
            "stable",
            False,
            f"Whether predictions are stable shows after {CHANGES} changes of version; so far "
            f"there are {len(last)}.",
        )
    mean = float(np.mean(last))
    met = mean >= STABLE
    over = "the last change" if len(last) == 1 else f"the last {len(last)} changes"
    return Reason(
        "stable",
        met,
        f"Over {over} of version "
        + ("the same pairs stayed first" if met else "other pairs came first")
        + f": by what each version calls matches, the one before has a PRAUC of {mean:.3f}; from "
        f"{STABLE:.3f} on that counts as stable.",
    )


def _nothing_new(against: Bools, foretold: Floats) -> Reason:
    last, chance = against[-WINDOW:], foretold[-WINDOW:]
    if len(last) < FEWEST:
        return Reason(
            "nothing new",
            False,
            f"Whether answers bring anything new shows after {FEWEST} answers to pairs that a "
            f"network chose; so far there are {len(last)}.",
        )
    surprises, expected = int(last.sum()), float(chance.sum())
    met = surprises <= expected + _ONE_SIDED * math.sqrt(float((chance * (1 - chance)).sum()))
    return Reason(
        "nothing new",
        met,
        f"Of the last {len(last)} answers {surprises} went against the network; its scores "
        f"predicted {expected:.0f}: " + ("nothing new to it." if met else "it still learns."),
    )


def _narrow(precision: Interval, recall: Interval, target: float) -> Reason:
    widths = {"precision": precision.width, "recall": recall.width}
    if any(math.isnan(width) for width in widths.values()):
        return Reason(
            "narrow", False, "The audit sample is still too small for precision and recall."
        )
    widths_in_words = " and ".join(
        f"{name} within ±{100 * w / 2:.1f} %" for name, w in widths.items()
    )
    met = max(widths.values()) <= target
    return Reason(
        "narrow",
        met,
        f"The audit sample gives {widths_in_words}; the project wants ±{100 * target / 2:.1f} %.",
    )
