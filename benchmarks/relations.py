"""What thousands of relations cost a training, in time and memory.

    python benchmarks/relations.py

Prints, for 10 and 3,000 relations on the same graph otherwise, the seconds of a training, the
parameters, and the peak memory of a process that does nothing else; then the ratios. The two are
trained in turn, three times each, and the medians count, so that a noisy machine hits both.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import numpy as np
import torch

from kgreview.aligner.fitting import Fit, fit_aligner
from kgreview.aligner.inputs import LabelledPairs, NodeInputs
from kgreview.aligner.joint_graph import JointGraph
from kgreview.aligner.settings import AlignerSettings
from kgreview.pipeline.memory import peak_memory_mb

_NODES, _DEGREE, _PAIRS = 20_000, 10, 5_000
_TIMES = 3


def train(relations: int) -> Fit:
    """Train on a random graph."""
    rng = np.random.default_rng(0)
    settings = AlignerSettings(members=2, trees=20, steps=100, epochs=2)
    counts = np.full(_NODES, _DEGREE)
    joint = JointGraph(
        num_left=_NODES // 2,
        types=np.zeros(_NODES, np.int64),
        type_names=("a",),
        edge_offsets=np.concatenate([[0], np.cumsum(counts)]),
        edge_relations=rng.integers(2 * relations, size=counts.sum()),
        edge_neighbours=rng.integers(_NODES, size=counts.sum()),
        relation_names=tuple(f"r{i}" for i in range(relations)),
    )
    features = rng.standard_normal((_NODES, 164), dtype=np.float32)
    features[:, :96] /= np.linalg.norm(features[:, :96], axis=1, keepdims=True)
    pairs = LabelledPairs(
        np.repeat(np.arange(_PAIRS // 10), 10),
        rng.integers(_NODES // 2, size=_PAIRS),
        rng.random((_PAIRS, 50), dtype=np.float32),
        (np.arange(_PAIRS) % 10 == 0).astype(np.int8),
        np.ones(_PAIRS, np.float32),
    )
    inputs = NodeInputs(joint, features, settings, torch.device("cpu"))
    return fit_aligner(inputs, pairs, pairs, None, range(50), settings)


def peak_mb(relations: int) -> float:
    """Give the peak memory of a process that trains once."""
    done = subprocess.run(
        [sys.executable, "-c", f"import relations; relations.run_alone({relations})"],
        capture_output=True,
        check=True,
        text=True,
        cwd=__file__.rsplit("/", 1)[0],
    )
    return float(done.stdout)


def run_alone(relations: int) -> None:
    """Train once and print the peak memory of this process, MB."""
    train(relations)
    print(peak_memory_mb())


def main() -> None:
    """Measure and print."""
    seconds: dict[int, list[float]] = {10: [], 3000: []}
    parameters = {}
    for _ in range(_TIMES):
        for number, each in seconds.items():
            started = time.perf_counter()
            model = train(number).model
            each.append(time.perf_counter() - started)
            parameters[number] = sum(weights.numel() for weights in model.parameters())
    print(f"{'relations':>10} {'s':>10} {'parameters':>11} {'peak MB':>8}")
    rows = []
    for number, each in seconds.items():
        rows.append((statistics.median(each), peak_mb(number)))
        print(f"{number:>10,} {rows[-1][0]:>10.1f} {parameters[number]:>11,} {rows[-1][1]:>8.0f}")
    print(
        f"{'ratio':>10} {rows[1][0] / rows[0][0]:>10.2f} {'':>11} {rows[1][1] / rows[0][1]:>8.2f}"
    )


if __name__ == "__main__":
    main()
