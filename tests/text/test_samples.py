import random

import pyarrow as pa
import pytest

from kgreview.text.readings import Reading, ValueType
from kgreview.text.samples import sample_distinct, sample_of


def test_a_sample_holds_the_same_values_in_any_order():
    values = [f"value {i % 700}" for i in range(1000)]
    strings, counts = sample_distinct(pa.array(values), 50)
    assert len(strings) == 50
    for seed in range(3):
        random.Random(seed).shuffle(values)
        again, counts_again = sample_distinct(pa.array(values), 50)
        assert again == strings
        assert counts_again.tolist() == counts.tolist()


def test_what_says_nothing_is_no_part_of_it():
    strings, counts = sample_distinct(pa.array(["b", "", "n/a", None, "a", "b", "\u200b"]), 50)
    assert strings == ["a", "b"]
    assert counts.tolist() == [1, 2]
    assert sample_of(pa.array(["", None, "-"])) is None


def test_shares_count_each_value_as_often_as_it_occurs():
    sample = sample_of(pa.array(["12", "12", "12", "two words"]))
    assert sample.share(value == "12" for value in sample.values) == 0.75
    assert sample.readable(Reading(ValueType.NUMBER)) == 0.75
    assert sample.words == pytest.approx(1.25)
    assert sample.distinct == 0.5
