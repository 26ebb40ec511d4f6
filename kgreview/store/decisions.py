"""Decisions as events: never changed, never deleted; what stands is a view over them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlite_utils import Database

from kgreview.active.strategies import AUDIT
from kgreview.errors import InputError
from kgreview.store import pair_state
from kgreview.store.database import rows, value, writing
from kgreview.store.drafts import FORGET, RESTORE
from kgreview.store.outcomes import Outcome
from kgreview.store.rights import Right, permit, signing_in
from kgreview.store.search import indexed_parts


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

_INSERT = f"""
    INSERT INTO decisions ({COLUMNS}, question)
    VALUES (NULL, :left, :right, :curator, :outcome, :note, :reason, :created_at, :seconds,
            :version, :score, :hidden, :strategy, :undoes, :supersedes, :flagged, :filter, :batch,
            :subject, :question)"""

_BY_ID = f"SELECT {COLUMNS} FROM decisions WHERE id = ?"

_BY_QUESTION = f"SELECT {COLUMNS} FROM decisions WHERE question = ?"

_OWN_STANDING = """
    SELECT id, outcome, curator FROM standing_decisions
    WHERE left = :left AND right = :right AND curator = :curator"""

_LAST_STANDING = f"""
    SELECT {COLUMNS} FROM standing_decisions WHERE curator = ? AND strategy <> '{IMPORTED}'
    ORDER BY id DESC LIMIT 1"""

_STANDING_BY_ID = f"SELECT {COLUMNS} FROM standing_decisions WHERE id = ?"

_TAKEN_BACK = (
    "this question was answered before, in another tab or by somebody of the same name, and the "
    "answer was taken back or replaced since; nothing was saved now: look at the pair again"
)

# what one press made, the newest first; of the undone undos none
_OF_BATCH = f"""
    SELECT {COLUMNS} FROM decisions e
    WHERE batch = :batch AND curator = :curator
      AND (undoes IS NULL OR NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = e.id))
    ORDER BY id DESC"""

_BULK = """
    SELECT c.id AS candidate, c.left, c.right, s.score, s.conflict
    FROM candidates c
    JOIN scores s ON s.version = (SELECT id FROM versions WHERE current = 1)
        AND s.candidate = c.id
    WHERE c.id = ? AND s.open = 1"""

_FORGET_QUESTION = """
    DELETE FROM questions
    WHERE curator = :curator
      AND candidate = (SELECT id FROM candidates WHERE left = :left AND right = :right)"""

# an undone decision's pair is shown again for the reason it was asked for
_ASK_AGAIN = """
    INSERT OR IGNORE INTO questions (curator, candidate, token, strategy, chosen, asked_at, filter)
    SELECT :curator, id, :token, :strategy, 1, :now, :filter
    FROM candidates WHERE left = :left AND right = :right"""

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
    question: str | None,
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
    _check_curator(curator)
    permit(db, Right.DECIDE, curator)
    with writing(db):
        first = [] if question is None else rows(db, _BY_QUESTION, [question])
        if first:
            if not rows(db, _STANDING_BY_ID, [first[0]["id"]]):
                raise InputError(_TAKEN_BACK)
            return decision_of(first[0])
        aside = [row for id in set_aside for row in rows(db, _STANDING_BY_ID, [id])]
        if any(row["curator"] != curator for row in aside):  # curators differ: that is settled here
            permit(db, Right.ADJUDICATE)
        batch = secrets.token_hex(8) if aside else None
        for row in aside:
            _set_aside(db, row, curator, batch)
        event = {
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
            "batch": batch,
            "question": question,
        }
        db.execute(FORGET, event)
        return _save(db, event)


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
    _check_curator(curator)
    permit(db, Right.MANY, curator)
    batch = secrets.token_hex(8)
    saved = []
    with writing(db):
        for candidate in candidates:
            for pair in rows(db, _BULK, [candidate]):
                if outcome is Outcome.MATCH and pair["conflict"]:
                    continue
                event = {
                    "left": pair["left"],
                    "right": pair["right"],
                    "curator": curator,
                    "outcome": outcome.value,
                    "note": note,
                    "reason": None,
                    "seconds": None,
                    "version": version,
                    "score": pair["score"],
                    "hidden": False,
                    "strategy": BULK,
                    "flagged": False,
                    "filter": filter,
                    "batch": batch,
                    "question": None,
                }
                saved.append(_save(db, event))
    return saved


class Told(NamedTuple):
    """A decision that a file tells."""

    left: str  # ids
    right: str  # '' where there is no counterpart: no right entity is to be named
    outcome: Outcome
    curator: str  # '' where the file names nobody
    note: str = ""
    reason: str = ""


def enter_decisions(db: Database, told: Iterable[Told]) -> None:
    """Enter decisions that a file tells; nothing learns from them but by the file's links."""
    with writing(db):
        for each in told:
            _save(
                db,
                {
                    "left": each.left,
                    "right": each.right,
                    "curator": each.curator.strip() or IMPORTED,
                    "outcome": each.outcome.value,
                    "note": each.note or None,
                    "reason": each.reason or None,
                    "seconds": None,
                    "version": None,
                    "score": None,
                    "hidden": True,
                    "strategy": IMPORTED,
                    "flagged": False,
                    "filter": "",
                    "batch": None,
                    "question": None,
                },
            )


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
            before = rows(db, _BY_QUESTION, [question])
            if before:
                undone_id = before[0]["undoes"]
                return None if undone_id is None else decision_of(rows(db, _BY_ID, [undone_id])[0])
        last = rows(db, _LAST_STANDING, [curator])
        if not last:
            return None
        _take_back_with_batch(db, last[0], curator, question)
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
    _check_curator(curator)
    permit(db, Right.DECIDE, curator)
    with writing(db):
        row = _standing_row(db, decision)
        if row["curator"] != curator:
            permit(db, Right.OTHERS)
        if row["strategy"] == BULK:
            _take_back(db, row, curator)
        else:
            _take_back_with_batch(db, row, curator, None)
    return decision_of(row)


def revise(
    db: Database, decision: int, *, curator: str, outcome: Outcome, note: str | None
) -> Decision:
    """Put another answer in the place of a standing decision, whoever made it.

    Undoing the new one brings the old one back. Raises ``InputError`` where the old one does not
    stand (any more), ``RightError`` for who may not.
    """
    _check_curator(curator)
    permit(db, Right.DECIDE, curator)
    with writing(db):
        row = _standing_row(db, decision)
        if row["curator"] != curator:
            permit(db, Right.OTHERS)
        own = db.execute(_OWN_STANDING, row | {"curator": curator}).fetchone()
        batch = None
        if own is not None and own[0] != row["id"]:  # both go: an event supersedes only one
            batch = secrets.token_hex(8)
            _set_aside(db, row, curator, batch)
        event = row | {
            "curator": curator,
            "outcome": outcome.value,
            "note": note,
            "reason": None,
            "seconds": None,
            "strategy": REVISED if row["strategy"] != AUDIT else AUDIT,
            "flagged": False,
            "batch": batch,
            "question": None,
        }
        return _save(db, event, supersedes=row if own is None else None)


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
    return bool(rows(db, _BY_QUESTION, [question]))


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


def decided_count(db: Database, curator: str | None = None) -> int:
    """Count the standing decisions but those that put a pair off, of one curator or of all."""
    return sum(n for outcome, n in counts(db, curator).items() if outcome is not Outcome.SKIP)


def now() -> str:
    """Give the time as the tables hold it: UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _check_curator(curator: str) -> None:
    if not curator.strip():
        raise InputError("a decision needs its curator's name; give one")


def _standing_row(db: Database, decision: int) -> dict[str, Any]:
    found = rows(db, _STANDING_BY_ID, [decision])
    if not found:
        raise InputError(
            f"decision {decision} does not stand any more: it was undone or superseded; "
            "reload the history"
        )
    return found[0]


def _save(
    db: Database, event: dict[str, Any], supersedes: dict[str, Any] | None = None
) -> Decision:
    """Write a decision inside a transaction, and what is derived from it."""
    earlier = db.execute(_OWN_STANDING, event).fetchone()
    if earlier is None and supersedes is not None:
        earlier = supersedes["id"], supersedes["outcome"], supersedes["curator"]
    if earlier is not None:
        pair_state.tally(db, earlier[2], earlier[1], -1)
    event = event | {
        "created_at": now(),
        "undoes": None,
        "supersedes": None if earlier is None else earlier[0],
        "subject": _subject(db, event["curator"]),
    }
    saved = db.execute(_INSERT, event).lastrowid
    noted = " ".join(filter(None, (event["note"], event["reason"])))
    if noted:
        words = indexed_parts([noted])[0]
        db.execute("INSERT INTO note_words (rowid, words) VALUES (?, ?)", [saved, words])
    pair_state.tally(db, event["curator"], event["outcome"], 1)
    pair_state.refresh_pair(db, event["left"], event["right"], event["curator"])
    if earlier is not None and earlier[2] != event["curator"]:
        pair_state.refresh_pair(db, event["left"], event["right"], earlier[2])
    db.execute(_FORGET_QUESTION, event)
    return decision_of(
        {name: event[name] for name in _FIELDS if name != "id"} | {"id": int(saved or 0)}
    )


def _take_back_with_batch(
    db: Database, row: dict[str, Any], curator: str, question: str | None
) -> None:
    batch = {"batch": row["batch"], "curator": row["curator"]}  # whose press it was
    together = [row] if row["batch"] is None else rows(db, _OF_BATCH, batch)
    for event in together:
        token = question if event["id"] == row["id"] else None
        if event["undoes"] is None:
            if rows(db, _STANDING_BY_ID, [event["id"]]):
                _take_back(db, event, curator, question=token)
        else:
            _bring_back(db, event, curator)


def _set_aside(db: Database, row: dict[str, Any], curator: str, batch: str | None) -> None:
    """Undo a standing decision, and with it what it had replaced: the pair is to be open again."""
    _take_back(db, row, curator, batch=batch)
    for replaced in rows(db, _STANDING_BY_ID, [row["supersedes"]]):
        _set_aside(db, replaced, curator, batch)


def _take_back(
    db: Database,
    row: dict[str, Any],
    curator: str,
    *,
    question: str | None = None,
    batch: str | None = None,
) -> None:
    """Write the event that undoes a standing decision, inside a transaction."""
    undoing = _undoing(row, curator, _subject(db, curator))
    db.execute(_INSERT, undoing | {"question": question, "batch": batch})
    pair_state.tally(db, row["curator"], row["outcome"], -1)
    for restored in rows(db, _STANDING_BY_ID, [row["supersedes"]]):
        _stand_again(db, restored, curator)
    pair_state.refresh_pair(db, row["left"], row["right"], row["curator"])
    db.execute(_FORGET_QUESTION, row)  # it may be one about the decision that is gone


def _stand_again(db: Database, row: dict[str, Any], curator: str) -> None:
    """Count a decision that came back; of two that its curator has on the pair the newer stays."""
    pair_state.tally(db, row["curator"], row["outcome"], 1)
    for older, *_ in sorted(db.execute(_OWN_STANDING, row))[:-1]:
        for gone in rows(db, _STANDING_BY_ID, [older]):
            _take_back(db, gone, curator)
    pair_state.refresh_pair(db, row["left"], row["right"], row["curator"])


def _bring_back(db: Database, undoing: dict[str, Any], curator: str) -> None:
    """Undo an undo, unless the curator of what it took back has answered the pair anew.

    What the undo had let stand again is superseded again.
    """
    back = rows(db, _BY_ID, [undoing["undoes"]])[0]
    own = db.execute(_OWN_STANDING, back).fetchone()
    if own is not None and own[0] != back["supersedes"]:
        return
    replaced = rows(db, _STANDING_BY_ID, [back["supersedes"]])
    db.execute(_INSERT, _undoing(undoing, curator, _subject(db, curator)))
    for restored in rows(db, _STANDING_BY_ID, [back["id"]]):
        pair_state.tally(db, restored["curator"], restored["outcome"], 1)
        for row in replaced:
            pair_state.tally(db, row["curator"], row["outcome"], -1)
    for row in [back, *replaced]:
        pair_state.refresh_pair(db, row["left"], row["right"], row["curator"])


def _subject(db: Database, curator: str) -> str | None:
    """Give whom a sign-in verified a curator to be; where nobody signs in, nobody is verified."""
    if not signing_in():
        return None
    found = db.execute("SELECT subject FROM people WHERE name = ?", [curator]).fetchone()
    return None if found is None else found[0]


def _undoing(row: dict[str, Any], curator: str, subject: str | None) -> dict[str, Any]:
    return row | {
        "curator": curator,
        "subject": subject,
        "note": None,
        "reason": None,
        "created_at": now(),
        "seconds": None,
        "undoes": row["id"],
        "supersedes": None,
        "flagged": False,
        "batch": None,
        "question": None,
    }


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


_FIELDS = tuple(Decision.__dataclass_fields__)
