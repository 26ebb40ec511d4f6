"""Which attributes correspond: by what probable matches say in both, and by their words."""

from __future__ import annotations

import numpy as np
import pytest

from kgreview.graph.links import Links
from kgreview.graph.suggestion import infer_schema


def people(graph_of, side: str, attributes: dict[str, list[str]], names: list[str] | None = None):
    """Entities of one type with a name each and values by attribute, '' for none."""
    count = len(next(iter(attributes.values())))
    names = names or [f"Person Number{i}" for i in range(count)]
    rows = [(f"{side}{i:03}", "name", name) for i, name in enumerate(names)]
    rows += [
        (f"{side}{i:03}", attribute, value)
        for attribute, values in attributes.items()
        for i, value in enumerate(values)
        if value
    ]
    return graph_of([(f"{side}{i:03}", "person") for i in range(count)], rows)


def found(left, right, links=None):
    return {(p.left, p.right): p.agreement for p in infer_schema(left, right, links).attributes}


TOWNS = ["Oslo", "Bergen", "Lima", "Cusco", "Kyiv", "Odesa", "Quito", "Riga", "Turin", "Bari"]


def test_attributes_of_other_names_correspond_where_unique_names_say_the_same(graph_of):
    left = people(graph_of, "l", {"sted": TOWNS})
    right = people(graph_of, "r", {"wohnort": TOWNS, "ziel": TOWNS[3:] + TOWNS[:3]})
    assert found(left, right) == {("sted", "wohnort"): 1.0}


def test_names_of_the_same_words_are_one_whatever_their_order(graph_of):
    right = people(graph_of, "r", {"wohnort": TOWNS}, [f"Ann No{i}" for i in range(10)])
    left = people(graph_of, "l", {"sted": TOWNS}, [f"No{i}, Ann" for i in range(10)])
    assert found(left, right) == {("sted", "wohnort"): 1.0}
    # whoever is called so in either order is called so twice
    both = [name for i in range(5) for name in (f"No{i}, Ann", f"Ann No{i}")]
    left = people(graph_of, "l", {"sted": TOWNS[:5] * 2}, both)
    right = people(graph_of, "r", {"wohnort": TOWNS[:5] * 2}, both)
    assert found(left, right) == {}


def test_known_links_tell_it_where_no_name_is_unique(graph_of):
    same = ["John Smith"] * 10
    left = people(graph_of, "l", {"sted": TOWNS}, same)
    right = people(graph_of, "r", {"wohnort": TOWNS}, same)
    assert found(left, right) == {}
    rows = np.arange(10)
    links = Links.of_file(rows, rows, np.ones(10, dtype=np.int8))
    assert found(left, right, links) == {("sted", "wohnort"): 1.0}


def test_what_agrees_no_more_than_chance_does_not_correspond(graph_of):
    # nine of ten say yes in both, for reasons of their own
    yes = ["yes"] * 18 + ["no"] * 2
    other = ["no"] * 2 + ["yes"] * 18
    left, right = people(graph_of, "l", {"alive": yes}), people(graph_of, "r", {"paid": other})
    assert found(left, right) == {}


def test_attributes_of_the_same_words_correspond_without_any_common_value(graph_of):
    left = people(graph_of, "l", {"homeTown": TOWNS})
    right = people(graph_of, "r", {"x:home_town": [town + " City" for town in TOWNS]})
    assert found(left, right) == {("homeTown", "x:home_town"): 0.0}


def test_words_are_refuted_by_many_matches_that_never_agree(graph_of):
    left = people(graph_of, "l", {"release town": TOWNS * 3})
    right = people(graph_of, "r", {"birth town": (TOWNS[5:] + TOWNS[:5]) * 3})
    assert found(left, right) == {}


def test_a_birthday_finds_a_date_of_birth_in_another_form(graph_of):
    days = [f"19{50 + i}-0{1 + i % 9}-1{i % 10}" for i in range(10)]
    turned = ["/".join(reversed(day.split("-"))) for day in days]
    left = people(graph_of, "l", {"birthday": days, "died": [f"20{10 + i}" for i in range(10)]})
    right = people(graph_of, "r", {"date_of_birth": turned})
    assert found(left, right) == {("birthday", "date_of_birth"): 1.0}


@pytest.mark.parametrize("count", [6, 40])
def test_each_of_many_numeric_attributes_is_compared_with_its_namesake(graph_of, count):
    rng = np.random.default_rng(0)
    columns = {
        f"measure {chr(97 + i // 26)}{chr(97 + i % 26)}": rng.integers(10, 99, 12)
        for i in range(count)
    }
    texts = {name: [str(v) for v in values] for name, values in columns.items()}
    left, right = people(graph_of, "l", texts), people(graph_of, "r", texts)
    pairs = found(left, right)
    assert {(name, name) for name in columns} <= set(pairs)
