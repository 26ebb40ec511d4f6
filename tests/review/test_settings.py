"""Settings that are saved count at once, for whoever has the project open."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgreview.errors import InputError
from kgreview.pipeline.project import Project
from kgreview.review import session
from kgreview.review.settings import save_settings, shares_asked
from kgreview.store.outcomes import Outcome


def strategies_planned(project: Project) -> set[str]:
    return set(session.filter_choices(project)[2])


def test_other_shares_make_the_query_plan_anew(small_sample: Path) -> None:
    project = Project.open(small_sample)
    save_settings(project, {"strategies": {"confident": 3, "random": 1}})
    assert shares_asked(Project.open(small_sample)) == {"confident": 0.75, "random": 0.25}


def test_a_single_strategy_is_asked_from_the_next_question_on(small_sample: Path) -> None:
    project = Project.open(small_sample)
    save_settings(project, {"strategies": {"random": 1}})
    assert strategies_planned(project) == {"random"}
    view = session.next_pair(project, "Ada")
    assert view is not None
    assert "Drawn at random, for training" in view.why


@pytest.mark.parametrize(
    ("shares", "told"), [({"random": 0.0}, "add up to nothing"), ({"magic": 1}, "no strategy")]
)
def test_shares_that_ask_nothing_are_refused_and_the_plan_stays(
    small_sample: Path, shares: dict[str, float], told: str
) -> None:
    project = Project.open(small_sample)
    before = strategies_planned(project)
    with pytest.raises(InputError, match=told):
        save_settings(project, {"strategies": shares})
    assert strategies_planned(project) == before


def test_a_running_session_takes_them_up(small_sample: Path) -> None:
    running, other = Project.open(small_sample), Project.open(small_sample)
    view = session.next_pair(running, "Ada")
    assert view is not None
    session.decide(running, "Ada", view.question, session.Answer(Outcome.MATCH))
    save_settings(other, {"double_share": 1.0, "reasons": ("remake",)})
    running = running.as_it_is()
    assert running.settings.reasons == ("remake",)
    assert session.next_pair(running, "Bob") is not None
    with running.database() as db:
        assert [row["left"] for row in db["second_looks"].rows] == [view.question.left]
