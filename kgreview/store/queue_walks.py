"""Queries that walk the open pairs of a version: filtered, and in the order of a strategy."""

from __future__ import annotations

from typing import Any

from sqlite_utils import Database

from kgreview.active import strategies
from kgreview.store.asked_types import NOT_ASKED, asked_kinds
from kgreview.store.conditions import PRESENT
from kgreview.store.entities import HITS, count_hits, mark
from kgreview.store.pair_filter import PairFilter
from kgreview.store.questions import WITH_ANOTHER
from kgreview.store.search import search_terms, storable

FEW_ENTITIES = 200  # pairs of so many found entities are sorted; of more, the walk finds one
LONGEST_WALK = 2_000  # pairs that are looked at one by one before all that match are sorted
_MOST_KINDS = 200  # pairs of types that are walked one by one, where not all are asked about

FREE = f"""
    NOT EXISTS (SELECT 1 FROM skips k WHERE k.curator = :curator AND k.candidate = s.candidate)
    AND NOT {WITH_ANOTHER}"""

# an entity of the slice is done with its match: the others are as good as told, or, where it may
# have several, tell no more of whether it has one and whether it is given
TO_MEASURE = f"""s.audit IS NOT NULL AND s.conflict = 0 AND NOT EXISTS (
    SELECT 1 FROM candidates k CROSS JOIN standing_decisions d ON d.left = k.left
    WHERE k.id = s.candidate AND +d.outcome = 'match' AND {PRESENT})"""

# rows come in the order of these; the first that is free is taken
ORDER = {
    "uncertainty": "s.priority",
    "likely": "s.score DESC",
    "unlikely": "s.score",
    strategies.AUDIT: "s.audit, s.score DESC",  # entity by entity
    "planned": "s.place",  # what one strategy put into the plan
}

# what tells which of several walks has come upon the first
RANK = {
    "likely": "-s.score",
    "unlikely": "s.score",
    strategies.AUDIT: "s.audit",
    "planned": "s.place",
}


def legs(wanted: PairFilter, strategy: str, threshold: float) -> list[tuple[str, str]]:
    """Give conditions and orders of the walks a strategy takes.

    What is nearest to the threshold is the nearer of the first above and the first below it.
    """
    if strategy != "uncertainty":
        return [("s.score >= :low AND s.score <= :high", ORDER[strategy])]
    legs = []
    if wanted.high >= threshold:
        start = "max(:low, :threshold)"
        legs.append((f"s.score >= {start} AND s.score <= :high", "s.score"))
    if wanted.low < threshold:
        end = "s.score <= :high" if wanted.high < threshold else "s.score < :threshold"
        legs.append((f"{end} AND s.score >= :low", "s.score DESC"))
    return legs


def walks(
    db: Database, wanted: PairFilter, condition: str, order: str, rank: str = "s.priority"
) -> list[tuple[str, dict[str, int]]]:
    """Give the walks that together pass all that may be asked, each with values of its own.

    Where not all types are asked about, each pair of types that is has a walk: one over all of them
    might pass a million pairs before it comes to the first.
    """
    by_kind = not (wanted.types or wanted.conflict or wanted.strategy)
    kinds = asked_kinds(db) if by_kind else None
    if kinds is None or len(kinds) > _MOST_KINDS:
        return [(_walk(wanted, condition, order, rank), {})]
    walk = _walk(wanted, condition, order, rank, of_kind=True)
    return [(walk, {"kind": kind}) for kind in kinds]


def _walk(
    wanted: PairFilter, condition: str, order: str, rank: str, *, of_kind: bool = False
) -> str:
    """Write the query that walks one index. It names it: SQLite refuses rather than ever scan."""
    one_kind = of_kind or bool(wanted.types)
    if order == ORDER[strategies.AUDIT]:
        index = "scores_by_audit_of_kind" if one_kind else "scores_by_audit"
        audit = TO_MEASURE
    else:
        audit = "s.audit IS NULL"
        index = "scores_by_kind" if one_kind else "scores_by_score"
        if wanted.conflict:
            index = "scores_in_conflict"
        if wanted.strategy:
            index = "scores_on_plan"
    walk = f"""
        SELECT s.candidate, {rank} AS rank
        FROM scores s INDEXED BY {index}
        WHERE s.version = :version AND s.open = 1 AND {audit} AND {condition}
          {_of_the_pair(wanted)} {"AND s.kind = :kind" if of_kind else ""} AND {FREE}
        ORDER BY {order}"""
    if not needs_lookup(wanted):
        return walk
    return f"""
        SELECT w.candidate, w.rank
        FROM ({walk} LIMIT :longest) w CROSS JOIN candidates c ON c.id = w.candidate
        WHERE {_looked_up(wanted)}"""


def sorted_walk(wanted: PairFilter, order: str, condition: str) -> str:
    """Write the query that takes all pairs of the entities found by name, else by relation."""
    relation = _in_relation(wanted) if wanted.text else "1"
    return f"""
        WITH hit AS MATERIALIZED ({HITS}),
        pair AS (
            SELECT c.id FROM hit CROSS JOIN candidates c ON c.left = hit.entity
            WHERE hit.side = 'left'
            UNION
            SELECT c.id FROM hit CROSS JOIN candidates c ON c.right = hit.entity
            WHERE hit.side = 'right')
        SELECT s.candidate, s.priority AS rank
        FROM pair
        CROSS JOIN scores s ON s.version = :version AND s.candidate = pair.id
        CROSS JOIN candidates c ON c.id = pair.id
        WHERE s.open = 1 AND s.score >= :low AND s.score <= :high AND {condition}
          {_of_the_pair(wanted)} AND {FREE} AND {relation}
        ORDER BY {order}, s.candidate"""


def _of_the_pair(wanted: PairFilter) -> str:
    kind = """AND s.kind = (
        SELECT id FROM kinds WHERE left_type = :left_type AND right_type = :right_type)"""
    conditions = [
        kind if wanted.types else f"AND s.kind NOT IN {NOT_ASKED}",
        "AND s.conflict = 1" if wanted.conflict else "",
        "AND s.place IS NOT NULL AND s.strategy = :strategy" if wanted.strategy else "",
    ]
    return " ".join(conditions)


def needs_lookup(wanted: PairFilter) -> bool:
    """Whether a filter asks for names or relations, which no index of the scores holds."""
    return bool(wanted.text or wanted.relation)


def _looked_up(wanted: PairFilter) -> str:
    """Write what must hold of the entities of a row `c` of candidates.

    Names are looked at one by one: a walk comes to one that many have before all were found.
    """
    hit = """EXISTS (
        SELECT 1 FROM entities e
        WHERE e.side = '{0}' AND e.entity = c.{0} AND is_hit(:text, e.name, e.entity))"""
    text = f"({hit.format('left')} OR {hit.format('right')})" if wanted.text else "1"
    return f"{text} AND {_in_relation(wanted)}"


def _in_relation(wanted: PairFilter) -> str:
    if not wanted.relation:
        return "1"
    side = wanted.relation[0]
    return f"""(SELECT id FROM entities WHERE side = '{side}' AND entity = c.{side})
        IN (SELECT rowid FROM entity_words WHERE entity_words MATCH :relation)"""


def few_hits(db: Database, wanted: PairFilter) -> bool:
    """Whether few enough entities have the name or relation that their pairs can be sorted."""
    return count_hits(db, filter_values(wanted)["hits"], FEW_ENTITIES + 1) <= FEW_ENTITIES


def filter_values(wanted: PairFilter) -> dict[str, Any]:
    """Give what the queries ask for by name."""
    left_type, right_type = wanted.types or ("", "")
    values: dict[str, Any] = {
        "low": wanted.low,
        "high": wanted.high,
        "left_type": left_type,
        "right_type": right_type,
        "strategy": wanted.strategy,
        "text": storable(wanted.text),
        "relation": mark(wanted.relation[0], "r", wanted.relation[1]) if wanted.relation else "",
    }
    hits = search_terms(wanted.text) if wanted.text else values["relation"]
    if wanted.types:  # an entity of another type is no hit
        hits += f" AND ({mark('left', 't', left_type)} OR {mark('right', 't', right_type)})"
    return values | {"hits": hits}
