"""Print what a curator waits for between a key press and the next pair, on the server's side.

    python benchmarks/desk.py [--project PROJECT] [--decisions 100] [--limit 200]

Without --project the sample project is made first, by the same steps as ``kgreview demo``. What is
measured is done on a copy. Times are in milliseconds. The parts are those of the page: save the
decision, ask the queue, count, write the HTML. ``page`` is the whole run of the page's script after
a press, under Streamlit's AppTest, which adds the cost of rebuilding what a browser would hold.
The exit status is 1 where the median of the parts together is above --limit.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from kgreview.review.outcomes import Outcome
from kgreview.views.pair import PairView
from kgreview.workflow import desk
from kgreview.workflow.project import Project
from kgreview.workflow.run import make_ready

ROOT = Path(__file__).resolve().parents[1]
CURATOR = "Ada"
HEIGHT = 382  # of the canvas, as on the page


def main() -> int:
    """Measure and print; give the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--project", type=Path, help="a project that was trained and scored")
    parser.add_argument("--decisions", type=int, default=100)
    parser.add_argument("--limit", type=float, default=200.0, help="of the median, milliseconds")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "project"
        if options.project is None:
            print("making the sample project …", file=sys.stderr)
            make_ready(path, ROOT / "sample_data")
        else:
            shutil.copytree(options.project, path)
        project = Project.open(path)
        print(f"{len(project.candidates()):,} candidates, {options.decisions} decisions")
        print(f"{'':12}{'median':>10}{'p95':>10}{'most':>10}")
        parts = time_parts(project, options.decisions)
        for name, seconds in parts.items():
            print_row(name, seconds)
        print_row("page", time_page(path, options.decisions))
    median = 1000 * statistics.median(parts["together"])
    return int(median > options.limit)


def time_parts(project: Project, decisions: int) -> dict[str, list[float]]:
    """Decide pair after pair in plain calls; give the seconds of each part."""
    found: dict[str, list[float]] = defaultdict(list)
    view = ask(project)
    for number in range(decisions):
        before = time.perf_counter()
        timed(found["decide"], lambda v=view, n=number: answer(project, v, n))
        view = timed(found["next pair"], lambda: ask(project))
        timed(found["counters"], lambda: desk.standing(project, CURATOR))
        timed(found["attributes"], lambda v=view: v.heading() + v.attributes())
        timed(found["canvas"], lambda v=view: v.canvas(height=HEIGHT, dark=False))
        found["together"].append(time.perf_counter() - before)
    return dict(found)


def time_page(path: Path, decisions: int) -> list[float]:
    """Press Accept and Reject in turn in the real page; give the seconds of each press."""
    os.environ[desk.PROJECT_VARIABLE] = str(path)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.query_params["curator"] = CURATOR
    app.run()
    seconds: list[float] = []
    for number in range(decisions):
        label = "Reject" if number % 2 else "Accept"
        button = next(each for each in app.button if each.label == label)
        timed(seconds, lambda b=button: b.click().run())
        if app.exception:
            sys.exit(f"the page failed: {app.exception[0].message}")
    return seconds


def ask(project: Project) -> PairView:
    """Give the next pair; end the program where the queue is empty."""
    view = desk.next_pair(project, CURATOR)
    if view is None:
        sys.exit("the queue is empty: ask for fewer --decisions")
    return view


def answer(project: Project, view: PairView, number: int) -> None:
    """Accept and reject in turn."""
    outcome = Outcome.NO_MATCH if number % 2 else Outcome.MATCH
    desk.decide(project, CURATOR, view.question, outcome, 1.0)


def timed(seconds: list[float], action: Callable[[], PairView]) -> PairView:
    """Do something and note how long it took."""
    before = time.perf_counter()
    result = action()
    seconds.append(time.perf_counter() - before)
    return result


def print_row(name: str, seconds: list[float]) -> None:
    """Print one line of figures in milliseconds."""
    ordered = sorted(seconds)
    figures = (statistics.median(ordered), ordered[int(0.95 * len(ordered))], ordered[-1])
    print(f"{name:12}" + "".join(f"{1000 * figure:>10.1f}" for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
