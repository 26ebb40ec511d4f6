"""Ids of blank nodes by what is stated of them."""

from __future__ import annotations

import dataclasses
import hashlib

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.arrays import Bools, Ints
from kgreview.exchange.graph_builder import Statements
from kgreview.exchange.rdf_statements import is_blank
from kgreview.progress import Notice

_ROUNDS = 8  # in which blank nodes are told apart by their neighbours


def name_blank_nodes(s: Statements, notice: Notice) -> Statements:
    """Give blank nodes ids by what is stated of them, which the next file may state again.

    What a file calls them holds for that file only; many tools call them anew each time.
    """
    nodes = np.flatnonzero(is_blank(s.ids))
    if not len(nodes):
        return s
    notice(
        f"blank nodes read as entities: {len(nodes):,}; what is stated of them makes their ids, "
        "which change with it"
    )
    marks = np.zeros(len(s.ids), dtype=np.uint64)
    named = np.flatnonzero(~is_blank(s.ids) & _beside(s, nodes))
    marks[named] = _marks(s.ids.take(pa.array(named)))
    own = _own_statements(s, nodes)
    told_apart = 0
    for _ in range(_ROUNDS):  # each knows the neighbours of one step more
        marks[nodes] = (own + _links_of(s, nodes, marks))[nodes]
        before, told_apart = told_apart, len(np.unique(marks[nodes]))
        if told_apart <= before:
            break
    return dataclasses.replace(s, ids=_with_ids(s.ids, nodes, marks[nodes]))


def _beside(s: Statements, nodes: Ints) -> Bools:
    """Tell which nodes have a link to or from one of ``nodes``."""
    of = _mask(nodes, len(s.ids))
    beside = np.zeros(len(s.ids), dtype=bool)
    beside[s.tails[of[s.heads]]] = True
    beside[s.heads[of[s.tails]]] = True
    return beside


def _marks(texts: pa.Array) -> npt.NDArray[np.uint64]:
    """Give a number for each text, on any machine the same."""
    digests = (hashlib.blake2b(t.encode(), digest_size=8).digest() for t in texts.to_pylist())
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def _own_statements(s: Statements, nodes: Ints) -> npt.NDArray[np.uint64]:
    """Sum up the types and values of ``nodes``, in whatever order they stand, (all nodes,)."""
    of = _mask(nodes, len(s.ids))
    types, values = np.flatnonzero(of[s.type_entities]), np.flatnonzero(of[s.value_entities])
    total = np.zeros(len(s.ids), dtype=np.uint64)
    type_marks = _marks(s.type_names)[s.types[types]]
    np.add.at(total, s.type_entities[types], _mixed(type_marks, np.uint64(1)))
    attributes = _marks(s.attribute_names)[s.value_attributes[values]]
    texts = _marks(s.values.take(pa.array(values)))
    np.add.at(total, s.value_entities[values], _mixed(attributes, texts))
    return total


def _links_of(s: Statements, nodes: Ints, marks: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Sum up the links of ``nodes`` and the marks of what they lead to, (all nodes,)."""
    of = _mask(nodes, len(s.ids))
    out, into = np.flatnonzero(of[s.heads]), np.flatnonzero(of[s.tails])
    relations = _marks(s.relation_names)
    total = np.zeros(len(s.ids), dtype=np.uint64)
    np.add.at(total, s.heads[out], _mixed(relations[s.relations[out]], marks[s.tails[out]]))
    np.add.at(total, s.tails[into], _mixed(~relations[s.relations[into]], marks[s.heads[into]]))
    return total


def _mask(nodes: Ints, count: int) -> Bools:
    mask = np.zeros(count, dtype=bool)
    mask[nodes] = True
    return mask


def _mixed(
    one: npt.NDArray[np.uint64], other: npt.NDArray[np.uint64] | np.uint64
) -> npt.NDArray[np.uint64]:
    """Make one number of two, (statements,): the finaliser of splitmix64 over both."""
    with np.errstate(over="ignore"):
        mixed = one * np.uint64(0x9E3779B97F4A7C15) + other
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def _with_ids(ids: pa.Array, nodes: Ints, marks: npt.NDArray[np.uint64]) -> pa.Array:
    """Write marks as ids; of nodes with the same, all but the first get a number, too."""
    order = np.argsort(marks, kind="stable")
    same = np.concatenate([[False], np.diff(marks[order]) == 0])
    start = np.maximum.accumulate(np.where(same, 0, np.arange(len(order))))
    times = np.arange(len(order)) - start
    texts = [
        f"_:{mark:016x}" + (f"-{time + 1}" if time else "")
        for mark, time in zip(marks[order].tolist(), times.tolist(), strict=True)
    ]
    new = np.empty(len(nodes), dtype=object)
    new[order] = texts
    blank = np.zeros(len(ids), dtype=bool)
    blank[nodes] = True
    return pc.replace_with_mask(ids, pa.array(blank), pa.array(new, ids.type))
