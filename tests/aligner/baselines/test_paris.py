"""PARIS on graphs small enough to follow by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from kgreview.aligner.baselines.dataset import Dataset, Labelled
from kgreview.aligner.baselines.paris import Facts, paris
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.suggestion import infer_schema
from kgreview.progress import silent


def graph(names: dict[int, str], directors: list[tuple[int, int]], entities: int) -> KnowledgeGraph:
    return KnowledgeGraph.from_columns(
        ids=pa.array([f"e{i}" for i in range(entities)]),
        types=pa.array(["thing"] * entities),
        value_entities=np.array(list(names)),
        value_attributes=pa.array(["name"] * len(names)),
        values=pa.array(list(names.values())),
        edge_heads=np.array([head for head, _ in directors], dtype=np.int64),
        edge_relations=pa.array(["director"] * len(directors), type=pa.string()),
        edge_tails=np.array([tail for _, tail in directors], dtype=np.int64),
    )


def score(left: KnowledgeGraph, right: KnowledgeGraph) -> np.ndarray:
    """Scores of all pairs, (left entities, right entities)."""
    shape = left.num_entities, right.num_entities
    lefts, rights = (part.ravel() for part in np.indices(shape))
    none = Labelled(np.empty(0, np.int64), np.empty(0, np.int8))
    empty = np.empty((lefts.size, 0), np.float32)
    data = Dataset(
        left,
        right,
        infer_schema(left, right),
        lefts,
        rights,
        np.zeros(lefts.size, np.float32),
        empty,
        (),
        empty,
        none,
        none,
    )
    return np.asarray(paris(data, 0, "cpu", silent).score()).reshape(shape)


def test_inverse_functionality_is_distinct_things_over_facts() -> None:
    # four films of two directors; all names differ
    names = {i: f"name {i}" for i in range(6)}
    g = graph(names, [(0, 4), (1, 4), (2, 4), (3, 5)], 6)
    facts = Facts.of(g, np.arange(6), 6)
    np.testing.assert_allclose(facts.inverse_functionality, [1, 2 / 4, 1])


@pytest.mark.parametrize("name", ["Moor, Ada", "ada moor", "Ada Moor (director)"])
def test_names_are_the_same_whatever_the_order_of_their_words(name: str, tmp_path: Path) -> None:
    found = score(graph({0: "Ada Moor", 1: "Ben"}, [], 2), graph({0: "Eve", 1: name}, [], 2))
    assert np.unravel_index(found.argmax(), found.shape) == (0, 1)
    assert (np.delete(found.ravel(), 1) == 0).all()


def test_a_film_without_a_name_is_found_by_its_director() -> None:
    left = graph({1: "Ada Moor", 2: "The Return", 3: "Ben Holt"}, [(0, 1), (2, 3)], 4)
    right = graph({0: "Ben Holt", 1: "Ada Moor", 3: "The Return"}, [(2, 1), (3, 0)], 4)
    found = score(left, right)
    assert found[0].argmax() == 2
    assert found[0, 2] > 1  # each is the other's likeliest
    assert found[0, 3] == 0


def test_namesakes_that_nothing_tells_apart_tie() -> None:
    found = score(graph({0: "Ada"}, [], 1), graph({0: "Ada", 1: "Ada"}, [], 2))
    assert found[0, 0] == found[0, 1]
