"""Print what a curator waits for between a key press and the next pair, on the server's side.

    python benchmarks/desk.py [--project PROJECT] [--decisions 100] [--limit 150 400]
    python benchmarks/desk.py --candidates 1000 100000 1000000 [--curators 1 8] [--pause 1]

Without --project the sample project is made first, by the same steps as ``kgreview demo``. What is
measured is done on a copy. Times are in milliseconds. The parts are those of the page: look for
conflicts, save the decision, ask the queue, count, look up other candidates, write the HTML.
``page`` is the whole run of the page's script after a press, under Streamlit's AppTest, which adds
the cost of rebuilding what a browser would hold.

With --candidates, made-up projects of so many pairs are reviewed by so many curators at once, each
a thread of one process, as sessions of the app are, who looks at a pair for --pause seconds on
average; then by one curator under each kind of filter, and the history is paged.

The exit status is 1 where the parts together take more than --limit in the median or in the 95th
percentile.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from made_up import ROOT, make_project, sample_or_copy
from streamlit.testing.v1 import AppTest

from kgreview.pipeline.project import Project
from kgreview.review import counts, history, session
from kgreview.store.deciding import decide_all
from kgreview.store.history import SORTS, Cursor, HistoryFilter
from kgreview.store.outcomes import Outcome
from kgreview.store.pair_filter import EVERYTHING, PairFilter
from kgreview.ui.pair import PairView

CURATOR = "Ada"
HEIGHT = 382  # of the canvas, as on the page
FILTERS = {
    "everything": EVERYTHING,
    "one type": PairFilter(types=("type 3", "type 3")),
    "score .70-.71": PairFilter(low=0.7, high=0.71),
    "likeliest": PairFilter(order="likely"),
    "conflict": PairFilter(conflict=True),
    "a rare word": PairFilter(text="77"),
    "a common word": PairFilter(text="harbour"),
    "a relation": PairFilter(relation=("left", "relation 7")),
    "all together": PairFilter(
        types=("type 3", "type 3"), low=0.2, relation=("left", "relation 7"), text="harbour"
    ),
}
Result = TypeVar("Result")
P = ParamSpec("P")
Parts = dict[str, list[float]]


def main() -> int:
    """Measure and print; give the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--project", type=Path, help="a project that was trained and scored")
    parser.add_argument("--candidates", type=int, nargs="+", help="of made-up projects")
    parser.add_argument("--curators", type=int, nargs="+", default=[1, 8], help="at once")
    parser.add_argument("--pause", type=float, default=1.0, help="mean look at a pair, seconds")
    parser.add_argument("--decisions", type=int, default=100, help="of each curator")
    parser.add_argument(
        "--limit", type=float, nargs=2, default=[150.0, 400.0], help="median and p95, milliseconds"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.candidates:
            within = [
                made_up(Path(folder) / f"{size}", size, options) for size in options.candidates
            ]
            return int(not all(within))
        path = Path(folder) / "project"
        sample_or_copy(path, options.project)
        project = Project.open(path)
        print(f"{len(project.candidates()):,} candidates, {options.decisions} decisions")
        print_head()
        parts = time_parts(project, options.decisions)
        for name, seconds in parts.items():
            print_row(name, seconds)
        print_row("page", time_page(path, options.decisions))
    return int(not is_within(parts["together"], options.limit))


def made_up(path: Path, candidates: int, options: argparse.Namespace) -> bool:
    """Measure a made-up project; tell whether it keeps within the limit."""
    print(f"making {candidates:,} candidates …", file=sys.stderr)
    project = make_project(path, candidates)
    within = True
    for curators in options.curators:
        # of the smallest there are not pairs enough for everybody
        each = min(options.decisions, candidates // 3 // sum(options.curators))
        print(f"\n{candidates:,} candidates, {curators} at once, {each} decisions each")
        print_head()
        parts = time_together(project, curators, each, options.pause if curators > 1 else 0.0)
        for name, seconds in parts.items():
            print_row(name, seconds)
        within = within and is_within(parts["together"], options.limit)
    print(f"\n{candidates:,} candidates, the next pair and the count under a filter")
    for name, wanted in FILTERS.items():
        print_row(name, time_filter(project, wanted, min(20, candidates // 100)))
    with project.database() as db:
        many = range(0, min(candidates, 100_000))
        made = len(decide_all(db, many, curator="Bob", outcome=Outcome.NO_MATCH, version="v1"))
    print(f"\n{candidates:,} candidates, one page of the history of {made:,} decisions and more")
    for sort in SORTS:
        print_row(sort, time_history(project, HistoryFilter(sort=sort)))
    print_row("a rare word", time_history(project, HistoryFilter(text="77")))
    print_row("one curator", time_history(project, HistoryFilter(curator="curator 0")))
    return within


def time_together(project: Project, curators: int, each: int, pause: float) -> Parts:
    """Let several curators decide at once, each in a thread; give the seconds of each part."""
    found: list[Parts] = []
    threads = [
        threading.Thread(
            target=lambda name=f"curator {number}": found.append(
                time_parts(project, each, name, pause)
            )
        )
        for number in range(curators)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {name: [s for parts in found for s in parts[name]] for name in found[0]}


def time_parts(project: Project, decisions: int, name: str = CURATOR, pause: float = 0.0) -> Parts:
    """Decide pair after pair in plain calls; give the seconds of each part."""
    found: Parts = defaultdict(list)
    view = ask(project, name)
    for number in range(decisions):
        if pause:
            time.sleep(random.uniform(0.5, 1.5) * pause)
        before = time.perf_counter()
        timed(found["decide"], answer, project, view, number, name)
        view = timed(found["next pair"], ask, project, name)
        timed(found["counters"], counts.review_counts, project, name)
        timed(found["others"], session.competitors, project, view.question)
        timed(found["attributes"], attributes, view)
        timed(found["canvas"], view.canvas, height=HEIGHT, dark=False)
        found["together"].append(time.perf_counter() - before)
    return dict(found)


def time_filter(project: Project, wanted: PairFilter, decisions: int) -> list[float]:
    """Decide under a filter; give the seconds until the next pair and its count are there."""
    seconds: list[float] = []
    for number in range(decisions):
        view = timed(seconds, session.next_pair, project, CURATOR, wanted)
        before = time.perf_counter()
        counts.review_counts(project, CURATOR, wanted)
        seconds[-1] += time.perf_counter() - before
        if view is None:
            break
        answer(project, view, number, CURATOR)
    return seconds


def time_history(project: Project, wanted: HistoryFilter) -> list[float]:
    """Turn pages; give the seconds of each."""
    seconds: list[float] = []
    after: Cursor | None = None
    for _ in range(20):
        _, after = timed(seconds, history.history_page, project, wanted, after)
        if after is None:
            break
    return seconds


def time_page(path: Path, decisions: int) -> list[float]:
    """Press Accept and Reject in turn in the real page; give the seconds of each press."""
    os.environ[session.PROJECT_VARIABLE] = str(path)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state.curator = CURATOR
    app.run()
    seconds: list[float] = []
    for number in range(decisions):
        label = "Reject" if number % 2 else "Accept"
        labels = {each.label: each for each in app.button}
        button = labels.get(label) or labels["Allow both"]  # where it is at odds with another
        timed(seconds, button.click().run)
        if app.exception:
            sys.exit(f"the page failed: {app.exception[0].message}")
    return seconds


def ask(project: Project, name: str) -> PairView:
    """Give the next pair; end the program where the queue is empty."""
    view = session.next_pair(project, name)
    if view is None:
        sys.exit("the queue is empty: ask for fewer --decisions")
    return view


def answer(project: Project, view: PairView, number: int, name: str) -> None:
    """Accept and reject in turn, as the page does: what it is at odds with is looked up first."""
    outcome = Outcome.NO_MATCH if number % 2 else Outcome.MATCH
    told = session.at_odds(project, name, view.question, outcome)
    session.decide(project, name, view.question, session.Answer(outcome, 1.0), seen=told)


def attributes(view: PairView) -> str:
    """Give what stands above the canvas."""
    return view.heading() + view.attributes()


def timed(
    seconds: list[float], action: Callable[P, Result], *args: P.args, **options: P.kwargs
) -> Result:
    """Do something and note how long it took."""
    before = time.perf_counter()
    result = action(*args, **options)
    seconds.append(time.perf_counter() - before)
    return result


def is_within(seconds: list[float], limit: list[float]) -> bool:
    """Compare median and 95th percentile with the limit in milliseconds."""
    median, p95, _ = figures(seconds)
    return median <= limit[0] and p95 <= limit[1]


def figures(seconds: list[float]) -> tuple[float, float, float]:
    """Give median, 95th percentile and the most, in milliseconds."""
    ordered = sorted(seconds)
    most = ordered[-1]
    return (
        1000 * statistics.median(ordered),
        1000 * ordered[int(0.95 * (len(ordered) - 1))],
        1000 * most,
    )


def print_head() -> None:
    """Print what the columns are."""
    print(f"{'':14}{'median':>10}{'p95':>10}{'most':>10}")


def print_row(name: str, seconds: list[float]) -> None:
    """Print one line of figures in milliseconds."""
    print(f"{name:14}" + "".join(f"{x:>10.1f}" for x in figures(seconds)), flush=True)


if __name__ == "__main__":
    sys.exit(main())
