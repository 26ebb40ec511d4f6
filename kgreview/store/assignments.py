"""Work that is assigned: a part of the queue to one curator, a share of it to a second, too."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from sqlite_utils import Database

from kgreview.errors import InputError
from kgreview.store.database import rows, writing
from kgreview.store.decisions import now
from kgreview.store.pair_filter import PairFilter
from kgreview.store.people import known_names
from kgreview.store.rights import Right, permit

_ASSIGN = """
    INSERT INTO assignments (curator, filter, second, share, assigned_by, assigned_at)
    VALUES (:curator, :filter, :second, :share, :by, :now)
    ON CONFLICT (curator, filter) DO UPDATE
    SET second = :second, share = :share, assigned_by = :by, assigned_at = :now"""


@dataclass(frozen=True)
class Assignment:
    """A part of the queue that somebody was given."""

    id: int
    curator: str
    filter: PairFilter  # what makes the part
    second: str  # who decides a share of it, too; '' nobody
    share: float  # of what the curator decides in it
    assigned_by: str
    assigned_at: str  # UTC, ISO 8601

    @property
    def people(self) -> tuple[str, ...]:
        """Who works on it."""
        return (self.curator, self.second) if self.second else (self.curator,)


def assign(
    db: Database, curator: str, wanted: PairFilter, *, by: str, second: str = "", share: float = 0.0
) -> None:
    """Give a part of the queue to a curator, in the place of what they had of the same filter.

    ``second`` is asked ``share`` of what the curator decides there, without being told the answer.
    Raises ``InputError`` for a filter that leaves nothing out, for names that nobody has, and where
    the two do not go together, ``RightError`` for who may not assign.
    """
    permit(db, Right.ASSIGN, by)
    if not wanted.narrows:
        raise InputError("the whole queue is everybody's; choose a filter, then assign it")
    if second == curator:
        raise InputError(f"{curator} cannot be the second curator of what they decide themselves")
    if bool(second) != (0 < share <= 1):
        raise InputError("a share above 0, up to 1, goes with a second curator, and only with one")
    names = known_names(db)
    for name in filter(None, (curator, second)):
        if name not in names:
            raise InputError(f"nobody called {name} has worked on this project yet")
    values = {"curator": curator, "filter": wanted.key, "second": second, "share": share}
    with writing(db):
        db.execute(_ASSIGN, values | {"by": by, "now": now()})


def withdraw(db: Database, number: int, by: str) -> None:
    """Take an assignment back; decisions stay. Raises ``RightError`` for who may not."""
    permit(db, Right.ASSIGN, by)
    with writing(db):
        db.execute("DELETE FROM assignments WHERE id = ?", [number])


def assignments(db: Database, curator: str | None = None) -> list[Assignment]:
    """Give what is assigned, the oldest first: to one curator or as their second, or to all."""
    whose = "" if curator is None else "WHERE ? IN (curator, second)"
    listed = rows(db, f"SELECT * FROM assignments {whose} ORDER BY id", [curator] if whose else [])
    return [Assignment(**row | {"filter": _filter_of(row["filter"])}) for row in listed]


def second_of(db: Database, curator: str, filter_key: str) -> tuple[str, float] | None:
    """Give whose decisions under a filter a curator is the second of, and which share of them."""
    sql = (
        "SELECT curator, share FROM assignments WHERE second = ? AND filter = ? ORDER BY id LIMIT 1"
    )
    assigned = rows(db, sql, [curator, filter_key])
    return (assigned[0]["curator"], assigned[0]["share"]) if assigned else None


def _filter_of(key: str) -> PairFilter:
    return PairFilter.from_parameters(dict(parse_qsl(key, keep_blank_values=True)))
