"""Values made fit for a graph: none blank, none endless, each with its language or datatype."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.graph.readers.text_rows import LONGEST_VALUE
from kgreview.progress import Notice
from kgreview.text.placeholders import is_blank

Codes = npt.NDArray[np.integer[Any]]


def fit_values(values: pa.Array, notice: Notice) -> pa.Array:
    """Give values as a graph takes them, (values,), blank ones as ''; ``notice`` hears of changes.

    NUL bytes are removed, and values beyond ``LONGEST_VALUE`` cut where a character ends.
    """
    nuls = pc.sum(pc.match_substring(values, "\0")).as_py() or 0
    if nuls:
        notice(f"values with NUL bytes, which are removed: {nuls:,}")
        values = pc.replace_substring(values, "\0", "")
    blank = is_blank(values)
    if blank.any():
        notice(f"blank values left out: {int(blank.sum()):,}")
        values = pc.if_else(pa.array(blank), "", values)
    long = pc.greater(pc.binary_length(values), LONGEST_VALUE)
    if pc.any(long).as_py():
        cut = [_cut(value) for value in values.filter(long).to_pylist()]
        notice(f"values longer than {LONGEST_VALUE // 1024} KiB, cut there: {len(cut):,}")
        values = pc.replace_with_mask(values, long, pa.array(cut, values.type))
    return values


def join_tags(
    entities: Codes, attributes: Codes, values: pa.Array, tags: Codes, names: list[str]
) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Give a value that is stated in several languages one tag of them all, ``"@de @en"``.

    ``entities``, ``attributes`` and ``tags`` are codes, (values,). The same value of one attribute
    of an entity counts once in a graph: so no language is lost with it. Gives the codes of tags,
    (values,), and their names, to which the joint ones are added.
    """
    key = entities.astype(np.int64) * (int(attributes.max(initial=0)) + 1) + attributes
    where = _beside_other_tags(key, tags)
    text = values.take(pa.array(where)).dictionary_encode().indices.to_numpy()
    order = np.lexsort((text, key[where]))
    again = (np.diff(key[where][order]) == 0) & (np.diff(text[order]) == 0)
    group = np.cumsum(np.concatenate([[0], ~again]))  # of each place in order, and one more
    several = np.append(again, False)[: len(order)] | np.concatenate([[False], again])[: len(order)]
    stated: dict[int, list[int]] = {}
    for position, number in zip(where[order][several], group[: len(order)][several], strict=True):
        stated.setdefault(int(number), []).append(int(position))
    joined = tags.astype(np.int64)
    code_of = {name: code for code, name in enumerate(names)}
    for positions in stated.values():
        together = " ".join(sorted({names[tag] for tag in tags[positions].tolist()} - {""}))
        joined[positions] = code_of.setdefault(together, len(code_of))
    return joined, list(code_of)


def _beside_other_tags(key: Codes, tags: Codes) -> npt.NDArray[np.int64]:
    """Give the positions of values of a key that has values with different tags."""
    order = np.argsort(key, kind="stable")
    same = np.diff(key[order]) == 0
    group = np.cumsum(np.concatenate([[False], ~same]))[: len(order)]
    differs = np.zeros(len(order) + 1, dtype=bool)
    differs[group[1:][same & (np.diff(tags[order]) != 0)]] = True
    return np.asarray(order[differs[group]])


def _cut(value: str) -> str:
    return value.encode()[:LONGEST_VALUE].decode(errors="ignore")
