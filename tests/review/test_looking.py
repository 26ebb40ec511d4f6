"""Who looks sees every open pair in its turn, with what stands, and leaves no trace."""

from __future__ import annotations

import pytest

from kgreview.pipeline.project import Project
from kgreview.review import looking, session
from kgreview.store.database import rows
from kgreview.store.outcomes import Outcome
from kgreview.store.pair_filter import EVERYTHING, PairFilter
from tests.films import MakeFilms, Say, Score


@pytest.fixture
def project(same_films: MakeFilms, score: Score) -> Project:
    made = same_films()
    score(made, {"l0 r0": 0.9, "l1 r1": 0.8, "l2 r2": 0.7})
    return made


def through(project: Project, wanted: PairFilter) -> list[tuple[str, str]]:
    seen: list[tuple[str, str]] = []
    while (view := looking.open_pair(project, wanted, len(seen))) is not None:
        seen.append((view.question.left, view.question.right))
    return seen


def test_all_open_pairs_of_a_filter_are_seen_once(project: Project) -> None:
    seen = through(project, PairFilter(low=0.6))
    assert sorted(seen) == [("l0", "r0"), ("l1", "r1"), ("l2", "r2")]


def test_a_search_for_a_name_that_many_have_is_looked_through_too(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kgreview.store.queue.few_hits", lambda *_: False)
    assert through(project, PairFilter(text="aaaaaa", low=0.6)) == [("l0", "r0")]


def test_the_plan_comes_first(project: Project) -> None:
    with project.database() as db:
        db.execute(
            "UPDATE scores SET place = 0, strategy = 'random' WHERE candidate = "
            "(SELECT id FROM candidates WHERE left = 'l1' AND right = 'r1')"
        )
    view = looking.open_pair(project, EVERYTHING, 0)
    assert view is not None
    assert (view.question.left, view.question.right) == ("l1", "r1")


def test_nobody_is_kept_from_a_pair_that_is_looked_at(project: Project) -> None:
    for place in range(3):
        assert looking.open_pair(project, EVERYTHING, place) is not None
    with project.database() as db:
        assert rows(db, "SELECT * FROM questions") == []
        assert rows(db, "SELECT * FROM people") == []


def test_what_stands_is_told_and_a_pair_that_is_no_candidate_is_shown(
    project: Project, say_film: Say
) -> None:
    say_film(project, "l0", "r0", Outcome.MATCH)
    view = looking.given_pair(project, "l0", "r0")
    assert view is not None
    assert "Ada" in view.why
    assert len(view.question.token) == 32
    assert looking.given_pair(project, "l0", "r9") is not None
    assert looking.given_pair(project, "l0", "nobody") is None
    assert session.refused(project, "l0", "nobody")
