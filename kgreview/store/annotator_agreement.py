"""Where two curators judged one pair: how they agree, and who is right.

The queue asks for second opinions (``second_looks``). Where two differ, neither trains the
network until somebody settles it (*adjudication*). A ruling is one more event: what it goes
against is set aside with it, and comes back when it is undone.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from kgreview.errors import InputError
from kgreview.store.conditions import undoes
from kgreview.store.database import rows, value, writing
from kgreview.store.deciding import decide
from kgreview.store.decisions import BULK, DOUBT, REVISED, Decision, standing
from kgreview.store.outcomes import Outcome
from kgreview.store.rights import Right, permit

ADJUDICATED = "adjudicated"  # the strategy of a ruling
_LATER = f"'{REVISED}', '{ADJUDICATED}', '{DOUBT}'"

# What curators said by themselves: also what a ruling, a revision or a second look has since
# replaced, which came of another's doubt.
_RATINGS = f"""
    SELECT d.left, d.right, d.curator, d.outcome FROM decisions d
    WHERE d.undoes IS NULL AND d.outcome IN ('match', 'no_match')
      AND d.strategy NOT IN ({_LATER}, '{BULK}')
      AND EXISTS (
          SELECT 1 FROM decisions o
          WHERE o.left = d.left AND o.right = d.right AND o.curator <> d.curator
            AND o.undoes IS NULL)
      AND NOT EXISTS (
          SELECT 1 FROM decisions u
          WHERE {undoes("d")}
            AND (u.batch IS NULL OR NOT EXISTS (
                SELECT 1 FROM decisions r
                WHERE r.batch = u.batch AND r.strategy = '{ADJUDICATED}')))
      AND NOT EXISTS (
          SELECT 1 FROM decisions s
          WHERE s.supersedes = d.id AND s.strategy NOT IN ({_LATER})
            AND NOT EXISTS (SELECT 1 FROM decisions u WHERE {undoes("s")}))
    ORDER BY d.left, d.right, d.curator, d.id"""

_AGAINST_A_MATCH = """
    SELECT 1 FROM standing_decisions o
    WHERE o.left = d.left
      AND (o.outcome = 'no_counterpart' OR (o.right = d.right AND o.outcome = 'no_match'))"""

_DISPUTES = f"""
    SELECT DISTINCT d.left, d.right FROM standing_decisions d
    WHERE d.outcome = 'match' AND EXISTS ({_AGAINST_A_MATCH})"""

_NEWEST = """
    SELECT max(id) FROM decisions
    WHERE left = ? AND (right = ? OR outcome = 'no_counterpart')"""

_MEANWHILE = "somebody has decided this pair meanwhile; look at it again"

RULINGS = (Outcome.MATCH, Outcome.NO_MATCH, Outcome.UNSURE)


@dataclass(frozen=True)
class Rating:
    """What one curator said of a pair that another one judged too."""

    left: str
    right: str
    curator: str
    match: bool


@dataclass(frozen=True)
class Dispute:
    """A pair on which standing decisions differ. Nothing in it tells who said what."""

    left: str
    right: str
    matches: int  # how many say that they are the same
    others: int  # how many say that they are not
    notes: tuple[str, ...]  # and reasons, in alphabetical order
    mine: bool  # the curator who looks at it is one of those who differ
    key: str  # names it until another decision is added or taken back


def ratings(db: Database) -> list[Rating]:
    """Give what curators said, each for themselves, of pairs that several have judged.

    Answers to many pairs at once, second looks, revisions and rulings are left out; an opinion that
    one of them replaced still counts, one that its curator took back does not.
    """
    last = {
        (r["left"], r["right"], r["curator"]): r["outcome"] == "match" for r in rows(db, _RATINGS)
    }
    all_ratings = [Rating(*whose, match) for whose, match in last.items()]
    several = [
        (one.left, one.right)
        for one, other in itertools.pairwise(all_ratings)
        if (one.left, one.right) == (other.left, other.right)
    ]
    kept = set(several)
    return [rating for rating in all_ratings if (rating.left, rating.right) in kept]


def disputes(db: Database, curator: str) -> list[Dispute]:
    """Give the pairs on which standing decisions differ, those of other curators first."""
    all_disputes = [_dispute(db, row, curator) for row in rows(db, _DISPUTES)]
    return sorted(all_disputes, key=lambda each: (each.mine, each.left, each.right))


def disputed(db: Database, left: str, right: str) -> bool:
    """Whether standing decisions differ on this pair, so that it waits for a ruling."""
    outcomes = {decision.outcome for decision in _of_pair(db, left, right)}
    return Outcome.MATCH in outcomes and len(outcomes) > 1


def adjudicate(
    db: Database,
    dispute: Dispute,
    *,
    curator: str,
    outcome: Outcome,
    note: str | None = None,
) -> Decision:
    """Settle a dispute; what the ruling goes against is undone with it, and it alone remains.

    A second click changes nothing. Raises ``InputError`` for an outcome that settles nothing, and
    where the dispute is over already, also by another ruling that came first or was taken back.
    """
    if outcome not in RULINGS:
        raise InputError("a ruling says match, no match, or that it cannot be told")
    permit(db, Right.ADJUDICATE, curator)
    with writing(db):
        decisions = _of_pair(db, dispute.left, dispute.right)
        over = rows(db, "SELECT 1 FROM decisions WHERE question = ?", [dispute.key])
        if not over and _key(db, dispute.left, dispute.right) != dispute.key:
            raise InputError(_MEANWHILE)
        ruling = decide(
            db,
            left=dispute.left,
            right=dispute.right,
            curator=curator,
            outcome=outcome,
            hidden=True,
            strategy=ADJUDICATED,
            question=dispute.key,
            note=note,
            set_aside=[] if over else [d.id for d in decisions if _goes_against(d, outcome)],
        )
    if (ruling.curator, ruling.outcome) != (curator, outcome):  # of two the first was saved
        raise InputError(_MEANWHILE)
    return ruling


def _goes_against(decision: Decision, outcome: Outcome) -> bool:
    if decision.outcome is Outcome.NO_COUNTERPART:
        return outcome is not Outcome.NO_MATCH
    return decision.outcome is not outcome


def _of_pair(db: Database, left: str, right: str) -> list[Decision]:
    """Give what stands of a pair: matches and non-matches, and that the left one has nobody."""
    return [
        d
        for d in standing(db, left=left)
        if d.outcome is Outcome.NO_COUNTERPART
        or (d.right == right and d.outcome in (Outcome.MATCH, Outcome.NO_MATCH))
    ]


def _key(db: Database, left: str, right: str) -> str:
    """Name a dispute until anything of its pair is said or taken back."""
    return f"{ADJUDICATED}-{value(db, _NEWEST, [left, right])}"


def _dispute(db: Database, pair: dict[str, Any], curator: str) -> Dispute:
    decisions = _of_pair(db, pair["left"], pair["right"])
    matches = sum(decision.outcome is Outcome.MATCH for decision in decisions)
    notes = {text for d in decisions for text in (d.note, d.reason) if text}
    return Dispute(
        left=pair["left"],
        right=pair["right"],
        matches=matches,
        others=len(decisions) - matches,
        notes=tuple(sorted(notes)),
        mine=any(decision.curator == curator for decision in decisions),
        key=_key(db, pair["left"], pair["right"]),
    )
