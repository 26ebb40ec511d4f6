"""Wide graphs: thousands of names are looked up, not compared with each other one by one."""

from __future__ import annotations

import time
from collections.abc import Callable

from kgreview.graph.attribute_pairs import words_in_common
from kgreview.graph.knowledge_graph import KnowledgeGraph

MakeGraph = Callable[..., KnowledgeGraph]


def of_types(make: MakeGraph, names: int) -> KnowledgeGraph:
    """A graph of as many types as entities."""
    entities = [(f"e{i}", f"kind_{i}") for i in range(names)]
    values = [(f"e{i}", "name", f"title {i}") for i in range(names)]
    return make(entities, values)


def seconds(work: Callable[[], object]) -> float:
    """Give the least processor time of two tries."""
    spent = []
    for _ in range(2):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return min(spent)


def test_names_that_all_have_a_word_in_common_are_compared_in_moments() -> None:
    names = tuple(f"measure_{i}_of_run" for i in range(2_500))
    assert seconds(lambda: words_in_common(names, names[::-1])) < 2.0


def test_rows_of_a_type_are_looked_up_and_not_searched_for(make_graph: MakeGraph) -> None:
    graph = of_types(make_graph, 5_000)
    graph.rows_of_type("kind_0")

    def all_types() -> int:
        return sum(len(graph.rows_of_type(name)) for name in graph.type_names)

    assert all_types() == 5_000
    assert seconds(all_types) < 0.1, "25 million comparisons take longer"
