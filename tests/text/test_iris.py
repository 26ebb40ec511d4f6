from __future__ import annotations

from kgreview.text.iris import local_name, path_of, path_steps


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
