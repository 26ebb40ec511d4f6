"""What thousands of relations cost a training step, in time and memory.

    python benchmarks/relations.py

Prints, for 10 and 3,000 relations on the same graph otherwise, the median time of a step (the two
in turn, so that a noisy machine hits both), parameters, and the peak memory of a process that
trains with nothing but them; then the ratios.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import numpy as np
import torch

from kgreview.aligner.inputs import LabelledPairs, NodeInputs
from kgreview.aligner.joint import JointGraph
from kgreview.aligner.settings import AlignerSettings
from kgreview.aligner.training import _fresh, _step, batch_size
from kgreview.workflow.memory import peak_memory_mb

_NODES, _DEGREE, _PAIRS = 20_000, 10, 5_000
_STEPS = 15


class Trained:
    """A network on a random graph, one step at a time."""

    def __init__(self, relations: int) -> None:
        rng = np.random.default_rng(0)
        settings = AlignerSettings()
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
        self.inputs = NodeInputs(joint, features, settings, torch.device("cpu"))
        self.pairs = LabelledPairs(
            rng.integers(_NODES // 2, size=_PAIRS),
            rng.integers(_NODES // 2, size=_PAIRS),
            rng.random((_PAIRS, 50), dtype=np.float32),
            (np.arange(_PAIRS) % 10 == 0).astype(np.int8),
            np.ones(_PAIRS, np.float32),
        )
        self.model = _fresh(self.inputs, self.pairs, settings)
        self.optimiser = torch.optim.AdamW(self.model.parameters())
        self.batch = rng.permutation(_PAIRS)[: batch_size(_PAIRS, settings.batch)]

    def step(self) -> float:
        """Do a step; give its seconds."""
        started = time.perf_counter()
        _step(self.model, self.inputs, self.optimiser, self.pairs, self.batch)
        return time.perf_counter() - started


def peak_mb(relations: int) -> float:
    """Give the peak memory of a process that does a few steps."""
    code = f"import relations; relations.run_alone({relations})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        text=True,
        cwd=__file__.rsplit("/", 1)[0],
    )
    return float(done.stdout)


def run_alone(relations: int) -> None:
    """Do a few steps and print the peak memory of this process, MB."""
    trained = Trained(relations)
    for _ in range(3):
        trained.step()
    print(peak_memory_mb())


def main() -> None:
    """Measure and print."""
    few, many = Trained(10), Trained(3000)
    for each in (few, many):
        each.step()
    times = [(few.step(), many.step()) for _ in range(_STEPS)]
    print(f"{'relations':>10} {'ms a step':>10} {'parameters':>11} {'peak MB':>8}")
    rows = []
    for number, trained, column in ((10, few, 0), (3000, many, 1)):
        parameters = sum(p.numel() for p in trained.model.parameters())
        rows.append((statistics.median(t[column] for t in times) * 1e3, peak_mb(number)))
        print(f"{number:>10,} {rows[-1][0]:>10.1f} {parameters:>11,} {rows[-1][1]:>8.0f}")
    print(
        f"{'ratio':>10} {rows[1][0] / rows[0][0]:>10.2f} {'':>11} {rows[1][1] / rows[0][1]:>8.2f}"
    )


if __name__ == "__main__":
    main()
