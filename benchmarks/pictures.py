"""Take the pictures of the documentation, from the sample project in the system's Chromium.

    python benchmarks/pictures.py [--project PROJECT] [--into docs/pictures]

Without --project the sample project is made first. What is decided for the pictures is decided on a
copy. Every page is taken in both themes; NAME-dark.png is the dark one. review.png, waterfall.png
and explain.png show the story of Aditya Raj, two-hops.png that of Radioactive, groups.png a song
that a remix was accepted for, too.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from browser import WINDOW, chromium, introduce, press, served, wait_for_pair, wait_until_up
from playwright.sync_api import Browser, Page, ViewportSize

ROOT = Path(__file__).resolve().parents[1]
TALL = ViewportSize(width=WINDOW["width"], height=1100)
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
# who decides what before the pictures are taken, and how many; the audit sample is not learnt from
DECISIONS = (("Cleo", "order=audit", 40), ("Bob", "", 12), ("Ada", "", 30))


def main() -> None:
    """Take them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--project", type=Path)
    parser.add_argument("--into", type=Path, default=ROOT / "docs" / "pictures")
    options = parser.parse_args()
    options.into.mkdir(exist_ok=True)
    stories = json.loads((ROOT / "sample_data" / "stories.json").read_text("utf-8"))
    pairs = {name: f"left={s['left']}&right={s['right']}" for name, s in stories.items()}
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "demo"
        if options.project:
            shutil.copytree(options.project, project)
        with served("demo", str(project)) as address:
            wait_until_up(address)
            for curator, wanted, many in DECISIONS:
                page = browser.new_page(viewport=WINDOW)
                introduce(page, address, curator)
                decide(page, f"{address}?{wanted}", many)
            accept_two(browser.new_page(viewport=WINDOW), address, pairs["radioactive"])
            finetune(browser.new_page(viewport=WINDOW), address)
            subprocess.run(
                [sys.executable, "-m", "kgreview", "explain", "--check", str(project)], check=True
            )
            for theme in THEMES:
                take_all(browser, address, pairs, theme, options.into)


def decide(page: Page, address: str, many: int) -> None:
    """Decide as somebody does who knows the links, now and then unsure; the last with a note."""
    known = {tuple(row) for split in ("train", "valid", "test") for row in links(split)}
    page.goto(address)
    wait_for_pair(page)
    for number in range(many):
        asked = parse_qs(urlsplit(page.url).query)
        same = (asked["left"][0], asked["right"][0]) in known
        press(page, "u" if number % 13 == 8 else "s" if number % 17 == 11 else "xa"[same])
    press(page, "z")
    page.keyboard.press("f")
    page.get_by_role("button", name="Flagged").wait_for()
    page.keyboard.press("n")
    page.get_by_role("dialog").locator("textarea").fill("Look again.")
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Noted").wait_for()
    wait_for_pair(page)
    press(page, "u")
    page.close()


def accept_two(page: Page, address: str, pair: str) -> None:
    """Accept a pair and the best other candidate of its left entity: a group of three."""
    introduce(page, address, "Bob")
    for other in (True, False):
        page.goto(f"{address}?{pair}")
        wait_for_pair(page)
        if other:
            press(page, "1")
        press(page, "a")
    page.close()


def links(split: str) -> list[list[str]]:
    """Read known matches of the sample data."""
    text = (ROOT / "sample_data" / "links" / f"{split}.tsv").read_text("utf-8")
    return [line.split("\t")[:2] for line in text.splitlines()[1:]]


def finetune(page: Page, address: str) -> None:
    """Teach the network what was decided, and wait for the version it makes."""
    introduce(page, address, "Ada")
    page.goto(f"{address}model")
    page.get_by_role("button", name="Fine-tune").click()
    page.get_by_text(re.compile("Fine-tuning (is done|failed)")).first.wait_for(timeout=900_000)
    page.close()


def take_all(
    browser: Browser, address: str, pairs: dict[str, str], theme: Theme, into: Path
) -> None:
    """Take every page in one theme."""

    def take(page: Page, name: str) -> None:
        page.mouse.move(1150, 20)  # out of the way
        page.wait_for_timeout(1500)  # fonts, and whatever fades in
        page.screenshot(path=into / f"{name}{'' if theme == 'light' else '-dark'}.png")

    page = browser.new_page(viewport=WINDOW, color_scheme=theme)
    page.set_default_timeout(120_000)
    introduce(page, address, "Ada")
    open_pair(page, f"{address}?{pairs['aditya']}")
    take(page, "review")
    page.locator(".kg-waterfall > summary").click()
    page.locator(".kg-fall summary").first.click()  # a relation, which opens to its neighbours
    take(page, "waterfall")
    page.locator(".kg-waterfall > summary").click()
    page.keyboard.press("y")
    page.get_by_role("dialog").get_by_text("strongest competitor").first.wait_for()
    take(page, "why")
    open_pair(page, f"{address}?{pairs['radioactive']}")
    page.frame_locator("iframe").get_by_role("button", name="two hops").click()
    take(page, "two-hops")
    page.set_viewport_size(TALL)
    page.goto(f"{address}explain?{pairs['aditya']}")
    page.locator('[data-testid="stImage"] img').wait_for()
    at_rest(page)
    take(page, "explain")
    page.set_viewport_size(WINDOW)
    page.goto(f"{address}groups")
    page.locator('[data-testid="stImage"] img').wait_for()
    at_rest(page)
    take(page, "groups")
    for name, size in (("model", TALL), ("quality", WINDOW), ("history", WINDOW)):
        page.set_viewport_size(size)
        page.goto(address + name)
        page.locator('[data-testid="stDataFrame"]').first.wait_for()
        at_rest(page)
        take(page, name)
    page.close()


def open_pair(page: Page, address: str) -> None:
    """Open a pair and wait until it is explained, too."""
    page.goto(address)
    wait_for_pair(page)
    page.frame_locator("iframe").locator("#legend").get_by_text("without it").wait_for(
        timeout=120_000, state="attached"
    )
    at_rest(page)


def at_rest(page: Page) -> None:
    """Wait until the script of the page has run."""
    page.wait_for_timeout(500)
    page.locator('.stApp[data-test-script-state="notRunning"]').wait_for(timeout=60_000)


if __name__ == "__main__":
    main()
