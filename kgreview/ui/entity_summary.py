"""One entity with the neighbours worth showing, picked in time that a hub does not stretch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kgreview.aligner.explanation import Change, NeighbourAttention
from kgreview.graph.canonical_order import IntArray
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.names import display_name
from kgreview.ui.links import entity_url

MOST_SHOWN = 25  # neighbours a side: more than that nobody reads
_MOST_OPENED = 12  # neighbours a side whose own neighbours are at hand
_MOST_BEYOND = 6  # neighbours of a neighbour
_MOST_FACTS, _MOST_VALUES, _MOST_CHARACTERS = 8, 3, 200
_MOST_LOOKED_AT = 500  # edges of a neighbour among which to choose


@dataclass(frozen=True)
class Beyond:
    """A neighbour of a neighbour: the second hop."""

    id: str
    name: str
    type: str
    relation: str  # between the two neighbours
    inverse: bool


@dataclass(frozen=True)
class Neighbour:
    """One neighbour as it is shown. The three figures are nan where no network looked at it."""

    id: str
    name: str
    type: str
    relation: str
    inverse: bool  # the neighbour is the head of the relation, the centre its tail
    contribution: float = math.nan  # log odds that it adds, negative against a match
    cross: float = math.nan  # 0 to 1: whether it has a counterpart on the other side
    self_: float = math.nan  # log odds that its being shared or missing can move
    slot: int = -1  # place in the network's sample, -1 where it was not sampled
    change: Change | None = None  # when it is left out, where that is known
    facts: tuple[tuple[str, tuple[str, ...]], ...] = ()  # the first attributes with values
    beyond: tuple[Beyond, ...] = ()  # the centre of the pair is none of them
    degree: int = 0  # how many neighbours it has, the centre of the pair too
    url: str | None = None  # where it can be looked up

    @property
    def not_beyond(self) -> int:
        """How many of its neighbours ``beyond`` leaves out."""
        return max(0, self.degree - len(self.beyond) - 1)


@dataclass(frozen=True)
class More:
    """Neighbours over one relation that are counted, not shown."""

    relation: str
    inverse: bool
    count: int


@dataclass(frozen=True)
class Side:
    """An entity of a pair and its neighbourhood: the neighbours that say most first."""

    id: str
    name: str
    type: str
    neighbours: tuple[Neighbour, ...]
    more: tuple[More, ...] = ()
    url: str | None = None  # where it can be looked up

    @property
    def degree(self) -> int:
        """How many neighbours there are, shown or not."""
        return len(self.neighbours) + sum(more.count for more in self.more)


def side_of(
    graph: KnowledgeGraph,
    row: int,
    names: Mapping[str, tuple[str, ...]],
    attention: Sequence[NeighbourAttention] = (),
    most: int = MOST_SHOWN,
    link: str = "",
) -> Side:
    """Pick the neighbours of a row to show, at most ``most``.

    The sampled ones come first, by how much they say; then one of each relation in turn, rare
    relations first (a film's one director tells more than any of its forty actors). ``names``: the
    naming attributes by type; ``link``: the template of an entity's page, see ``entity_url``.
    """
    codes, rows = graph.neighbourhood(row)
    sampled = sorted(attention, key=lambda seen: -size_of(seen.contribution))[:most]
    shown = [_shown(graph, names, link, seen.relation, seen.row, seen) for seen in sampled]
    rest = np.ones(len(codes), dtype=bool)
    for seen in sampled:
        at = np.flatnonzero(rest & (codes == seen.relation) & (rows == seen.row))
        rest[at[:1]] = False
    left_over = np.flatnonzero(rest)
    filled = left_over[_in_turn(codes[left_over], most - len(shown))]
    shown += [_shown(graph, names, link, int(codes[e]), int(rows[e])) for e in filled]
    opened = (_opened(graph, names, row, *one) for one in shown[:_MOST_OPENED])
    rest[filled] = False
    return Side(
        id=graph.id(row),
        name=display_name(graph, row, names),
        type=graph.type_of(row),
        neighbours=(*opened, *(neighbour for neighbour, _ in shown[_MOST_OPENED:])),
        more=tuple(
            More(*graph.relation(int(code)), count=int(count))
            for code, count in zip(*np.unique(codes[rest], return_counts=True), strict=True)
        ),
        url=entity_url(graph.id(row), link),
    )


def size_of(contribution: float) -> float:
    """Give how much a neighbour says, for or against, as neighbours are ranked; −1 where unknown.

    By the figure that is shown: the last digits of a stored contribution and a fresh one differ.
    """
    return -1.0 if math.isnan(contribution) else abs(round(contribution, 2))


def _in_turn(codes: IntArray, room: int) -> IntArray:
    """Choose ``room`` positions: the first of each relation, then the second …, rare ones first."""
    if room <= 0 or len(codes) == 0:
        return np.empty(0, dtype=np.int64)
    _, counts = np.unique(codes, return_counts=True)
    order = np.argsort(codes, kind="stable")
    turn = np.arange(len(codes)) - np.repeat(np.cumsum(counts) - counts, counts)
    near = np.flatnonzero(turn < room)
    size = np.repeat(counts, counts)[near]
    first = np.lexsort((codes[order[near]], size, turn[near]))[:room]
    return order[near[first]]


def _shown(
    graph: KnowledgeGraph,
    names: Mapping[str, tuple[str, ...]],
    link: str,
    relation: int,
    row: int,
    seen: NeighbourAttention | None = None,
) -> tuple[Neighbour, int]:
    """Give a neighbour as it is shown, and its row."""
    relation_name, inverse = graph.relation(relation)
    values = graph.attributes(row)
    shown = Neighbour(
        id=graph.id(row),
        name=display_name(graph, row, names),
        type=graph.type_of(row),
        relation=relation_name,
        inverse=inverse,
        facts=tuple(
            (attribute, tuple(value[:_MOST_CHARACTERS] for value in texts[:_MOST_VALUES]))
            for attribute, texts in list(values.items())[:_MOST_FACTS]
        ),
        degree=graph.degree(row),
        url=entity_url(graph.id(row), link),
    )
    if seen is None:
        return shown, row
    return replace(
        shown,
        contribution=seen.contribution,
        cross=seen.cross,
        self_=seen.self_,
        slot=seen.slot,
        change=seen.change,
    ), row


def _opened(
    graph: KnowledgeGraph,
    names: Mapping[str, tuple[str, ...]],
    centre: int,
    neighbour: Neighbour,
    row: int,
) -> Neighbour:
    """Add the second hop: some neighbours of the neighbour, rare relations first."""
    codes, rows = graph.neighbourhood(row)
    codes, rows = codes[:_MOST_LOOKED_AT], rows[:_MOST_LOOKED_AT]
    others = np.flatnonzero(rows != centre)
    chosen = others[_in_turn(codes[others], _MOST_BEYOND)]
    return replace(
        neighbour,
        beyond=tuple(
            Beyond(
                graph.id(int(rows[e])),
                display_name(graph, int(rows[e]), names),
                graph.type_of(int(rows[e])),
                *graph.relation(int(codes[e])),
            )
            for e in chosen
        ),
    )
