"""Take the pictures of the documentation, from the sample project in the system's Chromium.

    python benchmarks/pictures.py [--project PROJECT] [--into docs] [--dark]

Without --project the sample project is made first. docs/review.png shows the story of Aditya Raj.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from browser import WINDOW, chromium, served, wait_for_pair, wait_until_up

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Take them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--project", type=Path)
    parser.add_argument("--into", type=Path, default=ROOT / "docs")
    parser.add_argument("--dark", action="store_true", help="in the dark theme")
    options = parser.parse_args()
    story = json.loads((ROOT / "sample_data" / "stories.json").read_text("utf-8"))["aditya"]
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        project = options.project or Path(folder) / "demo"
        page = browser.new_page(viewport=WINDOW, color_scheme="dark" if options.dark else "light")
        with served("demo", str(project.resolve())) as address:
            wait_until_up(address)
            page.goto(f"{address}?curator=Ada&left={story['left']}&right={story['right']}")
            wait_for_pair(page)
            page.mouse.move(700, 20)
            page.wait_for_timeout(1500)  # fonts, and whatever fades in
            page.screenshot(path=options.into / "review.png")


if __name__ == "__main__":
    main()
