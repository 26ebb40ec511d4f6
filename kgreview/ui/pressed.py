"""What a press came to, in the line beside the decision bar."""

from __future__ import annotations

from kgreview.store.decisions import BULK, DOUBT, Decision
from kgreview.store.outcomes import Outcome
from kgreview.ui.pair import PairView
from kgreview.ui.text import clip

_SAID = {
    Outcome.MATCH: "Accepted",
    Outcome.NO_MATCH: "Rejected",
    Outcome.UNSURE: "Marked unsure",
    Outcome.CLOSE: "Marked close",
    Outcome.BROADER: "Marked broader",
    Outcome.NARROWER: "Marked narrower",
    Outcome.RELATED: "Marked related",
    Outcome.SKIP: "Skipped",
    Outcome.NO_COUNTERPART: "Marked as having no counterpart",
}


def saved_words(view: PairView, outcome: Outcome, saved: Decision) -> str:
    """Say what stands after a press of ``outcome``."""
    names = f"{clip(view.left.name, 11)} – {clip(view.right.name, 11)}"
    if view.question.strategy == DOUBT and outcome is Outcome.SKIP:
        return f"Kept as it was: {names}; no more second looks for now"
    if saved.outcome is not outcome:
        return f"Not saved, {_SAID[saved.outcome].lower()} before: {names}"
    score_words = f", scored {saved.score:.0%}" if view.hidden and saved.score is not None else ""
    aside = ", the old pair is open again" if saved.batch is not None else ""
    return f"{_SAID[saved.outcome]}: {names}{score_words}{aside} · Z undoes it"


def taken_back_words(undone: Decision) -> str:
    """Say what an undo has taken back."""
    many = " and all that were decided with it" if undone.strategy == BULK else ""
    return f"Undone: {_SAID[undone.outcome].lower()}{many}"
