"""The page of settings: what is entered counts from the next press on, for who owns the project."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from kgreview.pipeline import jobs
from kgreview.pipeline.project import Project
from kgreview.review.session import PROJECT_VARIABLE
from kgreview.store.rights import RightError

APP = str(Path(__file__).parents[2] / "app.py")


def page(project: Project, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv(PROJECT_VARIABLE, str(project.path))
    app = AppTest.from_file(APP, default_timeout=30)
    app.session_state.curator = "Ada"
    app.run().switch_page("pages/settings.py").run()
    assert not app.exception
    return app


def labelled(elements: Any, label: str) -> Any:
    return next(each for each in elements if each.label == label)


def saved(app: AppTest) -> AppTest:
    return labelled(app.button, "Save").click().run()


def test_what_is_entered_is_kept_and_said(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(project, monkeypatch)
    labelled(app.number_input, "Decided by two").set_value(0.2)
    labelled(app.number_input, "Fine-tune after").set_value(0)
    labelled(app.toggle, app.toggle[0].label).set_value(True)
    labelled(app.text_input, "Page of a left entity").set_value(" https://x.example/{id} ")
    app = saved(app)
    kept = Project.open(project.path)
    assert (kept.settings.double_share, kept.settings.qualified_matches) == (0.2, True)
    assert kept.settings.left_url == "https://x.example/{id}"
    assert jobs.finetune_after(kept) == 0
    assert "Saved" in app.success[0].value
    assert kept.settings.strategies == {}, "what was not touched is not written"


def test_the_review_page_offers_qualified_matches_at_once(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(project, monkeypatch)
    labelled(app.toggle, app.toggle[0].label).set_value(True)
    app = saved(app).switch_page("pages/review.py").run()
    assert "Close" in [button.label for button in app.button]


def test_shares_are_percent_of_the_questions(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(project, monkeypatch)
    assert labelled(app.number_input, "Least certain").value == 35.0
    for each in app.number_input:
        if str(each.key).startswith("share-"):
            each.set_value(50.0 if each.label in ("Random", "Least certain") else 0.0)
    saved(app)
    assert Project.open(project.path).settings.strategies == {"uncertainty": 0.5, "random": 0.5}


def test_what_makes_no_sense_is_said_and_nothing_is_kept(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (project.path / "kgreview.json").read_bytes()
    app = page(project, monkeypatch)
    labelled(app.text_input, "Page of a right entity").set_value("javascript:{id}")
    app = saved(app)
    assert "'right_url' is not a web address with {id} in it" in app.error[0].value.replace(
        "\\", ""
    )
    assert (project.path / "kgreview.json").read_bytes() == before


def test_who_does_not_own_the_project_sees_them_and_saves_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = importlib.import_module("kgreview.review.people")

    def refuse(*_: object) -> None:
        raise RightError("no")

    monkeypatch.setattr(shown, "permit", refuse)
    app = page(project, monkeypatch)
    assert labelled(app.button, "Save").disabled
    assert "Only an owner" in app.caption[0].value
