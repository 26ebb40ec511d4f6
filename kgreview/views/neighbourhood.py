"""Both neighbourhoods side by side: one pyvis canvas, whole in one HTML document, offline."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import re
import unicodedata
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from pyvis.network import Network

from kgreview.views.palette import Palette, palette, scale_colour
from kgreview.views.sides import More, Neighbour, Side
from kgreview.views.text import clip, local_name, plain, text_width

# The drawing is laid out on a sheet 1280 wide, its middle at 0, and scaled to the frame as a whole.
_WIDTH = 1280
_CENTRE, _RELATION, _DOT, _TEXT, _GUTTER = 566, 416, 320, 302, 30  # |x| of each column
_CENTRE_EM, _RELATION_EM, _TEXT_EM = 9.0, 12.5, 22.0  # room in the columns, in em
_TEXT_SIZE = 12
_ROW_LOW, _ROW_HIGH, _GROUP_GAP = 15.0, 32.0, 0.35
_LEGEND_HEIGHT = 28
_MOST_MORE = 4  # lines that count what is not shown
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
_SCRIPT = Path(__file__).with_name("canvas.js")


@lru_cache(maxsize=32)  # a page draws the same pair again with each click; half a megabyte each
def neighbourhood_canvas(left: Side, right: Side, *, height: int, dark: bool = False) -> str:
    """Draw both neighbourhoods as one HTML document that loads nothing and is always the same.

    The left graph has the left half. Each neighbour is coloured and sized by its attention weight,
    on one scale for both sides, with the figure beside its name; relation names sit on the edges,
    whose arrows show the direction. ``height`` is in CSS pixels, the legend included; in a frame of
    another size the drawing is scaled as a whole.

    Strings of graphs are shown as text only. The document also says by its content security policy
    that no script runs but ours and that nothing is fetched.
    """
    colours = palette(dark)
    room = height - _LEGEND_HEIGHT
    halves = (_fold(left, room), _fold(right, room))
    weights = [n.weight for side in halves for n in side.neighbours if not math.isnan(n.weight)]
    most = max(weights, default=math.nan)
    row = _row_height(halves, room)
    network = Network(
        height=f"{room}px",
        width="100%",
        directed=True,  # undirected graphs of pyvis drop parallel edges
        bgcolor=colours.background,
        cdn_resources="in_line",
    )
    network.templateEnv = _templates()
    network.set_options(json.dumps(_OPTIONS))
    shared = _names(halves[0]) & _names(halves[1])
    ends: dict[str, list[tuple[float, float]]] = {}
    for side, sign in zip(halves, (-1, 1), strict=True):
        _Half(network, colours, sign, row, most, shared, ends).draw(side)
    _draw_shared(network, colours, ends)
    network.add_node(
        -1, label=" ", shape="text", x=0, y=0, size=1, color=colours.background
    )  # holds the middle, so that an empty half stays empty
    return _document(network.generate_html(), (left, right), room, most, colours)


@cache
def _templates() -> Any:
    """Compile pyvis's template, which holds the whole library, once and not for each pair."""
    return Network().templateEnv


_OPTIONS: dict[str, Any] = {
    "physics": {"enabled": False},
    "layout": {"randomSeed": 0},
    "interaction": {
        "hover": True,
        "tooltipDelay": 80,
        "dragNodes": False,
        "dragView": False,
        "zoomView": False,
        "selectable": False,
    },
}


# ---------------------------------------------------------------- what is drawn


def _fold(side: Side, room: int) -> Side:
    """Count what does not fit into the height instead of showing it."""
    most_lines = max(3, int((room - 12) / _ROW_LOW))
    shown, more = list(side.neighbours), list(side.more)
    while len(shown) > 1 and _lines(shown, more) > most_lines:
        last = shown.pop()
        same = next(
            (i for i, m in enumerate(more) if (m.relation, m.inverse) == _relation(last)), None
        )
        if same is None:
            more.append(More(last.relation, last.inverse, 1))
        else:
            more[same] = replace(more[same], count=more[same].count + 1)
    return replace(side, neighbours=tuple(shown), more=tuple(more))


def _lines(shown: list[Neighbour], more: list[More]) -> float:
    groups = {_relation(neighbour) for neighbour in shown} | {
        (m.relation, m.inverse) for m in more[:_MOST_MORE]
    }
    return len(shown) + min(len(more), _MOST_MORE + 1) + _GROUP_GAP * len(groups)


def _relation(neighbour: Neighbour) -> tuple[str, bool]:
    return neighbour.relation, neighbour.inverse


def _row_height(halves: tuple[Side, Side], room: int) -> float:
    lines = max(_lines(list(side.neighbours), list(side.more)) for side in halves)
    return min(_ROW_HIGH, max(_ROW_LOW, (room - 12) / max(lines, 1)))


def _names(side: Side) -> set[str]:
    return {_key(neighbour.name) for neighbour in side.neighbours}


def _key(name: str) -> str:
    """Give the same for names that differ in case, accents, punctuation or order of words."""
    folded = unicodedata.normalize("NFKD", name[:400]).casefold()
    letters = "".join(c if c.isalnum() else " " for c in folded if not unicodedata.combining(c))
    return " ".join(sorted(letters.split())) or name


@dataclass
class _Group:
    relation: str
    inverse: bool
    neighbours: list[Neighbour]
    more: int = 0
    label: str = ""  # for what stands for several relations


def _groups(side: Side) -> list[_Group]:
    """Gather neighbours by relation: the most attended relation on top, what is counted last."""
    found: dict[tuple[str, bool], _Group] = {}
    for neighbour in side.neighbours:
        key = _relation(neighbour)
        found.setdefault(key, _Group(*key, [])).neighbours.append(neighbour)
    by_count = sorted(side.more, key=lambda more: -more.count)
    listed, others = by_count[:_MOST_MORE], by_count[_MOST_MORE:]
    for more in listed:
        key = (more.relation, more.inverse)
        found.setdefault(key, _Group(*key, [])).more = more.count
    groups = list(found.values())
    for group in groups:
        group.neighbours.sort(key=lambda n: (-_known(n.weight), n.name, n.id))
    groups.sort(
        key=lambda g: (
            not g.neighbours,
            -max((_known(n.weight) for n in g.neighbours), default=0.0),
            len(g.neighbours) + g.more,
            g.relation,
            g.inverse,
        )
    )
    if others:
        label = f"{len(others)} more relation{'s' * (len(others) > 1)}"
        groups.append(_Group("", False, [], sum(more.count for more in others), label))
    return groups


def _known(weight: float) -> float:
    return -1.0 if math.isnan(weight) else weight


@dataclass
class _Half:
    """Draws one side; ``sign`` is −1 for the left half and 1 for the right."""

    network: Network
    colours: Palette
    sign: int
    row: float
    most: float
    shared: set[str]
    ends: dict[str, list[tuple[float, float]]]

    def draw(self, side: Side) -> None:
        colours = self.colours
        centre = self._add(
            x=self.sign * _CENTRE,
            y=0,
            shape="diamond",
            size=15,
            color=colours.centre,
            label=clip(side.name, 2 * _CENTRE_EM) + "\n" + clip(side.type, _CENTRE_EM),
            font={"size": 13, "color": colours.text, "face": "sans-serif"},
            widthConstraint={"maximum": 122},
            tip=[plain(side.name), f"type: {plain(side.type)}", f"id: {plain(side.id)}"],
        )
        groups = _groups(side)
        if not groups:
            self._text("No relations", 0, colours.quiet, x=self.sign * 300, width=200)
            return
        lines = sum(len(g.neighbours) + (g.more > 0) for g in groups)
        span = lines + _GROUP_GAP * (len(groups) - 1)
        y = -self.row * (span - 1) / 2
        for group in groups:
            y = self._group(centre, group, y) + _GROUP_GAP * self.row

    def _group(self, centre: int, group: _Group, y: float) -> float:
        """Draw one relation from height ``y`` on; gives the height below it."""
        size = len(group.neighbours) + (group.more > 0)
        middle = y + self.row * (size - 1) / 2
        heaviest = max((_known(n.weight) for n in group.neighbours), default=-1.0)
        name = clip(local_name(group.relation), _RELATION_EM)
        # forward relations point away from the centre
        points_right = group.inverse == (self.sign > 0)
        junction = self._add(
            x=self.sign * _RELATION,
            y=middle,
            shape="box",
            label=group.label or (f"{name} →" if points_right else f"← {name}"),
            color={"background": self.colours.panel, "border": self.colours.line},
            borderWidth=0,
            margin={"top": 1, "bottom": 1, "left": 4, "right": 4},
            font={"size": 11, "color": self.colours.text, "face": "sans-serif"},
            tip=[plain(group.relation or group.label)],
        )
        # one arrow where the relation ends: at the neighbours, or for an inverse at the centre
        self._edge(
            centre,
            junction,
            width=self._width(heaviest),
            color=self._colour(heaviest),
            arrows={"from": {"enabled": group.inverse, "scaleFactor": 0.5}},
        )
        for neighbour in group.neighbours:
            self._neighbour(junction, neighbour, y)
            y += self.row
        if group.more:
            self._text(f"+{group.more:,} more", y, self.colours.quiet)
            y += self.row
        return y

    def _neighbour(self, junction: int, neighbour: Neighbour, y: float) -> None:
        seen = not math.isnan(neighbour.weight)
        share = neighbour.weight / self.most if seen and self.most > 0 else 0.0
        colour = self._colour(neighbour.weight if seen else -1.0)
        dot = self._add(
            x=self.sign * _DOT,
            y=y,
            shape="dot",
            # the area follows the weight
            size=2.5 + (min(0.52 * self.row, 13.0) - 2.5) * math.sqrt(share) if seen else 3.5,
            label=" ",
            borderWidth=1,
            color={
                "background": colour if seen else self.colours.background,
                "border": self.colours.quiet,
            },
            tip=_tip(neighbour),
        )
        self._edge(
            junction,
            dot,
            width=self._width(_known(neighbour.weight)),
            color=colour,
            arrows={"to": {"enabled": not neighbour.inverse, "scaleFactor": 0.4}},
        )
        figure = f"{neighbour.weight:.2f}  " if seen else ""
        label = figure + clip(neighbour.name, _TEXT_EM - text_width(figure))
        self._text(label, y, self.colours.text, tip=_tip(neighbour))
        key = _key(neighbour.name)
        if key in self.shared:
            end = self.sign * (_TEXT - 10 - _TEXT_SIZE * text_width(label))
            self.ends.setdefault(key, []).append((end, y))

    def _text(
        self,
        text: str,
        y: float,
        colour: str,
        *,
        x: float | None = None,
        width: float = _TEXT - _GUTTER,
        tip: list[str] | None = None,
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
        )

    def _add(self, *, x: float, y: float, tip: list[str], **options: Any) -> int:
        node = len(self.network.nodes)
        # `tip` and not `title`: a title with "href" in it makes pyvis write all titles as HTML
        self.network.add_node(node, x=round(x, 2), y=round(y, 2), tip=tip, **options)
        if "font" in options:  # pyvis puts its own font over a node's
            self.network.node_map[node]["font"] = options["font"]
        return node

    def _edge(self, source: int, target: int, **options: Any) -> None:
        smooth = {"type": "cubicBezier", "forceDirection": "horizontal", "roundness": 0.45}
        self.network.add_edge(source, target, smooth=smooth, **options)

    def _width(self, weight: float) -> float:
        return 1.0 if weight < 0 or not self.most > 0 else round(0.8 + 3.2 * weight / self.most, 2)

    def _colour(self, weight: float) -> str:
        if weight < 0 or not self.most > 0:
            return self.colours.line
        return scale_colour(self.colours.scale, weight / self.most)


def _draw_shared(
    network: Network, colours: Palette, ends: dict[str, list[tuple[float, float]]]
) -> None:
    """Join neighbours of the same name across the middle."""
    for places in ends.values():
        left = [place for place in places if place[0] < 0]
        right = [place for place in places if place[0] > 0]
        for pair in zip(left, right, strict=False):
            joint = [len(network.nodes), len(network.nodes) + 1]
            for node, (x, y) in zip(joint, pair, strict=True):
                network.add_node(
                    node, label=" ", shape="dot", size=2, color=colours.shared, x=x, y=y
                )
            network.add_edge(
                *joint,
                color=colours.shared,
                dashes=[4, 3],
                arrows={"to": {"enabled": False}},
                smooth={"type": "cubicBezier", "forceDirection": "horizontal", "roundness": 0.5},
            )


def _tip(neighbour: Neighbour) -> list[str]:
    """Give the lines shown when the pointer rests on a neighbour."""
    over = "from" if neighbour.inverse else "to"
    lines = [
        plain(neighbour.name),
        f"{plain(neighbour.relation)} ({over} this neighbour)",
        f"type: {plain(neighbour.type)}",
        f"id: {plain(neighbour.id)}",
    ]
    if math.isnan(neighbour.weight):
        return [*lines, "not sampled by the network"]
    return [
        *lines,
        f"attention {neighbour.weight:.3f} = "
        f"cross-graph {neighbour.cross:.3f} × self {neighbour.self_:.3f}, renormalised",
    ]


# ---------------------------------------------------------------- the document around it


def _document(
    drawn: str, sides: tuple[Side, Side], room: int, most: float, colours: Palette
) -> str:
    """Turn what pyvis wrote into a page that loads nothing and runs only our scripts."""
    scripts = re.findall(r"<script\b(?![^>]*\bsrc=)[^>]*>(.*?)</script>", drawn, re.DOTALL)
    library = next(script for script in scripts if "vis-network" in script[:2000])
    drawing = next(script for script in scripts if "function drawGraph" in script)
    body = [library, drawing, _canvas_script()]
    # Only scripts with these hashes run: whatever else might end up in the document stays text.
    hashes = " ".join(f"'sha256-{_hash(script)}'" for script in body)
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "form-action 'none'; base-uri 'none'"
    )
    return (
        "<!DOCTYPE html>\n"
        '<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>Neighbourhoods</title><style>{_style(colours)}</style></head><body>"
        f'<div id="mynetwork" role="img" aria-label="Neighbourhoods of both entities" '
        f'data-width="{_WIDTH}" data-height="{room}"></div>'
        f"{_legend(sides, most, colours)}{_table(sides)}"
        + "".join(f"<script>{script}</script>" for script in body)
        + "</body></html>"
    )


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@cache
def _canvas_script() -> str:
    return _SCRIPT.read_text(encoding="utf-8")


def _style(colours: Palette) -> str:
    return (
        f"html,body{{margin:0;background:{colours.background};color:{colours.text};"
        f"font:12px {_FONT};overflow:hidden}}"
        f"#mynetwork{{height:calc(100vh - {_LEGEND_HEIGHT}px);width:100%;outline:0}}"
        "#mynetwork canvas{outline:0}"
        f"#legend{{height:{_LEGEND_HEIGHT}px;display:flex;gap:18px;align-items:center;"
        f"justify-content:center;white-space:nowrap;overflow:hidden;color:{colours.quiet}}}"
        "#legend span{display:inline-flex;align-items:center;gap:5px}"
        f"#legend i{{display:inline-block;border-radius:50%;border:1px solid {colours.quiet}}}"
        f"#legend b{{color:{colours.centre};font-weight:400;font-size:14px}}"
        f"#legend hr{{width:22px;margin:0;border:0;border-top:2px dashed {colours.shared}}}"
        f"div.vis-tooltip{{position:absolute;visibility:hidden;pointer-events:none;z-index:5;"
        f"max-width:420px;padding:6px 9px;border:1px solid {colours.line};border-radius:4px;"
        f"background:{colours.panel};color:{colours.text};font:12px/1.45 {_FONT};"
        "overflow-wrap:anywhere;box-shadow:0 2px 8px rgba(0,0,0,.2)}"
        "div.vis-tooltip div:first-child{font-weight:600}"
        ".unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}"
    )


def _legend(sides: tuple[Side, Side], most: float, colours: Palette) -> str:
    parts = ["<span><b>◆</b>the two entities</span>"]
    if math.isnan(most):
        parts.append("<span>No attention yet: similarity scores only</span>")
    else:
        parts.append("<span>attention</span>")
        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            size = round(2 * (2.5 + 6.5 * math.sqrt(share)))
            parts.append(
                f'<span><i style="width:{size}px;height:{size}px;'
                f'background:{scale_colour(colours.scale, share)}"></i>{share * most:.2f}</span>'
            )
        if any(math.isnan(n.weight) for side in sides for n in side.neighbours):
            parts.append('<span><i style="width:6px;height:6px"></i>not sampled</span>')
    parts.append("<span>→ direction of the relation</span>")
    if _names(sides[0]) & _names(sides[1]):
        parts.append("<span><hr>same name on both sides</span>")
    return f'<div id="legend">{"".join(parts)}</div>'


def _table(sides: tuple[Side, Side]) -> str:
    """Say the same as the canvas to those who cannot see it."""
    rows = []
    for place, side in zip(("left", "right"), sides, strict=True):
        for n in side.neighbours:
            arrow = "from" if n.inverse else "to"
            figure = "" if math.isnan(n.weight) else f"{n.weight:.3f}"
            cells = (place, f"{plain(n.relation)} ({arrow})", plain(n.name), plain(n.type), figure)
            rows.append("".join(f"<td>{html.escape(cell)}</td>" for cell in cells))
        for more in side.more:
            cells = (place, plain(more.relation), f"+{more.count:,} more", "", "")
            rows.append("".join(f"<td>{html.escape(cell)}</td>" for cell in cells))
    head = "".join(
        f"<th>{name}</th>" for name in ("side", "relation", "neighbour", "type", "attention")
    )
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f'<div class="unseen"><table><tr>{head}</tr>{body}</table></div>'
