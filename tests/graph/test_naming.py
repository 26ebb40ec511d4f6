"""Which attributes name: by their own names, and by what their values look like."""

from __future__ import annotations

import doctest

import pytest

from kgreview.graph import naming
from kgreview.graph.naming import name_attributes, says_name


@pytest.mark.parametrize(
    ("attributes", "best_first"),
    [
        (["sortlabel", "name"], ["name", "sortlabel"]),
        (["title", "name", "year"], ["name", "title"]),
        (["rdfs:label", "skos:altLabel", "skos:prefLabel"], None),
        (["original_title", "title"], ["title", "original_title"]),
        (["Artist_Name", "Song_Name", "Genre"], ["Song_Name"]),
        (["first name", "full name"], ["full name", "first name"]),
        (["fileName", "alias"], ["alias", "fileName"]),
    ],
)
def test_attributes_that_say_they_name_come_best_first(graph_of, attributes, best_first):
    graph = graph_of([("a", "song"), ("b", "artist")], [("a", name, "x y") for name in attributes])
    expected = best_first or ["skos:prefLabel", "rdfs:label", "skos:altLabel"]
    assert list(name_attributes(graph)["song"]) == expected


def test_of_equally_good_attributes_the_more_widespread_comes_first(graph_of):
    graph = graph_of(
        [("a", "song"), ("b", "song")],
        [("a", "x:name", "1"), ("a", "y:name", "2"), ("b", "y:name", "3")],
    )
    assert name_attributes(graph) == {"song": ("y:name", "x:name")}


def test_without_such_an_attribute_the_one_that_tells_entities_apart_names(graph_of):
    graph = graph_of(
        [("a", "address"), ("b", "address"), ("c", "empty")],
        [
            ("a", "city", "los angeles"),
            ("b", "city", "los angeles"),
            ("a", "street", "435 s. la cienega"),
            ("b", "street", "12224 ventura"),
            ("a", "zip", "1"),
            ("b", "zip", "2"),
        ],
    )
    assert name_attributes(graph) == {"address": ("street",), "empty": ()}


def test_a_name_that_is_the_same_for_all_entities_names_none_of_them(graph_of):
    works = [(f"w{i}", "work") for i in range(40)]
    graph = graph_of(
        works,
        [(work, "has_catalogue_name", "CT") for work, _ in works]
        + [(work, "incipit", f"Allegro number {i}") for i, (work, _) in enumerate(works)],
    )
    assert name_attributes(graph) == {"work": ("incipit",)}


@pytest.mark.parametrize("value", ["{i}", "word " * 60 + "{i}", "http://x.org/{i}"])
def test_numbers_long_texts_and_addresses_do_not_name_where_a_short_text_does(graph_of, value):
    works = [(f"w{i}", "work") for i in range(40)]
    graph = graph_of(
        works,
        [(work, "note", value.format(i=i)) for i, (work, _) in enumerate(works)]
        + [(work, "caption", f"Piece {chr(65 + i)}") for i, (work, _) in enumerate(works)],
    )
    assert name_attributes(graph) == {"work": ("caption",)}


def test_a_code_does_not_name_where_a_text_does_though_it_tells_apart_better(graph_of):
    works = [(f"w{i}", "work") for i in range(40)]
    graph = graph_of(
        works,
        [(work, "code", f"K{i:03}x") for i, (work, _) in enumerate(works)]
        + [(work, "heading", f"Suite for {chr(65 + i // 2)}") for i, (work, _) in enumerate(works)],
    )
    assert name_attributes(graph) == {"work": ("heading",)}


@pytest.mark.parametrize(
    ("naming", "telling"),
    [
        ("Titel", "Beschreibung"),
        ("libellé", "remarque"),
        ("Nombre", "apodo"),
        ("название", "город"),
        ("名称", "備考"),
        ("TÍTULO", "resumo"),
    ],
)
def test_a_name_is_known_by_the_words_of_the_larger_languages(graph_of, naming, telling):
    works = [(f"w{i}", "work") for i in range(40)]
    graph = graph_of(
        works,
        [(work, naming, f"Suite for {chr(65 + i // 2)}") for i, (work, _) in enumerate(works)]
        + [(work, telling, f"Note for {chr(65 + i)}") for i, (work, _) in enumerate(works)],
    )
    assert name_attributes(graph) == {"work": (naming,)}


def test_of_texts_that_tell_apart_alike_the_shorter_names(graph_of):
    works = [(f"w{i}", "work") for i in range(40)]
    graph = graph_of(
        works,
        [
            (work, "about", f"{'A long story. ' * 9}{chr(65 + i)}")
            for i, (work, _) in enumerate(works)
        ]
        + [(work, "heading", f"Suite for {chr(65 + i)}") for i, (work, _) in enumerate(works)],
    )
    assert name_attributes(graph) == {"work": ("heading",)}


def test_homonyms_do_not_make_a_name_none(graph_of):
    people = [(f"p{i}", "person") for i in range(60)]
    names = [(person, "name", f"John Smith {i % 20}") for i, (person, _) in enumerate(people)]
    assert name_attributes(graph_of(people, names)) == {"person": ("name",)}


def test_the_last_resort_is_what_says_it_names_even_where_all_are_alike(graph_of):
    things = [(f"t{i}", "thing") for i in range(40)]
    graph = graph_of(things, [(thing, "name", "The Same Name") for thing, _ in things])
    assert name_attributes(graph) == {"thing": ("name",)}


def test_the_name_of_a_part_names_no_whole_and_that_of_a_name_does(graph_of):
    label, name = "http://x.org/prefLabel", "http://x.org/name"
    nested, of_publisher = f"<{label}>/<http://x.org/form>", f"<http://x.org/publisher>/<{name}>"
    graph = graph_of([("b", "book")], [("b", of_publisher, "Fox"), ("b", nested, "Alien")])
    assert name_attributes(graph) == {"book": (nested,)}


def test_one_endless_value_makes_no_name_a_text(graph_of):
    works = [(f"w{i}", "work") for i in range(40)]
    names = [
        (work, "title", "x" * 60_000 if i == 0 else f"Work {i}")
        for i, (work, _) in enumerate(works)
    ]
    shorter = [(work, "note", f"Note {i}") for i, (work, _) in enumerate(works)]
    assert name_attributes(graph_of(works, names + shorter)) == {"work": ("title",)}


def test_an_attribute_says_by_its_own_name_that_it_names() -> None:
    assert all(map(says_name, ("title", "http://schema.org/name", "rdfs:label", "fullName")))
    assert not any(map(says_name, ("year", "nick", "first_name", "publisher_name", "altLabel")))
    assert doctest.testmod(naming).failed == 0
