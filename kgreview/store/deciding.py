"""The verbs that make decisions: decide, undo, revise. Each is one transaction."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlite_utils import Database

from kgreview.active.strategies import AUDIT
from kgreview.errors import InputError
from kgreview.store.database import rows, writing
from kgreview.store.decision_events import (
    ANEW,
    EVENT,
    OWN_STANDING,
    reopen_pair,
    save,
    take_back,
    take_back_with_batch,
)
from kgreview.store.decisions import (
    BULK,
    BY_ID,
    BY_QUESTION,
    COLUMNS,
    IMPORTED,
    REVISED,
    STANDING_BY_ID,
    Decision,
    decision_of,
)
from kgreview.store.drafts import FORGET, RESTORE
from kgreview.store.outcomes import Outcome
from kgreview.store.rights import Right, permit

_LAST_STANDING = f"""
    SELECT {COLUMNS} FROM standing_decisions WHERE curator = ? AND strategy <> '{IMPORTED}'
    ORDER BY id DESC LIMIT 1"""

_TAKEN_BACK = (
    "this question was answered before, in another tab or by somebody of the same name, and the "
    "answer was taken back or replaced since; nothing was saved now: look at the pair again"
)

_BULK = """
    SELECT c.id AS candidate, c.left, c.right, s.score, s.conflict
    FROM candidates c
    JOIN scores s ON s.version = (SELECT id FROM versions WHERE current = 1)
        AND s.candidate = c.id
    WHERE c.id = ? AND s.open = 1"""

# an undone decision's pair is shown again for the reason it was asked for
_ASK_AGAIN = """
    INSERT OR IGNORE INTO questions (curator, candidate, token, strategy, chosen, asked_at, filter)
    SELECT :curator, id, :token, :strategy, 1, :now, :filter
    FROM candidates WHERE left = :left AND right = :right"""


def decide(
    db: Database,
    *,
    left: str,
    right: str,
    curator: str,
    outcome: Outcome,
    strategy: str,
    question: str | None = None,
    seconds: float | None = None,
    version: str | None = None,
    score: float | None = None,
    hidden: bool = False,
    note: str | None = None,
    reason: str | None = None,
    flagged: bool = False,
    filter: str = "",
    set_aside: Iterable[int] = (),
) -> Decision:
    """Save one decision; when this returns, it is on the disk.

    ``question`` is the token of the shown question: another call with the same token, after a
    double click or a held key, gives the first decision and writes nothing, as long as that one
    stands. A curator's earlier standing decision on the pair is superseded. In the same transaction
    the pair leaves or re-enters the queue, and the curator's draft goes. The standing decisions of
    the ids ``set_aside`` are undone with it, whoever made them, so that their pairs come back;
    undoing this decision brings them back too. Raises ``InputError`` without a curator and for a
    question whose answer was taken back or replaced since, ``RightError`` for who may not,
    ``StoreError`` when nothing could be saved.
    """
    _check_curator(db, curator)
    with writing(db):
        first = None if question is None else _first_answer(db, question)
        if first is not None:
            return first
        aside = _to_set_aside(db, set_aside, curator)
        event = EVENT | {
            "left": left,
            "right": right,
            "curator": curator,
            "outcome": outcome.value,
            "note": note,
            "reason": reason,
            "seconds": seconds,
            "version": version,
            "score": score,
            "hidden": hidden,
            "strategy": strategy,
            "flagged": flagged,
            "filter": filter,
            "batch": secrets.token_hex(8) if aside else None,
            "question": question,
        }
        for row in aside:
            reopen_pair(db, row, curator, event["batch"])
        db.execute(FORGET, event)
        return save(db, event)


def _first_answer(db: Database, question: str) -> Decision | None:
    answers = rows(db, BY_QUESTION, [question])
    if answers and not rows(db, STANDING_BY_ID, [answers[0]["id"]]):
        raise InputError(_TAKEN_BACK)
    return decision_of(answers[0]) if answers else None


def _to_set_aside(db: Database, ids: Iterable[int], curator: str) -> list[dict[str, Any]]:
    aside = [row for id in ids for row in rows(db, STANDING_BY_ID, [id])]
    if any(row["curator"] != curator for row in aside):  # curators differ: that is settled here
        permit(db, Right.ADJUDICATE)
    return aside


def decide_all(
    db: Database,
    candidates: Iterable[int],
    *,
    curator: str,
    outcome: Outcome,
    version: str | None,
    filter: str = "",
    note: str | None = None,
) -> list[Decision]:
    """Give many candidates one answer: all are saved, or none; one ``undo`` takes all back.

    Those that were closed meanwhile are left out, and of matches those that would be the second of
    an entity: of several that share one, the first is taken. Raises ``InputError`` without a
    curator, ``RightError`` for who may not.
    """
    _check_curator(db, curator, Right.MANY)
    batch = secrets.token_hex(8)
    saved = []
    with writing(db):
        for candidate in candidates:
            for pair in rows(db, _BULK, [candidate]):
                if outcome is Outcome.MATCH and pair["conflict"]:
                    continue
                event = EVENT | {
                    "left": pair["left"],
                    "right": pair["right"],
                    "curator": curator,
                    "outcome": outcome.value,
                    "note": note,
                    "version": version,
                    "score": pair["score"],
                    "strategy": BULK,
                    "filter": filter,
                    "batch": batch,
                }
                saved.append(save(db, event))
    return saved


class FileDecision(NamedTuple):
    """A decision that a file tells."""

    left: str  # ids
    right: str  # '' where there is no counterpart: no right entity is to be named
    outcome: Outcome
    curator: str  # '' where the file names nobody
    note: str = ""
    reason: str = ""


def enter_decisions(db: Database, decisions: Iterable[FileDecision]) -> None:
    """Enter decisions that a file tells; nothing learns from them but by the file's links."""
    with writing(db):
        for each in decisions:
            event = EVENT | {
                "left": each.left,
                "right": each.right,
                "curator": each.curator.strip() or IMPORTED,
                "outcome": each.outcome.value,
                "note": each.note or None,
                "reason": each.reason or None,
                "hidden": True,
                "strategy": IMPORTED,
            }
            save(db, event)


def undo(db: Database, curator: str, *, question: str | None = None) -> Decision | None:
    """Take back the curator's last standing decision; give it, or ``None`` if there is none.

    Everything is as before that decision: the pair re-enters the queue, unless another standing
    decision closes it, a decision it had superseded or set aside stands again, and what was said
    beside it is a draft again. Decisions that one press made go together. ``question`` is the token
    of the question on the screen: another call with the same token, after a double click or a held
    key, takes back nothing more.
    """
    permit(db, Right.DECIDE, curator)
    with writing(db):
        if question is not None:
            before = rows(db, BY_QUESTION, [question])
            if before:
                undone_id = before[0]["undoes"]
                return None if undone_id is None else decision_of(rows(db, BY_ID, [undone_id])[0])
        last = rows(db, _LAST_STANDING, [curator])
        if not last:
            return None
        take_back_with_batch(db, last[0], curator, question)
        db.execute(RESTORE, last[0])
        if last[0]["strategy"] not in (BULK, REVISED):
            again = {"token": secrets.token_hex(16), "now": time.time()}
            db.execute(_ASK_AGAIN, last[0] | again)
        if question is not None:  # its token is spent: the question is shown again with another
            db.execute("DELETE FROM questions WHERE curator = ? AND token = ?", [curator, question])
    return decision_of(last[0])


def undo_decision(db: Database, decision: int, curator: str) -> Decision:
    """Take back a certain standing decision, whoever made it; the event bears ``curator``'s name.

    Of an answer to many it is this one alone; what a switch or a ruling set aside stands again.
    Raises ``InputError`` where it does not stand (any more), ``RightError`` for who may not.
    """
    _check_curator(db, curator)
    with writing(db):
        row = _standing_row(db, decision, curator)
        if row["strategy"] == BULK:
            take_back(db, row, curator)
        else:
            take_back_with_batch(db, row, curator, None)
    return decision_of(row)


def revise(
    db: Database, decision: int, *, curator: str, outcome: Outcome, note: str | None
) -> Decision:
    """Put another answer in the place of a standing decision, whoever made it.

    Undoing the new one brings the old one back. Raises ``InputError`` where the old one does not
    stand (any more), ``RightError`` for who may not.
    """
    _check_curator(db, curator)
    with writing(db):
        row = _standing_row(db, decision, curator)
        own = db.execute(OWN_STANDING, row | {"curator": curator}).fetchone()
        batch = None
        if own is not None and own[0] != row["id"]:  # both go: an event supersedes only one
            batch = secrets.token_hex(8)
            reopen_pair(db, row, curator, batch)
        event = row | {
            **ANEW,
            "curator": curator,
            "outcome": outcome.value,
            "note": note,
            "strategy": REVISED if row["strategy"] != AUDIT else AUDIT,
            "batch": batch,
        }
        return save(db, event, supersedes=row if own is None else None)


def _check_curator(db: Database, curator: str, right: Right = Right.DECIDE) -> None:
    if not curator.strip():
        raise InputError("a decision needs its curator's name; give one")
    permit(db, right, curator)


def _standing_row(db: Database, decision: int, curator: str) -> dict[str, Any]:
    """Give a decision that stands, which only some may change where it is another's."""
    standing_rows = rows(db, STANDING_BY_ID, [decision])
    if not standing_rows:
        raise InputError(
            f"decision {decision} does not stand any more: it was undone or superseded; "
            "reload the history"
        )
    if standing_rows[0]["curator"] != curator:
        permit(db, Right.OTHERS)
    return standing_rows[0]
