"""Which pair a curator is asked next: one walk along an index, however many pairs there are.

The whole queue follows the query plan that strategies made when the version scored, see
``write_plan``.

A filter costs no more. Types, score range and conflict narrow the walk itself. Names and relations
are looked up first: where few entities have them, the pairs of those are sorted; where many have
them, the walk comes upon one soon.
"""

from __future__ import annotations

from typing import Any

from sqlite_utils import Database

from kgreview.active import strategies
from kgreview.store.asked_types import NOT_ASKED
from kgreview.store.assignments import second_of
from kgreview.store.audit_turns import AUDIT_EVERY, audit_is_due
from kgreview.store.database import rows, value, writing
from kgreview.store.decisions import DOUBT
from kgreview.store.entities import register_is_hit
from kgreview.store.label_issues import CONFIRMED
from kgreview.store.pair_filter import EVERYTHING, PairFilter
from kgreview.store.questions import (
    ASK,
    BY_CANDIDATE,
    SECOND,
    SHOWN,
    WITH_ANOTHER,
    Question,
    handed_out,
    me_now,
    question_of,
    shown_again,
)
from kgreview.store.queue_walks import (
    FREE,
    LONGEST_WALK,
    ORDER,
    RANK,
    TO_MEASURE,
    few_hits,
    filter_values,
    legs,
    needs_lookup,
    sorted_walk,
    walks,
)
from kgreview.store.rights import Right, permit
from kgreview.store.second_looks import register_is_drawn

SECOND_EVERY = 3  # each third is a second look at what another has decided, while one is wanted
DOUBT_EVERY = 5  # between so many others the curator is asked again what a model doubts
DOUBTED_FROM = 0.7  # probability of being wrong
_DOUBT_AT = 2  # of five
_SECOND_LOOKS = 100  # that are wanted and looked at one by one, of curators before and after

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

# CROSS JOIN keeps this order: without it SQLite would walk the scores in search of the question
_ON_SCREEN = f"""
    SELECT {SHOWN}, own.strategy, own.token, own.filter, own.asked_at
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
      AND NOT {WITH_ANOTHER}
    LIMIT 1"""

_CURRENT = "SELECT id, threshold FROM versions WHERE current = 1"

_DECIDED = "SELECT coalesce(sum(standing), 0) FROM tallies WHERE curator = ?"

_LAST_ASKED = "SELECT strategy FROM decisions WHERE curator = ? ORDER BY id DESC LIMIT 1"

_ON_PLAN = f"""
    SELECT s.candidate, s.strategy
    FROM scores s INDEXED BY scores_on_plan
    WHERE s.version = :version AND s.open = 1 AND s.conflict = 0 AND s.place IS NOT NULL AND {FREE}
      AND s.kind NOT IN {NOT_ASKED}
    ORDER BY s.place
    LIMIT 1"""

_PLANNED_AT = f"""
    SELECT s.candidate FROM versions v
    CROSS JOIN scores s INDEXED BY scores_on_plan ON s.version = v.id
    WHERE v.current = 1 AND s.open = 1 AND s.conflict = 0 AND s.place IS NOT NULL
      AND s.kind NOT IN {NOT_ASKED}
    ORDER BY s.place
    LIMIT 1 OFFSET :place"""

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
    WHERE {_WAITS} AND {FREE} AND s.kind NOT IN {NOT_ASKED}
    LIMIT 1"""

# the curator's own, of which few hundred are kept
_DOUBTED = f"""
    SELECT c.id, '{DOUBT}'
    FROM doubts x
    CROSS JOIN standing_decisions d ON d.id = x.decision
    CROSS JOIN candidates c ON c.left = d.left AND c.right = d.right
    CROSS JOIN scores s ON s.version = :version AND s.candidate = c.id
    WHERE x.wrong >= {DOUBTED_FROM} AND x.wanted AND d.curator = :curator AND c.audit IS NULL
      AND d.strategy <> '{strategies.AUDIT}' AND NOT {CONFIRMED} AND {FREE}
      AND s.kind NOT IN {NOT_ASKED}
      AND NOT EXISTS (  -- the curator has opened it, and was told what stands
          SELECT 1 FROM questions q WHERE q.curator = :curator AND q.candidate = c.id)
    ORDER BY x.wrong DESC
    LIMIT 1"""

# of what another decides under the same filter, the share that the curator is the second of
_ASSIGNED = f"""
    SELECT c.id, '{SECOND}'
    FROM standing_decisions d
    CROSS JOIN candidates c ON c.left = d.left AND c.right = d.right
    CROSS JOIN scores s ON s.version = :version AND s.candidate = c.id
    WHERE d.curator = :first AND d.filter = :filter AND is_drawn(d.left, d.right)
      AND c.audit IS NULL AND {_WAITS} AND {FREE}
    ORDER BY d.id
    LIMIT 1"""
_SECOND_OF_ASSIGNED = "assigned"

_UNFILTERED = {
    "plan": _ON_PLAN,
    SECOND: _SECOND_LOOK,
    DOUBT: _DOUBTED,
    _SECOND_OF_ASSIGNED: _ASSIGNED,
}

# the question that the queue asked before goes; pairs the curator chose go when they are stale
_FORGET = """
    DELETE FROM questions
    WHERE curator = :curator AND (chosen = 0 OR asked_at <= :recent OR asked_at > :ahead)"""


def next_question(
    db: Database,
    curator: str,
    wanted: PairFilter = EVERYTHING,
    *,
    audit_every: int = AUDIT_EVERY,
) -> Question | None:
    """Give the pair the curator is asked next, and keep it from the others for ten minutes.

    Until it is answered, or closed by somebody else, it is the same one with the same token, also
    after a reload. Most come from the version's query plan, and after it the open pairs nearest to
    the threshold; of all curators' questions one in ``audit_every`` from the audit sample, in its
    random order; and of one's own each third is a pair that another has decided, while
    ``second_looks`` has some.
    Between five comes one that the curator has decided and a model contradicts, while there is one:
    a second look costs less than learning from a mistake. What is at odds with a match comes after
    the plan, too, since the match has as good as answered it. A filter that narrows takes what it
    wants in the order it wants, and nothing else; whom it is assigned to as the second curator is
    asked the share of what the first has decided under it. A pair the curator skipped is not asked
    again, and one of types that are not asked about only by a filter for these types.
    ``None`` when nothing is left for this curator, and as long as no version has been promoted (a
    project without a network starts with one that scores by similarity). Raises ``RightError`` for
    who may not decide.
    """
    permit(db, Right.DECIDE, curator)
    me = me_now(curator) | {"filter": wanted.key, "types": "named" if wanted.types else ""}
    shared = second_of(db, curator, wanted.key) if wanted.narrows else None
    if shared is not None:
        register_is_drawn(db, shared[1])
        me |= {"first": shared[0]}
    shown = rows(db, _ON_SCREEN, me)
    if shown:
        return shown_again(db, shown[0], me)
    with writing(db, durable=False):
        shown = rows(db, _ON_SCREEN, me)  # the curator's other tab may have been asked meanwhile
        if not shown:
            db.execute(_FORGET, me)
            for strategy in _strategies(db, me, wanted, audit_every):
                first = _first(db, me, wanted, strategy)
                if first is not None:
                    db.execute(ASK, handed_out(me, *first))
                    shown = rows(db, BY_CANDIDATE, me | {"candidate": first[0]})
                    break
    return question_of(shown[0]) if shown else None


def open_pair(db: Database, wanted: PairFilter, place: int) -> tuple[str, str] | None:
    """Give the ids of the open pair at a place of the queue, for who only looks through it.

    By the query plan as far as it goes, else by score. ``None`` past the end. Raises ``RightError``
    for who may not look.
    """
    permit(db, Right.LOOK)
    planned = [] if wanted.narrows else rows(db, _PLANNED_AT, {"place": place})
    if planned:
        candidate = planned[0]["candidate"]
    else:
        open_pairs = matching(db, "", wanted, place + 1)
        if open_pairs is None:
            open_pairs = matching(db, "", wanted, place + 1, bulk=True) or []
        if len(open_pairs) <= place:
            return None
        candidate = open_pairs[place]
    (pair,) = rows(db, "SELECT left, right FROM candidates WHERE id = ?", [candidate])
    return pair["left"], pair["right"]


def matching(
    db: Database, curator: str, wanted: PairFilter, most: int, *, bulk: bool = False
) -> list[int] | None:
    """Give the candidates that a filter would ask this curator, at most ``most`` of them.

    ``None`` where more entities than ``FEW_ENTITIES`` have the wanted name or relation: then they
    are too many to be counted while somebody waits. ``bulk``: however many, and without those of
    the audit sample, which no answer to many may touch.
    """
    current = rows(db, _CURRENT)
    if not current:
        return []
    values = filter_values(wanted) | me_now(curator) | {"most": most, "version": current[0]["id"]}
    if not needs_lookup(wanted):
        queries = walks(db, wanted, "s.score >= :low AND s.score <= :high", "s.score")
    elif bulk or few_hits(db, wanted):
        queries = [(sorted_walk(wanted, "s.score", "s.audit IS NULL" if bulk else "1"), {})]
    else:
        return None
    matching: list[int] = []
    for sql, kind in queries:
        room = values | kind | {"most": most - len(matching)}
        matching += [candidate for candidate, *_ in db.execute(f"{sql} LIMIT :most", room)]
    return matching


# ---------------------------------------------------------------- the walk


def _strategies(
    db: Database, me: dict[str, Any], wanted: PairFilter, audit_every: int
) -> tuple[str, ...]:
    if "first" in me:
        return (_SECOND_OF_ASSIGNED,)
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
    if audit_is_due(db, me, audit_every):
        return (strategies.AUDIT, *learn, SECOND, DOUBT)
    return (*learn, strategies.AUDIT, SECOND, DOUBT)


def _first(
    db: Database, me: dict[str, Any], wanted: PairFilter, strategy: str
) -> tuple[int, str] | None:
    """Find the first free open pair of a strategy that the filter lets through.

    With it comes the strategy, which in a query plan differs from pair to pair.
    """
    current = rows(db, _CURRENT)
    if not current:
        return None
    version = {"version": current[0]["id"], "threshold": current[0]["threshold"]}
    if strategy in _UNFILTERED:
        next_one: tuple[int, str] | None = db.execute(
            _UNFILTERED[strategy], me | version
        ).fetchone()
        return next_one
    values = filter_values(wanted) | me | version | {"longest": LONGEST_WALK}
    register_is_hit(db)
    few = needs_lookup(wanted) and few_hits(db, wanted)
    best: tuple[float, int] | None = None
    for condition, order in () if few else legs(wanted, strategy, current[0]["threshold"]):
        for sql, kind in walks(db, wanted, condition, order, RANK.get(strategy, "s.priority")):
            for candidate, rank in db.execute(f"{sql} LIMIT 1", values | kind):
                best = min(best or (rank, candidate), (rank, candidate))
    if best is None and needs_lookup(wanted):
        condition = TO_MEASURE if strategy == strategies.AUDIT else "1"
        sql = f"{sorted_walk(wanted, ORDER[strategy], condition)} LIMIT 1"
        for candidate, rank in db.execute(sql, values):
            best = rank, candidate
    return None if best is None else (best[1], wanted.strategy or strategy)
