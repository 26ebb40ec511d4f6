"""Both graphs in one space of nodes, the form in which a network with shared weights sees them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kgreview.graph.counterparts import Counterparts
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import Schema

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class JointGraph:
    """Nodes of the left graph, then those of the right one; types and relations share one code.

    Types that the schema pairs are one type, and relations of the same name are one relation, so
    that their parameters are shared; those of other names get parameters of their own.
    """

    num_left: int
    types: Ints  # (nodes,)
    type_names: tuple[str, ...]
    edge_offsets: Ints  # (nodes + 1,)
    edge_relations: Ints  # (edges,) even: the relation, odd: its inverse
    edge_neighbours: Ints  # (edges,) node at the other end
    relation_names: tuple[str, ...]  # code // 2 is the position here
    counterparts: Counterparts | None = None  # of entities, by their types; None: one each

    @property
    def num_nodes(self) -> int:
        """How many nodes both graphs have."""
        return len(self.types)

    def several(self, left: Ints, right: Ints) -> npt.NDArray[np.bool_]:
        """Tell of pairs of rows whether either entity may have several counterparts, (pairs, 2)."""
        if self.counterparts is None:
            return np.zeros((len(left), 2), np.bool_)
        both = self.counterparts.of_left(left, right), self.counterparts.of_right(left, right)
        return np.stack(both, axis=1)

    @property
    def num_relation_codes(self) -> int:
        """How many codes there are: each relation and its inverse."""
        return 2 * len(self.relation_names)

    def right_node(self, rows: npt.NDArray[np.integer]) -> Ints:
        """Give the nodes of rows of the right graph; those of the left graph are its rows."""
        return rows.astype(np.int64) + self.num_left


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """How the codes of either graph read in the joint one; sides are (left, right)."""

    type_names: tuple[str, ...]
    relation_names: tuple[str, ...]
    types: tuple[Ints, Ints]  # (types of the side,) joint code of each
    relations: tuple[Ints, Ints]  # (2 × relations of the side,) joint code, inverses last

    @classmethod
    def of(cls, left: KnowledgeGraph, right: KnowledgeGraph, schema: Schema) -> Vocabulary:
        """Read the names of both graphs; costs nothing for each entity or edge."""
        counterpart = {pair.right: pair.left for pair in reversed(schema.types)}
        right_types = [counterpart.get(name, f"{name} (right)") for name in right.type_names]
        type_names = tuple(sorted({*left.type_names, *right_types}))
        relation_names = tuple(sorted({*left.relation_names, *right.relation_names}))
        return cls(
            type_names,
            relation_names,
            (_codes(left.type_names, type_names), _codes(right_types, type_names)),
            (_relation_codes(left, relation_names), _relation_codes(right, relation_names)),
        )


def join(left: KnowledgeGraph, right: KnowledgeGraph, schema: Schema) -> JointGraph:
    """Put two graphs into one space of nodes."""
    vocabulary = Vocabulary.of(left, right, schema)
    return JointGraph(
        num_left=left.num_entities,
        types=np.concatenate([vocabulary.types[0][left.types], vocabulary.types[1][right.types]]),
        type_names=vocabulary.type_names,
        edge_offsets=np.concatenate(
            [left.edge_offsets, right.edge_offsets[1:] + left.edge_offsets[-1]]
        ),
        edge_relations=np.concatenate(
            [
                vocabulary.relations[0][left.edge_relations],
                vocabulary.relations[1][right.edge_relations],
            ]
        ),
        edge_neighbours=np.concatenate(
            [
                left.edge_neighbours.astype(np.int64),
                right.edge_neighbours.astype(np.int64) + left.num_entities,
            ]
        ),
        relation_names=vocabulary.relation_names,
        counterparts=Counterparts.of(left, right, schema.cardinality),
    )


def _codes(names: tuple[str, ...] | list[str], vocabulary: tuple[str, ...]) -> Ints:
    position = {name: code for code, name in enumerate(vocabulary)}
    return np.array([position[name] for name in names], dtype=np.int64)


def _relation_codes(graph: KnowledgeGraph, vocabulary: tuple[str, ...]) -> Ints:
    forward = 2 * _codes(graph.relation_names, vocabulary)
    return np.concatenate([forward, forward + 1])
