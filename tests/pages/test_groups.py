"""The page of groups: the one to look at is drawn and told, and leaves the queue once kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from kgreview.pipeline.project import Project
from kgreview.review.session import PROJECT_VARIABLE
from kgreview.store.joined import kept_groups
from tests.pages.conftest import bob_accepts

APP = str(Path(__file__).parents[2] / "app.py")


def page(project: Project, monkeypatch: pytest.MonkeyPatch, **address: str) -> AppTest:
    monkeypatch.setenv(PROJECT_VARIABLE, str(project.path))
    app = AppTest.from_file(APP, default_timeout=30)
    app.session_state.curator = "Ada"
    app.run()
    app.switch_page("pages/groups.py")
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def button(app: AppTest, label: str) -> Any:
    return next(each for each in app.button if label in each.label)


def words(app: AppTest) -> str:
    html = (str(each.proto.body) for each in app.get("html"))
    said = (str(each.value) for each in (*app.markdown, *app.caption, *app.success))
    return " ".join((*html, *said))


@pytest.fixture
def chained(project: Project) -> Project:
    """A film with hostile names that is matched twice."""
    bob_accepts(project, "left:f00", "right:f00")
    bob_accepts(project, "left:f00", "right:f01")
    return project


def test_without_a_group_it_says_what_makes_one(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "No group of more than two entities" in words(page(project, monkeypatch))


def test_a_group_is_told_by_its_steps_and_leaves_the_queue_once_kept(
    chained: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(chained, monkeypatch)
    assert "3 entities" in words(app)
    assert list(app.dataframe[1].value["because"]) == ["Bob", "Bob"]
    app.text_input[0].set_value("twins").run()
    button(app, "Keep this group").click().run()
    assert "No group is left to look at" in words(app)
    with chained.database() as db:
        (kept,) = kept_groups(db).values()
    assert (kept.curator, kept.note) == ("Ada", "twins")
    app = page(chained, monkeypatch, show="kept")
    assert "Kept by Ada" in words(app)
    button(app, "Look at it again").click().run()
    with chained.database() as db:
        assert kept_groups(db) == {}
