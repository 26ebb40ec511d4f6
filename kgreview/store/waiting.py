"""Open pairs that a curator is not asked: skipped, with others, or done with all the same."""

from __future__ import annotations

from dataclasses import dataclass

from sqlite_utils import Database

from kgreview.store.asked_types import NOT_ASKED, open_count
from kgreview.store.database import value
from kgreview.store.questions import WITH_ANOTHER, me_now

_SKIPPED = "EXISTS (SELECT 1 FROM skips k WHERE k.curator = :curator AND k.candidate = s.candidate)"

_OPEN = f"""
    SELECT count(*) FROM versions v
    CROSS JOIN (SELECT DISTINCT candidate FROM {{0}}) m
    CROSS JOIN scores s ON s.version = v.id AND s.candidate = m.candidate
    WHERE v.current = 1 AND s.open = 1 AND s.kind NOT IN {NOT_ASKED} AND {{1}}"""

_LINKED = "SELECT count(*) FROM candidates WHERE linked"


@dataclass(frozen=True)
class Waiting:
    """Why open pairs are not asked, once a curator is asked nothing more; each counts once."""

    skipped: int  # by the curator
    with_others: int  # on the screens of other curators
    done: int  # of the audit sample, whose entity has its match
    linked: int  # not open: settled by a known link


def waiting(db: Database, curator: str) -> Waiting:
    """Count what is open and not asked; it reads all candidates."""
    me = me_now(curator)
    skipped = int(value(db, _OPEN.format("skips", _SKIPPED), me))
    others = int(value(db, _OPEN.format("questions", f"{WITH_ANOTHER} AND NOT {_SKIPPED}"), me))
    rest = open_count(db) - skipped - others
    return Waiting(skipped, others, max(0, rest), int(value(db, _LINKED)))
