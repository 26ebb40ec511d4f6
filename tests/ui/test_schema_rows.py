"""The schema as rows: what was edited is read back, and what is no whole row is left out."""

from __future__ import annotations

import pandas as pd
import pytest

from kgreview.graph.cardinality import Cardinality
from kgreview.graph.schema import AttributePair, Direction, RelationPair, Schema, TypePair
from kgreview.ui.schema_facts import type_facts
from kgreview.ui.schema_rows import (
    attribute_rows,
    attributes_of,
    fact_rows,
    from_the_other_end,
    labels,
    not_asked_of,
    relation_labels,
    relation_of,
    relation_option,
    relation_rows,
    relations_of,
    type_rows,
    types_of,
    with_cardinality,
    with_pair,
    with_types,
)

FILM, SONG = TypePair("film", "movie"), TypePair("song", "song")


@pytest.fixture
def facts(make_graph):
    graph = make_graph(
        [("f1", "film"), ("f2", "film"), ("p", "person")],
        [
            *(("f1", "title", "Heat"), ("f1", "tag", "a\nb"), ("f1", "tag", "c")),
            *(("f2", "title", "Up"), ("p", "name", "Ann")),
        ],
        [("f1", "by", "p"), ("f2", "by", "p")],
    )
    return type_facts(graph, "film", {"person": ("name",)})


def test_facts_tell_how_many_have_an_attribute_and_give_examples(facts):
    assert facts.entities == 2
    assert list(facts.attributes) == ["title", "tag"]
    assert (facts.attributes["title"].share, facts.attributes["tag"].share) == (1.0, 0.5)
    assert facts.attributes["tag"].examples == ("a b", "c")
    assert facts.relations[Direction("by")].shown == "Ann"
    assert list(facts.relations) == [Direction("by")]


def test_a_type_without_entities_has_no_facts(make_graph):
    graph = make_graph([("p", "person")], [("p", "name", "Ann")])
    assert type_facts(graph, "film", {}).attributes == {}


def test_rows_that_nobody_edits_give_what_they_were_made_of(facts):
    attributes = (AttributePair(FILM, "title", "name", 0.5), AttributePair(FILM, "tag", "gone"))
    rows = attribute_rows(attributes, facts, facts)
    assert rows["left have it"].tolist() == [1.0, 0.5]
    assert rows["right examples"].tolist() == ["", ""]
    assert attributes_of(rows, FILM, attributes) == attributes
    relations = (RelationPair(FILM, Direction("by"), Direction("made", True), 0.9),)
    assert relations_of(relation_rows(relations, facts, facts), FILM, relations) == relations
    assert types_of(type_rows((FILM, SONG), ({"film": 3}, {}))) == (FILM, SONG)


def test_no_rows_are_no_pairs(facts):
    assert attributes_of(attribute_rows((), facts, facts), FILM, ()) == ()
    assert types_of(type_rows((), ({}, {}))) == ()
    assert not_asked_of(type_rows((), ({}, {}))) == ()


def test_types_that_are_not_ticked_are_not_asked_about_and_an_added_row_is():
    rows = type_rows((FILM, SONG), ({}, {}), (SONG,))
    assert not_asked_of(rows) == (SONG,)
    rows.loc[0, ["ask", "keep"]] = False  # not kept, so that nothing is said of it
    added = pd.DataFrame({"keep": [None], "left": ["x"], "right": ["y"], "ask": [None]})
    assert not_asked_of(pd.concat([rows.astype(object), added])) == (SONG,)


@pytest.mark.parametrize(
    ("keep", "left", "right"),
    [(False, "a", "b"), (True, None, "b"), (True, "a", None), (True, "a", float("nan"))],
)
def test_a_row_that_is_unticked_or_half_empty_is_left_out(keep, left, right):
    rows = pd.DataFrame({"keep": [keep, None], "left": [left, "x"], "right": [right, "y"]})
    assert attributes_of(rows, FILM, ()) == (AttributePair(FILM, "x", "y"),)


def test_a_pair_that_stands_twice_counts_once():
    rows = pd.DataFrame({"keep": [True, True], "left": ["a", "a"], "right": ["b", "b"]})
    assert len(attributes_of(rows, FILM, ())) == 1


@pytest.mark.parametrize("name", ["by", "← by", "→", "", " x", "a\nb"])
@pytest.mark.parametrize("inverse", [False, True])
def test_an_option_stands_for_one_direction_of_one_relation(name, inverse):
    direction = Direction(name, inverse)
    assert relation_of(relation_option(direction)) == direction


def test_names_are_shown_by_their_end_unless_two_end_alike():
    names = ["http://a.org/title", "http://a.org/year", "http://b.org#year", ""]
    assert labels(names) == {
        "http://a.org/title": "title",
        "http://a.org/year": "http://a.org/year",
        "http://b.org#year": "http://b.org#year",
        "": "(blank)",
    }
    shown = relation_labels([Direction("http://a.org/by"), Direction("http://a.org/by", True)])
    assert list(shown.values()) == ["→ by", "← by"]


def test_what_is_listed_with_the_types_at_the_other_end_is_named_once(facts):
    other = TypePair("person", "person")
    made = RelationPair(other, Direction("by", True), Direction("by", True))
    assert from_the_other_end((made,), FILM, facts, facts) == "→ by ~ → by"
    here = RelationPair(FILM, Direction("by"), Direction("by"))
    assert from_the_other_end((made, here), FILM, facts, facts) == ""
    absent = RelationPair(other, Direction("else", True), Direction("by", True))
    assert from_the_other_end((absent,), FILM, facts, facts) == ""


def test_what_is_never_compared_is_shown_with_examples(facts):
    rows = fact_rows(["tag", "of another type"], facts.attributes)
    assert rows["examples"].tolist() == ["a b · c", ""]


def test_a_pair_of_types_is_replaced_in_its_place():
    def pair(types: TypePair, name: str) -> AttributePair:
        return AttributePair(types, name, name)

    schema = Schema(
        (FILM, SONG),
        {"film": ("title",)},
        {},
        (pair(FILM, "a"), pair(SONG, "b"), pair(FILM, "c")),
    )
    edited = with_pair(schema, FILM, (("tag",), ()), (pair(FILM, "d"),), ())
    assert [each.left for each in edited.attributes] == ["d", "b"]
    assert (edited.left_names, edited.right_names) == ({"film": ("tag",)}, {})
    same = with_pair(schema, SONG, ((), ()), (pair(SONG, "b"),), ())
    assert same == schema


def test_what_was_said_of_types_that_are_gone_goes_with_them():
    relation = RelationPair(SONG, Direction("by"), Direction("by"))
    schema = Schema(
        *((FILM, SONG), {}, {}, (AttributePair(FILM, "a", "a"),)),
        relations=(relation,),
        not_asked=(FILM, SONG),
    )
    assert with_types(schema, (SONG,)).not_asked == (SONG,)
    assert with_types(schema, (SONG,)).attributes == ()
    assert with_types(schema, (SONG,)).relations == (relation,)


# ---------------------------------------------------------------- counterparts


def test_how_many_counterparts_there_are_is_set_and_forgotten_by_pair_of_types() -> None:
    schema = Schema((FILM, SONG), {}, {}, cardinality={SONG: Cardinality.MANY_TO_ONE})
    both = with_cardinality(schema, FILM, Cardinality.ONE_TO_MANY)
    assert both.cardinality == {SONG: Cardinality.MANY_TO_ONE, FILM: Cardinality.ONE_TO_MANY}
    assert with_cardinality(both, FILM, None) == schema
    assert with_types(both, (FILM,)).cardinality == {FILM: Cardinality.ONE_TO_MANY}
