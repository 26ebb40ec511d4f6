"""Groups: the entities of both graphs that matches join, directly or through others."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from kgreview.arrays import Rows
from kgreview.exchange.alignment import DISPUTED, NO_MATCH, Alignment
from kgreview.graph.cardinality import Cardinality
from kgreview.graph.counterparts import Counterparts
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import TypePair

LARGEST = 10  # entities of a group of types whose entities may have several counterparts


@dataclass(frozen=True, eq=False)
class Groups:
    """The group of every entity; one that nothing is matched to is a group by itself.

    Groups are numbered in the order of their first entity, left ones before right ones.
    """

    left: Rows  # (left entities,)
    right: Rows  # (right entities,)
    count: int

    @classmethod
    def of(cls, alignment: Alignment, left: KnowledgeGraph, right: KnowledgeGraph) -> Groups:
        """Join entities by the matches of an alignment."""
        match = alignment.matches
        ends = alignment.left[match], alignment.right[match]
        return cls.joined(*ends, left.num_entities, right.num_entities)

    @classmethod
    def joined(cls, one: Rows, other: Rows, num_left: int, num_right: int) -> Groups:
        """Join entities by pairs, given as rows of the left and of the right graph, (pairs,)."""
        other = other + num_left
        nodes = num_left + num_right
        edges = sp.coo_matrix((np.ones(len(one), np.int8), (one, other)), shape=(nodes, nodes))
        component = connected_components(edges, directed=False)[1].astype(np.int64)
        _, first, group = np.unique(component, return_index=True, return_inverse=True)
        rank = np.empty(len(first), dtype=np.int64)
        rank[np.argsort(first)] = np.arange(len(first))
        numbered = rank[group]
        return cls(numbered[:num_left], numbered[num_left:], len(first))

    @property
    def sizes(self) -> Rows:
        """How many entities each group has, (groups,)."""
        both = np.concatenate([self.left, self.right])
        return np.bincount(both, minlength=self.count).astype(np.int64)

    def members(self, number: int) -> tuple[Rows, Rows]:
        """Give the left and the right rows of a group."""
        return np.flatnonzero(self.left == number), np.flatnonzero(self.right == number)

    def ids(self, left: KnowledgeGraph, right: KnowledgeGraph, prefix: str = "") -> list[str]:
        """Give each group an id that stays as long as its first entity is in it, (groups,).

        It is made of the id that comes first in the alphabet among its left entities, among its
        right ones where it has none: so it does not depend on rows, on scores or on other groups.
        """
        rows = np.full(self.count, -1, dtype=np.int64)
        sides = np.zeros(self.count, dtype=np.int8)
        for side, (graph, group) in enumerate(((right, self.right), (left, self.left))):
            order = np.asarray(graph.id_order)[::-1]  # of equals the last that is written counts
            rows[group[order]], sides[group[order]] = order, side
        names = [graph.ids.take(rows[sides == side]).to_pylist()
                 for side, graph in enumerate((right, left))]  # fmt: skip
        parts = [iter(each) for each in names]
        return [
            prefix + _digest("left" if side else "right", next(parts[side]))
            for side in sides.tolist()
        ]

    def id_of(self, number: int, left: KnowledgeGraph, right: KnowledgeGraph) -> str:
        """Give the id of one group, as ``ids`` gives it."""
        for side, graph, rows in zip(("left", "right"), (left, right), self.members(number),
                                     strict=True):  # fmt: skip
            if len(rows):
                return _digest(side, min(graph.ids.take(pa.array(rows)).to_pylist(), key=_bytes))
        raise ValueError(f"there is no group {number}")


@dataclass(frozen=True)
class Large:
    """A group that has more entities than its types allow."""

    number: int
    size: int
    allowed: int


@dataclass(frozen=True)
class Troubles:
    """What is at odds in an alignment."""

    large: tuple[Large, ...]  # the largest first
    several: int  # entities with several matches whose types have one
    rejected_within: int  # rejected pairs whose entities other matches join all the same
    disputed: int = 0  # pairs on which curators differ: no match, and no rejection either


def troubles(
    alignment: Alignment,
    groups: Groups,
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    cardinality: Mapping[TypePair, Cardinality],
    largest: int = LARGEST,
    whole: Alignment | None = None,
) -> Troubles:
    """Find chains and conflicts. ``largest``: entities that a group may have where any of
    its entities may have several counterparts.

    ``whole``: what ``alignment`` is a part of, so that rejections are known which it leaves out.
    """
    whole = whole or alignment
    match = np.flatnonzero(alignment.matches)
    ends = alignment.left[match], alignment.right[match]
    counterparts = Counterparts.of(left, right, cardinality)
    may = counterparts.of_left(*ends), counterparts.of_right(*ends)
    allowed = allowed_sizes(groups, *ends, counterparts, largest)
    sizes = groups.sizes
    large = np.flatnonzero(sizes > allowed)
    large = large[np.argsort(-sizes[large], kind="stable")]
    several = sum(
        int((np.unique(side[~free], return_counts=True)[1] > 1).sum())
        for side, free in zip(ends, may, strict=True)
    )
    rejected = whole.state == NO_MATCH
    together = groups.left[whole.left[rejected]] == groups.right[whole.right[rejected]]
    return Troubles(
        tuple(Large(int(n), int(sizes[n]), int(allowed[n])) for n in large.tolist()),
        several,
        int(together.sum()),
        int((whole.state == DISPUTED).sum()),
    )


def allowed_sizes(
    groups: Groups, left: Rows, right: Rows, counterparts: Counterparts, largest: int
) -> Rows:
    """Say how many entities each group may have by its types, (groups,).

    ``left`` and ``right``: rows of the matches, (matches,). ``largest``: see ``troubles``.
    """
    may = counterparts.of_left(left, right) | counterparts.of_right(left, right)
    allowed = np.full(groups.count, 2, dtype=np.int64)
    allowed[groups.left[left[may]]] = largest
    return allowed


def _bytes(text: str) -> bytes:
    return text.encode()


def _digest(side: str, entity: str) -> str:
    return hashlib.blake2b(f"{side}\0{entity}".encode(), digest_size=10).hexdigest()
