from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgreview.exchange.identifiers import Lookup, Naming, Prefixes, is_iri, slug


@pytest.mark.parametrize(
    ("entity_id", "iri"),
    [
        ("http://one.example/film/a", "http://one.example/film/a"),
        ("http://one.example/a b|c", "http://one.example/a%20b%7Cc"),
        ("urn:isbn:123", "urn:isbn:123"),
        ("lib:a", "urn:kgreview:my-films:left:lib:a"),
        ("12", "urn:kgreview:my-films:left:12"),
        ("50% off/é#?", "urn:kgreview:my-films:left:50%25%20off/%C3%A9%23%3F"),
    ],
)
def test_an_id_that_is_an_iri_stays_and_any_other_is_put_behind_a_base(entity_id, iri):
    assert Naming.of_side("My films", "left").iri(entity_id) == iri


def test_a_user_may_give_the_base():
    assert Naming.of_side("p", "left", "https://x.example/").iri("12") == "https://x.example/12"


def test_a_word_with_a_colon_is_no_iri():
    assert not is_iri("lib:a")
    assert is_iri("https://one.example/")
    assert slug("--") == "project"


def test_prefixes_are_named_by_what_they_stand_for_and_no_two_alike():
    iris = [
        "http://dbpedia.org/resource/Alien",
        "http://one.example/film/a",
        "http://two.example/film/a",
        "urn:kgreview:p:left:lib:a",
    ]
    prefixes = Prefixes.of(iris)
    curies = [prefixes.curie(iri) for iri in iris]
    assert curies == ["dbr:Alien", "film:a", "film2:a", "lib:a"]
    assert [prefixes.expand(curie) for curie in curies] == iris


def test_of_a_thousand_beginnings_the_commonest_get_a_prefix_and_all_a_curie():
    iris = [f"https://host{n}.example/x/" for n in range(1000)] + ["https://host7.example/y/1"]
    prefixes = Prefixes.of(iris)
    assert len(prefixes.expansions) < 150
    assert all(prefixes.expand(prefixes.curie(iri)) == iri for iri in iris)
    assert not any(prefixes.curie(iri).startswith("https:") for iri in iris)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ids=st.lists(
        st.text(min_size=1) | st.from_regex(r"(left:)?[01%:]+", fullmatch=True),
        min_size=1,
        max_size=20,
        unique=True,
    )
)
def test_every_id_is_found_again_by_the_curie_of_its_iri(make_graph, ids):
    naming = Naming.of_side("films", "left")
    iris = [naming.iri(each) for each in ids]
    prefixes = Prefixes.of(iris)
    graph = make_graph([(each, "t") for each in ids])
    assert [prefixes.expand(prefixes.curie(iri)) for iri in iris] == iris
    found = Lookup(prefixes).rows([prefixes.curie(iri) for iri in iris], graph)
    assert [graph.id(row) for row in found] == ids


def test_an_entity_is_found_by_its_id_its_curie_its_iri_and_the_iri_of_an_export(make_graph):
    graph = make_graph([("lib:a b", "t"), ("http://one.example/é", "t"), ("7", "t")])
    look = Lookup(Prefixes({"one": "http://one.example/", "left": "urn:kgreview:p:left:"}))
    texts = [
        *("lib:a b", "urn:kgreview:p:left:lib:a%20b", "left:lib:a%20b"),
        *("one:é", "http://one.example/%C3%A9", "left:7", "movie:7", "nobody"),
        "<http://one.example/é>",
    ]
    film, e, seven = graph.rows(["lib:a b", "http://one.example/é", "7"]).tolist()
    assert look.rows(texts, graph).tolist() == [film, film, film, e, e, seven, -1, -1, e]
    guessed = look.rows(["movie:7", "http://x.example/7"], graph, guess=True)
    assert guessed.tolist() == [seven, seven]


def test_what_an_export_wrote_is_no_other_entity_whose_id_looks_like_it(make_graph):
    graph = make_graph([("left:7", "t"), ("7", "t")])
    look = Lookup(Prefixes({"left": "urn:kgreview:p:left:"}))
    found = look.rows(["left:7", "left:left:7"], graph)
    assert [graph.id(row) for row in found] == ["7", "left:7"]
