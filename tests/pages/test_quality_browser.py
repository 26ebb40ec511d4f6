"""The quality page in headless Chromium: reached by the navigation, safe, in both themes."""

from collections.abc import Callable
from typing import Any

import pytest

from kgreview.pipeline.project import Project
from kgreview.store.deciding import decide
from kgreview.store.decisions import standing
from kgreview.store.outcomes import Outcome

pytestmark = pytest.mark.browser
Desks = Callable[..., Any]


def disputed(project: Project, curators: tuple[str, str]) -> None:
    """Let two curators with hostile names differ on a pair of hostile names."""
    with project.database() as db:
        ((left, right),) = db.execute("SELECT left, right FROM candidates LIMIT 1").fetchall()
        for curator, outcome in zip(curators, (Outcome.MATCH, Outcome.NO_MATCH), strict=True):
            decide(
                db,
                left=left,
                right=right,
                curator=curator,
                outcome=outcome,
                seconds=1.0,
                version="v1",
                score=0.5,
                strategy="uncertainty",
                note=curator,
            )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_hostile_curators_and_names_run_nothing_and_their_dispute_is_settled(
    project: Project, desks: Desks, evil: tuple[str, ...], theme: str
) -> None:
    disputed(project, (evil[0], evil[2]))
    desk = desks(project, "?curator=Eva", color_scheme=theme)
    desk.go("Quality")
    desk.page.get_by_role("tab", name="Agreement (1)").click()
    desk.page.get_by_text("1 said match, 1 said no match.").wait_for()
    desk.page.get_by_role("button", name="Cannot be told").click()
    desk.page.get_by_text("there is nothing to adjudicate").wait_for(state="attached")
    desk.page.get_by_role("tab", name="Pace and yield").click()
    desk.rested()
    desk.is_clean()
    with project.database() as db:
        assert [(d.curator, d.outcome) for d in standing(db)] == [("Eva", Outcome.UNSURE)]
