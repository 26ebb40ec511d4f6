"""All entities of a side, filtered and sorted in the database, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from kgreview.store.asked_types import NOT_ASKED, asked_kinds, is_asked
from kgreview.store.database import rows
from kgreview.store.entities import HITS, count_hits, register_is_hit
from kgreview.store.entity_states import OPEN, STATES, SideName
from kgreview.store.search import search_terms, storable

_MANY = 5_000  # entities of a search: of more, a page is filled by looking one by one
_MOST_WALKS = 200  # parts of the index that are merged; with more, one query sorts
ORDERS = ("name", "score")
PARAMETERS = ("side", "type", "state", "q", "order")


@dataclass(frozen=True)
class EntityFilter:
    """Which entities to list, and in which order.

    Those of types that nobody is asked about are listed where their type is named.
    """

    side: SideName = "left"
    type: str = ""
    state: str = ""  # one of STATES
    text: str = ""  # what the name or the id is found by, see ``search``
    order: str = "name"  # one of ORDERS; by score: open ones by their best, then all others by name

    def parameters(self) -> dict[str, str]:
        """Give the filter as parameters of an address, the form ``from_parameters`` takes."""
        given = {
            "side": self.side if self.side != "left" else "",
            "type": self.type,
            "state": self.state,
            "q": self.text,
            "order": self.order if self.order != "name" else "",
        }
        return {name: text for name, text in given.items() if text}

    @classmethod
    def from_parameters(cls, given: Mapping[str, str]) -> EntityFilter:
        """Read a filter from an address; what makes no sense is left out."""
        state, order = given.get("state", ""), given.get("order", "")
        return cls(
            side="right" if given.get("side") == "right" else "left",
            type=given.get("type", ""),
            state=state if state in STATES else "",
            text=given.get("q", "")[:200].strip(),
            order=order if order in ORDERS else "name",
        )


# of the last row of a page: what it is sorted by, a score or a name, and a number among equals
Cursor = tuple[float | str, int]


@dataclass(frozen=True)
class EntityRow:
    """One entity as it is listed."""

    side: SideName
    entity: str  # id
    name: str  # '' where it has none
    type: str
    state: str  # one of STATES


def entity_page(
    db: Database, wanted: EntityFilter, *, after: Cursor | None = None, size: int = 50
) -> tuple[list[EntityRow], Cursor | None]:
    """Give one page of entities, and the cursor of the next page, ``None`` after the last.

    A page begins where the one before it ended, by index: the thousandth costs what the first does.
    """
    selected = (_by_score if wanted.order == "score" else _by_name)(db, wanted, after, size + 1)
    page = selected[:size]
    last = (page[-1]["sorted"], page[-1]["number"]) if len(selected) > size else None
    listed = [
        EntityRow(wanted.side, row["entity"], row["name"], row["type"], row["state"])
        for row in page
    ]
    return listed, last


_ROW = "e.entity, e.name, e.type, e.state"


def _by_name(
    db: Database, wanted: EntityFilter, after: Cursor | None, size: int, where: str = ""
) -> list[dict[str, Any]]:
    """Give those that have a name in its order, then those without one; ``where`` narrows, too."""
    listed: list[dict[str, Any]] = []
    if after is None or after[0] != "":
        listed = _merged(db, wanted, after, size, f" AND e.name > ''{where}")
        after = None
    if len(listed) < size:
        listed += _merged(db, wanted, after, size - len(listed), f" AND e.name = ''{where}")
    return listed


def _merged(
    db: Database, wanted: EntityFilter, after: Cursor | None, size: int, where: str
) -> list[dict[str, Any]]:
    """Merge the first of each type and state, which one index has in the order of names."""
    narrow, values = _narrowed(db, wanted)
    narrow += where
    values |= {"size": size}
    if after is not None:
        narrow += " AND (e.name, e.id) > (:value, :number)"
        values |= {"value": after[0], "number": after[1]}
    select = f"SELECT {_ROW}, e.name AS sorted, e.id AS number FROM entities e"
    order = "ORDER BY e.name, e.id LIMIT :size"
    parts = _parts(db, wanted)
    if len(parts) > _MOST_WALKS:
        given = " AND e.type = :type" if wanted.type else f" AND {is_asked(wanted.side, 'e.type')}"
        given += " AND e.state = :state" * bool(wanted.state)
        whole = values | {"type": wanted.type, "state": wanted.state}
        return rows(db, f"{select} WHERE e.side = :side{given}{narrow} {order}", whole)
    sql = f"""{select} INDEXED BY entities_by_state
        WHERE e.side = :side AND e.type = :type AND e.state = :state{narrow} {order}"""
    merged = [
        row
        for name, state in parts
        for row in rows(db, sql, values | {"type": name, "state": state})
    ]
    return sorted(merged, key=lambda row: (row["name"], row["number"]))[:size]


def _by_score(
    db: Database, wanted: EntityFilter, after: Cursor | None, size: int
) -> list[dict[str, Any]]:
    """Give open entities by the score of their best open pair, then all others by their names."""
    scored: list[dict[str, Any]] = []
    if wanted.state in ("", OPEN) and (after is None or not isinstance(after[0], str)):
        scored = _open_by_score(db, wanted, after, size)
        after = None
    if len(scored) == size:
        return scored
    pair = _open_pair(wanted, "e.entity")
    others = f" AND (e.state <> '{OPEN}' OR NOT EXISTS ({pair}))"
    return scored + _by_name(db, wanted, after, size - len(scored), others)


def _open_pair(wanted: EntityFilter, entity: str) -> str:
    """Write what selects the open pairs that the list is about of an entity, an SQL expression."""
    return f"""
        SELECT 1 FROM versions w
        CROSS JOIN candidates o ON o.{wanted.side} = {entity}
        CROSS JOIN scores t ON t.version = w.id AND t.candidate = o.id
        WHERE w.current = 1 AND t.open = 1 AND {_asked(wanted, "t")}"""


def _asked(wanted: EntityFilter, scores: str) -> str:
    return "1" if wanted.type else f"{scores}.kind NOT IN {NOT_ASKED}"


def _open_by_score(
    db: Database, wanted: EntityFilter, after: Cursor | None, size: int
) -> list[dict[str, Any]]:
    """Merge walks over open pairs from the highest score on; an entity comes with the best of its.

    The audit sample has an index of its own, by pair of types. Where not all types are asked about,
    the pairs of each pair of types that is are walked.
    """
    asked = None if wanted.type else asked_kinds(db)
    listed = asked if asked is not None else [row["id"] for row in rows(db, "SELECT id FROM kinds")]
    walks: list[str] = []
    for kinds, audit, by_score, by_kind in (
        (asked, "s.audit IS NULL", "INDEXED BY scores_by_score", "INDEXED BY scores_by_kind"),
        (listed, "s.audit IS NOT NULL", "", "INDEXED BY scores_audited_by_kind"),
    ):
        if kinds is None or len(kinds) > _MOST_WALKS:
            walks.append(_score_walk(wanted, by_score, f"{audit} AND {_asked(wanted, 's')}"))
        else:
            walks += [_score_walk(wanted, by_kind, f"{audit} AND s.kind = {k}") for k in kinds]
    narrow, values = _narrowed(db, wanted)
    values |= {"size": size, "type": wanted.type}
    narrow += " AND e.type = :type" * bool(wanted.type)
    if after is not None:
        narrow += " AND (s.score, s.candidate) < (:value, :number)"
        values |= {"value": after[0], "number": after[1]}
    merged = [row for walk in walks for row in rows(db, walk.format(narrow=narrow), values)]
    return sorted(merged, key=lambda row: (row["sorted"], row["number"]), reverse=True)[:size]


def _score_walk(wanted: EntityFilter, index: str, condition: str) -> str:
    """Write a walk along an index of scores, with room for what ``narrow`` says of a row `e`."""
    return f"""
        SELECT {_ROW}, s.score AS sorted, s.candidate AS number
        FROM versions v
        CROSS JOIN scores s {index} ON s.version = v.id
        CROSS JOIN candidates c ON c.id = s.candidate
        CROSS JOIN entities e ON e.side = :side AND e.entity = c.{wanted.side}
        WHERE v.current = 1 AND s.open = 1 AND {condition} AND e.state = '{OPEN}'{{narrow}}
          AND NOT EXISTS (
              {_open_pair(wanted, f"c.{wanted.side}")}
                AND (t.score, t.candidate) > (s.score, s.candidate))
        ORDER BY s.score DESC, s.candidate DESC LIMIT :size"""


def _narrowed(db: Database, wanted: EntityFilter) -> tuple[str, dict[str, Any]]:
    """Write the condition of a search on a row `e` of entities."""
    values: dict[str, Any] = {"side": wanted.side}
    if not wanted.text:
        return "", values
    values |= {"text": storable(wanted.text), "hits": search_terms(wanted.text)}
    if count_hits(db, values["hits"], _MANY + 1) <= _MANY:
        return f" AND (e.side, e.entity) IN ({HITS})", values
    register_is_hit(db)
    return " AND is_hit(:text, e.name, e.entity)", values


def _parts(db: Database, wanted: EntityFilter) -> list[tuple[str, str]]:
    """Give the types and states that the filter lets through and that have entities."""
    sql = f"""
        SELECT n.type, n.state FROM entity_counts n
        WHERE n.side = :side AND n.entities > 0
          AND (:type = '' OR n.type = :type) AND (:state = '' OR n.state = :state)
          AND EXISTS (SELECT 1 FROM kinds k WHERE k.{wanted.side}_type = n.type)
          AND (:type <> '' OR {is_asked(wanted.side, "n.type")})"""
    values = {"side": wanted.side, "type": wanted.type, "state": wanted.state}
    return [(row["type"], row["state"]) for row in rows(db, sql, values)]
