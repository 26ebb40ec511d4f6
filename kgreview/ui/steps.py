"""One pair step by step, as numbers with names and as one picture (SVG)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from kgreview.aligner.explanation import NeighbourAttention, Steps
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.names import display_name
from kgreview.graph.schema import Schema
from kgreview.text.iris import local_name
from kgreview.ui.heading import share
from kgreview.ui.palette import Palette, palette
from kgreview.ui.scales import LEAST, Scale, signed
from kgreview.ui.text import clip, plain
from kgreview.ui.waterfall import row_name

_WIDTH, _MARGIN = 1240, 14
_ROW, _FIGURE = 23, 46  # height of a row, width of a column of figures
_RELATION, _NAME, _MATRIX = 128, 330, 556  # where columns end or begin
_MOST_CELL, _MOST_BARS = 54, 7
_FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
# of a neighbour, in the order in which one makes the next
_FIGURES = (("chance", "chance"), ("cross", "cross"), ("self", "self"), ("contribution", "adds"))


def named_steps(
    steps: Steps,
    graphs: tuple[KnowledgeGraph, KnowledgeGraph],
    rows: tuple[int, int],
    schema: Schema,
) -> dict[str, Any]:
    """Put names to the steps of a pair, as JSON values: what the picture shows, and all of it."""
    names = (schema.left_names, schema.right_names)
    seen = (steps.attention.left, steps.attention.right)

    def neighbour(side: int, of: NeighbourAttention, chance: float) -> dict[str, Any]:
        graph = graphs[side]
        relation, inverse = graph.relation(of.relation)
        return {
            "id": graph.id(of.row),
            "name": display_name(graph, of.row, names[side]),
            "relation": relation,
            "inverse": inverse,
            "chance": chance,
            "cross": of.cross,
            "self": of.self_,
            "contribution": of.contribution,
        }

    def entity(side: int) -> dict[str, Any]:
        graph, row = graphs[side], rows[side]
        return {
            "id": graph.id(row),
            "name": display_name(graph, row, names[side]),
            "type": graph.type_of(row),
            "degree": steps.degrees[side],
            "neighbours": [
                neighbour(side, of, chance)
                for of, chance in zip(seen[side], steps.chances[side], strict=True)
            ],
        }

    fall = steps.waterfall
    return {
        "left": entity(0),
        "right": entity(1),
        "cap": steps.cap,
        "temperature": steps.temperature,
        "affinity": [list(row) for row in steps.affinity],
        "rounds": [{"belief": each.belief, "evidence": each.evidence} for each in steps.rounds],
        "waterfall": {
            "prior": fall.prior,
            "attributes": [
                {"left": left, "right": right, "contribution": value}
                for (left, right), value in fall.attributes
            ],
            "neighbours": math.fsum(n.contribution for side in seen for n in side),
            "competitors": fall.competitors,
            "log_odds": fall.log_odds,
        },
        "probability": steps.probability,
        "threshold": steps.threshold,
    }


def steps_svg(named: dict[str, Any], *, dark: bool = False) -> str:
    """Draw how a pair comes from its samples to its probability.

    ``named`` is what ``named_steps`` gives. Every figure that a colour stands for is written in its
    cell. Strings are text only, and the picture refers to nothing outside of it.
    """
    colours = palette(dark)
    left, right = named["left"]["neighbours"], named["right"]["neighbours"]
    drawing = _Drawing(colours, _scales((*left, *right), colours))
    drawing.text(_MARGIN, 24, _pair(named), size=17, weight=650)
    below = _matrix(drawing, named, 62)
    below = max(below, _attributes(drawing, named, 62 + max(len(left), 1) * _ROW + 40))
    below = _sum(drawing, named, below + 26)
    below = _rounds(drawing, named, below + 26)
    return drawing.document(below + 12)


def _pair(named: dict[str, Any]) -> str:
    return f"{clip(named['left']['name'], 28)}  –  {clip(named['right']['name'], 28)}"


def _scales(neighbours: Sequence[dict[str, Any]], colours: Palette) -> dict[str, Scale]:
    """Give the scale of each figure of a neighbour, the same for both sides."""

    def most(key: str, least: float) -> float:
        return max([least, *(float(abs(n[key])) for n in neighbours)])

    return {
        "chance": Scale(colours.scale, most("chance", 1e-9), False),
        "cross": Scale(colours.scale, 1.0, False),
        "self": Scale(colours.scale, most("self", LEAST), False),
        "contribution": Scale(colours.diverging, most("contribution", LEAST), True),
    }


@dataclass
class _Drawing:
    colours: Palette
    scales: dict[str, Scale]
    parts: list[str] = field(default_factory=list)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = 12,
        anchor: str = "start",
        colour: str | None = None,
        weight: int = 400,
        turn: float = 0,
    ) -> None:
        """Write a line of text; ``turn`` in degrees."""
        turned = f' transform="rotate({turn} {x:.1f} {y:.1f})"' if turn else ""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
            f'font-weight="{weight}" fill="{colour or self.colours.text}"{turned}>'
            f"{escape(plain(words, 200))}</text>"
        )

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """Fill a rectangle."""
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}" '
            f'fill="{colour}"/>'
        )

    def cell(self, x: float, y: float, width: float, value: float, scale: Scale) -> None:
        """Fill a cell by its value, and write the value into it where there is room."""
        colour = scale.colour(value)
        self.box(x + 0.5, y + 0.5, width - 1, _ROW - 1, colour)
        if width >= 26:
            words = scale.write(value)
            self.text(x + width / 2, y + 16, words, size=11, anchor="middle", colour=_on(colour))

    def heading(self, x: float, y: float, words: str) -> None:
        """Write what a part of the picture shows."""
        self.text(x, y, words, size=12.5, weight=650)

    def document(self, height: float) -> str:
        """Give the picture."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" '
            f'width="{_WIDTH}" height="{height:.0f}" font-family="{escape(_FONT)}">'
            f'<rect width="100%" height="100%" fill="{self.colours.background}"/>'
            f"{''.join(self.parts)}</svg>"
        )


def _on(colour: str) -> str:
    """Choose black or white, whichever is read better on a colour."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#000000" if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "#ffffff"


def _matrix(drawing: _Drawing, named: dict[str, Any], top: float) -> float:
    """Draw both samples as the sides of the matrix A_pq; give where it ends."""
    quiet = drawing.colours.quiet
    left, right = named["left"]["neighbours"], named["right"]["neighbours"]
    drawing.heading(_MARGIN, top - 10, f"Left sample: {len(left)} of {named['left']['degree']:,}")
    for column, (_, words) in enumerate(_FIGURES):
        x = _NAME + (column + 0.5) * _FIGURE + 8
        drawing.text(x, top - 8, words, size=11, anchor="middle", colour=quiet)
    drawing.heading(
        _MATRIX, top - 10, "A_pq: whether p on the left and q on the right are the same"
    )
    for row, neighbour in enumerate(left):
        y = top + row * _ROW
        drawing.text(_RELATION, y + 16, _over(neighbour), size=11, anchor="end", colour=quiet)
        drawing.text(_RELATION + 10, y + 16, clip(neighbour["name"], 15.5))
        for column, (key, _) in enumerate(_FIGURES):
            x = _NAME + 8 + column * _FIGURE
            drawing.cell(x, y, _FIGURE, neighbour[key], drawing.scales[key])
    width = min(_MOST_CELL, (_WIDTH - _MATRIX - 110) / max(1, len(right)))
    for row, line in enumerate(named["affinity"]):
        for column, value in enumerate(line):
            x, y = _MATRIX + column * width, top + row * _ROW
            drawing.cell(x, y, width, value, drawing.scales["cross"])
    if not left:
        drawing.text(_MARGIN, top + 16, "no neighbours", colour=quiet)
    if not right:
        drawing.text(_MATRIX, top + 16, "no neighbours on the right", colour=quiet)
        return top + max(len(left), 1) * _ROW
    y = top + max(len(left), 1) * _ROW + 8
    for key, words in reversed(_FIGURES):
        drawing.text(_MATRIX - 8, y + 16, words, size=11, anchor="end", colour=quiet)
        for column, neighbour in enumerate(right):
            drawing.cell(_MATRIX + column * width, y, width, neighbour[key], drawing.scales[key])
        y += _ROW
    for column, neighbour in enumerate(right):
        x = _MATRIX + (column + 0.5) * width
        words = f"{clip(neighbour['name'], 11.5)}  {_over(neighbour)}"
        drawing.text(x - 3, y + 12, words, size=11, turn=35)
    drawing.heading(_MATRIX, y + 138, f"Right sample: {len(right)} of {named['right']['degree']:,}")
    return y + 144


def _over(neighbour: dict[str, Any]) -> str:
    name = clip(local_name(neighbour["relation"]), 9)
    return f"← {name}" if neighbour["inverse"] else f"{name} →"


def _attributes(drawing: _Drawing, named: dict[str, Any], top: float) -> float:
    """Draw what own attributes add, the largest first, from a line in the middle."""
    drawing.heading(_MARGIN, top, "Own attributes: what each adds")
    attributes = sorted(
        named["waterfall"]["attributes"], key=lambda each: -abs(each["contribution"])
    )
    quiet = drawing.colours.quiet
    if not attributes:
        drawing.text(_MARGIN, top + 22, "nothing to compare", colour=quiet)
    most = max((abs(each["contribution"]) for each in attributes), default=0.0)
    middle, half, y = 330.0, 110.0, top + 8
    scale = Scale(drawing.colours.diverging, 1.0, True)
    for each in attributes[:_MOST_BARS]:
        value = each["contribution"]
        words = clip(row_name((each["left"], each["right"])), 14)
        drawing.text(middle - half - 14, y + 14, words, size=11, anchor="end")
        length = half * abs(value) / most if most > 0 else 0
        drawing.box(
            middle - length if value < 0 else middle,
            y + 4,
            length,
            12,
            scale.colour(math.copysign(1.0, value)),
        )
        drawing.text(middle + half + 14, y + 14, signed(value), size=11)
        y += 19
    if len(attributes) > _MOST_BARS:
        rest = math.fsum(each["contribution"] for each in attributes[_MOST_BARS:])
        words = f"{len(attributes) - _MOST_BARS} more: {signed(rest)}"
        drawing.text(middle - half - 14, y + 14, words, size=11, anchor="end", colour=quiet)
        y += 19
    if attributes:
        drawing.box(middle - 0.5, top + 8, 1, y - top - 8, quiet)
    return y


def _sum(drawing: _Drawing, named: dict[str, Any], top: float) -> float:
    """Write how prior, attributes, neighbours and competitors add up to the log odds."""
    fall = named["waterfall"]
    attributes = math.fsum(each["contribution"] for each in fall["attributes"])
    adding = [
        ("before anything is compared", fall["prior"]),
        ("+ own attributes", attributes),
        ("+ neighbours", fall["neighbours"]),
        ("+ competing candidates", fall["competitors"]),
        ("= log odds", fall["log_odds"]),
    ]
    drawing.heading(_MARGIN, top, "The log odds of a match, and the probability they mean")
    scale = Scale(drawing.colours.diverging, max(LEAST, *(abs(v) for _, v in adding)), True)
    boxes = [(words, signed(value), scale.colour(value)) for words, value in adding]
    plain_boxes = [
        ("probability", share(named["probability"]), ""),
        ("threshold", share(named["threshold"]), ""),
    ]
    return _boxes(drawing, [*boxes, *plain_boxes], top)


def _rounds(drawing: _Drawing, named: dict[str, Any], top: float) -> float:
    """Write what was believed of the pair before each round, and what neighbours then added."""
    drawing.heading(_MARGIN, top, "Rounds: what was believed of the pair, and what neighbours add")
    rounds = named["rounds"]
    if not rounds:
        words = "no candidate: nothing was believed of it before"
        drawing.text(_MARGIN, top + 22, words, colour=drawing.colours.quiet)
        return top + 26
    most = max(LEAST, *(abs(value) for each in rounds for value in each.values()))
    scale = Scale(drawing.colours.diverging, most, True)
    boxes = []
    for number, each in enumerate(rounds, 1):
        for words, value in (
            (f"believed before round {number}", each["belief"]),
            (f"neighbours in round {number}", each["evidence"]),
        ):
            boxes.append((words, signed(value), scale.colour(value)))
    return _boxes(drawing, boxes, top)


def _boxes(drawing: _Drawing, boxes: Sequence[tuple[str, str, str]], top: float) -> float:
    """Draw words, figures and the colours below them side by side; give where they end."""
    width = (_WIDTH - 2 * _MARGIN) / max(7, len(boxes))
    for place, (words, figure, colour) in enumerate(boxes):
        x = _MARGIN + place * width
        drawing.box(x, top + 9, width - 8, 46, drawing.colours.panel)
        drawing.text(x + 8, top + 26, words, size=11, colour=drawing.colours.quiet)
        drawing.text(x + 8, top + 45, figure, size=15, weight=650)
        if colour:
            drawing.box(x, top + 52, width - 8, 3, colour)
    return top + 57
