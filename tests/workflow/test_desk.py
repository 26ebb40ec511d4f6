import dataclasses
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kgreview.errors import InputError
from kgreview.review.candidate_pairs import CandidateBatch, replace_candidates
from kgreview.review.jobs import Job
from kgreview.review.outcomes import Outcome
from kgreview.review.versions import add_version, promote, write_scores
from kgreview.workflow import desk
from kgreview.workflow.project import Project, create_project

TITLES = {"left": ["Heat", "Ran", "Alien"], "right": ["Heat", "Ran", "Aliens"]}
JOB = Job(1, "fine-tune", "running", 1, "", None, "train", 3, 12, {"loss": 0.25}, "", "", False)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Three films a side; each is paired with its namesake; the third pair is the least sure."""
    for side, titles in TITLES.items():
        ids = [f"{side[0]}{i}" for i in range(3)]
        folder = tmp_path / side
        folder.mkdir()
        for name, columns in {
            "entities": {"id": ids, "type": ["film"] * 3},
            "attributes": {"entity": ids, "attribute": ["title"] * 3, "value": titles},
            "relations": {"head": ids[:1], "relation": ["remade as"], "tail": ids[1:2]},
        }.items():
            pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    project = create_project(tmp_path / "project", tmp_path / "left", tmp_path / "right")
    batch = CandidateBatch(["l0", "l1", "l2"], ["r0", "r1", "r2"], ["film"] * 3, ["film"] * 3)
    with project.database() as db:
        replace_candidates(db, [batch], audit_share=0, seed=0)
        add_version(
            db,
            "v1",
            parent=None,
            kind="similarity",
            settings={},
            figures={},
            seed=0,
            threshold=0.5,
        )
        write_scores(db, "v1", [(np.arange(3), np.array([0.9, 0.8, 0.6]))])
        promote(db, "v1")
    return project


def test_the_least_sure_pair_is_shown_first(project: Project) -> None:
    view = desk.next_pair(project, "Ada")
    assert view
    assert (view.left.name, view.right.name, view.question.score) == ("Alien", "Aliens", 0.6)
    assert not view.has_attention


def test_the_next_pair_comes_after_a_decision_and_the_old_one_after_undo(project: Project) -> None:
    first = desk.next_pair(project, "Ada")
    assert first
    saved = desk.decide(project, "Ada", first.question, Outcome.MATCH, 1.234)
    assert (saved.left, saved.score, saved.version, saved.seconds) == ("l2", 0.6, "v1", 1.23)
    second = desk.next_pair(project, "Ada")
    assert second
    assert second.left.name == "Ran"
    undone = desk.undo(project, "Ada", "some press")
    assert undone
    again = desk.given_pair(project, "Ada", undone.left, undone.right)
    assert again
    assert again.left.name == "Alien"


def test_the_same_question_is_answered_once_and_a_press_undoes_once(project: Project) -> None:
    for _ in range(2):
        view = desk.next_pair(project, "Ada")
        assert view
        for outcome in (Outcome.MATCH, Outcome.NO_MATCH):
            assert desk.decide(project, "Ada", view.question, outcome).outcome is Outcome.MATCH
    for _ in range(3):
        desk.undo(project, "Ada", "one press")
    assert desk.standing(project, "Ada").mine == 1


def test_a_pair_that_is_no_candidate_is_none(project: Project) -> None:
    assert desk.given_pair(project, "Ada", "l0", "r1") is None


def test_standing_counts_mine_everybodys_and_what_is_open(project: Project) -> None:
    for curator, outcome in (
        ("Ada", Outcome.MATCH),
        ("Bob", Outcome.SKIP),
        ("Bob", Outcome.UNSURE),
    ):
        view = desk.next_pair(project, curator)
        assert view
        desk.decide(project, curator, view.question, outcome)
    state = desk.standing(project, "Ada")
    assert (state.mine, state.everybody, state.open, state.candidates) == (1, 2, 1, 3)
    assert state.figures("Ada") == {
        "by Ada": "1",
        "by all": "2",
        "open": "1",
        "settled": "66.7%",
    }


def test_models_count_what_the_current_version_has_not_seen(project: Project) -> None:
    view = desk.next_pair(project, "Ada")
    assert view
    desk.decide(project, "Ada", view.question, Outcome.MATCH)
    found = desk.models(project)
    assert (found.unseen, found.usable) == (1, 1)
    assert found.current
    assert found.current.name == "v1"


def test_the_app_needs_a_project(monkeypatch: pytest.MonkeyPatch, project: Project) -> None:
    monkeypatch.delenv(desk.PROJECT_VARIABLE, raising=False)
    with pytest.raises(InputError, match="kgreview review"):
        desk.project_of_app()
    monkeypatch.setenv(desk.PROJECT_VARIABLE, str(project.path))
    assert desk.project_of_app().path == project.path


def test_progress_of_a_job_is_a_share_and_words() -> None:
    assert desk.job_progress(JOB) == (0.25, "train · 3 of 12 · loss 0.25")
    unknown = dataclasses.replace(JOB, total=None, figures={"prauc": math.nan})
    assert desk.job_progress(unknown) == (0.0, "train · 3")
    assert (
        desk.job_progress(dataclasses.replace(JOB, stage="", done=0, figures={}))[1] == "starting"
    )
