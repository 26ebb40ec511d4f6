"""Decisions as events: never changed, never deleted; what stands is a view over them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlite_utils import Database

from kgreview.active.strategies import AUDIT
from kgreview.store.database import rows, value
from kgreview.store.outcomes import QUALIFIED, Outcome


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
    supersedes: int | None  # id of the earlier decision that this one replaces
    flagged: bool = False  # somebody should look at it again
    filter: str = ""  # what the queue was filtered by, see ``PairFilter.key``
    batch: str | None = None  # events of one press, which ``undo`` takes back together
    subject: str | None = None  # whom a sign-in verified the curator to be; None: nobody signed in


@dataclass(frozen=True)
class TrainingDecision:
    """A standing decision the network may learn from; a pair comes once for each curator."""

    decision: int  # its id
    left: str
    right: str
    label: int  # 1 match, 0 no match


BULK = "bulk"  # strategies of decisions that no question of the queue asked for
REVISED = "revised"
IMPORTED = "imported"  # a file said so when the project was made
DOUBT = "again"  # strategy of a question that asks a curator again what they have decided

COLUMNS = """id, left, right, curator, outcome, note, reason, created_at, seconds, version, score,
    hidden, strategy, undoes, supersedes, flagged, filter, batch, subject"""

BY_ID = f"SELECT {COLUMNS} FROM decisions WHERE id = ?"

BY_QUESTION = f"SELECT {COLUMNS} FROM decisions WHERE question = ?"

STANDING_BY_ID = f"SELECT {COLUMNS} FROM standing_decisions WHERE id = ?"

# A curator contradicts another by saying the opposite of the same pair, or that the left entity
# has no counterpart where the other found one. Audit pairs measure, and must not be learnt from;
# what a file told is learnt by its links.
_TRAINING = f"""
    SELECT d.id, d.left, d.right, d.outcome
    FROM standing_decisions d LEFT JOIN candidates c ON c.left = d.left AND c.right = d.right
    WHERE d.outcome IN ('match', 'no_match')
      AND d.strategy NOT IN ('{AUDIT}', '{IMPORTED}') AND c.audit IS NULL
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
    sql = f"SELECT {COLUMNS} FROM standing_decisions WHERE {where} ORDER BY id"
    return [decision_of(row) for row in rows(db, sql, given)]


def is_answered(db: Database, question: str) -> bool:
    """Whether a question, named by its token, has been answered."""
    return bool(rows(db, BY_QUESTION, [question]))


def standing_since(db: Database, decision: int) -> int:
    """Count the standing decisions that are newer than the event with this id."""
    return int(value(db, "SELECT count(*) FROM standing_decisions WHERE id > ?", [decision]))


def events(db: Database, *, before: int | None = None, limit: int = 100) -> list[Decision]:
    """Give the newest ``limit`` events, undone and superseded ones too, newest first.

    ``before``: only events older than the one with this id, to turn the page.
    """
    sql = f"SELECT {COLUMNS} FROM decisions WHERE id < ? ORDER BY id DESC LIMIT ?"
    return [
        decision_of(row) for row in rows(db, sql, [2**63 - 1 if before is None else before, limit])
    ]


def training_decisions(db: Database) -> list[TrainingDecision]:
    """Give the decisions to learn from, in the order they were made.

    They are the standing matches and non-matches, without those of the audit sample and those that
    another curator contradicts.
    """
    return [
        TrainingDecision(
            d["id"],
            d["left"],
            d["right"],
            int(d["outcome"] == Outcome.MATCH.value),
        )
        for d in rows(db, f"{_TRAINING} ORDER BY d.id")
    ]


class QualifiedPair(NamedTuple):
    """The ids of a pair that somebody calls close or the like, and nobody the same."""

    left: str
    right: str


def qualified_pairs(db: Database) -> list[QualifiedPair]:
    """Give the pairs that somebody calls close or the like, and nobody the same."""
    outcomes = ", ".join(f"'{outcome.value}'" for outcome in QUALIFIED)
    pairs = db.execute(f"""
        SELECT DISTINCT q.left, q.right FROM standing_decisions q
        WHERE q.outcome IN ({outcomes}) AND NOT EXISTS (
            SELECT 1 FROM standing_decisions m
            WHERE m.left = q.left AND m.right = q.right AND +m.outcome = 'match')""")
    return [QualifiedPair(*pair) for pair in pairs]


def unseen_decisions(db: Database, version: str) -> int:
    """Count the decisions to learn from that ``version`` has not seen."""
    return int(value(db, _UNSEEN, [version]))


def counts(db: Database, curator: str | None = None) -> dict[Outcome, int]:
    """Count the standing decisions by outcome, of one curator or of all."""
    by_outcome = dict(
        db.execute(
            "SELECT outcome, sum(standing) FROM tallies"
            " WHERE :curator IS NULL OR curator = :curator GROUP BY outcome",
            {"curator": curator},
        ).fetchall()
    )
    return {outcome: int(by_outcome.get(outcome.value, 0)) for outcome in Outcome}


def decided_count(db: Database, curator: str | None = None) -> int:
    """Count the standing decisions but those that put a pair off, of one curator or of all."""
    return sum(n for outcome, n in counts(db, curator).items() if outcome is not Outcome.SKIP)


def now() -> str:
    """Give the time as the tables hold it: UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def decision_of(row: dict[str, Any]) -> Decision:
    """Make a decision of a row with ``COLUMNS``."""
    return Decision(
        **{
            **row,
            "outcome": Outcome(row["outcome"]),
            "hidden": bool(row["hidden"]),
            "flagged": bool(row["flagged"]),
        }
    )
