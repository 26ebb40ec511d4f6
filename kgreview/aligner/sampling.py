"""Which neighbours of an entity the network sees: a film's one director before its forty actors.

WWW'20, section 3.4: an edge of relation r at a node of type t is drawn with a probability
proportional to 1 / avgN_t^r, where avgN_t^r is the mean number of r-neighbours of a node of type t.

Random keys are drawn here, and a node's sample are the edges of its largest keys. DGL picks these
where it is installed. Its wheels end at Python 3.11; elsewhere torch picks the same.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from kgreview.aligner import HAS_DGL
from kgreview.aligner.joint_graph import JointGraph

# (groups (n,), their float64 keys (n,), size) to the positions of each group's largest, ascending
Pick = Callable[[Tensor, Tensor, int], Tensor]

_POOL = 64  # edges a node can draw from; the rest of a hub's is left out once and for all
_TWIN = 2.0**-46  # less than any two float32 keys differ by, and enough for float64 to see


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
    return (np.log(weights) + noise).astype(np.float32)


def _uniform(numbers: npt.NDArray[np.int64], seed: int) -> npt.NDArray[np.float64]:
    """Turn numbers into evenly spread ones between 0 and 1, equal ones alike (SplitMix64)."""
    with np.errstate(over="ignore"):
        mixed = numbers.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15) * np.uint64(seed + 1)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return ((mixed >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53


def pick_with_dgl(groups: Tensor, keys: Tensor, size: int) -> Tensor:
    """Give the positions of the ``size`` largest keys of each group, ascending.

    ``groups`` (n,): numbers from 0 on; ``keys`` (n,): no two of one group are equal.
    """
    import dgl

    if not len(groups):
        return torch.empty(0, dtype=torch.int64)
    nodes = int(groups.max()) + 1
    graph = dgl.graph((torch.zeros_like(groups), groups), num_nodes=nodes)
    graph.edata["key"] = keys
    picked: Tensor = dgl.sampling.select_topk(graph, size, "key").edata[dgl.EID]
    return picked.sort().values


def pick_with_torch(groups: Tensor, keys: Tensor, size: int) -> Tensor:
    """Give the same as ``pick_with_dgl``, without DGL."""
    order = torch.argsort(keys, descending=True, stable=True)
    order = order[torch.argsort(groups[order], stable=True)]  # by group, the largest keys first
    return order[_rank_in_group(groups[order]) < size].sort().values


def _rank_in_group(groups: Tensor) -> Tensor:
    """Count each group's members from 0 on; ``groups`` (n,) ascend."""
    counts = torch.bincount(groups)  # (groups,)
    start = torch.cumsum(counts, 0) - counts
    return torch.arange(len(groups)) - start[groups]


class NeighbourSampler:
    """Draws at most ``cap`` neighbours of a node, weighted by relation.

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
        pick: Pick | None = None,
    ) -> None:
        """``alike``: a number of each node (nodes,), see ``sample_keys``.

        ``pick``: what picks the largest keys; DGL where it is installed, else torch.
        """
        self.cap = cap
        self._pick = pick or (pick_with_dgl if HAS_DGL else pick_with_torch)
        weights = edge_weights(joint, uniform=uniform)
        keys = sample_keys(weights, seed, None if alike is None else alike[joint.edge_neighbours])
        degrees = np.diff(joint.edge_offsets)
        near = torch.from_numpy(np.repeat(np.arange(joint.num_nodes), degrees))  # (edges,)
        # twins, of one name and relation, have equal keys: of them the first is the larger
        place = torch.arange(len(near)) - torch.from_numpy(joint.edge_offsets)[near]
        whole = torch.from_numpy(keys).to(torch.float64) - place * _TWIN
        self._positions = self._largest(near, whole, _POOL)  # (pool,) ascending, as nodes do
        self._near = near[self._positions]
        self._keys = whole[self._positions]
        self._weights = torch.from_numpy(weights)[self._positions].to(torch.float64)
        counts = torch.bincount(self._near, minlength=joint.num_nodes)
        self._ends = torch.cumsum(counts, 0)  # (nodes,) where each node's edges end in the pool
        self._counts = counts

    def sample(self, nodes: Tensor) -> Tensor:
        """Draw afresh for distinct nodes in ascending order.

        Gives edge positions (nodes, cap), -1 where a node has no more. Weighted and without
        replacement: the largest u^(1/w) of uniform noise u (Efraimidis and Spirakis 2006).
        """
        counts = self._counts[nodes]
        slots = torch.repeat_interleave(torch.arange(len(nodes)), counts)  # (e,) which of nodes
        starts = self._ends[nodes] - counts
        edges = starts[slots] + _rank_in_group(slots)  # (e,) in the pool
        noise = torch.rand(len(edges), dtype=torch.float64)
        chosen = self._largest(slots, torch.log(noise) / self._weights[edges], self.cap)
        return self._padded(slots[chosen], self._positions[edges[chosen]], len(nodes))

    def fixed(self) -> Tensor:
        """Give the sample of every node that repeats: edge positions (all nodes, cap), -1 none."""
        chosen = self._largest(self._near, self._keys, self.cap)
        return self._padded(self._near[chosen], self._positions[chosen], len(self._counts))

    def _largest(self, groups: Tensor, keys: Tensor, size: int) -> Tensor:
        """Pick in the groups that are too large; of the others all are kept."""
        crowded = torch.bincount(groups)[groups] > size  # (n,)
        several = crowded.nonzero()[:, 0]
        _, dense = torch.unique_consecutive(groups[several], return_inverse=True)
        kept = ~crowded
        kept[several[self._pick(dense, keys[several], size)]] = True
        return kept.nonzero()[:, 0]

    def _padded(self, slots: Tensor, positions: Tensor, rows: int) -> Tensor:
        padded = torch.full((rows, self.cap), -1)
        padded[slots, _rank_in_group(slots)] = positions
        return padded


def seed_everything(seed: int) -> None:
    """Seed torch's generator, and DGL's where it is, so that a training repeats on one machine."""
    torch.manual_seed(seed)
    if HAS_DGL:
        import dgl

        dgl.seed(seed)
