"""What a draw of neighbours costs as the graph, the degree and the hubs grow.

    python benchmarks/sampling.py [--largest 1000000]

Prints microseconds a node for 4,096 nodes drawn afresh (the median of 20 draws), the same for each
neighbour that is drawn (of a node with five no more than five can be), and the seconds to make the
sampler, which is once for each training. Graphs of more than 50 million edges are left out.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
import torch

from kgreview.aligner.joint_graph import JointGraph
from kgreview.aligner.sampling import NeighbourSampler

_NODES = 4096
_HUB = 100_000
_MOST_EDGES = 50_000_000


def random_graph(nodes: int, degree: int, hubs: int) -> JointGraph:
    """Draw ``nodes × degree`` edges; ``hubs`` nodes get 100,000 more each, or as many as fit."""
    rng = np.random.default_rng(0)
    near = [rng.integers(nodes, size=nodes * degree)]
    near += [np.full(_HUB, hub) for hub in range(hubs)]
    sources = np.sort(np.concatenate(near))
    counts = np.bincount(sources, minlength=nodes)
    return JointGraph(
        num_left=nodes // 2,
        types=rng.integers(3, size=nodes),
        type_names=("a", "b", "c"),
        edge_offsets=np.concatenate([[0], np.cumsum(counts)]),
        edge_relations=rng.integers(20, size=len(sources)),
        edge_neighbours=rng.integers(nodes, size=len(sources)),
        relation_names=tuple("abcdefghij"),
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--largest", type=int, default=1_000_000, help="entities")
    options = parser.parse_args()
    print("  entities  degree  hubs  made in s  µs a node  µs a neighbour")
    for nodes in (10_000, 100_000, 1_000_000):
        for degree in (5, 50, 500):
            for hubs in (0, 10):
                if nodes > options.largest or nodes * degree > _MOST_EDGES:
                    continue
                joint = random_graph(nodes, degree, hubs)
                started = time.perf_counter()
                sampler = NeighbourSampler(joint, cap=10)
                made = time.perf_counter() - started
                # the hubs are among the nodes drawn for
                wanted = torch.unique(
                    torch.cat([torch.arange(hubs), torch.randint(nodes, (_NODES,))])
                )
                seconds = []
                for _ in range(20):
                    started = time.perf_counter()
                    drawn = sampler.sample(wanted)
                    seconds.append(time.perf_counter() - started)
                each = statistics.median(seconds) / len(wanted) * 1e6
                neighbour = each * len(wanted) / int((drawn >= 0).sum())
                print(
                    f"{nodes:>10,} {degree:>7} {hubs:>5} {made:>10.2f} {each:>10.2f} "
                    f"{neighbour:>15.2f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
