from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kgreview.review.jobs import adopt, fail, report, start_job
from kgreview.review.outcomes import Outcome
from kgreview.review.versions import add_version
from kgreview.workflow import jobs
from kgreview.workflow.desk import PROJECT_VARIABLE, decide, next_pair
from kgreview.workflow.project import Project

APP = str(Path(__file__).parents[2] / "app.py")


def model_page(path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv(PROJECT_VARIABLE, str(path))
    app = AppTest.from_file(APP, default_timeout=30)
    app.session_state.curator = "Ada"
    return app.run().switch_page("pages/model.py").run()


def say_yes(project: Project, times: int) -> None:
    for _ in range(times):
        view = next_pair(project, "Ada")
        assert view
        decide(project, "Ada", view.question, Outcome.MATCH)


def words(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.markdown, *app.error, *app.success))


def test_versions_are_listed_and_the_current_one_is_marked(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with project.database() as db:
        add_version(
            db, "v2", parent="v1", kind="trained", settings={}, figures={}, seed=0, threshold=0.4
        )
    table = model_page(project.path, monkeypatch).dataframe[0].value
    assert list(table["version"]) == ["v2", "v1"]
    assert list(table[""]) == ["", "● current"]
    assert table["PRAUC"][1] == 0.75


def test_without_a_version_it_says_what_to_do(
    blocked_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = model_page(blocked_project, monkeypatch)
    assert not app.exception
    assert any("kgreview run" in str(element.proto.body) for element in app.get("html"))


def test_with_nothing_to_learn_the_button_is_off(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = model_page(project.path, monkeypatch)
    assert app.button[0].disabled
    assert "accept or reject some pairs first" in words(app)


def test_decisions_to_learn_from_are_counted_and_start_a_job(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    say_yes(project, 3)
    started = []
    monkeypatch.setattr(jobs, "start_finetuning", lambda project: started.append(project.path))
    app = model_page(project.path, monkeypatch)
    assert "**3** of 3 decisions" in words(app)
    app.button[0].click().run()
    assert started == [project.path]


def test_a_running_job_shows_how_far_it_is_and_can_be_cancelled(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    say_yes(project, 1)
    with project.database() as db:
        job = start_job(db, "fine-tune")
        report(db, job.id, "train", 3, 12, loss=0.25)
    app = model_page(project.path, monkeypatch)
    assert [button.label for button in app.button] == ["Cancel"]
    app.button[0].click().run()
    latest = jobs.latest(project)
    assert latest
    assert latest.cancel_requested


def test_a_failed_job_says_why_and_can_be_started_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    say_yes(project, 1)
    with project.database() as db:
        fail(db, start_job(db, "fine-tune").id, "no space left on the disk")
    app = model_page(project.path, monkeypatch)
    assert "no space left on the disk" in words(app)
    assert not app.button[0].disabled


def test_a_killed_job_is_shown_as_failed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    say_yes(project, 1)
    with project.database() as db:
        adopt(db, start_job(db, "fine-tune").id, 2**22 - 1)  # no process has this number
    app = model_page(project.path, monkeypatch)
    assert "failed" in words(app)
    assert not app.button[0].disabled
