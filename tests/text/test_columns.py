import pyarrow as pa
import pytest

from kgreview.text.columns import encode

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
