"""A version's columns: made while it is trained, kept as long as the candidates are the same."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from kgreview.errors import KGReviewError
from kgreview.pipeline import scoring
from kgreview.pipeline.project import Project
from kgreview.pipeline.scoring import score_project
from kgreview.store.database import StoreError
from kgreview.store.versions import add_version, current_version

COLUMNS = ("scores.npy", "logits.npy", "spread.npy", "attention.npy", "samples.npy")


def columns(project: Project, version: str = "v1") -> dict[str, bytes]:
    folder = project.version_folder(version)
    return {name: (folder / name).read_bytes() for name in COLUMNS}


def no_network(*_: object, **__: object) -> None:
    raise AssertionError("the network need not run")


def test_what_training_leaves_is_what_scoring_gives(small_sample: Path) -> None:
    project = Project.open(small_sample)
    left = columns(project)
    for name in ("candidates.txt", *COLUMNS):
        (project.version_folder("v1") / name).unlink()
    score_project(project, "v1", device="cpu")
    assert columns(project) == left


def test_what_is_scored_is_not_scored_again(
    small_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "node_inputs", no_network)
    project = Project.open(small_sample)
    assert score_project(project, "v1", device="cpu") == "v1"


def test_attention_is_kept_of_the_versions_whose_scores_the_queue_has(small_sample: Path) -> None:
    project = Project.open(small_sample)
    first = project.version_folder("v1")
    whole = columns(project)
    for name, parent in (("v2", "v1"), ("v3", "v2")):
        shutil.copytree(first, first.parent / name)
        with project.database() as db:
            add_version(
                db,
                name,
                parent=parent,
                kind="fine-tuned",
                settings={},
                figures={},
                seed=0,
                threshold=0.5,
            )
        score_project(project, name, device="cpu")
    kept = [path.parent.name for path in first.parent.glob("*/attention.npy")]
    assert sorted(kept) == ["v2", "v3"], "the current one, and the one to go back to"
    score_project(project, "v1", device="cpu")
    assert columns(project) == whole, "it is current again, with all it looked at"


@pytest.mark.parametrize("gone", COLUMNS)
def test_a_column_that_is_gone_is_made_again(small_sample: Path, gone: str) -> None:
    project = Project.open(small_sample)
    left = columns(project)
    (project.version_folder("v1") / gone).unlink()
    score_project(project, "v1", device="cpu")
    assert columns(project) == left


def test_what_cannot_be_removed_after_a_promotion_is_told_and_no_failure(
    small_sample: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise StoreError("held by another process; nothing was saved")

    project = Project.open(small_sample)
    shutil.copytree(project.version_folder("v1"), project.path / "models" / "v2")
    with project.database() as db:
        add_version(
            db,
            "v2",
            parent="v1",
            kind="fine-tuned",
            settings={},
            figures={},
            seed=0,
            threshold=0.5,
        )
    monkeypatch.setattr(scoring, "drop_old_scores", fail)
    assert score_project(project, "v2", device="cpu") == "v2"
    with project.database() as db:
        current = current_version(db)
    assert current is not None
    assert current.name == "v2"
    assert capsys.readouterr().err.startswith("v2 is current; what earlier versions scored")


def test_other_candidates_are_scored_anew(
    small_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    similarities = small_sample / "candidates" / "similarities.npy"
    other = np.load(similarities)
    other[0, 0] = 0.25
    np.save(similarities, other)
    monkeypatch.setattr(scoring, "node_inputs", no_network)
    with pytest.raises(AssertionError, match="need not run"):
        score_project(Project.open(small_sample), "v1", device="cpu")


def test_layer_0_is_embedded_once_for_all_versions(
    small_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project.open(small_sample)
    (project.version_folder("v1") / "candidates.txt").unlink()
    embedded = project.features.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(scoring, "entity_features", no_network)
        score_project(project, "v1", device="cpu")
    for damaged in (b"", embedded[:500]):
        project.features.write_bytes(damaged)
        (project.version_folder("v1") / "candidates.txt").unlink()
        score_project(project, "v1", device="cpu")
        assert project.features.read_bytes() == embedded


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="room cannot be taken at once here")
def test_a_full_disk_is_an_error_and_leaves_the_current_version_in_place(
    small_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    project = Project.open(small_sample)
    left = columns(project)
    (project.version_folder("v1") / "candidates.txt").unlink()
    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises((OSError, KGReviewError), match="No space left"):
        score_project(project, "v1", device="cpu")
    assert columns(project) == left
    with project.database() as db:
        version = current_version(db)
    assert version is not None
    assert version.name == "v1"


def test_attention_of_an_earlier_release_is_not_taken_for_contributions(small_sample: Path) -> None:
    project = Project.open(small_sample)
    assert project.attention("v1", 0) is not None
    (project.version_folder("v1") / "evidence.npy").unlink()  # which it did not write
    assert project.attention("v1", 0) is None
