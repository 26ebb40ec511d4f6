"""Entities that share their name with another of their type."""

from __future__ import annotations

import pyarrow as pa
import pytest

from kgreview.graph.cardinality import Cardinality
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.suggestion import infer_schema
from kgreview.graph.twins import twin_shares
from kgreview.graph.values import Values, naming_rank


def people(names: list[str | None], prefix: str = "p") -> KnowledgeGraph:
    """People of some names, ``None`` for those without one; all have a town."""
    rows = [row for row, name in enumerate(names) if name]
    everyone = list(range(len(names)))
    return KnowledgeGraph.from_columns(
        ids=pa.array([f"{prefix}{row}" for row in everyone]),
        types=pa.array(["person"] * len(names)),
        value_entities=pa.array(rows + everyone).to_numpy(),
        value_attributes=pa.array(["name"] * len(rows) + ["town"] * len(everyone)),
        values=pa.array([str(names[row]) for row in rows] + ["Ulm"] * len(everyone)),
        edge_heads=pa.array([], pa.int64()).to_numpy(),
        edge_relations=pa.array([], pa.string()),
        edge_tails=pa.array([], pa.int64()).to_numpy(),
    )


def shares(graph: KnowledgeGraph) -> dict[str, float]:
    values = Values.of(graph, graph)
    return twin_shares(graph, values.codes[0], naming_rank(graph, {"person": ("name",)}))


def test_names_that_stand_several_times_are_counted_among_those_that_have_one() -> None:
    single = [f"Ada {number}" for number in range(30)]
    assert shares(people(single)) == {"person": 0}
    assert shares(people([*single, "ADA 0", None, None])) == {"person": pytest.approx(2 / 31)}
    assert shares(people(single * 2)) == {"person": 1}


def test_of_a_few_entities_nothing_is_told() -> None:
    assert shares(people(["Ada"] * 29)) == {}


@pytest.mark.parametrize(
    ("left", "right", "which"),
    [
        (1, 1, None),
        (1, 3, Cardinality.ONE_TO_MANY),
        (3, 1, Cardinality.MANY_TO_ONE),
        (2, 2, Cardinality.MANY_TO_MANY),
    ],
)
def test_records_that_stand_several_times_may_have_several_counterparts(left, right, which) -> None:
    names = [f"Ada {number}" for number in range(40)]
    told: list[str] = []
    schema = infer_schema(people(names * left), people(names * right, "q"), notice=told.append)
    assert list(schema.cardinality.values()) == ([] if which is None else [which])
    lines = [line for line in told if "share their name" in line]
    assert len(lines) == (which is not None)
    assert all(f"is taken for {which and which.value}" in line for line in lines)
