"""Left out, an edge changes similarities as if it had never been in the graph."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from kgreview.features.similarity import PairSimilarity
from kgreview.features.without import SimilarityWithout
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.suggestion import infer_schema

FILMS, PEOPLE = 8, 10
Edge = tuple[int, str, int]


def edges(seed: int, hub: int = 0) -> list[Edge]:
    """Films with a director, actors and a genre, which is a node; film 0 may have many actors."""
    rng = np.random.default_rng(seed)
    found: list[Edge] = []
    for film in range(FILMS):
        found.append((film, "directed_by", FILMS + film % 4))
        for person in sorted(rng.choice(PEOPLE, 3, replace=False)):
            found.append((film, "stars", FILMS + int(person)))
    found += [(0, f"crew {i}", FILMS + i % PEOPLE) for i in range(hub)]
    return found


def graph(side: str, edges: list[Edge]) -> KnowledgeGraph:
    count = FILMS + PEOPLE
    words = ["red", "blue", "river", "stone", "night", "salt", "glass", "moon"]
    names = [f"{words[i % 8]} {words[(i * 3 + 1) % 8]} {i}" for i in range(count)]
    towns = [words[(i * 5) % 8] for i in range(PEOPLE)]
    return KnowledgeGraph.from_columns(
        ids=pa.array([f"{side}{i:02}" for i in range(count)]),
        types=pa.array(["film"] * FILMS + ["person"] * PEOPLE),
        value_entities=np.concatenate([np.arange(count), np.arange(FILMS, count)]),
        value_attributes=pa.array(["name"] * count + ["town"] * PEOPLE),
        values=pa.array(names + towns),
        edge_heads=np.array([head for head, _, _ in edges]),
        edge_relations=pa.array([relation for _, relation, _ in edges]),
        edge_tails=np.array([tail for _, _, tail in edges]),
    )


def all_kept(one: KnowledgeGraph, row: int) -> np.ndarray:
    return np.ones(one.degree(row), dtype=bool)


def made_of_neighbours(names: tuple[str, ...]) -> np.ndarray:
    labels = [name.split(": ")[0].split(" ~ ") for name in names]
    return np.array([not set(label) <= {"name", "town"} for label in labels])


@pytest.mark.parametrize("hub", [0, 40])
def test_with_every_edge_it_is_the_similarity_of_blocking(hub: int) -> None:
    left, right = graph("l", edges(1, hub)), graph("r", edges(2, hub))
    fitted = PairSimilarity.fit(left, right, infer_schema(left, right))
    without = SimilarityWithout(fitted, left, right)
    for row in (0, 3, FILMS + 1):
        for other in (0, 5):
            expected = fitted.compute(np.array([row]), np.array([other]))
            masks = [(all_kept(left, row), all_kept(right, other))]
            blank = np.where(made_of_neighbours(fitted.feature_names), np.float32(-7), expected[0])
            found = without.compare(row, other, masks, blank)
            np.testing.assert_allclose(found, expected, atol=1e-6)


def test_without_an_edge_it_is_as_if_the_graph_had_none() -> None:
    stated = edges(1)
    left, right = graph("l", stated), graph("r", edges(2))
    schema = infer_schema(left, right)
    fitted = PairSimilarity.fit(left, right, schema)
    without = SimilarityWithout(fitted, left, right)
    changed = 0
    for film, relation, person in stated[:8]:
        lacking = graph("l", [e for e in stated if e != (film, relation, person)])
        fresh = PairSimilarity.fit(lacking, right, schema)
        codes, rows = left.neighbourhood(film)
        names = [left.relation(int(code))[0] for code in codes]
        kept = np.array(
            [not (n == relation and r == person) for n, r in zip(names, rows, strict=True)]
        )
        assert kept.sum() == len(kept) - 1
        others = np.arange(0, FILMS, 2)
        before, after = (one.compute(np.full(len(others), film), others) for one in (fitted, fresh))
        for other, whole, without_it in zip(others.tolist(), before, after, strict=True):
            both = all_kept(right, other)
            masks = [(kept, both), (all_kept(left, film), both)]
            found = without.compare(film, other, masks, whole)
            shown = dict(zip(fitted.feature_names, found.T.tolist(), strict=True))
            for name, value in zip(fresh.feature_names, without_it.tolist(), strict=True):
                if name in shown:
                    assert shown[name][0] == pytest.approx(value, nan_ok=True, abs=1e-5), name
            changed += any(a != b for name, (a, b) in shown.items() if "near person" in name)
    assert changed > 20, "what neighbours say does change"


def test_without_any_edge_nothing_of_neighbours_is_left() -> None:
    left, right = graph("l", edges(1)), graph("r", edges(2))
    fitted = PairSimilarity.fit(left, right, infer_schema(left, right))
    without = SimilarityWithout(fitted, left, right)
    kept = [(~all_kept(left, 0), all_kept(right, 0))]
    whole = fitted.compute(np.array([0]), np.array([0]))[0]
    compared = without.compare(0, 0, kept, whole)[0]
    found = dict(zip(fitted.feature_names, compared.tolist(), strict=True))
    assert all(np.isnan(value) for name, value in found.items() if name.startswith("near person"))
    assert np.isnan(found["two hops: shared"])
    assert found["structure: left_degree"] == 0
    assert not np.isnan(found["name: cosine"])
