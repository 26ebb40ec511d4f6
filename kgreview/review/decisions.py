"""Decisions as events: never changed, never deleted; what stands is a view over them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from sqlite_utils import Database

from kgreview.errors import InputError
from kgreview.review import derived
from kgreview.review.database import rows, value, writing
from kgreview.review.outcomes import Outcome


@dataclass(frozen=True)
class Decision:
    """One event: what a curator said of a pair, and what they were shown when they said it."""

    id: int
    left: str  # entity ids
    right: str
    curator: str
    outcome: Outcome  # of an event that undoes another: the undone outcome
    note: str | None
    reason: str | None
    created_at: str  # UTC, ISO 8601
    seconds: float | None  # from question to answer
    version: str | None  # of the model that gave the score
    score: float | None
    hidden: bool  # whether score and attention were hidden
    strategy: str  # by which the queue chose the pair
    undoes: int | None  # id of the decision this event takes back
    supersedes: int | None  # id of the curator's earlier decision that this one replaces


@dataclass(frozen=True)
class TrainingDecision:
    """A standing decision the network may learn from; a pair comes once for each curator."""

    decision: int  # its id
    left: str
    right: str
    label: int  # 1 match, 0 no match


_COLUMNS = """id, left, right, curator, outcome, note, reason, created_at, seconds, version, score,
    hidden, strategy, undoes, supersedes"""

_INSERT = f"""
    INSERT INTO decisions ({_COLUMNS}, question)
    VALUES (NULL, :left, :right, :curator, :outcome, :note, :reason, :created_at, :seconds,
            :version, :score, :hidden, :strategy, :undoes, :supersedes, :question)"""

_BY_ID = f"SELECT {_COLUMNS} FROM decisions WHERE id = ?"

_BY_QUESTION = f"SELECT {_COLUMNS} FROM decisions WHERE question = ?"

_OWN_STANDING = """
    SELECT id, outcome FROM standing_decisions
    WHERE left = :left AND right = :right AND curator = :curator"""

_LAST_STANDING = f"""
    SELECT {_COLUMNS} FROM standing_decisions WHERE curator = ? ORDER BY id DESC LIMIT 1"""

_SUPERSEDED = f"SELECT {_COLUMNS} FROM standing_decisions WHERE id = ?"

_FORGET_QUESTION = """
    DELETE FROM questions
    WHERE curator = :curator
      AND candidate = (SELECT id FROM candidates WHERE left = :left AND right = :right)"""

# A curator contradicts another by saying the opposite of the same pair, or that the left entity
# has no counterpart where the other found one. Audit pairs measure, and must not be learnt from.
_TRAINING = """
    SELECT d.id, d.left, d.right, d.outcome
    FROM standing_decisions d LEFT JOIN candidates c ON c.left = d.left AND c.right = d.right
    WHERE d.outcome IN ('match', 'no_match')
      AND d.strategy <> 'random' AND c.audit IS NULL
      AND NOT EXISTS (
          SELECT 1 FROM standing_decisions o
          WHERE o.left = d.left
            AND ((o.right = d.right AND o.outcome IN ('match', 'no_match')
                  AND o.outcome <> d.outcome)
                 OR (d.outcome = 'match' AND o.outcome = 'no_counterpart')))"""

_UNSEEN = f"""
    SELECT count(*) FROM ({_TRAINING}) t
    WHERE NOT EXISTS (
        SELECT 1 FROM version_decisions s JOIN versions v ON v.id = s.version
        WHERE v.name = ? AND s.decision = t.id)"""


def decide(
    db: Database,
    *,
    left: str,
    right: str,
    curator: str,
    outcome: Outcome,
    seconds: float | None,
    version: str | None,
    score: float | None,
    hidden: bool,
    strategy: str,
    question: str,
    note: str | None = None,
    reason: str | None = None,
) -> Decision:
    """Save one decision; when this returns, it is on the disk.

    ``question`` is the token of the shown question: another call with the same token, after a
    double click or a held key, gives the first decision and writes nothing. A curator's earlier
    standing decision on the pair is superseded. In the same transaction the pair leaves or
    re-enters the queue. Raises ``InputError`` without a curator, ``StoreError`` when nothing could
    be saved.
    """
    if not curator.strip():
        raise InputError("a decision needs its curator's name; give one")
    pair = {"left": left, "right": right, "curator": curator}
    with writing(db):
        first = rows(db, _BY_QUESTION, [question])
        if first:
            return _decision(first[0])
        earlier = db.execute(_OWN_STANDING, pair).fetchone()
        if earlier is not None:
            derived.tally(db, curator, earlier[1], -1)
        event = pair | {
            "outcome": outcome.value,
            "note": note,
            "reason": reason,
            "created_at": now(),
            "seconds": seconds,
            "version": version,
            "score": score,
            "hidden": hidden,
            "strategy": strategy,
            "undoes": None,
            "supersedes": None if earlier is None else earlier[0],
            "question": question,
        }
        saved = db.execute(_INSERT, event).lastrowid
        derived.tally(db, curator, outcome.value, 1)
        derived.refresh_pair(db, left, right, curator)
        db.execute(_FORGET_QUESTION, pair)
    return Decision(id=int(saved or 0), **{**_event_fields(event), "outcome": outcome})


def undo(db: Database, curator: str, *, question: str | None = None) -> Decision | None:
    """Take back the curator's last standing decision; give it, or ``None`` if there is none.

    Everything is as before that decision: the pair re-enters the queue, unless another standing
    decision closes it, and a decision it had superseded stands again. ``question`` is the token of
    the question on the screen: another call with the same token, after a double click or a held
    key, takes back nothing more.
    """
    with writing(db):
        if question is not None:
            before = rows(db, _BY_QUESTION, [question])
            if before:
                undone_id = before[0]["undoes"]
                return None if undone_id is None else _decision(rows(db, _BY_ID, [undone_id])[0])
        last = rows(db, _LAST_STANDING, [curator])
        if not last:
            return None
        undone = _decision(last[0])
        event = last[0] | {
            "note": None,
            "reason": None,
            "created_at": now(),
            "seconds": None,
            "undoes": undone.id,
            "supersedes": None,
            "question": question,
        }
        del event["id"]
        db.execute(_INSERT, event)
        derived.tally(db, curator, undone.outcome.value, -1)
        if undone.supersedes is not None:
            for restored in rows(db, _SUPERSEDED, [undone.supersedes]):
                derived.tally(db, curator, restored["outcome"], 1)
        derived.refresh_pair(db, undone.left, undone.right, curator)
        if question is not None:  # its token is spent: the question is shown again with another
            db.execute("DELETE FROM questions WHERE curator = ? AND token = ?", [curator, question])
    return undone


def standing(
    db: Database,
    *,
    left: str | None = None,
    right: str | None = None,
    curator: str | None = None,
) -> list[Decision]:
    """Give the decisions that stand, oldest first: of an entity, a pair, a curator, or all."""
    wanted = {"left": left, "right": right, "curator": curator}
    given = {name: text for name, text in wanted.items() if text is not None}
    where = " AND ".join(f"{name} = :{name}" for name in given) or "1"
    sql = f"SELECT {_COLUMNS} FROM standing_decisions WHERE {where} ORDER BY id"
    return [_decision(row) for row in rows(db, sql, given)]


def events(db: Database, *, before: int | None = None, limit: int = 100) -> list[Decision]:
    """Give the newest ``limit`` events, undone and superseded ones too, newest first.

    ``before``: only events older than the one with this id, to turn the page.
    """
    sql = f"SELECT {_COLUMNS} FROM decisions WHERE id < ? ORDER BY id DESC LIMIT ?"
    return [
        _decision(row) for row in rows(db, sql, [2**63 - 1 if before is None else before, limit])
    ]


def training_decisions(db: Database) -> list[TrainingDecision]:
    """Give the decisions to learn from, in the order they were made.

    They are the standing matches and non-matches, without those of the audit slice and those that
    another curator contradicts.
    """
    return [
        TrainingDecision(d["id"], d["left"], d["right"], int(d["outcome"] == Outcome.MATCH.value))
        for d in rows(db, f"{_TRAINING} ORDER BY d.id")
    ]


def unseen_decisions(db: Database, version: str) -> int:
    """Count the decisions to learn from that ``version`` has not seen."""
    return int(value(db, _UNSEEN, [version]))


def counts(db: Database, curator: str | None = None) -> dict[Outcome, int]:
    """Count the standing decisions by outcome, of one curator or of all."""
    found = dict(
        db.execute(
            "SELECT outcome, sum(standing) FROM tallies"
            " WHERE :curator IS NULL OR curator = :curator GROUP BY outcome",
            {"curator": curator},
        ).fetchall()
    )
    return {outcome: int(found.get(outcome.value, 0)) for outcome in Outcome}


def now() -> str:
    """Give the time as the tables hold it: UTC, ISO 8601, to the millisecond."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


def _event_fields(event: dict[str, Any]) -> dict[str, Any]:
    """Give the values of a row that ``Decision`` names, but the id."""
    return {name: event[name] for name in Decision.__dataclass_fields__ if name != "id"}


def _decision(row: dict[str, Any]) -> Decision:
    return Decision(**{**row, "outcome": Outcome(row["outcome"]), "hidden": bool(row["hidden"])})
