"""Which pair a curator is asked next: one walk along an index, however many pairs there are.

The whole queue follows the query plan that strategies made when the version scored, see
``write_plan``.

A filter costs no more. Types, score range and conflict narrow the walk itself. Names and relations
are looked up first: where few entities have them, the pairs of those are sorted; where many have
them, the walk comes upon one soon.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlite_utils import Database

from kgreview.active import strategies
from kgreview.active.query_plan import QueryPlan
from kgreview.store.added_pairs import blocked_count
from kgreview.store.asked import NOT_ASKED, asked_kinds
from kgreview.store.audit_turns import AUDIT_EVERY, audit_is_due
from kgreview.store.conditions import PRESENT
from kgreview.store.database import rows, value, writing
from kgreview.store.decisions import DOUBT
from kgreview.store.entities import HITS, count_hits, mark, register_is_hit
from kgreview.store.label_issues import CONFIRMED
from kgreview.store.pair_filter import EVERYTHING, PairFilter
from kgreview.store.rights import Right, permit
from kgreview.store.search import search_terms, storable

HANDED_OUT_SECONDS = 600.0  # for so long a pair shown to one curator is not given to another
SECOND_EVERY = 3  # each third is a second look at what another has decided, while one is wanted
SECOND = "second"  # the strategy of such a question
DOUBT_EVERY = 5  # between so many others the curator is asked again what a model doubts
DOUBTED_FROM = 0.7  # probability of being wrong
_DOUBT_AT = 2  # of five
FEW_ENTITIES = 200  # pairs of so many found entities are sorted; of more, the walk finds one
_LONGEST_WALK = 2_000  # pairs that are looked at one by one before all that match are sorted
_MOST_KINDS = 200  # pairs of types that are walked one by one, where not all are asked about
_SECOND_LOOKS = 100  # that are wanted and looked at one by one, of curators before and after
NO_CANDIDATE = -1  # in the place of a number: the pair is none, until somebody decides it
_RENEW_SECONDS = 60.0  # a page redrawn more often than this writes nothing


@dataclass(frozen=True)
class Question:
    """One pair put to one curator."""

    candidate: int  # its number, below the length of the columns their row; NO_CANDIDATE
    left: str  # entity ids
    right: str
    left_type: str
    right_type: str
    score: float | None  # by the current version; None where it has not scored the pair
    threshold: float | None  # of the current version
    version: str | None  # name of the current version
    strategy: str  # one of STRATEGIES or ORDERS, SECOND, DOUBT, or "chosen" by the curator
    why: str  # what the strategy means for this pair, in a sentence
    token: str  # names this question until it is answered, also after a reload; for `decide`
    filter: str = ""  # key of the filter it was asked under


# A pair on the screen of another curator. Of the curator's own earlier question: only if somebody
# else was given it since, after it had lain for ten minutes.
_WITH_ANOTHER = """EXISTS (
    SELECT 1 FROM questions q
    WHERE q.candidate = s.candidate AND q.asked_at > :recent AND q.asked_at <= :ahead
      AND q.curator <> :curator)"""

_FREE = f"""
    NOT EXISTS (SELECT 1 FROM skips k WHERE k.curator = :curator AND k.candidate = s.candidate)
    AND NOT {_WITH_ANOTHER}"""

# Of a row `c` of candidates: one other curator has judged it, and this one has said nothing.
_WAITS = """
    NOT EXISTS (
        SELECT 1 FROM standing_decisions d
        WHERE d.left = c.left AND d.right = c.right AND d.curator = :curator)
    AND (SELECT count(DISTINCT d.curator) FROM standing_decisions d
         WHERE d.left = c.left AND d.right = c.right
           AND d.outcome IN ('match', 'no_match', 'unsure')) = 1"""

# Of a row `c` of candidates: the curator's word on it stands.
_MINE = """
    EXISTS (
        SELECT 1 FROM standing_decisions d
        WHERE d.left = c.left AND d.right = c.right AND d.curator = :curator)"""

_SHOWN = """
    c.id AS candidate, c.left, c.right, c.left_type, c.right_type,
    s.score, v.threshold, v.name AS version, s.strategy AS planned, s.figure"""

# CROSS JOIN keeps this order: without it SQLite would walk the scores in search of the question
_ON_SCREEN = f"""
    SELECT {_SHOWN}, own.strategy, own.token, own.filter, own.asked_at
    FROM questions own
    CROSS JOIN versions v ON v.current = 1
    CROSS JOIN scores s ON s.version = v.id AND s.candidate = own.candidate
    CROSS JOIN candidates c ON c.id = own.candidate
    WHERE own.curator = :curator AND own.chosen = 0 AND own.filter = :filter
      AND CASE own.strategy
          WHEN '{DOUBT}' THEN {_MINE}
          WHEN '{SECOND}' THEN s.open = 1 OR {_WAITS}
          ELSE s.open = 1 END
      AND (:types <> '' OR s.kind NOT IN {NOT_ASKED})
      AND NOT {_WITH_ANOTHER}
    LIMIT 1"""

_CURRENT = "SELECT id, threshold FROM versions WHERE current = 1"

_DECIDED = "SELECT coalesce(sum(standing), 0) FROM tallies WHERE curator = ?"

_LAST_ASKED = "SELECT strategy FROM decisions WHERE curator = ? ORDER BY id DESC LIMIT 1"

_ASK = """
    INSERT INTO questions (curator, candidate, token, strategy, chosen, asked_at, filter)
    VALUES (:curator, :candidate, :token, :strategy, :chosen, :now, :filter)
    ON CONFLICT (curator, candidate) DO UPDATE SET asked_at = :now"""

_PAIR = f"""
    SELECT {_SHOWN}, q.strategy, q.token, q.filter, q.asked_at
    FROM candidates c
    LEFT JOIN versions v ON v.current = 1
    LEFT JOIN scores s ON s.version = v.id AND s.candidate = c.id
    LEFT JOIN questions q ON q.curator = :curator AND q.candidate = c.id
    WHERE c.left = :left AND c.right = :right"""

_BY_CANDIDATE = _PAIR.replace("c.left = :left AND c.right = :right", "c.id = :candidate")

_ON_PLAN = f"""
    SELECT s.candidate, s.strategy
    FROM scores s INDEXED BY scores_on_plan
    WHERE s.version = :version AND s.open = 1 AND s.conflict = 0 AND s.place IS NOT NULL AND {_FREE}
      AND s.kind NOT IN {NOT_ASKED}
    ORDER BY s.place
    LIMIT 1"""

# what others have decided: with `<>` SQLite would read what this curator has decided, too
_SECOND_LOOK = f"""
    SELECT c.id, '{SECOND}'
    FROM (SELECT * FROM (SELECT left, right FROM second_looks WHERE curator < :curator
                         LIMIT {_SECOND_LOOKS})
          UNION ALL
          SELECT * FROM (SELECT left, right FROM second_looks WHERE curator > :curator
                         LIMIT {_SECOND_LOOKS})) l
    CROSS JOIN candidates c ON c.left = l.left AND c.right = l.right
    CROSS JOIN scores s ON s.version = :version AND s.candidate = c.id
    WHERE {_WAITS} AND {_FREE} AND s.kind NOT IN {NOT_ASKED}
    LIMIT 1"""

# the curator's own, of which few hundred are kept
_DOUBTED = f"""
    SELECT c.id, '{DOUBT}'
    FROM doubts x
    CROSS JOIN standing_decisions d ON d.id = x.decision
    CROSS JOIN candidates c ON c.left = d.left AND c.right = d.right
    CROSS JOIN scores s ON s.version = :version AND s.candidate = c.id
    WHERE x.wrong >= {DOUBTED_FROM} AND x.wanted AND d.curator = :curator AND c.audit IS NULL
      AND d.strategy <> '{strategies.AUDIT}' AND NOT {CONFIRMED} AND {_FREE}
      AND s.kind NOT IN {NOT_ASKED}
      AND NOT EXISTS (  -- the curator has opened it, and was told what stands
          SELECT 1 FROM questions q WHERE q.curator = :curator AND q.candidate = c.id)
    ORDER BY x.wrong DESC
    LIMIT 1"""

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

_UNFILTERED = {"plan": _ON_PLAN, SECOND: _SECOND_LOOK, DOUBT: _DOUBTED}

# the question that the queue asked before goes; pairs the curator chose go when they are stale
_FORGET = """
    DELETE FROM questions
    WHERE curator = :curator AND (chosen = 0 OR asked_at <= :recent OR asked_at > :ahead)"""


def next_question(db: Database, curator: str, wanted: PairFilter = EVERYTHING) -> Question | None:
    """Give the pair the curator is asked next, and keep it from the others for ten minutes.

    Until it is answered, or closed by somebody else, it is the same one with the same token, also
    after a reload. Most come from the version's query plan, and after it the open pairs nearest to
    the threshold; of all curators' questions one in ten from the audit sample, in its random order;
    and of one's own each third is a pair that another has decided, while ``second_looks`` has some.
    Between five comes one that the curator has decided and a model contradicts, while there is one:
    a second look costs less than learning from a mistake. What is at odds with a match comes after
    the plan, too, since the match has as good as answered it. A filter that narrows takes what it
    wants in the order it wants, and nothing else. A pair the curator skipped is not asked again,
    and one of types that are not asked about only by a filter for these types.
    ``None`` when nothing is left for this curator, and as long as no version has been promoted (a
    project without a network starts with one that scores by similarity). Raises ``RightError`` for
    who may not decide.
    """
    permit(db, Right.DECIDE, curator)
    me = _me(curator) | {"filter": wanted.key, "types": "named" if wanted.types else ""}
    shown = rows(db, _ON_SCREEN, me)
    if shown:
        return _shown_again(db, shown[0], me)
    with writing(db, durable=False):
        shown = rows(db, _ON_SCREEN, me)  # the curator's other tab may have been asked meanwhile
        if not shown:
            db.execute(_FORGET, me)
            for strategy in _strategies(db, me, wanted):
                found = _first(db, me, wanted, strategy)
                if found is not None:
                    db.execute(_ASK, _handed_out(me, *found))
                    shown = rows(db, _BY_CANDIDATE, me | {"candidate": found[0]})
                    break
    return _question(shown[0]) if shown else None


def question(db: Database, left: str, right: str, curator: str) -> Question | None:
    """Put this pair to the curator, closed or not; ``None`` if it is no candidate.

    The pair is kept from others like one from the queue, and keeps its token likewise. A pair that
    the queue had asked keeps its strategy. Raises ``RightError`` for who may not decide.
    """
    permit(db, Right.DECIDE, curator)
    me = _me(curator)
    pair = me | {"left": left, "right": right, "filter": ""}
    found = rows(db, _PAIR, pair)
    if not found:
        return None
    if found[0]["token"] is not None:
        return _shown_again(db, found[0], me)
    with writing(db, durable=False):
        db.execute(_ASK, _handed_out(pair, found[0]["candidate"], "chosen"))
        found = rows(db, _PAIR, pair)
    return _question(found[0]) if found else None


def matching(
    db: Database, curator: str, wanted: PairFilter, most: int, *, bulk: bool = False
) -> list[int] | None:
    """Give the candidates that a filter would ask this curator, at most ``most`` of them.

    ``None`` where more entities than ``FEW_ENTITIES`` have the wanted name or relation: then they
    are too many to be counted while somebody waits. ``bulk``: however many, and without those of
    the audit sample, which no answer to many may touch.
    """
    found = rows(db, _CURRENT)
    if not found:
        return []
    values = _values(wanted) | _me(curator) | {"most": most, "version": found[0]["id"]}
    if not _needs_lookup(wanted):
        walks = _walks(db, wanted, "s.score >= :low AND s.score <= :high", "s.score")
    elif bulk or _few(db, wanted):
        walks = [(_sorted(wanted, "s.score", "s.audit IS NULL" if bulk else "1"), {})]
    else:
        return None
    matching: list[int] = []
    for sql, kind in walks:
        room = values | kind | {"most": most - len(matching)}
        matching += [candidate for candidate, *_ in db.execute(f"{sql} LIMIT :most", room)]
    return matching


def planned(db: Database) -> dict[str, int]:
    """Count the open pairs of the current query plan by the strategy that put them there."""
    found = db.execute(f"""
        SELECT s.strategy, count(*) FROM versions v
        CROSS JOIN scores s INDEXED BY scores_on_plan
        WHERE v.current = 1 AND s.version = v.id AND s.open = 1 AND s.place IS NOT NULL
          AND s.kind NOT IN {NOT_ASKED}
        GROUP BY s.strategy ORDER BY s.strategy""")
    return dict(found.fetchall())


def write_plan(db: Database, version: str, plan: QueryPlan) -> None:
    """Put a version's pairs in the order of a query plan of candidates, in the place of an earlier.

    Goes in one transaction, before or after the version is made current.
    """
    known = value(db, "SELECT id FROM versions WHERE name = ?", [version])
    columns = (plan.candidates.tolist(), plan.strategies, plan.figures.tolist())
    planned = [
        (place, strategy, None if np.isnan(figure) else figure, known, candidate)
        for place, (candidate, strategy, figure) in enumerate(zip(*columns, strict=True))
    ]
    with writing(db, durable=False):
        db.execute(_FORGET_PLAN, [known])
        db.conn.executemany(_PLAN, planned)


def askable(db: Database, version: str) -> npt.NDArray[np.int64]:
    """Give the candidates that the query plan of a version may hold: the open ones to learn from.

    None is at odds with a match: such a pair would take a place and not be asked. Nor did people
    add one: who adds a pair decides it.
    """
    found = db.execute(_ASKABLE, [version, blocked_count(db)])
    return np.fromiter((candidate for (candidate,) in found), dtype=np.int64)


def why(
    strategy: str, score: float | None, threshold: float | None, figure: float | None = None
) -> str:
    """Say what a strategy means for a pair, in a sentence.

    >>> why("likely", None, None)
    'Of the pairs you asked for, the one with the highest score.'
    """
    figures = ""
    if score is not None and threshold is not None:
        figures = f" Its score is {score:.2f}; the threshold of a match is {threshold:.2f}."
    if strategy in strategies.STRATEGIES:
        return strategies.sentence(strategy, figure) + figures
    if strategy in _ENDS:
        return f"Of the pairs you asked for, the one with the {_ENDS[strategy]} score." + figures
    if strategy == strategies.AUDIT:
        return (
            "No counterpart among the candidates? Press 0, and all of them are answered. Audit "
            f"sample, one question in {AUDIT_EVERY}, drawn at random: it measures quality and "
            "never trains the model."
        )
    if strategy == SECOND:
        return (
            "Another curator decided this pair too. Their answer is hidden, so that agreement can "
            "be measured."
        )
    if strategy == DOUBT:
        return (
            "You decided this pair before, and a model that has not seen your answer predicts "
            "another. Look again: your new answer counts."
        )
    return "You opened this pair yourself."


_ENDS = {"likely": "highest", "unlikely": "lowest"}

# ---------------------------------------------------------------- the walk


def _me(curator: str) -> dict[str, Any]:
    """Give the curator, and the times between which a question counts as handed out.

    One from the future was asked before the clock was set back: it is as good as none.
    """
    now = time.time()
    return {
        "curator": curator,
        "now": now,
        "recent": now - HANDED_OUT_SECONDS,
        "ahead": now + HANDED_OUT_SECONDS,
    }


def _strategies(db: Database, me: dict[str, Any], wanted: PairFilter) -> tuple[str, ...]:
    if wanted.order:
        return (wanted.order,)
    if wanted.strategy:
        return ("planned",)
    if wanted.narrows:
        return ("uncertainty", strategies.AUDIT)
    curator = me["curator"]
    number = 1 + int(value(db, _DECIDED, [curator]))
    learn: tuple[str, ...] = ("plan", "uncertainty")
    if number % SECOND_EVERY == 0:
        learn = (SECOND, *learn)
    # a second look takes the place of a decision, so that the number stays: one each time
    if number % DOUBT_EVERY == _DOUBT_AT and value(db, _LAST_ASKED, [curator]) != DOUBT:
        learn = (DOUBT, *learn)
    if audit_is_due(db, me):
        return (strategies.AUDIT, *learn, SECOND, DOUBT)
    return (*learn, strategies.AUDIT, SECOND, DOUBT)


def _first(
    db: Database, me: dict[str, Any], wanted: PairFilter, strategy: str
) -> tuple[int, str] | None:
    """Find the first free open pair of a strategy that the filter lets through.

    With it comes the strategy, which in a query plan differs from pair to pair.
    """
    found = rows(db, _CURRENT)
    if not found:
        return None
    version = {"version": found[0]["id"], "threshold": found[0]["threshold"]}
    if strategy in _UNFILTERED:
        next_one: tuple[int, str] | None = db.execute(
            _UNFILTERED[strategy], me | version
        ).fetchone()
        return next_one
    values = _values(wanted) | me | version | {"longest": _LONGEST_WALK}
    register_is_hit(db)
    few = _needs_lookup(wanted) and _few(db, wanted)
    best: tuple[float, int] | None = None
    for condition, order in () if few else _legs(wanted, strategy, found[0]["threshold"]):
        for sql, kind in _walks(db, wanted, condition, order, _RANK.get(strategy, "s.priority")):
            for candidate, rank in db.execute(f"{sql} LIMIT 1", values | kind):
                best = min(best or (rank, candidate), (rank, candidate))
    if best is None and _needs_lookup(wanted):
        condition = _TO_MEASURE if strategy == strategies.AUDIT else "1"
        sql = f"{_sorted(wanted, _ORDER[strategy], condition)} LIMIT 1"
        for candidate, rank in db.execute(sql, values):
            best = rank, candidate
    return None if best is None else (best[1], wanted.strategy or strategy)


# an entity of the slice is done with its match: the others are as good as told, or, where it may
# have several, tell no more of whether it has one and whether it is given
_TO_MEASURE = f"""s.audit IS NOT NULL AND s.conflict = 0 AND NOT EXISTS (
    SELECT 1 FROM candidates k CROSS JOIN standing_decisions d ON d.left = k.left
    WHERE k.id = s.candidate AND +d.outcome = 'match' AND {PRESENT})"""

# rows come in the order of these; the first that is free is taken
_ORDER = {
    "uncertainty": "s.priority",
    "likely": "s.score DESC",
    "unlikely": "s.score",
    strategies.AUDIT: "s.audit, s.score DESC",  # entity by entity
    "planned": "s.place",  # what one strategy put into the plan
}
# what tells which of several walks has come upon the first
_RANK = {
    "likely": "-s.score",
    "unlikely": "s.score",
    strategies.AUDIT: "s.audit",
    "planned": "s.place",
}


def _legs(wanted: PairFilter, strategy: str, threshold: float) -> list[tuple[str, str]]:
    """Give conditions and orders of the walks a strategy takes.

    What is nearest to the threshold is the nearer of the first above and the first below it.
    """
    if strategy != "uncertainty":
        return [("s.score >= :low AND s.score <= :high", _ORDER[strategy])]
    legs = []
    if wanted.high >= threshold:
        start = "max(:low, :threshold)"
        legs.append((f"s.score >= {start} AND s.score <= :high", "s.score"))
    if wanted.low < threshold:
        end = "s.score <= :high" if wanted.high < threshold else "s.score < :threshold"
        legs.append((f"{end} AND s.score >= :low", "s.score DESC"))
    return legs


def _walks(
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
    if order == _ORDER[strategies.AUDIT]:
        index = "scores_by_audit_of_kind" if one_kind else "scores_by_audit"
        audit = _TO_MEASURE
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
          {_of_the_pair(wanted)} {"AND s.kind = :kind" if of_kind else ""} AND {_FREE}
        ORDER BY {order}"""
    if not _needs_lookup(wanted):
        return walk
    return f"""
        SELECT w.candidate, w.rank
        FROM ({walk} LIMIT :longest) w CROSS JOIN candidates c ON c.id = w.candidate
        WHERE {_looked_up(wanted)}"""


def _sorted(wanted: PairFilter, order: str, condition: str) -> str:
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
          {_of_the_pair(wanted)} AND {_FREE} AND {relation}
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


def _needs_lookup(wanted: PairFilter) -> bool:
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


def _few(db: Database, wanted: PairFilter) -> bool:
    return count_hits(db, _values(wanted)["hits"], FEW_ENTITIES + 1) <= FEW_ENTITIES


def _values(wanted: PairFilter) -> dict[str, Any]:
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


def _shown_again(db: Database, row: dict[str, Any], me: dict[str, Any]) -> Question:
    if abs(me["now"] - row["asked_at"]) > _RENEW_SECONDS:
        with writing(db, durable=False):
            db.execute(
                "UPDATE questions SET asked_at = :now WHERE token = :token AND curator = :curator"
                " AND candidate = :candidate",
                me | row,
            )
    return _question(row)


def _handed_out(me: dict[str, Any], candidate: int, strategy: str) -> dict[str, Any]:
    return me | {
        "candidate": candidate,
        "strategy": strategy,
        "chosen": strategy == "chosen",
        "token": secrets.token_hex(16),
    }


def _question(row: dict[str, Any]) -> Question:
    values = {name: row[name] for name in row if name not in {"asked_at", "planned", "figure"}}
    # another version may have planned the pair for another reason since
    figure = row["figure"] if row["planned"] == row["strategy"] else None
    return Question(**values, why=why(row["strategy"], row["score"], row["threshold"], figure))
