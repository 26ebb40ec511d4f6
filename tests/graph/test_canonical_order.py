"""The order of a graph's columns."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kgreview.graph.canonical_order import order_by


@given(
    st.lists(st.tuples(*[st.integers(0, 3)] * 3), max_size=12),
    st.sampled_from([1, 2**30]),
)
def test_sorting_by_several_keys_is_lexsort_also_where_their_product_overflows(
    rows: list[tuple[int, int, int]], factor: int
) -> None:
    keys = np.array(rows, dtype=np.int64).reshape(-1, 3).T * factor
    assert order_by(*keys).tolist() == np.lexsort(keys).tolist()
