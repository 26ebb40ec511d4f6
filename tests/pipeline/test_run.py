"""From a folder with two graphs to something to review, in one call that can be made again."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kgreview.aligner.settings import AlignerSettings
from kgreview.pipeline import explanation, job_process, jobs, passes
from kgreview.pipeline import run as verb
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.project import Project
from kgreview.pipeline.run import make_ready
from kgreview.pipeline.status import is_ready
from kgreview.review import session
from kgreview.store.jobs import request_cancel, start_job


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """Two films a side; their one link is for testing, so that similarity gives the scores."""
    tables = {
        "left/entities.tsv": "id\ttype\na1\tfilm\na2\tfilm\n",
        "left/attributes.tsv": "entity\tattribute\tvalue\na1\ttitle\tDune\na2\ttitle\tBlue\n",
        "left/relations.tsv": "head\trelation\ttail\na1\tsequel\ta2\n",
        "right/entities.tsv": "id\ttype\nb1\tfilm\nb2\tfilm\n",
        "right/attributes.tsv": "entity\tattribute\tvalue\nb1\tname\tDune\nb2\tname\tBlue\n",
        "right/relations.tsv": "head\trelation\ttail\nb1\tsequel\tb2\n",
        "links/test.tsv": "left\tright\tlabel\na1\tb1\t1\n",
    }
    for name, text in tables.items():
        file = tmp_path / "pair" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path / "pair"


def test_once_made_a_project_stays_as_it_is(pair: Path, tmp_path: Path) -> None:
    path = tmp_path / "p"
    made = make_ready(path, pair, name="Films", device="cpu")
    assert made is not None
    assert made.candidates.pairs >= 2
    assert not made.interrupted
    training = made.to_json()["training"]
    assert training.pop("missing").startswith("a first network needs 10 known matches")
    assert training == {"version": "v1", "kind": "similarity"}
    project = Project.open(path)
    assert project.settings.name == "Films"
    assert is_ready(project)
    before = {file: file.stat().st_mtime_ns for file in (path / "models").rglob("*")}
    assert make_ready(path, pair, device="cpu") is None
    assert {file: file.stat().st_mtime_ns for file in (path / "models").rglob("*")} == before


def test_train_and_valid_links_are_used_and_test_links_never(
    pair: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (pair / "links" / "train.tsv").write_text("left\tright\na1\tb1\n", encoding="utf-8")
    (pair / "links" / "valid.tsv").write_text("left\tright\na2\tb2\n", encoding="utf-8")
    (pair / "links" / "test.tsv").write_text("no table of links\n", encoding="utf-8")
    monkeypatch.setattr(verb, "run_project", lambda project, **_: project)
    project = make_ready(tmp_path / "p", pair)
    assert isinstance(project, Project)
    for split, (left, right) in (("train", ("a1", "b1")), ("valid", ("a2", "b2"))):
        links = project.links(split)
        assert links.left.tolist() == [project.left.row(left)]
        assert links.right.tolist() == [project.right.row(right)]


def test_what_an_interruption_left_undone_is_done_the_next_time(
    pair: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as during:
        during.setattr(passes, "block_project", interrupted)
        with pytest.raises(KeyboardInterrupt):
            make_ready(tmp_path / "p", pair, device="cpu")
    assert not is_ready(Project.open(tmp_path / "p"))
    assert make_ready(tmp_path / "p", pair, device="cpu") is not None
    assert is_ready(Project.open(tmp_path / "p"))


def test_peak_memory_is_what_was_held_at_once_in_mebibytes() -> None:
    """In a process of its own, whose peak no other test has raised before."""
    code = (
        "from kgreview.pipeline.memory import peak_memory_mb as peak;"
        "before = peak(); held = b'x' * (200 << 20); print(peak() - before)"
    )
    output = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout
    assert float(output) == pytest.approx(200, abs=20)


@pytest.mark.slow
@pytest.mark.parametrize("sides", [("left",), ("left", "right")], ids=" and ".join)
def test_graphs_without_relations_train_and_are_reviewed_and_explained(
    records: Path, few_steps: AlignerSettings, tmp_path: Path, sides: tuple[str, ...]
) -> None:
    pair = Path(shutil.copytree(records, tmp_path / "pair"))
    for side in sides:
        (pair / side / "relations.tsv").unlink()
    make_ready(tmp_path / "p", pair, settings=few_steps, device="cpu")
    project = Project.open(tmp_path / "p")
    notes = [f"{pair / side}: has no relations table: no neighbours are compared" for side in sides]
    about_tables = [note for note in project.notes if " quotes around " not in note]
    assert about_tables[: len(sides)] == notes
    view = session.next_pair(project, "Ada")
    assert view is not None
    assert (view.left.neighbours, view.question.version) == ((), "v1")
    assert view.left.name in view.canvas(height=400, dark=False).panes
    explained = explanation.explain_ids(project, "v1", view.left.id, view.right.id)
    assert 0 < explained["probability"] < 1


def test_a_graph_of_one_table_is_made_ready(tmp_path: Path) -> None:
    for side in ("left", "right"):
        folder = tmp_path / "pair" / side
        folder.mkdir(parents=True)
        (folder / "entities.csv").write_text(
            f"id;type;title\n{side}1;film;Dune\n{side}2;film;Blue\n", encoding="utf-8"
        )
    made = make_ready(tmp_path / "p", tmp_path / "pair", device="cpu")
    assert made is not None
    assert made.candidates.pairs == 2
    assert len(Project.open(tmp_path / "p").notes) == 9  # on either side four, and of both one


def test_a_run_in_the_background_makes_the_first_version(pair: Path, tmp_path: Path) -> None:
    project = create_project(tmp_path / "p", pair / "left", pair / "right")
    started = jobs.start_run(project)
    assert (started.kind, started.log) == ("run", "jobs/1-run.log")
    for _ in range(2_400):
        job = jobs.latest(project)
        assert job is not None
        if job.state != "running":
            break
        time.sleep(0.05)
    assert job.state == "done", job.message
    assert job.message.startswith("v1 is current now")
    assert "a first network needs 10 known matches" in job.message
    assert is_ready(project)


def test_a_run_that_is_cancelled_says_what_to_do(
    pair: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = create_project(tmp_path / "p", pair / "left", pair / "right")
    with project.database() as db:
        job = start_job(db, "run")
        request_cancel(db, job.id)
    assert job_process.run(project.path, job.id) == 1
    ended = jobs.latest(project)
    assert ended is not None
    assert (ended.state, ended.message.split(";")[0]) == ("cancelled", "cancelled")
    assert "run it again" in ended.message
