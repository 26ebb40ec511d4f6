"""Pairs of types whose entities may have several counterparts, as conflicts are told by them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlite_utils import Database

from kgreview.store.conditions import CONFLICT
from kgreview.store.database import rows, writing
from kgreview.store.entity_states import forget_entity_states


def replace_several(db: Database, several: Iterable[tuple[str, str, str]]) -> None:
    """Put these sides in the place of earlier ones, and tell conflicts anew where any differs.

    ``several``: left type, right type, and the side, left or right, whose entities may have several
    counterparts.
    """
    wanted = set(several)
    columns = ("left_type", "right_type", "side")
    before = {
        tuple(row[name] for name in columns)
        for row in rows(db, "SELECT left_type, right_type, side FROM several_counterparts")
    }
    if wanted == before:
        return
    with writing(db):
        forget_entity_states(db)
        db.execute("DELETE FROM several_counterparts")
        db.conn.executemany("INSERT INTO several_counterparts VALUES (?, ?, ?)", sorted(wanted))
        db.execute(f"""
            UPDATE scores SET conflict = 1 - conflict
            WHERE conflict <> (
                SELECT {CONFLICT} FROM candidates c WHERE c.id = scores.candidate)""")


def sides_with_several(db: Database, types: tuple[str, str]) -> set[str]:
    """Give the sides on which an entity of these types may have several counterparts."""
    sql = "SELECT side FROM several_counterparts WHERE left_type = ? AND right_type = ?"
    return {row["side"] for row in rows(db, sql, types)}
