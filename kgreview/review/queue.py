"""Which pair a curator is asked next: one walk along an index, however many pairs there are."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from kgreview.review.database import rows, value, writing

HANDED_OUT_SECONDS = 600.0  # for so long a pair shown to one curator is not given to another
AUDIT_EVERY = 10  # each tenth question of a curator comes from the audit slice
_RENEW_SECONDS = 60.0  # a page redrawn more often than this writes nothing


@dataclass(frozen=True)
class Question:
    """One pair put to one curator."""

    candidate: int  # row of the candidate columns
    left: str  # entity ids
    right: str
    left_type: str
    right_type: str
    score: float | None  # by the current version; None where it has not scored the pair
    threshold: float | None  # of the current version
    version: str | None  # name of the current version
    strategy: str  # "uncertainty", "random" (the audit slice) or "chosen" (by the curator)
    why: str  # what the strategy means for this pair, in a sentence
    token: str  # names this question until it is answered, also after a reload; for `decide`


# A pair on the screen of another curator. Of the curator's own earlier question: only if somebody
# else was given it since, after it had lain for ten minutes.
_WITH_ANOTHER = """EXISTS (
    SELECT 1 FROM questions q
    WHERE q.candidate = s.candidate AND q.asked_at > :recent AND q.curator <> :curator)"""

_SHOWN = """
    c.id AS candidate, c.left, c.right, c.left_type, c.right_type,
    s.score, v.threshold, v.name AS version"""

# CROSS JOIN keeps this order: without it SQLite would walk the scores in search of the question
_ON_SCREEN = f"""
    SELECT {_SHOWN}, own.strategy, own.token, own.asked_at
    FROM questions own
    CROSS JOIN versions v ON v.current = 1
    CROSS JOIN scores s ON s.version = v.id AND s.candidate = own.candidate
    CROSS JOIN candidates c ON c.id = own.candidate
    WHERE own.curator = :curator AND own.chosen = 0 AND s.open = 1 AND NOT {_WITH_ANOTHER}
    LIMIT 1"""

# The strategies. Each names its partial index, so that SQLite refuses the query rather than ever
# scan the table: the rows come in the order of the index, and the first that is free is taken.
_NEXT = {
    "uncertainty": f"""
        SELECT s.candidate
        FROM scores s INDEXED BY scores_by_uncertainty
        WHERE s.version = (SELECT id FROM versions WHERE current = 1)
          AND s.open = 1 AND s.audit IS NULL
          AND NOT EXISTS (
              SELECT 1 FROM skips k WHERE k.curator = :curator AND k.candidate = s.candidate)
          AND NOT {_WITH_ANOTHER}
        ORDER BY s.priority, s.candidate LIMIT 1""",
    "random": f"""
        SELECT s.candidate
        FROM scores s INDEXED BY scores_by_chance
        WHERE s.version = (SELECT id FROM versions WHERE current = 1)
          AND s.open = 1 AND s.audit IS NOT NULL
          AND NOT EXISTS (
              SELECT 1 FROM skips k WHERE k.curator = :curator AND k.candidate = s.candidate)
          AND NOT {_WITH_ANOTHER}
        ORDER BY s.audit, s.candidate LIMIT 1""",
}

_DECIDED = "SELECT coalesce(sum(standing), 0) FROM tallies WHERE curator = ?"

_ASK = """
    INSERT INTO questions (curator, candidate, token, strategy, chosen, asked_at)
    VALUES (:curator, :candidate, :token, :strategy, :chosen, :now)
    ON CONFLICT (curator, candidate) DO UPDATE SET asked_at = :now"""

_PAIR = f"""
    SELECT {_SHOWN}, q.strategy, q.token, q.asked_at
    FROM candidates c
    LEFT JOIN versions v ON v.current = 1
    LEFT JOIN scores s ON s.version = v.id AND s.candidate = c.id
    LEFT JOIN questions q ON q.curator = :curator AND q.candidate = c.id
    WHERE c.left = :left AND c.right = :right"""

_BY_CANDIDATE = _PAIR.replace("c.left = :left AND c.right = :right", "c.id = :candidate")

# the question that the queue asked before goes; pairs the curator chose go when they are stale
_FORGET = """
    DELETE FROM questions
    WHERE curator = :curator AND (chosen = 0 OR asked_at <= :recent)"""


def next_question(db: Database, curator: str) -> Question | None:
    """Give the pair the curator is asked next, and keep it from the others for ten minutes.

    Until it is answered, or closed by somebody else, it is the same one with the same token, also
    after a reload. Nine of ten are the open pairs nearest to the threshold; each tenth comes from
    the audit slice, in its random order. A pair the curator skipped is not asked again. ``None``
    when nothing is left for this curator, and as long as no version has been promoted (a project
    without a network starts with one that scores by similarity).
    """
    now = time.time()
    me: dict[str, Any] = {"curator": curator, "now": now, "recent": now - HANDED_OUT_SECONDS}
    shown = rows(db, _ON_SCREEN, me)
    if shown:
        return _shown_again(db, shown[0], me)
    with writing(db, durable=False):
        shown = rows(db, _ON_SCREEN, me)  # the curator's other tab may have been asked meanwhile
        if not shown:
            db.execute(_FORGET, me)
            due = int(value(db, _DECIDED, [curator])) % AUDIT_EVERY == AUDIT_EVERY - 1
            for strategy in ("random", "uncertainty") if due else ("uncertainty", "random"):
                candidate = value(db, _NEXT[strategy], me)
                if candidate is not None:
                    db.execute(_ASK, _handed_out(me, candidate, strategy))
                    shown = rows(db, _BY_CANDIDATE, me | {"candidate": candidate})
                    break
    return _question(shown[0]) if shown else None


def question(db: Database, left: str, right: str, curator: str) -> Question | None:
    """Put this pair to the curator, closed or not; ``None`` if it is no candidate.

    The pair is kept from others like one from the queue, and keeps its token likewise. A pair that
    the queue had asked keeps its strategy.
    """
    now = time.time()
    me: dict[str, Any] = {"curator": curator, "now": now, "recent": now - HANDED_OUT_SECONDS}
    pair = me | {"left": left, "right": right}
    found = rows(db, _PAIR, pair)
    if not found:
        return None
    if found[0]["token"] is not None:
        return _shown_again(db, found[0], me)
    with writing(db, durable=False):
        db.execute(_ASK, _handed_out(me, found[0]["candidate"], "chosen"))
        found = rows(db, _PAIR, pair)
    return _question(found[0]) if found else None


def open_count(db: Database) -> int:
    """Count the pairs that no decision has closed yet, whoever they are shown to."""
    return int(value(db, "SELECT open_pairs FROM versions WHERE current = 1") or 0)


def _shown_again(db: Database, row: dict[str, Any], me: dict[str, Any]) -> Question:
    if me["now"] - row["asked_at"] > _RENEW_SECONDS:
        with writing(db, durable=False):
            db.execute(
                "UPDATE questions SET asked_at = :now WHERE token = :token AND curator = :curator"
                " AND candidate = :candidate",
                me | row,
            )
    return _question(row)


def _handed_out(me: dict[str, Any], candidate: int, strategy: str) -> dict[str, Any]:
    return me | {
        "candidate": candidate,
        "strategy": strategy,
        "chosen": strategy == "chosen",
        "token": secrets.token_hex(16),
    }


def _question(row: dict[str, Any]) -> Question:
    values = {name: row[name] for name in row if name != "asked_at"}
    return Question(**values, why=_why(row["strategy"], row["score"], row["threshold"]))


def _why(strategy: str, score: float | None, threshold: float | None) -> str:
    if strategy == "uncertainty" and score is not None and threshold is not None:
        return (
            # in the past: a version that came since may be surer of the pair on the screen
            f"Of the open pairs, the one the model was least sure of when it was asked; "
            f"its score is {score:.2f}, and from {threshold:.2f} on it takes a pair for a match."
        )
    if strategy == "random":
        return (
            f"Drawn at random, like one pair in {AUDIT_EVERY}: these decisions measure how good "
            "the matches are, and the model never learns from them."
        )
    return "You opened this pair yourself."
