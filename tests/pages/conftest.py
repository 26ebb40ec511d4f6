"""A small project with hostile strings in it, the app around it, and a browser before it."""

import contextlib
import os
import re
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kgreview.pipeline.blocking import block_project
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.labels import FEWEST_MATCHES
from kgreview.pipeline.project import Project
from kgreview.review.session import PROJECT_VARIABLE
from kgreview.service.files import SERVER
from kgreview.service.variables import SECRET_VARIABLE
from kgreview.store.deciding import decide, decide_all
from kgreview.store.decisions import counts
from kgreview.store.outcomes import Outcome
from kgreview.store.versions import add_version, promote, write_scores
from kgreview.ui.keyboard import CURATOR_COOKIE
from tests.app_servers import AppServers

ROOT = Path(__file__).parents[2]
SECRET = "secret-of-the-tests"  # a browser gets it with its cookies
FILMS = 40
# whatever runs sets the title of the page or of a frame, or fetches from a host of this name
EVIL = (
    "<img src=x onerror=\"top.document.title='ran'\">",
    "href",
    "</script><script>top.document.title='ran'</script>",
    "![x](http://fetched.invalid/x.png) :red[x] $x$ {{7*7}} www.a.invalid b@a.invalid -> "
    ":streamlit:",
    "\u202eRTL\u200f 👩‍🚀 & <b>",
    "A" * 10_000,
)
_BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(autouse=True)
def _app_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.delenv(PROJECT_VARIABLE, raising=False)


@pytest.fixture
def evil() -> tuple[str, ...]:
    """Strings that would run, load or turn something around."""
    return EVIL


@pytest.fixture(scope="session")
def blocked_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Films and actors, the first of them with hostile names; candidates, but no scores."""
    folder = tmp_path_factory.mktemp("blocked")
    for side in ("left", "right"):
        _write_graph(folder / side, side)
    project = create_project(folder / "project", folder / "left", folder / "right")
    block_project(project)
    return project.path


@pytest.fixture
def project(blocked_project: Path, tmp_path: Path) -> Project:
    """A project whose scores put pairs of hostile names first."""
    shutil.copytree(blocked_project, tmp_path / "project")
    project = Project.open(tmp_path / "project")
    pairs = project.candidates()
    both_hostile = np.maximum(pairs.left, pairs.right) < len(EVIL)
    scores = np.where(both_hostile, 0.5, 0.5 + 0.4 * np.asarray(pairs.name_similarity))
    with project.database() as db:
        add_version(
            db,
            "v1",
            parent=None,
            kind="similarity",
            settings={},
            figures={"prauc": 0.75},
            seed=0,
            threshold=0.5,
        )
        write_scores(db, "v1", [(np.arange(len(scores)), scores)])
        promote(db, "v1")
    return project


@pytest.fixture
def learning_project(blocked_project: Path, tmp_path: Path) -> Project:
    """A project without links: scored by similarity, with enough matches for a first network."""
    from kgreview.pipeline.scoring import score_project
    from kgreview.pipeline.training import train_project

    shutil.copytree(blocked_project, tmp_path / "learning")
    project = Project.open(tmp_path / "learning")
    train_project(project)
    score_project(project)
    pairs = project.candidates()
    same = pairs.left == pairs.right  # films are in the same order on both sides
    with project.database() as db:
        teach = db.execute("SELECT id FROM candidates WHERE audit IS NULL").fetchall()
        some = [row for (row,) in teach if same[row] and pairs.left[row] >= len(EVIL)]
        decide_all(db, some[:FEWEST_MATCHES], curator="Cleo", outcome=Outcome.MATCH, version="v1")
    return project


@pytest.fixture
def serve(tmp_path: Path, app_servers: AppServers) -> Iterator[Callable[..., str]]:
    """Start the app on a project; gives its address."""
    servers = []

    def start(project: Path, *, cold: bool = False) -> str:
        with socket.socket() as free:
            free.bind(("localhost", 0))
            port = free.getsockname()[1]
        log = (tmp_path / "server.log").open("wb")
        server = app_servers.start(
            [
                *("run", str(SERVER), "--server.port", str(port)),
                *("--server.address", "localhost", "--server.headless", "true"),
                *("--browser.gatherUsageStats", "false"),
            ],
            os.environ | {PROJECT_VARIABLE: str(project), SECRET_VARIABLE: SECRET},
            log,
            cold=cold,
        )
        servers.append((server, log))
        for _ in range(1200):
            try:
                socket.create_connection(("localhost", port), 0.2).close()
            except OSError:
                assert server.poll() is None, (tmp_path / "server.log").read_text()
                time.sleep(0.025)
            else:
                return f"http://localhost:{port}/"
        raise AssertionError((tmp_path / "server.log").read_text())

    yield start
    for server, log in servers:
        server.terminate()
        server.wait(10)
        log.close()


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[object]:
    """Headless Chromium of the system."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_BROWSER_ARGUMENTS)
        yield browser
        browser.close()


def playwright_timeout() -> type[Exception]:
    """Give the error of something that did not come in time; Playwright need not be there."""
    from playwright.sync_api import TimeoutError

    return TimeoutError


class Desk:
    """One curator's browser: it presses keys, and notes what is fetched and what goes wrong."""

    def __init__(self, browser: Any, address: str, **options: Any) -> None:
        looks = {"viewport": {"width": 1366, "height": 768}} | options
        self.context = browser.new_context(**looks)
        self.context.set_default_timeout(60_000)  # a busy machine is slow, not wrong
        self.page = self.context.new_page()
        self.address = address
        if address:
            port = address.rstrip("/").rsplit(":", 1)[1]
            self.keep_cookie(f"kgreview_{port}", SECRET)
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def keep_cookie(self, name: str, value: str) -> None:
        """Have the browser keep a cookie of the app."""
        self.context.add_cookies([{"name": name, "value": quote(value), "url": self.address}])

    def visit(self, query: str) -> None:
        """Go to an address of the app; a ``curator`` in it is not sent, but kept by the browser."""
        path, _, asked = query.partition("?")
        given = parse_qsl(asked, keep_blank_values=True)
        for _, name in filter(lambda each: each[0] == "curator", given):
            self.keep_cookie(CURATOR_COOKIE, name)
        rest = urlencode([each for each in given if each[0] != "curator"])
        self.page.goto(f"{self.address}{path}{'?' + rest if rest else ''}")

    def open(self, query: str) -> "Desk":
        """Open the review page and wait for a pair."""
        self.visit(query)
        self.settled()
        return self

    def go(self, name: str) -> None:
        """Open another page by its link; a click while a script starts may be lost: once more."""
        for _ in range(5):
            self.rested()
            self.page.get_by_role("link", name=name).first.click()
            with contextlib.suppress(playwright_timeout()):
                there = re.compile(r"/(\?.*)?$" if name == "Review" else f"/{name.lower()}")
                self.page.wait_for_url(there, timeout=10_000)
                return
        raise AssertionError(f"the link to {name} leads nowhere")

    def rested(self) -> None:
        """Wait until the page's script has run."""
        self.page.locator('.stApp[data-test-script-state="notRunning"]').wait_for()

    def settled(self) -> None:
        """Wait for a pair, its canvas drawn and the page at rest."""
        self.page.locator('[class*="st-key-match-"] button:visible').first.wait_for()
        self.page.frame_locator("iframe").locator("#mynetwork canvas").wait_for(state="attached")
        self.whole()
        self.rested()

    def whole(self) -> None:
        """Wait until all parts of the page are of one pair: before, no key and no click counts."""
        self.page.locator("html[data-kg-apart]").wait_for(state="detached")

    def token(self) -> str:
        """Give what names the question on the screen."""
        named = self.page.locator('[class*="st-key-match-"]').last.get_attribute("class") or ""
        found = re.search(r"st-key-match-(\w+)", named)
        assert found
        return found[1]

    def press(self, key: str) -> None:
        """Press a key and wait for another pair; of an answer at odds with another, allow both."""
        self.answered(self.begin(key))

    def begin(self, key: str) -> str:
        """Press a key and wait for nothing; give the token of the question it answers."""
        before = self.token()
        self.page.keyboard.press(key)
        return before

    def answered(self, before: str) -> None:
        """Wait for the pair that comes after this question."""
        self.page.locator(f".st-key-match-{before}").wait_for(state="detached")
        self.rested()
        at_odds = self.page.locator(f".st-key-both-{before}")
        if at_odds.count():
            self.page.keyboard.press("b")
            at_odds.wait_for(state="detached")
        self.settled()

    def heading(self) -> str:
        """Give names, types and score of the pair."""
        return str(self.page.locator(".kg-heading").inner_text())

    def is_clean(self) -> None:
        """Fail where a hostile string ran, something was fetched, or a script failed."""
        local = ("http://localhost", "ws://localhost", "data:", "blob:", "about:")
        assert [url for url in self.requests if not url.startswith(local)] == []
        assert self.errors == []
        assert self.page.title() != "ran"


@pytest.fixture
def desks(browser: Any, serve: Callable[..., str]) -> Iterator[Callable[..., Desk]]:
    """Open the app on a project, in a browser of its own each time; none may come to harm."""
    opened: list[Desk] = []
    addresses: dict[Path, str] = {}

    def open_desk(
        project: Project, query: str | None = "?curator=Ada", *, cold: bool = False, **options: Any
    ) -> Desk:
        """``None`` opens nothing yet; ``options`` are the browser context's."""
        if project.path not in addresses:
            addresses[project.path] = serve(project.path, cold=cold)
        opened.append(Desk(browser, addresses[project.path], **options))
        return opened[-1] if query is None else opened[-1].open(query)

    yield open_desk
    for each in opened:
        each.is_clean()
        each.context.close()


@pytest.fixture
def canvas_page(browser: Any) -> Iterator[Any]:
    """A browser page for one document that needs no server; nothing may go wrong in it."""
    desk = Desk(browser, "")
    yield desk.page
    desk.is_clean()
    desk.context.close()


@pytest.fixture
def decided() -> Callable[..., dict[Outcome, int]]:
    """Count the decisions that stand by outcome, of one curator or of all."""

    def decided(project: Project, curator: str | None = None) -> dict[Outcome, int]:
        with project.database() as db:
            return {outcome: n for outcome, n in counts(db, curator).items() if n}

    return decided


def _write_graph(folder: Path, side: str) -> None:
    folder.mkdir()
    suffix = "" if side == "left" else "!"
    names = [*EVIL, *(f"The Film of Number {i} {suffix}" for i in range(len(EVIL), FILMS))]
    films = [f"{side}:f{i:02}" for i in range(FILMS)]
    people = [f"{side}:p{i:02}" for i in range(FILMS)]
    who = [*EVIL, *(f"Actor {chr(97 + i % 26)}{i}" for i in range(len(EVIL), FILMS))]
    relations = [EVIL[i] if i < 3 else "stars" for i in range(FILMS)]
    kinds = [*EVIL[:3], *["person"] * (FILMS - 3)]
    _write(folder / "entities", id=films + people, type=["film"] * FILMS + kinds)
    _write(
        folder / "attributes",
        entity=films + people + films,
        attribute=["title"] * FILMS + ["name"] * FILMS + [EVIL[i % 3] for i in range(FILMS)],
        value=names + who + [EVIL[i % 5] for i in range(FILMS)],
    )
    _write(
        folder / "relations",
        head=films + films,
        relation=relations + ["directed"] * FILMS,
        tail=people + people[1:] + people[:1],
    )


def _write(path: Path, **columns: list[str]) -> None:
    pq.write_table(pa.table(columns), path.with_suffix(".parquet"))


def bob_accepts(project: Project, left: str, right: str) -> None:
    """Enter that Bob has accepted a pair."""
    with project.database() as db:
        decide(
            db,
            left=left,
            right=right,
            curator="Bob",
            outcome=Outcome.MATCH,
            seconds=1.0,
            version="v1",
            score=0.5,
            strategy="uncertainty",
        )
