"""Nobody is left before an empty page: it says why nothing is asked, and what comes next."""

from __future__ import annotations

from kgreview.pipeline.project import Project
from kgreview.review import session
from kgreview.review.nothing_left import NothingLeft, nothing_left
from kgreview.store.outcomes import Outcome
from kgreview.store.pair_filter import EVERYTHING
from tests.films import FILMS, MakeFilms, Score

ALL_LINKED = [f"l{i} r{i}" for i in range(FILMS)]


def told(project: Project, curator: str = "Ada") -> tuple[NothingLeft, str]:
    shown = nothing_left(project, curator, EVERYTHING)
    return shown, " ".join(shown.sentences)


def test_a_project_whose_pairs_are_all_linked_sends_nobody_to_fine_tune(
    make_films: MakeFilms, score: Score
) -> None:
    project = make_films(ALL_LINKED, remakes=False)
    score(project, {"l0 r0": 0.9})
    with project.database() as db:
        db.execute("UPDATE versions SET kind = 'trained'")
    assert session.next_pair(project, "Ada") is None
    shown, words = told(project)
    assert shown.title == "Nothing left to ask you"
    assert f"{FILMS} candidates, {FILMS} settled by known links; 0 decisions are yours" in words
    assert "no decision to learn from" in words
    assert shown.pages == ("quality", "export")


def test_decisions_that_wait_to_be_learnt_lead_to_the_model(
    make_films: MakeFilms, score: Score
) -> None:
    project = make_films(ALL_LINKED[1:], remakes=False)
    score(project, {"l0 r0": 0.9})
    with project.database() as db:
        db.execute("UPDATE versions SET kind = 'trained'")
    view = session.next_pair(project, "Ada")
    assert view is not None
    session.decide(project, "Ada", view.question, session.Answer(Outcome.MATCH))
    assert session.next_pair(project, "Ada") is None
    shown, words = told(project)
    assert "has not learnt from 1 decision:" in words
    assert shown.pages[0] == "model"


def test_what_a_first_network_lacks_is_said(make_films: MakeFilms, score: Score) -> None:
    project = make_films(["l0 r0"], remakes=False)
    score(project, {"l0 r0": 0.9})
    with project.database() as db:
        db.execute("UPDATE versions SET kind = 'similarity'")
        db.execute("UPDATE scores SET open = 0")
    shown, words = told(project)
    assert "a first network needs 10 known matches" in words
    assert "model" not in shown.pages


def test_open_pairs_that_are_not_asked_are_counted_by_why(
    make_films: MakeFilms, score: Score
) -> None:
    project = make_films(ALL_LINKED[2:], remakes=False)
    score(project, {"l0 r0": 0.9, "l1 r1": 0.8})
    view = session.next_pair(project, "Ada")
    assert view is not None
    session.decide(project, "Ada", view.question, session.Answer(Outcome.SKIP))
    assert session.next_pair(project, "Bob") is not None
    assert session.next_pair(project, "Ada") is not None, "one each"
    with project.database() as db:
        db.execute("DELETE FROM questions WHERE curator = 'Ada'")
        db.execute(
            "UPDATE questions SET candidate = (SELECT candidate FROM scores "
            "WHERE open = 1 AND candidate NOT IN (SELECT candidate FROM skips))"
        )
    assert session.next_pair(project, "Ada") is None
    _, words = told(project)
    assert "Still open: 1 that you skipped, 1 on the screens of others" in words
