"""What entities of a type say: by attribute and relation, how many of them, and examples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.names import display_name
from kgreview.graph.schema import Direction, Names
from kgreview.graph.values import spread
from kgreview.ui.text import plain

Ints = npt.NDArray[np.int64]
Key = TypeVar("Key", str, Direction)

_EXAMPLES = 3
_LOOKED_AT = 24  # values, evenly spread, that examples are taken from
_LONGEST = 60  # characters of an example


@dataclass(frozen=True)
class Fact:
    """What is known of an attribute or a relation of one type."""

    share: float  # of the entities of the type that have it
    examples: tuple[str, ...]  # different values, or names of neighbours

    @property
    def shown(self) -> str:
        """The examples on one line."""
        return " · ".join(self.examples)


@dataclass(frozen=True, eq=False)
class TypeFacts:
    """What entities of one type have, the most widespread first."""

    entities: int
    attributes: dict[str, Fact]
    relations: dict[Direction, Fact]


def type_facts(graph: KnowledgeGraph, type_name: str, names: Names) -> TypeFacts:
    """Count what entities of a type say, with examples; ``names`` as in ``Schema``."""
    rows = graph.rows_of_type(type_name)
    counts = graph.value_offsets[rows + 1] - graph.value_offsets[rows]
    where = spread(graph.value_offsets[rows], counts)
    attributes = {
        graph.attribute_names[code]: Fact(share, _values(graph, some))
        for code, share, some in _by_code(
            np.repeat(rows, counts), np.asarray(graph.value_attributes)[where], where, len(rows)
        )
    }
    degrees = graph.edge_offsets[rows + 1] - graph.edge_offsets[rows]
    edges = spread(graph.edge_offsets[rows], degrees)
    relations = {
        Direction(*graph.relation(code)): Fact(share, _neighbours(graph, some, names))
        for code, share, some in _by_code(
            np.repeat(rows, degrees), np.asarray(graph.edge_relations)[edges], edges, len(rows)
        )
    }
    return TypeFacts(len(rows), _widespread_first(attributes), _widespread_first(relations))


def type_counts(graph: KnowledgeGraph) -> dict[str, int]:
    """Count the entities of each type."""
    counts = np.bincount(graph.types, minlength=len(graph.type_names))
    return dict(zip(graph.type_names, counts.tolist(), strict=True))


def _by_code(
    owners: Ints, codes: npt.NDArray[np.integer], where: Ints, entities: int
) -> Iterator[tuple[int, float, Ints]]:
    """Give each code, the share of entities that have it, and some of its positions."""
    order = np.argsort(codes, kind="stable")  # owners ascend within a code
    values, starts = np.unique(codes[order], return_index=True)
    bounds = np.append(starts, len(order))
    for code, start, end in zip(values, bounds[:-1], bounds[1:], strict=True):
        of_code = order[start:end]
        having = 1 + int(np.count_nonzero(np.diff(owners[of_code])))
        step = max(1, len(of_code) // _LOOKED_AT)
        yield int(code), having / entities, where[of_code[::step][:_LOOKED_AT]]


def _values(graph: KnowledgeGraph, where: Ints) -> tuple[str, ...]:
    texts = (plain(text, _LONGEST) for text in graph.values.take(pa.array(where)).to_pylist())
    return tuple(dict.fromkeys(text for text in texts if text))[:_EXAMPLES]


def _neighbours(graph: KnowledgeGraph, where: Ints, names: Names) -> tuple[str, ...]:
    rows = np.unique(np.asarray(graph.edge_neighbours)[where])
    some = (plain(display_name(graph, int(row), names), _LONGEST) for row in rows)
    return tuple(dict.fromkeys(some))[:_EXAMPLES]


def _widespread_first(facts: dict[Key, Fact]) -> dict[Key, Fact]:
    return dict(sorted(facts.items(), key=lambda each: -each[1].share))
