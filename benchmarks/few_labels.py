"""Measure methods with few labels: the same draws of training links for each of them.

    python benchmarks/few_labels.py FOLDER... [--labels 10,25,50,100,400] [--draws 5]
        [--methods kgreview,boosting] [--json FILE]

Folders are pairs of graphs with links, as for ``kgreview benchmark``. Labels are matches, which
settle all candidates of their left entities, and in judged sets pairs. Validation links are drawn
in proportion, test links are kept whole, and schema and candidates are made anew for each draw, of
nothing but its links. With --json each run is kept in FILE as soon as it is there, and what is
there already is not run again. Ctrl-C stops and prints what there is.

Printed are mean and deviation over draws, by how much kgreview is ahead of the best other method at
each point (each figure's own best), its worst points and its mean lead. The exit status is 1 where
it is behind by more than .005 PRAUC or .01 F1 at any point, or not ahead on average.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from kgreview.aligner.baselines.registry import method
from kgreview.errors import KGReviewError
from kgreview.exchange.pair_folders import open_pair
from kgreview.experiments.benchmark import in_own_process, json_numbers, prepare_links
from kgreview.experiments.measuring import measure, read_truth
from kgreview.experiments.splits import few_links, read_splits
from kgreview.terminal import Bars

Run = dict[str, Any]  # dataset, labels, draw, method, and its figures
Point = tuple[str, int]  # dataset and number of labels
Points = dict[Point, dict[str, list[Run]]]  # runs by method, of the same draws

OURS = "kgreview"
METHODS = (OURS, "cosine", "paris", "magellan", "boosting", "boosting-rivals")
MOST_BEHIND = {"prauc": 0.005, "f1": 0.01}
INTERRUPTED = 130  # exit status, as shells have it
ROUNDING = 1e-9  # figures have four digits


class Lead(NamedTuple):
    """By how much kgreview is ahead of the best other method in a figure."""

    point: Point
    value: float
    best: str
    best_mean: float


def main() -> None:
    """Measure what is missing, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--labels", type=numbers, default=numbers("10,25,50,100,400"))
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--methods", type=names, default=METHODS)
    parser.add_argument("--json", type=Path, help="where runs are kept, and found again")
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    there = options.json is not None and options.json.exists()
    runs: list[Run] = json.loads(options.json.read_text(encoding="utf-8")) if there else []
    bars, status = Bars(), 0
    try:
        for name in options.methods:
            method(name)
        for folder in options.folders:
            for run in missing_runs(folder, options, runs, bars):
                runs.append(run)
                if options.json is not None:
                    write(runs, options.json)
    except KeyboardInterrupt:
        status = INTERRUPTED
    except KGReviewError as error:
        bars.close()
        print(f"few_labels: {error}", file=sys.stderr)
        status = error.exit_status
    finally:
        bars.close()
    points = same_draws(runs, options)
    if not points:  # nothing was measured, and why is said
        sys.exit(status)
    for line in table(points):
        print(line)
    leads = {figure: list(leads_in(points, figure)) for figure in MOST_BEHIND}
    for line in lead_lines(leads):
        print(line)
    sys.exit(status or int(any(is_behind(each, MOST_BEHIND[key]) for key, each in leads.items())))


def numbers(text: str) -> tuple[int, ...]:
    """Read numbers of labels, in order."""
    return tuple(sorted(int(each) for each in text.split(",")))


def names(text: str) -> tuple[str, ...]:
    """Read names of methods."""
    return tuple(text.split(","))


def write(runs: Sequence[Run], path: Path) -> None:
    """Replace the file of all runs as a whole, so that none is lost whenever this is stopped."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.part")
    lines = ",\n".join(map(json.dumps, runs))
    beside.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    beside.replace(path)


# ------------------------------------------------------------------------ measuring


def missing_runs(
    folder: Path, options: argparse.Namespace, runs: Sequence[Run], bars: Bars
) -> Iterator[Run]:
    """Run the methods on each draw of a set, those left out that ran on it before."""
    there = {(run["dataset"], run["labels"], run["draw"], run["method"]) for run in runs}
    pair = open_pair(folder)
    left, right = pair.read_graphs(bars)
    splits = read_splits(pair, left, right)
    for labels, draw in itertools.product(options.labels, range(options.draws)):
        if labels > len(splits.train):
            if draw == 0:
                bars.close()
                print(f"{pair.name}: {len(splits.train)} labels to train with; {labels} skipped")
            continue
        missing = [name for name in options.methods if (pair.name, labels, draw, name) not in there]
        if not missing:
            continue
        few = few_links(splits, labels, draw)
        with tempfile.TemporaryDirectory(prefix="kgreview-few-labels-") as folder_of_draw:
            work = Path(folder_of_draw)
            data, _ = prepare_links(left, right, few, work, bars)
            data.save(work)
            for name in missing:
                run = in_own_process(work, name, draw, options.device, bars)
                bars.close()
                figures = measure(data, run.scores, read_truth(pair, data), rule=run.rule)
                point = {"dataset": pair.name, "labels": labels, "validation": len(few.valid)}
                values = json_numbers(asdict(figures) | asdict(run.cost))
                yield {**point, "draw": draw, "method": name, **values}


# ------------------------------------------------------------------------ reporting


def same_draws(runs: Sequence[Run], options: argparse.Namespace) -> Points:
    """Give the runs that were asked for, at each point of the draws that all its methods ran on."""
    points: Points = {}
    order = list(
        itertools.product((each.resolve().name for each in options.folders), options.labels)
    )
    for dataset, labels in order:
        here = [
            run
            for run in runs
            if (run["dataset"], run["labels"]) == (dataset, labels)
            and run["method"] in options.methods
            and run["draw"] < options.draws
        ]
        by_method = {
            name: [run for run in here if run["method"] == name] for name in options.methods
        }
        by_method = {name: found for name, found in by_method.items() if found}
        draws = [{run["draw"] for run in found} for found in by_method.values()]
        common = set.intersection(*draws) if draws else set()
        if common:
            points[dataset, labels] = {
                name: [run for run in found if run["draw"] in common]
                for name, found in by_method.items()
            }
    return points


def mean(runs: Sequence[Run], figure: str) -> float:
    """Give the mean of a figure over runs."""
    return float(statistics.mean(run[figure] for run in runs))


def table(points: Points) -> Iterator[str]:
    """Write mean and deviation of each method at each point."""
    yield "| set | labels | to validate | draws | method | PRAUC | F1 |"
    yield "|---|---:|---:|---:|---|---:|---:|"
    for (dataset, labels), methods in points.items():
        for name, runs in methods.items():
            cells = [
                f"{mean(runs, figure):.4f}"
                + (f" ±{statistics.stdev(run[figure] for run in runs):.4f}" if runs[1:] else "")
                for figure in MOST_BEHIND
            ]
            about = f"{dataset} | {labels} | {runs[0]['validation']} | {len(runs)}"
            yield f"| {about} | {name} | {' | '.join(cells)} |"


def leads_in(points: Points, figure: str) -> Iterator[Lead]:
    """Compare kgreview with the best other method wherever both ran."""
    for point, methods in points.items():
        means = {name: mean(runs, figure) for name, runs in methods.items()}
        ours = means.pop(OURS, None)
        if ours is not None and means:
            best = max(means, key=lambda name: means[name])
            yield Lead(point, ours - means[best], best, means[best])


def lead_lines(leads: dict[str, list[Lead]]) -> Iterator[str]:
    """Write a line for each point, the worst points and the mean leads."""
    if not all(leads.values()):
        return
    yield ""
    yield "| set | labels | PRAUC less the best other's | F1 less the best other's |"
    yield "|---|---:|---|---|"
    for of_point in zip(*leads.values(), strict=True):
        dataset, labels = of_point[0].point
        cells = (f"{each.value:+.4f} ({each.best} {each.best_mean:.4f})" for each in of_point)
        yield f"| {dataset} | {labels} | {' | '.join(cells)} |"
    yield ""
    for figure, each in leads.items():
        worst = min(each, key=lambda lead: lead.value)
        yield (
            f"{figure.upper()}: mean lead {mean_lead(each):+.4f}; worst {worst.value:+.4f}, "
            f"{worst.point[0]} with {worst.point[1]} labels"
        )


def mean_lead(leads: Sequence[Lead]) -> float:
    """Give the mean over points."""
    return statistics.mean(lead.value for lead in leads)


def is_behind(leads: Sequence[Lead], most: float) -> bool:
    """Whether kgreview is further behind than it may be somewhere, or not ahead on average."""
    if not leads:  # it was not asked for
        return False
    return min(lead.value for lead in leads) < -most - ROUNDING or mean_lead(leads) <= 0


if __name__ == "__main__":
    main()
