"""Groups of a project small enough to count by hand: which are too large, and how they came."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kgreview.graph.cardinality import Cardinality
from kgreview.graph.schema import TypePair
from kgreview.pipeline.project import Project
from kgreview.review import group_words, groups
from kgreview.review.groups import ALL, KEPT, TO_LOOK_AT, JoinedGroups
from kgreview.store.outcomes import Outcome
from tests.films import MakeFilms, Say, Score

FILM = TypePair("film", "film")


@pytest.fixture
def chained(same_films: MakeFilms, say_film: Say, score: Score) -> Project:
    """l0 – r0 by a link, l0 – s0 and l1 – s0 by decisions, l1 – r0 rejected; l2 – r2 alone."""
    project = same_films(["l0 r0"])
    score(project, {"l0 s0": 0.7, "l1 r1": 0.8})
    for left, right in (("l0", "s0"), ("l1", "s0"), ("l2", "r2")):
        say_film(project, left, right)
    say_film(project, "l1", "r0", Outcome.NO_MATCH)
    return project


def test_a_chain_is_too_large_where_entities_have_one_counterpart(chained: Project) -> None:
    found = JoinedGroups.of(chained)
    assert list(found.places(ALL)) == [0]
    assert found.places(TO_LOOK_AT) == [0]
    members = found.members(0)
    assert (members.left, members.right) == (("l0", "l1"), ("r0", "s0"))
    assert (members.size, members.allowed) == (4, 2)


def test_it_is_not_where_they_may_have_several(chained: Project) -> None:
    many = {FILM: Cardinality.MANY_TO_MANY}
    chained.save_schema(replace(chained.schema, cardinality=many))
    found = JoinedGroups.of(chained)
    assert (list(found.places(ALL)), found.places(TO_LOOK_AT)) == ([0], [])


def test_it_is_told_step_by_step_with_what_stands_inside(chained: Project) -> None:
    view = groups.view(chained, JoinedGroups.of(chained).members(0))
    rows = group_words.step_rows(view)
    assert [(step.left, step.right) for step in view.steps] == [
        ("l0", "r0"),
        ("l0", "s0"),
        ("l1", "s0"),
    ]
    assert [row["because"] for row in rows] == ["a known link", "Ada", "Ada"]
    assert [row["what it joined"] for row in rows] == [
        "two single entities",
        "one entity and 2 that were together",
        "one entity and 3 that were together",
    ]
    assert rows[1]["score now"] == "70%"
    (inside,) = view.inside
    assert (inside.left, inside.right, inside.rejected) == ("l1", "r0", True)
    assert "rejected by Ada" in group_words.inside_rows(view)[0]["what stands"]


def test_undoing_a_decision_takes_the_group_apart(chained: Project) -> None:
    view = groups.view(chained, JoinedGroups.of(chained).members(0))
    groups.undo(chained, view.steps[2].decisions[0].id, "Ada")
    found = JoinedGroups.of(chained)
    assert found.members(0).left == ("l0",)


def test_a_kept_group_leaves_the_queue_until_an_entity_comes(
    chained: Project, say_film: Say
) -> None:
    found = JoinedGroups.of(chained)
    groups.keep(chained, found.members(0), "Ada", "remakes of one film")
    assert (found.places(TO_LOOK_AT), found.places(KEPT)) == ([], [0])
    view = groups.view(chained, found.members(0))
    assert "Kept by Ada" in group_words.group_title(view)
    say_film(chained, "l2", "s0")
    assert JoinedGroups.of(chained).places(TO_LOOK_AT) == [0]
    assert view.kept is not None
    groups.look_again(chained, view.kept, "Ada")
    assert found.places(TO_LOOK_AT) == [0]


def test_of_many_pairs_inside_some_are_listed_and_the_others_counted(
    chained: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "MOST_OTHERS", 0)
    view = groups.view(chained, JoinedGroups.of(chained).members(0))
    assert (view.inside, view.more) == ((), 1)
