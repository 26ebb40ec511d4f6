"""Batches of statements become one graph, however they are cut and in whatever order they come."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.exchange.graph_builder import GraphBuilder, unify


def test_statements_in_any_order_make_the_graph(facts_of):
    builder = GraphBuilder()
    builder.add_relations(["alien"], "director", ["scott"])
    builder.add_values(["alien", "scott"], ["title", "name"], ["Alien", "Ridley Scott"])
    builder.add_entities(["alien", "scott"], ["film", "person"])
    types, values, relations, _ = facts_of(builder.build(untyped="thing"))
    assert types == {"alien": "film", "scott": "person"}
    assert values == {("alien", "title", "Alien"), ("scott", "name", "Ridley Scott")}
    assert relations == {("alien", "director", "scott")}


def test_entities_that_are_only_named_get_the_stated_type_with_a_notice(facts_of):
    builder, notes = GraphBuilder(), []
    builder.add_relations(["alien"], ["director"], ["scott"])
    builder.add_entities(["alien"], "film")
    builder.add_entities(["nobody"], None)
    types, *_ = facts_of(builder.build(untyped="thing", notice=notes.append))
    assert types == {"alien": "film", "scott": "thing", "nobody": "thing"}
    assert notes == ["entities without a stated type: 2; they get the type thing"]


def test_a_type_that_is_called_as_the_stated_one_is_that_type():
    builder = GraphBuilder()
    builder.add_entities(["a"], "thing")
    builder.add_values(["b"], "name", ["B"])
    graph = builder.build(untyped="thing")
    assert graph.type_names == ("thing",)


def test_of_several_types_the_rarer_is_chosen_and_the_others_are_values(facts_of):
    builder, notes = GraphBuilder(), []
    builder.add_entities(["ann", "bob", "ann"], ["person", "person", "actor"])
    graph = builder.build(untyped="thing", notice=notes.append)
    types, values, *_ = facts_of(graph)
    assert types == {"ann": "actor", "bob": "person"}
    assert values == {("ann", "type", "person")}
    assert len(notes) == 1
    assert notes[0].startswith("entities with several types: 1; ")


def test_languages_and_datatypes_are_kept_beside_their_values():
    builder = GraphBuilder()
    builder.add_values(["b", "b", "b"], "label", ["Rom", "Rome", "1"], ["@de", "@en", ""])
    graph = builder.build(untyped="city")
    assert graph.value_tags is not None
    tags = {
        graph.values[at].as_py(): graph.tag_names[code] for at, code in enumerate(graph.value_tags)
    }
    assert tags == {"Rom": "@de", "Rome": "@en", "1": ""}


def test_a_value_in_two_languages_counts_once_and_keeps_both():
    builder = GraphBuilder()
    builder.add_values(["b", "b", "c"], "label", ["Berlin"] * 3, ["@en", "@de", "@de"])
    graph = builder.build(untyped="city")
    assert graph.num_values == 2
    assert graph.value_tags is not None
    tags = [graph.tag_names[code] for code in graph.value_tags]
    assert sorted(tags) == ["@de", "@de @en"]


def test_plain_strings_cost_no_column_of_tags():
    builder = GraphBuilder()
    builder.add_values(["b"], "label", ["Berlin"])
    assert builder.build(untyped="city").value_tags is None


def test_values_that_say_nothing_or_too_much_are_counted(facts_of):
    builder, notes = GraphBuilder(), []
    values = ["", " \u200b", "a\0b", "é" * 40_000]
    builder.add_values(["x"] * 4, "name", values)
    graph = builder.build(untyped="thing", notice=notes.append)
    _, stated, *_ = facts_of(graph)
    assert stated == {("x", "name", "ab"), ("x", "name", "é" * 32_768)}
    assert notes == [
        "entities without a stated type: 1; they get the type thing",
        "1 value longer than 64 KiB cut there",
        "2 blank values left out",
        "NUL bytes removed from 1 value",
    ]


def test_columns_of_different_lengths_are_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="columns of 1 and of 2 rows"):
        GraphBuilder().add_values(["a"], ["b", "c"], ["d", "e"])


def test_an_empty_builder_makes_an_empty_graph():
    graph = GraphBuilder().build(untyped="thing")
    assert (graph.num_entities, graph.num_values, graph.num_edges) == (0, 0, 0)


def test_arrow_columns_of_every_kind_are_taken(facts_of):
    builder = GraphBuilder()
    encoded = pa.chunked_array([["a", "b"], ["a"]]).dictionary_encode()
    builder.add_entities(encoded, pa.array(["x", "y", "x"], pa.string()))
    types, *_ = facts_of(builder.build(untyped="thing"))
    assert types == {"a": "x", "b": "y"}


names = st.sampled_from(["a", "b", "c", "d", "é", "\u202e"])
relations = st.lists(st.tuples(names, names, names), max_size=20)


@given(relations, st.integers(1, 5), st.randoms())
def test_the_graph_is_the_same_however_the_statements_are_cut_and_ordered(
    facts_of, stated, size, random
):
    shuffled = list(stated)
    random.shuffle(shuffled)
    graphs = []
    for order, step in ((stated, 1000), (shuffled, size)):
        builder = GraphBuilder()
        for start in range(0, len(order), step):
            heads, kinds, tails = zip(*order[start : start + step], strict=True)
            builder.add_relations(heads, kinds, tails)
        graphs.append(facts_of(builder.build(untyped="thing")))
    assert graphs[0] == graphs[1]
    assert graphs[0][2] == set(stated)


@given(st.lists(st.lists(st.text(max_size=2)), max_size=5))
def test_unified_codes_stand_for_their_strings(parts):
    encoded = [pa.array(part, pa.large_string()).dictionary_encode() for part in parts]
    strings, (codes,) = unify(encoded)
    flat = [text for part in parts for text in part]
    assert strings.take(pa.array(codes)).to_pylist() == flat
    assert len(set(strings.to_pylist())) == len(strings)
    assert codes.dtype == np.int32
