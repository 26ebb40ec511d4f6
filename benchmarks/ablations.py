"""Print what each part of the aligner is worth: validation PRAUC with it left out.

    python benchmarks/ablations.py FOLDER [--seeds 1] [--only whole,no-trees]

FOLDER is a pair of graphs with links, as for ``kgreview benchmark``. Candidates are blocked once;
each row is the aligner with one setting changed, measured on the validation pairs by which its
epochs are chosen, never on test links: to be read against the first row, not as a result.
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

from kgreview.aligner.baselines.cg_mualign import fit
from kgreview.aligner.settings import AlignerSettings
from kgreview.evaluation.metrics import average_precision
from kgreview.exchange.pair_folders import open_pair
from kgreview.progress import silent
from kgreview.workflow.benchmark import prepare

WITHOUT: dict[str, dict[str, Any]] = {
    "whole": {},
    "no-trees": {"trees": 0},
    "no-told": {"told": False},
    "no-standings-by-similarity": {"telling": 0},
    "no-rivals": {"rivals": False, "telling": 0},
    "no-rivals-no-trees": {"rivals": False, "telling": 0, "trees": 0},
    "no-cross-attention": {"cross_attention": False},
    "no-self-attention": {"self_attention": False},
    "one-head": {"heads": 1},
    "no-pieces": {"bins": 1},
    "constant-rate": {"one_cycle": False, "head_learning_rate": 3e-3},
    "one-rate": {"learning_rate": 1e-2},
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", default=",".join(WITHOUT), help=", ".join(WITHOUT))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data, report = prepare(open_pair(options.folder), Path(folder))
        print(
            f"{options.folder.name}: {report.pairs:,} pairs, {len(data.valid.where):,} to validate"
        )
        for name in options.only.split(","):
            settings = dataclasses.replace(AlignerSettings(), **WITHOUT[name])
            figures, started = [], time.perf_counter()
            for seed in range(options.seeds):
                scores = np.asarray(fit(settings, data, seed, "auto", silent).score())
                figures.append(average_precision(data.valid.label, scores[data.valid.where]))
            seconds = (time.perf_counter() - started) / options.seeds
            spread = f" ±{statistics.stdev(figures):.4f}" if len(figures) > 1 else ""
            print(f"{name:28} {statistics.mean(figures):.4f}{spread} {seconds:7.0f} s", flush=True)


if __name__ == "__main__":
    main()
