import numpy as np
import pyarrow as pa
import pytest

from kgreview.text.columns import distinct_numbers, encode

STRINGS = ["b", "a", None, "b"]


@pytest.mark.parametrize(
    "column",
    [
        pa.array(STRINGS),
        pa.array(STRINGS, pa.large_string()),
        pa.array(STRINGS).dictionary_encode(),
        pa.chunked_array([STRINGS[:2], STRINGS[2:]], pa.string()),
        pa.chunked_array([pa.array(STRINGS[:2]), pa.array(STRINGS[2:])]).dictionary_encode(),
    ],
    ids=lambda column: str(column.type),
)
def test_strings_of_any_layout_become_codes_of_distinct_values(column):
    encoded = encode(column)
    assert encoded.dictionary.type == pa.large_string()
    assert encoded.dictionary.to_pylist() == ["b", "a"]
    assert encoded.indices.to_pylist() == [0, 1, None, 0]


def test_columns_of_nothing_are_columns():
    assert len(encode(pa.array([], pa.string())).dictionary) == 0
    assert encode(pa.array([None], pa.null())).indices.to_pylist() == [None]
    assert len(encode(pa.chunked_array([], pa.string()))) == 0


@pytest.mark.parametrize(
    "numbers", [[], [3], [3, -1, 3, 2**40, -1], np.arange(6).reshape(2, 3) % 2]
)
@pytest.mark.parametrize("width", [np.int32, np.int64])
def test_distinct_numbers_are_those_of_numpy_in_order(numbers, width):
    column = np.asarray(numbers, dtype=np.int64).clip(None, np.iinfo(width).max).astype(width)
    before = column.copy()
    assert distinct_numbers(column).tolist() == np.unique(column).tolist()
    assert np.array_equal(column, before)
