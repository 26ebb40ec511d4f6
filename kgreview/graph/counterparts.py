"""On which sides entities of two graphs may have several counterparts, told by their types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kgreview.graph.cardinality import Cardinality
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.schema import TypePair

Rows = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Counterparts:
    """How many counterparts the entities of pairs may have. Types of which nothing is known: one.

    In the tables a row is a type of the left graph, a column one of the right, in their order.
    """

    left_types: npt.NDArray[np.integer]  # (left entities,)
    right_types: npt.NDArray[np.integer]  # (right entities,)
    left_several: Bools  # (left types, right types) a left entity may have several right ones
    right_several: Bools  # (left types, right types) a right entity may have several left ones

    @classmethod
    def of(
        cls,
        left: KnowledgeGraph,
        right: KnowledgeGraph,
        cardinality: Mapping[TypePair, Cardinality],
    ) -> Counterparts:
        """Look the types of both graphs up once."""
        tables = np.zeros((2, len(left.type_names), len(right.type_names)), dtype=np.bool_)
        for pair, which in cardinality.items():
            if pair.left in left.type_codes and pair.right in right.type_codes:
                at = left.type_codes[pair.left], right.type_codes[pair.right]
                tables[:, at[0], at[1]] = which.several_right, which.several_left
        return cls(left.types, right.types, tables[0], tables[1])

    def of_left(self, left: Rows, right: Rows) -> Bools:
        """Say of pairs whether their left entity may have several counterparts, (pairs,)."""
        several: Bools = self.left_several[self.left_types[left], self.right_types[right]]
        return several

    def of_right(self, left: Rows, right: Rows) -> Bools:
        """Say of pairs whether their right entity may have several counterparts, (pairs,)."""
        several: Bools = self.right_several[self.left_types[left], self.right_types[right]]
        return several

    def opened(self, links: Links) -> Links:
        """Give links without what they say of other pairs where a left entity may have several."""
        return replace(links, gold=links.gold & ~self.of_left(links.left, links.right))
