"""Which pairs join entities into groups, and which groups somebody has looked at and kept."""

from __future__ import annotations

from dataclasses import dataclass

from sqlite_utils import Database

from kgreview.errors import InputError
from kgreview.store.conditions import PRESENT
from kgreview.store.database import rows, writing
from kgreview.store.decisions import now
from kgreview.store.outcomes import QUALIFIED
from kgreview.store.rights import Right, permit

# of a pair `{0}`: somebody contradicts that it is a match, so that it joins nothing
_CONTRADICTED = """EXISTS (
    SELECT 1 FROM standing_decisions o
    WHERE o.left = {0}.left AND (
        +o.outcome = 'no_counterpart' OR (o.right = {0}.right AND +o.outcome = 'no_match')))"""

_QUALIFIED = ", ".join(f"'{outcome.value}'" for outcome in QUALIFIED)

# of a known link `k`: people say that it is close or the like, and nobody that it is a match
_LESS = f"""(
    EXISTS (SELECT 1 FROM standing_decisions o
            WHERE o.left = k.left AND o.right = k.right AND +o.outcome IN ({_QUALIFIED}))
    AND NOT EXISTS (SELECT 1 FROM standing_decisions o
                    WHERE o.left = k.left AND o.right = k.right AND +o.outcome = 'match'))"""

_JOINED = f"""
    SELECT left, right FROM (
        SELECT d.left, d.right FROM standing_decisions d
        WHERE d.outcome = 'match' AND {PRESENT} AND NOT {_CONTRADICTED.format("d")}
        UNION
        SELECT k.left, k.right FROM known_matches k
        WHERE NOT {_CONTRADICTED.format("k")} AND NOT {_LESS})"""

_STANDING = """
    SELECT k.id, k.members, k.curator, k.note, k.created_at FROM kept_groups k
    WHERE k.undoes IS NULL AND NOT EXISTS (SELECT 1 FROM kept_groups u WHERE u.undoes = k.id)"""

_INSERT = """
    INSERT INTO kept_groups (members, entities, curator, note, created_at, undoes)
    VALUES (:members, :entities, :curator, :note, :now, :undoes)"""


def joined_pairs(db: Database) -> tuple[list[str], list[str]]:
    """Give left and right ids of all pairs that links and decisions say are the same.

    Those on which curators differ join nothing, nor does what has an entity that is gone. Takes
    seconds for a million decisions.
    """
    pairs = db.execute(_JOINED).fetchall()
    return [left for left, _ in pairs], [right for _, right in pairs]


def links_of(db: Database, left: str) -> set[str]:
    """Give the ids of the right entities that known links match to a left one."""
    return {
        right for (right,) in db.execute("SELECT right FROM known_matches WHERE left = ?", [left])
    }


@dataclass(frozen=True)
class KeptGroup:
    """A group that somebody has looked at and left as it is."""

    id: int
    curator: str
    note: str
    created_at: str  # UTC, ISO 8601


def kept_groups(db: Database) -> dict[str, KeptGroup]:
    """Give the groups that are kept, by what names their members."""
    return {
        row["members"]: KeptGroup(row["id"], row["curator"], row["note"], row["created_at"])
        for row in rows(db, f"{_STANDING} ORDER BY k.id")
    }


def keep_group(db: Database, members: str, entities: int, *, curator: str, note: str) -> None:
    """Note that a group is right as it is; it is asked about again once its members change.

    ``members`` names them, ``entities`` is their number. Raises ``InputError`` without a curator,
    ``RightError`` for who may not.
    """
    if not curator.strip():
        raise InputError("a kept group needs its curator's name; give one")
    permit(db, Right.DECIDE, curator)
    with writing(db):
        if members not in kept_groups(db):
            event = {"members": members, "entities": entities, "curator": curator, "note": note}
            db.execute(_INSERT, event | {"now": now(), "undoes": None})


def ask_again(db: Database, kept: int, *, curator: str) -> None:
    """Take back that a group is kept.

    Raises ``InputError`` where that does not stand (any more), ``RightError`` for who may not.
    """
    permit(db, Right.DECIDE, curator)
    with writing(db):
        standing = rows(db, f"{_STANDING} AND k.id = ?", [kept])
        if not standing:
            raise InputError("the group is not kept any more: somebody took that back; reload")
        if standing[0]["curator"] != curator:
            permit(db, Right.OTHERS)
        event = {"members": standing[0]["members"], "entities": 0, "curator": curator, "note": ""}
        db.execute(_INSERT, event | {"now": now(), "undoes": kept})
