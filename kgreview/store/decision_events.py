"""Decision events and what is derived from them, written inside a transaction of ``deciding``."""

from __future__ import annotations

from typing import Any

from sqlite_utils import Database

from kgreview.store import pair_state
from kgreview.store.database import rows
from kgreview.store.decisions import BY_ID, COLUMNS, STANDING_BY_ID, Decision, decision_of, now
from kgreview.store.rights import signing_in
from kgreview.store.search import indexed_parts

_INSERT = f"""
    INSERT INTO decisions ({COLUMNS}, question)
    VALUES (NULL, :left, :right, :curator, :outcome, :note, :reason, :created_at, :seconds,
            :version, :score, :hidden, :strategy, :undoes, :supersedes, :flagged, :filter, :batch,
            :subject, :question)"""

OWN_STANDING = """
    SELECT id, outcome, curator FROM standing_decisions
    WHERE left = :left AND right = :right AND curator = :curator"""

# what one press made, the newest first; of the undone undos none
_OF_BATCH = f"""
    SELECT {COLUMNS} FROM decisions e
    WHERE batch = :batch AND curator = :curator
      AND (undoes IS NULL OR NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = e.id))
    ORDER BY id DESC"""

_FORGET_QUESTION = """
    DELETE FROM questions
    WHERE curator = :curator
      AND candidate = (SELECT id FROM candidates WHERE left = :left AND right = :right)"""

# what an event has that answers the pair of another anew, or takes it back
ANEW: dict[str, Any] = {
    "note": None,
    "reason": None,
    "seconds": None,
    "flagged": False,
    "batch": None,
    "question": None,
}
# an event of which nothing is told but the pair, who decides, and what
EVENT = ANEW | {"version": None, "score": None, "hidden": False, "filter": ""}


def save(db: Database, event: dict[str, Any], supersedes: dict[str, Any] | None = None) -> Decision:
    """Write a decision inside a transaction, and what is derived from it."""
    earlier = db.execute(OWN_STANDING, event).fetchone()
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


def take_back_with_batch(
    db: Database, row: dict[str, Any], curator: str, question: str | None
) -> None:
    """Undo a standing decision and all that the same press did, inside a transaction."""
    batch = {"batch": row["batch"], "curator": row["curator"]}  # whose press it was
    together = [row] if row["batch"] is None else rows(db, _OF_BATCH, batch)
    for event in together:
        token = question if event["id"] == row["id"] else None
        if event["undoes"] is None:
            if rows(db, STANDING_BY_ID, [event["id"]]):
                take_back(db, event, curator, question=token)
        else:
            _bring_back(db, event, curator)


def reopen_pair(db: Database, row: dict[str, Any], curator: str, batch: str | None) -> None:
    """Undo a standing decision, and with it what it had replaced: the pair is to be open again."""
    take_back(db, row, curator, batch=batch)
    for replaced in rows(db, STANDING_BY_ID, [row["supersedes"]]):
        reopen_pair(db, replaced, curator, batch)


def take_back(
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
    for restored in rows(db, STANDING_BY_ID, [row["supersedes"]]):
        _stand_again(db, restored, curator)
    pair_state.refresh_pair(db, row["left"], row["right"], row["curator"])
    db.execute(_FORGET_QUESTION, row)  # it may be one about the decision that is gone


def _stand_again(db: Database, row: dict[str, Any], curator: str) -> None:
    """Count a decision that came back; of two that its curator has on the pair the newer stays."""
    pair_state.tally(db, row["curator"], row["outcome"], 1)
    for older, *_ in sorted(db.execute(OWN_STANDING, row))[:-1]:
        for gone in rows(db, STANDING_BY_ID, [older]):
            take_back(db, gone, curator)
    pair_state.refresh_pair(db, row["left"], row["right"], row["curator"])


def _bring_back(db: Database, undoing: dict[str, Any], curator: str) -> None:
    """Undo an undo, unless the curator of what it took back has answered the pair anew.

    What the undo had let stand again is superseded again.
    """
    back = rows(db, BY_ID, [undoing["undoes"]])[0]
    own = db.execute(OWN_STANDING, back).fetchone()
    if own is not None and own[0] != back["supersedes"]:
        return
    replaced = rows(db, STANDING_BY_ID, [back["supersedes"]])
    db.execute(_INSERT, _undoing(undoing, curator, _subject(db, curator)))
    for restored in rows(db, STANDING_BY_ID, [back["id"]]):
        pair_state.tally(db, restored["curator"], restored["outcome"], 1)
        for row in replaced:
            pair_state.tally(db, row["curator"], row["outcome"], -1)
    for row in [back, *replaced]:
        pair_state.refresh_pair(db, row["left"], row["right"], row["curator"])


def _subject(db: Database, curator: str) -> str | None:
    """Give whom a sign-in verified a curator to be; where nobody signs in, nobody is verified."""
    if not signing_in():
        return None
    person = db.execute("SELECT subject FROM people WHERE name = ?", [curator]).fetchone()
    return None if person is None else person[0]


def _undoing(row: dict[str, Any], curator: str, subject: str | None) -> dict[str, Any]:
    return row | {
        **ANEW,
        "curator": curator,
        "subject": subject,
        "created_at": now(),
        "undoes": row["id"],
        "supersedes": None,
    }


_FIELDS = tuple(Decision.__dataclass_fields__)
