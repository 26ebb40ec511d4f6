"""What an answer would contradict, looked up before it is saved. Nothing here forbids anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlite_utils import Database

from kgreview.store.cardinality import sides_with_several
from kgreview.store.conditions import PRESENT
from kgreview.store.database import rows, value
from kgreview.store.entities import name_of
from kgreview.store.outcomes import Outcome

MOST_FOLLOWED = 60  # entities that a chain of matches is followed through
_RECENT = 200  # matches among which types that were joined before are looked for

Node = tuple[str, str]  # side and entity id


@dataclass(frozen=True)
class Conflict:
    """One thing that an answer is at odds with."""

    kind: str  # 'matched', 'no_counterpart', 'chain' or 'types'
    words: str  # a sentence, names of the graphs in it
    decisions: tuple[int, ...] = ()  # those it is at odds with; known links are no decisions


@dataclass(frozen=True)
class _Match:
    left: str
    right: str
    decision: int | None  # None: a known link
    curator: str


def conflicts(
    db: Database, left: str, right: str, types: tuple[str, str], outcome: Outcome
) -> list[Conflict]:
    """Give what this answer to the pair would be at odds with, the gravest first.

    Looks at the entities' own matches and follows chains through at most ``MOST_FOLLOWED`` others,
    so that its cost does not grow with the number of decisions.
    """
    if outcome is Outcome.MATCH:
        return [
            *_matched_again(db, left, right, types),
            *_said_to_have_none(db, left),
            *_closing_a_chain(db, left, right),
            *_types_never_joined(db, types),
        ]
    if outcome is Outcome.NO_MATCH:
        return list(_cutting_a_chain(db, left, right))
    if outcome is Outcome.NO_COUNTERPART:
        return list(_matched(db, "left", left, None))
    return []


def _matched_again(
    db: Database, left: str, right: str, types: tuple[str, str]
) -> Iterator[Conflict]:
    """Find other matches of either entity, where entities of its type have one counterpart."""
    several = sides_with_several(db, types)
    for side, entity, other in (("left", left, right), ("right", right, left)):
        if side not in several:
            yield from _matched(db, side, entity, other)


def _matched(db: Database, side: str, entity: str, other: str | None) -> Iterator[Conflict]:
    for match in _matches(db, (side, entity)):
        partner = match.right if side == "left" else match.left
        if partner != other:
            other_side = "right" if side == "left" else "left"
            yield Conflict(
                "matched",
                f"{name_of(db, side, entity)} is matched to {name_of(db, other_side, partner)} "
                f"already ({_who(match)}).",
                () if match.decision is None else (match.decision,),
            )


def _said_to_have_none(db: Database, left: str) -> Iterator[Conflict]:
    sql = """
        SELECT id, curator FROM standing_decisions
        WHERE left = ? AND +outcome = 'no_counterpart'"""
    for decision in rows(db, sql, [left]):
        yield Conflict(
            "no_counterpart",
            f"{decision['curator']} has said that {name_of(db, 'left', left)} has no counterpart.",
            (decision["id"],),
        )


def _closing_a_chain(db: Database, left: str, right: str) -> Iterator[Conflict]:
    """Find rejections between what the left and what the right entity is matched to."""
    mine, others = _reached(db, ("left", left)), _reached(db, ("right", right))
    if ("right", right) in mine:
        return  # joined already: this match closes nothing
    for group, rest in ((mine, others), (others, mine)):
        for side, entity in group:
            if side != "left":
                continue
            sql = """
                SELECT id, right, curator FROM standing_decisions
                WHERE left = ? AND +outcome = 'no_match'"""
            for match in rows(db, sql, [entity]):
                if ("right", match["right"]) in rest and (entity, match["right"]) != (left, right):
                    yield Conflict(
                        "chain",
                        f"Through matches made before, this also joins "
                        f"{name_of(db, 'left', entity)} and "
                        f"{name_of(db, 'right', match['right'])}, which {match['curator']} has "
                        "rejected.",
                        (match["id"],),
                    )


def _cutting_a_chain(db: Database, left: str, right: str) -> Iterator[Conflict]:
    """Tell where both entities are joined by matches with others."""
    came = _reached(db, ("left", left), without=(left, right))
    at: Node = ("right", right)
    if at not in came:
        return
    path: list[_Match] = []
    while (step := came[at]) is not None:
        match, at = step
        path.append(match)
    steps = " and ".join(
        f"{name_of(db, 'left', match.left)} – {name_of(db, 'right', match.right)}"
        for match in reversed(path)
    )
    yield Conflict(
        "chain",
        f"Both are joined through other matches: {steps}.",
        tuple(match.decision for match in path if match.decision is not None),
    )


def _types_never_joined(db: Database, types: tuple[str, str]) -> Iterator[Conflict]:
    if types[0] == types[1]:
        return
    sql = "SELECT known FROM kinds WHERE left_type = ? AND right_type = ?"
    lately = f"""
        SELECT 1 FROM (
            SELECT left, right FROM standing_decisions WHERE outcome = 'match'
            ORDER BY id DESC LIMIT {_RECENT}) d
        CROSS JOIN candidates c ON c.left = d.left AND c.right = d.right
        WHERE c.left_type = ? AND c.right_type = ? LIMIT 1"""
    if not value(db, sql, types) and not value(db, lately, types):
        yield Conflict("types", f"No match has ever joined a {types[0]} to a {types[1]}.")


def _matches(db: Database, node: Node) -> list[_Match]:
    side, entity = node
    stated = rows(
        db,
        f"SELECT id, left, right, curator FROM standing_decisions d WHERE {side} = ?"
        f" AND +outcome = 'match' AND {PRESENT} ORDER BY id",
        [entity],
    )
    links = rows(db, f"SELECT left, right FROM known_matches WHERE {side} = ?", [entity])
    return [
        *(
            _Match(decision["left"], decision["right"], decision["id"], decision["curator"])
            for decision in stated
        ),
        *(_Match(decision["left"], decision["right"], None, "") for decision in links),
    ]


def _reached(
    db: Database, start: Node, without: tuple[str, str] | None = None
) -> dict[Node, tuple[_Match, Node] | None]:
    """Follow matches from an entity, breadth first; give for each the step that led to it."""
    came: dict[Node, tuple[_Match, Node] | None] = {start: None}
    waiting = [start]
    while waiting and len(came) < MOST_FOLLOWED:
        at = waiting.pop(0)
        for match in _matches(db, at):
            there: Node = ("right", match.right) if at[0] == "left" else ("left", match.left)
            if there not in came and (match.left, match.right) != without:
                came[there] = match, at
                waiting.append(there)
    return came


def _who(match: _Match) -> str:
    return "a known link" if match.decision is None else f"by {match.curator}"
