"""Attribute values of many entities at once: which of them name, and the first few of each."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from kgreview.graph.knowledge_graph import KnowledgeGraph

Rows = npt.NDArray[np.integer]


def naming_values(
    graph: KnowledgeGraph, names: Mapping[str, tuple[str, ...]]
) -> npt.NDArray[np.bool_]:
    """Tell which attribute values name their entity, (values,)."""
    named = np.zeros((len(graph.type_names), max(1, len(graph.attribute_names))), dtype=bool)
    for type_name, attributes in names.items():
        for attribute in attributes:
            if type_name in graph.type_names and attribute in graph.attribute_names:
                code = graph.type_names.index(type_name)
                named[code, graph.attribute_names.index(attribute)] = True
    found: npt.NDArray[np.bool_] = named[graph.types[graph.value_entities], graph.value_attributes]
    return found


def first_of_each(owners: Rows, chosen: Rows, most: int) -> Rows:
    """Keep at most ``most`` of the chosen positions of each owner; both ascend."""
    owner = owners[chosen]
    starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]]) if len(owner) else owner
    place = np.arange(len(owner)) - np.repeat(starts, np.diff(np.r_[starts, len(owner)]))
    return np.asarray(chosen[place < most])
