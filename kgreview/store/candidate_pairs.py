"""The candidates as the queue knows them: by entity ids, with the audit sample drawn."""

from __future__ import annotations

import functools
import hashlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from kgreview.progress import Progress, silent
from kgreview.store.added_pairs import ALL_ADDED, AddedAnew, enter_again
from kgreview.store.database import value, writing
from kgreview.store.entity_states import forget_entity_states
from kgreview.store.pair_state import refresh_skips

_CHUNK = 5_000  # rows a transaction: some 50 ms, in which a curator's decision waits
_PAUSE = 0.005  # s between transactions: a writer that waits takes the lock then
AUDIT_OF = "audit of"  # in meta: "left" where whole left entities were drawn, absent where pairs
_HASH_RANGE = 2**63  # SQLite's integers have 63 bits and a sign

_INSERT = """
    INSERT INTO incoming_candidates (id, left, right, left_type, right_type, linked, audit)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""

_KIND = "INSERT OR IGNORE INTO kinds (left_type, right_type) VALUES (?, ?)"


@dataclass(frozen=True)
class CandidateBatch:
    """Consecutive rows of the candidate columns, as aligned lists of entity ids and types."""

    left: Sequence[str]
    right: Sequence[str]
    left_type: Sequence[str]
    right_type: Sequence[str]
    linked: Sequence[bool] | None = None  # a known link settles the pair; None: of no pair


def replace_candidates(
    db: Database,
    batches: Iterable[CandidateBatch],
    *,
    audit_share: float,
    seed: int,
    total: int | None = None,
    progress: Progress = silent,
    anew: AddedAnew = ALL_ADDED,
) -> int:
    """Put these pairs in the place of all earlier ones; give their number.

    The first pair gets id 0, the next id 1, in step with the columns of ``candidates/``. Decisions
    stay, as they speak of entity ids; scores and open questions go, so every version must score
    again before the queue goes on. ``audit_share`` of the left entities, chosen by a hash of
    ``seed`` and their id, form the audit sample with all their pairs: the same ones each time. The
    old pairs serve until the last new one is in; interrupted, they stay. What people added follows,
    and what known links name, see ``AddedAnew``. Raises ``sqlite3.IntegrityError`` for a pair that
    comes twice.
    """
    with writing(db, durable=False):
        db.execute("DROP TABLE IF EXISTS incoming_candidates")
        schema: str = value(db, "SELECT sql FROM sqlite_master WHERE name = 'candidates'")
        db.execute(f"CREATE TABLE incoming_candidates ({schema.split('(', 1)[1]}")
    count = 0
    for batch in batches:
        linked = batch.linked or [False] * len(batch.left)
        columns = (batch.left, batch.right, batch.left_type, batch.right_type, linked)
        for start in range(0, len(batch.left), _CHUNK):
            chunk = [
                (count + i, *pair, audit_order(pair[0], audit_share, seed))
                for i, pair in enumerate(
                    zip(*(column[start : start + _CHUNK] for column in columns), strict=True)
                )
            ]
            with writing(db, durable=False):
                db.conn.executemany(_INSERT, chunk)
                db.conn.executemany(_KIND, {(pair[3], pair[4]) for pair in chunk})
            time.sleep(_PAUSE)
            count += len(chunk)
            progress("store candidates", count, total)
    with writing(db):
        for table in ("scores", "questions"):
            db.execute(f"DELETE FROM {table}")
        place = functools.partial(audit_order, share=audit_share, seed=seed)
        enter_again(db, count, place, anew)
        db.execute("DROP TABLE candidates")
        db.execute("ALTER TABLE incoming_candidates RENAME TO candidates")
        db.execute("UPDATE versions SET scored = 0")
        db.execute("DELETE FROM open_of_kinds")
        forget_entity_states(db)
        db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", [AUDIT_OF, '"left"'])
        refresh_skips(db)
    return count


def settle(db: Database, candidates: Iterable[int]) -> None:
    """Take candidates off the queue, as a known link does, before any version scores them."""
    with writing(db):
        forget_entity_states(db)
        db.conn.executemany(
            "UPDATE candidates SET linked = 1 WHERE id = ?", [(int(each),) for each in candidates]
        )


def audit_order(left: str, share: float, seed: int) -> int | None:
    """Give a left entity's place in the random order of the audit sample, ``None`` outside it.

    Entities are drawn and not pairs: of ten candidates at most one is the match, so a pair drawn
    by chance is nearly always none, and a hundred of them say nothing of the matches missed.
    """
    key = f"{seed}\0{left}".encode()
    drawn = int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "big") >> 1
    return drawn if drawn < share * _HASH_RANGE else None


def candidate_count(db: Database) -> int:
    """Count the candidates, by their last id and not one by one."""
    return int(value(db, "SELECT coalesce(max(id), -1) + 1 FROM candidates"))


def candidates_of(db: Database, left: str) -> set[str]:
    """Give the ids of the right entities that are candidates of a left one."""
    entities = db.execute("SELECT right FROM candidates WHERE left = ?", [left])
    return {right for (right,) in entities}
