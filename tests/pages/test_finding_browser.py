"""The search for any right entity in headless Chromium, by keys alone."""

from collections.abc import Callable
from typing import Any

import pytest

from kgreview.pipeline.project import Project
from kgreview.store.added_pairs import added_pairs
from kgreview.store.outcomes import Outcome

pytestmark = pytest.mark.browser
Desks = Callable[..., Any]
Decided = Callable[..., dict[Outcome, int]]

FIELD = '[class*="st-key-find-text-"] input'
PAIR = "?curator=Ada&left=left:f20&right=right:f20"


def far_from_20(project: Project) -> str:
    """Give the number of a film that is no candidate of the left one."""
    with project.database() as db:
        near = {r for (r,) in db.execute("SELECT right FROM candidates WHERE left = 'left:f20'")}
    return next(str(i) for i in range(39, 10, -1) if f"right:f{i}" not in near)


def first_result(desk: Any) -> Any:
    return desk.page.locator('[class*="st-key-found1-"] button').first


def test_any_film_is_found_and_matched_without_the_mouse(
    project: Project, desks: Desks, decided: Decided
) -> None:
    far = far_from_20(project)
    desk = desks(project, PAIR)
    desk.page.keyboard.press("/")
    desk.page.locator(f"{FIELD}:focus").wait_for()
    desk.page.keyboard.type(f"filn of nubmer {far} axs0/")  # keys of the desk are letters here
    for _ in range(6):
        desk.page.keyboard.press("Backspace")
    desk.page.keyboard.press("Enter")
    desk.page.locator('[class*="st-key-found1-"] button:focus').wait_for()
    assert f"Number {far}" in first_result(desk).inner_text()
    desk.page.keyboard.press("ArrowDown")
    desk.page.keyboard.press("ArrowUp")
    desk.page.keyboard.press("ArrowUp")
    desk.page.locator(f"{FIELD}:focus").wait_for()
    assert decided(project) == {}
    desk.page.keyboard.press("ArrowDown")
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_url(f"**right=right%3Af{far}**")
    desk.settled()
    assert f"right:f{far}" in desk.heading()
    desk.press("a")
    assert decided(project) == {Outcome.MATCH: 1}
    with project.database() as db:
        assert [pair.right for pair in added_pairs(db)] == [f"right:f{far}"]
    desk.press("z")
    assert f"right:f{far}" in desk.heading()
    assert decided(project) == {}


def test_a_number_chooses_and_escape_goes_back(
    project: Project, desks: Desks, decided: Decided
) -> None:
    desk = desks(project, PAIR)
    desk.page.keyboard.press("/")
    desk.page.locator(f"{FIELD}:focus").wait_for()
    desk.page.keyboard.press("Escape")
    desk.settled()
    desk.page.keyboard.press("0")
    first_result(desk).wait_for()
    desk.rested()
    assert decided(project) == {}
    desk.page.keyboard.press("2")
    desk.page.wait_for_url(lambda url: "right%3Af20" not in url)
    desk.settled()
    assert decided(project) == {}


def test_0_twice_says_that_there_is_none(project: Project, desks: Desks, decided: Decided) -> None:
    desk = desks(project, PAIR)
    before = desk.begin("0")
    first_result(desk).wait_for()
    desk.rested()
    desk.page.keyboard.press("0")
    desk.answered(before)
    assert decided(project) == {Outcome.NO_COUNTERPART: 1}
