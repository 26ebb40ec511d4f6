"""What several steps from RDF to a graph need: nodes, names and chains of ``Statements``.

The id of a blank node begins with ``BLANK``, which that of nothing else does.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.arrays import Bools, Ints
from kgreview.exchange.graph_builder import Statements

Codes = npt.NDArray[np.integer[Any]]
BLANK = "\0"


def is_blank(ids: pa.Array) -> Bools:
    """Tell which ids are those of blank nodes."""
    return np.asarray(pc.starts_with(ids, BLANK).to_numpy(zero_copy_only=False))


def code_of(names: pa.Array, name: str) -> int:
    """Give the code of a name, -1 where it is not among them."""
    return int(pc.index(names, pa.scalar(name, names.type)).as_py())


def matching(names: pa.Array, pattern: str) -> Bools:
    """Tell which names match a regular expression."""
    mask: Bools = pc.match_substring_regex(names, pattern).to_numpy(zero_copy_only=False)
    return mask


def distinct_pairs(one: Codes, other: Codes) -> tuple[list[tuple[int, int]], Ints]:
    """Give the distinct pairs of two columns, and the place of each row's among them."""
    size = int(other.max(initial=0)) + 1
    keys, which = np.unique(one.astype(np.int64) * size + other, return_inverse=True)
    pairs = zip((keys // size).tolist(), (keys % size).tolist(), strict=True)
    return list(pairs), which.reshape(-1)


def among(names: pa.Array, some: tuple[str, ...]) -> Bools:
    """Tell which names are one of some."""
    mask: Bools = pc.is_in(names, pa.array(some, names.type)).to_numpy(zero_copy_only=False)
    return mask


def is_described(s: Statements) -> Bools:
    """Tell which nodes something is stated of, not only with."""
    described = np.zeros(len(s.ids), dtype=bool)
    for column in (s.type_entities, s.value_entities, s.heads):
        described[column] = True
    return described


def with_links(s: Statements, heads: Codes, relations: Codes, tails: Codes) -> Statements:
    """Give the same statements with other links."""
    return dataclasses.replace(s, heads=heads, relations=relations, tails=tails)


def follow(parents: Codes) -> tuple[Ints, Ints]:
    """Give where each chain of parents ends, and how many steps that takes, (nodes,) both.

    What is its own parent ends a chain. A ring has no end: the ends of its nodes are its nodes.
    """
    ends = parents.astype(np.int64)
    steps = (ends != np.arange(len(ends))).astype(np.int64)
    for _ in range(len(ends).bit_length() + 1):  # each round doubles the way that is gone
        further = ends[ends]
        if np.array_equal(further, ends):
            break
        steps += steps[ends]
        ends = further
    return ends, steps
