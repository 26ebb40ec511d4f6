"""Fields of entities: no order of a file matters, and caps keep the same on both sides."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from kgreview.features.fields import MOST_STRINGS
from kgreview.features.similarity import PairSimilarity
from kgreview.graph.suggestion import infer_schema


def compare(left, right, one: str, two: str) -> dict[str, float]:
    similarity = PairSimilarity.fit(left, right, infer_schema(left, right))
    row = similarity.compute(np.array([left.row(one)]), np.array([right.row(two)]))[0]
    return dict(zip(similarity.feature_names, row.tolist(), strict=True))


def cast(make_graph, side: str, people: list[str]):
    """One film with these actors, whose ids are in the order given."""
    return make_graph(
        [(f"{side}film", "film"), *((f"{side}{i:03}", "person") for i in range(len(people)))],
        [
            (f"{side}film", "title", "A Film"),
            *((f"{side}{i:03}", "name", p) for i, p in enumerate(people)),
        ],
        [(f"{side}film", "starring", f"{side}{i:03}") for i in range(len(people))],
    )


@pytest.mark.parametrize("count", [20, 60])
def test_identical_casts_in_another_order_are_identical(make_graph, count):
    people = [f"Actor {chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(count)]
    left, right = cast(make_graph, "l", people), cast(make_graph, "r", people[::-1])
    found = compare(left, right, "lfilm", "rfilm")
    assert found["near person ~ near person: jaccard"] == pytest.approx(1)
    assert found["near person ~ near person: mean_best"] == pytest.approx(1)


@pytest.mark.parametrize("count", [20, 60])
def test_many_values_of_an_attribute_in_another_order_are_identical(make_graph, count):
    tags = [f"tag {chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(count)]

    def tagged(side, values):
        return make_graph(
            [(side, "thing"), (f"{side}2", "thing")],
            [
                (side, "name", "One"),
                (f"{side}2", "name", "Two"),
                *((side, "tag", v) for v in values),
            ],
        )

    found = compare(tagged("l", tags), tagged("r", tags[::-1]), "l", "r")
    assert found["tag ~ tag: jaccard"] == pytest.approx(1)
    assert count <= MOST_STRINGS or found["tag ~ tag: shared"] > 0


def test_of_many_dates_both_sides_keep_the_same_in_whatever_form(make_graph):
    days = [[date(1900, 1, 1) + timedelta(977 * i + 7 * j) for j in range(60)] for i in range(40)]

    def measured(side, form):
        names = [f"Place {chr(97 + i % 26)}{i}" for i in range(len(days))]
        return make_graph(
            [(f"{side}{i:02}", "place") for i in range(len(days))],
            [(f"{side}{i:02}", "name", name) for i, name in enumerate(names)]
            + [
                (f"{side}{i:02}", "measured", format(day, form))
                for i, mine in enumerate(days)
                for day in mine
            ],
        )

    left, right = measured("l", "%Y-%m-%d"), measured("r", "%d/%m/%Y")
    similarity = PairSimilarity.fit(left, right, infer_schema(left, right))
    rows = np.arange(len(days))
    apart = similarity.feature_names.index("measured ~ measured: days_apart")
    assert (similarity.compute(rows, rows)[:, apart] == 0).all()


def test_of_several_dates_the_closest_two_are_compared(make_graph):
    left = make_graph(
        [("l", "thing"), ("m", "thing")],
        [
            ("l", "name", "One"),
            ("m", "name", "Two"),
            ("l", "seen", "1990-01-01"),
            ("l", "seen", "1950-04-25"),
            ("m", "seen", "1970-01-01"),
        ],
    )
    right = make_graph(
        [("r", "thing"), ("s", "thing")],
        [
            ("r", "name", "One"),
            ("s", "name", "Two"),
            ("r", "seen", "2001-01-01"),
            ("r", "seen", "25 April 1950"),
            ("s", "seen", "1970-01-01"),
        ],
    )
    found = compare(left, right, "l", "r")
    assert found["seen ~ seen: years_apart"] == 0
    assert found["seen ~ seen: days_apart"] == 0


def test_equal_strings_that_cannot_be_read_are_equal(make_graph):
    def side(letter, first):
        days = [f"19{50 + i}-01-01" for i in range(9)]
        rows = [(f"{letter}{i}", "born", day) for i, day in enumerate([first, *days])]
        rows += [(f"{letter}{i}", "name", f"Person {chr(65 + i)}") for i in range(10)]
        return make_graph([(f"{letter}{i}", "person") for i in range(10)], rows)

    left = side("l", "in the spring")
    same = compare(left, side("r", "In the spring"), "l0", "r0")
    other = compare(left, side("r", "in the autumn"), "l0", "r0")
    assert same["born ~ born: equal_year"] == 1
    assert other["born ~ born: equal_year"] == 0
    assert np.isnan(same["born ~ born: years_apart"])


def test_a_number_within_a_range_is_close_to_it_and_not_equal(make_graph):
    def side(letter, first):
        pages = [first, "18-24", "25–34", "35-44"]
        rows = [(f"{letter}{i}", "pages", value) for i, value in enumerate(pages)]
        rows += [(f"{letter}{i}", "name", f"Book {chr(65 + i)}") for i in range(4)]
        return make_graph([(f"{letter}{i}", "book") for i in range(4)], rows)

    left = side("l", "12-15")
    same, within, beyond = (
        compare(left, side("r", first), "l0", "r0") for first in ("12 to 15", "14", "30")
    )
    assert (same["pages ~ pages: equal"], same["pages ~ pages: closeness"]) == (1, 1)
    assert (within["pages ~ pages: equal"], within["pages ~ pages: closeness"]) == (0, 1)
    assert (beyond["pages ~ pages: equal"], beyond["pages ~ pages: closeness"]) == (0, 0.5)


def test_equal_strings_that_cannot_be_read_count_beside_amounts_that_differ(make_graph):
    def side(letter, *of_first):
        days = [f"19{50 + i}-01-01" for i in range(9)]
        rows = [(f"{letter}{i}", "born", day) for i, day in enumerate(days, 1)]
        rows += [(f"{letter}0", "born", value) for value in of_first]
        rows += [(f"{letter}{i}", "name", f"Person {chr(65 + i)}") for i in range(10)]
        return make_graph([(f"{letter}{i}", "person") for i in range(10)], rows)

    left = side("l", "in the spring", "1950-01-01")
    same = compare(left, side("r", "In the spring", "1980-01-01"), "l0", "r0")
    other = compare(left, side("r", "in the autumn", "1980-01-01"), "l0", "r0")
    assert same["born ~ born: equal_year"] == 1
    assert np.isnan(same["born ~ born: years_apart"])
    assert other["born ~ born: equal_year"] == 0
    assert other["born ~ born: years_apart"] == 30


def test_a_name_in_another_script_is_compared_by_its_second_spelling(make_graph):
    def side(letter, *names):
        return make_graph(
            [(f"{letter}{i}", "town") for i in range(len(names))],
            [(f"{letter}{i}", "name", name) for i, name in enumerate(names)],
        )

    left = side("l", "Москва", "Харків", "Тверь")
    found = compare(left, side("r", "Moskva", "Kharkiv", "Tver"), "l0", "r0")
    assert found["name: equal"] == 1
    assert found["name: ratio"] == pytest.approx(1)
    assert found["name: cosine"] > 0.5
