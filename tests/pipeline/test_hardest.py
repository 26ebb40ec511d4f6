"""The pairs whose score is furthest from what is known of them, those that people decided first."""

from __future__ import annotations

import pytest

from kgreview.aligner.checkpoint import WEIGHTS
from kgreview.pipeline.hardest import hardest_pairs
from kgreview.pipeline.project import Project
from kgreview.store.outcomes import Outcome
from tests.films import MakeFilms, Say, Score


@pytest.fixture
def project(make_films: MakeFilms, score: Score) -> Project:
    """Films that a version which calls itself a network has scored."""
    made = make_films(["l0 r0", "l1 r1"])
    score(made, {"l0 r0": 0.9, "l1 r1": 0.2, "l2 r2": 0.6, "l3 r3": 0.4, "l4 r4": 0.99})
    (made.path / "models" / "v1" / WEIGHTS).touch()
    return made


def test_decisions_come_first_and_known_links_follow(project: Project, say_film: Say) -> None:
    say_film(project, "l2", "r2")
    say_film(project, "l3", "r3")
    say_film(project, "l4", "r4", Outcome.NO_MATCH)
    listed = hardest_pairs(project, 4)
    assert [(pair.left, pair.right) for pair in listed] == [
        ("l4", "r4"),
        ("l3", "r3"),
        ("l2", "r2"),
        ("l1", "r1"),
    ]
    assert [pair.decided for pair in listed] == [True, True, True, False]
    assert [pair.match for pair in listed] == [False, True, True, True]
    assert listed[0].score == pytest.approx(0.99)
    assert listed[0].left_name == "eeeeee"


def test_what_was_only_put_off_is_not_known(project: Project, say_film: Say) -> None:
    say_film(project, "l4", "r4", Outcome.UNSURE)
    assert ("l4", "r4") not in [(pair.left, pair.right) for pair in hardest_pairs(project)]


def test_without_a_network_there_is_nothing_to_explain(project: Project) -> None:
    (project.path / "models" / "v1" / WEIGHTS).unlink()
    assert hardest_pairs(project) == []


def test_nothing_is_scored_nothing_is_listed(make_films: MakeFilms) -> None:
    assert hardest_pairs(make_films(["l0 r0"])) == []
