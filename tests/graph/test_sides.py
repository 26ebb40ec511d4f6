"""The values of one graph as its schema has them, each read once."""

from __future__ import annotations

import numpy as np

from kgreview.graph.schema import Schema
from kgreview.graph.sides import read_sides
from kgreview.text.readings import Reading, ValueType


def test_amounts_are_of_the_attributes_that_are_read_as_such_and_not_of_placeholders(graph_of):
    graph = graph_of(
        [("a", "x")],
        [("a", "born", "1950-04-25"), ("a", "died", "1990"), ("a", "size", "0"), ("a", "tag", "7")],
    )
    date, number = Reading(ValueType.DATE), Reading(ValueType.NUMBER)
    readings = {"born": date, "died": date, "size": number, "gone": date}
    schema = Schema((), {}, {}, (), readings, {}, {"size": ("0",)}, {})
    side = read_sides(graph, graph, schema)[0]
    by_name = {
        graph.attribute_names[code]: amount.tolist()
        for code, amount in zip(graph.value_attributes, side.amounts, strict=True)
    }
    assert by_name["born"][0] == by_name["born"][1]
    assert by_name["died"][1] - by_name["died"][0] == 364
    assert np.isnan(by_name["size"]).all()
    assert np.isnan(by_name["tag"]).all()


def test_entities_of_a_rare_name_come_first_and_the_nameless_last(graph_of):
    graph = graph_of(
        [("a", "x"), ("b", "x"), ("c", "x"), ("d", "x")],
        [("a", "name", "Common"), ("b", "name", "Common"), ("c", "name", "Rare"), ("d", "q", "z")],
    )
    schema = Schema((), {"x": ("name",)}, {})
    order = read_sides(graph, graph, schema)[0].order
    assert np.argsort(order).tolist()[0] == 2
    assert np.argsort(order).tolist()[-1] == 3


def test_equals_are_told_apart_by_what_differs_between_the_sides(graph_of):
    """Were it the id alone, both sides being numbered alike would find all the true pairs."""
    graph = graph_of([(f"e{i:03}", "x") for i in range(200)])
    one, two = (side.order for side in read_sides(graph, graph, Schema((), {}, {})))
    assert (one == two).sum() < 10
