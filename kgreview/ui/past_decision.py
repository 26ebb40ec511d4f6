"""A past decision as people read it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from kgreview.store.decisions import Decision
from kgreview.store.history import PastDecision
from kgreview.store.outcomes import Outcome
from kgreview.ui.heading import share
from kgreview.ui.text import plain

SAID = {
    Outcome.MATCH: "accepted",
    Outcome.NO_MATCH: "rejected",
    Outcome.UNSURE: "unsure",
    Outcome.CLOSE: "close, not the same",
    Outcome.BROADER: "the right one is broader",
    Outcome.NARROWER: "the right one is narrower",
    Outcome.RELATED: "related, not the same",
    Outcome.SKIP: "skipped",
    Outcome.NO_COUNTERPART: "no counterpart",
}


def decided_words(decisions: Sequence[Decision]) -> str:
    """Say what stands of a pair, in a sentence; nothing where nobody has decided it.

    >>> decided_words([])
    ''
    """
    answers = [f"{plain(d.curator, 40)} said: {SAID[d.outcome]}" for d in decisions[-3:]]
    return f"{', '.join(answers)}." if answers else ""


def disputed_words(decisions: Sequence[Decision], curator: str) -> str:
    """Say what stands of a disputed pair without who said it, but for ``curator``'s own.

    Whoever reads it may rule on the pair, and is to go by the pair alone.

    >>> disputed_words([], "Ada")
    ''
    """
    own = decided_words([d for d in decisions if d.curator == curator])
    others = [SAID[d.outcome] for d in decisions if d.curator != curator]
    if not others:
        return own
    who = "Another" if len(others) == 1 else "Others"
    return f"{own} {who} said: {', '.join(sorted(set(others)))}.".lstrip()


def past_row(past: PastDecision, left: str, right: str) -> dict[str, object]:
    """Give the cells of a decision in the table of all, by column."""
    d = past.decision
    return {
        "no": d.id,
        "when (UTC)": d.created_at[:19].replace("T", " "),
        "who": plain(d.curator, 40),
        "left": plain(left, 80),
        "right": plain(right, 80),
        "said": SAID[d.outcome],
        "score shown": _shown(past),
        "seconds": "" if d.seconds is None else f"{d.seconds:.1f}",
        "asked as": d.strategy,
        "state": _state(past),
        "note": plain(" · ".join(filter(None, (d.reason, d.note))), 120),
        "flag": "⚑" if d.flagged else "",
    }


def past_html(past: PastDecision, left: str, right: str) -> str:
    """Write one decision whole."""
    d = past.decision
    when = d.created_at[:19].replace("T", " ")
    lines = {
        "pair": f"{plain(left)} ({plain(d.left, 120)}) – {plain(right)} ({plain(d.right, 120)})",
        "said": f"{SAID[d.outcome]} by {plain(d.curator)}, {when} UTC",
        "state": _state(past),
        "shown": f"{_shown(past)} by version {plain(d.version or '–')}, asked as {d.strategy}"
        + (f", under the filter {plain(d.filter, 200)}" if d.filter else ""),
        "reason": plain(d.reason or ""),
        "note": plain(d.note or "", 2000),
    }
    rows = "".join(
        f"<tr><th>{name}</th><td><bdi>{escape(line)}</bdi></td></tr>"
        for name, line in lines.items()
        if line
    )
    return f'<table class="kg-attributes kg-past">{rows}</table>'


def _shown(past: PastDecision) -> str:
    d = past.decision
    figure = "no score" if d.score is None else share(d.score)
    return f"hidden ({figure})" if d.hidden else figure


def _state(past: PastDecision) -> str:
    return past.state + (f" by {plain(past.by, 40)}" if past.by else "")
