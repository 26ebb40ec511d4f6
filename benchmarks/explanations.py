"""Measure what an explanation costs: loading the network once, then pair by pair.

python benchmarks/explanations.py PROJECT [--pairs 200]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from kgreview.pipeline import explanation, loaded_networks
from kgreview.pipeline.project import Project


def main() -> None:
    """Print seconds and milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("project", type=Path)
    parser.add_argument("--pairs", type=int, default=200, help="drawn at random")
    options = parser.parse_args()
    project = Project.open(options.project)
    version = explanation.version_to_explain(project)
    started = time.perf_counter()
    loaded_networks.load(project, version)
    print(f"load the network, torch included  {time.perf_counter() - started:7.2f} s")
    pairs = project.candidates()
    drawn = np.random.default_rng(0).permutation(len(pairs))[: options.pairs]
    rows = [(int(pairs.left[i]), int(pairs.right[i])) for i in drawn]
    explanation.explain(project, version, *rows[0])  # the first pays for what is set up once
    for words, verb in (
        ("explain a pair", explanation.explain),
        ("look for a flip", explanation.flip),
    ):
        median, worst = np.percentile(timed(verb, project, version, rows[1:]), [50, 95])
        print(f"{words:<32}  {median:7.1f} ms, 95th percentile {worst:.1f} ms")


def timed(
    verb: Callable[..., object], project: Project, version: str, rows: list[tuple[int, int]]
) -> list[float]:
    """Give the milliseconds of each pair."""
    found = []
    for left, right in rows:
        started = time.perf_counter()
        verb(project, version, left, right)
        found.append(1000 * (time.perf_counter() - started))
    return found


if __name__ == "__main__":
    main()
