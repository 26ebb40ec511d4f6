"""A blocking that was stopped goes on where it was, and leaves nothing behind."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kgreview.graph.columns import rows_written, write_column
from kgreview.pipeline.blocking import block_project, similarities
from kgreview.pipeline.project import SCHEMA, Project
from tests.films import MakeFilms

PART = "candidates.part"


class Stop:
    """A progress that stops the work at the n-th word of a stage, and counts all words."""

    def __init__(self, stage: str = "", at: int = 0) -> None:
        self.stage, self.at, self.stages = stage, at, list[tuple[str, int]]()

    def __call__(
        self,
        stage: str,
        done: int,
        total: int | None = None,  # noqa: ARG002
        **figures: float,  # noqa: ARG002
    ) -> None:
        self.stages.append((stage, done))
        if sum(name == self.stage for name, _ in self.stages) == self.at and stage == self.stage:
            raise KeyboardInterrupt

    def first(self, stage: str) -> int | None:
        return next((done for name, done in self.stages if name == stage), None)


@pytest.fixture
def in_small_parts(monkeypatch: pytest.MonkeyPatch) -> int:
    for module in ("features.similarity", "pipeline.blocking_work"):
        monkeypatch.setattr(f"kgreview.{module}.AT_ONCE", 4)
    return 4


def stopped(project: Project, stage: str, at: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        block_project(project, progress=Stop(stage, at))


def test_what_is_compared_already_is_not_compared_again(
    make_films: MakeFilms, in_small_parts: int
) -> None:
    project = make_films()
    block_project(project)
    before = np.array(similarities(project)[0])
    stopped(project, "compare pairs", 3)
    progress = Stop()
    block_project(project, progress=progress)
    assert progress.first("find candidates") is None
    assert progress.first("compare pairs") == (3 + 1) * in_small_parts
    np.testing.assert_array_equal(similarities(project)[0], before)
    assert not (project.path / PART).exists()


def test_what_was_stopped_before_all_candidates_were_there_begins_anew(
    make_films: MakeFilms,
) -> None:
    project = make_films()
    stopped(project, "find candidates", 1)
    progress = Stop()
    block_project(project, progress=progress)
    assert progress.first("find candidates") is not None


def test_a_half_written_row_is_written_again(make_films: MakeFilms, in_small_parts: int) -> None:
    project = make_films()
    block_project(project)
    before = np.array(similarities(project)[0])
    stopped(project, "compare pairs", 3)
    with (project.path / PART / "similarities.npy").open("ab") as file:
        file.write(b"half a row")
    block_project(project)
    np.testing.assert_array_equal(similarities(project)[0], before)


def test_what_is_of_another_schema_is_not_gone_on_with(
    make_films: MakeFilms, in_small_parts: int
) -> None:
    project = make_films()
    stopped(project, "compare pairs", 1)
    values = json.loads((project.path / SCHEMA).read_text(encoding="utf-8"))
    values["missing"] = {"left": {"title": ["Film 1"]}, "right": {}}
    (project.path / SCHEMA).write_text(json.dumps(values), encoding="utf-8")
    progress = Stop()
    block_project(Project.open(project.path), progress=progress)
    assert progress.first("find candidates") is not None


def test_a_full_disk_leaves_the_earlier_candidates_and_its_room(
    make_films: MakeFilms, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_films()
    block_project(project)
    before = np.array(similarities(project)[0])

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kgreview.pipeline.blocking_work.write_column", full)
    with pytest.raises(OSError, match="No space"):
        block_project(project)
    assert not (project.path / PART).exists()
    np.testing.assert_array_equal(similarities(Project.open(project.path))[0], before)


@pytest.mark.parametrize(("kept", "rows"), [(0, 0), (4, 2), (5, 2), (12, 6), (90, 6)])
def test_rows_of_an_unfinished_column_are_counted(tmp_path: Path, kept: int, rows: int) -> None:
    path = tmp_path / "column.npy"
    whole = np.arange(12, dtype=np.float16).reshape(6, 2)
    write_column(path, whole.shape, whole.dtype, [whole[:3], whole[3:]])
    np.testing.assert_array_equal(np.load(path), whole)
    header = len(path.read_bytes()) - whole.nbytes
    with path.open("r+b") as file:
        file.truncate(header + 2 * kept)
    assert rows_written(path, whole.shape, whole.dtype) == rows
    write_column(path, whole.shape, whole.dtype, [whole[rows:]], rows)
    np.testing.assert_array_equal(np.load(path), whole)


def test_another_column_has_no_rows_of_this_one(tmp_path: Path) -> None:
    path = tmp_path / "column.npy"
    np.save(path, np.zeros((6, 2), np.float32))
    assert rows_written(path, (6, 2), np.float16) == 0
    assert rows_written(tmp_path / "none.npy", (6, 2), np.float16) == 0
