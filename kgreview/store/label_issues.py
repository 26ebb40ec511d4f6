"""Decisions that a model contradicts, as it found them last: asked again, and listed.

Who makes them is ``pipeline/label_issues.py``. A curator is asked once more about their own only
(in ``queue.py``): their second answer takes the place of the first, and settles the matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlite_utils import Database

from kgreview.store.database import get_meta, rows, set_meta, value, writing
from kgreview.store.decisions import COLUMNS, DOUBT, Decision, decision_of
from kgreview.store.rights import Right, permit

_KEPT = 500  # of them, at most
_KEY = "doubts"

# of a standing decision `d`: the pair was looked at a second time, by whomever (the plus keeps
# SQLite from looking up all decisions of an outcome: the few of a pair are found by it)
CONFIRMED = """(
    d.strategy = 'adjudicated'
    OR (d.strategy <> 'bulk' AND EXISTS (
        SELECT 1 FROM decisions o
        WHERE o.id = d.supersedes AND o.outcome IN ('match', 'no_match', 'unsure')))
    OR EXISTS (
        SELECT 1 FROM standing_decisions o
        WHERE o.left = d.left AND o.right = d.right AND +o.outcome = d.outcome
          AND o.curator <> d.curator))"""

_STANDING = f"""
    SELECT wrong, {COLUMNS} FROM doubts x CROSS JOIN standing_decisions d ON d.id = x.decision
    WHERE NOT {CONFIRMED}
    ORDER BY wrong DESC, d.id"""

_KEEP_STRONGEST = f"""
    DELETE FROM doubts WHERE decision NOT IN (
        SELECT x.decision FROM doubts x CROSS JOIN standing_decisions d ON d.id = x.decision
        WHERE NOT {CONFIRMED}
        ORDER BY x.wrong DESC LIMIT ?)"""

_UNWANTED = """
    UPDATE doubts SET wanted = 0
    WHERE decision IN (
        SELECT x.decision FROM doubts x CROSS JOIN decisions d ON d.id = x.decision
        WHERE d.curator = ?)"""


@dataclass(frozen=True)
class Look:
    """When decisions were judged last, and what was found."""

    newest: int  # id of the newest event at that time
    looked_at: int  # decisions that were judged
    found: tuple[tuple[Decision, float], ...]  # with their probability of error, strongest first


def keep_doubts(db: Database, wrong: Mapping[int, float], *, looked_at: int, newest: int) -> int:
    """Keep the probabilities that decisions are wrong, by their ids, in the place of earlier.

    Of those that nobody has looked at again, the strongest. Gives how many are kept.
    """
    with writing(db):
        db.execute("DELETE FROM doubts")
        db.conn.executemany("INSERT INTO doubts (decision, wrong) VALUES (?, ?)", wrong.items())
        db.execute(_KEEP_STRONGEST, [_KEPT])
    set_meta(db, _KEY, {"newest": newest, "looked_at": looked_at})
    return int(value(db, "SELECT count(*) FROM doubts"))


def let_stand(db: Database, curator: str) -> None:
    """Ask a curator no second look any more, until doubts are kept the next time."""
    permit(db, Right.DECIDE, curator)
    with writing(db):
        db.execute(_UNWANTED, [curator])
        db.execute("DELETE FROM questions WHERE curator = ? AND strategy = ?", [curator, DOUBT])


def doubted(db: Database) -> Look | None:
    """Give what was kept last and nobody has looked at again; ``None`` where nothing ever was."""
    look = get_meta(db, _KEY)
    if look is None:
        return None
    issues = []
    for row in rows(db, _STANDING):
        wrong = float(row.pop("wrong"))
        issues.append((decision_of(row), wrong))
    return Look(look["newest"], look["looked_at"], tuple(issues))
