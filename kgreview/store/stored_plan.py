"""A version's query plan as the database keeps it: a place in the order for each pair."""

from __future__ import annotations

import numpy as np
from sqlite_utils import Database

from kgreview.active.query_plan import QueryPlan
from kgreview.arrays import Ints
from kgreview.store.added_pairs import blocked_count
from kgreview.store.asked_types import NOT_ASKED
from kgreview.store.database import value, writing

_FORGET_PLAN = """
    UPDATE scores SET place = NULL, strategy = NULL, figure = NULL
    WHERE version = ? AND place IS NOT NULL"""

_PLAN = """
    UPDATE scores SET place = ?, strategy = ?, figure = ?
    WHERE version = ? AND candidate = ?"""

_ASKABLE = f"""
    SELECT s.candidate FROM scores s
    WHERE s.version = (SELECT id FROM versions WHERE name = ?)
      AND s.open = 1 AND s.conflict = 0 AND s.audit IS NULL AND s.candidate < ?
      AND s.kind NOT IN {NOT_ASKED}
    ORDER BY s.candidate"""


def planned(db: Database) -> dict[str, int]:
    """Count the open pairs of the current query plan by the strategy that put them there."""
    by_strategy = db.execute(f"""
        SELECT s.strategy, count(*) FROM versions v
        CROSS JOIN scores s INDEXED BY scores_on_plan
        WHERE v.current = 1 AND s.version = v.id AND s.open = 1 AND s.place IS NOT NULL
          AND s.kind NOT IN {NOT_ASKED}
        GROUP BY s.strategy ORDER BY s.strategy""")
    return dict(by_strategy.fetchall())


def write_plan(db: Database, version: str, plan: QueryPlan) -> None:
    """Put a version's pairs in the order of a query plan of candidates, in the place of an earlier.

    Goes in one transaction, before or after the version is made current.
    """
    version_id = value(db, "SELECT id FROM versions WHERE name = ?", [version])
    columns = (plan.candidates.tolist(), plan.strategies, plan.figures.tolist())
    planned = [
        (place, strategy, None if np.isnan(figure) else figure, version_id, candidate)
        for place, (candidate, strategy, figure) in enumerate(zip(*columns, strict=True))
    ]
    with writing(db, durable=False):
        db.execute(_FORGET_PLAN, [version_id])
        db.conn.executemany(_PLAN, planned)


def askable(db: Database, version: str) -> Ints:
    """Give the candidates that the query plan of a version may hold: the open ones to learn from.

    None is at odds with a match: such a pair would take a place and not be asked. Nor did people
    add one: who adds a pair decides it.
    """
    candidates = db.execute(_ASKABLE, [version, blocked_count(db)])
    return np.fromiter((candidate for (candidate,) in candidates), dtype=np.int64)
