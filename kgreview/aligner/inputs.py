"""What the network is fed: pairs with their labels, and nodes with features and neighbours."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from kgreview.aligner.features import Floats
from kgreview.aligner.joint import JointGraph
from kgreview.aligner.model import Neighbours
from kgreview.aligner.sampling import NeighbourSampler
from kgreview.aligner.settings import AlignerSettings
from kgreview.aligner.standings import Standings
from kgreview.errors import InputError
from kgreview.graph.links import pair_keys


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of rows, one of either graph, with how alike their values are.

    ``standings`` say how the pairs stand among their rivals by a few of the similarities; they are
    a column of their own since the similarities may be memory-mapped. ``told`` counts what is known
    of the rivals (``told.py``).
    """

    left: npt.NDArray[np.int64]  # (pairs,)
    right: npt.NDArray[np.int64]  # (pairs,)
    similarities: Floats  # (pairs, F), nan where a value is missing
    standings: Floats | Standings | None = field(default=None, kw_only=True)  # (pairs, S), likewise
    told: Floats | None = field(default=None, kw_only=True)  # (pairs, 4)

    def __len__(self) -> int:
        return len(self.left)

    @property
    def width(self) -> int:
        """How many figures the comparison head gets of a pair, F + S."""
        standings = 0 if self.standings is None else self.standings.shape[1]
        return int(self.similarities.shape[1] + standings)

    def compared(self, where: slice | npt.NDArray[np.integer]) -> Floats:
        """Give what the comparison head gets of some pairs, (some, F + S), a copy."""
        if self.standings is None:
            return np.array(self.similarities[where])
        return np.hstack([self.similarities[where], self.standings[where]])


@dataclass(frozen=True, eq=False)
class LabelledPairs(Pairs):
    """Pairs that are known to be the same entity (label 1) or not (0)."""

    label: npt.NDArray[np.int8]  # (pairs,)
    weight: npt.NDArray[np.float32]  # (pairs,) how much each counts in the loss

    def take(self, where: npt.NDArray[np.integer]) -> LabelledPairs:
        """Pick some of the pairs."""
        return LabelledPairs(
            self.left[where],
            self.right[where],
            self.similarities[where],
            self.label[where],
            self.weight[where],
            standings=None if self.standings is None else self.standings[where],
        )

    @classmethod
    def concatenate(cls, *parts: LabelledPairs) -> LabelledPairs:
        """Put labelled pairs that have no standings yet one after another."""
        return cls(
            np.concatenate([part.left for part in parts]),
            np.concatenate([part.right for part in parts]),
            np.concatenate([part.similarities for part in parts]),
            np.concatenate([part.label for part in parts]),
            np.concatenate([part.weight for part in parts]),
        )


def find_pairs(among: Pairs, wanted: Pairs) -> npt.NDArray[np.int64]:
    """Give the position of each wanted pair (wanted,), -1 where it is not there."""
    keys = pair_keys(among.left, among.right)
    if not len(keys):
        return np.full(len(wanted), -1)
    looked_for = pair_keys(wanted.left, wanted.right)
    order = np.argsort(keys)
    where = order[np.searchsorted(keys, looked_for, sorter=order).clip(max=len(keys) - 1)]
    return np.where(keys[where] == looked_for, where, -1)


class NodeInputs:
    """Features, types and sampled neighbours of the nodes of a joint graph.

    Graph and sampling stay on the CPU (DGL's wheels have no GPU); what is computed with goes to
    ``device``.
    """

    def __init__(
        self, joint: JointGraph, features: Floats, settings: AlignerSettings, device: torch.device
    ) -> None:
        self.joint = joint
        self.device = device
        self.values = torch.from_numpy(features).to(device)  # (nodes, w)
        self.types = torch.from_numpy(np.ascontiguousarray(joint.types)).to(device)  # (nodes,)
        self.sampler = NeighbourSampler(
            joint, settings.cap, uniform=settings.uniform_sampling, seed=settings.seed
        )
        self.samples = self.sampler.fixed()  # (nodes, cap) edge positions, those of scoring
        self._far = torch.from_numpy(np.ascontiguousarray(joint.edge_neighbours))
        self._relations = torch.from_numpy(np.ascontiguousarray(joint.edge_relations))

    def keep_samples(self, nodes: npt.NDArray[np.int64], samples: npt.NDArray[np.int64]) -> None:
        """Go on with what was sampled before for some nodes (n,): edge positions (n, cap), -1 none.

        So what was scored with these samples stays true beside what is scored now.
        """
        self.samples[torch.from_numpy(nodes)] = torch.from_numpy(samples)

    def layer0(self, nodes: Tensor) -> tuple[Tensor, Tensor]:
        """Give features (n, w) and types (n,) of nodes."""
        return self.values[nodes], self.types[nodes]

    def fresh(self, nodes: Tensor) -> Neighbours:
        """Draw neighbours anew for distinct nodes in ascending order, as in training."""
        return self._neighbours(self.sampler.sample(nodes.cpu()))

    def fixed(self, nodes: Tensor) -> Neighbours:
        """Give the same neighbours each time, as in scoring."""
        return self._neighbours(self.samples[nodes.cpu()])

    def _neighbours(self, positions: Tensor) -> Neighbours:
        mask = positions >= 0  # (n, cap)
        if not len(self._far):  # no edge in either graph: nothing to look up
            empty = torch.zeros_like(positions).to(self.device)
            return Neighbours(empty, empty, mask.to(self.device))
        edge = positions.clamp(min=0)
        return Neighbours(
            (self._far[edge] * mask).to(self.device),
            (self._relations[edge] * mask).to(self.device),
            mask.to(self.device),
        )


def choose_device(name: str) -> torch.device:
    """Turn ``auto``, ``cpu`` or ``cuda`` into a device. Raises ``InputError`` if there is none."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("--device cuda: torch sees no CUDA device here; use --device cpu")
    return torch.device(name)
