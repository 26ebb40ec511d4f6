"""Take the pictures of the documentation, from the sample project in the system's Chromium.

    python benchmarks/pictures.py [--project PROJECT] [--into docs/pictures]

Without --project the sample project is made first. What is decided for the picture of the history
is decided on a copy. Every page is taken in both themes. review.png shows the story of Aditya Raj.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path

from browser import WINDOW, chromium, press, served, wait_for_pair, wait_until_up
from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[1]
DECIDED = "xaxuxxaxsx0xax"  # keys pressed before the history is taken


def main() -> None:
    """Take them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--project", type=Path)
    parser.add_argument("--into", type=Path, default=ROOT / "docs" / "pictures")
    options = parser.parse_args()
    options.into.mkdir(exist_ok=True)
    story = json.loads((ROOT / "sample_data" / "stories.json").read_text("utf-8"))["aditya"]
    pair = f"left={story['left']}&right={story['right']}"
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "demo"
        if options.project:
            shutil.copytree(options.project, project)
        with served("demo", str(project)) as address:
            wait_until_up(address)
            for theme in ("light", "dark"):
                end = "" if theme == "light" else "-dark"
                page = browser.new_page(viewport=WINDOW, color_scheme=theme)
                page.goto(f"{address}?curator=Ada&{pair}")
                wait_for_pair(page)
                take(page, options.into / f"review{end}.png")
                page.goto(f"{address}explain?{pair}")
                at_rest(page)
                take(page, options.into / f"explain{end}.png")
                page.goto(address)
                wait_for_pair(page)
                if theme == "light":
                    for key in DECIDED:
                        press(page, key)
                for name in ("History", "Model"):
                    page.get_by_role("link", name=name).click()
                    page.locator('[data-testid="stDataFrame"]').first.wait_for()
                    at_rest(page)
                    take(page, options.into / f"{name.lower()}{end}.png")


def at_rest(page: Page) -> None:
    """Wait until the script of the page has run."""
    page.wait_for_timeout(500)
    page.locator('.stApp[data-test-script-state="notRunning"]').wait_for(timeout=60_000)


def take(page: Page, path: Path) -> None:
    """Take one picture, the pointer out of the way and nothing moving."""
    page.mouse.move(700, 20)
    page.wait_for_timeout(2500)  # fonts, explanations, and whatever fades in
    page.screenshot(path=path)


if __name__ == "__main__":
    main()
