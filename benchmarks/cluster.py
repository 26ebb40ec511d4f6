"""Print what a Ray cluster of this machine costs and saves, beside this process alone.

    python benchmarks/cluster.py PROJECT [PROCESSORS]

PROJECT has a trained version. Its candidates are found, compared and scored in this process, then
by tasks on a cluster of PROCESSORS (2) of this machine, with one thread each in either case. For
each stage: seconds, processor seconds of this process and of the workers, and whether the results
are equal bit for bit. Nothing in the project is changed. Where the machine has other work, go by
processor seconds.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil
import torch

from kgreview.aligner.checkpoint import Checkpoint
from kgreview.aligner.inputs import Pairs
from kgreview.candidates.blocking import block
from kgreview.cluster.ray_workers import on_cluster
from kgreview.pipeline.blocking import similarities, similarity_of
from kgreview.pipeline.project import Project
from kgreview.pipeline.scoring import node_inputs
from kgreview.progress import silent
from kgreview.store.versions import current_version

Made = list[np.ndarray]


class Stage(NamedTuple):
    """What one stage took, and made."""

    name: str
    seconds: float
    here: float  # processor seconds of this process
    there: float  # of all others that it started
    peak_mb: float  # resident at the end, of the workers together
    made: Made


def main(path: Path, processors: int = 2) -> None:
    """Print a table of both."""
    torch.set_num_threads(1)
    project = Project.open(path)
    print(
        f"{project.left.num_entities:,} and {project.right.num_entities:,} entities, "
        f"{len(project.candidates()):,} candidates"
    )
    alone = list(stages(project))
    started = time.perf_counter()
    with on_cluster(f"local:{processors}"):
        print(f"a cluster of {processors} processors started in {since(started):.1f} s")
        together = list(stages(project))
    print("| stage | one process, s (processor s) | cluster, s (here + workers) | equal |")
    print("|---|---|---|---|")
    for one, other in zip(alone, together, strict=True):
        equal = all(
            a.shape == b.shape and a.tobytes() == b.tobytes()
            for a, b in zip(one.made, other.made, strict=True)
        )
        print(
            f"| {one.name} | {one.seconds:.1f} ({one.here:.1f}) | {other.seconds:.1f} "
            f"({other.here:.1f} + {other.there:.1f}) | {'yes' if equal else 'NO'} |"
        )
    print(f"workers hold {max(each.peak_mb for each in together):,.0f} MB at most at a stage's end")


def stages(project: Project) -> Iterator[Stage]:
    """Do each stage as a run does it, without writing anything."""
    left, right, schema = project.left, project.right, project.schema
    candidates = project.candidates()
    compared, names = similarities(project)

    def find() -> Made:
        found = block(left, right, schema)
        return [found.left, found.right, found.context_similarity]

    def compare() -> Made:
        parts = similarity_of(project).in_parts(candidates.left, candidates.right)
        return [np.concatenate(list(parts))]

    def score() -> Made:
        with project.database() as db:
            version = current_version(db)
        assert version is not None, "train a version first"
        checkpoint = Checkpoint.load(project.version_folder(version.name))
        inputs = node_inputs(project, checkpoint.model.settings, "cpu", silent)
        checkpoint.check_fits(inputs.joint, names)
        pairs = Pairs(candidates.left, candidates.right, compared)
        scores = checkpoint.model.score(inputs, pairs)
        return [scores.own, scores.beliefs, scores.evidence, scores.logits]

    for name, work in (("find candidates", find), ("compare", compare), ("score", score)):
        yield measured(name, work)


def measured(name: str, work: Callable[[], Made]) -> Stage:
    """Do some work and say what it took."""
    before, here, started = of_others(), time.process_time(), time.perf_counter()
    made = work()
    seconds, worked = since(started), time.process_time() - here
    after = of_others()
    peak = sum(memory for _, memory in after.values()) / 1e6
    there = sum(worked for worked, _ in after.values())
    there -= sum(worked for worked, _ in before.values())
    return Stage(name, seconds, worked, there, peak, made)


def of_others() -> dict[int, tuple[float, float]]:
    """Give processor seconds and bytes of each process that this one started, by its number."""
    found = {}
    for process in psutil.Process().children(recursive=True):
        try:
            times = process.cpu_times()
            found[process.pid] = times.user + times.system, float(process.memory_info().rss)
        except psutil.NoSuchProcess:
            continue
    return found


def since(started: float) -> float:
    """Give the seconds since."""
    return time.perf_counter() - started


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
