"""What of the neighbours takes no part in the comparison of two entities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from kgreview.features.fields import Fields, NumericField, TextField
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.quoting import quoted

_SHOWN = 8  # names that a line has


def neighbour_gaps(
    side: str, graph: KnowledgeGraph, fields: Fields, compared: Iterable[TextField]
) -> Iterator[str]:
    """Say in a line each whose values at neighbours, and which relations, are not compared.

    ``compared``: the fields of this side that are. Nothing is said of what no neighbour has.
    """
    there = list(compared)
    attributes = {each.source.attribute for each in there if each.source.hops == 1}
    names = {each.name for each in there if each.source.hops == 1}
    at_neighbours = np.zeros(graph.num_entities, np.bool_)
    at_neighbours[np.asarray(graph.edge_neighbours)] = True
    stated: list[TextField | NumericField] = [each for each in fields.texts if each.own]
    stated += fields.numbers
    alone = [
        each.name
        for each in stated
        if each.name not in attributes and _some_have(each, at_neighbours)
    ]
    if alone:
        yield f"{side} attributes that are not compared at neighbours {_listed(alone)}"
    codes = np.flatnonzero(
        np.bincount(np.asarray(graph.edge_relations), minlength=2 * graph.num_relations)
    )
    relations = [
        f"{name} inverse" if inverse else name
        for code in codes.tolist()
        for name, inverse in [graph.relation(code)]
        if code not in fields.over or fields.over[code].name not in names
    ]
    if relations:
        yield f"{side} relations whose neighbours are compared by type alone {_listed(relations)}"


def _some_have(field: TextField | NumericField, entities: npt.NDArray[np.bool_]) -> bool:
    return bool((np.diff(field.offsets) > 0)[entities].any())


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return f"({len(names):,}): {', '.join(map(quoted, names[:_SHOWN]))}{more}"
