"""What an entity is called: for matching, and for people."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.graph.knowledge_graph import KnowledgeGraph


def entity_names(
    graph: KnowledgeGraph, names: Mapping[str, tuple[str, ...]]
) -> pa.LargeStringArray:
    """Give one name for each entity, '' where it has none, (entities,).

    ``names``: by type, the attributes that name an entity, the best first (``Schema.left_names``).
    Where several values are there, the best attribute's first value that is not blank is the name.
    """
    best = np.full((len(graph.type_names), max(1, len(graph.attribute_names))), -1, dtype=np.int32)
    for type_name, attributes in names.items():
        for rank, attribute in enumerate(attributes):
            if type_name in graph.type_names and attribute in graph.attribute_names:
                code = graph.attribute_names.index(attribute)
                best[graph.type_names.index(type_name), code] = rank
    entities = graph.value_entities
    rank_of_value = best[graph.types[entities], graph.value_attributes]
    naming = np.flatnonzero(rank_of_value >= 0)
    says = pc.not_equal(pc.utf8_trim_whitespace(graph.values.take(pa.array(naming))), "")
    naming = naming[says.to_numpy(zero_copy_only=False)]
    order = naming[np.lexsort((naming, rank_of_value[naming], entities[naming]))]
    named, first = np.unique(entities[order], return_index=True)
    where = np.full(graph.num_entities, -1, dtype=np.int64)
    where[named] = order[first]
    found = graph.values.take(pa.array(where, mask=where < 0))
    return pc.fill_null(found, "").cast(pa.large_string())


def display_name(graph: KnowledgeGraph, row: int, names: Mapping[str, tuple[str, ...]]) -> str:
    """Give what a person reads: the name, or where there is none the local part of the id."""
    values = graph.attributes(row)
    for attribute in names.get(graph.type_of(row), ()):
        for value in values.get(attribute, ()):
            if value.strip():
                return value
    entity_id = graph.id(row)
    return re.split(r"[/#]", entity_id.rstrip("/#"))[-1] or entity_id
