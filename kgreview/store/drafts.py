"""What a curator has put down beside a pair that they have not decided yet."""

from __future__ import annotations

from dataclasses import dataclass

from sqlite_utils import Database

from kgreview.store.database import rows, writing
from kgreview.store.rights import Right, permit


@dataclass(frozen=True)
class Draft:
    """A note, a reason and a flag that go with the next decision."""

    note: str = ""
    reason: str = ""
    flagged: bool = False


NO_DRAFT = Draft()

FORGET = "DELETE FROM drafts WHERE curator = :curator AND left = :left AND right = :right"

# of an undone decision, unless something was put down since
RESTORE = """
    INSERT OR IGNORE INTO drafts (curator, left, right, note, reason, flagged)
    SELECT :curator, :left, :right, coalesce(:note, ''), coalesce(:reason, ''), :flagged
    WHERE :flagged OR :note IS NOT NULL OR :reason IS NOT NULL"""

_KEEP = """
    INSERT OR REPLACE INTO drafts (curator, left, right, note, reason, flagged)
    VALUES (:curator, :left, :right, :note, :reason, :flagged)"""

_FOUND = """
    SELECT note, reason, flagged FROM drafts
    WHERE curator = :curator AND left = :left AND right = :right"""


def keep_draft(db: Database, curator: str, left: str, right: str, draft: Draft) -> None:
    """Keep this in the place of what the curator put down earlier; an empty draft is none."""
    permit(db, Right.DECIDE, curator)
    whose = {"curator": curator, "left": left, "right": right}
    with writing(db):
        if draft == NO_DRAFT:
            db.execute(FORGET, whose)
        else:
            db.execute(_KEEP, whose | vars(draft))


def draft_of(db: Database, curator: str, left: str, right: str) -> Draft:
    """Give what the curator has put down beside a pair; nobody sees another's."""
    kept = rows(db, _FOUND, {"curator": curator, "left": left, "right": right})
    return Draft(**(kept[0] | {"flagged": bool(kept[0]["flagged"])})) if kept else NO_DRAFT
