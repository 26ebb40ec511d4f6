"""One entity with the neighbours worth showing, picked in time that a hub does not stretch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kgreview.aligner.explanation import NeighbourAttention
from kgreview.graph.knowledge_graph import IntArray, KnowledgeGraph
from kgreview.graph.names import display_name

MOST_SHOWN = 25  # neighbours a side: more than that nobody reads


@dataclass(frozen=True)
class Neighbour:
    """One neighbour as it is shown. The three weights are nan where no network looked at it."""

    id: str
    name: str
    type: str
    relation: str
    inverse: bool  # the neighbour is the head of the relation, the centre its tail
    weight: float = math.nan
    cross: float = math.nan
    self_: float = math.nan


@dataclass(frozen=True)
class More:
    """Neighbours over one relation that are counted, not shown."""

    relation: str
    inverse: bool
    count: int


@dataclass(frozen=True)
class Side:
    """An entity of a pair and its neighbourhood: the most looked-at neighbours first."""

    id: str
    name: str
    type: str
    neighbours: tuple[Neighbour, ...]
    more: tuple[More, ...] = ()

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
) -> Side:
    """Pick the neighbours of a row to show, at most ``most``.

    The sampled ones come first, by weight; then one of each relation in turn, rare relations first
    (a film's one director tells more than any of its forty actors). ``names``: the naming
    attributes by type.
    """
    codes, rows = graph.neighbourhood(row)
    sampled = sorted(attention, key=lambda seen: -seen.weight if seen.weight == seen.weight else 0)
    sampled = sampled[:most]
    shown = [_shown(graph, names, seen.relation, seen.row, seen) for seen in sampled]
    rest = np.ones(len(codes), dtype=bool)
    for seen in sampled:
        at = np.flatnonzero(rest & (codes == seen.relation) & (rows == seen.row))
        rest[at[:1]] = False
    left_over = np.flatnonzero(rest)
    filled = left_over[_in_turn(codes[left_over], most - len(shown))]
    shown += [_shown(graph, names, int(codes[e]), int(rows[e])) for e in filled]
    rest[filled] = False
    return Side(
        id=graph.id(row),
        name=display_name(graph, row, names),
        type=graph.type_of(row),
        neighbours=tuple(shown),
        more=tuple(
            More(*graph.relation(int(code)), count=int(count))
            for code, count in zip(*np.unique(codes[rest], return_counts=True), strict=True)
        ),
    )


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
    relation: int,
    row: int,
    seen: NeighbourAttention | None = None,
) -> Neighbour:
    relation_name, inverse = graph.relation(relation)
    return Neighbour(
        id=graph.id(row),
        name=display_name(graph, row, names),
        type=graph.type_of(row),
        relation=relation_name,
        inverse=inverse,
        weight=seen.weight if seen else math.nan,
        cross=seen.cross if seen else math.nan,
        self_=seen.self_ if seen else math.nan,
    )
