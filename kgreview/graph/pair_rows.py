"""The one place where pairs of ids become pairs of rows: what a graph lacks is left out, counted.

Decisions and added pairs speak of ids and outlive the graphs. A row of -1 would index the last
entity, or memory that is none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from kgreview.arrays import Ints
from kgreview.graph.knowledge_graph import KnowledgeGraph


class IdPair(Protocol):
    """What names a left and a right entity by their ids."""

    @property
    def left(self) -> str:
        """The id in the left graph."""

    @property
    def right(self) -> str:
        """The id in the right graph."""


Named = TypeVar("Named", bound=IdPair)


@dataclass(frozen=True, eq=False)
class PairRows(Generic[Named]):
    """The rows of those pairs whose entities are both there."""

    left: Ints  # (pairs,) none below 0
    right: Ints  # (pairs,)
    pairs: tuple[Named, ...]  # what they are the rows of
    where: Ints  # (pairs,) their positions among all that were asked for
    gone: int  # how many were left out, since a graph lacks an entity

    def __len__(self) -> int:
        return len(self.pairs)


def pair_rows(
    left: KnowledgeGraph, right: KnowledgeGraph, pairs: Iterable[Named]
) -> PairRows[Named]:
    """Find the rows of pairs of ids; those with an entity that its graph lacks are left out."""
    asked = tuple(pairs)
    rows = left.rows([each.left for each in asked]), right.rows([each.right for each in asked])
    where = np.flatnonzero((rows[0] >= 0) & (rows[1] >= 0)).astype(np.int64)
    return PairRows(
        rows[0][where],
        rows[1][where],
        tuple(asked[at] for at in where.tolist()),
        where,
        len(asked) - len(where),
    )


def present_rows(graph: KnowledgeGraph, ids: Iterable[str]) -> Ints:
    """Find the rows of ids, each once, ascending; those that the graph lacks are left out."""
    rows = np.unique(graph.rows(list(ids)))
    return rows[rows >= 0]
