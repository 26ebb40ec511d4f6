"""Two people sign in at a provider, each in a browser of their own, and do what they may."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from kgreview.pipeline.project import Project
from kgreview.review.people import set_role
from kgreview.store.decisions import events
from kgreview.store.outcomes import Outcome
from kgreview.store.rights import Role
from tests.pages.conftest import Desk
from tests.service.conftest import free_port, reviewed
from tests.service.gateway import gateway

USERS = (
    {"sub": "ada", "name": "Ada", "email": "ada@example.org", "email_verified": True},
    {"sub": "bob", "name": "Ada", "groups": ["kg-curators"]},  # called as the other is
    {"sub": "eve", "name": "Eve", "email": "ada@example.org", "email_verified": False},
)
FILE = """
[auth]
cookie_secret = "{secret}"
client_id = "kgreview"
client_secret = "any"
server_metadata_url = "{provider}/.well-known/openid-configuration"
redirect_uri = "http://localhost:{port}/oauth2callback"
[roles]
by_claim = {{ kg-curators = "curator" }}
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """A provider of three people, as a process of its own."""
    if find_spec("oidc_provider_mock") is None:
        pytest.skip("no provider to sign in at: pip install oidc-provider-mock")
    port = free_port()
    users = [word for user in USERS for word in ("--user-claims", json.dumps(user))]
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), *users],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            break
        except OSError:
            assert process.poll() is None
            time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(10)


@pytest.fixture
def sign_in(
    browser: Any, project: Project, provider: str, tmp_path: Path
) -> Iterator[Callable[[str], Desk]]:
    """Start the app, and give the browser of somebody who signed in."""
    set_role(project, "ada@example.org", Role.OWNER)
    port = free_port()
    file = tmp_path / "auth.toml"
    file.write_text(FILE.format(secret="s" * 40, provider=provider, port=port), encoding="utf-8")
    opened: list[Desk] = []

    def sign_in(sub: str) -> Desk:
        desk = Desk(browser, f"http://localhost:{port}/")
        opened.append(desk)
        desk.page.goto(f"{desk.address}?curator=Mallory")
        desk.page.get_by_role("button", name="Sign in").click()
        desk.page.locator("input[name=sub]").fill(sub)
        desk.page.get_by_role("button", name="Authorize").click()
        desk.page.wait_for_url(f"{desk.address}**")
        return desk

    options = ("--auth", "oidc", "--auth-file", str(file))
    with reviewed(project.path, tmp_path / "log", *options, port=port):
        yield sign_in
        for desk in opened:
            assert desk.errors == []
            desk.context.close()


@pytest.mark.slow
def test_people_sign_in_and_their_decisions_bear_whom_the_provider_verified(
    project: Project, sign_in: Callable[[str], Desk], provider: str
) -> None:
    ada, bob = sign_in("ada"), sign_in("bob")
    ada.settled()
    bob.settled()
    assert ada.page.get_by_role("button", name="Ada").count() == 1
    ada.press("a")
    bob.press("x")
    with project.database() as db:
        said = {event.subject: (event.curator, event.outcome) for event in events(db)}
    first, second = f"{provider}#ada", f"{provider}#bob"
    assert said[first] == ("Ada", Outcome.MATCH)
    assert said[second][1] is Outcome.NO_MATCH
    assert said[second][0].startswith("Ada ("), "another of the same name is told apart"

    bob.go("History")  # where the button is there for both
    bob.page.locator('[data-testid="stDataFrame"]').wait_for()
    bob.rested()
    bob.page.locator('[data-testid="stDataFrame"]').click(position={"x": 15, "y": 80})
    bob.page.get_by_role("button", name="Undo it").click()
    bob.page.get_by_text("you may not take back or replace what others decided").wait_for()
    with project.database() as db:
        assert len(events(db)) == 2

    eve = sign_in("eve")  # her address is Ada's, and nobody verified it
    eve.page.get_by_text("You have no role in this project").wait_for()
    assert eve.page.locator('[class*="st-key-match-"]').count() == 0
    eve.page.get_by_role("button", name="Sign out").click()
    eve.page.wait_for_url(f"{provider}/**")  # which may ask whether she leaves it, too
    eve.page.goto(eve.address)
    eve.page.get_by_role("button", name="Sign in").wait_for()


def test_behind_a_gateway_the_page_knows_whom_it_names(
    browser: Any, project: Project, tmp_path: Path
) -> None:
    set_role(project, "u1", Role.VIEWER)
    set_role(project, "u2", Role.CURATOR)
    with reviewed(project.path, tmp_path / "log", "--auth", "header", "--trust", "127.0.0.1") as at:
        for subject in ("u1", "u2"):
            with gateway(at.port, subject) as port:
                desk = Desk(browser, f"http://localhost:{port}/")
                with closing(desk.context):  # before the gateway goes
                    desk.page.goto(f"{desk.address}?curator=Mallory")
                    if subject == "u1":  # who may look is told so
                        desk.page.get_by_text("You may look, not decide").wait_for()
                        desk.page.locator(".kg-heading").wait_for()
                        desk.rested()
                        desk.whole()
                        first = desk.heading()
                        desk.page.get_by_role("button", name="Next").click()
                        desk.page.wait_for_function(
                            "first => document.querySelector('.kg-heading').innerText !== first",
                            arg=first,
                        )
                        assert desk.page.locator('[class*="st-key-match-"]').count() == 0
                    else:
                        desk.settled()
                        desk.press("a")
                    assert desk.errors == []
    with project.database() as db:
        assert [(event.curator, event.subject) for event in events(db)] == [("u2", "u2")]
