import importlib
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from kgreview.errors import KGReviewError
from kgreview.pipeline.project import Project
from kgreview.review import session
from kgreview.review.session import PROJECT_VARIABLE
from kgreview.store.decisions import counts, events, standing
from kgreview.store.outcomes import Outcome

APP = str(Path(__file__).parents[2] / "app.py")


class State(dict[str, Any]):
    """A session's state outside of a script."""

    __getattr__, __setattr__ = dict.__getitem__, dict.__setitem__


def app_on(path: Path, monkeypatch: pytest.MonkeyPatch, curator: str | None = "Ada") -> AppTest:
    monkeypatch.setenv(PROJECT_VARIABLE, str(path))
    app = AppTest.from_file(APP, default_timeout=30)
    if curator:
        app.session_state.curator = curator
    return app.run()


def words(app: AppTest) -> str:
    return " ".join(str(element.proto.body) for element in app.get("html"))


def heading_of(app: AppTest) -> str:
    found = re.search(
        r'<div class="kg-heading" data-pair="\w+">(.*?)<div class="kg-line">', words(app)
    )
    assert found is not None
    return found[1]


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


def decided(project: Project) -> dict[Outcome, int]:
    with project.database() as db:
        return {outcome: n for outcome, n in counts(db).items() if n}


def test_without_a_project_it_says_how_to_start() -> None:
    app = AppTest.from_file(APP, default_timeout=30).run()
    assert "kgreview demo" in words(app)
    assert not app.exception


def test_a_folder_that_is_no_project_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_on(tmp_path, monkeypatch)
    assert "is not a kgreview project" in words(app)
    assert not app.exception


def test_the_name_of_the_curator_is_asked_once(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_on(project.path, monkeypatch, curator=None)
    assert "Who reviews?" in words(app)
    app.text_input[0].set_value("  Ada ")
    press(app, "Start reviewing")
    assert "for Ada" in words(app)


def test_a_link_does_not_make_its_reader_somebody_else(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PROJECT_VARIABLE, str(project.path))
    app = AppTest.from_file(APP, default_timeout=30)
    app.query_params["curator"] = "Mallory"
    app.run()
    assert "Who reviews?" in words(app)
    app.session_state.curator = "Ada"
    app.run()
    assert "for Ada" in words(app)
    press(app, "Accept")
    with project.database() as db:
        assert [event.curator for event in events(db)] == ["Ada"]


@pytest.mark.parametrize("typed", [" ada ", "ADA", "A\u200bda"])
def test_a_name_in_another_spelling_is_the_one_that_is_known(
    project: Project, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    press(app_on(project.path, monkeypatch), "Accept")
    app = app_on(project.path, monkeypatch, curator=None)
    app.text_input[0].set_value(typed)
    press(app, "Start reviewing")
    assert app.session_state.curator == "Ada"
    press(app, "Accept")
    with project.database() as db:
        assert {event.curator for event in events(db)} == {"Ada"}


@pytest.mark.parametrize("typed", ["\u0410da", "Ad\u0430"])
def test_a_name_that_looks_like_anothers_is_refused(
    project: Project, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    app_on(project.path, monkeypatch)
    app = app_on(project.path, monkeypatch, curator=None)
    app.text_input[0].set_value(typed)
    press(app, "Start reviewing")
    assert "two scripts that look alike" in app.error[0].value.replace("\\", "")
    assert "Who reviews?" in words(app)
    kept = app_on(project.path, monkeypatch, curator=typed)  # as a cookie would have it
    assert "Who reviews?" in words(kept)


def test_candidates_without_scores_say_what_to_do(
    blocked_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_on(blocked_project, monkeypatch)
    assert "No scores yet" in words(app)
    assert "kgreview run" in words(app)


def test_the_pair_is_shown_with_its_score_and_why(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_on(project.path, monkeypatch)
    shown = words(app)
    assert "50%" in shown
    assert "least certain" in shown
    bar = ["Ada", "Accept", "Reject", "Unsure", "Skip", "None of them", "Undo"]
    assert [button.label for button in app.button][: len(bar)] == bar


@pytest.mark.parametrize(
    ("label", "outcome"),
    [
        ("Accept", Outcome.MATCH),
        ("Reject", Outcome.NO_MATCH),
        ("Unsure", Outcome.UNSURE),
        ("Skip", Outcome.SKIP),
        ("None of them", Outcome.NO_COUNTERPART),
    ],
)
def test_each_button_saves_its_outcome_and_the_next_pair_comes(
    label: str, outcome: Outcome, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_on(project.path, monkeypatch)
    first = app.button[1].key
    press(app, label)
    if outcome is Outcome.NO_COUNTERPART:  # what else is called so is shown first, once
        assert decided(project) == {}
        press(app, label)
    assert decided(project) == {outcome: 1}
    assert app.button[1].key != first
    assert "Z undoes it" in words(app)


def test_undo_takes_back_one_decision_and_shows_its_pair_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_on(project.path, monkeypatch)
    before = heading_of(app)
    press(app, "Accept")
    press(app, "Reject")
    press(app, "Undo")
    press(app, "Undo")
    assert decided(project) == {}
    assert heading_of(app) == before
    press(app, "Undo")
    assert "Nothing to undo" in words(app)


def test_undo_works_again_after_deciding_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_on(project.path, monkeypatch)
    for _ in range(3):
        press(app, "Accept")
        press(app, "Undo")
    assert decided(project) == {}


def test_the_address_can_name_a_pair(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PROJECT_VARIABLE, str(project.path))
    app = AppTest.from_file(APP, default_timeout=30)
    app.session_state.curator = "Ada"
    app.query_params["left"], app.query_params["right"] = "left:f20", "right:f20"
    app.run()
    assert "left:f20" in words(app)
    assert "right:f20" in words(app)
    press(app, "Accept")
    assert app.query_params["left"] != "left:f20"
    assert '<h2 title="The Film of Number 20' not in words(app)


def test_an_address_that_names_no_candidate_shows_the_next_pair(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PROJECT_VARIABLE, str(project.path))
    app = AppTest.from_file(APP, default_timeout=30)
    app.session_state.curator = "Ada"
    app.query_params["left"], app.query_params["right"] = "nobody", "<img>"
    app.run()
    assert not app.exception
    assert app.button[1].label == "Accept"
    assert "has no entity" in words(app)


def test_when_nothing_is_left_it_says_what_to_do(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with project.database() as db:
        db.execute("UPDATE scores SET open = 0")
    app = app_on(project.path, monkeypatch)
    assert "Nothing left to ask you" in words(app)
    assert not app.exception


def test_two_sessions_are_not_given_the_same_pair(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = app_on(project.path, monkeypatch)
    bob = app_on(project.path, monkeypatch, curator="Bob")
    assert words(ada).split("kg-line")[0] != words(bob).split("kg-line")[0]
    press(ada, "Accept")
    press(bob, "Reject")
    assert decided(project) == {Outcome.MATCH: 1, Outcome.NO_MATCH: 1}


def open_filter(app: AppTest, key: str = "") -> None:
    """Open the popover with the filter; ``key``: of the one that is on."""
    app.session_state[f"filter-{key}"] = True
    app.run()


def open_pair(app: AppTest, left: str, right: str) -> AppTest:
    app.query_params["left"], app.query_params["right"] = left, right
    return app.run()


def test_an_answer_at_odds_asks_before_it_is_saved(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with project.database() as db:
        sql = "SELECT right FROM candidates WHERE left = 'left:f20' LIMIT 2"
        first, second = (row[0] for row in db.execute(sql))
    app = open_pair(app_on(project.path, monkeypatch), "left:f20", first)
    press(app, "Accept")
    open_pair(app, "left:f20", second)
    press(app, "Accept")
    assert "is matched to" in words(app)
    assert decided(project) == {Outcome.MATCH: 1}
    assert "Accept" not in [button.label for button in app.button]
    press(app, "Keep the old")
    assert decided(project) == {Outcome.MATCH: 1, Outcome.SKIP: 1}  # no rejection by itself
    open_pair(app, "left:f20", second)
    press(app, "Accept")
    press(app, "Allow both")
    assert decided(project) == {Outcome.MATCH: 2}


def test_once_it_was_asked_the_keys_of_the_bar_before_decide_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_on(project.path, monkeypatch)  # puts pages on the path
    deciding = importlib.import_module("pages.deciding")
    decided: list[tuple[object, ...]] = []
    monkeypatch.setattr(deciding.st, "session_state", State(odds=("one", Outcome.MATCH, [])))
    monkeypatch.setattr(deciding, "decide", lambda *given: decided.append(given))
    first, second = (SimpleNamespace(question=SimpleNamespace(token=t)) for t in ("one", "two"))
    deciding.press(project, "Ada", first, Outcome.NO_MATCH)  # drawn before the question
    assert decided == []
    deciding.press(project, "Ada", second, Outcome.NO_MATCH)
    assert decided == [(project, "Ada", second, Outcome.NO_MATCH)]
    assert not app.exception


def test_what_came_while_it_was_asked_is_asked_before_a_switch_is_saved(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with project.database() as db:
        sql = "SELECT right FROM candidates WHERE left = 'left:f20' LIMIT 3"
        first, second, third = (row[0] for row in db.execute(sql))
    ada, bob = (app_on(project.path, monkeypatch, name) for name in ("Ada", "Bob"))
    press(open_pair(ada, "left:f20", first), "Accept")
    press(open_pair(bob, "left:f20", second), "Accept")
    press(ada, "Undo")
    press(open_pair(ada, "left:f20", third), "Accept")
    press(bob, "Switch")
    assert "is matched to" in words(bob)
    assert decided(project) == {Outcome.MATCH: 1}
    press(bob, "Switch")
    assert "the old pair is open again" in words(bob)
    with project.database() as db:
        assert [(d.curator, d.right) for d in standing(db)] == [("Bob", second)]


def test_of_two_tabs_with_one_question_each_is_told_what_stands(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, late = (app_on(project.path, monkeypatch) for _ in range(3))
    press(one, "Accept")
    press(late, "Reject")
    assert "Not saved, accepted before: " in words(late)
    press(one, "Undo")
    press(other, "Reject")
    assert "Accepted" not in words(other)
    assert "nothing was saved now" in other.error[0].value
    assert decided(project) == {}
    press(other, "Reject")
    assert decided(project) == {Outcome.NO_MATCH: 1}


def test_a_fine_tuning_that_cannot_be_started_is_told_beside_a_saved_answer(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Project) -> None:
        raise KGReviewError("the process could not be started: no room")

    app = app_on(project.path, monkeypatch)
    monkeypatch.setattr(session, "finetune_if_due", fail)
    press(app, "Reject")
    assert decided(project) == {Outcome.NO_MATCH: 1}
    assert "Rejected" in words(app)
    said = app.error[0].value.replace("\\", "")
    assert said.startswith("What you decided is saved, but no fine-tuning was started")
    assert said.replace("\u2060", "").endswith("could not be started: no room")


def test_blind_is_kept_in_the_address_and_recorded(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_on(project.path, monkeypatch)
    press(app, "Blind")
    assert "hidden until you decide" in words(app)
    assert app.query_params["blind"] == "1"
    press(app, "Reject")
    assert "hidden until you decide" in words(app)  # the next one too
    assert "scored 50%" in words(app)
    with project.database() as db:
        assert db.execute("SELECT hidden FROM decisions").fetchall() == [(1,)]
    press(app, "Unblind")
    assert "hidden until you decide" not in words(app)


def test_a_filter_in_the_address_narrows_the_queue_until_it_is_cleared(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PROJECT_VARIABLE, str(project.path))
    app = AppTest.from_file(APP, default_timeout=30)
    app.session_state.curator, app.query_params["q"] = "Ada", "number 23"
    app.run()
    assert "Number 23" in words(app)
    open_filter(app, "q=number+23")
    press(app, "Clear")
    assert "q" not in app.query_params
    assert "in the filter" not in words(app)


@pytest.mark.parametrize("text", ["nothing is called so", "'; DROP TABLE decisions; --", "…"])
def test_a_filter_that_nothing_meets_says_what_to_do(
    text: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PROJECT_VARIABLE, str(project.path))
    app = AppTest.from_file(APP, default_timeout=30)
    app.session_state.curator, app.query_params["q"] = "Ada", text
    app.run()
    assert "No open pair matches the filter" in words(app)
    assert not app.exception
    press(app, "Clear the filter")
    assert app.button[1].label == "Accept"


def test_a_filter_is_put_together_in_its_form(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_on(project.path, monkeypatch)
    open_filter(app)
    app.text_input[0].set_value("number")
    app.slider[0].set_value((0.5, 0.9))
    press(app, "Show these")
    assert app.query_params["q"] == "number"
    assert (app.query_params["low"], app.query_params["high"]) == ("0.5", "0.9")
    assert "in the filter" in words(app)


def test_a_flag_stays_with_its_pair(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_on(project.path, monkeypatch)
    press(app, "Flag")
    press(app, "Unsure")
    press(app, "Unsure")
    with project.database() as db:
        assert db.execute("SELECT flagged FROM decisions").fetchall() == [(1,), (0,)]


def test_after_two_rejected_candidates_it_offers_to_say_that_there_is_no_counterpart(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with project.database() as db:
        sql = "SELECT right FROM candidates WHERE left = 'left:f20' LIMIT 2"
        rights = [row[0] for row in db.execute(sql)]
    left = "left:f20"
    app = app_on(project.path, monkeypatch)
    offer = [button for button in app.button if button.label.startswith("None for")]
    for number, right in enumerate(rights):
        assert not offer, "not before the second"
        open_pair(app, left, right)
        press(app, "Reject")
        offer = [button for button in app.button if button.label.startswith("None for")]
        assert len(offer) == number
    offer[0].click().run()
    assert app.query_params["left"] in (left, [left])
    assert not [button for button in app.button if button.label.startswith("None for")]


def test_matches_are_qualified_where_the_project_says_so(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Close" not in [button.label for button in app_on(project.path, monkeypatch).button]
    file = project.path / "kgreview.json"
    values = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(values | {"qualified_matches": True}), encoding="utf-8")
    app = app_on(project.path, monkeypatch)
    press(app, "Broader")
    assert decided(project) == {Outcome.BROADER: 1}
    assert "Marked broader" in words(app)
    press(app, "Undo")
    assert decided(project) == {}
