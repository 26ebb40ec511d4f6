"""What is done on a project's way, and what comes next."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kgreview.pipeline.project import Project
from kgreview.pipeline.project_folder import project_line
from kgreview.pipeline.steps import project_steps
from kgreview.store.jobs import finish, latest_jobs, start_job
from tests.films import MakeFilms


@pytest.fixture
def project(make_films: MakeFilms) -> Project:
    """Films with a known link, blocked and not scored."""
    return make_films(["l0 r0"])


def states(project: Project, folder: Path, **line: object) -> list[str]:
    with project.database() as db:
        jobs = latest_jobs(db)
    known = replace(project_line(folder, "project"), **line)  # type: ignore[arg-type]
    return [step.state for step in project_steps(project, known, jobs[0] if jobs else None)]


def test_a_project_goes_from_import_to_review(project: Project, tmp_path: Path) -> None:
    assert states(project, tmp_path) == ["done", "next", "next", "later"]
    with project.database() as db:
        job = start_job(db, "run")
    assert states(project, tmp_path) == ["done", "next", "running", "later"]
    with project.database() as db:
        finish(db, job.id)
    assert states(project, tmp_path, version="v1", open=3) == ["done", "done", "done", "next"]
    assert states(project, tmp_path, version="v1", open=0) == ["done", "done", "done", "done"]


def test_each_step_says_what_there_is(project: Project, tmp_path: Path) -> None:
    line = replace(project_line(tmp_path, "project"), version="v1", open=1_234, decided=2)
    words = [step.words for step in project_steps(project, line, None)]
    assert words[0] == "21 left and 41 right entities, 1 known link"
    assert words[1].startswith("1 pair of types and 0 pairs of attributes correspond")
    assert words[2] == f"{line.candidates:,} candidates, scored by v1"
    assert words[3] == "2 answers so far, 1,234 pairs open"
