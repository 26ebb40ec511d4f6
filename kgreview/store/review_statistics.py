"""What the decisions tell of the review itself: how fast, how much is found, what was audited."""

from __future__ import annotations

from dataclasses import dataclass

from sqlite_utils import Database

from kgreview.active.strategies import AUDIT
from kgreview.store.annotator_agreement import ADJUDICATED
from kgreview.store.candidate_pairs import AUDIT_OF
from kgreview.store.database import get_meta, rows
from kgreview.store.decisions import BULK, DOUBT, IMPORTED, REVISED
from kgreview.store.outcomes import Outcome

# what no filter narrowed, so that the draw was at random among all that is left of the slice
_WHOLE_QUEUE = f"('', 'order={AUDIT}')"

_AUDITED = f"""
    SELECT d.left, d.right, d.curator, d.outcome, c.audit AS place,
           d.strategy = '{AUDIT}' AND d.filter IN {_WHOLE_QUEUE} AS drawn,
           EXISTS (SELECT 1 FROM standing_decisions s WHERE s.id = d.id) AS stands
    FROM decisions d CROSS JOIN candidates c ON c.left = d.left AND c.right = d.right
    WHERE d.undoes IS NULL AND c.audit IS NOT NULL
    ORDER BY d.id"""

_DAYS = f"""
    SELECT substr(created_at, 1, 10) AS day, curator, count(*) AS decisions
    FROM standing_decisions WHERE outcome <> 'skip' AND strategy <> '{IMPORTED}'
    GROUP BY day, curator ORDER BY day, curator"""

_SECONDS = """
    SELECT curator, seconds FROM decisions
    WHERE undoes IS NULL AND seconds IS NOT NULL ORDER BY curator, seconds"""

# Answers to questions of the queue that a score came with. Those of the audit sample are drawn
# otherwise, and a second opinion is no news. What a second look has replaced was, at its time.
_ANSWERS = f"""
    SELECT d.score, v.threshold, coalesce(s.outcome, d.outcome) AS outcome,
           v.kind <> 'similarity' AS network
    FROM decisions d
    CROSS JOIN versions v ON v.name = d.version
    LEFT JOIN standing_decisions s ON s.supersedes = d.id AND s.strategy = '{DOUBT}'
    WHERE coalesce(s.outcome, d.outcome) IN ('match', 'no_match') AND d.score IS NOT NULL
      AND d.strategy NOT IN ('{AUDIT}', 'second', 'chosen', '{DOUBT}', '{BULK}', '{REVISED}',
                             '{ADJUDICATED}')
      AND (s.id IS NOT NULL OR EXISTS (SELECT 1 FROM standing_decisions o WHERE o.id = d.id))
    ORDER BY d.id DESC LIMIT ?"""


@dataclass(frozen=True)
class AuditDecision:
    """A decision on a pair of the audit sample."""

    left: str
    right: str
    curator: str
    outcome: Outcome
    place: int  # of the left entity in the slice's random order
    drawn: bool  # the queue asked it because its turn had come
    stands: bool


@dataclass(frozen=True)
class Answer:
    """What a curator said of a pair, and what the network had said before."""

    score: float
    threshold: float  # of the version that gave the score
    match: bool
    network: bool = True  # False: the score was the likeness of values, which foretells nothing


@dataclass(frozen=True)
class Day:
    """How much of what one curator decided on one day, UTC, stands."""

    day: str  # ISO 8601
    curator: str
    decisions: int


def audit_decisions(db: Database) -> list[AuditDecision]:
    """Give all decisions on pairs of the audit sample, the oldest first.

    The slice is asked in a random order of its left entities. So those up to the last that was
    drawn, ``max(place)`` over the ``drawn``, are a simple random sample: each entity had the same
    probability to be among them, whoever decided it and why.
    """
    return [
        AuditDecision(
            **{**row, "outcome": Outcome(row["outcome"])}
            | {"drawn": bool(row["drawn"]), "stands": bool(row["stands"])}
        )
        for row in rows(db, _AUDITED)
    ]


def audit_is_of_entities(db: Database) -> bool:
    """Tell whether the slice holds whole left entities, as estimates need.

    An earlier release drew pairs; new candidates bring a new slice.
    """
    return bool(get_meta(db, AUDIT_OF) == "left")


def days(db: Database) -> list[Day]:
    """Count what stands by day and curator: nothing that was put off, and none that a file told."""
    return [Day(**row) for row in rows(db, _DAYS)]


def seconds_by_curator(db: Database) -> dict[str, list[float]]:
    """Give how long each curator's decisions took, in s, the shortest first."""
    by_curator: dict[str, list[float]] = {}
    for row in rows(db, _SECONDS):
        by_curator.setdefault(row["curator"], []).append(row["seconds"])
    return by_curator


def answers(db: Database, last: int) -> list[Answer]:
    """Give the last answers to what the queue asked in order to learn, the oldest first."""
    events = rows(db, _ANSWERS, [last])
    return [
        Answer(r["score"], r["threshold"], r["outcome"] == "match", bool(r["network"]))
        for r in reversed(events)
    ]
