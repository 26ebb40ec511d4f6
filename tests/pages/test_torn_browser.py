"""What is on the screen at a moment is of one pair, and a key counts for what is on the screen."""

from collections.abc import Callable
from typing import Any

import pytest

from kgreview.pipeline.project import Project
from kgreview.store.outcomes import Outcome
from tests.pages.conftest import Desk

pytestmark = pytest.mark.browser
Desks = Callable[..., Desk]
Decided = Callable[..., dict[Outcome, int]]

# while told to, the page does not hear from its canvas that it has drawn
DEAF = """
  window.held = null;
  window.addEventListener("message", (event) => {
    if (!window.held || !event.data || !event.data.kgreviewDrawn) return;
    window.held.push(event);
    event.stopImmediatePropagation();
  }, true);
"""
HOLD = "window.held = [];"
LET = """() => {
  const events = window.held;
  window.held = null;
  for (const { data, source } of events) {
    window.dispatchEvent(new MessageEvent("message", { data, source }));
  }
}"""
# at each frame that the browser shows: the pair of the heading, of what stands below, what is seen
WATCH = """() => {
  window.frames_shown = [];
  const look = () => {
    const heading = document.querySelector(".kg-heading");
    const table = document.querySelector(".kg-scroll");
    const canvas = document.querySelector(".st-key-desk iframe");
    const seen = (each) => each && getComputedStyle(each).visibility === "visible";
    if (heading && table && canvas && canvas.contentDocument.body) {
      window.frames_shown.push({
        heading: heading.dataset.pair,
        table: seen(table) ? table.dataset.pair : null,
        canvas: seen(canvas) ? canvas.contentDocument.body.dataset.pair : null,
      });
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""


def pair_of(desk: Any) -> str:
    return str(desk.page.locator(".kg-heading").get_attribute("data-pair"))


@pytest.fixture
def deaf_desk(project: Project, desks: Desks) -> Desk:
    """A desk that does not hear when its canvas has drawn the next pair."""
    desk = desks(project, None)
    desk.page.add_init_script(DEAF)
    desk.open("?curator=Ada")
    desk.page.evaluate(HOLD)
    return desk


def test_no_frame_shows_the_parts_of_two_pairs(project: Project, desks: Desks) -> None:
    desk = desks(project)
    desk.page.evaluate(WATCH)
    first = pair_of(desk)
    for key in "axaxa":
        desk.press(key)
    desk.page.wait_for_timeout(300)
    shown = desk.page.evaluate("window.frames_shown")
    assert len({frame["heading"] for frame in shown} | {first}) >= 5
    torn = [
        frame for frame in shown if {frame["table"], frame["canvas"]} - {None, frame["heading"]}
    ]
    assert torn == []
    last = shown[-1]
    assert last["heading"] == last["table"] == last["canvas"]


def test_until_the_canvas_has_drawn_it_is_blank_and_no_key_or_click_counts(
    project: Project, deaf_desk: Desk, decided: Decided
) -> None:
    desk = deaf_desk
    before = pair_of(desk)
    desk.page.keyboard.press("x")
    desk.page.wait_for_function(
        "(pair) => document.querySelector('.kg-heading').dataset.pair !== pair", arg=before
    )
    desk.rested()
    after = pair_of(desk)
    assert desk.page.locator("iframe").evaluate("e => getComputedStyle(e).visibility") == "hidden"
    for key in "axus0z1":
        desk.page.keyboard.press(key)
        desk.page.wait_for_timeout(90)  # of two keys at once the second decides nothing anyway
    desk.page.get_by_role("button", name="Accept").click()
    desk.page.wait_for_timeout(500)
    desk.rested()
    assert pair_of(desk) == after
    assert decided(project) == {Outcome.NO_MATCH: 1}
    desk.page.evaluate(LET)
    assert desk.page.locator("iframe").evaluate("e => getComputedStyle(e).visibility") == "visible"
    desk.press("a")
    assert decided(project) == {Outcome.NO_MATCH: 1, Outcome.MATCH: 1}


def test_a_canvas_that_never_comes_keeps_nobody_from_deciding(
    project: Project, deaf_desk: Desk, decided: Decided
) -> None:
    desk = deaf_desk
    desk.page.keyboard.press("x")
    desk.page.wait_for_timeout(6_000)
    assert desk.page.locator("iframe").evaluate("e => getComputedStyle(e).visibility") == "hidden"
    before = desk.begin("x")
    desk.page.locator(f".st-key-match-{before}").wait_for(state="detached")
    desk.rested()
    assert decided(project) == {Outcome.NO_MATCH: 2}


def test_a_pair_is_sent_in_some_kilobytes_and_the_canvas_is_asked_for_once(
    project: Project, desks: Desks
) -> None:
    desk = desks(project, None)
    received: list[int] = []
    desk.page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda frame: received.append(len(frame))),
    )
    desk.open("?curator=Ada")
    asked = [url for url in desk.requests if "/canvas/vis-network" in url]
    assert len(asked) == 1
    received.clear()
    for key in "xa":
        desk.press(key)
    assert sum(received) < 2 * 60_000
    assert len([url for url in desk.requests if "/canvas/vis-network" in url]) == 1
