"""Columns on the disk, read without holding all of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kgreview.graph.columns import let_go, open_column

STATUS = Path("/proc/self/status")


def mapped_mb() -> float:
    """Give how much of mapped files this process holds, in MiB."""
    (line,) = (line for line in STATUS.read_text("ascii").splitlines() if "RssFile" in line)
    return int(line.split()[1]) / 1024


@pytest.mark.skipif(not STATUS.exists(), reason="memory is read where Linux tells it")
def test_what_was_read_and_let_go_of_is_not_held(tmp_path: Path) -> None:
    np.save(tmp_path / "column.npy", np.ones((1 << 20, 8), np.float32))  # 32 MiB
    column = open_column(tmp_path / "column.npy")
    before = mapped_mb()
    total = column.sum()
    assert mapped_mb() > before + 24
    let_go(column[100:])
    assert mapped_mb() < before + 8
    assert column.sum() == total


def test_an_array_that_lies_in_no_file_stays() -> None:
    column = np.arange(3)
    let_go(column)
    assert column.tolist() == [0, 1, 2]
