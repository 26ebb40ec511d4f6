"""Have a team review at the running app for a while, and check that nothing it was told is lost.

    python benchmarks/team.py [--project PROJECT] [--curators 16] [--minutes 10] [--pause 8]
                              [--finetune] [--refresh] [--chromium] [--limit 400]

Without --project the sample project is made first, by the same steps as ``kgreview demo``. What is
reviewed is a copy. A server is started as ``kgreview review`` starts it; each curator is a session
of it over a WebSocket of its own, which speaks the messages that a browser speaks, looks at a pair
for --pause seconds on average, and presses Accept or Reject. --finetune has the network fine-tuned
all the while, one time after another; --refresh gives the project a source with some changed rows
in the middle. Printed are, in milliseconds, what a press waits for until all of the next pair was
sent, how many decisions a second came of it, and what a press takes of processor and network.
--chromium has one more curator review in the system's Chromium, and prints what passes from a key
until the next pair stands on the screen whole, its canvas drawn.

In the end each decision that a page showed as saved is looked up in the database. The exit status
is 1 where one is not there as it was shown, and where the 95th percentile is over --limit.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from browser import WINDOW, chromium, introduce, served, wait_for_pair, wait_until_up
from desk_session import DeskSession, SessionError
from made_up import ROOT, sample_or_copy
from playwright.sync_api import TimeoutError as NotInTimeError

from kgreview.errors import KGReviewError
from kgreview.pipeline import jobs
from kgreview.pipeline.project import Project

SAVED = {"Accepted": "match", "Rejected": "no_match"}  # what a page says → outcome


@dataclass
class Work:
    """What one curator did."""

    seconds: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    saved: dict[str, str] = field(default_factory=dict)  # token of the question → outcome
    problems: Counter[str] = field(default_factory=Counter)  # what pages said else


@dataclass
class Ran:
    """What the work took, and what was done beside it."""

    seconds: float
    processor: float  # seconds of the server
    beside: Counter[str]
    keys: list[float]  # milliseconds from a key to the next pair, in the browser


def main() -> int:
    """Review, print and check; give the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--project", type=Path, help="a project that was trained and scored")
    parser.add_argument("--curators", type=int, default=16)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--pause", type=float, default=8.0, help="mean look at a pair, seconds")
    parser.add_argument("--finetune", action="store_true", help="all the while")
    parser.add_argument("--refresh", action="store_true", help="in the middle")
    parser.add_argument("--chromium", action="store_true", help="one more curator, in a browser")
    parser.add_argument("--limit", type=float, default=0.0, help="p95 in milliseconds; 0: none")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "project"
        sample_or_copy(path, options.project)
        with served("review", str(path)) as address:
            wait_until_up(address)
            work, ran = review(address, path, options)
        lost = lost_decisions(path, work)
    p95 = print_figures(options, work, ran)
    shown = sum(len(each.saved) for each in work)
    print(f"{shown:,} shown as saved, {len(lost)} not there as shown")
    for line in lost[:10]:
        print(f"  {line}")
    return int(bool(lost) or bool(options.limit and p95 > options.limit))


def review(address: str, path: Path, options: argparse.Namespace) -> tuple[list[Work], Ran]:
    """Let all curators work; give what they did, and what it took."""
    work = [Work() for _ in range(options.curators)]
    sessions = [DeskSession(address, f"curator {number}") for number in range(options.curators)]
    time.sleep(5)  # the network is loaded by then
    until = time.monotonic() + 60 * options.minutes
    threads = [
        threading.Thread(target=curate, args=(each, session, address, options.pause, until))
        for each, session in zip(work, sessions, strict=True)
    ]
    beside, keys = Counter[str](), list[float]()
    server = server_process(address)
    if options.finetune:
        threads.append(threading.Thread(target=keep_tuning, args=(path, until, beside)))
    if options.refresh:
        middle = time.monotonic() + 30 * options.minutes
        threads.append(threading.Thread(target=refresh, args=(path, middle, beside)))
    if options.chromium:
        arguments = (address, min(2.0, options.pause), until, keys, beside)
        threads.append(threading.Thread(target=in_chromium, args=arguments))
    started, spent = time.monotonic(), processor_seconds(server)
    for thread in threads:
        thread.start()
    for thread in threads[: options.curators]:
        thread.join()
    ran = Ran(time.monotonic() - started, processor_seconds(server) - spent, beside, keys)
    for thread in threads[options.curators :]:
        thread.join()
    return work, ran


def server_process(address: str) -> psutil.Process:
    """Give the process that listens at an address: a child's child of this one."""
    port = address.rstrip("/").rsplit(":", 1)[1]
    children = psutil.Process().children(recursive=True)
    return next(each for each in children if {"streamlit", port} <= arguments(each))


def arguments(process: psutil.Process) -> set[str]:
    """Give what a process was started with, nothing of one that has ended meanwhile."""
    try:
        return set(process.cmdline())
    except psutil.NoSuchProcess:
        return set()


def processor_seconds(process: psutil.Process) -> float:
    """Give what a process has taken of the processors."""
    times = process.cpu_times()
    return float(times.user + times.system)


def curate(work: Work, session: DeskSession, address: str, pause: float, until: float) -> None:
    """Look, press, note what the page says; open the page anew where it broke."""
    number = 0
    while time.monotonic() < until:
        time.sleep(random.uniform(0.5, 1.5) * pause)
        shown, number = session.shown, number + 1
        what = ("match", "no_match")[number % 2]
        if what not in shown.buttons:
            what = "both" if "both" in shown.buttons else "keep"
        token = shown.token
        try:
            if what not in shown.buttons or token is None:
                raise SessionError(f"no pair: {shown.said}")
            work.seconds.append(session.press(what))
        except SessionError as error:
            work.problems[str(error)[:160]] += 1
            session = again(session, address, until)
            continue
        work.sizes.append(session.shown.size)
        outcome = SAVED.get(session.shown.said.partition(":")[0])
        if session.shown.token != token and outcome is not None:
            work.saved[token] = outcome
        elif "both" not in session.shown.buttons:
            work.problems[session.shown.said.partition(":")[0][:160]] += 1
    session.close()


def again(session: DeskSession, address: str, until: float) -> DeskSession:
    """Open the page anew, as somebody does who is told of an error."""
    session.close()
    while True:
        time.sleep(1)
        try:
            return DeskSession(address, session.curator)
        except (SessionError, OSError):
            if time.monotonic() > until + 60:
                raise


def in_chromium(
    address: str, pause: float, until: float, keys: list[float], beside: Counter[str]
) -> None:
    """Review in a browser, which notes what passes from each key to the next pair."""
    with chromium() as browser:
        page = browser.new_page(viewport=WINDOW)
        introduce(page, address, "curator in Chromium")
        page.goto(address)
        wait_for_pair(page)
        page.evaluate(_WATCH)
        number = 0
        while time.monotonic() < until:
            time.sleep(random.uniform(0.5, 1.5) * pause)
            number += 1
            if page.locator('[class*="st-key-both-"]').count():  # at odds with another
                page.keyboard.press("b")
            else:
                page.keyboard.press("ax"[number % 2])
            time.sleep(0.1)
            try:
                page.wait_for_function("window.waiting === 0", timeout=30_000)
            except NotInTimeError as error:
                beside[f"Chromium: {error}"[:100]] += 1
                break
        keys += page.evaluate("window.waits")


# a key is answered when the heading names another pair, or the question is another, and all of the
# page's parts are of it; what is looked at is what the browser shows in its next frame
_WATCH = """() => {
  window.waits = [];
  window.waiting = 0;
  const pair = () => document.querySelector(".kg-heading").dataset.pair;
  document.addEventListener("keydown", () => {
    const before = pair(), asked = performance.now();
    window.waiting += 1;
    const look = () => {
      const other = pair() !== before && !document.documentElement.dataset.kgApart;
      const odds = document.querySelector('[class*="st-key-both-"]');
      if (!other && !odds) return requestAnimationFrame(look);
      if (other) window.waits.push(performance.now() - asked);
      window.waiting -= 1;
    };
    requestAnimationFrame(look);
  }, true);
}"""


def keep_tuning(path: Path, until: float, beside: Counter[str]) -> None:
    """Have one fine-tuning after another run as the app starts them, in a process of its own."""
    project = Project.open(path)
    while time.monotonic() < until:
        try:
            jobs.start_finetuning(project)
        except KGReviewError as error:
            beside[f"not fine-tuned: {error}"[:160]] += 1
            time.sleep(2)
            continue
        while (job := jobs.latest(project)) is not None and job.state == "running":
            time.sleep(0.5)
        assert job is not None
        beside[f"fine-tuning {job.state}" + f": {job.message}"[:200] * (job.state != "done")] += 1


def refresh(path: Path, when: float, beside: Counter[str]) -> None:
    """Give the project its left source again, with a year changed in some rows."""
    time.sleep(max(0.0, when - time.monotonic()))
    source = path.parent / "left"
    shutil.copytree(ROOT / "sample_data" / "left", source)
    table = source / "attributes.tsv"
    rows = table.read_text(encoding="utf-8").split("\n")
    changed = [f"{row}0" if row and not number % 50 else row for number, row in enumerate(rows)]
    table.write_text("\n".join([rows[0], *changed[1:]]), encoding="utf-8")
    command = [sys.executable, "-m", "kgreview", "refresh", str(path), "--left", str(source)]
    for _ in range(60):  # it waits for the place that a fine-tuning has
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
        if not done.returncode:
            beside["refresh done"] += 1
            return
        last = done.stderr.strip().splitlines()[-1:]
        beside["refresh waits" if "has been running" in str(last) else f"refresh: {last}"] += 1
        time.sleep(1)


def lost_decisions(path: Path, work: list[Work]) -> list[str]:
    """Give a line for each decision that was shown as saved and does not stand in the database."""
    with Project.open(path).database() as db:
        kept = dict(db.execute("SELECT question, outcome FROM decisions WHERE question NOT NULL"))
    return [
        f"{token}: shown {outcome}, there is {kept.get(token)}"
        for each in work
        for token, outcome in each.saved.items()
        if kept.get(token) != outcome
    ]


def print_figures(options: argparse.Namespace, work: list[Work], ran: Ran) -> float:
    """Print what a press waited for and what else happened; give the 95th percentile."""
    waited = sorted(1000 * each for one in work for each in one.seconds)
    sizes = [each for one in work for each in one.sizes]
    saved = sum(len(each.saved) for each in work)
    p50, p95 = statistics.median(waited), waited[int(0.95 * (len(waited) - 1))]
    print(f"{options.curators} curators, {options.pause:g} s a pair, {ran.seconds:.0f} s")
    print(f"press: p50 {p50:.0f} ms, p95 {p95:.0f} ms, most {waited[-1]:.0f} ms")
    if ran.keys:
        keys = sorted(ran.keys)
        print(
            f"key to next pair in Chromium: p50 {statistics.median(keys):.0f} ms, p95 "
            f"{keys[int(0.95 * (len(keys) - 1))]:.0f} ms, most {keys[-1]:.0f} ms of {len(keys)}"
        )
    print(f"{saved / ran.seconds:.2f} decisions a second")
    print(
        f"a press: {1000 * ran.processor / len(waited):.0f} ms of the processor, "
        f"{statistics.median(sizes):,.0f} bytes"
    )
    print(f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    problems = sum((each.problems for each in work), Counter())
    for words, times in (problems + ran.beside).most_common():
        print(f"  {times} × {words}")
    return p95


if __name__ == "__main__":
    sys.exit(main())
