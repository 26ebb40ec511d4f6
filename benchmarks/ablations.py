"""Print what each part of the aligner is worth: test PRAUC and F1 with it left out.

    python benchmarks/ablations.py FOLDER… [--seeds 1] [--only whole,no-evidence]

Each FOLDER is a pair of graphs with links, as for ``kgreview benchmark``. Candidates are blocked
once; each row is the aligner with one setting changed. Beside the figures on test links stands the
PRAUC on validation pairs: settings are chosen by that one alone.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from kgreview.aligner.baselines.kgreview import fit
from kgreview.aligner.settings import AlignerSettings
from kgreview.evaluation.metrics import average_precision
from kgreview.exchange.pair_folders import open_pair
from kgreview.experiments.benchmark import prepare
from kgreview.experiments.measuring import measure, read_truth
from kgreview.progress import silent

WITHOUT: dict[str, dict[str, Any]] = {
    "whole": {},
    "no-evidence": {"evidence": False},
    "even-attention": {"cross_attention": False, "self_attention": False},
    "no-cross-attention": {"cross_attention": False},
    "no-self-attention": {"self_attention": False},
    "one-round": {"rounds": 1},
    "three-rounds": {"rounds": 3},
    "no-competitors": {"competitors": False},
    "no-label-features": {"label_features": False},
    "uniform-sampling": {"uniform_sampling": True},
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", default=",".join(WITHOUT), help=", ".join(WITHOUT))
    options = parser.parse_args()
    for place in options.folders:
        with tempfile.TemporaryDirectory() as folder:
            ablate(place, Path(folder), options.only.split(","), options.seeds)


def ablate(place: Path, folder: Path, names: list[str], seeds: int) -> None:
    """Measure a pair of graphs with each part left out, and print a row each."""
    pair = open_pair(place)
    data, report = prepare(pair, folder)
    truth = read_truth(pair, data)
    title = f"{place.resolve().name}, {report.pairs:,} pairs"
    print(f"\n{title:38} {'test PRAUC':>16} {'test F1':>14} {'valid PRAUC':>12} {'s':>6}")
    for name in names:
        settings = dataclasses.replace(AlignerSettings(), **WITHOUT[name])
        prauc, f1, valid, started = [], [], [], time.perf_counter()
        for seed in range(seeds):
            scorer = fit(settings, data, seed, "auto", silent)
            scores = np.asarray(scorer.score())
            found = measure(data, scores, truth, rule=scorer.rule)
            prauc.append(found.prauc)
            f1.append(found.f1)
            valid.append(average_precision(data.valid.label, scores[data.valid.where]))
        seconds = (time.perf_counter() - started) / seeds
        print(
            f"{name:38} {_mean(prauc, 4):>16} {_mean(f1, 3):>14} {_mean(valid, 4):>12} "
            f"{seconds:>6.0f}",
            flush=True,
        )


def _mean(values: list[float], digits: int) -> str:
    mean = f"{statistics.mean(values):.{digits}f}"
    return f"{mean} ±{statistics.stdev(values):.{digits}f}" if len(values) > 1 else mean


if __name__ == "__main__":
    main()
