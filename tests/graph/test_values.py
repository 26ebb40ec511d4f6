"""Values in one space of spellings, and which of many are kept: never by the order of a file."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kgreview.graph.schema import Schema
from kgreview.graph.values import Values, best_of_each, first_of_each, naming_rank, spread


def test_one_spelling_has_one_code_on_both_sides(graph_of):
    left = graph_of([("a", "x")], [("a", "name", "Café Olé"), ("a", "town", "OSLO")])
    right = graph_of([("b", "x")], [("b", "name", "cafe ole"), ("b", "town", "Bergen")])
    values = Values.of(left, right)
    assert values.strings.to_pylist() == ["bergen", "cafe ole", "oslo"]
    assert values.codes[0].tolist() == [1, 2]
    assert values.codes[1].tolist() == [1, 0]
    assert values.uses.tolist() == [1, 2, 1]


def test_blank_values_and_what_has_nothing_to_compare_are_missing(graph_of):
    graph = graph_of([("a", "x")], [("a", "p", " "), ("a", "q", "\u200b"), ("a", "r", "real")])
    values = Values.of(graph, graph)
    assert sorted(values.codes[0].tolist()) == [-1, -1, int(values.find(("real",))[0])]


def test_placeholders_are_missing_where_the_schema_says_so(graph_of):
    graph = graph_of([("a", "x")], [("a", "born", "unknown"), ("a", "song", "Unknown")])
    schema = Schema((), {}, {}, left_missing={"born": ("unknown",), "gone": ("?",)})
    values = Values.of(graph, graph, schema)
    born = graph.attribute_names.index("born")
    of_born = graph.value_attributes == born
    assert values.codes[0][of_born].tolist() == [-1]
    assert (values.codes[0][~of_born] >= 0).all()
    assert (values.codes[1] >= 0).all()


def test_what_both_graphs_say_is_kept_first_and_of_that_the_rarest(graph_of):
    left = graph_of(
        [("a", "x"), ("b", "x")],
        [("a", "p", "alone"), ("a", "p", "rare"), ("a", "p", "common"), ("b", "p", "common")],
    )
    right = graph_of([("c", "x")], [("c", "p", "rare"), ("c", "p", "common")])
    values = Values.of(left, right)
    order = dict(zip(values.strings.to_pylist(), values.order.tolist(), strict=True))
    assert sorted(order, key=order.__getitem__) == ["rare", "common", "alone"]


def test_names_are_ranked_in_the_order_of_the_schema(graph_of):
    graph = graph_of([("a", "x")], [("a", "alt", "A"), ("a", "pref", "P"), ("a", "other", "O")])
    rank = naming_rank(graph, {"x": ("pref", "alt", "absent"), "y": ("other",)})
    by_name = {
        graph.attribute_names[c]: r for c, r in zip(graph.value_attributes, rank, strict=True)
    }
    assert by_name == {"pref": 0, "alt": 1, "other": -1}


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), max_size=30), st.integers(0, 4))
def test_the_best_of_each_owner_are_those_with_the_smallest_keys(pairs, most):
    pairs.sort(key=lambda pair: pair[0])
    owners = np.array([owner for owner, _ in pairs], dtype=np.int64)
    keys = np.array([key for _, key in pairs], dtype=np.int64)
    kept = best_of_each(owners, np.arange(len(owners)), most, keys)
    for owner in range(4):
        mine = sorted(keys[owners == owner].tolist())[:most]
        assert keys[kept[owners[kept] == owner]].tolist() == mine
    assert (np.diff(owners[kept]) >= 0).all()


def test_the_first_of_each_owner_are_kept_in_their_order():
    owners = np.array([0, 0, 0, 2, 2])
    assert first_of_each(owners, np.array([0, 2, 3, 4]), 1).tolist() == [0, 3]


def test_stretches_stand_one_after_another():
    assert spread(np.array([5, 0, 9]), np.array([2, 0, 3])).tolist() == [5, 6, 9, 10, 11]
    assert len(spread(np.array([], int), np.array([], int))) == 0


def test_n_grams_of_strings_are_those_of_both_spellings(graph_of):
    graph = graph_of([("a", "x")], [("a", "name", "Москва"), ("a", "name", "Moskva")])
    values = Values.of(graph, graph)
    both = values.ngrams(1 << 16)
    cyrillic, latin = values.find(("Москва",))[0], values.find(("Moskva",))[0]
    assert both[cyrillic].sum() == 2 * both[latin].sum()
    assert both[cyrillic].minimum(both[latin]).sum() == both[latin].sum()
    assert (values.ngrams(1 << 16, np.array([latin])) != both[latin]).nnz == 0
