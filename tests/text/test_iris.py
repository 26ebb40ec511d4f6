from __future__ import annotations

import doctest

import pytest

from kgreview.text import iris
from kgreview.text.iris import is_worded, local_name, name_of, path_of, path_steps, words_of


def test_the_local_name_is_the_last_part_of_an_iri_and_any_other_name_itself():
    assert local_name("http://dbpedia.org/ontology/birthPlace") == "birthPlace"
    assert local_name("http://x.org/y#z/") == "z"
    assert local_name("and/or") == "and/or"
    assert local_name("http://") == "http:"


def test_of_a_path_the_local_names_of_all_steps_are_shown():
    path = path_of(["http://x.org/address", "http://x.org/geo#street"])
    assert local_name(path) == "address/street"
    assert path_steps(path) == ["http://x.org/address", "http://x.org/geo#street"]


def test_a_name_that_is_no_path_is_its_own_one_step():
    for name in ("http://x.org/name", "<b>", "year", ""):
        assert path_steps(name) == [name]


def test_the_name_an_id_ends_in_is_written_as_people_write_it():
    assert name_of("http://zh.dbpedia.org/resource/%E5%8C%97%E4%BA%AC") == "北京"
    assert name_of("Barack_Obama") == "Barack Obama"
    assert name_of("http://dbpedia.org/resource/Catch-22_(film)") == "Catch-22 (film)"
    assert name_of("http://x.org/resource/") == "resource"


def test_a_code_is_no_word():
    worded = ["Paris", "Apollo 13", "北京", "U.S. Steel", "Ω"]
    codes = ["Q42", "E399772", "m.0f8l9c", "1984", "P31", "", "a-1"]
    assert all(map(is_worded, worded))
    assert not any(map(is_worded, codes))


def test_the_examples_in_the_documentation_are_true():
    assert doctest.testmod(iris).failed == 0


@pytest.mark.parametrize(
    ("identifier", "words"),
    [
        ("rdfs:label", ["label"]),
        ("HTTPServerName", ["http", "server", "name"]),
        ("født_år", ["født", "år"]),
        ("http://x.org/o/", ["o"]),
        ("line2", ["line", "2"]),
        ("<http://x.org/homeAddress>/<http://x.org/street>", ["home", "address", "street"]),
        ("#", []),
    ],
)
def test_words_of_an_identifier(identifier, words):
    assert words_of(identifier) == words
