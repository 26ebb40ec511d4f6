"""What differs between two states of one graph, entity by entity, whatever rows they have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kgreview.arrays import Bools, Ints
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.text.ngrams import hash_strings, mix

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Changes:
    """How the entities of a graph became those of a newer state of it; an id names an entity."""

    to_new: Ints  # (old entities,) row in the new graph, -1 of one that is gone
    is_new: Bools  # (entities of the new graph,)
    says_else: Bools  # (entities,) that were there: another type or other values
    relates_else: Bools  # (entities,) that were there: other relations or neighbours
    near: Bools  # (entities,) a neighbour says something else: what is said of it has changed

    @classmethod
    def of(cls, old: KnowledgeGraph, new: KnowledgeGraph) -> Changes:
        """Compare two states. Rows may differ altogether; nothing depends on their order."""
        to_new = new.rows(old.ids)
        kept = np.flatnonzero(to_new >= 0)
        is_new = np.ones(new.num_entities, dtype=np.bool_)
        is_new[to_new[kept]] = False
        differs = []
        for of_entity in (_said, _related):
            column = np.zeros(new.num_entities, dtype=np.bool_)
            before, after = of_entity(old), of_entity(new)
            column[to_new[kept]] = before[kept] != after[to_new[kept]]
            differs.append(column)
        return cls(to_new, is_new, differs[0], differs[1], _beside(new, differs[0]))

    @classmethod
    def none(cls, graph: KnowledgeGraph) -> Changes:
        """Say of a graph that it is as it was."""
        nothing = np.zeros(graph.num_entities, dtype=np.bool_)
        return cls(np.arange(graph.num_entities), nothing, nothing, nothing, nothing)

    @property
    def changed(self) -> Bools:
        """Which entities were there and are another now, (entities,)."""
        return self.says_else | self.relates_else

    @property
    def touched(self) -> Bools:
        """Which entities must be compared anew, (entities,): new, changed, or beside a change."""
        return self.is_new | self.changed | self.near

    @property
    def gone(self) -> Ints:
        """Old rows of the entities that are gone."""
        return np.flatnonzero(self.to_new < 0)

    @property
    def old_rows(self) -> Ints:
        """Give the row each entity had, (entities,), -1 of a new one."""
        kept = np.flatnonzero(self.to_new >= 0)
        rows = np.full(len(self.is_new), -1, dtype=np.int64)
        rows[self.to_new[kept]] = kept
        return rows

    def everywhere(self) -> Changes:
        """Take all entities for changed, as where nothing of before can be kept."""
        everything = np.ones(len(self.is_new), dtype=np.bool_)
        return replace(self, near=everything, relates_else=~self.is_new)


def in_canonical_order(graph: KnowledgeGraph) -> bool:
    """Tell whether rows are in the order of ids; those of graphs of earlier releases are not."""
    return bool(np.array_equal(graph.id_order, np.arange(graph.num_entities)))


def with_names_of(graph: KnowledgeGraph, other: KnowledgeGraph) -> KnowledgeGraph:
    """Give the graph with the names of another one beside its own, used or not.

    So a schema that names an attribute fits after the last value of it has gone, and a network
    finds the types and relations it knows.
    """
    types, type_names = _together(graph.type_names, other.type_names)
    attributes, attribute_names = _together(graph.attribute_names, other.attribute_names)
    relations, relation_names = _together(graph.relation_names, other.relation_names)
    codes = np.concatenate([relations, relations + len(relation_names)])
    return replace(
        graph,
        types=types[graph.types] if len(types) else graph.types,
        type_names=type_names,
        value_attributes=(
            attributes[graph.value_attributes] if len(attributes) else graph.value_attributes
        ),
        attribute_names=attribute_names,
        edge_relations=codes[graph.edge_relations] if len(codes) else graph.edge_relations,
        relation_names=relation_names,
    )


def _together(
    names: tuple[str, ...], others: Sequence[str]
) -> tuple[npt.NDArray[np.int32], tuple[str, ...]]:
    """Give the code of each name among those of both, which stay in alphabetical order."""
    union = tuple(sorted({*names, *others}))
    place = {name: code for code, name in enumerate(union)}
    return np.array([place[name] for name in names], dtype=np.int32), union


def _said(graph: KnowledgeGraph) -> Hashes:
    """Give a hash of the type and all values of each entity, (entities,)."""
    names, kinds = _hashes(graph.attribute_names), _hashes(graph.type_names)
    values = hash_strings(graph.values)
    stated = values ^ mix(names[graph.value_attributes]) if len(names) else values
    if graph.value_tags is not None:
        tags = mix(mix(_hashes(graph.tag_names)))
        tags[[name == "" for name in graph.tag_names]] = 0  # as where no value has a tag
        stated = stated ^ tags[graph.value_tags]
    total = _sums(mix(stated), graph.value_offsets)
    return total + mix(kinds[graph.types]) if len(kinds) else total


def _related(graph: KnowledgeGraph) -> Hashes:
    """Give a hash of the relations and neighbours of each entity, (entities,)."""
    forward = _hashes(graph.relation_names)
    relations = np.concatenate([forward, mix(forward)])
    if not len(relations):
        return np.zeros(graph.num_entities, dtype=np.uint64)
    ends = hash_strings(graph.ids)[graph.edge_neighbours]
    return _sums(mix(ends ^ mix(relations[graph.edge_relations])), graph.edge_offsets)


def _hashes(names: tuple[str, ...]) -> Hashes:
    return hash_strings(pa.array(names, type=pa.large_string()))


def _sums(values: Hashes, offsets: npt.NDArray[np.integer]) -> Hashes:
    """Add up the values of each entity; 64 bits run over, whatever their order."""
    total = np.zeros(len(values) + 1, dtype=np.uint64)
    np.cumsum(values, out=total[1:])
    sums: Hashes = total[offsets[1:]] - total[offsets[:-1]]
    return sums


def _beside(graph: KnowledgeGraph, which: Bools) -> Bools:
    """Tell which entities have one of some for a neighbour, (entities,)."""
    is_beside = np.zeros(graph.num_entities, dtype=np.bool_)
    is_beside[graph.edge_entities[which[graph.edge_neighbours]]] = True
    return is_beside
