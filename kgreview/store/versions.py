"""Versions of the model: what each learnt from, its scores, which one is current and was when."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlite_utils import Database

from kgreview.arrays import Ints
from kgreview.errors import InputError
from kgreview.graph.quoting import quoted
from kgreview.progress import Progress, silent
from kgreview.store.added_pairs import blocked_count
from kgreview.store.conditions import CLOSED, CONFLICT
from kgreview.store.database import StoreError, rows, value, writing
from kgreview.store.decisions import now

_CHUNK = 5_000  # rows a transaction: some 50 ms, in which a curator's decision waits
_PAUSE = 0.005  # s between transactions: the lock has no waiting line, a gap lets others take it

ScoreBatch = tuple[Ints, npt.NDArray[np.floating[Any]]]


@dataclass(frozen=True)
class Version:
    """One trained state of the model (or plain similarity, before anything was trained)."""

    name: str
    parent: str | None  # the version it was trained on from
    kind: str  # "similarity", "trained", "fine-tuned"
    created_at: str  # UTC, ISO 8601
    promoted_at: str | None  # when it last became current
    seed: int
    threshold: float  # from this score on a pair is taken for a match
    settings: dict[str, Any]
    figures: dict[str, Any]
    scored: bool  # whether every candidate that blocking found has its score from it
    current: bool
    held: str | None = None  # why it was not made current when it was made

    @property
    def held_back(self) -> bool:
        """Whether it was found worse, and nobody has made it current since."""
        return self.held is not None and self.promoted_at is None


@dataclass(frozen=True)
class Promotion:
    """One event: a version was made current."""

    id: int
    version: str
    previous: str | None  # that it took the place of
    curator: str | None  # whose word it was; None: its figures decided, or a command
    reason: str | None
    created_at: str  # UTC, ISO 8601


@dataclass(frozen=True)
class ScoredCandidate:
    """A candidate with its score by the current version."""

    candidate: int  # row of the candidate columns
    left: str
    right: str
    left_type: str
    right_type: str
    score: float
    open: bool  # no standing decision closes it
    audit: bool  # in the audit sample


_COLUMNS = """name, parent, kind, created_at, promoted_at, seed, threshold, settings, figures,
    scored, current, held"""

_INSERT = """
    INSERT INTO versions (name, parent, kind, created_at, seed, threshold, held, settings, figures)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""

_WRITE_SCORE = f"""
    INSERT INTO scores (version, candidate, score, priority, audit, open, kind, conflict)
    SELECT :version, c.id, :score, abs(:score - :threshold), c.audit, NOT {CLOSED}, k.id, {CONFLICT}
    FROM candidates c
    CROSS JOIN kinds k ON k.left_type = c.left_type AND k.right_type = c.right_type
    WHERE c.id = :candidate
    ON CONFLICT (version, candidate) DO UPDATE
    SET score = excluded.score, priority = excluded.priority, audit = excluded.audit,
        open = excluded.open, kind = excluded.kind, conflict = excluded.conflict"""

# of those that blocking found; what people add meanwhile is scored one by one
_UNSCORED = """
    SELECT (SELECT count(*) FROM candidates WHERE id < :blocked)
         - (SELECT count(*) FROM scores WHERE version = :version AND candidate < :blocked)"""

_COUNT_OPEN = """
    INSERT INTO open_of_kinds (version, kind, open_pairs)
    SELECT version, kind, sum(open) FROM scores WHERE version = ? GROUP BY kind"""

# what is older than the current version and not its parent
_OUTDATED = """
    SELECT v.id, v.name FROM versions v JOIN versions current ON current.current = 1
    WHERE v.id < current.id AND v.name IS NOT current.parent"""

_DROP_SOME = """
    DELETE FROM scores
    WHERE version = :version AND candidate IN (
        SELECT candidate FROM scores WHERE version = :version ORDER BY candidate LIMIT :limit)"""

# CROSS JOIN keeps this order: without it SQLite would walk all scores in search of the entity
_SCORED_CANDIDATES = """
    SELECT s.candidate, c.left, c.right, c.left_type, c.right_type, s.score, s.open,
           c.audit IS NOT NULL AS audit
    FROM candidates c
    CROSS JOIN scores s ON s.candidate = c.id
        AND s.version = (SELECT id FROM versions WHERE current = 1)
    WHERE {side} = ?
    ORDER BY s.score DESC, s.candidate"""


def add_version(
    db: Database,
    name: str,
    *,
    kind: str,
    seed: int,
    threshold: float,
    parent: str | None = None,
    settings: Mapping[str, Any] = MappingProxyType({}),
    figures: Mapping[str, Any] = MappingProxyType({}),
    decisions: Iterable[int] = (),
    held: str | None = None,
) -> Version:
    """Enter a version that has been trained, with the ids of the decisions it saw.

    ``held``: why it is not to be made current, if it was found worse. It shows in no queue before
    ``write_scores`` and ``promote``. Raises ``InputError`` if the name is taken.
    """
    check_folder_name(name)
    with writing(db):
        if _id(db, name) is not None:
            raise InputError(f"version '{name}' exists already; choose another name")
        entered = [name, parent, kind, now(), seed, threshold, held]
        as_json = [json.dumps(dict(each)) for each in (settings, figures)]
        added = db.execute(_INSERT, [*entered, *as_json]).lastrowid
        db.conn.executemany(
            "INSERT INTO version_decisions (version, decision) VALUES (?, ?)",
            [(added, decision) for decision in decisions],
        )
    return version(db, name)


def write_scores(
    db: Database, name: str, batches: Iterable[ScoreBatch], progress: Progress = silent
) -> None:
    """Write a version's score of every candidate of blocking; batches are (their ids, scores).

    Goes in small transactions, so that curators decide meanwhile and never wait long; what they
    decide is respected wherever the writing stands. Scores that are there already are replaced.
    Raises ``InputError`` for an unknown version, ``ValueError`` for a score that is not a number,
    and ``StoreError`` for a candidate that does not exist and if candidates remain without a
    score; then the version cannot be promoted.
    """
    entry = version(db, name)
    row = {"version": _id(db, name), "threshold": entry.threshold}
    total = blocked_count(db)
    done = 0
    for candidates, scores in _chunks(batches):
        if not np.isfinite(scores).all():
            raise ValueError(f"version '{name}' gave a score that is not a number")
        values = [
            row | {"candidate": candidate, "score": score}
            for candidate, score in zip(candidates.tolist(), scores.tolist(), strict=True)
        ]
        with writing(db, durable=False):
            if db.conn.executemany(_WRITE_SCORE, values).rowcount != len(values):
                raise StoreError(
                    f"version '{name}' scored pairs that are no candidates: they were replaced "
                    "meanwhile; score again"
                )
        done += len(values)
        progress("write scores", done, total)
        time.sleep(_PAUSE)
    with writing(db):
        unscored = int(value(db, _UNSCORED, row | {"blocked": blocked_count(db)}))
        if unscored:
            raise StoreError(
                f"version '{name}': {unscored:,} of {total:,} candidates got no score; score again"
            )
        _mark_scored(db, name)


def rewrite_scores(
    db: Database,
    name: str,
    candidates: Ints,
    scores: npt.NDArray[np.floating[Any]],
) -> None:
    """Write a version's scores of some candidates, inside a transaction; the others stay.

    Raises ``StoreError`` where a candidate is left without one.
    """
    if not np.isfinite(scores).all():
        raise ValueError(f"version '{name}' gave a score that is not a number")
    row = {"version": _id(db, name), "threshold": version(db, name).threshold}
    values = (
        row | {"candidate": candidate, "score": score}
        for candidate, score in zip(candidates.tolist(), scores.tolist(), strict=True)
    )
    db.conn.executemany(_WRITE_SCORE, values)
    unscored = int(value(db, _UNSCORED, row | {"blocked": blocked_count(db)}))
    if unscored:
        raise StoreError(f"version '{name}': {unscored:,} candidates would be without a score")
    _mark_scored(db, name)


def _mark_scored(db: Database, name: str) -> None:
    """Note that a version has scored all candidates, and how many are open; in a transaction."""
    version = _id(db, name)
    db.execute("DELETE FROM open_of_kinds WHERE version = ?", [version])
    db.execute(_COUNT_OPEN, [version])
    db.execute("UPDATE versions SET scored = 1 WHERE id = ?", [version])


def forget_scores(db: Database, *, but: str | None) -> None:
    """Say of all versions that they must score anew, inside a transaction, ``but`` of one."""
    others = "SELECT id FROM versions WHERE name IS NOT ?"
    db.execute(f"UPDATE versions SET scored = 0 WHERE id IN ({others})", [but])
    db.execute(f"DELETE FROM open_of_kinds WHERE version IN ({others})", [but])
    if but is None:
        db.execute("DELETE FROM scores")


def promote(
    db: Database, name: str, *, curator: str | None = None, reason: str | None = None
) -> Version:
    """Make a version current: its scores order the queue from the next question on.

    One small transaction, and an event that stays. ``curator`` is whose word it is, where not the
    figures decided. Nothing happens to the version that is current already. Raises ``InputError``
    for an unknown version, for one whose scores are not all there, and where one that was held
    back is to be made current without a curator and a reason.
    """
    with writing(db):
        chosen = version(db, name)
        if not chosen.scored:
            raise InputError(f"version '{name}' has not scored all candidates; score it first")
        if chosen.current:
            return chosen
        check_overruled(chosen, curator, reason)
        before = current_version(db)
        db.execute("UPDATE versions SET current = 0 WHERE current = 1")
        db.execute("UPDATE versions SET current = 1, promoted_at = ? WHERE name = ?", [now(), name])
        db.execute(
            "INSERT INTO promotions (version, previous, curator, reason, created_at)"
            " VALUES (?, ?, ?, ?, ?)",
            [name, None if before is None else before.name, curator, reason, now()],
        )
    return version(db, name)


def check_overruled(chosen: Version, curator: str | None, reason: str | None) -> None:
    """Raise ``InputError`` where a held version is to be made current and nobody says why."""
    is_overruled = (curator or "").strip() and (reason or "").strip()
    if chosen.held_back and not is_overruled:
        raise InputError(
            f"version '{chosen.name}' was not promoted: {chosen.held}; to make it current all the "
            "same, give a reason"
        )


def promotions(db: Database) -> list[Promotion]:
    """Give all promotions, the newest first."""
    events = rows(
        db,
        "SELECT id, version, previous, curator, reason, created_at FROM promotions"
        " ORDER BY id DESC",
    )
    return [Promotion(**row) for row in events]


def outdated(db: Database) -> list[str]:
    """Name the versions whose scores no longer need room.

    These are all but the current version, its parent (to go back), and versions newer than the
    current one (not promoted, or being written).
    """
    return [row["name"] for row in rows(db, _OUTDATED)]


def drop_old_scores(db: Database, progress: Progress = silent) -> int:
    """Free the room of the scores of outdated versions; give how many went.

    Goes in small transactions, like the writing.
    """
    dropped = 0
    for old in [row["id"] for row in rows(db, _OUTDATED)]:
        with writing(db, durable=False):
            db.execute("UPDATE versions SET scored = 0 WHERE id = ?", [old])
        gone = _CHUNK
        while gone == _CHUNK:
            with writing(db, durable=False):
                gone = db.execute(_DROP_SOME, {"version": old, "limit": _CHUNK}).rowcount
            dropped += gone
            progress("drop old scores", dropped)
            time.sleep(_PAUSE)
    return dropped


def current_version(db: Database) -> Version | None:
    """Give the version that orders the queue, ``None`` before the first was promoted."""
    current = rows(db, f"SELECT {_COLUMNS} FROM versions WHERE current = 1")
    return _version(current[0]) if current else None


def version(db: Database, name: str) -> Version:
    """Give a version by its name; raises ``InputError`` if there is none."""
    entries = rows(db, f"SELECT {_COLUMNS} FROM versions WHERE name = ?", [name])
    if not entries:
        raise InputError(f"there is no version '{name}'; 'kgreview status' lists them")
    return _version(entries[0])


def versions(db: Database) -> list[Version]:
    """Give all versions, the newest first."""
    return [_version(row) for row in rows(db, f"SELECT {_COLUMNS} FROM versions ORDER BY id DESC")]


def decisions_seen(db: Database, name: str) -> list[int]:
    """Give the ids of the decisions a version learnt from."""
    sql = "SELECT decision FROM version_decisions WHERE version = ? ORDER BY decision"
    return [decision for (decision,) in db.execute(sql, [_id(db, name)])]


def scores_of(
    db: Database, *, left: str | None = None, right: str | None = None
) -> list[ScoredCandidate]:
    """Give all candidates of one entity with their current scores, the best first.

    Give one of ``left`` and ``right``.
    """
    if (left is None) == (right is None):
        raise ValueError("give either the left or the right entity")
    sql = _SCORED_CANDIDATES.format(side="c.right" if left is None else "c.left")
    return [_scored(row) for row in rows(db, sql, [right if left is None else left])]


def scored_pair(db: Database, candidate: int) -> ScoredCandidate | None:
    """Give one candidate with its current score; ``None`` where it has none."""
    scored = rows(db, _SCORED_CANDIDATES.format(side="c.id"), [candidate])
    return _scored(scored[0]) if scored else None


def _scored(row: dict[str, Any]) -> ScoredCandidate:
    return ScoredCandidate(**{**row, "open": bool(row["open"]), "audit": bool(row["audit"])})


def _id(db: Database, name: str) -> int | None:
    number: int | None = value(db, "SELECT id FROM versions WHERE name = ?", [name])
    return number


def _chunks(batches: Iterable[ScoreBatch]) -> Iterator[ScoreBatch]:
    for candidates, scores in batches:
        for start in range(0, len(candidates), _CHUNK):
            part = slice(start, start + _CHUNK)
            yield candidates[part], scores[part]


def check_folder_name(name: str) -> None:
    """Refuse the name of a version that would lead out of the folder of versions.

    Raises ``StoreError``: only a project that somebody made up has such a one.
    """
    if name in ("", ".", "..") or any(sign in name for sign in "/\\\0"):
        raise StoreError(
            f"the database names a version {quoted(name)}, which is no name of a folder; do not "
            "use this project, or restore it from a copy"
        )


def _version(row: dict[str, Any]) -> Version:
    check_folder_name(row["name"])
    return Version(
        **{
            **row,
            "settings": json.loads(row["settings"]),
            "figures": json.loads(row["figures"]),
            "scored": bool(row["scored"]),
            "current": bool(row["current"]),
        }
    )
