"""Pairs beside the candidates that blocking found: what people added, and what known links name.

A link whose pair blocking lost makes it a candidate as a person does who adds it by hand: it is
compared, scored and listed, and is nobody's competitor. So no score tells that a link names a pair,
and what is learnt from candidates is learnt from those that blocking finds by itself. Links that
are kept apart to test with are no part of a project, and add nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from kgreview.arrays import Rows
from kgreview.candidates.blocking import Candidates, is_candidate
from kgreview.features.similarity import PairSimilarity
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.pair_rows import pair_rows
from kgreview.graph.schema import Schema, TypePair
from kgreview.store.added_pairs import AddedPair

Graphs = tuple[KnowledgeGraph, KnowledgeGraph]
Floats = npt.NDArray[np.float32]


def lost_links(candidates: Candidates, links: Links) -> Links:
    """Give the links, matches and non-matches, whose pairs blocking did not find."""
    return links.take(~is_candidate(candidates, links.left, links.right))


class Renewal:
    """Gives added pairs as the graphs, the schema and the links have them now.

    All are compared at once and beforehand, since they are asked for inside a transaction.
    """

    def __init__(
        self,
        graphs: Graphs,
        schema: Schema,
        links: Links,
        similarity: PairSimilarity,
        added: Sequence[AddedPair],
        lost: Links,
    ) -> None:
        """``added``: what the project has; ``lost``: links to add, see ``lost_links``."""
        self._graphs, self._schema = graphs, schema
        self._known, self._similarity = links, similarity
        self.named = self._pairs(lost.left, lost.right)  # what links name, each a candidate
        renewed = self._renewed([*added, *self.named])
        self._renewed_before = {(p.left, p.right): r for p, r in renewed}

    def __call__(self, pair: AddedPair) -> AddedPair | None:
        """Give a pair; ``None`` where an entity is gone, or its type is no longer paired."""
        key = pair.left, pair.right
        if key not in self._renewed_before:  # added since
            return self._renewed([pair])[0][1]
        renewed = self._renewed_before[key]
        return None if renewed is None else dataclasses.replace(renewed, curator=pair.curator)

    def _pairs(self, left: Rows, right: Rows) -> list[AddedPair]:
        one, two = self._graphs
        ids = one.ids.take(left).to_pylist(), two.ids.take(right).to_pylist()
        types = (
            [graph.type_of(int(row)) for row in rows] for graph, rows in ((one, left), (two, right))
        )
        return [AddedPair(*each) for each in zip(*ids, *types, strict=True)]

    def _renewed(self, pairs: Sequence[AddedPair]) -> list[tuple[AddedPair, AddedPair | None]]:
        one, two = self._graphs
        placed = pair_rows(one, two, pairs)
        there, rows = placed.where, (placed.left, placed.right)
        covered = np.flatnonzero(self._similarity.covers(*rows))
        compared = self._similarity.compute(rows[0][covered], rows[1][covered])
        values: list[Floats | None] = [None] * len(there)  # of others when they are asked for
        for at, row in zip(covered.tolist(), compared, strict=True):
            values[at] = row
        linked = self._known.settle(*rows)
        renewed: list[AddedPair | None] = [None] * len(pairs)
        for at, left, right, settled, similarities in zip(
            there.tolist(), *(side.tolist() for side in rows), linked.tolist(), values, strict=True
        ):
            types = TypePair(one.type_of(left), two.type_of(right))
            if types in self._schema.types:
                renewed[at] = dataclasses.replace(
                    pairs[at],
                    left_type=types.left,
                    right_type=types.right,
                    linked=settled,
                    similarities=similarities,
                )
        return list(zip(pairs, renewed, strict=True))
