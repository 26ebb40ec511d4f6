"""The search for any right entity on the review page, without a browser."""

import importlib
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kgreview.pipeline.project import Project
from kgreview.review.session import PROJECT_VARIABLE
from kgreview.store.added_pairs import added_pairs
from kgreview.store.decisions import counts, standing
from kgreview.store.outcomes import Outcome

APP = str(Path(__file__).parents[2] / "app.py")
SEARCH, BACK, NONE = "Search :gray-background[/]", "Back", "None of them"


@pytest.fixture
def app(project: Project, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The review page on the pair of the films of number 20."""
    monkeypatch.setenv(PROJECT_VARIABLE, str(project.path))
    app = AppTest.from_file(APP, default_timeout=60)
    app.session_state.curator = "Ada"
    return shown(app, "right:f20")


def shown(app: AppTest, right: str) -> AppTest:
    app.query_params["left"], app.query_params["right"] = "left:f20", right
    return app.run()


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


def look_for(app: AppTest, text: str) -> list[str]:
    """Type into the search field, and give the labels of what is found."""
    next(field for field in app.text_input if field.placeholder).set_value(text).run()
    return found(app)


def found(app: AppTest) -> list[str]:
    return [each.label for each in app.button if (each.key or "").startswith("found")]


def words(app: AppTest) -> str:
    return " ".join(str(element.proto.body) for element in app.get("html"))


def captions(app: AppTest) -> str:
    return " ".join(caption.value for caption in app.caption)


def decided(project: Project) -> dict[Outcome, int]:
    with project.database() as db:
        return {outcome: n for outcome, n in counts(db).items() if n}


def far_from_20(project: Project) -> str:
    """Give a film that is no candidate of the left one."""
    with project.database() as db:
        near = {r for (r,) in db.execute("SELECT right FROM candidates WHERE left = 'left:f20'")}
    return next(f"right:f{i}" for i in range(39, 10, -1) if f"right:f{i}" not in near)


def test_any_film_is_found_shown_and_matched(app: AppTest, project: Project) -> None:
    far = far_from_20(project)
    press(app, SEARCH)
    assert "Accept" not in [button.label for button in app.button]
    labels = look_for(app, f"filn of nmber {far[-2:]}")
    assert f"Number {far[-2:]}" in labels[0]
    assert far.replace(":", "\\:\u2060") in labels[0]
    app.button(next(b.key for b in app.button if b.label == labels[0])).click().run()
    assert not app.exception
    assert far in app.query_params["right"]
    assert "Blocking had not proposed it" in words(app)
    press(app, "Accept")
    assert decided(project) == {Outcome.MATCH: 1}
    with project.database() as db:
        (pair,) = added_pairs(db)
        (kept,) = standing(db)
    assert (pair.left, pair.right, pair.curator) == ("left:f20", far, "Ada")
    assert (kept.left, kept.right, kept.strategy) == ("left:f20", far, "chosen")
    press(app, "Undo")
    assert decided(project) == {}
    assert far in words(app)
    assert "Blocking had not" not in words(app)  # it is a candidate now


def test_none_of_them_shows_what_is_called_so_once_before_it_is_saved(
    app: AppTest, project: Project
) -> None:
    press(app, NONE)
    assert decided(project) == {}
    assert "*shown now*" in found(app)[0]
    assert "Number 20" in found(app)[0]
    press(app, NONE)
    assert decided(project) == {Outcome.NO_COUNTERPART: 1}
    press(app, NONE)  # of the next pair, it begins anew
    assert decided(project) == {Outcome.NO_COUNTERPART: 1}


def test_the_way_back_saves_nothing(app: AppTest, project: Project) -> None:
    press(app, NONE)
    press(app, BACK)
    assert "Accept" in [button.label for button in app.button]
    assert "Number 20" in words(app)
    assert decided(project) == {}


def test_an_entity_of_another_type_is_told_and_cannot_be_chosen(app: AppTest) -> None:
    press(app, SEARCH)
    assert not any("p25" in label for label in look_for(app, "right:p25"))
    assert "of a type that is not paired" in captions(app)
    assert look_for(app, "zzzz qqqq") == []
    assert "Try another word" in captions(app)


def test_hostile_names_are_shown_as_they_are(app: AppTest, evil: tuple[str, ...]) -> None:
    press(app, SEARCH)
    for text in evil[:5]:
        (first, *_) = look_for(app, text)
        assert "![" not in first.replace("\\!\\[", "")
        assert "<img" not in first.replace("\\<", "")
    assert not app.exception


def test_the_address_opens_any_pair_of_paired_types(app: AppTest, project: Project) -> None:
    shown(app, far_from_20(project))
    assert "Blocking had not proposed it" in words(app)
    shown(app, "right:p20")
    assert "of a type that is not paired" in words(app)
    assert "this is the next pair" in words(app)
    assert not app.exception
    with project.database() as db:
        assert added_pairs(db) == []


def test_a_key_of_the_bar_before_is_no_answer_while_an_answer_at_odds_is_asked(
    app: AppTest, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not app.exception  # which puts pages on the path
    deciding = importlib.import_module("pages.deciding")
    started: list[object] = []

    class Shown:
        class question:  # noqa: N801 - an object with a token
            token = "one"

    class State(dict[str, object]):
        __getattr__, __setattr__ = dict.__getitem__, dict.__setitem__

    monkeypatch.setattr(deciding.st, "session_state", State(odds=("one", None, [])))
    monkeypatch.setattr(deciding, "start_search", lambda *given, **_: started.append(given))
    deciding.search_first(project, "Ada", Shown(), Outcome.NO_COUNTERPART)
    assert started == []
