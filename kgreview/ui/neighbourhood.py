"""Both neighbourhoods side by side: one pyvis canvas, whole in one HTML document, offline."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from statistics import fmean
from typing import Any

from pyvis.network import Network

from kgreview.graph.schema import Direction
from kgreview.text.iris import local_name
from kgreview.ui.bands import Counterparts, bands
from kgreview.ui.entity_summary import Beyond, More, Neighbour, Side, size_of
from kgreview.ui.evidence import Evidence, in_full
from kgreview.ui.evidence_html import (
    BAR_HEIGHT,
    LEGEND_HEIGHT,
    document,
    name_key,
)
from kgreview.ui.palette import Palette, palette
from kgreview.ui.scales import Scales, figures_of, scales_of, signed
from kgreview.ui.text import clip, plain, text_width

# The drawing is laid out on a sheet 1280 wide, its middle at 0, and scaled to the frame as a whole.
_WIDTH = 1280
_CENTRE, _RELATION, _DOT, _TEXT, _GUTTER = 566, 416, 320, 302, 30  # |x| of each column
_CENTRE_EM, _RELATION_EM, _TEXT_EM = 9.0, 12.5, 22.0  # room in the columns, in em
# with two hops the names of neighbours make room for a column of their own neighbours
_NEAR_EM, _FAR, _FAR_TEXT, _FAR_EM = 9.2, 140, 131, 8.4
_TEXT_SIZE = 12
_ROW_LOW, _ROW_HIGH, _GROUP_GAP = 15.0, 32.0, 0.35
_MOST_MORE = 4  # lines that count what is not shown


@lru_cache(maxsize=32)  # a page draws the same pair again with each click; half a megabyte each
def neighbourhood_canvas(
    left: Side,
    right: Side,
    *,
    height: int,
    dark: bool = False,
    evidence: Evidence | None = None,
    counterparts: Counterparts = (),
) -> str:
    """Draw both neighbourhoods as one HTML document that loads nothing and is always the same.

    The left graph has the left half. Each neighbour is coloured and sized by what it adds to the
    log odds, on one scale for both sides, with the figure beside its name, and with the change of
    the probability without it where ``evidence`` knows it; relation names sit on the edges, whose
    arrows show the direction. Relations that correspond stand side by side, in one colour, or where
    there is no room for that in the same order (``counterparts``: see ``ui.bands``). Links
    across the middle join neighbours that may be the same. Switches choose between evidence and
    the two attentions, between one hop and two, and between canvas, bars by relation and a
    table; they ask nobody and move nothing. ``height`` is in CSS pixels, switches and legend
    included; in a frame of another size the drawing is scaled as a whole.

    Strings of graphs are shown as text only. The document also says by its content security policy
    that no script runs but ours and that nothing is fetched.
    """
    colours = palette(dark)
    room = height - LEGEND_HEIGHT - BAR_HEIGHT
    halves = (_fold(left, room), _fold(right, room))
    scales = scales_of((*left.neighbours, *right.neighbours), colours)
    layout = _layout(halves, counterparts, colours, room)
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
    also = (_all_names(halves[1]), _all_names(halves[0]))
    drawn = [
        _Half(network, colours, sign, layout.row, scales, also[number], evidence)
        for number, sign in enumerate((-1, 1))
    ]
    for half, side, placed in zip(drawn, halves, layout.sides, strict=True):
        half.draw(side, placed)
    links = _links(halves, evidence, shared)
    _draw_links(network, colours, drawn, links)
    far = [_second_hop(side, names, room) for side, names in zip(halves, also, strict=True)]
    for half, (found, more) in zip(drawn, far, strict=True):
        half.draw_second_hop(found, more, room)
    _join_second_hop(network, colours, drawn)
    network.add_node(
        -1, label=" ", shape="text", x=0, y=0, size=1, color=colours.background
    )  # holds the middle, so that an empty half stays empty
    return document(
        network.generate_html(),
        (left, right),
        evidence,
        width=_WIDTH,
        room=room,
        scales=scales,
        linked=any(link.strength > 0 for link in links),
        two_hops=any(found for found, _ in far),
        colours=colours,
        relations=layout.relations,
    )


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


_SMOOTH = {"type": "cubicBezier", "forceDirection": "horizontal", "roundness": 0.45}


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


def _names(side: Side) -> set[str]:
    return {name_key(neighbour.name) for neighbour in side.neighbours}


def _all_names(side: Side) -> set[str]:
    """Give the names of the side's entity, its neighbours, and theirs as far as they are there."""
    beyond = {name_key(b.name) for neighbour in side.neighbours for b in neighbour.beyond}
    return _names(side) | beyond | {name_key(side.name)}


@dataclass
class _Group:
    relation: str
    inverse: bool
    neighbours: list[Neighbour]
    more: int = 0
    label: str = ""  # for what stands for several relations

    @property
    def lines(self) -> int:
        """How many lines it takes."""
        return len(self.neighbours) + (self.more > 0)


def _groups(side: Side) -> list[_Group]:
    """Gather neighbours by relation: that of who says most on top, what is counted last."""
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
        group.neighbours.sort(key=lambda n: (-size_of(n.contribution), n.name, n.id))
    groups.sort(
        key=lambda g: (
            not g.neighbours,
            -max((size_of(n.contribution) for n in g.neighbours), default=0.0),
            len(g.neighbours) + g.more,
            g.relation,
            g.inverse,
        )
    )
    if others:
        label = f"{len(others)} more relation{'s' * (len(others) > 1)}"
        groups.append(_Group("", False, [], sum(more.count for more in others), label))
    return groups


# ---------------------------------------------------------------- where relations stand


@dataclass
class _Placed:
    """A relation's neighbours, and where their first line is."""

    group: _Group
    y: float
    colour: str = ""  # of what corresponds; '' where nothing does


@dataclass
class _Layout:
    row: float  # height of a line
    sides: tuple[list[_Placed], list[_Placed]]

    @property
    def relations(self) -> tuple[dict[Direction, str], dict[Direction, str]]:
        """Colour of each relation that corresponds to one of the other side, by side."""
        left, right = (
            {_direction(p.group): p.colour for p in side if p.colour} for side in self.sides
        )
        return left, right


def _layout(
    halves: tuple[Side, Side], counterparts: Counterparts, colours: Palette, room: int
) -> _Layout:
    """Place the relations of both sides: those that correspond first, side by side."""
    groups = _groups(halves[0]), _groups(halves[1])
    named = [[_direction(g) for g in side if not g.label] for side in groups]
    found = bands(named[0], named[1], counterparts, len(colours.relations))
    of_bands = [
        [[g for g in side if not g.label and _direction(g) in each] for each in directions]
        for side, directions in zip(
            groups, ([b.left for b in found], [b.right for b in found]), strict=True
        )
    ]
    names = [colours.relations[each.colour] for each in found]
    rest = [
        [g for g in side if not any(g in some for some in banded)]
        for side, banded in zip(groups, of_bands, strict=True)
    ]
    heights = [max(_size(a), _size(b)) for a, b in zip(*of_bands, strict=True)]
    last = max(map(_size, rest))
    parts = [*heights, last] if last else heights
    aligned = sum(parts) + _GROUP_GAP * (len(parts) - 1)
    beside = bool(found) and aligned * _ROW_LOW <= room - 12
    most = aligned if beside else max(_size(side) for side in groups)
    row = min(_ROW_HIGH, max(_ROW_LOW, (room - 12) / max(most, 1)))
    sides = [
        _stacked(banded, others, names, heights if beside else None, aligned, row)
        for banded, others in zip(of_bands, rest, strict=True)
    ]
    return _Layout(row, (sides[0], sides[1]))


def _stacked(
    banded: list[list[_Group]],
    rest: list[_Group],
    colours: list[str],
    heights: list[float] | None,
    aligned: float,
    row: float,
) -> list[_Placed]:
    """Give the relations of one side from top to bottom, each band in the middle of its height.

    ``heights`` (bands,) are those of both sides, in lines, ``aligned`` all of them together;
    ``None`` where this side is set by itself, around the middle.
    """
    span = _size([*(g for band in banded for g in band), *rest]) if heights is None else aligned
    y = -(span - 1) / 2
    placed = []
    for number, (band, colour) in enumerate(zip(banded, colours, strict=True)):
        height = _size(band) if heights is None else heights[number]
        top = y + (height - _size(band)) / 2
        placed += _from(top, band, colour, row)
        y += height + _GROUP_GAP
    return placed + _from(y, rest, "", row)


def _from(y: float, groups: list[_Group], colour: str, row: float) -> list[_Placed]:
    placed = []
    for group in groups:
        placed.append(_Placed(group, y * row, colour))
        y += group.lines + _GROUP_GAP
    return placed


def _size(groups: list[_Group]) -> float:
    """Give the height of some relations one above another, in lines."""
    return sum(g.lines for g in groups) + _GROUP_GAP * (len(groups) - 1) if groups else 0.0


def _direction(group: _Group) -> Direction:
    return Direction(group.relation, group.inverse)


@dataclass
class _Half:
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
    far: dict[str, tuple[float, float]] = field(default_factory=dict)  # of the second hop, by name

    def draw(self, side: Side, relations: list[_Placed]) -> None:
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

    def _group(self, centre: int, placed: _Placed) -> None:
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
            values=_of_relation(group.neighbours),
            arrows={"from": {"enabled": group.inverse, "scaleFactor": 0.5}},
        )
        for neighbour in group.neighbours:
            self._neighbour(junction, neighbour, y)
            y += self.row
        if group.more:
            self._text(f"+{group.more:,} more", y, self.colours.quiet)

    def _neighbour(self, junction: int, neighbour: Neighbour, y: float) -> None:
        values = figures_of(neighbour)
        tip = _tip(neighbour)
        opened = _opened(neighbour, tip, self.also)
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
        labels = [_label(neighbour, figure, change) for figure in written]
        short = [_label(neighbour, figure, "", _NEAR_EM) for figure in written]
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

    def draw_second_hop(self, found: list[_Far], more: int, room: int) -> None:
        """Draw a column of the neighbours' own neighbours, hidden until it is asked for."""
        hidden = {"hidden": True, "modes": {"hidden": True}, "hops": {"hidden": False}}

        def height(far: _Far) -> float:
            return fmean(y for n, _ in far.steps for _, y in self.near[n.id])

        found = sorted(found, key=lambda far: (height(far), far.name, far.id))
        lines = len(found) + (more > 0)
        row = min(_ROW_HIGH, max(_ROW_LOW, (room - 12) / max(lines, 1)))
        y = -row * (lines - 1) / 2
        anchors: dict[tuple[float, float], int] = {}
        for far in found:
            colour = self.colours.shared if far.also else self.colours.quiet
            tip = _far_tip(far)
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
            said = colour if far.also else self.colours.text
            self._far_text(name, y, said, tip=tip, opened=opened, **hidden)
            end = self.sign * (_FAR_TEXT - 8 - _TEXT_SIZE * text_width(name))
            self.far.setdefault(name_key(far.name), (end, y))
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
                    smooth=_SMOOTH,
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
        self.network.add_edge(source, target, smooth=_SMOOTH, **options)

    def _line(self, mode: int, value: float) -> dict[str, Any]:
        if self.scales is None or math.isnan(value):
            return {"width": 1.0, "color": self.colours.line}
        scale = self.scales[mode]
        return {"width": round(0.8 + 3.2 * scale.share(value), 2), "color": scale.colour(value)}


def _of_relation(neighbours: Sequence[Neighbour]) -> tuple[float, float, float]:
    """Give what stands for all neighbours over a relation: what they add, and the most of the rest.

    nan where no network looked at any.
    """
    seen = [figures_of(n) for n in neighbours if not math.isnan(n.contribution)]
    if not seen:
        return math.nan, math.nan, math.nan
    adds, cross, own = zip(*seen, strict=True)
    return math.fsum(adds), max(cross), max(own)


def _label(neighbour: Neighbour, figure: str, change: str, room: float = _TEXT_EM) -> str:
    figures = f"{figure}  " if figure else ""
    figures += f"({change})  " if change else ""
    return figures + clip(neighbour.name, room - text_width(figures))


# ---------------------------------------------------------------- between the halves


@dataclass(frozen=True)
class _Link:
    left: Neighbour
    right: Neighbour
    strength: float  # A_pq, 0 where only the names join them
    same_name: bool


def _links(halves: tuple[Side, Side], evidence: Evidence | None, shared: set[str]) -> list[_Link]:
    """Choose what to join across the middle: the strongest A_pq, and neighbours of one name."""
    left, right = (side.neighbours for side in halves)
    found = []
    for i, j, strength in evidence.strongest(left, right) if evidence else ():
        same = name_key(left[i].name) == name_key(right[j].name)
        found.append(_Link(left[i], right[j], strength, same))
    joined = {name_key(link.left.name) for link in found if link.same_name}
    for key in sorted(shared - joined):
        ends = [[n for n in side if name_key(n.name) == key] for side in (left, right)]
        found += [_Link(p, q, 0.0, True) for p, q in zip(*ends, strict=False)]
    return found


def _draw_links(
    network: Network, colours: Palette, halves: list[_Half], links: list[_Link]
) -> None:
    """Join lines across the middle: as wide as A_pq, dashed where the names are the same."""
    for link in links:
        colour = colours.shared if link.same_name else colours.accent
        ends = [len(network.nodes), len(network.nodes) + 1]
        places = (halves[0].ends[link.left], halves[1].ends[link.right])
        attended = link.strength > 0
        shown: dict[str, Any] = {
            # self-attention knows nothing of the other side
            "modes": [{"hidden": False}, {"hidden": False}, {"hidden": attended}],
            "hops": {"hidden": True},  # the second hop lies between
        }
        for node, (x, y) in zip(ends, places, strict=True):
            network.add_node(node, label=" ", shape="dot", size=2, color=colour, x=x, y=y, **shown)
        network.add_edge(
            *ends,
            color=colour,
            dashes=[5, 3] if link.same_name else False,
            width=round(1 + 3 * link.strength**2, 2),
            arrows={"to": {"enabled": False}},
            smooth=_SMOOTH,
            **shown,
            tip=[
                f"{plain(link.left.name, 60)} – {plain(link.right.name, 60)}",
                f"A = {link.strength:.2f} (0 to 1): how likely the two are the same"
                if attended
                else "the same name",
            ],
        )


# ---------------------------------------------------------------- the second hop


@dataclass
class _Far:
    """An entity two hops from the centre, and the neighbours that lead to it."""

    id: str
    name: str
    type: str
    also: bool  # the other side has one with this name
    steps: list[tuple[Neighbour, Beyond]] = field(default_factory=list)


def _second_hop(side: Side, also: set[str], room: int) -> tuple[list[_Far], int]:
    """Choose what the second hop shows, and count what it does not.

    First what the other side has too, then what most neighbours lead to; what is a neighbour itself
    is drawn already.
    """
    near = {neighbour.id: neighbour for neighbour in reversed(side.neighbours)}
    found: dict[str, _Far] = {}
    turn: dict[str, int] = {}
    more = 0
    for neighbour in dict.fromkeys(near[n.id] for n in side.neighbours):
        more += neighbour.not_beyond
        for place, one in enumerate(neighbour.beyond):
            if one.id in near:
                continue
            turn.setdefault(one.id, place)
            seen = _Far(one.id, one.name, one.type, name_key(one.name) in also)
            steps = found.setdefault(one.id, seen).steps
            if neighbour not in (step for step, _ in steps):
                steps.append((neighbour, one))
    ranked = sorted(
        found.values(), key=lambda far: (not far.also, -len(far.steps), turn[far.id], far.name)
    )
    most = max(1, int((room - 12) / _ROW_LOW) - 1)
    return ranked[:most], more + sum(len(far.steps) for far in ranked[most:])


def _far_tip(far: _Far) -> list[str]:
    lines = [plain(far.name), f"type: {plain(far.type)}", f"id: {plain(far.id)}"]
    lines += [f"{_beyond(replace(step, name=neighbour.name))}" for neighbour, step in far.steps[:8]]
    return [*lines, "the other side has one with this name"] if far.also else lines


def _join_second_hop(network: Network, colours: Palette, halves: list[_Half]) -> None:
    """Join those of one name across the middle, hidden as long as they are."""
    hidden = {"hidden": True, "modes": {"hidden": True}, "hops": {"hidden": False}}
    for name in sorted(halves[0].far.keys() & halves[1].far.keys()):
        ends = [len(network.nodes), len(network.nodes) + 1]
        for node, half in zip(ends, halves, strict=True):
            x, y = half.far[name]
            dot = {"label": " ", "shape": "dot", "size": 2, "color": colours.shared}
            network.add_node(node, x=x, y=y, **dot, **hidden)
        network.add_edge(
            *ends,
            color=colours.shared,
            dashes=[5, 3],
            width=1,
            arrows={"to": {"enabled": False}},
            smooth=_SMOOTH,
            **hidden,
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


def _opened(neighbour: Neighbour, tip: list[str], also: set[str]) -> dict[str, Any]:
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
