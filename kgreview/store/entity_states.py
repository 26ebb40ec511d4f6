"""How far each entity is, kept beside its name: matched, without a counterpart, open, in conflict.

The state changes in the transaction that writes a decision. What changes for many entities at once
(other candidates, other links) is told anew by ``renew_entity_states``, in small transactions.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlite_utils import Database

from kgreview.progress import Progress, silent
from kgreview.store.asked_types import is_asked
from kgreview.store.conditions import CLOSED, PRESENT
from kgreview.store.database import get_meta, rows, value, writing
from kgreview.store.outcomes import QUALIFIED, Outcome

MATCHED, NONE, REJECTED = "matched", "no counterpart", "rejected"
CONFLICT, OPEN, NO_CANDIDATE = "conflict", "open", "no candidate"
STATES = (OPEN, CONFLICT, MATCHED, NONE, REJECTED, NO_CANDIDATE)
SETTLED = (MATCHED, NONE, REJECTED)

SideName = Literal["left", "right"]
SIDES: tuple[SideName, SideName] = ("left", "right")

_NOT_THE_SAME = ", ".join(f"'{each.value}'" for each in (Outcome.NO_MATCH, *QUALIFIED))

_CHUNK = 2_000  # entities a transaction
_PAUSE = 0.005  # s between transactions, in which others take the lock
_TOLD = "entity_states"  # key in `meta`: the states of all entities are told


def _state(side: SideName) -> str:
    """Write what tells the state of a row `e` of entities of this side.

    Its partners are what known links and standing decisions match it to. It is in conflict with
    more of them than its types allow, and where somebody has rejected one of them, or called it
    close or the like.
    """
    other = "right" if side == "left" else "left"
    partners = f"""
        SELECT k.{other} AS partner FROM known_matches k WHERE k.{side} = e.entity
        UNION
        SELECT d.{other} FROM standing_decisions d
        WHERE d.{side} = e.entity AND +d.outcome = 'match' AND {PRESENT}"""
    types = {side: "e.type", other: "o.type"}
    single = f"""
        SELECT count(*) FROM ({partners}) of_one_entity
        LEFT JOIN entities o ON o.side = '{other}' AND o.entity = of_one_entity.partner
        WHERE NOT EXISTS (
            SELECT 1 FROM several_counterparts v
            WHERE v.left_type = {types["left"]} AND v.right_type = {types["right"]}
              AND v.side = '{side}')"""
    pair = {side: "r." + side, other: "r." + other}
    rejected = f"""
        SELECT 1 FROM standing_decisions r
        WHERE {pair[side]} = e.entity AND +r.outcome IN ({_NOT_THE_SAME})
          AND {pair[other]} IN (SELECT partner FROM ({partners}) of_one_entity)"""
    none = (
        "EXISTS (SELECT 1 FROM standing_decisions n"
        " WHERE n.left = e.entity AND +n.outcome = 'no_counterpart')"
        if side == "left"
        else "0"
    )
    return f"""
        CASE
            WHEN EXISTS ({partners}) THEN
                CASE WHEN {none} OR ({single}) > 1 OR EXISTS ({rejected})
                    THEN '{CONFLICT}' ELSE '{MATCHED}' END
            WHEN {none} THEN '{NONE}'
            WHEN NOT EXISTS (SELECT 1 FROM candidates c WHERE c.{side} = e.entity)
                THEN '{NO_CANDIDATE}'
            WHEN NOT EXISTS (
                SELECT 1 FROM candidates c WHERE c.{side} = e.entity AND NOT {CLOSED})
                THEN '{REJECTED}'
            ELSE '{OPEN}'
        END"""


_ALL = f"CASE e.side WHEN 'left' THEN {_state('left')} ELSE {_state('right')} END"

# those whose state may change with a decision on a pair: that its left entity has no counterpart
# closes all pairs of it
_TOUCHED = {
    "left": "e.side = 'left' AND e.entity = :left",
    "right": """e.side = 'right' AND e.entity IN (
        SELECT right FROM candidates WHERE left = :left UNION SELECT :right)""",
}

_COUNT = """
    INSERT INTO entity_counts (side, type, state, entities)
    VALUES (:side, :type, :state, :change)
    ON CONFLICT (side, type, state) DO UPDATE SET entities = entities + :change"""


def refresh_entities(db: Database, left: str, right: str) -> None:
    """Follow a decision just written on a pair, inside its transaction."""
    for side in SIDES:
        sql = f"""
            SELECT * FROM (
                SELECT e.id, e.side, e.type, e.state, {_state(side)} AS now
                FROM entities e WHERE {_TOUCHED[side]})
            WHERE state <> now"""
        for row in rows(db, sql, {"left": left, "right": right}):
            db.execute("UPDATE entities SET state = ? WHERE id = ?", [row["now"], row["id"]])
            if row["state"]:
                db.execute(_COUNT, row | {"change": -1})
            db.execute(_COUNT, row | {"state": row["now"], "change": 1})


def forget_entity_states(db: Database) -> None:
    """Mark the states as out of date, inside the transaction that changes what they go by."""
    db.execute("DELETE FROM meta WHERE key = ?", [_TOLD])


def entity_states_told(db: Database) -> bool:
    """Whether the state of each entity is up to date; if not, ``renew_entity_states`` tells it."""
    return bool(get_meta(db, _TOLD))


def renew_entity_states(db: Database, progress: Progress = silent) -> None:
    """Tell the state of every entity anew, and count them by type; decisions go on meanwhile."""
    last = int(value(db, "SELECT coalesce(max(id), 0) FROM entities"))
    for start in range(1, last + 1, _CHUNK):
        with writing(db, durable=False):
            db.execute(
                f"UPDATE entities AS e SET state = {_ALL}"
                " WHERE id >= ? AND id < ? AND side IN ('left', 'right')",
                [start, start + _CHUNK],
            )
        progress("tell the state of entities", min(start + _CHUNK - 1, last), last)
        time.sleep(_PAUSE)
    with writing(db, durable=False):
        _told(db)


def renew_states_of(db: Database, touched: Iterable[tuple[SideName, str]]) -> None:
    """Tell anew the states of some entities (side, id) and of what is matched to one of them.

    Inside the transaction that changes what they go by, where those of all others stay.
    """
    db.execute(
        "CREATE TEMP TABLE IF NOT EXISTS touched"
        " (side TEXT, entity TEXT, PRIMARY KEY (side, entity)) WITHOUT ROWID"
    )
    db.execute("DELETE FROM touched")
    enter = "INSERT OR IGNORE INTO touched (side, entity)"
    db.conn.executemany(f"{enter} VALUES (?, ?)", touched)
    beside = [
        f"""SELECT '{other}', m.{other} FROM touched t CROSS JOIN {matches} m ON m.{side} = t.entity
            WHERE t.side = '{side}'"""
        for side, other in (SIDES, SIDES[::-1])
        for matches in ("known_matches", "standing_decisions")
    ]
    db.execute(f"{enter} {' UNION '.join(beside)}")
    db.execute(f"""
        UPDATE entities AS e SET state = {_ALL}
        WHERE e.id IN (SELECT n.id FROM touched t CROSS JOIN entities n
                       ON n.side = t.side AND n.entity = t.entity)""")
    db.execute("DELETE FROM touched")
    _told(db)


def _told(db: Database) -> None:
    """Count the states that are told of all entities, inside a transaction."""
    db.execute("DELETE FROM entity_counts")
    db.execute("""
        INSERT INTO entity_counts (side, type, state, entities)
        SELECT side, type, state, count(*) FROM entities
        WHERE side IN ('left', 'right') GROUP BY side, type, state""")
    db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, 'true')", [_TOLD])


def state_of(db: Database, side: SideName, entity: str) -> str:
    """Tell the state of one entity from its links and decisions, whether it is kept or not."""
    sql = f"SELECT {_state(side)} FROM (SELECT ? AS entity, ? AS type) e"
    kind = value(db, "SELECT type FROM entities WHERE side = ? AND entity = ?", [side, entity])
    return str(value(db, sql, [entity, kind or ""]))


@dataclass(frozen=True)
class TypeProgress:
    """How far the entities of one type are."""

    type: str
    counts: Mapping[str, int]  # by state
    asked: bool = True  # whether curators are asked about pairs of it

    @property
    def total(self) -> int:
        """How many entities there are."""
        return sum(self.counts.values())

    @property
    def settled(self) -> int:
        """How many have an answer: a match, no counterpart, or all candidates rejected."""
        return sum(self.counts.get(state, 0) for state in SETTLED)


def type_progress(db: Database, side: SideName, type_name: str | None = None) -> list[TypeProgress]:
    """Give how far the entities of each type that has candidates are; of one type if named.

    Types that nobody is asked about come last.
    """
    sql = f"""
        SELECT n.type, n.state, n.entities, {is_asked(side, "n.type")} AS asked
        FROM entity_counts n
        WHERE n.side = :side AND n.entities > 0 AND (:type IS NULL OR n.type = :type)
          AND EXISTS (SELECT 1 FROM kinds k WHERE k.{side}_type = n.type)
        ORDER BY asked DESC, n.type"""
    by_type: dict[tuple[str, bool], dict[str, int]] = {}
    for row in rows(db, sql, {"side": side, "type": type_name}):
        counts = by_type.setdefault((row["type"], bool(row["asked"])), {})
        counts[row["state"]] = row["entities"]
    return [TypeProgress(name, counts, asked) for (name, asked), counts in by_type.items()]


@dataclass(frozen=True)
class Partner:
    """What an entity is matched to, or, while it is open, its best candidate."""

    entity: str  # id, of the other side
    name: str
    score: float | None  # of the current version
    by: tuple[str, ...]  # curators who matched it; empty of a known link or a candidate
    matched: bool


def partners(db: Database, side: SideName, entity: str, most: int = 5) -> list[Partner]:
    """Give what an entity is matched to, the oldest first, else its best open candidate."""
    other = "right" if side == "left" else "left"
    matches = rows(
        db,
        f"""
        SELECT m.partner, coalesce(o.name, '') AS name, min(m.no) AS no,
               (SELECT s.score FROM candidates c
                JOIN versions v ON v.current = 1
                JOIN scores s ON s.version = v.id AND s.candidate = c.id
                WHERE c.{side} = :entity AND c.{other} = m.partner) AS score
        FROM (
            SELECT k.{other} AS partner, 0 AS no FROM known_matches k WHERE k.{side} = :entity
            UNION ALL
            SELECT d.{other}, d.id FROM standing_decisions d
            WHERE d.{side} = :entity AND +d.outcome = 'match' AND {PRESENT}) m
        LEFT JOIN entities o ON o.side = '{other}' AND o.entity = m.partner
        GROUP BY m.partner ORDER BY no LIMIT :most""",
        {"entity": entity, "most": most},
    )
    if matches:
        return [
            Partner(
                row["partner"],
                row["name"] or row["partner"],
                row["score"],
                _curators(db, side, entity, row["partner"]),
                matched=True,
            )
            for row in matches
        ]
    best = rows(
        db,
        f"""
        SELECT c.{other} AS partner, coalesce(o.name, '') AS name, s.score
        FROM candidates c
        JOIN versions v ON v.current = 1
        JOIN scores s ON s.version = v.id AND s.candidate = c.id
        LEFT JOIN entities o ON o.side = '{other}' AND o.entity = c.{other}
        WHERE c.{side} = ? AND s.open = 1 ORDER BY s.score DESC, c.id LIMIT 1""",
        [entity],
    )
    return [
        Partner(row["partner"], row["name"] or row["partner"], row["score"], (), matched=False)
        for row in best
    ]


def _curators(db: Database, side: SideName, entity: str, partner: str) -> tuple[str, ...]:
    other = "right" if side == "left" else "left"
    sql = f"""
        SELECT d.curator FROM standing_decisions d
        WHERE d.{side} = ? AND d.{other} = ? AND +d.outcome = 'match' AND {PRESENT}
        ORDER BY d.id"""
    return tuple(dict.fromkeys(row["curator"] for row in rows(db, sql, [entity, partner])))
