"""What an entity is called: for matching, and for people."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.values import naming_rank

_FULL_NAME = 60  # characters up to which the longer name says more; beyond, it is a description


def entity_names(
    graph: KnowledgeGraph, names: Mapping[str, tuple[str, ...]]
) -> pa.LargeStringArray:
    """Give one name for each entity, '' where it has none, (entities,).

    ``names``: by type, the attributes that name an entity, the best first (``Schema.left_names``).
    The name is a value of the best attribute that has one that is not blank. Of several it is the
    longest of at most 60 characters, a full name rather than initials, a short form or a code;
    where all are longer, the shortest; of equally long ones the first by its bytes.
    """
    entities = graph.value_entities
    rank_of_value = naming_rank(graph, names)
    naming = np.flatnonzero(rank_of_value >= 0)
    values = graph.values.take(pa.array(naming))
    says = pc.not_equal(pc.utf8_trim_whitespace(values), "").to_numpy(zero_copy_only=False)
    length = pc.utf8_length(values).to_numpy(zero_copy_only=False)[says]
    naming = naming[says]
    unfit = np.where(length <= _FULL_NAME, -length, length)
    order = naming[np.lexsort((naming, unfit, rank_of_value[naming], entities[naming]))]
    named, first = np.unique(entities[order], return_index=True)
    where = np.full(graph.num_entities, -1, dtype=np.int64)
    where[named] = order[first]
    first_values = graph.values.take(pa.array(where, mask=where < 0))
    return pc.fill_null(first_values, "").cast(pa.large_string())


def display_name(graph: KnowledgeGraph, row: int, names: Mapping[str, tuple[str, ...]]) -> str:
    """Give what a person reads: the name, or where there is none the local part of the id.

    The name is that of ``entity_names``.
    """
    values = graph.attributes(row)
    for attribute in names.get(graph.type_of(row), ()):
        written = [value for value in values.get(attribute, ()) if value.strip()]
        if written:
            return min(written, key=_unfitness)
    return local_part(graph.id(row))


def local_part(entity_id: str) -> str:
    """Give the end of an id that is an address or a path, of any other the whole.

    >>> local_part("http://dbpedia.org/resource/Solaris"), local_part("m17")
    ('Solaris', 'm17')
    """
    return re.split(r"[/#]", entity_id.rstrip("/#"))[-1] or entity_id


def _unfitness(name: str) -> int:
    return -len(name) if len(name) <= _FULL_NAME else len(name)
