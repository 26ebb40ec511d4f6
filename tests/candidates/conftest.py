from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pytest

from kgreview.graph.knowledge_graph import KnowledgeGraph

MakeGraph = Callable[..., KnowledgeGraph]


@pytest.fixture
def make_graph() -> MakeGraph:
    """Build a graph from (id, type), (id, attribute, value) and (head, relation, tail)."""

    def make(
        entities: Sequence[tuple[str, str]],
        values: Sequence[tuple[str, str, str]] = (),
        edges: Sequence[tuple[str, str, str]] = (),
    ) -> KnowledgeGraph:
        row = {entity: i for i, (entity, _) in enumerate(entities)}
        string = pa.large_string()
        return KnowledgeGraph.from_columns(
            ids=pa.array([entity for entity, _ in entities], type=string),
            types=pa.array([name for _, name in entities], type=string),
            value_entities=np.array([row[entity] for entity, _, _ in values], dtype=np.int64),
            value_attributes=pa.array([attribute for _, attribute, _ in values], type=string),
            values=pa.array([value for _, _, value in values], type=string),
            edge_heads=np.array([row[head] for head, _, _ in edges], dtype=np.int64),
            edge_relations=pa.array([relation for _, relation, _ in edges], type=string),
            edge_tails=np.array([row[tail] for _, _, tail in edges], dtype=np.int64),
        )

    return make
