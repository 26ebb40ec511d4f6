"""One pair layer by layer, as numbers with names and as one picture (SVG)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from kgreview.aligner.explanation import Layers, NetworkLayers, SideLayers
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.names import display_name
from kgreview.graph.schema import Schema
from kgreview.text.iris import local_name
from kgreview.views.heading import share
from kgreview.views.palette import Palette, palette, scale_colour
from kgreview.views.text import clip, plain

_WIDTH, _MARGIN = 1240, 14
_ROW, _FIGURE = 23, 46  # height of a row, width of a column of figures
_RELATION, _NAME, _MATRIX = 128, 330, 556  # where columns end or begin
_MOST_CELL = 54
_FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
_FIGURES = (("chance", "chance"), ("self", "β"), ("cross", "α"), ("weight", "α β"))


def named_layers(
    layers: Layers,
    graphs: tuple[KnowledgeGraph, KnowledgeGraph],
    rows: tuple[int, int],
    schema: Schema,
) -> dict[str, Any]:
    """Put names to the layers of a pair, as JSON values: what the picture shows, and all of it."""
    names = (schema.left_names, schema.right_names)

    def side(number: int, of: SideLayers) -> dict[str, Any]:
        graph = graphs[number]
        relations = {code: graph.relation(code) for code, _ in of.by_relation}
        return {
            "neighbours": [
                {
                    "id": graph.id(n.row),
                    "name": display_name(graph, n.row, names[number]),
                    "relation": relations[n.relation][0],
                    "inverse": relations[n.relation][1],
                    "chance": n.chance,
                    "message": n.message,
                    "self": n.self_,
                    "cross": n.cross,
                    "weight": n.weight,
                }
                for n in of.neighbours
            ],
            "degree": of.degree,
            "by_relation": [
                {"relation": relations[code][0], "inverse": relations[code][1], "length": length}
                for code, length in of.by_relation
            ],
            "vector": list(of.vector),
        }

    def network(of: NetworkLayers) -> dict[str, Any]:
        return {
            "left": side(0, of.left),
            "right": side(1, of.right),
            "affinity": [list(row) for row in of.affinity],
            "distance": of.distance,
            "logit": of.logit,
        }

    entities = [
        {"id": graph.id(row), "name": display_name(graph, row, naming), "type": graph.type_of(row)}
        for graph, row, naming in zip(graphs, rows, names, strict=True)
    ]
    return {
        "left": entities[0],
        "right": entities[1],
        "cap": layers.cap,
        "temperature": layers.temperature,
        "networks": [network(of) for of in layers.networks],
        "mean_logit": layers.mean_logit,
        "final_logit": layers.final_logit,
        "log_odds": layers.log_odds,
        "probability": layers.probability,
        "threshold": layers.threshold,
    }


def layers_svg(named: dict[str, Any], network: int = 0, *, dark: bool = False) -> str:
    """Draw what one network computed of a pair, from samples to probability.

    ``named`` is what ``named_layers`` gives. Every figure that a colour stands for is written in
    its cell. Strings are text only, and the picture refers to nothing outside of it.
    """
    drawing = _Drawing(palette(dark))
    of = named["networks"][network]
    left, right = of["left"]["neighbours"], of["right"]["neighbours"]
    drawing.text(_MARGIN, 24, _pair(named), size=17, weight=650)
    below = _matrix(drawing, of, left, right, 62)
    below = max(below, _arrives(drawing, of, _bars_from(left)))
    below = _vectors(drawing, of, below + 22)
    below = _chain(drawing, named, below + 26)
    return drawing.document(below + 12)


def _pair(named: dict[str, Any]) -> str:
    return f"{clip(named['left']['name'], 28)}  –  {clip(named['right']['name'], 28)}"


@dataclass
class _Drawing:
    colours: Palette
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

    def cell(self, x: float, y: float, width: float, value: float, most: float) -> None:
        """Fill a cell by its value, and write the value into it where there is room."""
        colour = scale_colour(self.colours.scale, value / most if most > 0 else 0)
        self.box(x + 0.5, y + 0.5, width - 1, _ROW - 1, colour)
        if width >= 26:
            self.text(
                x + width / 2, y + 16, f"{value:.2f}", size=11, anchor="middle", colour=_on(colour)
            )

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


def _matrix(
    drawing: _Drawing,
    of: dict[str, Any],
    left: Sequence[dict[str, Any]],
    right: Sequence[dict[str, Any]],
    top: float,
) -> float:
    """Draw both samples as the sides of the matrix A_pq; give where it ends."""
    quiet = drawing.colours.quiet
    most = max((n[key] for n in (*left, *right) for key, _ in _FIGURES[1:]), default=1.0)
    chance = max((n["chance"] for n in (*left, *right)), default=1.0)
    drawing.heading(_MARGIN, top - 10, f"Left sample: {len(left)} of {of['left']['degree']:,}")
    for column, (_, words) in enumerate(_FIGURES):
        x = _NAME + (column + 0.5) * _FIGURE + 8
        drawing.text(x, top - 8, words, size=11, anchor="middle", colour=quiet)
    drawing.heading(_MATRIX, top - 10, "A_pq = exp(−‖z_p − z_q‖): who vouches for whom")
    for row, neighbour in enumerate(left):
        y = top + row * _ROW
        drawing.text(_RELATION, y + 16, _over(neighbour), size=11, anchor="end", colour=quiet)
        drawing.text(_RELATION + 10, y + 16, clip(neighbour["name"], 15.5))
        for column, (key, _) in enumerate(_FIGURES):
            x = _NAME + 8 + column * _FIGURE
            drawing.cell(x, y, _FIGURE, neighbour[key], chance if key == "chance" else most)
    width = min(_MOST_CELL, (_WIDTH - _MATRIX - 110) / max(1, len(right)))
    for row, line in enumerate(of["affinity"]):
        for column, value in enumerate(line):
            drawing.cell(_MATRIX + column * width, top + row * _ROW, width, value, 1.0)
    if not left:
        drawing.text(_MARGIN, top + 16, "no neighbours", colour=quiet)
    if not right:
        drawing.text(_MATRIX, top + 16, "no neighbours on the right", colour=quiet)
        return top + max(len(left), 1) * _ROW
    y = top + max(len(left), 1) * _ROW + 8
    for key, words in reversed(_FIGURES):
        drawing.text(_MATRIX - 8, y + 16, words, size=11, anchor="end", colour=quiet)
        for column, neighbour in enumerate(right):
            largest = chance if key == "chance" else most
            drawing.cell(_MATRIX + column * width, y, width, neighbour[key], largest)
        y += _ROW
    for column, neighbour in enumerate(right):
        x = _MATRIX + (column + 0.5) * width
        words = f"{clip(neighbour['name'], 11.5)}  {_over(neighbour)}"
        drawing.text(x - 3, y + 12, words, size=11, turn=35)
    drawing.heading(_MATRIX, y + 138, f"Right sample: {len(right)} of {of['right']['degree']:,}")
    return y + 144


def _over(neighbour: dict[str, Any]) -> str:
    name = clip(local_name(neighbour["relation"]), 9)
    return f"← {name}" if neighbour["inverse"] else f"{name} →"


def _bars_from(left: Sequence[dict[str, Any]]) -> float:
    return 62 + max(len(left), 1) * _ROW + 40


def _arrives(drawing: _Drawing, of: dict[str, Any], top: float) -> float:
    """Draw how much arrives over each relation, on one scale for both sides."""
    drawing.heading(_MARGIN, top, "What arrives, by relation: ‖Σ α β z‖")
    sides = [
        sorted(of[s]["by_relation"], key=lambda r: -r["length"])[:6] for s in ("left", "right")
    ]
    most = max((r["length"] for side in sides for r in side), default=1.0)
    for number, (words, side) in enumerate(zip(("left", "right"), sides, strict=True)):
        x = _MARGIN + number * 262
        drawing.text(x, top + 18, words, size=11, colour=drawing.colours.quiet)
        for row, relation in enumerate(side):
            y = top + 24 + row * 19
            drawing.text(x + 92, y + 13, _over(relation), size=11, anchor="end")
            length = 110 * relation["length"] / most if most > 0 else 0
            drawing.box(x + 98, y + 3, length, 12, drawing.colours.accent)
            drawing.text(x + 102 + length, y + 13, f"{relation['length']:.2f}", size=11)
    return top + 24 + 19 * max(len(side) for side in sides)


def _vectors(drawing: _Drawing, of: dict[str, Any], top: float) -> float:
    """Draw both vectors and how far apart they are, as strips of cells."""
    vectors = of["left"]["vector"], of["right"]["vector"]
    apart = [abs(a - b) for a, b in zip(*vectors, strict=True)]
    most = max((*vectors[0], *vectors[1], *apart), default=1.0)
    drawing.heading(
        _MARGIN,
        top,
        f"The two vectors: ‖h − h'‖ = {of['distance']:.2f}   (left half: of itself, right half: "
        "of its neighbours)",
    )
    cell = (_WIDTH - 2 * _MARGIN - 60) / max(1, len(apart))
    for row, (words, values) in enumerate(
        (("h", vectors[0]), ("h'", vectors[1]), ("|h − h'|", apart))
    ):
        y = top + 9 + row * 17
        drawing.text(_MARGIN + 52, y + 12, words, size=11, anchor="end")
        for column, value in enumerate(values):
            colour = scale_colour(drawing.colours.scale, value / most if most > 0 else 0)
            drawing.box(_MARGIN + 60 + column * cell, y, cell - 0.6, 15, colour)
    return top + 60


def _chain(drawing: _Drawing, named: dict[str, Any], top: float) -> float:
    """Write how the networks' logits become a probability."""
    networks = named["networks"]
    steps = [
        (f"network {number}", f"{network['logit']:+.2f}")
        for number, network in enumerate(networks, 1)
    ]
    if len(networks) > 1:
        steps.append(("their mean", f"{named['mean_logit']:+.2f}"))
    steps += [
        ("among its rivals", f"{named['final_logit']:+.2f}"),
        ("calibrated log odds", f"{named['log_odds']:+.2f}"),
        ("probability", share(named["probability"])),
        ("threshold", share(named["threshold"])),
    ]
    drawing.heading(_MARGIN, top, "The score")
    width = (_WIDTH - 2 * _MARGIN) / len(steps)
    for place, (words, figure) in enumerate(steps):
        x = _MARGIN + place * width
        drawing.box(x, top + 9, width - 12, 42, drawing.colours.panel)
        drawing.text(x + 10, top + 26, words, size=11, colour=drawing.colours.quiet)
        drawing.text(x + 10, top + 44, figure, size=15, weight=650)
    return top + 54
