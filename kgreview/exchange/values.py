"""Values made fit for a graph: none blank, none endless, each with its language or datatype."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.graph.readers.text_rows import LONGEST_VALUE
from kgreview.progress import Notice

Codes = npt.NDArray[np.integer[Any]]

# All but white space, control and format characters, and what Unicode lists as ignorable besides.
_VISIBLE = (
    r"[^\s\p{Z}\p{Cc}\p{Cf}\x{034F}\x{115F}\x{1160}\x{17B4}\x{17B5}\x{180B}-\x{180F}\x{2800}"
    r"\x{3164}\x{FE00}-\x{FE0F}\x{FFA0}\x{E0000}-\x{E0FFF}]"
)


def fit_values(values: pa.Array, notice: Notice) -> pa.Array:
    """Give values as a graph takes them, (values,), blank ones as ''; ``notice`` hears of changes.

    NUL bytes are removed, and values beyond ``LONGEST_VALUE`` cut where a character ends.
    """
    nuls = pc.sum(pc.match_substring(values, "\0")).as_py() or 0
    if nuls:
        notice(f"NUL bytes removed from {nuls:,} values")
        values = pc.replace_substring(values, "\0", "")
    visible = pc.match_substring_regex(values, _VISIBLE)
    blank = len(values) - (pc.sum(visible).as_py() or 0)
    if blank:
        notice(f"{blank:,} blank values left out")
        values = pc.if_else(visible, values, "")
    long = pc.greater(pc.binary_length(values), LONGEST_VALUE)
    if pc.any(long).as_py():
        cut = [_cut(value) for value in values.filter(long).to_pylist()]
        notice(f"{len(cut):,} values longer than {LONGEST_VALUE // 1024} KiB cut there")
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
    joined, names = tags.astype(np.int64), list(names)
    order = np.lexsort((tags, attributes, entities))
    same = (np.diff(entities[order]) == 0) & (np.diff(attributes[order]) == 0)
    several = np.zeros(len(order), dtype=bool)  # values beside one with another tag
    other = np.flatnonzero(same & (np.diff(tags[order]) != 0))
    group = np.cumsum(np.concatenate([[True], ~same])) if len(order) else np.empty(0, np.int64)
    several = np.isin(group, group[other])
    where: dict[tuple[int, str], list[int]] = {}
    for position, key in zip(order[several].tolist(), group[several].tolist(), strict=True):
        where.setdefault((key, values[position].as_py()), []).append(position)
    code_of = {name: code for code, name in enumerate(names)}
    for positions in where.values():
        together = " ".join(sorted({names[tags[position]] for position in positions} - {""}))
        code = code_of.setdefault(together, len(code_of))
        joined[positions] = code
    return joined, list(code_of)


def _cut(value: str) -> str:
    return value.encode()[:LONGEST_VALUE].decode(errors="ignore")
