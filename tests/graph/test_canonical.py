"""One code for what is said, whatever form it is written in."""

from __future__ import annotations

import pytest

from kgreview.graph.canonical import canonical_codes, comparable, unit_as_written
from kgreview.graph.schema import Schema
from kgreview.graph.sides import read_sides
from kgreview.text.readings import Reading, ValueType

DATE = Reading(ValueType.DATE)


def codes(left, right, schema, **options):
    sides = canonical_codes(*read_sides(left, right, schema), **options)
    return [
        {str(v): int(c) for v, c in zip(graph.values.to_pylist(), side, strict=True)}
        for graph, side in zip((left, right), sides, strict=True)
    ]


def test_one_date_in_two_forms_has_one_code(graph_of):
    left = graph_of([("a", "x")], [("a", "born", "1950-04-25"), ("a", "born", "1951-04-25")])
    right = graph_of([("b", "x")], [("b", "birth", "April 25, 1950"), ("b", "town", "1950-04-25")])
    schema = Schema((), {}, {}, (), {"born": DATE}, {"birth": DATE})
    one, two = codes(left, right, schema)
    assert one["1950-04-25"] == two["April 25, 1950"]
    assert one["1950-04-25"] not in (one["1951-04-25"], two["1950-04-25"])


def test_by_year_a_date_is_the_same_as_its_year(graph_of):
    left = graph_of([("a", "x")], [("a", "born", "1950-04-25")])
    right = graph_of([("b", "x")], [("b", "birth", "1950")])
    schema = Schema((), {}, {}, (), {"born": DATE}, {"birth": DATE})
    for by_year in (True, False):
        one, two = codes(left, right, schema, by_year=by_year)
        assert (one["1950-04-25"] == two["1950"]) is by_year


def test_where_only_one_graph_reads_amounts_strings_are_compared(graph_of):
    left = graph_of([("a", "x")], [("a", "born", "1950")])
    right = graph_of([("b", "x")], [("b", "birth", "1950")])
    one, two = codes(left, right, Schema((), {}, {}, (), {"born": DATE}, {}))
    assert one == two


def test_what_cannot_be_read_keeps_the_code_of_its_spelling(graph_of):
    left = graph_of([("a", "x")], [("a", "born", "about 1950"), ("a", "born", "1950")])
    right = graph_of([("b", "x")], [("b", "birth", "About 1950")])
    schema = Schema((), {}, {}, (), {"born": DATE}, {"birth": DATE})
    one, two = codes(left, right, schema)
    assert one["about 1950"] == two["About 1950"]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (Reading(ValueType.DATE), Reading(ValueType.DATE), True),
        (Reading(ValueType.DURATION, unit="s"), Reading(ValueType.NUMBER), True),
        (Reading(ValueType.NUMBER), Reading(ValueType.NUMBER, dimension="area", unit="m2"), True),
        (Reading(ValueType.DATE), Reading(ValueType.NUMBER), False),
        (Reading(ValueType.NUMBER, dimension="length"), Reading(ValueType.DURATION), False),
        (Reading(), Reading(), False),
        (Reading(ValueType.NUMBER), Reading(ValueType.TEXT), False),
    ],
)
def test_amounts_of_one_kind_are_comparable_and_mere_numbers_with_all_but_dates(
    left, right, expected
):
    assert comparable(left, right) is expected
    assert comparable(right, left) is expected


def test_values_that_name_no_unit_are_of_that_of_their_attribute():
    minutes = unit_as_written(Reading(ValueType.DURATION, hours_first=True, unit="min"))
    assert minutes is not None
    assert minutes.from_base(8100) == 135
    assert unit_as_written(Reading(ValueType.NUMBER, unit="pages")) is None
