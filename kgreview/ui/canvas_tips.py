"""What is written beside a neighbour on the canvas, and told when it is pointed at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kgreview.text.iris import local_name
from kgreview.ui.canvas_layout import ROW_LOW
from kgreview.ui.entity_summary import Beyond, Neighbour, Side
from kgreview.ui.evidence import in_full
from kgreview.ui.evidence_html import name_key
from kgreview.ui.scales import figures_of, signed
from kgreview.ui.text import clip, plain, text_width

_TEXT_EM = 22.0


def sum_of_relation(neighbours: Sequence[Neighbour]) -> tuple[float, float, float]:
    """Give what stands for all neighbours over a relation: what they add, and the most of the rest.

    nan where no network looked at any.
    """
    seen = [figures_of(n) for n in neighbours if not math.isnan(n.contribution)]
    if not seen:
        return math.nan, math.nan, math.nan
    adds, cross, own = zip(*seen, strict=True)
    return math.fsum(adds), max(cross), max(own)


def label_of(neighbour: Neighbour, figure: str, change: str, room: float = _TEXT_EM) -> str:
    """Write the label of a neighbour, cut to the room there is, in em."""
    figures = f"{figure}  " if figure else ""
    figures += f"({change})  " if change else ""
    return figures + clip(neighbour.name, room - text_width(figures))


@dataclass
class Far:
    """An entity two hops from the centre, and the neighbours that lead to it."""

    id: str
    name: str
    type: str
    also: bool  # the other side has one with this name
    steps: list[tuple[Neighbour, Beyond]] = field(default_factory=list)


def second_hop(side: Side, also: set[str], room: int) -> tuple[list[Far], int]:
    """Choose what the second hop shows, and count what it does not.

    First what the other side has too, then what most neighbours lead to; what is a neighbour itself
    is drawn already.
    """
    near = {neighbour.id: neighbour for neighbour in reversed(side.neighbours)}
    by_id: dict[str, Far] = {}
    turn: dict[str, int] = {}
    more = 0
    for neighbour in dict.fromkeys(near[n.id] for n in side.neighbours):
        more += neighbour.not_beyond
        for place, one in enumerate(neighbour.beyond):
            if one.id in near:
                continue
            turn.setdefault(one.id, place)
            seen = Far(one.id, one.name, one.type, name_key(one.name) in also)
            steps = by_id.setdefault(one.id, seen).steps
            if neighbour not in (step for step, _ in steps):
                steps.append((neighbour, one))
    ranked = sorted(
        by_id.values(), key=lambda far: (not far.also, -len(far.steps), turn[far.id], far.name)
    )
    most = max(1, int((room - 12) / ROW_LOW) - 1)
    return ranked[:most], more + sum(len(far.steps) for far in ranked[most:])


def far_tip(far: Far) -> list[str]:
    """Give the lines shown when the pointer rests on a neighbour of a neighbour."""
    lines = [plain(far.name), f"type: {plain(far.type)}", f"id: {plain(far.id)}"]
    lines += [f"{_beyond(replace(step, name=neighbour.name))}" for neighbour, step in far.steps[:8]]
    return [*lines, "the other side has one with this name"] if far.also else lines


def tip_of(neighbour: Neighbour) -> list[str]:
    """Give the lines shown when the pointer rests on a neighbour."""
    over = "from" if neighbour.inverse else "to"
    lines = [
        plain(neighbour.name),
        f"{plain(neighbour.relation)} ({over} this neighbour)",
        f"type: {plain(neighbour.type)}",
        f"id: {plain(neighbour.id)}",
    ]
    lines += [f"{plain(a, 60)}: {plain(' · '.join(v), 160)}" for a, v in neighbour.facts]
    if math.isnan(neighbour.contribution):
        return [*lines, "not sampled by the network"]
    lines += [
        f"adds {signed(neighbour.contribution)} to the log odds of a match",
        f"cross-graph attention {neighbour.cross:.2f}: whether it has a counterpart",
        f"self-attention {neighbour.self_:.2f}: log odds at stake",
    ]
    if neighbour.change is not None:
        lines.append(in_full(neighbour.change))
    return lines


def opened_parts(neighbour: Neighbour, tip: list[str], also: set[str]) -> dict[str, Any]:
    """Give what a click on a neighbour opens: all of its values shown, and the second hop."""
    rest = neighbour.not_beyond
    return {
        "lines": tip,
        "url": neighbour.url,
        "beyond": [
            {"text": _beyond(one), "also": name_key(one.name) in also} for one in neighbour.beyond
        ],
        "more": f"+{rest:,} more" if neighbour.beyond and rest else "",
    }


def _beyond(one: Beyond) -> str:
    relation = clip(local_name(one.relation), 14)
    return f"{f'← {relation}' if one.inverse else f'{relation} →'}  {plain(one.name, 80)}"
