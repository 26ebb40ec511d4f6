"""The order of a graph's columns, which does not depend on that of the source."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.arrays import Ints
from kgreview.text.columns import distinct_numbers

IntArray = npt.NDArray[np.integer]


def encode(names: pa.Array) -> tuple[npt.NDArray[np.int32], tuple[str, ...]]:
    """Turn names into codes, the codes in alphabetical order of the names."""
    encoded = names if isinstance(names, pa.DictionaryArray) else names.dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    used = distinct_numbers(codes)
    distinct = encoded.dictionary.to_pylist()
    order = sorted(used.tolist(), key=distinct.__getitem__)
    rank = np.empty(len(distinct), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return rank[codes.astype(np.int64)], tuple(distinct[i] for i in order)


def encode_tags(tags: pa.Array | None) -> tuple[IntArray | None, tuple[str, ...]]:
    """Encode the tags of values; ``None`` where all are plain strings."""
    if tags is None:
        return None, ()
    codes, names = encode(tags)
    return (None, ()) if set(names) <= {""} else (codes, names)


def byte_order(strings: pa.Array) -> Ints:
    """Sort strings as Python sorts their bytes, whatever the locale."""
    order = pc.sort_indices(as_strings(strings).cast(pa.large_binary()))
    return np.asarray(order, dtype=np.int64)


def _ranks(strings: pa.Array) -> Ints:
    """Give the place of each string among the distinct ones, equal strings alike."""
    encoded = as_strings(strings).dictionary_encode()
    order = byte_order(encoded.dictionary)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return np.asarray(rank[encoded.indices.to_numpy(zero_copy_only=False)])


def canonical_values(entities: IntArray, attributes: IntArray, values: pa.Array) -> Ints:
    """Give the positions of the distinct statements by entity, attribute and the value's bytes.

    Only where an entity has several values of one attribute are the values looked at.
    """
    order = order_by(attributes, entities)
    entity, attribute = entities[order], attributes[order]
    again = np.zeros(len(order), dtype=bool)  # the same entity and attribute as the one before
    again[1:] = (entity[1:] == entity[:-1]) & (attribute[1:] == attribute[:-1])
    several = np.flatnonzero(again | np.append(again[1:], False))
    group = np.cumsum(~again)[several]
    rank = _ranks(as_strings(values).take(pa.array(order[several])))
    by_value = order_by(rank, group)
    order[several] = order[several][by_value]
    group, rank = group[by_value], rank[by_value]
    stated = np.ones(len(order), dtype=bool)
    stated[several[1:]] = (group[1:] != group[:-1]) | (rank[1:] != rank[:-1])
    return order[stated]


def as_strings(values: pa.Array) -> pa.LargeStringArray:
    """Give strings in the form that graphs keep."""
    return values.cast(pa.large_string())


def order_by(*keys: IntArray) -> Ints:
    """Sort by the last key, then the one before: ``np.lexsort``, in half its time where it can."""
    sizes = [int(key.max(initial=0)) + 1 for key in keys]
    if math.prod(sizes) >= 2**63:
        return np.lexsort(keys)
    together = np.zeros(len(keys[0]), dtype=np.int64)
    for key, size in zip(reversed(keys), reversed(sizes), strict=True):
        together *= size
        together += key
    return np.argsort(together, kind="stable")


def first_of_each(*keys: IntArray) -> Ints:
    """Give, ascending, the first position of each distinct combination of aligned keys."""
    order = order_by(*keys)  # stable: of equal ones the first comes first
    again = np.zeros(len(order), dtype=bool)
    if len(order):
        again[1:] = True
        for key in keys:
            sorted_key = key[order]
            again[1:] &= sorted_key[1:] == sorted_key[:-1]
    return np.sort(order[~again])


def offsets_of(entities: IntArray, n: int) -> Ints:
    """Give where the rows of each of ``n`` entities begin, (n + 1,), as in CSR form."""
    return np.concatenate([[0], np.cumsum(np.bincount(entities, minlength=n))]).astype(np.int64)
