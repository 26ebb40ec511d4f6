"""The pages in headless Chromium, by real key presses."""

import itertools
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from kgreview.pipeline import jobs
from kgreview.pipeline.project import Project
from kgreview.store.outcomes import Outcome
from kgreview.store.versions import current_version

pytestmark = pytest.mark.browser
Desks = Callable[..., Any]
Decided = Callable[..., dict[Outcome, int]]


def upcoming(project: Project) -> list[int]:
    """Give the candidates in the order in which the queue would ask them."""
    with project.database() as db:
        return [
            row[0]
            for row in db.execute(
                "SELECT candidate FROM scores WHERE open = 1 AND version ="
                " (SELECT id FROM versions WHERE current = 1) ORDER BY priority LIMIT 20"
            )
        ]


def test_ten_decisions_by_keyboard_each_once_and_undone(
    project: Project, desks: Desks, decided: Decided
) -> None:
    desk = desks(project)
    for key in "axuaxaxaax":
        desk.press(key)
    assert decided(project) == {Outcome.MATCH: 5, Outcome.NO_MATCH: 4, Outcome.UNSURE: 1}
    desk.press("z")
    assert decided(project) == {Outcome.MATCH: 5, Outcome.NO_MATCH: 3, Outcome.UNSURE: 1}


def test_undo_and_the_curator_survive_a_reload(
    project: Project, desks: Desks, decided: Decided
) -> None:
    desk = desks(project, None)
    desk.visit("")
    desk.page.get_by_label("Your name").fill("Ada")
    desk.page.keyboard.press("Enter")
    desk.settled()
    desk.press("a")
    shown = desk.token()
    desk.page.reload()
    desk.settled()
    assert desk.token() == shown
    desk.press("z")
    assert decided(project) == {}


def test_the_name_is_changed_at_the_top_of_the_page_and_no_link_changes_it(
    project: Project, desks: Desks, decided: Decided
) -> None:
    desk = desks(project)
    desk.press("a")
    desk.page.get_by_role("button", name="Ada").click()
    dialog = desk.page.get_by_role("dialog")
    dialog.get_by_label("Your name").fill("Bob")
    dialog.get_by_role("button", name="Change").click()
    dialog.wait_for(state="detached")
    desk.page.get_by_role("button", name="Bob").wait_for()
    desk.settled()
    desk.press("x")
    desk.page.goto(f"{desk.address}?curator=Mallory")
    desk.settled()
    desk.press("u")
    assert decided(project, "Ada") == {Outcome.MATCH: 1}
    assert decided(project, "Bob") == {Outcome.NO_MATCH: 1, Outcome.UNSURE: 1}


@pytest.mark.parametrize("page", ["history", "model"])
def test_a_server_whose_first_request_is_for_a_page_shows_the_navigation_too(
    page: str, project: Project, desks: Desks
) -> None:
    desk = desks(project, None, cold=True)
    desk.visit(f"{page}?outcome=match&curator=Ada")
    desk.page.get_by_role("link", name="Quality").first.wait_for()
    desk.rested()
    assert desk.page.url.startswith(f"{desk.address}{page}?outcome=match")
    assert desk.page.get_by_role("dialog").count() == 0, "the page is found"
    desk.go("Review")
    desk.settled()


def test_keys_work_after_a_click_into_the_canvas(
    project: Project, desks: Desks, decided: Decided
) -> None:
    desk = desks(project)
    desk.page.locator("iframe").click(position={"x": 300, "y": 100})
    desk.page.keyboard.press("Escape")  # closes a neighbour; the page sees it let go of
    desk.press("a")
    assert decided(project) == {Outcome.MATCH: 1}


def test_a_held_key_and_a_double_click_decide_one_pair(
    project: Project, desks: Desks, decided: Decided
) -> None:
    desk = desks(project)
    before = desk.token()
    for _ in range(80):  # a second `down` without `up` is what a held key sends
        desk.page.keyboard.down("a")
        desk.page.wait_for_timeout(30)
    desk.page.keyboard.up("a")
    desk.page.locator(f".st-key-match-{before}").wait_for(state="detached")
    desk.settled()
    assert decided(project) == {Outcome.MATCH: 1}
    before = desk.token()
    desk.page.locator('[class*="st-key-no_match-"] button').first.dblclick(delay=20)
    desk.page.locator(f".st-key-match-{before}").wait_for(state="detached")
    desk.settled()
    desk.page.wait_for_timeout(300)
    assert decided(project) == {Outcome.MATCH: 1, Outcome.NO_MATCH: 1}


@pytest.mark.slow
def test_two_curators_at_once_lose_nothing(
    project: Project, desks: Desks, decided: Decided
) -> None:
    ada, bob = desks(project), desks(project, "?curator=Bob")
    for _ in range(5):
        ours, theirs = ada.begin("a"), bob.begin("x")
        ada.answered(ours)
        bob.answered(theirs)
    assert decided(project, "Ada") == {Outcome.MATCH: 5}
    assert decided(project, "Bob") == {Outcome.NO_MATCH: 5}


def test_hostile_strings_run_nothing_on_the_page(project: Project, desks: Desks) -> None:
    desk = desks(project, "?curator=%3Cimg%20src%3Dx%3E")
    seen = ""
    for _ in range(12):
        seen += desk.page.locator(".kg-heading").inner_text()
        frame = desk.page.frame_locator("iframe")
        frame.locator("#mynetwork").hover(position={"x": 100, "y": 180}, force=True)
        assert desk.page.title() != "ran"
        desk.press("u")
    assert "onerror" in seen
    assert "href" in seen


@pytest.mark.slow
def test_fine_tuning_in_the_background_changes_the_queue(
    learning_project: Project, desks: Desks
) -> None:
    project = learning_project
    desk = desks(project)
    for key in "axaxaxaxaxax":
        desk.press(key)
    before = upcoming(project)
    with project.database() as db:
        first = current_version(db)
    assert first

    desk.go("Model")
    desk.page.get_by_role("button", name="Fine-tune on all decisions so far").click()
    desk.page.get_by_role("button", name="Cancel").wait_for()
    other = desks(project, "?curator=Bob")  # the pages stay usable meanwhile
    other.press("u")
    desk.page.get_by_text("Fine-tuning is done").wait_for(timeout=180_000)

    with project.database() as db:
        second = current_version(db)
    assert second
    assert second.name != first.name
    assert upcoming(project) != before
    other.press("u")
    desk.go("Review")
    desk.settled()


@pytest.mark.slow
def test_a_killed_job_is_shown_as_failed_and_can_be_started_again(
    learning_project: Project, desks: Desks
) -> None:
    desk = desks(learning_project)
    for key in "axax":
        desk.press(key)
    desk.go("Model")
    button = desk.page.get_by_role("button", name="Fine-tune on all decisions so far")
    button.click()
    desk.page.get_by_role("button", name="Cancel").wait_for()
    running = jobs.latest(learning_project)
    assert running
    os.kill(running.pid, signal.SIGKILL)
    desk.page.get_by_text("Fine-tuning failed").wait_for()
    button.click()
    desk.page.get_by_role("button", name="Cancel").click()
    desk.page.get_by_text("Fine-tuning was stopped").wait_for(timeout=120_000)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_needed_is_on_one_screen(theme: str, project: Project, desks: Desks) -> None:
    desk = desks(project, color_scheme=theme)
    parts = (".kg-heading", ".kg-line", ".st-key-bar", ".kg-scroll", ".st-key-others", "iframe")
    boxes = [desk.page.locator(part).bounding_box() for part in parts]
    for box in boxes:
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= 1366
        assert box["y"] + box["height"] <= 768
    for upper, lower in itertools.pairwise([*boxes[:4], boxes[5]]):
        assert upper["y"] + upper["height"] <= lower["y"] + 1  # nothing lies over another
    scrolls = "(e => { e.scrollTop = 99; return e.scrollTop; })"
    scrolls += "(document.querySelector('[data-testid=stMain]'))"
    assert desk.page.evaluate(scrolls) == 0
    bar = " ".join(desk.page.locator(".st-key-bar").inner_text().split())
    for button in ("Accept A", "Reject X", "Unsure U", "Skip S", "None of them 0", "Undo Z"):
        assert button in bar  # the key is printed on it
    for button in ("Note N", "Flag F", "Blind B", "Help H", "Filter"):
        assert button in bar
    background = desk.page.evaluate("getComputedStyle(document.querySelector('.stApp')).background")
    assert ("rgb(255, 255, 255)" in background) is (theme == "light")


def test_on_a_phone_everything_is_under_each_other_and_readable(
    project: Project, desks: Desks
) -> None:
    desk = desks(project, None, viewport={"width": 390, "height": 844})
    desk.open("?curator=Ada&left=left:f20&right=right:f20")
    for button in desk.page.locator(".st-key-bar button:visible").all():
        box = button.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    wide = "document.documentElement.scrollWidth"
    assert desk.page.evaluate(wide) == 390
    names = desk.page.locator(".kg-heading h2")
    clipped = "e => e.scrollWidth > e.clientWidth"
    assert not any(name.evaluate(clipped) for name in names.all())
    assert desk.page.locator("iframe").bounding_box()["width"] > 1000  # pushed, not shrunk
