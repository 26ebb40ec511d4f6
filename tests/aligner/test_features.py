"""Layer 0: strings, numbers and dates as vectors, computed from the values alone."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from kgreview.aligner.features import EMBEDDED, NAME_WIDTH, WIDTH, entity_features
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.suggestion import infer_schema


def people(*values: list[tuple[str, str]]) -> KnowledgeGraph:
    """One person for each list of (attribute, value)."""
    rows = [(i, attribute, value) for i, of in enumerate(values) for attribute, value in of]
    none = np.empty(0, np.int64)
    return KnowledgeGraph.from_columns(
        ids=pa.array([f"p{i}" for i in range(len(values))]),
        types=pa.array(["person"] * len(values)),
        value_entities=np.array([row[0] for row in rows], np.int64),
        value_attributes=pa.array([row[1] for row in rows], pa.string()),
        values=pa.array([row[2] for row in rows], pa.string()),
        edge_heads=none,
        edge_relations=pa.array([], pa.string()),
        edge_tails=none,
    )


def embedded(left: KnowledgeGraph, right: KnowledgeGraph) -> tuple[np.ndarray, np.ndarray]:
    features = entity_features(left, right, infer_schema(left, right))
    assert features.shape == (left.num_entities + right.num_entities, WIDTH)
    return features[: left.num_entities], features[left.num_entities :]


def test_names_that_share_sub_words_are_close_and_others_are_not() -> None:
    left, right = embedded(
        people([("name", "Aditya Raj")], [("name", "Kendrick Lamar")]),
        people([("name", "Raj Kapoor, Aditya")], [("name", "Zoë Ólafsdóttir")]),
    )
    cosine = left[:, :NAME_WIDTH] @ right[:, :NAME_WIDTH].T
    assert cosine[0, 0] > 0.5
    assert abs(cosine[0, 1]) < 0.4
    np.testing.assert_allclose(np.linalg.norm(left[:, :NAME_WIDTH], axis=1), 1, rtol=1e-5)


def test_an_entity_without_any_value_is_zero() -> None:
    left, _ = embedded(people([("name", "Aditya Raj")], []), people([("name", "x")]))
    assert (left[1] == 0).all()


def test_dates_are_close_when_they_are_close_in_time() -> None:
    left, right = embedded(
        people([("born", "1971-03-05")]),
        people([("birth", "1971-03-06")], [("birth", "1850-11-30")], [("birth", "1971")]),
    )
    distance = np.linalg.norm(left - right, axis=1)
    assert distance[0] < distance[2] < distance[1]


def test_numbers_of_any_size_stay_in_range() -> None:
    left, _ = embedded(
        people([("n", "-3")], [("n", "1e9")], [("n", "999999999999999")], [("n", "$12.50")]),
        people([("n", "0")]),
    )
    assert np.isfinite(left).all()
    assert np.abs(left).max() < 10


@pytest.mark.parametrize("value", ["0000-00-00", "2020-00-00", "12/31", "∞", "-", "1" * 400])
def test_odd_values_do_no_harm(value: str) -> None:
    left, _ = embedded(people([("a", value)]), people([("a", value)]))
    assert np.isfinite(left).all()


def test_ids_and_the_order_of_rows_say_nothing() -> None:
    one = people([("name", "Aditya Raj")], [("name", "Kendrick Lamar")])
    other = people([("name", "Kendrick Lamar")], [("name", "Aditya Raj")])
    left, right = embedded(one, other)
    np.testing.assert_allclose(left, right[::-1], atol=1e-6)


def words_of(features: np.ndarray) -> list[set[int]]:
    return [{int(code) for code in row if code} for row in features[:, EMBEDDED:]]


def test_the_words_of_a_name_have_the_same_number_on_either_side_and_in_every_graph() -> None:
    left, right = embedded(
        people([("name", "Office Upgrade")], [("name", "Photo Mac")]),
        people([("name", "UPGRADE: office")], []),
    )
    (office, photo), (same, nothing) = words_of(left), words_of(right)
    assert office == same
    assert len(office) == len(photo) == 2
    assert not office & photo
    assert not nothing
    alone, _ = embedded(people([("name", "upgrade")]), people([("name", "else")]))
    assert words_of(alone)[0] < office


def test_of_a_long_name_the_rarest_words_are_kept() -> None:
    common = [f"common{i}" for i in range(30)]
    left, right = embedded(
        people([("name", " ".join([*common, "rare", "rarer"]))], [("name", "rare")]),
        people(*[[("name", word)] for word in common for _ in range(2)]),
    )
    kept, others = words_of(left)[0], words_of(right)
    assert len(kept) == WIDTH - EMBEDDED
    assert words_of(left)[1] < kept
    assert len(kept & set().union(*others)) == len(kept) - 2


def test_some_rows_are_embedded_as_among_all() -> None:
    left = people([("name", "Aditya Raj"), ("born", "1980")], [("name", "Kendrick Lamar")])
    right = people([("name", "Raj, Aditya"), ("job", "actor")])
    schema = infer_schema(left, right)
    rows = np.array([0, 2])
    some = entity_features(left, right, schema, rows=rows)
    np.testing.assert_array_equal(some, entity_features(left, right, schema)[rows])
