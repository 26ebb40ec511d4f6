from __future__ import annotations

import pytest

from kgreview.graph.names import display_name, entity_names, local_part

NAMES = {"film": ("title", "label"), "person": ("name",)}


def test_the_best_attribute_with_a_value_that_is_not_blank_names_an_entity(graph_of):
    graph = graph_of(
        [("f1", "film"), ("f2", "film"), ("f3", "film"), ("f4", "film"), ("p", "person")],
        [
            ("f1", "label", "A worse and longer one"),
            ("f1", "title", "Shamaal"),
            ("f2", "label", "Only a label"),
            ("f3", "title", " \t"),
            ("f3", "title", "Not blank"),
            ("p", "title", "Dr"),
            ("p", "name", "Aditya Raj"),
        ],
    )
    expected = ["Shamaal", "Only a label", "Not blank", "", "Aditya Raj"]
    assert entity_names(graph, NAMES).to_pylist() == expected
    shown = [display_name(graph, row, NAMES) for row in range(5)]
    assert shown == [name or "f4" for name in expected]


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (["A. R. Kapoor", "Aditya Raj Kapoor", "Aditya", "ARK"], "Aditya Raj Kapoor"),
        (["Munich", "Zürich", "Weimar"], "Munich"),
        (["Gone Girl", "Gone Girl, a film of " + "many " * 20 + "words"], "Gone Girl"),
        (["x" * 62, "y" * 61, "z" * 61], "y" * 61),
        (["é" * 60, "e" * 61], "é" * 60),
    ],
    ids=["a full name", "equally long", "no description", "only descriptions", "characters"],
)
def test_of_several_values_the_longest_that_is_no_description_names(graph_of, values, name):
    for order in (values, values[::-1]):
        graph = graph_of([("a", "person")], [("a", "name", value) for value in order])
        assert entity_names(graph, NAMES).to_pylist() == [name]
        assert display_name(graph, 0, NAMES) == name


def test_an_entity_without_a_name_is_shown_by_the_end_of_its_id(graph_of):
    ends = {
        "//": "//",
        "http://x.org/film/Gone_Girl": "Gone_Girl",
        "http://x.org/o#Film12/": "Film12",
        "k1:film:7": "k1:film:7",
    }
    graph = graph_of([(entity_id, "film") for entity_id in ends])
    assert {graph.id(row): display_name(graph, row, {}) for row in range(4)} == ends


def test_types_and_attributes_a_graph_lacks_name_nothing(graph_of):
    graph = graph_of([("a", "film")], [("a", "title", "Gawaahi")])
    assert entity_names(graph, {"song": ("title",), "film": ("label",)}).to_pylist() == [""]
    assert entity_names(graph, {}).to_pylist() == [""]


def test_a_graph_without_values_has_no_names(graph_of):
    assert entity_names(graph_of([("a", "film")]), NAMES).to_pylist() == [""]
    assert entity_names(graph_of([]), NAMES).to_pylist() == []


@pytest.mark.parametrize(
    ("entity", "end"),
    [("http://x/a/b", "b"), ("http://x#b/", "b"), ("plain", "plain"), ("/", "/")],
)
def test_the_end_of_an_id_is_what_stands_behind_the_last_slash(entity: str, end: str) -> None:
    assert local_part(entity) == end
