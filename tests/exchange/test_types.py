"""The type of an entity that states several."""

from __future__ import annotations

import numpy as np
import pytest

from kgreview.exchange.types import choose_types

THING = "http://www.w3.org/2002/07/owl#Thing"


def chosen(stated, superclasses=None):
    """Give the type of each entity of a dict of entities and their types."""
    names = sorted({name for types in stated.values() for name in types})
    pairs = [(e, names.index(name)) for e, types in enumerate(stated.values()) for name in types]
    entities, types = np.array(pairs, dtype=np.int32).reshape(-1, 2).T
    found, others = choose_types(len(stated), entities, types, names, superclasses)
    kept = {(int(entities[at]), names[types[at]]) for at in others}
    for entity, types_of in enumerate(stated.values()):
        one = {names[found[entity]]} if types_of else set()
        assert one | {name for e, name in kept if e == entity} == set(types_of)
    return {
        entity: names[code] if code >= 0 else None
        for entity, code in zip(stated, found, strict=True)
    }


def test_a_type_whose_entities_are_among_those_of_another_is_more_specific():
    stated = {"ann": ["person", "actor"], "bob": ["person"], "alien": ["work", "film"]}
    stated["song"] = ["work"]
    assert chosen(stated) == {"ann": "actor", "bob": "person", "alien": "film", "song": "work"}


def test_types_of_the_same_entities_are_told_apart_by_their_names():
    assert chosen({"a": ["dbo:Film", "schema:Movie"]}) == {"a": "dbo:Film"}


def test_a_stated_subclass_is_more_specific_though_it_is_more_frequent():
    stated = {"a": ["film", "work"], "b": ["film"], "c": ["film"]}
    assert chosen(stated)["a"] == "work"
    assert chosen(stated, {"film": ["work"]})["a"] == "film"


def test_subclasses_are_followed_through_classes_that_nothing_has():
    stated = {"a": ["film", "thing"], "b": ["film"]}
    assert chosen(stated, {"film": ["work"], "work": ["thing"]})["a"] == "film"


@pytest.mark.timeout(10)
def test_classes_that_are_each_others_superclass_are_chosen_by_rarity():
    ring = {"x": ["y"], "y": ["x"]}
    assert chosen({"a": ["x", "y"], "b": ["x"]}, ring)["a"] == "y"


def test_a_type_of_everything_is_chosen_only_where_there_is_no_other():
    stated = {"a": [THING, "film"], "b": ["film"], "c": [THING]}
    assert chosen(stated) == {"a": "film", "b": "film", "c": THING}


def test_a_type_of_one_entity_in_hundreds_is_no_type_to_match_by():
    stated = {str(number): ["film"] for number in range(500)}
    stated["7"] = ["film", "American horror film of 1979"]
    assert chosen(stated)["7"] == "film"


def test_where_all_types_are_rare_the_most_frequent_is_chosen():
    stated = {str(number): ["film"] for number in range(1000)}
    stated |= {"x": ["song", "B-side"], "y": ["song"]}
    assert chosen(stated)["x"] == "song"


def test_no_type_stays_none_and_a_type_stated_twice_counts_once():
    assert chosen({"a": [], "b": ["film", "film"]}) == {"a": None, "b": "film"}
    assert chosen({"a": []}) == {"a": None}
