"""The list of entities: progress by type, filters, pages, and the way to a pair."""

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kgreview.graph.schema import TypePair
from kgreview.pipeline.project import Project
from kgreview.review.session import PROJECT_VARIABLE
from tests.pages.conftest import bob_accepts

APP = str(Path(__file__).parents[2] / "app.py")


def entities(project: Project, monkeypatch: pytest.MonkeyPatch, **address: str) -> AppTest:
    monkeypatch.setenv(PROJECT_VARIABLE, str(project.path))
    app = AppTest.from_file(APP, default_timeout=30)
    app.session_state.curator = "Ada"
    app.run()
    app.switch_page("pages/entities.py")
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def test_all_left_entities_are_listed_with_their_best_candidate(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = entities(project, monkeypatch)
    assert not app.exception
    rows = app.dataframe[0].value
    assert set(rows["state"]) <= {"open", "no candidate"}
    best = rows[rows["state"] == "open"]
    assert (best["match or best candidate"] != "").all()
    assert (best["score"] != "").all()
    assert "without an answer" in app.markdown[0].value


def test_a_match_is_counted_and_listed_by_its_state(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    entities(project, monkeypatch)  # tells the states; later decisions follow by themselves
    bob_accepts(project, "left:f20", "right:f20")
    app = entities(project, monkeypatch, state="matched")
    assert list(app.dataframe[0].value["id"]) == ["left:f20"]
    assert list(app.dataframe[0].value["matched by"]) == ["Bob"]
    assert "(1 matched)" in app.markdown[0].value
    other_side = entities(project, monkeypatch, state="matched", side="right")
    assert list(other_side.dataframe[0].value["id"]) == ["right:f20"]


def test_what_no_entity_is_like_says_so(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    app = entities(project, monkeypatch, q="nothing is called like this")
    assert "No entity matches the filter" in " ".join(
        str(element.proto.body) for element in app.get("html")
    )


def test_before_a_run_the_page_says_what_to_do(
    blocked_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = entities(Project.open(blocked_project), monkeypatch)
    assert not app.exception


def test_entities_that_are_not_asked_about_are_told_and_listed_by_their_type(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = TypePair("film", "film")
    project.save_schema(replace(project.schema, not_asked=(film,)))
    app = entities(project, monkeypatch)
    assert "film" not in set(app.dataframe[0].value["type"])
    assert "of types that are not asked about" in " ".join(each.value for each in app.caption)
    assert ", not asked about" in " ".join(each.value for each in app.markdown)
    named = entities(project, monkeypatch, type="film")
    assert set(named.dataframe[0].value["type"]) == {"film"}
