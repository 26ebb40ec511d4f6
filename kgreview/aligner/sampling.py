"""Which neighbours of an entity the network sees: a film's one director before its forty actors.

WWW'20, section 3.4: an edge of relation r at a node of type t is drawn with a probability
proportional to 1 / avgN_t^r, where avgN_t^r is the mean number of r-neighbours of a node of type t.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import dgl
import numpy as np
import numpy.typing as npt
import torch

from kgreview.aligner.joint import JointGraph

_POOL = 64  # edges a node can draw from; the rest of a hub's is left out once and for all


def edge_weights(joint: JointGraph, *, uniform: bool = False) -> npt.NDArray[np.float32]:
    """Give each edge's sampling weight 1 / avgN_t^r, (edges,); all 1 where ``uniform``."""
    if uniform:
        return np.ones(len(joint.edge_neighbours), dtype=np.float32)
    relations = joint.num_relation_codes
    near = np.repeat(joint.types, np.diff(joint.edge_offsets))  # (edges,) type t at the near end
    kinds = near * relations + joint.edge_relations  # (edges,) one code for each (t, r)
    distinct, of_edge, edges = np.unique(kinds, return_inverse=True, return_counts=True)
    nodes = np.bincount(joint.types, minlength=len(joint.type_names))[distinct // max(1, relations)]
    weights: npt.NDArray[np.float32] = (nodes / edges)[of_edge].astype(np.float32)
    return weights


def sample_keys(
    weights: npt.NDArray[np.float32], seed: int, alike: npt.NDArray[np.int64] | None = None
) -> npt.NDArray[np.float32]:
    """Give each edge's key, (edges,): a node's largest are its sample, for any size of sample.

    The k largest of log w + Gumbel noise are a weighted sample without replacement (Efraimidis and
    Spirakis 2006), here one that repeats for a seed on any machine. ``alike`` (edges,): edges of
    the same number get the same noise, so that of two long casts both sides keep the same actors
    (as in bottom-k sketches, Cohen and Kaplan 2007).
    """
    if alike is None:
        noise = np.random.default_rng(seed).gumbel(size=len(weights))
    else:
        noise = -np.log(-np.log(_uniform(alike, seed)))
    keys: npt.NDArray[np.float32] = (np.log(weights) + noise).astype(np.float32)
    return keys


def _uniform(numbers: npt.NDArray[np.int64], seed: int) -> npt.NDArray[np.float64]:
    """Turn numbers into evenly spread ones between 0 and 1, equal ones alike (SplitMix64)."""
    with np.errstate(over="ignore"):
        mixed = numbers.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15) * np.uint64(seed + 1)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    found: npt.NDArray[np.float64] = ((mixed >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53
    return found


class NeighbourSampler:
    """Draws at most ``cap`` neighbours of a node, weighted by relation, with DGL.

    The cost of a draw depends neither on the size of the graph nor on the degree: of each hub a
    weighted pool of ``_POOL`` edges is chosen when the sampler is made, and draws are made there.
    Positions that come back index ``joint.edge_neighbours`` and ``joint.edge_relations``.
    """

    def __init__(
        self,
        joint: JointGraph,
        cap: int,
        *,
        uniform: bool = False,
        seed: int = 0,
        alike: npt.NDArray[np.int64] | None = None,
    ) -> None:
        """``alike``: a number of each node (nodes,), see ``sample_keys``."""
        self.cap = cap
        self._num_nodes = joint.num_nodes
        weights = edge_weights(joint, uniform=uniform)
        near = np.repeat(np.arange(joint.num_nodes), np.diff(joint.edge_offsets))
        keys = sample_keys(weights, seed, None if alike is None else alike[joint.edge_neighbours])
        whole = dgl.graph(
            (torch.from_numpy(joint.edge_neighbours), torch.from_numpy(near)),
            num_nodes=joint.num_nodes,
        )
        whole.edata["key"] = torch.from_numpy(keys)
        kept = dgl.sampling.select_topk(whole, _POOL, "key").edata[dgl.EID]
        self._pool = dgl.graph(
            (torch.from_numpy(joint.edge_neighbours)[kept], torch.from_numpy(near)[kept]),
            num_nodes=joint.num_nodes,
        )
        self._pool.edata["position"] = kept
        self._pool.edata["key"] = whole.edata["key"][kept]
        self._pool.edata["weight"] = torch.from_numpy(weights)[kept]

    def sample(self, nodes: torch.Tensor) -> torch.Tensor:
        """Draw afresh for distinct nodes in ascending order.

        Gives edge positions (nodes, cap), -1 where a node has no more.
        """
        with one_thread():
            drawn = dgl.sampling.sample_neighbors(self._pool, nodes, self.cap, prob="weight")
        return self._padded(drawn, nodes)

    def fixed(self) -> torch.Tensor:
        """Give the sample of every node that repeats: edge positions (all nodes, cap), -1 none."""
        chosen = dgl.sampling.select_topk(self._pool, self.cap, "key")
        return self._padded(chosen, torch.arange(self._pool.num_nodes()))

    def _padded(self, drawn: dgl.DGLGraph, nodes: torch.Tensor) -> torch.Tensor:
        # edges of one node stand together in the order of their positions, whatever was drawn
        # first; positions ascend with the node, so one sort does both
        positions, order = torch.sort(drawn.edata["position"])  # (drawn,)
        slot = torch.searchsorted(nodes, drawn.edges()[1][order])  # (drawn,) which of nodes
        counts = torch.bincount(slot, minlength=len(nodes))  # (nodes,)
        start = torch.cumsum(counts, 0) - counts
        padded = torch.full((len(nodes), self.cap), -1)
        padded[slot, torch.arange(len(slot)) - start[slot]] = positions
        return padded


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Compute in one thread for a while.

    Draws repeat then: DGL seeds its other threads by their number, which no seed repeats. And many
    small products end sooner when no thread has to be woken for each.
    """
    threads = torch.get_num_threads()  # dgl and torch share OpenMP, and so the number
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def seed_everything(seed: int) -> None:
    """Seed torch's and DGL's generators, so that a training repeats on one machine."""
    torch.manual_seed(seed)
    dgl.seed(seed)
