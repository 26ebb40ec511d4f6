from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.graph.cardinality import Cardinality, Tally
from kgreview.graph.schema import Schema, TypePair
from kgreview.graph.schema_json import schema_from_json, schema_to_json

SINGLE = [(n, n) for n in range(10)]
FAN = [(n, n + 20) for n in range(3)]  # three entities with one more counterpart


def told(pairs):
    both = np.array(pairs, np.int64).reshape(-1, 2)
    return Tally.of(both[:, 0], both[:, 1]).cardinality


@pytest.mark.parametrize(
    ("pairs", "which"),
    [
        ([], None),
        (SINGLE[:9], None),
        (SINGLE, Cardinality.ONE_TO_ONE),
        (SINGLE + FAN[:2], Cardinality.ONE_TO_ONE),  # two may be slips
        (SINGLE + FAN, Cardinality.ONE_TO_MANY),
        (SINGLE + [(b, a) for a, b in FAN], Cardinality.MANY_TO_ONE),
        (SINGLE + FAN + [(b + 20, a) for a, b in FAN], Cardinality.MANY_TO_MANY),
        ([(n, n) for n in range(150)] + [(n, n + 200) for n in range(3)], Cardinality.ONE_TO_ONE),
        (SINGLE[:5] * 2, None),  # a match that stands twice is one
    ],
)
def test_links_tell_how_many_counterparts_there_may_be(pairs, which):
    assert told(pairs) is which


def test_what_links_tell_is_said_in_numbers():
    both = np.array(SINGLE + FAN, np.int64)
    assert str(Tally.of(both[:, 0], both[:, 1])) == (
        "3 of 10 matched left entities have several counterparts, 0 of 13 right ones"
    )
    assert str(Tally.of(both[:0, 0], both[:0, 1])) == "no match is known"


@given(st.data())
def test_the_order_of_links_makes_no_difference(data):
    pairs = data.draw(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30))
    assert told(pairs) is told(data.draw(st.permutations(pairs)))


def test_a_schema_keeps_its_cardinality_and_refuses_what_is_none():
    films = TypePair("film", "movie")
    schema = Schema((films,), {}, {}, cardinality={films: Cardinality.ONE_TO_MANY})
    written = schema_to_json(schema)
    assert schema_from_json(written).cardinality == schema.cardinality
    del written["cardinality"]
    assert schema_from_json(written).cardinality == {}
    wrong = {"types": ["film", "movie"], "counterparts": "two"}
    with pytest.raises(ValueError, match="'cardinality' is no list"):
        schema_from_json({**written, "cardinality": [wrong]})


def test_a_pair_of_types_that_was_taken_out_keeps_no_cardinality():
    films, songs = TypePair("film", "movie"), TypePair("song", "song")
    schema = Schema((songs,), {}, {}, cardinality={films: Cardinality.ONE_TO_MANY})
    assert schema_from_json(schema_to_json(schema)).cardinality == {}
