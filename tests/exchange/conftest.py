"""What a graph states, in a form that does not depend on its rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from kgreview.graph.knowledge_graph import KnowledgeGraph


class Facts(NamedTuple):
    types: dict[str, str]  # by id
    values: set[tuple[str, str, str]]  # id, attribute, value
    relations: set[tuple[str, str, str]]  # head, relation, tail
    tags: dict[tuple[str, str, str], str]  # of values that have one


def state(graph: KnowledgeGraph) -> Facts:
    rows = range(graph.num_entities)
    statements = [
        (
            graph.id(int(row)),
            graph.attribute_names[int(attribute)],
            value.as_py(),
        )
        for row, attribute, value in zip(
            graph.value_entities, graph.value_attributes, graph.values, strict=True
        )
    ]
    tags = (
        {}
        if graph.value_tags is None
        else {
            statement: graph.tag_names[int(code)]
            for statement, code in zip(statements, graph.value_tags, strict=True)
            if graph.tag_names[int(code)]
        }
    )
    relations = {
        (graph.id(row), graph.relation(int(code))[0], graph.id(int(tail)))
        for row in rows
        for code, tail in zip(*graph.neighbourhood(row), strict=True)
        if not graph.relation(int(code))[1]
    }
    assert len(statements) == len(set(statements))
    return Facts(
        {graph.id(row): graph.type_of(row) for row in rows}, set(statements), relations, tags
    )


@pytest.fixture(scope="session")
def facts_of() -> Callable[[KnowledgeGraph], Facts]:
    return state
