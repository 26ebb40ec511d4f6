from __future__ import annotations

from kgreview.graph.names import display_name, entity_names

NAMES = {"film": ("title", "label"), "person": ("name",)}


def test_the_best_attribute_names_an_entity_by_its_first_value_that_is_not_blank(graph_of):
    graph = graph_of(
        [("f1", "film"), ("f2", "film"), ("f3", "film"), ("p", "person"), ("f4", "film")],
        [
            ("f1", "label", "worse"),
            ("f1", "title", "Shamaal"),
            ("f1", "title", "later"),
            ("f2", "label", "Only a label"),
            ("f3", "title", " \t"),
            ("f3", "title", "After a blank"),
            ("p", "title", "Dr"),
            ("p", "name", "Aditya Raj"),
        ],
    )
    names = entity_names(graph, NAMES)
    assert names.to_pylist() == ["Shamaal", "Only a label", "After a blank", "Aditya Raj", ""]
    assert [display_name(graph, row, NAMES) for row in range(5)] == [
        "Shamaal",
        "Only a label",
        "After a blank",
        "Aditya Raj",
        "f4",
    ]


def test_an_entity_without_a_name_is_shown_by_the_end_of_its_id(graph_of):
    ids = ["http://x.org/film/Gone_Girl", "http://x.org/o#Film12/", "k1:film:7", "//"]
    graph = graph_of([(entity_id, "film") for entity_id in ids])
    assert [display_name(graph, row, {}) for row in range(4)] == [
        "Gone_Girl",
        "Film12",
        "k1:film:7",
        "//",
    ]


def test_types_and_attributes_a_graph_lacks_name_nothing(graph_of):
    graph = graph_of([("a", "film")], [("a", "title", "Gawaahi")])
    assert entity_names(graph, {"song": ("title",), "film": ("label",)}).to_pylist() == [""]
    assert entity_names(graph, {}).to_pylist() == [""]


def test_a_graph_without_values_has_no_names(graph_of):
    assert entity_names(graph_of([("a", "film")]), NAMES).to_pylist() == [""]
    assert entity_names(graph_of([]), NAMES).to_pylist() == []
