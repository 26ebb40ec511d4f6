"""Work is assigned from the filter, and opens for whom it is for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from kgreview.pipeline.project import Project
from kgreview.review import assigning, people
from kgreview.review.session import PROJECT_VARIABLE
from kgreview.store.pair_filter import PairFilter

APP = str(Path(__file__).parents[2] / "app.py")
UPPER = PairFilter(low=0.6)


def app_of(
    project: Project, monkeypatch: pytest.MonkeyPatch, curator: str, **query: str
) -> AppTest:
    monkeypatch.setenv(PROJECT_VARIABLE, str(project.path))
    app = AppTest.from_file(APP, default_timeout=30)
    app.session_state.curator = curator
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def labelled(elements: Any, label: str) -> Any:
    return next(each for each in elements if each.label == label)


@pytest.fixture
def assigned(project: Project) -> Project:
    """A project where Bob has the upper part of the queue."""
    for name in ("Ada", "Bob"):
        people.enter_curator(project, name)
    assigning.assign(project, "Bob", UPPER, by="Ada")
    return project


def test_the_review_page_opens_what_is_assigned_once(
    assigned: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_of(assigned, monkeypatch, "Bob")
    assert app.query_params["low"] == ["0.6"] or app.query_params["low"] == "0.6"
    assert "Assigned to you by Ada" in app.toast[0].value.replace("\\", "")
    del app.query_params["low"]
    del app.query_params["left"], app.query_params["right"]
    app.run()
    assert "low" not in app.query_params, "who clears the filter is not led back"


def test_nobody_else_is_led_there_and_a_link_is_followed(
    assigned: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "low" not in app_of(assigned, monkeypatch, "Ada").query_params
    assert "low" not in app_of(assigned, monkeypatch, "Bob", order="audit").query_params


def test_a_filter_is_assigned_in_its_form_and_taken_back_on_the_settings_page(
    assigned: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_of(assigned, monkeypatch, "Ada", low="0.7")
    app.session_state["filter-low=0.7"] = True  # the popover is open
    app.run()
    labelled(app.selectbox, "Assign this filter to").set_value("Ada")
    labelled(app.selectbox, "Second curator").set_value("Bob")
    labelled(app.button, "Assign").click().run()
    assert not app.exception
    assert "Assigned to Ada" in app.success[0].value.replace("\\", "")
    (first, given) = assigning.assigned(assigned)
    assert (given.curator, given.filter, given.second, given.share) == (
        "Ada",
        PairFilter(low=0.7),
        "Bob",
        0.2,
    )
    app.switch_page("pages/settings.py").run()
    table = app.dataframe[0].value
    assert list(table["filter"]) == ["score 0.6 to 1", "score 0.7 to 1"]
    labelled(app.button, "Take back from Bob").click().run()
    assert [each.id for each in assigning.assigned(assigned)] == [given.id]
    assert first.id != given.id
