"""Values made fit for a graph: none blank, none endless."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from kgreview.graph.readers.text_rows import LONGEST_VALUE
from kgreview.progress import Notice
from kgreview.text.placeholders import is_blank


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


def _cut(value: str) -> str:
    return value.encode()[:LONGEST_VALUE].decode(errors="ignore")
