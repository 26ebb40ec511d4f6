"""What the scripts here share that drive the app by the system's Chromium. No script itself."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from kgreview.service.variables import SECRET_VARIABLE
from kgreview.ui.keyboard import CURATOR_COOKIE

WINDOW = ViewportSize(width=1366, height=768)
SECRET = secrets.token_urlsafe(24)  # of the servers that are started here
_ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-quic"),
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium without a window; end the program where there is none."""
    on_a_mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    names = ("chromium", "chromium-browser", "google-chrome", on_a_mac)
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        sys.exit("no Chromium found: install the package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def served(*command: str) -> Iterator[str]:
    """Run ``kgreview`` with a command that ends in the app; give its address at once."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "kgreview", *command, "--port", str(port), "--no-browser"],
        stdout=subprocess.DEVNULL,
        env=os.environ | {SECRET_VARIABLE: SECRET},
        cwd=Path(__file__).resolve().parents[1],
        start_new_session=True,
    )
    try:
        yield f"http://localhost:{port}/"
    finally:
        os.killpg(process.pid, signal.SIGINT)  # what Ctrl-C in a terminal sends to both of them
        process.wait(20)


def introduce(page: Page, address: str, curator: str) -> None:
    """Have a page's browser know the secret of the server, and who reviews."""
    port = address.rstrip("/").rsplit(":", 1)[1]
    kept = {f"kgreview_{port}": SECRET, CURATOR_COOKIE: curator}
    page.context.add_cookies(
        [{"name": name, "value": value, "url": address} for name, value in kept.items()]
    )


def wait_until_up(address: str, seconds: float = 600.0) -> None:
    """Wait until the app answers."""
    port = int(address.rstrip("/").rsplit(":", 1)[1])
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            socket.create_connection(("localhost", port), 0.2).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit(f"the app did not come up within {seconds:.0f} s")


def wait_for_pair(page: Page) -> None:
    """Wait until a pair stands on the page, its canvas drawn and the page at rest."""
    page.locator('.stApp[data-test-script-state="notRunning"]').wait_for(timeout=60_000)
    page.locator('[class*="st-key-match-"] button:visible').first.wait_for()
    page.frame_locator("iframe").locator("#mynetwork canvas").wait_for()


def question(page: Page) -> str:
    """Give the token of the question on the page."""
    named = page.locator('[class*="st-key-match-"]').last.get_attribute("class") or ""
    found = re.search(r"st-key-match-(\w+)", named)
    assert found, named
    return found[1]


def press(page: Page, key: str) -> float:
    """Press a key; give the seconds until the next pair stands on the page."""
    before = question(page)
    started = time.perf_counter()
    page.keyboard.press(key)
    page.locator(f".st-key-match-{before}").wait_for(state="detached")
    page.locator('.stApp[data-test-script-state="notRunning"]').wait_for()
    if page.locator(f".st-key-both-{before}").count():  # at odds with another decision
        page.keyboard.press("b")
    wait_for_pair(page)
    return time.perf_counter() - started
