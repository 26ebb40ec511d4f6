"""The review desk in headless Chromium: each key, links, blind mode, dialogs, the history."""

import importlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kgreview.pipeline.project import Project
from kgreview.store.decisions import events, standing
from kgreview.store.outcomes import Outcome
from kgreview.ui.evidence_html import KEYS

pytestmark = pytest.mark.browser
Desks = Callable[..., Any]
Decided = Callable[..., dict[Outcome, int]]
ROOT = Path(__file__).parents[2]
SCORES = re.compile(r"\d%|\b0\.\d\d|\bscore is|likely the same")


@pytest.mark.slow
def test_a_hundred_decisions_in_a_row_each_once(
    project: Project, desks: Desks, decided: Decided
) -> None:
    desk = desks(project)
    for number in range(100):
        desk.press("xxxux"[number % 5])
    with project.database() as db:
        made = events(db, limit=1000)
    assert len(made) == len({(d.left, d.right) for d in made}) == 100
    assert decided(project) == {Outcome.NO_MATCH: 80, Outcome.UNSURE: 20}


def test_undo_after_a_reload_shows_the_pair_again(
    project: Project, desks: Desks, decided: Decided
) -> None:
    desk = desks(project)
    first = desk.heading()
    desk.press("x")
    desk.press("u")
    desk.page.reload()
    desk.settled()
    desk.press("z")
    desk.press("z")
    assert desk.heading() == first
    assert decided(project) == {}


def test_two_curators_with_one_filter_never_share_a_pair(
    project: Project, desks: Desks, decided: Decided
) -> None:
    ada, bob = (desks(project, f"?curator={name}&q=number") for name in ("Ada", "Bob"))
    for _ in range(6):
        assert ada.heading() != bob.heading()
        ours, theirs = ada.begin("x"), bob.begin("u")
        ada.answered(ours)
        bob.answered(theirs)
    assert decided(project, "Ada") == {Outcome.NO_MATCH: 6}
    assert decided(project, "Bob") == {Outcome.UNSURE: 6}
    with project.database() as db:
        assert len({(d.left, d.right) for d in standing(db)}) == 12


def test_a_link_shows_somebody_else_the_same_pair_under_the_same_filter(
    project: Project, desks: Desks, decided: Decided
) -> None:
    ada = desks(project, "?curator=Ada&q=number+2&order=likely&low=0.5")
    ada.press("u")
    link = ada.page.url
    assert "curator" not in link  # nobody becomes Ada by it
    bob = desks(project, "?" + link.split("?", 1)[1] + "&curator=Bob")
    assert bob.heading() == ada.heading()
    assert "in the filter" in bob.page.locator(".kg-line").inner_text()
    bob.press("x")
    assert "q=number+2" in bob.page.url
    assert decided(project, "Bob") == {Outcome.NO_MATCH: 1}


def test_blind_shows_no_score_in_the_pages_source_until_it_is_decided(
    project: Project, desks: Desks
) -> None:
    desk = desks(project, "?curator=Ada&left=left:f20&right=right:f20")
    assert SCORES.search(desk.heading())
    desk.page.keyboard.press("b")
    desk.page.get_by_text("hidden until you decide").wait_for()
    desk.settled()
    frame = desk.page.frame_locator("iframe").locator("body").inner_text()
    shown = desk.page.locator(".st-key-desk").inner_text()
    source = desk.page.locator(".st-key-desk").inner_html()
    canvas = desk.page.frame_locator("iframe")
    drawn = canvas.locator("html").inner_html()
    drawn = drawn[drawn.index("<body") :] + str(
        canvas.locator("body").evaluate("() => JSON.stringify([...nodes.get(), ...edges.get()])")
    )
    for text in (frame, shown.replace("settled", "")):
        assert not re.search(r"likely the same|score is", text), text
    heading = desk.page.locator(".kg-heading").inner_html()
    others = desk.page.locator(".st-key-others").inner_text()
    assert not SCORES.search(heading)
    assert "%" not in others
    with project.database() as db:
        score = db.execute(
            "SELECT score FROM scores s JOIN candidates c ON c.id = s.candidate"
            " WHERE c.left = 'left:f20' AND c.right = 'right:f20'"
        ).fetchone()[0]
    for figure in (f"{score:.2f}", f"{score:.0%}", f"{100 * score:.1f}%", str(score)):
        assert figure not in source.replace("0.1%", "")
        assert figure not in drawn.partition("<script")[0]
    desk.press("a")
    with project.database() as db:
        (saved,) = standing(db)
    assert saved.hidden
    assert saved.score == score
    assert f"scored {score:.0%}" in desk.page.locator(".kg-said").inner_text()


def test_held_keys_decide_one_pair_whichever_they_are(
    project: Project, desks: Desks, decided: Decided
) -> None:
    desk = desks(project)
    for held in ("x", "Enter"):
        before = desk.token()
        if held == "Enter":
            desk.page.locator(f".st-key-unsure-{before} button").first.focus()
        for _ in range(40):  # a second `down` without `up` is what a held key sends
            desk.page.keyboard.down(held)
            desk.page.wait_for_timeout(20)
        desk.page.keyboard.up(held)
        desk.page.locator(f".st-key-match-{before}").wait_for(state="detached")
        desk.settled()
    assert decided(project) == {Outcome.NO_MATCH: 1, Outcome.UNSURE: 1}


def test_keys_behind_an_open_dialog_and_in_a_field_decide_nothing(
    project: Project, desks: Desks, decided: Decided
) -> None:
    desk = desks(project)
    before = desk.token()
    desk.page.keyboard.press("h")
    desk.page.get_by_role("dialog").wait_for()
    for key in "axus0z1":
        desk.page.keyboard.press(key)
    desk.page.wait_for_timeout(400)
    assert desk.page.get_by_role("dialog").count() == 1
    desk.page.keyboard.press("Escape")
    desk.page.get_by_role("dialog").wait_for(state="detached")
    desk.page.get_by_role("button", name="Filter").click()
    field = desk.page.get_by_label("Name or id")
    field.wait_for()
    desk.page.keyboard.press("a")  # the popover is open, nothing in it has the focus
    field.press_sequentially("axus0")
    desk.page.wait_for_timeout(400)
    assert desk.token() == before
    assert decided(project) == {}


def test_the_switches_of_the_canvas_have_keys_that_decide_nothing(
    project: Project, desks: Desks, decided: Decided
) -> None:
    keys = re.findall(r"\*\*(\w)\*\*", importlib.import_module("pages.asides").KEYS)
    assert set(KEYS.values()) < set(keys), "the help names them"
    assert len(keys) == len(set(keys)), "none is another's"
    desk = desks(project, "?curator=Ada&left=left:f20&right=right:f20")
    before = desk.token()
    body = desk.page.frame_locator("iframe").locator("body")

    def view() -> str:
        return str(body.get_attribute("data-tab"))

    body.press("v")  # with the focus in the canvas
    assert view() == "relations"
    desk.page.locator(".kg-heading").click()
    desk.page.keyboard.press("v")
    desk.page.wait_for_timeout(100)
    assert view() == "table"
    desk.page.keyboard.press("h")
    desk.page.get_by_role("dialog").wait_for()
    desk.page.keyboard.press("v")
    desk.page.wait_for_timeout(100)
    assert view() == "table"
    desk.page.keyboard.press("Escape")
    desk.page.get_by_role("dialog").wait_for(state="detached")
    assert desk.token() == before
    desk.press("x")
    assert view() == "table", "the next pair opens as this one was left"
    assert decided(project) == {Outcome.NO_MATCH: 1}


def write_note(desk: Any, text: str) -> None:
    """Write a note by keyboard alone."""
    desk.page.keyboard.press("n")
    field = desk.page.get_by_role("dialog").locator("textarea")
    field.wait_for()
    desk.page.wait_for_function("document.activeElement.tagName === 'TEXTAREA'")
    desk.page.keyboard.type(text)
    desk.page.keyboard.press("Control+Enter")
    desk.page.get_by_role("button", name="Noted").wait_for()
    desk.settled()


def test_a_note_and_a_flag_are_saved_with_the_decision(project: Project, desks: Desks) -> None:
    desk = desks(project)
    desk.page.keyboard.press("f")
    desk.page.get_by_role("button", name="Flagged").wait_for()
    write_note(desk, "a <b>remake</b>, x")
    desk.press("x")
    with project.database() as db:
        (saved,) = standing(db)
    assert (saved.note, saved.flagged) == ("a <b>remake</b>, x", True)
    desk.press("x")  # what was put down beside one pair is not said of the next
    with project.database() as db:
        assert [(d.note, d.flagged) for d in standing(db)[1:]] == [(None, False)]


def test_what_is_put_down_survives_a_reload_and_an_undo_and_is_nobody_elses(
    project: Project, desks: Desks
) -> None:
    pair = "&left=left:f20&right=right:f20"
    ada = desks(project, "?curator=Ada" + pair)
    write_note(ada, "the poster says 1994")
    ada.page.keyboard.press("f")
    ada.page.get_by_role("button", name="Flagged").wait_for()
    ada.page.reload()
    ada.settled()
    noted, flagged = (ada.page.get_by_role("button", name=name) for name in ("Noted", "Flagged"))
    noted.wait_for()
    flagged.wait_for()
    bob = desks(project, "?curator=Bob" + pair)
    assert bob.page.get_by_role("button", name="Noted").count() == 0
    assert bob.page.get_by_role("button", name="Flagged").count() == 0
    ada.press("u")
    assert (noted.count(), flagged.count()) == (0, 0)
    ada.press("z")
    noted.wait_for()
    ada.press("x")
    with project.database() as db:
        (saved,) = standing(db)
    assert (saved.note, saved.flagged) == ("the poster says 1994", True)


def test_a_reason_of_the_project_goes_with_the_decision(project: Project, desks: Desks) -> None:
    settings = project.path / "kgreview.json"
    reasons = ["homonym", "![x](http://fetched.invalid/x.png)"]
    settings.write_text(json.dumps(json.loads(settings.read_text()) | {"reasons": reasons}))
    desk = desks(project)
    desk.page.keyboard.press("n")
    dialog = desk.page.get_by_role("dialog")
    dialog.get_by_role("radio", name="![x](http").wait_for()  # as text: an image would be fetched
    dialog.get_by_role("radio", name="homonym").click()
    desk.page.get_by_role("button", name="Keep").click()
    desk.page.get_by_role("button", name="Noted").wait_for()
    desk.settled()
    desk.press("x")
    with project.database() as db:
        assert [d.reason for d in standing(db)] == ["homonym"]


def test_a_figure_opens_another_candidate_and_the_queue_goes_on_where_it_was(
    project: Project, desks: Desks
) -> None:
    desk = desks(project)
    waiting = desk.heading()
    desk.press("1")
    assert desk.heading() != waiting
    desk.press("x")
    assert desk.heading() == waiting
    with project.database() as db:
        assert [d.strategy for d in standing(db)] == ["chosen"]


def test_an_answer_at_odds_asks_and_switching_is_undone_in_one_step(
    project: Project, desks: Desks, decided: Decided
) -> None:
    with project.database() as db:
        first, second = (
            row[0]
            for row in db.execute("SELECT right FROM candidates WHERE left = 'left:f20' LIMIT 2")
        )
    desk = desks(project, f"?curator=Ada&left=left:f20&right={first}")
    desk.press("a")
    desk.open(f"?left=left:f20&right={second}")
    desk.page.keyboard.press("a")
    desk.page.keyboard.press("x")  # hit at once with it
    desk.page.get_by_text("is matched to").wait_for()
    assert decided(project) == {Outcome.MATCH: 1}
    desk.page.keyboard.press("x")  # an answer that is not offered
    desk.page.wait_for_timeout(100)
    desk.page.keyboard.press("w")
    desk.page.get_by_text("the old pair is open again").wait_for()
    desk.settled()
    with project.database() as db:
        assert [(d.left, d.right) for d in standing(db)] == [("left:f20", second)]
    desk.press("z")
    with project.database() as db:
        assert [(d.left, d.right) for d in standing(db)] == [("left:f20", first)]


def test_all_that_a_filter_shows_is_rejected_after_a_preview_and_undone_in_one_step(
    project: Project, desks: Desks, decided: Decided
) -> None:
    desk = desks(project, "?curator=Ada&q=number")
    desk.page.get_by_role("button", name="All …").click()
    desk.page.get_by_text("drawn at random").wait_for()
    button = desk.page.get_by_role("button", name=re.compile("Reject all"))
    count = int((button.inner_text()).split()[-1].replace(",", ""))
    assert count > 20
    button.click()
    desk.page.get_by_text("Z undoes all of it").wait_for()
    assert decided(project) == {Outcome.NO_MATCH: count}
    desk.rested()
    desk.page.keyboard.press("z")
    desk.page.get_by_text("and all that were decided with it").wait_for()
    assert decided(project) == {}


def test_hostile_names_of_relations_and_candidates_run_nothing_in_the_filter(
    project: Project, desks: Desks
) -> None:
    desk = desks(project, "?curator=Ada&q=%3Cimg+src%3Dx&low=%3Cscript%3E&order={{7*7}}")
    assert "onerror" in desk.heading()
    desk.page.get_by_role("button", name="Filter").click()
    desk.page.get_by_label("Relation").click()
    options = desk.page.get_by_role("option")
    options.first.wait_for()
    names = " ".join(options.all_inner_texts())
    assert "onerror" in names
    assert "</script>" in names
    assert desk.page.title() != "ran"


@pytest.mark.slow
def test_hostile_strings_run_nothing_on_the_history(project: Project, desks: Desks) -> None:
    desk = desks(project, "?curator=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    for key in "xuxuxu":
        desk.press(key)
    desk.page.keyboard.press("n")
    desk.page.get_by_role("dialog").locator("textarea").fill(
        "</script><img src=x onerror=x>{{7*7}}"
    )
    desk.page.keyboard.press("Control+Enter")
    desk.page.get_by_role("button", name="Noted").wait_for()
    desk.settled()
    desk.press("x")
    desk.go("History")
    table = desk.page.locator('[data-testid="stDataFrame"]')
    table.wait_for()
    desk.rested()
    for row in range(4):
        table.click(position={"x": 15, "y": 50 + 30 * row})
        desk.page.locator(".kg-past").wait_for()
        desk.rested()
        assert desk.page.title() != "ran"


@pytest.mark.slow
def test_hostile_strings_run_nothing_on_any_page(
    project: Project, desks: Desks, evil: tuple[str, ...]
) -> None:
    desk = desks(
        project, "?curator=%3C/script%3E%3Cimg%20src=x%20onerror=%22top.document.title=1%22"
    )
    shown = desk.page.locator(".kg-heading").inner_html()
    for key in "xa":
        desk.press(key)
    before = desk.begin("0")  # shows what else is called alike
    search = desk.page.locator('[class*="st-key-find-look"]')
    search.wait_for()
    desk.rested()
    desk.page.keyboard.press("0")
    search.wait_for(state="detached")
    desk.answered(before)
    for kind in evil[:3]:  # the type of a pair of persons
        number = evil.index(kind)
        desk.open(f"?left=left:p{number:02}&right=right:p{number:02}")
        shown += desk.page.locator(".kg-heading").inner_html()
    assert "&lt;img src=x" in shown
    assert "&lt;/script&gt;" in shown
    pages = re.findall(r'\btitle="(\w+)"', (ROOT / "app.py").read_text("utf-8"))
    assert pages[:2] == ["Projects", "Review"]  # the first is there for a folder of them
    for page in pages[2:]:
        desk.page.get_by_role("link", name=page).first.click()
        desk.page.wait_for_url(f"**/{page.lower()}*")
        desk.rested()
        desk.page.wait_for_timeout(500)
        desk.is_clean()
        assert desk.page.locator('[data-testid="stException"]').count() == 0
        assert desk.page.locator('a[href*=".invalid"], img[src*=".invalid"]').count() == 0
        assert not desk.page.locator('[data-testid="stElementToolbar"]:visible').count()


def test_a_decision_of_the_history_is_superseded_undone_and_saved(
    project: Project, desks: Desks, decided: Decided
) -> None:
    desk = desks(project)
    desk.press("x")
    desk.go("History")
    table = desk.page.locator('[data-testid="stDataFrame"]')
    desk.rested()  # while a script runs, what it replaces stands there, too
    table.click(position={"x": 15, "y": 50})
    desk.page.get_by_label("Note: why it changes").fill("seen the film")
    desk.page.get_by_role("button", name="Supersede").click()
    desk.page.get_by_text("Decision 1 is superseded").wait_for()
    assert decided(project) == {Outcome.MATCH: 1}
    desk.rested()
    table.click(position={"x": 15, "y": 50})
    desk.page.get_by_role("button", name="Undo it").click()
    desk.page.get_by_text("Decision 2 is undone").wait_for()
    assert decided(project) == {Outcome.NO_MATCH: 1}  # what it superseded stands again
    desk.rested()
    with desk.page.expect_download() as download:
        desk.page.get_by_role("button", name="Download all as CSV").click()
    lines = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert "seen the film" in lines[1]
    pair = desk.page.locator(".kg-past")
    desk.rested()
    table.click(position={"x": 15, "y": 50})
    shown = pair.inner_text()
    desk.page.get_by_role("link", name="Open the pair").click()
    desk.settled()
    assert all(name in shown for name in desk.page.locator(".kg-heading h2").all_inner_texts())
    assert "You opened this pair yourself" in desk.page.locator(".kg-line").inner_text()
