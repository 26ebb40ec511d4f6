"""A group as people read it: its title, its rows, its picture."""

from __future__ import annotations

from typing import Any

from kgreview.pipeline.entity_names import name_of
from kgreview.pipeline.project import Project
from kgreview.review.groups import GroupView, Inside, Members, Step
from kgreview.store.decisions import Decision
from kgreview.ui.group_drawing import Kind, Line, group_svg
from kgreview.ui.heading import share
from kgreview.ui.past_decision import SAID
from kgreview.ui.text import plain

_LONGEST = 80  # characters of a name or id in a table
_MOST_NUMBERED = 99  # steps whose number stands in the picture


def group_row(project: Project, members: Members) -> dict[str, Any]:
    """Give the cells of a group in the list of all."""
    side, first = ("left", members.left[0]) if members.left else ("right", members.right[0])
    return {
        "entities": members.size,
        "left": len(members.left),
        "right": len(members.right),
        "allowed": members.allowed,
        "first entity": plain(name_of(project, side, first), _LONGEST),
        "its id": plain(first, _LONGEST),
    }


def group_title(view: GroupView) -> str:
    """Say how large a group is, whether that is too large, and who has kept it."""
    members = view.members
    title = f"{members.size:,} entities: {len(members.left):,} left, {len(members.right):,} right"
    if members.size > members.allowed:
        title += f", where their types allow {members.allowed:,}"
    if view.kept is not None:
        title += f". Kept by {view.kept.curator}, {view.kept.created_at[:10]}"
        title += f": {view.kept.note}" if view.kept.note else ""
    return title


def step_rows(view: GroupView) -> list[dict[str, Any]]:
    """Give a row for each pair that joined something, in the order in which it came."""
    return [
        {
            "step": number,
            "left": plain(step.left_name, _LONGEST),
            "right": plain(step.right_name, _LONGEST),
            "because": _because(step),
            "when (UTC)": step.decisions[0].created_at[:16].replace("T", " ")
            if step.decisions
            else "",
            "version": step.decisions[0].version or "" if step.decisions else "",
            "score then": _score(step.decisions[0].score) if step.decisions else "",
            "score now": _score(step.score),
            "what it joined": joined_words(step.joined),
        }
        for number, step in enumerate(view.steps, start=1)
    ]


def inside_rows(view: GroupView) -> list[dict[str, Any]]:
    """Give a row for each pair of the group that no match joins directly."""
    return [
        {
            "left": plain(pair.left_name, _LONGEST),
            "right": plain(pair.right_name, _LONGEST),
            "what stands": _stands(pair),
            "score now": _score(pair.score),
        }
        for pair in view.inside
    ]


def joined_words(joined: tuple[int, int, bool]) -> str:
    """Say what a pair joined, see ``exchange.growth.what_joined``.

    >>> joined_words((3, 1, False)), joined_words((2, 2, True))
    ('one entity and 3 that were together', 'nothing new: both were among the same 2')
    """
    one, other = sorted(joined[:2])
    if joined[2]:
        return f"nothing new: both were among the same {one:,}"
    if other == 1:
        return "two single entities"
    if one == 1:
        return f"one entity and {other:,} that were together"
    return f"{one:,} and {other:,} that were together"


def picture(view: GroupView, *, dark: bool) -> str:
    """Draw a group: its entities in the order in which they came, so that few lines cross."""
    came = dict.fromkeys(step.left for step in view.steps)
    left = {each: place for place, each in enumerate(came)}
    came = dict.fromkeys(step.right for step in view.steps)
    right = {each: place for place, each in enumerate(came)}
    lines = [
        Line(left[step.left], right[step.right], "match", str(number) * (number <= _MOST_NUMBERED))
        for number, step in enumerate(view.steps, start=1)
    ]
    for pair in view.inside:
        kind: Kind | None = "rejected" if pair.rejected else "open" if pair.score else None
        if kind is not None:
            lines.append(Line(left[pair.left], right[pair.right], kind))
    names = (
        [view.names["left", each] for each in left],
        [view.names["right", each] for each in right],
    )
    return group_svg(*names, lines, dark=dark)


def _because(step: Step) -> str:
    who = dict.fromkeys(each.curator for each in step.decisions)
    reasons = [*(["a known link"] if step.linked else []), *(plain(each, 40) for each in who)]
    return ", ".join(reasons)


def _stands(pair: Inside) -> str:
    if pair.decisions:
        return "; ".join(map(_said, pair.decisions))
    return "open candidate" if pair.score is not None else "no candidate"


def _said(decision: Decision) -> str:
    return f"{SAID[decision.outcome]} by {plain(decision.curator, 40)}, {decision.created_at[:10]}"


def _score(score: float | None) -> str:
    return "" if score is None else share(score)
