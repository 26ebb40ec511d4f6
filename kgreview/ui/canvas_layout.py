"""Where the relations and neighbours of both sides stand on the canvas."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kgreview.graph.schema import Direction
from kgreview.ui.bands import Counterparts, bands
from kgreview.ui.entity_summary import More, Neighbour, Side, size_of
from kgreview.ui.evidence_html import name_key
from kgreview.ui.palette import Palette

ROW_LOW = 15.0  # pixels of a line, at least
ROW_HIGH = 32.0  # at most
_GROUP_GAP = 0.35  # lines between two relations
_MOST_MORE = 4  # lines that count what is not shown


def fold(side: Side, room: int) -> Side:
    """Count what does not fit into the height instead of showing it."""
    most_lines = max(3, int((room - 12) / ROW_LOW))
    shown, more = list(side.neighbours), list(side.more)
    while len(shown) > 1 and _lines(shown, more) > most_lines:
        last = shown.pop()
        same = next(
            (i for i, m in enumerate(more) if (m.relation, m.inverse) == relation_of(last)), None
        )
        if same is None:
            more.append(More(last.relation, last.inverse, 1))
        else:
            more[same] = replace(more[same], count=more[same].count + 1)
    return replace(side, neighbours=tuple(shown), more=tuple(more))


def lines_of_side(side: Side) -> float:
    """Give the lines that a side's neighbours take, with the gaps between relations."""
    return _lines(list(side.neighbours), list(side.more))


def _lines(shown: list[Neighbour], more: list[More]) -> float:
    groups = {relation_of(neighbour) for neighbour in shown} | {
        (m.relation, m.inverse) for m in more[:_MOST_MORE]
    }
    return len(shown) + min(len(more), _MOST_MORE + 1) + _GROUP_GAP * len(groups)


def relation_of(neighbour: Neighbour) -> tuple[str, bool]:
    """Give the relation of a neighbour, and whether it leads to the entity."""
    return neighbour.relation, neighbour.inverse


def neighbour_names(side: Side) -> set[str]:
    """Give the names of the neighbours, as names are compared."""
    return {name_key(neighbour.name) for neighbour in side.neighbours}


def all_names(side: Side) -> set[str]:
    """Give the names of the side's entity, its neighbours, and theirs as far as they are there."""
    beyond = {name_key(b.name) for neighbour in side.neighbours for b in neighbour.beyond}
    return neighbour_names(side) | beyond | {name_key(side.name)}


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


def groups_of(side: Side) -> list[_Group]:
    """Gather neighbours by relation: that of who says most on top, what is counted last."""
    by_relation: dict[tuple[str, bool], _Group] = {}
    for neighbour in side.neighbours:
        key = relation_of(neighbour)
        by_relation.setdefault(key, _Group(*key, [])).neighbours.append(neighbour)
    by_count = sorted(side.more, key=lambda more: -more.count)
    listed, others = by_count[:_MOST_MORE], by_count[_MOST_MORE:]
    for more in listed:
        key = (more.relation, more.inverse)
        by_relation.setdefault(key, _Group(*key, [])).more = more.count
    groups = list(by_relation.values())
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


@dataclass
class Placed:
    """A relation's neighbours, and where their first line is."""

    group: _Group
    y: float
    colour: str = ""  # of what corresponds; '' where nothing does


@dataclass
class _Layout:
    row: float  # height of a line
    sides: tuple[list[Placed], list[Placed]]

    @property
    def relations(self) -> tuple[dict[Direction, str], dict[Direction, str]]:
        """Colour of each relation that corresponds to one of the other side, by side."""
        left, right = (
            {direction_of(p.group): p.colour for p in side if p.colour} for side in self.sides
        )
        return left, right


def lay_out(
    halves: tuple[Side, Side], counterparts: Counterparts, colours: Palette, room: int
) -> _Layout:
    """Place the relations of both sides: those that correspond first, side by side."""
    groups = groups_of(halves[0]), groups_of(halves[1])
    named = [[direction_of(g) for g in side if not g.label] for side in groups]
    bands_of_relations = bands(named[0], named[1], counterparts, len(colours.relations))
    of_bands = [
        [[g for g in side if not g.label and direction_of(g) in each] for each in directions]
        for side, directions in zip(
            groups,
            ([b.left for b in bands_of_relations], [b.right for b in bands_of_relations]),
            strict=True,
        )
    ]
    names = [colours.relations[each.colour] for each in bands_of_relations]
    rest = [
        [g for g in side if not any(g in some for some in banded)]
        for side, banded in zip(groups, of_bands, strict=True)
    ]
    heights = [max(lines_of(a), lines_of(b)) for a, b in zip(*of_bands, strict=True)]
    last = max(map(lines_of, rest))
    parts = [*heights, last] if last else heights
    aligned = sum(parts) + _GROUP_GAP * (len(parts) - 1)
    beside = bool(bands_of_relations) and aligned * ROW_LOW <= room - 12
    most = aligned if beside else max(lines_of(side) for side in groups)
    row = min(ROW_HIGH, max(ROW_LOW, (room - 12) / max(most, 1)))
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
) -> list[Placed]:
    """Give the relations of one side from top to bottom, each band in the middle of its height.

    ``heights`` (bands,) are those of both sides, in lines, ``aligned`` all of them together;
    ``None`` where this side is set by itself, around the middle.
    """
    span = lines_of([*(g for band in banded for g in band), *rest]) if heights is None else aligned
    y = -(span - 1) / 2
    placed = []
    for number, (band, colour) in enumerate(zip(banded, colours, strict=True)):
        height = lines_of(band) if heights is None else heights[number]
        top = y + (height - lines_of(band)) / 2
        placed += _from(top, band, colour, row)
        y += height + _GROUP_GAP
    return placed + _from(y, rest, "", row)


def _from(y: float, groups: list[_Group], colour: str, row: float) -> list[Placed]:
    placed = []
    for group in groups:
        placed.append(Placed(group, y * row, colour))
        y += group.lines + _GROUP_GAP
    return placed


def lines_of(groups: list[_Group]) -> float:
    """Give the height of some relations one above another, in lines."""
    return sum(g.lines for g in groups) + _GROUP_GAP * (len(groups) - 1) if groups else 0.0


def direction_of(group: _Group) -> Direction:
    """Give a relation with its direction."""
    return Direction(group.relation, group.inverse)
