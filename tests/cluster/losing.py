"""Run a project on a cluster of two nodes that loses workers and a node, and in one process.

    python losing.py LEFT RIGHT LINKS FOLDER [LOSSES]

LEFT, RIGHT and LINKS are a source each. FOLDER gets the projects ``alone`` and ``lossy``. LOSSES
are pairs of a stage and what is lost in its midst, as ``compare pairs=worker``. Prints what was
lost where, as JSON. Partitions are small, so that each stage has many.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import psutil
from ray.cluster_utils import Cluster

from kgreview.aligner import own, scored_together
from kgreview.aligner.settings import QUICK
from kgreview.aligner.threads import threads
from kgreview.candidates import search
from kgreview.cluster.ray_workers import on_cluster
from kgreview.features import similarity
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.project import Project
from kgreview.pipeline.run import run_project

STORE = 200_000_000  # bytes of objects on a node


class Machines:
    """A cluster of two nodes, of which workers and the second node can be lost."""

    def __init__(self) -> None:
        node = {"num_cpus": 1, "object_store_memory": STORE, "include_dashboard": False}
        self.cluster = Cluster(initialize_head=True, head_node_args=node)
        self.node = {name: value for name, value in node.items() if name != "include_dashboard"}
        self.second = self.cluster.add_node(**self.node)

    def lose_worker(self) -> None:
        """Kill a process that works on a partition."""
        below = psutil.Process().children(recursive=True)
        working = [each for each in below if each.name().startswith("ray::")]
        busy = [each for each in working if "_work" in each.name()] or working
        busy[0].kill()

    def lose_node(self) -> None:
        """Take a node away at once, and bring another one."""
        self.cluster.remove_node(self.second, allow_graceful=False)
        self.second = self.cluster.add_node(**self.node)


def main(left: Path, right: Path, links: Path, folder: Path, losses: dict[str, str]) -> None:
    """Run both, and print what was lost."""
    own._AT_ONCE = 10_000
    scored_together.AT_ONCE.update(cpu=4_000, cuda=10_000)
    similarity.AT_ONCE = 10_000
    search._QUERIES = 1_000
    for name in ("alone", "lossy"):
        create_project(folder / name, left, right, links=[links])
    run_project(Project.open(folder / "alone"), settings=QUICK)
    machines, lost = Machines(), []
    lose = {"worker": machines.lose_worker, "node": machines.lose_node}

    def progress(stage: str, done: int, total: int | None = None, **_: float) -> None:
        what = losses.get(stage)
        if what is not None and 0 < done < (total or 0):
            del losses[stage]
            lose[what]()
            lost.append(f"{stage}={what}")

    with on_cluster(machines.cluster.address, threads()):
        run_project(Project.open(folder / "lossy"), settings=QUICK, progress=progress)
    machines.cluster.shutdown()
    print(json.dumps(lost))  # noqa: T201


if __name__ == "__main__":
    given = dict(each.split("=") for each in sys.argv[5:])
    main(*map(Path, sys.argv[1:5]), given)
