from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kgreview.pipeline.project import Project
from kgreview.review.session import PROJECT_VARIABLE
from kgreview.store.deciding import decide, undo_decision
from kgreview.store.outcomes import Outcome

APP = str(Path(__file__).parents[2] / "app.py")


def history(project: Project, monkeypatch: pytest.MonkeyPatch, **address: str) -> AppTest:
    monkeypatch.setenv(PROJECT_VARIABLE, str(project.path))
    app = AppTest.from_file(APP, default_timeout=30)
    app.session_state.curator = "Ada"
    app.run()
    app.switch_page("pages/history.py")
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def words(app: AppTest) -> str:
    return " ".join(str(element.proto.body) for element in app.get("html"))


def listed(app: AppTest) -> list[int]:
    return list(app.dataframe[0].value["no"])


@pytest.fixture
def told(project: Project) -> Project:
    """Sixty decisions: two pages."""
    with project.database() as db:
        for number in range(60):
            decide(
                db,
                left=f"left:f{number % 40:02}",
                right=f"right:f{number % 39:02}",
                curator="Bob" if number % 10 == 9 else "Ada",
                outcome=Outcome.MATCH if number % 2 else Outcome.SKIP,
                seconds=1.0,
                version="v1",
                score=number / 60,
                strategy="uncertainty",
            )
    return project


def test_before_the_first_decision_it_says_what_to_do(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = history(project, monkeypatch)
    assert "Nothing decided yet" in words(app)
    assert not app.exception


def test_pages_are_turned_there_and_back(told: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    app = history(told, monkeypatch)
    assert listed(app) == list(range(60, 10, -1))
    next(b for b in app.button if b.label == "Older").click().run()
    assert listed(app) == list(range(10, 0, -1))
    assert next(b for b in app.button if b.label == "Older").disabled
    next(b for b in app.button if b.label == "Newer").click().run()
    assert listed(app)[0] == 60


def test_when_the_last_page_has_become_empty_the_one_before_it_is_shown(
    told: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = history(told, monkeypatch, state="stands")
    next(b for b in app.button if b.label == "Older").click().run()
    assert listed(app) == list(range(10, 0, -1))
    with told.database() as db:
        for number in range(1, 11):
            undo_decision(db, number, "Cem")
    app.run()
    assert listed(app) == list(range(60, 10, -1))
    assert all(b.disabled for b in app.button if b.label in ("Newer", "Older"))


def test_the_address_names_the_filter(told: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    app = history(told, monkeypatch, who="Bob", sort="lowest score")
    assert listed(app) == [10, 20, 30, 40, 50, 60]
    assert not app.exception


def test_a_filter_that_nothing_meets_says_what_to_do(
    told: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = history(told, monkeypatch, q="\"'); DROP TABLE decisions; --")
    assert "No decision matches the filter" in words(app)
    assert not app.exception


def test_days_are_asked_for_in_the_form_and_kept_in_the_address(
    told: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = history(told, monkeypatch, since="2020-01-01")
    assert listed(app)[0] == 60
    first, last = app.date_input
    assert first.value == date(2020, 1, 1)
    assert last.value is None
    last.set_value(date(2020, 12, 31))
    next(b for b in app.button if b.label == "Show").click().run()
    assert (app.query_params["since"], app.query_params["until"]) == ("2020-01-01", "2020-12-31")
    assert "No decision matches the filter" in words(app)
    assert not app.exception
