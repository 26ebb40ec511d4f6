"""The pages in headless Chromium, by real key presses."""

import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kgreview.review.decisions import counts
from kgreview.review.outcomes import Outcome
from kgreview.review.versions import current_version
from kgreview.views.neighbourhood import neighbourhood_canvas
from kgreview.views.sides import More, Neighbour, Side
from kgreview.workflow import jobs
from kgreview.workflow.project import Project

pytestmark = pytest.mark.browser


class Watched:
    """A browser page that notes what it fetches and what goes wrong in it."""

    def __init__(self, browser: Any) -> None:
        self.context = browser.new_context(viewport={"width": 1366, "height": 768})
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, address: str) -> "Watched":
        self.page.goto(address)
        self.settled()
        return self

    def settled(self) -> None:
        """Wait for a pair, its canvas drawn and the page at rest."""
        self.page.locator('.stApp[data-test-script-state="notRunning"]').wait_for()
        self.page.locator('[class*="st-key-match-"] button').first.wait_for()
        self.page.frame_locator("iframe").locator("#mynetwork canvas").wait_for()

    def token(self) -> str:
        button = self.page.locator('[class*="st-key-match-"]').last
        found = re.search(r"st-key-match-(\w+)", button.get_attribute("class") or "")
        assert found
        return found[1]

    def press(self, key: str) -> None:
        """Press a key and wait for another pair; of an answer at odds with another, allow both."""
        before = self.token()
        self.page.keyboard.press(key)
        self.page.locator(f".st-key-match-{before}").wait_for(state="detached")
        self.page.locator('.stApp[data-test-script-state="notRunning"]').wait_for()
        at_odds = self.page.locator(f".st-key-both-{before}")
        if at_odds.count():
            self.page.keyboard.press("b")
            at_odds.wait_for(state="detached")
        self.settled()

    @property
    def foreign(self) -> list[str]:
        local = ("http://localhost", "ws://localhost", "data:", "blob:", "about:")
        return [url for url in self.requests if not url.startswith(local)]


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


@pytest.fixture
def watched(browser: Any) -> Iterator[Callable[[], Watched]]:
    opened: list[Watched] = []

    def make() -> Watched:
        opened.append(Watched(browser))
        return opened[-1]

    yield make
    for each in opened:
        each.context.close()


def decided(project: Project, curator: str | None = None) -> dict[Outcome, int]:
    with project.database() as db:
        return {outcome: n for outcome, n in counts(db, curator).items() if n}


def test_ten_decisions_by_keyboard_each_once_and_undone(
    project: Project, serve: Callable[[Path], str], watched: Callable[[], Watched]
) -> None:
    desk = watched().open(serve(project.path) + "?curator=Ada")
    for key in "axuaxaxaax":
        desk.press(key)
    assert decided(project) == {Outcome.MATCH: 5, Outcome.NO_MATCH: 4, Outcome.UNSURE: 1}
    desk.press("z")
    assert decided(project) == {Outcome.MATCH: 5, Outcome.NO_MATCH: 3, Outcome.UNSURE: 1}
    assert desk.foreign == []
    assert desk.errors == []


def test_undo_and_the_curator_survive_a_reload(
    project: Project, serve: Callable[[Path], str], watched: Callable[[], Watched]
) -> None:
    desk = watched()
    desk.page.goto(serve(project.path))
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


def test_keys_work_after_a_click_into_the_canvas(
    project: Project, serve: Callable[[Path], str], watched: Callable[[], Watched]
) -> None:
    desk = watched().open(serve(project.path) + "?curator=Ada")
    desk.page.locator("iframe").click(position={"x": 300, "y": 100})
    desk.press("a")
    assert decided(project) == {Outcome.MATCH: 1}


def test_a_held_key_and_a_double_click_decide_one_pair(
    project: Project, serve: Callable[[Path], str], watched: Callable[[], Watched]
) -> None:
    desk = watched().open(serve(project.path) + "?curator=Ada")
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


def test_two_curators_at_once_lose_nothing(
    project: Project, serve: Callable[[Path], str], watched: Callable[[], Watched]
) -> None:
    address = serve(project.path)
    ada = watched().open(address + "?curator=Ada")
    bob = watched().open(address + "?curator=Bob")
    for _ in range(5):
        ada.press("a")
        bob.press("x")
    assert decided(project, "Ada") == {Outcome.MATCH: 5}
    assert decided(project, "Bob") == {Outcome.NO_MATCH: 5}


def test_hostile_strings_run_nothing_on_the_page(
    project: Project, serve: Callable[[Path], str], watched: Callable[[], Watched]
) -> None:
    desk = watched().open(serve(project.path) + "?curator=" + "%3Cimg%20src%3Dx%3E")
    seen = ""
    for _ in range(12):
        seen += desk.page.locator(".kg-heading").inner_text()
        frame = desk.page.frame_locator("iframe")
        frame.locator("#mynetwork").hover(position={"x": 100, "y": 180}, force=True)
        assert desk.page.title() != "ran"
        desk.press("u")
    assert "onerror" in seen
    assert "href" in seen
    assert desk.foreign == []
    assert desk.errors == []


@pytest.mark.slow
def test_fine_tuning_in_the_background_changes_the_queue(
    learning_project: Project, serve: Callable[[Path], str], watched: Callable[[], Watched]
) -> None:
    project = learning_project
    address = serve(project.path)
    desk = watched().open(address + "?curator=Ada")
    for key in "axaxaxaxaxax":
        desk.press(key)
    before = upcoming(project)
    with project.database() as db:
        first = current_version(db)
    assert first

    desk.page.get_by_role("link", name="Model").click()
    desk.page.get_by_role("button", name="Fine-tune on all decisions so far").click()
    desk.page.get_by_role("button", name="Cancel").wait_for()
    other = watched().open(address + "?curator=Bob")  # the pages stay usable meanwhile
    other.press("u")
    desk.page.get_by_text("Fine-tuning is done").wait_for(timeout=180_000)

    with project.database() as db:
        second = current_version(db)
    assert second
    assert second.name != first.name
    assert upcoming(project) != before
    other.press("u")
    desk.page.get_by_role("link", name="Review").click()
    desk.settled()
    assert desk.foreign == []
    assert desk.errors == []


@pytest.mark.slow
def test_a_killed_job_is_shown_as_failed_and_can_be_started_again(
    learning_project: Project, serve: Callable[[Path], str], watched: Callable[[], Watched]
) -> None:
    desk = watched().open(serve(learning_project.path) + "?curator=Ada")
    for key in "axax":
        desk.press(key)
    desk.page.get_by_role("link", name="Model").click()
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


def test_everything_needed_is_on_one_screen(
    project: Project, serve: Callable[[Path], str], watched: Callable[[], Watched]
) -> None:
    desk = watched().open(serve(project.path) + "?curator=Ada")
    for part in (".kg-heading", ".st-key-bar", ".kg-scroll", "iframe"):
        box = desk.page.locator(part).bounding_box()
        assert box
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 768


def test_the_canvas_alone_runs_nothing_and_fetches_nothing(
    watched: Callable[[], Watched], evil: tuple[str, ...]
) -> None:
    desk = watched()
    neighbours = tuple(Neighbour(s, s, s, s, i % 2 == 0, 0.2, 0.2, 0.2) for i, s in enumerate(evil))
    side = Side(evil[0], evil[2], evil[1], neighbours, (More(evil[0], True, 3),))
    desk.page.set_content(neighbourhood_canvas(side, side, height=360))
    for x in range(40, 1340, 100):  # rest on nodes, so that tooltips open
        for y in range(20, 330, 40):
            desk.page.mouse.move(x, y)
    desk.page.wait_for_timeout(200)
    assert desk.page.title() == "Neighbourhoods"
    assert desk.foreign == []
    assert desk.errors == []
    assert desk.page.locator("img").count() == 0


def test_a_tooltip_shows_the_whole_name_as_text(watched: Callable[[], Watched]) -> None:
    desk = watched()
    name = "<b>bold</b> " * 12
    side = Side("e", "Heat", "film", (Neighbour("n", name, "person", "actor", False),))
    desk.page.set_content(neighbourhood_canvas(side, side, height=360))
    canvas = desk.page.locator("#mynetwork")
    tooltip = desk.page.locator("div.vis-tooltip")
    for _ in range(50):  # the canvas notices a pointer only once it is drawn
        at = desk.page.evaluate("network.canvasToDOM({x: -320, y: 0})")
        canvas.hover(position={"x": at["x"] - 3, "y": at["y"]}, force=True)
        canvas.hover(position=at, force=True)
        desk.page.wait_for_timeout(300)  # it opens when the pointer rests
        if tooltip.is_visible():
            break
    assert name.strip() in tooltip.inner_text()
    assert "not sampled" in tooltip.inner_text()
