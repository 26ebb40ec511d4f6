"""Numbers of candidates after some have gone and others have come."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kgreview.pipeline.numbering import Numbering


@given(st.lists(st.booleans(), max_size=30), st.integers(0, 12))
def test_what_stays_keeps_its_number_as_far_as_there_is_no_gap(
    stays: list[bool], added: int
) -> None:
    found = Numbering.of(np.array(stays, dtype=np.bool_), added)
    assert len(found) == sum(stays) + added
    # every pair that stays and every one that comes has exactly one number
    expected = [n for n, stay in enumerate(stays) if stay] + [len(stays) + n for n in range(added)]
    assert sorted(found.source.tolist()) == expected
    moved = dict(found.moved)
    for number, source in enumerate(found.source.tolist()):
        if source < len(stays):
            assert number == moved.get(source, source)
    assert not moved or added < len(found.gone)
    assert all(source >= len(found) for source in moved), "only the last ones move"


def test_a_column_is_rewritten_part_by_part(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("kgreview.pipeline.numbering._AT_ONCE", 2)
    old = np.arange(10, dtype=np.float32).reshape(5, 2)
    found = Numbering.of(np.array([True, False, True, True, True]), 2)
    rows = np.array([[-1, -1], [-2, -2], [-3, -3]], np.float32)
    where = np.array([1, 3, 5])
    found.write(tmp_path / "column.npy", old, where, rows.__getitem__)
    expected = [[0, 1], [-1, -1], [4, 5], [-2, -2], [8, 9], [-3, -3]]
    assert np.load(tmp_path / "column.npy").tolist() == expected
