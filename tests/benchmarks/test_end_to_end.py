"""From two files to an alignment in processes of their own, at a size that takes a minute."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SIZE = 600
STAGES = ("import", "block", "features", "train", "score", "first pair", "export")


def end_to_end(folder: Path, *more: str) -> str:
    found = subprocess.run(
        [sys.executable, "benchmarks/end_to_end.py", str(SIZE), "--folder", str(folder), *more],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    return found.stdout


@pytest.mark.slow
def test_every_stage_is_measured_once_and_goes_on_where_it_was_stopped(tmp_path):
    told = end_to_end(tmp_path, "--until", "block")
    assert [line for line in STAGES if f"\n{line} " in told] == ["import", "block"]
    blocked = tmp_path / str(SIZE) / "block.json"
    before = blocked.read_bytes()
    told = end_to_end(tmp_path)
    assert blocked.read_bytes() == before
    assert [line for line in STAGES if f"\n{line} " in told] == list(STAGES)
    *_, figures = (line for line in told.splitlines() if line.strip())
    found = dict(zip(("recall", "PRAUC"), figures.split(", ")[1:3], strict=True))
    assert float(found["recall"].removeprefix("recall ")) > 0.95
    assert float(found["PRAUC"].removeprefix("PRAUC ")) > 0.9
    assert end_to_end(tmp_path) == told  # nothing is done again
