"""A group in the browser: drawn with hostile names, and taken apart by undoing one decision."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from kgreview.pipeline.project import Project
from kgreview.store.deciding import decide
from kgreview.store.decisions import standing
from kgreview.store.outcomes import Outcome

pytestmark = pytest.mark.browser
Desks = Callable[..., Any]


def test_a_group_is_taken_apart_by_undoing_a_step(project: Project, desks: Desks) -> None:
    with project.database() as db:
        for right in ("right:f00", "right:f01"):
            decide(
                db,
                left="left:f00",
                right=right,
                curator="Ada",
                outcome=Outcome.MATCH,
                seconds=1.0,
                version="v1",
                score=0.5,
                strategy="uncertainty",
                question=uuid.uuid4().hex,
            )
    desk = desks(project, None)
    desk.visit("groups?curator=Ada")
    desk.page.locator('[data-testid="stImage"] img').wait_for()
    steps = desk.page.locator('[data-testid="stDataFrame"]').nth(1)
    steps.wait_for()
    desk.rested()
    steps.click(position={"x": 15, "y": 80})
    desk.page.get_by_role("button", name="Undo decision 2 by Ada").click()
    desk.page.get_by_text("No group of more than two entities").wait_for()
    with project.database() as db:
        assert [each.right for each in standing(db)] == ["right:f00"]
