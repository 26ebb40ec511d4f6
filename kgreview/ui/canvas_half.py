"""One half of the canvas: an entity, its relations, its neighbours, and theirs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from pyvis.network import Network

from kgreview.text.iris import local_name
from kgreview.ui.canvas_layout import ROW_HIGH, ROW_LOW, Placed
from kgreview.ui.canvas_tips import Far, far_tip, label_of, opened_parts, sum_of_relation, tip_of
from kgreview.ui.entity_summary import Neighbour, Side
from kgreview.ui.evidence import Evidence
from kgreview.ui.evidence_html import name_key
from kgreview.ui.palette import Palette
from kgreview.ui.scales import Scales, figures_of
from kgreview.ui.text import clip, plain, text_width

_CENTRE, _RELATION, _DOT, _TEXT, _GUTTER = 566, 416, 320, 302, 30  # |x| of each column
_CENTRE_EM, _RELATION_EM = 9.0, 12.5  # room in the columns, in em


# with two hops the names of neighbours make room for a column of their own neighbours
_NEAR_EM, _FAR, _FAR_TEXT, _FAR_EM = 9.2, 140, 131, 8.4


_TEXT_SIZE = 12
SMOOTH = {"type": "cubicBezier", "forceDirection": "horizontal", "roundness": 0.45}


@dataclass
class CanvasHalf:
    """Draws one side; ``sign`` is −1 for the left half and 1 for the right."""

    network: Network
    colours: Palette
    sign: int
    row: float
    scales: Scales | None  # None where no network looked at either side
    also: set[str]  # names of the other side
    evidence: Evidence | None
    ends: dict[Neighbour, tuple[float, float]] = field(default_factory=dict)  # of each line
    # the same with two hops, by neighbour: over two relations it stands on two lines
    near: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    # of the second hop, by name: where the line ends, and the type
    far: dict[str, tuple[float, float, str]] = field(default_factory=dict)

    def draw(self, side: Side, relations: list[Placed]) -> None:
        """Draw the entity, its relations and their neighbours."""
        colours = self.colours
        centre = self._add(
            x=self.sign * _CENTRE,
            y=0,
            shape="diamond",
            size=15,
            color=colours.centre,
            label=clip(side.name, 2 * _CENTRE_EM) + "\n" + clip(local_name(side.type), _CENTRE_EM),
            font={"size": 13, "color": colours.text, "face": "sans-serif"},
            widthConstraint={"maximum": 122},
            tip=[plain(side.name), f"type: {plain(side.type)}", f"id: {plain(side.id)}"],
        )
        if not relations:
            self._text("No relations", 0, colours.quiet, x=self.sign * 300, width=200)
        for placed in relations:
            self._group(centre, placed)

    def _group(self, centre: int, placed: Placed) -> None:
        """Draw one relation with its neighbours."""
        group, y = placed.group, placed.y
        middle = y + self.row * (group.lines - 1) / 2
        name = clip(local_name(group.relation), _RELATION_EM)
        # forward relations point away from the centre
        points_right = group.inverse == (self.sign > 0)
        junction = self._add(
            x=self.sign * _RELATION,
            y=middle,
            shape="box",
            label=group.label or (f"{name} →" if points_right else f"← {name}"),
            color={
                "background": self.colours.panel,
                "border": placed.colour or self.colours.line,
            },
            borderWidth=1 if placed.colour else 0,
            margin={"top": 1, "bottom": 1, "left": 4, "right": 4},
            font={
                "size": 11,
                "color": placed.colour or self.colours.text,
                "face": "sans-serif",
            },
            tip=[plain(group.relation or group.label)],
        )
        # one arrow where the relation ends: at the neighbours, or for an inverse at the centre
        self._edge(
            centre,
            junction,
            values=sum_of_relation(group.neighbours),
            arrows={"from": {"enabled": group.inverse, "scaleFactor": 0.5}},
        )
        for neighbour in group.neighbours:
            self._neighbour(junction, neighbour, y)
            y += self.row
        if group.more:
            self._text(f"+{group.more:,} more", y, self.colours.quiet)

    def _neighbour(self, junction: int, neighbour: Neighbour, y: float) -> None:
        values = figures_of(neighbour)
        tip = tip_of(neighbour)
        opened = opened_parts(neighbour, tip, self.also)
        dot = self._add(
            x=self.sign * _DOT,
            y=y,
            shape="dot",
            label=" ",
            borderWidth=1,
            tip=tip,
            opened=opened,
            **self._dot(0, values[0]),
            modes=[self._dot(mode, value) for mode, value in enumerate(values)],
        )
        self._edge(
            junction,
            dot,
            values=values,
            arrows={"to": {"enabled": not neighbour.inverse, "scaleFactor": 0.4}},
        )
        change = self.evidence.figure(neighbour.change) if self.evidence else ""
        written = [self._written(mode, value) for mode, value in enumerate(values)]
        labels = [label_of(neighbour, figure, change) for figure in written]
        short = [label_of(neighbour, figure, "", _NEAR_EM) for figure in written]
        self._text(
            labels[0],
            y,
            self.colours.text,
            tip=tip,
            opened=opened,
            modes=[{"label": label} for label in labels],
            hops=[{"label": label} for label in short],
        )
        near = self.sign * (_TEXT - 6 - _TEXT_SIZE * max(map(text_width, short)))
        self.near.setdefault(neighbour.id, []).append((near, y))
        end = self.sign * (_TEXT - 10 - _TEXT_SIZE * max(map(text_width, labels)))
        self.ends[neighbour] = (end, y)

    def draw_second_hop(self, neighbours: list[Far], more: int, room: int) -> None:
        """Draw a column of the neighbours' own neighbours, hidden until it is asked for."""
        hidden = {"hidden": True, "modes": {"hidden": True}, "hops": {"hidden": False}}

        def height(far: Far) -> float:
            return fmean(y for n, _ in far.steps for _, y in self.near[n.id])

        neighbours = sorted(neighbours, key=lambda far: (height(far), far.name, far.id))
        lines = len(neighbours) + (more > 0)
        row = min(ROW_HIGH, max(ROW_LOW, (room - 12) / max(lines, 1)))
        y = -row * (lines - 1) / 2
        anchors: dict[tuple[float, float], int] = {}
        for far in neighbours:
            colour = self.colours.shared if far.also else self.colours.quiet
            tip = far_tip(far)
            opened = {"lines": tip, "url": None, "beyond": [], "more": ""}
            square = self._add(
                x=self.sign * _FAR,
                y=y,
                shape="square",
                label=" ",
                size=4,
                borderWidth=1,
                color={"background": colour if far.also else "rgba(0,0,0,0)", "border": colour},
                tip=tip,
                opened=opened,
                **hidden,
            )
            name = clip(far.name, _FAR_EM)
            text_colour = colour if far.also else self.colours.text
            self._far_text(name, y, text_colour, tip=tip, opened=opened, **hidden)
            end = self.sign * (_FAR_TEXT - 8 - _TEXT_SIZE * text_width(name))
            self.far.setdefault(name_key(far.name), (end, y, far.type))
            for line in (line for neighbour, _ in far.steps for line in self.near[neighbour.id]):
                if line not in anchors:
                    dot = {"shape": "dot", "label": " ", "size": 1.5, "color": self.colours.quiet}
                    anchors[line] = self._add(x=line[0], y=line[1], tip=[], **dot, **hidden)
                self.network.add_edge(
                    anchors[line],
                    square,
                    color=colour if far.also else self.colours.line,
                    width=1,
                    arrows={"to": {"enabled": False}},
                    smooth=SMOOTH,
                    **hidden,
                )
            y += row
        if more:
            tip = [f"{more:,} more neighbours of the neighbours"]
            self._far_text(f"+{more:,} more", y, self.colours.quiet, tip=tip, **hidden)

    def _far_text(self, text: str, y: float, colour: str, **options: Any) -> None:
        x, width = self.sign * (_FAR_TEXT + _GUTTER) / 2, _FAR_TEXT - _GUTTER
        self._text(text, y, colour, x=x, width=width, **options)

    def _dot(self, mode: int, value: float) -> dict[str, Any]:
        """Give size and colour of a neighbour's dot; the area follows the figure."""
        size, background = 3.5, self.colours.background
        if self.scales is not None and not math.isnan(value):
            scale = self.scales[mode]
            size = 2.5 + (min(0.52 * self.row, 13.0) - 2.5) * math.sqrt(scale.share(value))
            background = scale.colour(value)
        return {
            "size": round(size, 2),
            "color": {"background": background, "border": self.colours.quiet},
        }

    def _written(self, mode: int, value: float) -> str:
        if self.scales is None or math.isnan(value):
            return ""
        return self.scales[mode].write(value)

    def _text(
        self,
        text: str,
        y: float,
        colour: str,
        *,
        x: float | None = None,
        width: float = _TEXT - _GUTTER,
        tip: list[str] | None = None,
        **options: Any,
    ) -> int:
        """Set a line in the column beside the dots, aligned to the dots' side."""
        return self._add(
            x=self.sign * (_TEXT + _GUTTER) / 2 if x is None else x,
            y=y,
            shape="box",
            label=text,
            color={"background": "rgba(0,0,0,0)", "border": "rgba(0,0,0,0)"},
            borderWidth=0,
            margin={"top": 0, "bottom": 0, "left": 0, "right": 0},
            widthConstraint={"minimum": width},
            font={
                "size": _TEXT_SIZE,
                "color": colour,
                "face": "sans-serif",
                "align": "left" if self.sign < 0 else "right",
            },
            tip=tip or [],
            **options,
        )

    def _add(self, *, x: float, y: float, tip: list[str], **options: Any) -> int:
        node = len(self.network.nodes)
        # `tip` and not `title`: a title with "href" in it makes pyvis write all titles as HTML
        self.network.add_node(node, x=round(x, 2), y=round(y, 2), tip=tip, **options)
        if "font" in options:  # pyvis puts its own font over a node's
            self.network.node_map[node]["font"] = options["font"]
        return node

    def _edge(self, source: int, target: int, values: Sequence[float], **options: Any) -> None:
        """Draw an edge as wide and as coloured as its figures, by mode."""
        modes = [self._line(mode, value) for mode, value in enumerate(values)]
        options = {**options, **modes[0], "modes": modes}
        self.network.add_edge(source, target, smooth=SMOOTH, **options)

    def _line(self, mode: int, value: float) -> dict[str, Any]:
        if self.scales is None or math.isnan(value):
            return {"width": 1.0, "color": self.colours.line}
        scale = self.scales[mode]
        return {"width": round(0.8 + 3.2 * scale.share(value), 2), "color": scale.colour(value)}
