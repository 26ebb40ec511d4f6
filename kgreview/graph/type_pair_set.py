"""Pairs of types as numbers, to ask of millions of pairs of entities whether theirs is one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kgreview.arrays import Bools, Ints
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import TypePair


@dataclass(frozen=True, eq=False)
class TypePairSet:
    """Pairs of types of two graphs; a table of all types would not fit where they are thousands."""

    keys: Ints  # (pairs,) ascending: code of the left type * width + of the right
    width: int  # types of the right graph

    @classmethod
    def of(
        cls, left: KnowledgeGraph, right: KnowledgeGraph, pairs: Iterable[TypePair]
    ) -> TypePairSet:
        """Look the types up; those that a graph lacks are left out."""
        width = max(1, len(right.type_names))
        keys = [
            left.type_codes[pair.left] * width + right.type_codes[pair.right]
            for pair in pairs
            if pair.left in left.type_codes and pair.right in right.type_codes
        ]
        return cls(np.unique(np.array(keys, dtype=np.int64)), width)

    def has(self, left_types: npt.NDArray[Any], right_types: npt.NDArray[Any]) -> Bools:
        """Say of pairs of types, by their codes, whether they are among these, (asked,)."""
        if not len(self.keys):
            return np.zeros(len(left_types), dtype=np.bool_)
        wanted = np.asarray(left_types, dtype=np.int64) * self.width + right_types
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.asarray(self.keys[at] == wanted)
