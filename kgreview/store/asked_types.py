"""Pairs of types that no curator is asked about, though their pairs are scored and exported.

The queue, the query plan, the audit sample and the counts of open pairs and entities leave them
out. A pair of them is still decided when somebody opens it, or narrows the queue to its types.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlite_utils import Database

from kgreview.store.database import rows, value, writing

# numbers of these pairs of types, for a condition on `scores.kind`
NOT_ASKED = """(
    SELECT k.id FROM not_asked
    CROSS JOIN kinds k
        ON k.left_type = not_asked.left_type AND k.right_type = not_asked.right_type)"""

_OPEN = """
    SELECT coalesce(sum(o.open_pairs), 0) FROM versions v
    CROSS JOIN open_of_kinds o ON o.version = v.id
    WHERE v.current = 1 AND o.kind {0} {1}"""


def is_asked(side: str, type_name: str) -> str:
    """Write whether entities of a type, an SQL expression, may stand in a pair that is asked."""
    return f"""EXISTS (
        SELECT 1 FROM kinds k WHERE k.{side}_type = {type_name} AND NOT EXISTS (
            SELECT 1 FROM not_asked n
            WHERE n.left_type = k.left_type AND n.right_type = k.right_type))"""


def replace_not_asked(db: Database, types: Iterable[tuple[str, str]]) -> bool:
    """Put these pairs of types, left and right, in the place of earlier ones; tell if any differs.

    It is in force from the next question on.
    """
    wanted = set(types)
    if wanted == set(not_asked(db)):
        return False
    with writing(db):
        db.execute("DELETE FROM not_asked")
        db.conn.executemany("INSERT INTO not_asked VALUES (?, ?)", sorted(wanted))
    return True


def not_asked(db: Database) -> list[tuple[str, str]]:
    """Give the pairs of types that nobody is asked about, in alphabetical order."""
    return db.execute(
        "SELECT left_type, right_type FROM not_asked ORDER BY left_type, right_type"
    ).fetchall()


def asked_kinds(db: Database) -> list[int] | None:
    """Give the numbers of the pairs of types that are asked about; ``None``: all are."""
    if not rows(db, "SELECT 1 FROM not_asked LIMIT 1"):
        return None
    return [row["id"] for row in rows(db, f"SELECT id FROM kinds WHERE id NOT IN {NOT_ASKED}")]


def open_count(db: Database) -> int:
    """Count the pairs to ask about that no decision has closed yet, whoever they are shown to."""
    return int(value(db, _OPEN.format("NOT IN", NOT_ASKED)))


def open_not_asked(db: Database) -> int:
    """Count the pairs that no decision has closed and that nobody is asked about."""
    return int(value(db, _OPEN.format("IN", NOT_ASKED)))
