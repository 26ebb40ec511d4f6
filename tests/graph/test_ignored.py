"""Which attributes are not to be compared: keys, addresses and times that agree with nothing."""

from __future__ import annotations

import numpy as np
import pytest

from kgreview.graph.links import Links
from kgreview.graph.suggestion import infer_schema
from kgreview.graph.values import Values

COUNT = 30


def things(graph_of, side: str, columns: dict[str, list[str]]):
    """Thirty entities of a name that occurs once on each side, with values by attribute."""
    rows = [(f"{side}{i:02}", "name", f"Thing Number{i}") for i in range(COUNT)]
    rows += [
        (f"{side}{i:02}", name, value)
        for name, values in columns.items()
        for i, value in enumerate(values)
    ]
    return graph_of([(f"{side}{i:02}", "thing") for i in range(COUNT)], rows)


ROWS = [str(i) for i in range(1, COUNT + 1)]
SHUFFLED = [str((i + 11) % COUNT + 1) for i in range(COUNT)]
HASHES = [f"{i:08x}-0000-4000-8000-0123456789ab" for i in range(COUNT)]
PAGES = [f"https://shop.example/item/{i}" for i in range(COUNT)]
TIMES = [f"2024-01-{1 + i % 28:02}T10:{i:02}:05" for i in range(COUNT)]
YEARS = [str(1950 + i) for i in range(COUNT)]


@pytest.mark.parametrize(
    ("name", "values", "what"),
    [
        ("nr", SHUFFLED, "row numbers"),
        ("record_id", [f"X-{i}" for i in range(COUNT)], "keys"),
        ("etag", HASHES, "keys"),
        ("link", PAGES, "addresses"),
        ("imported", TIMES, "times"),
    ],
)
def test_what_tells_apart_and_agrees_with_nothing_is_not_compared(graph_of, name, values, what):
    left = things(graph_of, "l", {name: values, "year": YEARS})
    right = things(graph_of, "r", {"year": YEARS, "id": ROWS})
    notes: list[str] = []
    schema = infer_schema(left, right, notice=notes.append)
    assert schema.left_ignored == (name,)
    assert schema.right_ignored == ("id",)
    assert [(pair.left, pair.right) for pair in schema.attributes] == [("year", "year")]
    assert f"left attributes that are not compared, since they agree with nothing: '{name}' " in (
        " ".join(notes)
    )
    assert f"({what})" in " ".join(notes)


def test_keys_that_both_sides_share_are_compared(graph_of):
    left, right = (things(graph_of, side, {"id": HASHES}) for side in "lr")
    schema = infer_schema(left, right)
    assert schema.left_ignored == schema.right_ignored == ()
    assert [str(pair) for pair in schema.attributes] == ["id ~ id"]


def test_ids_of_the_same_name_that_never_agree_are_not_compared(graph_of):
    left = things(graph_of, "l", {"id": [f"A{i}" for i in range(COUNT)]})
    right = things(graph_of, "r", {"id": [f"B{i}" for i in range(COUNT)]})
    schema = infer_schema(left, right)
    assert (schema.left_ignored, schema.right_ignored) == (("id",), ("id",))
    assert schema.attributes == ()


def test_the_key_of_a_catalogue_both_may_know_is_compared_whatever_its_form(graph_of):
    left = things(graph_of, "l", {"imdb_id": [f"tt{i}" for i in range(COUNT)]})
    right = things(graph_of, "r", {"imdb": [f"{i}/" for i in range(COUNT)]})
    assert infer_schema(left, right).left_ignored == ()


def test_addresses_are_compared_where_both_sides_have_some(graph_of):
    other = [page.replace("https://", "http://www.") for page in PAGES]
    left, right = things(graph_of, "l", {"page": PAGES}), things(graph_of, "r", {"web": other})
    schema = infer_schema(left, right)
    assert schema.left_ignored == schema.right_ignored == ()


def test_measures_and_days_are_compared_even_where_nothing_agrees(graph_of):
    sizes = [str(1000 + 37 * i) for i in range(COUNT)]
    days = [f"2024-01-{1 + i % 28:02}T00:00:00" for i in range(COUNT)]
    left = things(graph_of, "l", {"size": sizes, "day": days})
    assert infer_schema(left, things(graph_of, "r", {})).left_ignored == ()


def test_without_probable_matches_nothing_is_known_and_all_is_compared(graph_of):
    left = things(graph_of, "l", {"nr": ROWS})
    right = graph_of([("r", "thing")], [("r", "name", "Another")])
    assert infer_schema(left, right).left_ignored == ()


def test_values_of_what_is_ignored_are_missing_where_entities_are_compared(graph_of):
    left, right = things(graph_of, "l", {"nr": SHUFFLED}), things(graph_of, "r", {"id": ROWS})
    rows = np.arange(COUNT)
    links = Links.of_file(rows, rows, np.ones(COUNT, dtype=np.int8))
    schema = infer_schema(left, right, links)
    codes = Values.of(left, right, schema).codes
    for graph, of_side, name in ((left, codes[0], "nr"), (right, codes[1], "id")):
        ignored = graph.value_attributes == graph.attribute_names.index(name)
        assert (of_side[ignored] == -1).all()
        assert (of_side[~ignored] >= 0).all()
