"""A schema for two graphs: placeholders, readings, and what is said of what is left aside."""

from __future__ import annotations

import pytest

from kgreview.graph.suggestion import infer_schema


def people(graph_of, side: str, attribute: str, values: list[str]):
    return graph_of(
        [(f"{side}{i:04}", "person") for i in range(len(values))],
        [(f"{side}{i:04}", "name", f"Person No{i}") for i in range(len(values))]
        + [(f"{side}{i:04}", attribute, value) for i, value in enumerate(values) if value],
    )


@pytest.mark.parametrize("word", ["unknown", "N/A", "-", "NULL", "nan", "?"])
def test_known_words_for_no_value_are_taken_for_missing(graph_of, word):
    towns = ["Oslo", word, "Lima", word]
    left, right = people(graph_of, "l", "town", towns), people(graph_of, "r", "town", towns[::-1])
    notices: list[str] = []
    schema = infer_schema(left, right, notice=notices.append)
    assert schema.left_missing == {"town": (word,)}
    assert schema.right_missing == {"town": (word,)}
    assert len(notices) == 2
    assert f"'{word}' (2)" in notices[0]
    assert "schema.json" in notices[0]


def test_a_film_called_unknown_keeps_its_name(graph_of):
    left = graph_of(
        [("a", "film"), ("b", "film")], [("a", "title", "Unknown"), ("b", "title", "B")]
    )
    assert infer_schema(left, left).left_missing == {}


def test_na_is_a_country_where_probable_matches_agree_in_it(graph_of):
    countries = ["NA", "DE", "FR", "NO"] * 5
    left = people(graph_of, "l", "country", countries)
    right = people(graph_of, "r", "country", countries)
    assert infer_schema(left, right).left_missing == {}


def test_a_value_of_hundreds_that_carries_no_agreement_is_a_placeholder(graph_of):
    # 120 of 240 say "see file" on either side, but not of the same people
    said = [f"Town {i}" if i % 2 else "see file" for i in range(240)]
    other = [f"Town {i}" if i % 4 < 2 else "see file" for i in range(240)]
    left, right = people(graph_of, "l", "town", said), people(graph_of, "r", "town", other)
    assert infer_schema(left, right).left_missing == {"town": ("see file",)}


def test_a_common_value_that_matches_share_is_a_value(graph_of):
    said = ["male"] * 200 + ["female"] * 20
    left, right = people(graph_of, "l", "sex", said), people(graph_of, "r", "sex", said)
    assert infer_schema(left, right).left_missing == {}


def test_what_has_no_counterpart_is_named_with_its_count(graph_of):
    left = graph_of([("a", "film"), ("b", "town"), ("c", "town")])
    notices: list[str] = []
    infer_schema(left, graph_of([("a", "film")]), notice=notices.append)
    assert notices == [
        "left types without counterpart, whose entities are not matched: 'town' (2); "
        "pair them in schema.json if they have one"
    ]
