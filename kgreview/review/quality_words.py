"""What is measured of the alignment and of the review, in sentences."""

from __future__ import annotations

import math
from typing import Any

from kgreview.evaluation.audit import AlignmentFigures, Interval, more_needed
from kgreview.graph.quoting import counted
from kgreview.review.quality import NETWORK, Quality, Together
from kgreview.store.annotator_agreement import Dispute
from kgreview.store.outcomes import Outcome

RULINGS = {
    Outcome.MATCH: "Match",
    Outcome.NO_MATCH: "No match",
    Outcome.UNSURE: "Cannot be told",
}


def report(measures: Quality, double_share: float) -> list[str]:
    """Say everything in lines of plain text."""
    lines = [line.replace("**", "") for line in headlines(measures)]
    lines += [measures.stop.words]
    lines += [f"  {'yes' if each.met else 'no '}  {each.words}" for each in measures.stop.reasons]
    lines += [yield_words(measures), agreement_words(measures, double_share)]
    if measures.disputes:
        lines.append(f"{counted(measures.disputes, 'pair waits', 'pairs wait')} for adjudication.")
    return [line.replace("`", "") for line in lines]


def headlines(measures: Quality) -> list[str]:
    """Say precision, recall and what they rest on, a sentence each, in markdown."""
    if measures.problem is not None or measures.alignment is None:
        return [measures.problem or ""]
    figures = measures.alignment
    if not figures.sampled:
        return [
            "**Nothing is measured yet.** Some questions come from the audit sample; once "
            "a few of them are answered, precision and recall are shown here."
        ]
    words = [
        f"**Precision {_percent(figures.precision)}**: of the {figures.given:,} counterparts that "
        f"the alignment gives, {_count(figures.wrong)} are wrong.",
        f"**Recall {_percent(figures.recall)}** of the matches among the candidates and of those "
        f"found by a search: {_count(figures.missing)} are missing.",
    ]
    if measures.lost:
        words.append(
            f"{counted(measures.lost, 'match', 'matches')} that blocking lost were found by a "
            "search. The alignment has them; for an entity drawn at random, each stands for others "
            "that are missed."
        )
    if not math.isnan(measures.blocking.value):
        also, lost = "", "what it lost"
        if measures.by_links:
            also = f"{counted(measures.by_links, 'more is', 'more are')} there by the links alone; "
            lost = "what else it lost"
        words.append(
            f"Blocking kept {_percent(measures.blocking)} of the known matches among the "
            f"candidates; {also}of {lost}, the figures above count no more than was found by a "
            "search."
        )
    if measures.unpaired:
        words.append(
            f"{counted(measures.unpaired, 'known match joins', 'known matches join')} types that "
            "are not paired in schema.json, and are not counted here."
        )
    if measures.not_asked:
        words.append(
            f"{counted(measures.not_asked, 'left entity', 'left entities')} of types that are not "
            "asked about: what the alignment gives for them by its scores is not measured."
        )
    words.append(_rests_on(measures, figures))
    return words


def _rests_on(measures: Quality, figures: AlignmentFigures) -> str:
    target = measures.target
    more = [more_needed(f, figures.sampled, target) for f in (figures.precision, figures.recall)]
    needed = max((m for m in more if m is not None), default=0)
    words = f"This rests on {counted(figures.sampled, 'entity', 'entities')} drawn at random"
    if measures.incomplete:
        words += f" ({measures.incomplete:,} more not answered to the end)"
    if not needed:
        return f"{words}, enough for the ±{100 * target / 2:.0f} % that the project wants."
    return f"{words}; ±{100 * target / 2:.0f} % takes about {needed:,} more."


def yield_words(measures: Quality) -> str:
    """Say what the last hundred answers brought."""
    if not measures.answers:
        return "No answer yet that the network could learn from."
    return (
        f"Of the last {counted(measures.answers, 'answer', 'answers')} to learn from, "
        f"{measures.matches} found a match, and {measures.against} went against the score they "
        "came with."
    )


def agreement_words(measures: Quality, double_share: float) -> str:
    """Say how far curators agree, or how to find out."""
    if not measures.twice:
        if double_share:
            return "No pair was judged by two curators yet; a second one is asked as they come."
        return (
            "No pair was judged by two curators. Let a second one look at a share of them: the "
            "Settings page has it."
        )
    return (
        f"{counted(measures.twice, 'pair was', 'pairs were')} judged by several curators. "
        f"Krippendorff's α is {_range(measures.alpha)}: 1 is perfect agreement, 0 is chance."
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
    outcomes = f"{dispute.matches} said match, {dispute.others} said no match."
    notes = " ".join(f"“{note}”" for note in dispute.notes)
    mine = " One of these decisions is yours: better leave it to somebody else."
    return outcomes + (f" Notes: {notes}" if notes else "") + (mine if dispute.mine else "")


def reliability_words(measures: Quality) -> str:
    """Say what the reliability diagram shows."""
    pairs = sum(each.pairs for each in measures.bins)
    return (
        f"{counted(pairs, 'pair', 'pairs')} of the audit sample: probabilities, and the share of "
        f"matches found. They are {measures.calibration_error:.3f} off on average."
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
