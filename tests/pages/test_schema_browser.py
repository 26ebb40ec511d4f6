"""The Schema page in a browser: hostile names stay text, a row is ticked off and saved."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from kgreview.graph.schema import Direction, RelationPair
from kgreview.pipeline.project import Project

from .conftest import playwright_timeout

pytestmark = pytest.mark.browser
_HEADER, _ROW = 35, 35  # pixels of a table


def test_a_relation_is_ticked_off_and_saved(project: Project, desks: Callable[..., Any]) -> None:
    types = project.schema.types[0]  # what the page begins with
    pairs = tuple(
        RelationPair(types, Direction("stars"), Direction("stars", inverse))
        for inverse in (False, True)
    )
    project.save_schema(dataclasses.replace(project.schema, relations=pairs))
    desk = desks(project)
    desk.go("Schema")
    desk.page.get_by_role("button", name="Save").wait_for()
    desk.rested()
    table = desk.page.get_by_test_id("stDataFrame").nth(2)
    table.scroll_into_view_if_needed()
    save = desk.page.locator("button:enabled", has_text="Save")
    for x in range(55, 130, 5):  # the box stands in the middle of a column whose width follows text
        box = table.bounding_box()
        assert box
        desk.page.mouse.click(box["x"] + x, box["y"] + _HEADER + _ROW / 2)
        with contextlib.suppress(playwright_timeout()):
            save.wait_for(timeout=1000)
            break
    save.click()
    desk.page.get_by_text("Saved.").wait_for()
    assert Project.open(project.path).schema.relations == pairs[1:]
