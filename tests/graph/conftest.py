"""Small graphs that can be checked by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pytest

from kgreview.graph.knowledge_graph import KnowledgeGraph

Triples = Sequence[tuple[str, str, str]]


def build(
    entities: Sequence[tuple[str, str]], attributes: Triples = (), relations: Triples = ()
) -> KnowledgeGraph:
    row = {entity_id: i for i, (entity_id, _) in enumerate(entities)}

    def strings(triples: Sequence[Sequence[str]], position: int) -> pa.Array:
        return pa.array([triple[position] for triple in triples], pa.large_string())

    def rows(triples: Triples, position: int) -> np.ndarray:
        return np.array([row[triple[position]] for triple in triples], dtype=np.int64)

    return KnowledgeGraph.from_columns(
        ids=strings(entities, 0),
        types=strings(entities, 1),
        value_entities=rows(attributes, 0),
        value_attributes=strings(attributes, 1),
        values=strings(attributes, 2),
        edge_heads=rows(relations, 0),
        edge_relations=strings(relations, 1),
        edge_tails=rows(relations, 2),
    )


@pytest.fixture(scope="session")
def graph_of() -> Callable[..., KnowledgeGraph]:
    return build


@pytest.fixture
def films() -> KnowledgeGraph:
    """Two films with one writer; the second film is its own remake."""
    return build(
        [("k:f2", "film"), ("k:f1", "film"), ("k:p", "person"), ("k:x", "film")],
        [
            ("k:f1", "title", "Gawaahi"),
            ("k:p", "name", "Aditya Raj"),
            ("k:f1", "year", "1989"),
            ("k:p", "alias", "Aditya"),
            ("k:p", "alias", "A. Raj"),
        ],
        [("k:f1", "writer", "k:p"), ("k:f2", "writer", "k:p"), ("k:f2", "remake of", "k:f2")],
    )
