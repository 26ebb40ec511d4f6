"""Print how long the loop takes on the sample graphs, as somebody in a browser sees it.

    python benchmarks/loop.py [--decisions 22]

From ``kgreview demo`` on an empty folder to the first pair on the page; from a key press to the
next pair on the page; and fine-tuning, from the press of the button until the new version orders
the queue. Each tenth decision falls into the audit sample and trains nothing: 22 decisions are 20
to learn from. Pairs are decided by the links of the sample data. Needs Chromium and the test extra.
"""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import tempfile
import time
from pathlib import Path

from browser import WINDOW, chromium, introduce, press, served, wait_for_pair, wait_until_up
from playwright.sync_api import Page

LINKS = Path(__file__).resolve().parents[1] / "sample_data" / "links"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--decisions", type=int, default=22)
    options = parser.parse_args()
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        page = browser.new_page(viewport=WINDOW)
        foreign: list[str] = []
        page.on("request", lambda request: foreign.append(request.url))
        load = os.getloadavg()[0]
        started = time.perf_counter()
        with served("demo", str(Path(folder) / "demo")) as address:
            wait_until_up(address)
            introduce(page, address, "Ada")
            page.goto(address)
            wait_for_pair(page)
            first = time.perf_counter() - started
            print(f"kgreview demo to the first pair on the page   {first:7.1f} s")
            seconds = decide(page, options.decisions)
            print(f"key press to the next pair on the page        {seconds:7.2f} s (median)")
            print(f"fine-tuning on {learn_from(page):>4} decisions                 ", end="")
            print(f"{finetune(page):7.1f} s")
        local = (address, address.replace("http", "ws"), "data:", "blob:", "about:")
        left = sum(not url.startswith(local) for url in foreign)
        print(f"requests that left the machine                {left:7}")
        print(
            f"load average before                           {load:7.2f} on {os.cpu_count()} cores"
        )


def decide(page: Page, decisions: int) -> float:
    """Decide pairs by the known links; give the median seconds from a press to the next pair."""
    matches = set()
    for table in LINKS.iterdir():
        with table.open(encoding="utf-8", newline="") as rows:
            matches |= {(row["left"], row["right"]) for row in csv.DictReader(rows, delimiter="\t")}
    seconds = []
    for _ in range(decisions):
        ids = page.locator(".kg-heading small bdi:last-child").all_inner_texts()
        seconds.append(press(page, "a" if tuple(ids) in matches else "x"))
    return statistics.median(seconds)


def learn_from(page: Page) -> str:
    """Open the model page; give how many decisions wait to be learnt."""
    page.get_by_role("link", name="Model").click()
    waiting = page.locator("strong", has_text="").first
    page.get_by_role("button", name="Fine-tune on all decisions so far").wait_for()
    return waiting.inner_text()


def finetune(page: Page) -> float:
    """Press the button; give the seconds until the page says that the new version is current."""
    started = time.perf_counter()
    page.get_by_role("button", name="Fine-tune on all decisions so far").click()
    page.get_by_text("Fine-tuning is done").wait_for(timeout=120_000)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
