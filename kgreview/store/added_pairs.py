"""Pairs that people and known links added to the candidates: blocking had lost them.

They follow the pairs of the columns in ``candidates/``, which stay as blocking wrote them, so one
transaction adds a pair whatever the size of the graphs. A table of their own tells who added what;
when candidates are replaced, they come again. They are scored among the candidates of the columns
and are nobody's competitors: neither what people search for nor what links name changes a score.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sqlite_utils import Database

from kgreview.store.conditions import CLOSED, CONFLICT
from kgreview.store.database import rows, value, writing
from kgreview.store.decisions import now

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class AddedPair:
    """A pair of entities that a person or a known link has put together."""

    left: str  # entity ids
    right: str
    left_type: str
    right_type: str
    linked: bool = False  # a known link settles the pair
    similarities: Floats | None = None  # (F,); None where they were not to be had
    curator: str = ""  # who added it; "": nobody, a known link names it
    candidate: int | None = None  # its number; None: blocking has it too, or an entity is gone


class AddedAnew(NamedTuple):
    """What follows the candidates of blocking when they are replaced or changed.

    ``renew`` gives an added pair as the graphs have it now, ``None`` where an entity is gone: its
    row is kept, and it comes back with the entity. ``linked``: pairs that known links name, which
    are added where nobody has.
    """

    renew: Callable[[AddedPair], AddedPair | None] = lambda pair: pair
    linked: Iterable[AddedPair] = ()


ALL_ADDED = AddedAnew()  # as they are

_COLUMNS = "left, right, left_type, right_type, linked, similarities, curator, candidate"

_ADD = """
    INSERT INTO added_pairs (left, right, left_type, right_type, linked, similarities, curator,
                             candidate, added_at)
    VALUES (:left, :right, :left_type, :right_type, :linked, :similarities, :curator, :candidate,
            :now)
    ON CONFLICT (left, right) DO UPDATE SET candidate = excluded.candidate,
        similarities = excluded.similarities, linked = excluded.linked,
        left_type = excluded.left_type, right_type = excluded.right_type"""

_NAME = """
    INSERT INTO added_pairs (left, right, left_type, right_type, linked, similarities, curator,
                             candidate, added_at)
    VALUES (:left, :right, :left_type, :right_type, :linked, :similarities, :curator, NULL, :now)
    ON CONFLICT (left, right) DO NOTHING"""

_CANDIDATE = """
    INSERT INTO {table} (id, left, right, left_type, right_type, linked, audit)
    VALUES (:candidate, :left, :right, :left_type, :right_type, :linked, :audit)"""

_KIND = "INSERT OR IGNORE INTO kinds (left_type, right_type) VALUES (:left_type, :right_type)"

# other than `versions.write_scores` it counts what it opens: a trigger sees changes only
_SCORE = f"""
    INSERT INTO scores (version, candidate, score, priority, audit, open, kind, conflict)
    SELECT v.id, c.id, :score, abs(:score - v.threshold), c.audit, NOT {CLOSED}, k.id, {CONFLICT}
    FROM candidates c
    CROSS JOIN versions v ON v.name = :version
    CROSS JOIN kinds k ON k.left_type = c.left_type AND k.right_type = c.right_type
    WHERE c.id = :candidate
      AND NOT EXISTS (SELECT 1 FROM scores s WHERE s.version = v.id AND s.candidate = c.id)"""

_COUNT = """
    INSERT INTO open_of_kinds (version, kind, open_pairs)
    SELECT s.version, s.kind, s.open FROM scores s
    WHERE s.version = (SELECT id FROM versions WHERE name = :version) AND s.candidate = :candidate
    ON CONFLICT (version, kind) DO UPDATE SET open_pairs = open_pairs + excluded.open_pairs"""

_UNSCORED = f"""
    SELECT {_COLUMNS} FROM added_pairs a
    WHERE candidate IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM scores s
        WHERE s.version = (SELECT id FROM versions WHERE name = ?) AND s.candidate = a.candidate)
    ORDER BY candidate"""


def blocked_count(db: Database) -> int:
    """Count the candidates that blocking found: those of the columns, numbered from 0 on."""
    return int(
        value(
            db,
            "SELECT coalesce((SELECT min(candidate) FROM added_pairs),"
            " (SELECT max(id) + 1 FROM candidates), 0)",
        )
    )


def added_pairs(db: Database) -> list[AddedPair]:
    """Give all pairs that people and links added, in the order they came."""
    return [_pair(row) for row in rows(db, f"SELECT {_COLUMNS} FROM added_pairs ORDER BY id")]


def added_pair(db: Database, left: str, right: str) -> AddedPair | None:
    """Give one of them by its entity ids; ``None`` where nobody added it."""
    sql = f"SELECT {_COLUMNS} FROM added_pairs WHERE left = ? AND right = ?"
    kept = rows(db, sql, [left, right])
    return _pair(kept[0]) if kept else None


def linked_matches(db: Database) -> int:
    """Count the known matches that are candidates by their links or by who added them."""
    sql = """
        SELECT count(*) FROM added_pairs a
        JOIN known_matches k ON k.left = a.left AND k.right = a.right
        WHERE a.candidate IS NOT NULL"""
    return int(value(db, sql))


def add_pair(
    db: Database,
    pair: AddedPair,
    *,
    audit: int | None,
    version: str | None = None,
    score: float | None = None,
) -> int:
    """Make a pair a candidate, with its score by a version; give its number.

    All of it is saved, or nothing. A pair that is a candidate already stays as it is. ``audit``:
    the place of its left entity in the audit sample, which all pairs of the entity share.
    """
    with writing(db):
        there = "SELECT id FROM candidates WHERE left = ? AND right = ?"
        number_before: int | None = value(db, there, [pair.left, pair.right])
        if number_before is not None:
            return number_before
        number = int(value(db, "SELECT coalesce(max(id), -1) + 1 FROM candidates"))
        _enter(db, "candidates", dataclasses.replace(pair, candidate=number), audit)
        if version is not None and score is not None:
            _score(db, number, version, score)
    return number


def score_added(db: Database, version: str, scores: dict[int, float]) -> None:
    """Enter a version's scores of added pairs, by their numbers; those that are there stay."""
    with writing(db, durable=False):
        for candidate, score in scores.items():
            _score(db, candidate, version, score)


def added_scores(db: Database, version: str) -> dict[tuple[str, str], float]:
    """Give a version's scores of added pairs by their entity ids."""
    sql = """
        SELECT a.left, a.right, s.score
        FROM added_pairs a JOIN scores s ON s.candidate = a.candidate
        WHERE s.version = (SELECT id FROM versions WHERE name = ?)"""
    return {(left, right): score for left, right, score in db.execute(sql, [version])}


def give_back_scores(db: Database, version: str, scores: dict[tuple[str, str], float]) -> None:
    """Enter scores of added pairs by entity ids, inside a transaction; those gone are left out."""
    for pair in added_pairs(db):
        score = scores.get((pair.left, pair.right))
        if score is not None and pair.candidate is not None:
            _score(db, pair.candidate, version, score)


def unscored(db: Database, version: str) -> list[AddedPair]:
    """Give the added pairs that a version has not scored."""
    return [_pair(row) for row in rows(db, _UNSCORED, [version])]


def take_out(db: Database) -> None:
    """Take the added pairs from the candidates, inside a transaction, to ``enter_again`` later."""
    mine = "SELECT candidate FROM added_pairs WHERE candidate IS NOT NULL"
    for table in ("questions", "scores"):
        db.execute(f"DELETE FROM {table} WHERE candidate IN ({mine})")
    db.execute(f"DELETE FROM candidates WHERE id IN ({mine})")
    db.execute("UPDATE added_pairs SET candidate = NULL")


def enter_again(
    db: Database,
    count: int,
    audit: Callable[[str], int | None],
    anew: AddedAnew,
    table: str = "incoming_candidates",
) -> None:
    """Put the added pairs behind ``count`` candidates in a table, inside a transaction.

    One that blocking finds by itself is entered once.
    """
    db.conn.executemany(_NAME, (_values(pair, None) for pair in anew.linked))
    pairs = added_pairs(db)
    db.execute("UPDATE added_pairs SET candidate = NULL")
    there = f"SELECT 1 FROM {table} WHERE left = ? AND right = ?"
    for pair in pairs:
        fresh = anew.renew(pair)
        if fresh is not None and value(db, there, [pair.left, pair.right]) is None:
            placed = dataclasses.replace(fresh, candidate=count)
            _enter(db, table, placed, audit(pair.left))
            count += 1


def _enter(db: Database, table: str, pair: AddedPair, audit: int | None) -> None:
    values = _values(pair, audit)
    db.execute(_CANDIDATE.format(table=table), values)
    db.execute(_KIND, values)
    db.execute(_ADD, values)


def _values(pair: AddedPair, audit: int | None) -> dict[str, object]:
    given = {"audit": audit, "now": now(), "similarities": _bytes(pair.similarities)}
    return vars(pair) | given


def _score(db: Database, candidate: int, version: str, score: float) -> None:
    values = {"candidate": candidate, "version": version, "score": score}
    if db.execute(_SCORE, values).rowcount > 0:
        db.execute(_COUNT, values)


def _bytes(similarities: Floats | None) -> bytes | None:
    return None if similarities is None else np.asarray(similarities, "<f4").tobytes()


def _pair(row: dict[str, object]) -> AddedPair:
    kept = row["similarities"]
    similarities = np.frombuffer(kept, "<f4").copy() if isinstance(kept, bytes) else None
    changed = {"linked": bool(row["linked"]), "similarities": similarities}
    return AddedPair(**{**row, **changed})  # type: ignore[arg-type]
