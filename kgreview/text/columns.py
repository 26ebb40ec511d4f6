"""A column of strings as its distinct values, which are all that has to be read."""

from __future__ import annotations

import pyarrow as pa


def encode(values: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    """Give strings of any layout as codes into their distinct values; null has no code."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pa.DictionaryArray):
        values = values.dictionary_decode()
    return values.cast(pa.large_string()).dictionary_encode()
