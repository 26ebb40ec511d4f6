"""Questions that are put to curators: a pair each, kept from the others while it is on a screen."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from sqlite_utils import Database

from kgreview.active import strategies
from kgreview.store.database import rows, writing
from kgreview.store.decisions import DOUBT
from kgreview.store.rights import Right, permit

HANDED_OUT_SECONDS = 600.0  # for so long a pair shown to one curator is not given to another
SECOND = "second"  # the strategy of such a question
NO_CANDIDATE = -1  # in the place of a number: the pair is none, until somebody decides it
_RENEW_SECONDS = 60.0  # a page redrawn more often than this writes nothing


@dataclass(frozen=True)
class Question:
    """One pair put to one curator."""

    candidate: int  # its number, below the length of the columns their row; NO_CANDIDATE
    left: str  # entity ids
    right: str
    left_type: str
    right_type: str
    score: float | None  # by the current version; None where it has not scored the pair
    threshold: float | None  # of the current version
    version: str | None  # name of the current version
    strategy: str  # one of STRATEGIES or ORDERS, SECOND, DOUBT, or "chosen" by the curator
    why: str  # what the strategy means for this pair, in a sentence
    token: str  # names this question until it is answered, also after a reload; for `decide`
    filter: str = ""  # key of the filter it was asked under


# A pair on the screen of another curator. Of the curator's own earlier question: only if somebody
# else was given it since, after it had lain for ten minutes.
WITH_ANOTHER = """EXISTS (
    SELECT 1 FROM questions q
    WHERE q.candidate = s.candidate AND q.asked_at > :recent AND q.asked_at <= :ahead
      AND q.curator <> :curator)"""

SHOWN = """
    c.id AS candidate, c.left, c.right, c.left_type, c.right_type,
    s.score, v.threshold, v.name AS version, s.strategy AS planned, s.figure"""

ASK = """
    INSERT INTO questions (curator, candidate, token, strategy, chosen, asked_at, filter)
    VALUES (:curator, :candidate, :token, :strategy, :chosen, :now, :filter)
    ON CONFLICT (curator, candidate) DO UPDATE SET asked_at = :now"""

_PAIR = f"""
    SELECT {SHOWN}, q.strategy, q.token, q.filter, q.asked_at
    FROM candidates c
    LEFT JOIN versions v ON v.current = 1
    LEFT JOIN scores s ON s.version = v.id AND s.candidate = c.id
    LEFT JOIN questions q ON q.curator = :curator AND q.candidate = c.id
    WHERE c.left = :left AND c.right = :right"""

BY_CANDIDATE = _PAIR.replace("c.left = :left AND c.right = :right", "c.id = :candidate")


def question(db: Database, left: str, right: str, curator: str) -> Question | None:
    """Put this pair to the curator, closed or not; ``None`` if it is no candidate.

    The pair is kept from others like one from the queue, and keeps its token likewise. A pair that
    the queue had asked keeps its strategy. Raises ``RightError`` for who may not decide.
    """
    permit(db, Right.DECIDE, curator)
    me = me_now(curator)
    pair = me | {"left": left, "right": right, "filter": ""}
    shown = rows(db, _PAIR, pair)
    if not shown:
        return None
    if shown[0]["token"] is not None:
        return shown_again(db, shown[0], me)
    with writing(db, durable=False):
        db.execute(ASK, handed_out(pair, shown[0]["candidate"], "chosen"))
        shown = rows(db, _PAIR, pair)
    return question_of(shown[0]) if shown else None


def looked_at(db: Database, left: str, right: str) -> Question | None:
    """Give this pair to who only looks: a question that is put to nobody and kept from nobody.

    ``None`` if it is no candidate. Raises ``RightError`` for who may not look.
    """
    permit(db, Right.LOOK)
    shown = rows(db, _PAIR, {"left": left, "right": right, "curator": ""})  # nobody's name
    if not shown:
        return None
    named = f"{left}\0{right}".encode(errors="surrogatepass")
    token = blake2b(named, digest_size=16).hexdigest()
    return question_of(shown[0] | {"strategy": "chosen", "token": token, "filter": ""})


def why(
    strategy: str, score: float | None, threshold: float | None, figure: float | None = None
) -> str:
    """Say what a strategy means for a pair, in a sentence.

    >>> why("likely", None, None)
    'Of the pairs you asked for, the one with the highest score.'
    """
    figures = ""
    if score is not None and threshold is not None:
        figures = f" Its score is {score:.2f}; the threshold of a match is {threshold:.2f}."
    if strategy in strategies.STRATEGIES:
        return strategies.sentence(strategy, figure) + figures
    if strategy in _ENDS:
        return f"Of the pairs you asked for, the one with the {_ENDS[strategy]} score." + figures
    if strategy == strategies.AUDIT:
        return (
            "No counterpart among the candidates? Press 0, and all of them are answered. Audit "
            "sample, drawn at random: it measures quality and never trains the model."
        )
    if strategy == SECOND:
        return (
            "Another curator decided this pair too. Their answer is hidden, so that agreement can "
            "be measured."
        )
    if strategy == DOUBT:
        return (
            "You decided this pair before, and a model that has not seen your answer predicts "
            "another. Look again: your new answer counts."
        )
    return "You opened this pair yourself."


_ENDS = {"likely": "highest", "unlikely": "lowest"}


def me_now(curator: str) -> dict[str, Any]:
    """Give the curator, and the times between which a question counts as handed out.

    One from the future was asked before the clock was set back: it is as good as none.
    """
    now = time.time()
    return {
        "curator": curator,
        "now": now,
        "recent": now - HANDED_OUT_SECONDS,
        "ahead": now + HANDED_OUT_SECONDS,
    }


def shown_again(db: Database, row: dict[str, Any], me: dict[str, Any]) -> Question:
    """Give a question that is on the screen, and keep it from the others for longer."""
    if abs(me["now"] - row["asked_at"]) > _RENEW_SECONDS:
        with writing(db, durable=False):
            db.execute(
                "UPDATE questions SET asked_at = :now WHERE token = :token AND curator = :curator"
                " AND candidate = :candidate",
                me | row,
            )
    return question_of(row)


def handed_out(me: dict[str, Any], candidate: int, strategy: str) -> dict[str, Any]:
    """Give the row of a new question, with a token of its own."""
    return me | {
        "candidate": candidate,
        "strategy": strategy,
        "chosen": strategy == "chosen",
        "token": secrets.token_hex(16),
    }


def question_of(row: dict[str, Any]) -> Question:
    """Make a question of a row with ``SHOWN`` and what the question itself holds."""
    values = {name: row[name] for name in row if name not in {"asked_at", "planned", "figure"}}
    # another version may have planned the pair for another reason since
    figure = row["figure"] if row["planned"] == row["strategy"] else None
    return Question(**values, why=why(row["strategy"], row["score"], row["threshold"], figure))
