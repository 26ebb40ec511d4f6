import numpy as np

from kgreview.features.fields import Source, TextField
from kgreview.features.text_similarity import numbered_sets
from kgreview.text.readings import ValueType


def field(*said: list[int]) -> TextField:
    """A field of which each entity says some codes."""
    offsets = np.cumsum([0, *map(len, said)])
    codes = np.array([code for each in said for code in each], dtype=np.int64)
    return TextField("genre", Source(attribute="genre"), ValueType.STRING, offsets, codes)


def test_entities_have_one_number_where_they_say_the_same_in_the_same_order():
    said = [[7, 2], [7], [2, 7], [], [7, 2], [2], [7], [], [7, 2, 2], [0], [0, 0]]
    numbers = numbered_sets(field(*said), np.arange(len(said)))
    assert len(set(numbers.tolist())) == len({tuple(each) for each in said})
    for one, a in zip(said, numbers, strict=True):
        assert {tuple(said[place]) for place in np.flatnonzero(numbers == a)} == {tuple(one)}


def test_rows_come_in_any_order_and_more_than_once():
    numbers = numbered_sets(field([1], [2], [1]), np.array([2, 1, 0, 2]))
    assert numbers[0] == numbers[2] == numbers[3] != numbers[1]


def test_no_rows_and_rows_that_say_nothing_have_numbers():
    assert numbered_sets(field([1]), np.array([], dtype=np.int64)).tolist() == []
    assert numbered_sets(field([], []), np.array([0, 1])).tolist() == [0, 0]
