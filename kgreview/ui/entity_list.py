"""Entities of a list and their progress, as people read it."""

from __future__ import annotations

from collections.abc import Sequence

from kgreview.store.entity_pages import EntityRow
from kgreview.store.entity_states import (
    CONFLICT,
    MATCHED,
    NO_CANDIDATE,
    NONE,
    OPEN,
    REJECTED,
    Partner,
    TypeProgress,
)
from kgreview.ui.heading import markdown_text, share
from kgreview.ui.text import plain

STATE_WORDS = {
    OPEN: "open",
    CONFLICT: "in conflict",
    MATCHED: "matched",
    NONE: "no counterpart",
    REJECTED: "all candidates rejected",
    NO_CANDIDATE: "no candidate",
}


def progress_line(progress: TypeProgress) -> str:
    """Say how far the entities of a type are, as Markdown.

    >>> progress_line(TypeProgress("work", {"matched": 150, "no counterpart": 8, "open": 20}))
    '**work**: 158 of 178 settled (150 matched, 8 no counterpart), 20 without an answer (20 open)'
    """
    answered = _listed(progress, (MATCHED, NONE, REJECTED))
    without = _listed(progress, (OPEN, CONFLICT, NO_CANDIDATE))
    name = markdown_text(progress.type, 60)
    line = f"**{name}**: {progress.settled:,} of {progress.total:,} settled"
    if answered:
        line += f" ({answered})"
    if not progress.asked:
        line += ", not asked about"
    if without:
        line += f", {progress.total - progress.settled:,} without an answer ({without})"
    return line


def _listed(progress: TypeProgress, states: Sequence[str]) -> str:
    counts = [(progress.counts.get(state, 0), STATE_WORDS[state]) for state in states]
    return ", ".join(f"{number:,} {words}" for number, words in counts if number)


def entity_cells(row: EntityRow, partners: Sequence[Partner]) -> dict[str, object]:
    """Give the cells of an entity in the table of all, by column."""
    first = partners[0] if partners else None
    more = f" +{len(partners) - 1}" if len(partners) > 1 else ""
    return {
        "name": plain(row.name or row.entity, 80),
        "id": plain(row.entity, 120),
        "type": plain(row.type, 60),
        "state": STATE_WORDS.get(row.state, row.state),
        "match or best candidate": "" if first is None else plain(first.name, 80) + more,
        "score": "" if first is None or first.score is None else share(first.score),
        "matched by": _by(first),
    }


def _by(partner: Partner | None) -> str:
    if partner is None or not partner.matched:
        return ""
    return ", ".join(plain(name, 40) for name in partner.by) or "known link"
