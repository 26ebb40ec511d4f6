"""One job at a time a project, whoever does it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kgreview.errors import KGReviewError
from kgreview.pipeline import jobs
from kgreview.pipeline.jobs import in_foreground, latest, start_finetuning
from kgreview.pipeline.project import Project, ProjectSettings
from kgreview.progress import silent
from kgreview.store import jobs as review_jobs
from kgreview.store.database import StoreError, connect
from kgreview.store.jobs import Job, request_cancel, start_job


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project of which only the place is needed."""
    connect(tmp_path / "kgreview.db", create=True).close()
    return Project(tmp_path, ProjectSettings("p", "2026-01-01T00:00:00+00:00"))


def seen(project: Project) -> Job:
    job = latest(project)
    assert job is not None
    return job


def test_work_here_is_seen_like_work_in_the_background(project: Project) -> None:
    told = []
    with in_foreground(project, "train", lambda *report: told.append(report)) as tell:
        tell("train", 3, 10)
        assert (seen(project).kind, seen(project).state) == ("train", "running")
        assert (seen(project).stage, seen(project).done, seen(project).total) == ("train", 3, 10)
    assert told == [("train", 3, 10)]
    assert seen(project).state == "done"


def test_a_second_one_is_told_of_the_first(project: Project) -> None:
    with (
        in_foreground(project, "train", silent),
        pytest.raises(KGReviewError, match="train has been running since"),
        in_foreground(project, "score", silent),
    ):
        pass
    assert seen(project).state == "done"


@pytest.mark.parametrize(
    ("error", "state", "says"),
    [
        (KGReviewError("no links"), "failed", "no links"),
        (OSError(28, "No space left"), "failed", "No space left"),
        (KeyboardInterrupt(), "cancelled", "interrupted"),
    ],
)
def test_however_it_ends_the_place_is_free_and_the_end_is_told(
    project: Project, error: BaseException, state: str, says: str
) -> None:
    with pytest.raises(type(error)), in_foreground(project, "block", silent):
        raise error
    assert seen(project).state == state
    assert says in seen(project).message
    with in_foreground(project, "block", silent):
        pass


def test_an_end_that_cannot_be_written_is_written_later(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(review_jobs, "_end", full)
        with (
            pytest.raises(KGReviewError, match="no links"),
            in_foreground(project, "block", silent),
        ):
            raise KGReviewError("no links")
    assert (seen(project).state, seen(project).message) == ("failed", "no links")


def test_a_process_that_cannot_be_started_leaves_the_place_free(project: Project) -> None:
    (project.path / "jobs").write_text("in the way of the folder of logs")
    for _ in range(2):
        with pytest.raises(KGReviewError, match="could not be started"):
            start_finetuning(project)
        assert seen(project).state == "failed"


def test_what_it_did_is_told_where_it_is_no_command(project: Project) -> None:
    with in_foreground(project, "promote", silent, "v2 is current now"):
        pass
    assert seen(project).message == "v2 is current now"


def test_it_can_be_cancelled_from_a_page(project: Project) -> None:
    def work() -> None:
        with in_foreground(project, "score", silent) as tell:
            with project.database() as db:
                request_cancel(db, seen(project).id)
            tell("score", 1, 1)

    with pytest.raises(KGReviewError, match="cancelled on the Model page"):
        work()
    assert seen(project).state == "cancelled"


def test_whoever_takes_the_place_clears_what_killed_work_left(project: Project) -> None:
    leftovers = ("candidates.new", "models/.v2.123.new", "models/v1/attention.npy.new")
    kept = ("candidates", "models/v1")
    for name in (*leftovers[:2], *kept):
        (project.path / name).mkdir(parents=True)
    (project.path / leftovers[2]).write_bytes(b"half")
    with in_foreground(project, "block", silent):
        assert not [name for name in leftovers if (project.path / name).exists()]
    assert all((project.path / name).is_dir() for name in kept)


@pytest.mark.parametrize(
    "named", ["../secret", "/etc/hostname", "x/../../secret", "link", "\0", "jobs"]
)
def test_a_projects_job_shows_no_file_from_elsewhere(project: Project, named: str) -> None:
    """A project that somebody made up may name any file."""
    (project.path / "jobs").mkdir(exist_ok=True)
    (project.path.parent / "secret").write_text("seen")
    (project.path / "link").symlink_to("/etc/hostname")
    (project.path / "jobs" / "link").symlink_to("/etc/hostname")
    with project.database() as db:
        this = start_job(db, "fine-tune")
    (project.path / this.log).write_text("its own")
    assert jobs.log_tail(project, this) == "its own"
    for log in (named, f"jobs/{named}"):
        assert jobs.log_tail(project, replace(this, log=log)) == ""
