"""Which fields are compared: all that correspond, and a fair share of the rest for each type."""

from __future__ import annotations

import numpy as np
import pytest

from kgreview.features.choice import _MOST_TEXTS
from kgreview.features.similarity import PairSimilarity
from kgreview.graph.schema import AttributePair, Schema, TypePair
from kgreview.graph.suggestion import infer_schema
from kgreview.text.readings import Reading, ValueType


def fit(left, right):
    return PairSimilarity.fit(left, right, infer_schema(left, right))


def things(make_graph, side: str, columns: dict[str, list[str]], kind: str = "thing"):
    count = len(next(iter(columns.values())))
    return make_graph(
        [(f"{side}{i:02}", kind) for i in range(count)],
        [
            (f"{side}{i:02}", name, value)
            for name, values in columns.items()
            for i, value in enumerate(values)
        ],
    )


def test_forty_numeric_attributes_are_each_compared_with_their_namesake(make_graph):
    rng = np.random.default_rng(1)
    names = [f"size {chr(97 + i)}{chr(97 + j)}" for i in range(5) for j in range(8)]
    columns = {name: [str(v) for v in rng.integers(100, 999, 15)] for name in names}
    columns["name"] = [f"Thing {chr(65 + i)}" for i in range(15)]
    left, right = things(make_graph, "l", columns), things(make_graph, "r", columns)
    compared = fit(left, right).chosen
    assert {(a.name, b.name) for a, b in compared.numbers} >= {(name, name) for name in names}
    assert compared.left_alone == ()


def test_of_many_amounts_that_correspond_to_nothing_those_with_equal_values_are_compared(
    make_graph,
):
    # all names stand twice, so that no match is probable; the letters say nothing
    names = [f"Thing {i // 2}" for i in range(30)]
    values = {
        letter: [str(1000 * k + 7 * i) for i in range(30)] for k, letter in enumerate("abcdef")
    }
    turned = dict(zip("uvwxyz", reversed(values.values()), strict=True))
    left = things(make_graph, "l", {"name": names, **values})
    right = things(make_graph, "r", {"name": names, **turned})
    compared = fit(left, right).chosen
    assert {(a.name, b.name) for a, b in compared.numbers} >= set(
        zip("abcdef", "zyxwvu", strict=True)
    )
    assert compared.left_alone == compared.right_alone == ()


def test_each_pair_of_types_has_its_share_of_the_text_fields(make_graph):
    words = [f"word{i}" for i in range(200)]
    entities, values = [], []
    for t in range(8):
        for i in range(12):
            entities.append((f"e{t}{i:02}", f"type{t}"))
            values.append((f"e{t}{i:02}", "name", f"Entity {t} {i}"))
            values += [
                (f"e{t}{i:02}", f"note{t}{a}", f"{words[t * 20 + a]} {words[i]}") for a in range(6)
            ]
    graph = make_graph(entities, values)
    compared = {(a.name, b.name) for a, b in fit(graph, graph).text_pairs}
    for t in range(8):
        assert {(f"note{t}{a}", f"note{t}{a}") for a in range(6)} <= compared
    assert len(compared) > _MOST_TEXTS  # what corresponds is compared, however much it is


def test_attributes_without_counterpart_are_named(make_graph):
    left = things(make_graph, "l", {"name": ["A", "B"], "secret code": ["x1 y", "x2 z"]})
    right = things(make_graph, "r", {"name": ["A", "B"], "weight": ["12", "15"]})
    compared = fit(left, right).chosen
    assert compared.left_alone == ("secret code",)
    assert compared.right_alone == ("weight",)


def test_a_number_here_and_a_text_there_are_compared_as_strings(make_graph):
    left = things(make_graph, "l", {"name": ["A", "B", "C"], "room": ["12", "15", "17"]})
    right = things(make_graph, "r", {"name": ["A", "B", "C"], "room": ["12 b", "15 east", "north"]})
    compared = fit(left, right).chosen
    assert ("room", "room") in [(a.name, b.name) for a, b in compared.texts]
    assert compared.left_alone == compared.right_alone == ()


@pytest.mark.parametrize(
    "reading",
    [
        Reading(ValueType.NUMBER, dimension="area", unit="m2"),
        Reading(ValueType.NUMBER, dimension="length", unit="km"),
        Reading(ValueType.DURATION, unit="min", hours_first=True),
    ],
)
def test_amounts_of_a_unit_are_set_beside_mere_numbers_as_they_are_written(make_graph, reading):
    left = things(make_graph, "l", {"name": ["A", "B"], "size": ["120", "80"]})
    right = things(make_graph, "r", {"name": ["A", "B"], "extent": ["120", "40"]})
    types = TypePair("thing", "thing")
    schema = Schema(
        (types,),
        {"thing": ("name",)},
        {"thing": ("name",)},
        (AttributePair(types, "size", "extent"),),
        {"size": reading},
        {"extent": Reading(ValueType.NUMBER)},
    )
    compared = PairSimilarity.fit(left, right, schema)
    closeness = compared.feature_names.index("size ~ extent: closeness")
    found = compared.compute(np.array([0, 1]), np.array([0, 1]))[:, closeness]
    np.testing.assert_allclose(found, [1, 0.5])
