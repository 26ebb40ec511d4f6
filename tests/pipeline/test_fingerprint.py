"""A version's scores count for the candidates that it has scored, and for no others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kgreview.pipeline import fingerprint
from kgreview.pipeline.blocking import block_project
from kgreview.pipeline.fingerprint import STAMP, present_scores
from kgreview.pipeline.project import Project
from kgreview.pipeline.scoring import score_project


@pytest.fixture
def project(small_sample: Path) -> Project:
    return Project.open(small_sample)


def test_scores_of_the_present_candidates_are_given(project: Project) -> None:
    found = present_scores(project, "v1")
    assert found is not None
    assert np.array_equal(found, np.load(project.version_folder("v1") / "scores.npy"))


def test_after_another_blocking_there_are_none_until_it_has_scored_again(project: Project) -> None:
    block_project(project, among=np.unique(project.candidates().left)[1:])
    assert present_scores(project, "v1") is None
    score_project(project, "v1", device="cpu")
    found = present_scores(project, "v1")
    assert found is not None
    assert len(found) == len(project.candidates())


def test_as_many_other_candidates_are_others_all_the_same(project: Project) -> None:
    file = project.path / "candidates" / "right.npy"
    right = np.load(file)
    np.save(file, right[::-1].copy())
    assert present_scores(project, "v1") is None
    np.save(file, right)
    assert present_scores(project, "v1") is not None


@pytest.mark.parametrize("gone", [STAMP, "scores.npy"])
def test_without_a_stamp_or_a_column_there_are_none(project: Project, gone: str) -> None:
    (project.version_folder("v1") / gone).unlink()
    assert present_scores(project, "v1") is None
    assert present_scores(project, "v9") is None


def test_candidates_are_read_through_once_as_long_as_they_are_the_same(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = fingerprint.fingerprint, []

    def counted(*columns: np.ndarray) -> str:
        calls.append(len(columns))
        return real(*columns)

    monkeypatch.setattr(fingerprint, "fingerprint", counted)
    for _ in range(3):
        assert present_scores(project, "v1") is not None
    assert calls == [3]
