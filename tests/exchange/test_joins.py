"""What stands in the same row is paired."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kgreview.exchange.joins import joined

rows = st.lists(st.integers(0, 4), max_size=6).map(sorted)


@given(rows, rows)
def test_all_pairs_of_a_row_and_no_others(one, other):
    first, second = joined(np.array(one, dtype=np.int64), np.array(other, dtype=np.int64))
    assert list(zip(first.tolist(), second.tolist(), strict=True)) == [
        (i, j) for i, row in enumerate(one) for j, also in enumerate(other) if row == also
    ]
