"""Explanations in headless Chromium: on a network of hostile names, by real keys and clicks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kgreview.aligner.settings import AlignerSettings
from kgreview.pipeline.project import Project
from kgreview.pipeline.scoring import score_project
from kgreview.pipeline.training import train_project
from kgreview.review import session
from kgreview.store.outcomes import Outcome

pytestmark = pytest.mark.browser
Desks = Callable[..., Any]


@pytest.fixture
def hostile(project: Project, evil: tuple[str, ...]) -> Project:
    """A network that has learnt from a few decisions, among names that would run."""
    for i in range(16):  # some are of the audit sample, which teaches nothing
        left, right = f"left:f{20 + i}", f"right:f{20 + i}"
        view = session.given_pair(project, "Ada", left, right)
        assert view is not None
        session.decide(project, "Ada", view.question, session.Answer(Outcome.MATCH))
    train_project(project, settings=AlignerSettings(epochs=1), device="cpu")
    score_project(project, device="cpu")
    return project


def test_the_desk_explains_hostile_pairs_and_runs_nothing(
    hostile: Project, desks: Desks, evil: tuple[str, ...]
) -> None:
    session = desks(hostile, "?curator=Ada&left=left:f00&right=right:f00")
    page = session.page
    canvas = page.frame_locator("iframe")
    canvas.locator("#legend").get_by_text("without it").wait_for(timeout=60_000)
    assert canvas.locator("img").count() == 0
    canvas.get_by_role("button", name="By relation").click()
    assert canvas.locator(".relation").first.is_visible()
    canvas.get_by_role("button", name="Table").click()
    assert evil[0] in canvas.locator("#table").inner_text()
    canvas.get_by_role("button", name="Neighbourhoods").click()
    height = "document.querySelector('.stMain').scrollHeight"
    before = page.evaluate(height)
    page.locator(".kg-waterfall > summary").click()
    fall = page.locator(".kg-fall")
    fall.get_by_text("Competing candidates").wait_for()
    fall.locator("summary").first.click()
    assert fall.locator(".kg-parts .kg-bar:visible").count() > 0
    assert page.evaluate(height) == before, "it lies over the page"
    assert fall.locator("img").count() == 0
    page.locator(".kg-waterfall > summary").click()
    page.keyboard.press("y")
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("What would flip it").wait_for()
    dialog.get_by_text("strongest competitor").first.wait_for()
    assert dialog.locator("img").count() == 0
    page.keyboard.press("a")  # behind an open dialog: decides nothing
    page.wait_for_timeout(400)
    with hostile.database() as db:
        (count,) = db.execute("SELECT count(*) FROM decisions").fetchone()
    assert count == 16


def test_what_is_being_written_stays_when_the_network_has_loaded(
    hostile: Project, desks: Desks
) -> None:
    session = desks(hostile, "?curator=Ada&left=left:f01&right=right:f01")
    page = session.page
    page.keyboard.press("n")
    field = page.get_by_role("dialog").locator("textarea")
    field.wait_for()
    early = page.frame_locator("iframe").locator("#legend").get_by_text("without it").count()
    assert early == 0, "the network is still being loaded"
    page.keyboard.type("the poster says")
    other = desks(hostile, "?curator=Bob&left=left:f02&right=right:f02")  # waits for the network
    legend = other.page.frame_locator("iframe").locator("#legend")
    legend.get_by_text("without it").wait_for()
    page.wait_for_timeout(1500)  # in which the page would draw itself anew
    assert field.input_value() == "the poster says"
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Noted").wait_for()
    page.frame_locator("iframe").locator("#legend").get_by_text("without it").wait_for()


def test_blind_shows_no_evidence_and_no_explanation(hostile: Project, desks: Desks) -> None:
    session = desks(hostile, "?curator=Ada&left=left:f01&right=right:f01")  # the network is loaded
    page = session.page
    legend = page.frame_locator("iframe").locator("#legend")
    legend.get_by_text("without it").wait_for(timeout=60_000)
    session.open("?curator=Ada&left=left:f01&right=right:f01&blind=1")
    source = (
        page.content() + page.locator("iframe").first.content_frame.locator("html").inner_html()
    )
    assert "No evidence of neighbours to show" in source
    assert page.locator(".kg-waterfall").count() == 0
    for told in ("attention 0.", "probability without it", "without it:", "log odds of a"):
        assert told not in source
    assert page.locator('[class*="st-key-why-"]').count() == 0


def test_the_page_explain_draws_hostile_pairs_and_offers_picture_and_numbers(
    hostile: Project, desks: Desks, tmp_path: Path
) -> None:
    session = desks(hostile, None)
    page = session.page
    session.visit("explain?left=left:f02&right=right:f02")
    picture = page.locator('[data-testid="stImage"] img')
    picture.wait_for(timeout=60_000)
    session.rested()
    before = picture.get_attribute("src")
    page.get_by_role("slider").first.focus()
    page.keyboard.press("Home")  # as sharp as can be
    page.wait_for_function(
        "b => document.querySelector('[data-testid=stImage] img').src !== b", arg=before
    )
    for name, start in (("Picture (SVG)", "<svg"), ("Numbers (JSON)", "{")):
        with page.expect_download() as download:
            page.get_by_role("button", name=name).click()
        file = tmp_path / "taken"
        download.value.save_as(file)
        assert file.read_text(encoding="utf-8").startswith(start)
