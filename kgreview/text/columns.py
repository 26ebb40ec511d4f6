"""A column as its distinct values, which are all that has to be read."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa


def encode(values: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    """Give strings of any layout as codes into their distinct values; null has no code."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pa.DictionaryArray):
        values = values.dictionary_decode()
    return values.cast(pa.large_string()).dictionary_encode()


def distinct_numbers(numbers: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """Give the distinct whole numbers of a column, ascending.

    As ``np.unique`` does, which hashes them since NumPy 2.3: of a million that takes ten times as
    long as to sort them.
    """
    ordered = np.sort(np.asarray(numbers, dtype=np.int64), axis=None)
    is_first = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    return ordered[is_first]
