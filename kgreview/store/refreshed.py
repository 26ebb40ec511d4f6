"""What a refresh with new rows makes of candidates and decisions; all inside one transaction.

A candidate that stays keeps its number, and with it its scores, its place in the queue, who skipped
it and who has it on the screen. New ones take the numbers of those that went, then further ones; if
more went than came, the last ones move into the gaps. So numbers stay without gaps.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from kgreview.store.added_pairs import AddedAnew, enter_again, take_out
from kgreview.store.candidate_pairs import audit_order
from kgreview.store.database import rows, value
from kgreview.store.entity_states import forget_entity_states
from kgreview.store.pair_state import refresh_skips

_OF_A_CANDIDATE = ("scores", "questions")


@dataclass(frozen=True)
class Pair:
    """A candidate as the queue knows it."""

    candidate: int
    left: str  # entity ids
    right: str
    left_type: str
    right_type: str
    linked: bool


@dataclass(frozen=True)
class CandidateChanges:
    """How candidates changed; in this order: some go, some move, some come, some are relabelled."""

    gone: Sequence[int]
    moved: Sequence[tuple[int, int]]  # (from, to); a place that is free by then
    added: Sequence[Pair]
    relabelled: Sequence[Pair]  # there already, with another type or another word of the links


def change_candidates(
    db: Database,
    changes: CandidateChanges,
    *,
    count: int,
    audit_share: float,
    seed: int,
    anew: AddedAnew,
) -> None:
    """Change the candidates to ``count``, inside a transaction, in which scores of new ones follow.

    What people added comes behind them again, and what known links name, without a score.
    """
    take_out(db)
    forget_entity_states(db)
    versions = [row["id"] for row in rows(db, "SELECT id FROM versions")]
    gone = [(number,) for number in changes.gone]
    moved = [(to, number) for number, to in changes.moved]
    for table in _OF_A_CANDIDATE:
        where = " AND version = ?" if table == "scores" else ""
        for version in versions if where else [None]:
            also = () if version is None else (version,)
            db.conn.executemany(
                f"DELETE FROM {table} WHERE candidate = ?{where}", [(*row, *also) for row in gone]
            )
            db.conn.executemany(
                f"UPDATE {table} SET candidate = ? WHERE candidate = ?{where}",
                [(*row, *also) for row in moved],
            )
    db.conn.executemany("DELETE FROM candidates WHERE id = ?", gone)
    db.conn.executemany("UPDATE candidates SET id = ? WHERE id = ?", moved)
    db.conn.executemany(
        "INSERT INTO candidates (id, left, right, left_type, right_type, linked, audit)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(*_columns(pair), audit_order(pair.left, audit_share, seed)) for pair in changes.added],
    )
    db.conn.executemany(
        "UPDATE candidates SET left_type = ?, right_type = ?, linked = ? WHERE id = ?",
        [(p.left_type, p.right_type, p.linked, p.candidate) for p in changes.relabelled],
    )
    types = {(p.left_type, p.right_type) for p in (*changes.added, *changes.relabelled)}
    db.conn.executemany("INSERT OR IGNORE INTO kinds (left_type, right_type) VALUES (?, ?)", types)
    place = functools.partial(audit_order, share=audit_share, seed=seed)
    enter_again(db, count, place, anew, "candidates")
    refresh_skips(db)


def _columns(pair: Pair) -> tuple[int, str, str, str, str, bool]:
    return (pair.candidate, pair.left, pair.right, pair.left_type, pair.right_type, pair.linked)


def decided_pairs(db: Database) -> list[tuple[str, str]]:
    """Give the pairs that stay candidates whatever they look like."""
    return list(db.execute("SELECT DISTINCT left, right FROM standing_decisions WHERE right <> ''"))


def decided_entities(db: Database) -> tuple[list[str], list[str]]:
    """Give the ids of the left and the right entities that any decision is on."""
    left, right = (
        [entity for (entity,) in db.execute(f"SELECT DISTINCT {side} FROM decisions")]
        for side in ("left", "right")
    )
    return left, [entity for entity in right if entity]


def set_gone(db: Database, left: Iterable[str], right: Iterable[str]) -> None:
    """Say which entities with decisions the graphs have no more, inside a transaction."""
    forget_entity_states(db)
    db.execute("DELETE FROM gone_entities")
    for side, entities in (("left", left), ("right", right)):
        db.conn.executemany(
            "INSERT OR IGNORE INTO gone_entities (side, entity) VALUES (?, ?)",
            [(side, entity) for entity in entities],
        )


def orphaned_count(db: Database) -> int:
    """Count the standing decisions on entities that the graphs have no more."""
    sql = """
        SELECT count(*) FROM standing_decisions d
        WHERE EXISTS (SELECT 1 FROM gone_entities g
                      WHERE (g.side = 'left' AND g.entity = d.left)
                         OR (g.side = 'right' AND g.entity = d.right))"""
    if not value(db, "SELECT 1 FROM gone_entities LIMIT 1"):
        return 0
    return int(value(db, sql))
