"""Print what kgreview is sure of on test links and wrong about, the surest first.

    python benchmarks/wrong_calls.py FOLDER [--most 50] [--seed 0]

FOLDER is a pair of graphs with links, as for ``kgreview benchmark``. A call is how the score of a
pair stands to the threshold, how sure it is, the log odds. For each: what the links say, the
probability, how many neighbours both entities have, and what is known of them.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from scipy.special import expit

from kgreview.aligner.baselines.dataset import Dataset
from kgreview.exchange.pair_folders import open_pair
from kgreview.experiments.benchmark import Run, prepare, run_method
from kgreview.experiments.measuring import Truth, decide_by_validation, read_truth
from kgreview.graph.knowledge_graph import KnowledgeGraph

WIDTH = 70  # letters of what is known of an entity


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--most", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    pair = open_pair(options.folder)
    with tempfile.TemporaryDirectory() as folder:
        data, _ = prepare(pair, Path(folder))
        run = run_method(data, "kgreview", options.seed)
        show(data, read_truth(pair, data), run, options.most)


def show(data: Dataset, truth: Truth, run: Run, most: int) -> None:
    """Print the surest of the wrong calls."""
    rule = run.rule or decide_by_validation(data, run.scores)
    log_odds = rule.calibration.log_odds(run.scores)[truth.where]
    match = truth.label == 1
    called = expit(log_odds) >= rule.threshold
    wrong = np.flatnonzero(called != match)
    missed = int((called < match).sum())
    print(f"{len(match):,} test pairs: {missed:,} matches missed, ", end="")
    print(f"{len(wrong) - missed:,} others called matches; the surest:\n")
    sure = np.where(called, log_odds, -log_odds)
    for place in wrong[np.argsort(-sure[wrong], kind="stable")][:most]:
        at = truth.where[place]
        what = "missed match " if match[place] else "no match     "
        print(f"{what} {expit(log_odds[place]):.3f}")
        for side, rows in ((data.left_graph, data.left), (data.right_graph, data.right)):
            print(f"    {described(side, int(rows[at]))}")


def described(graph: KnowledgeGraph, row: int) -> str:
    """Say in a line who an entity is."""
    values = (f"{name} {', '.join(each)}" for name, each in sorted(graph.attributes(row).items()))
    known = "; ".join(values) or "nothing but its neighbours"
    cut = known if len(known) <= WIDTH else f"{known[: WIDTH - 1]}…"
    return f"{graph.type_of(row):12} {graph.degree(row):>4} neighbours  {cut}"


if __name__ == "__main__":
    main()
