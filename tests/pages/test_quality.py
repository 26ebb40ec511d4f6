"""The quality page, from nothing decided to a dispute that is settled on it."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from kgreview.pipeline.project import Project
from kgreview.review import history, quality
from kgreview.review.session import PROJECT_VARIABLE
from kgreview.store.deciding import decide
from kgreview.store.decisions import standing
from kgreview.store.label_issues import keep_doubts
from kgreview.store.outcomes import Outcome

APP = str(Path(__file__).parents[2] / "app.py")


def page(project: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv(PROJECT_VARIABLE, str(project))
    app = AppTest.from_file(APP, default_timeout=60)
    app.session_state.curator = "Eva"
    app = app.run().switch_page("pages/quality.py").run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    return " ".join(each.value for each in (*app.markdown, *app.caption, *app.error))


def press(app: AppTest, label: str) -> AppTest:
    return next(b for b in app.button if b.label == label).click().run()


def differ(project: Project) -> tuple[str, str]:
    """Let Ada accept and Bob reject a pair of hostile names, with a hostile note."""
    with project.database() as db:
        (pair,) = db.execute("SELECT left, right FROM candidates LIMIT 1").fetchall()
        for curator, outcome in (("Ada", Outcome.MATCH), ("Bob", Outcome.NO_MATCH)):
            decide(
                db,
                left=pair[0],
                right=pair[1],
                curator=curator,
                outcome=outcome,
                seconds=1.0,
                version="v1",
                score=0.5,
                strategy="uncertainty",
                note="<b>bold</b> :red[x]" if curator == "Ada" else None,
            )
    return pair[0], pair[1]


def test_before_anything_is_scored_it_says_what_to_run(
    blocked_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Nothing is scored yet" in words(page(blocked_project, monkeypatch))


def test_before_the_first_decision_each_part_says_what_to_do(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = words(page(project.path, monkeypatch))
    for part in (
        "Nothing is measured yet",
        "Go on: no stopping criterion",
        "No answer yet that the network could learn from",
        "Begin on the Review page",
        "No pair was judged by two curators",
        "nothing to adjudicate",
        "look again",
    ):
        assert part in said


def test_a_dispute_is_settled_without_learning_who_said_what(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, _ = differ(project)
    app = page(project.path, monkeypatch)
    said = words(app)
    assert "1 to adjudicate" in said
    assert "1 said match, 1 said no match" in said.replace("\\", "")
    assert "Ada" not in said
    assert "Bob" not in said
    assert ":red[x]" not in said  # escaped, so that it is shown as it was typed
    app = press(app, "No match")
    assert "nothing to adjudicate" in words(app)
    with project.database() as db:
        assert {(d.curator, d.outcome) for d in standing(db, left=left)} == {
            ("Bob", Outcome.NO_MATCH),
            ("Eva", Outcome.NO_MATCH),
        }


def test_a_dispute_that_changed_meanwhile_is_said_in_one_line(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, right = differ(project)
    app = page(project.path, monkeypatch)
    ((dispute, *_),) = quality.disputes(project, "Dan")
    quality.adjudicate(project, "Dan", dispute, Outcome.MATCH, "")
    with project.database() as db:
        decide(
            db,
            left=left,
            right=right,
            curator="Cem",
            outcome=Outcome.NO_MATCH,
            seconds=1.0,
            version="v1",
            score=0.5,
            strategy="second",
        )
    app = press(app, "Match")
    assert not app.exception
    assert "decided this pair meanwhile" in words(app)
    assert len(quality.disputes(project, "Eva")) == 1


def test_who_rules_second_on_a_dispute_is_told_so(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, _ = differ(project)
    app = page(project.path, monkeypatch)
    ((dispute, *_),) = quality.disputes(project, "Dan")
    quality.adjudicate(project, "Dan", dispute, Outcome.MATCH, "")
    app = press(app, "No match")
    assert [each.value.replace("\\", "") for each in app.error] == [
        "somebody has decided this pair meanwhile; look at it again"
    ]
    with project.database() as db:
        assert {d.curator for d in standing(db, left=left)} == {"Ada", "Dan"}


def test_a_ruling_is_saved_with_the_note_beside_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, _ = differ(project)
    app = page(project.path, monkeypatch)
    app.text_input[0].set_value(" same year ")
    press(app, "Match")
    with project.database() as db:
        assert standing(db, left=left, curator="Eva")[0].note == "same year"


@pytest.mark.parametrize("gone", [False, True])
def test_a_doubted_decision_is_superseded_and_it_is_said_where_it_went_meanwhile(
    project: Project, monkeypatch: pytest.MonkeyPatch, gone: bool
) -> None:
    differ(project)
    with project.database() as db:
        doubted = standing(db)[0].id
        keep_doubts(db, {doubted: 0.9}, looked_at=2, newest=doubted)
    # the first row of the table is chosen
    monkeypatch.setattr(st, "dataframe", lambda *_, **__: {"selection": {"rows": [0]}})
    app = page(project.path, monkeypatch)
    app.text_input(key=f"doubt-{doubted}").set_value("another film").run()
    if gone:
        history.undo_decision(project, doubted, "Dan")
    app.button(key=f"other-{doubted}").click().run()
    assert ("does not stand any more" in words(app)) == gone
    with project.database() as db:
        revised = [d.supersedes for d in standing(db, curator="Eva")]
    assert revised == ([] if gone else [doubted])


def test_few_decisions_are_not_doubted_and_it_says_so(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    differ(project)
    app = press(page(project.path, monkeypatch), "Find label issues")
    assert not app.exception
    assert "It takes 20 matches and 20 others" in words(app)
