"""On which sides entities of two graphs may have several counterparts, told by their types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kgreview.arrays import Bools, Rows
from kgreview.graph.cardinality import Cardinality
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.schema import TypePair
from kgreview.graph.type_pair_set import TypePairSet


@dataclass(frozen=True, eq=False)
class Counterparts:
    """How many counterparts entities may have. Those of types of which nothing is known: one."""

    left_types: npt.NDArray[np.integer]  # (left entities,)
    right_types: npt.NDArray[np.integer]  # (right entities,)
    left_several: TypePairSet  # where a left entity may have several right ones
    right_several: TypePairSet  # where a right entity may have several left ones

    @classmethod
    def of(
        cls,
        left: KnowledgeGraph,
        right: KnowledgeGraph,
        cardinality: Mapping[TypePair, Cardinality],
    ) -> Counterparts:
        """Look the types of both graphs up once."""
        several_right = (pair for pair, which in cardinality.items() if which.several_right)
        several_left = (pair for pair, which in cardinality.items() if which.several_left)
        return cls(
            left.types,
            right.types,
            TypePairSet.of(left, right, several_right),
            TypePairSet.of(left, right, several_left),
        )

    def of_left(self, left: Rows, right: Rows) -> Bools:
        """Say of pairs whether their left entity may have several counterparts, (pairs,)."""
        return self.left_several.has(self.left_types[left], self.right_types[right])

    def of_right(self, left: Rows, right: Rows) -> Bools:
        """Say of pairs whether their right entity may have several counterparts, (pairs,)."""
        return self.right_several.has(self.left_types[left], self.right_types[right])

    def opened(self, links: Links) -> Links:
        """Give links without what they say of other pairs where a left entity may have several."""
        return replace(links, gold=links.gold & ~self.of_left(links.left, links.right))
