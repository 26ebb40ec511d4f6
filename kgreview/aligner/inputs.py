"""What the aligner is fed: pairs with their labels, and nodes with names and neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from kgreview.aligner.features import EMBEDDED, NAME_WIDTH, Floats
from kgreview.aligner.joint_graph import JointGraph
from kgreview.aligner.linear import Codes, PairWords
from kgreview.aligner.sampling import NeighbourSampler
from kgreview.aligner.settings import AlignerSettings
from kgreview.errors import InputError
from kgreview.graph.links import pair_keys

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of rows, one of either graph, with how alike their values are."""

    left: Rows  # (pairs,)
    right: Rows  # (pairs,)
    similarities: Floats  # (pairs, F), nan where a value is missing; may be memory-mapped

    def __post_init__(self) -> None:
        """Refuse rows below 0: compiled code would read memory that is none, and end the process.

        Raises ``IndexError``, since whoever looks ids up leaves out what is not there.
        """
        for side in (self.left, self.right):
            if len(side) and int(np.min(side)) < 0:
                raise IndexError("a pair has no row in its graph: look its ids up by pair_rows")

    def __len__(self) -> int:
        return len(self.left)

    def take(self, where: npt.NDArray[np.integer]) -> Pairs:
        """Pick some of the pairs."""
        return Pairs(self.left[where], self.right[where], self.similarities[where])


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
        )


def with_competitors(pairs: Pairs, where: Rows) -> tuple[Rows, Rows]:
    """Give the positions of the pairs at ``where`` and of all that share an entity with one.

    They ascend. With the place among them of each at ``where``, which ascends, too.
    """
    near = np.zeros(len(pairs), np.bool_)
    for rows in (np.asarray(pairs.left), np.asarray(pairs.right)):
        meant = np.zeros(int(rows.max(initial=-1)) + 1, np.bool_)
        meant[rows[where]] = True
        near |= meant[rows]
    positions = np.flatnonzero(near)
    return positions, np.searchsorted(positions, where)


def find_pairs(among: Pairs, wanted: Pairs) -> npt.NDArray[np.int64]:
    """Give the position of each wanted pair (wanted,), -1 where it is not there."""
    keys = pair_keys(among.left, among.right)
    if not len(keys):
        return np.full(len(wanted), -1)
    looked_for = pair_keys(wanted.left, wanted.right)
    order = np.argsort(keys)
    where = order[np.searchsorted(keys, looked_for, sorter=order).clip(max=len(keys) - 1)]
    return np.where(keys[where] == looked_for, where, -1)


_WORDS_OF_NEIGHBOURS = 8  # of a name that neighbours are compared by, the rarest


class NodeInputs:
    """Names, types and sampled neighbours of the nodes of a joint graph.

    The sampler stays on the CPU (DGL's wheels have no GPU); what is computed with goes to
    ``device``. N nodes, c = cap neighbours of a node.
    """

    def __init__(
        self,
        joint: JointGraph,
        features: Floats,
        settings: AlignerSettings,
        device: torch.device,
        samples: Rows | None = None,
    ) -> None:
        """``features``: layer 0 (N, w): first the embedded name, last the words of the name.

        ``samples``: edge positions (N, c) sampled before, -1 none, if none are to be drawn.
        """
        self.joint = joint
        self.device = device
        self.width = features.shape[1]
        names = np.ascontiguousarray(features[:, :NAME_WIDTH])
        self.names = torch.from_numpy(names).to(device)  # (N, 96) unit length, or zero
        self.words = np.ascontiguousarray(features[:, EMBEDDED:]).astype(np.int32)  # (N, c), 0 none
        rarity = word_rarity(self.words[:, :_WORDS_OF_NEIGHBOURS])  # (N, w)
        self.word_codes = torch.from_numpy(self.words[:, :_WORDS_OF_NEIGHBOURS]).to(device)
        self.word_rarity = torch.from_numpy(rarity).to(device)  # (N, w) nats
        self.name_rarity = self.word_rarity.sum(1)  # (N,) nats
        self.named = self.names.any(1).to(torch.float32)  # (N,) 1 where there is a name
        self.types = torch.from_numpy(np.ascontiguousarray(joint.types)).to(device)  # (N,)
        degree = np.diff(joint.edge_offsets)
        self.degree = torch.from_numpy(np.log1p(degree).astype(np.float32)).to(device)  # (N,)
        rarity = np.log(max(1, joint.num_nodes) / (1.0 + degree)).astype(np.float32)
        self.rarity = torch.from_numpy(rarity).to(device)  # (N,) nats: hubs tell little
        self._alike = _edges_alike(joint)
        if samples is not None:
            self.set_samples(torch.from_numpy(np.array(samples, np.int64)))
            return
        sampler = NeighbourSampler(
            joint,
            settings.cap,
            uniform=settings.uniform_sampling,
            seed=settings.seed,
            alike=name_codes(names),
        )
        self.set_samples(sampler.fixed())

    def words_of(self, left: Rows, right: Rows) -> PairWords:
        """Give the words of the names of pairs of rows, (pairs,) of either graph."""
        return PairWords(self.words, left, self.joint.right_node(right))

    def both_named(self, left: Rows, right: Rows) -> npt.NDArray[np.bool_]:
        """Tell of pairs of rows whether both entities have a name, (pairs, 1)."""
        named = self.named.cpu().numpy() > 0
        both: npt.NDArray[np.bool_] = named[left] & named[self.joint.right_node(right)]
        return both[:, None]

    def set_samples(self, samples: Tensor) -> None:
        """Go on with these sampled edges of all nodes: positions (N, c), -1 none."""
        self.samples = samples
        joint = self.joint
        mask = samples >= 0
        edge = samples.clamp(min=0)
        if not len(joint.edge_neighbours):  # no edge in either graph: nothing to look up
            empty = torch.zeros_like(samples).to(self.device)
            self.neighbours, self.relations, self.mask = empty, empty, mask.to(self.device)
            self.of_relation = self.stands_for = empty.to(torch.float32)
            return
        far = torch.from_numpy(np.ascontiguousarray(joint.edge_neighbours))
        relations = torch.from_numpy(np.ascontiguousarray(joint.edge_relations))
        self.neighbours = (far[edge] * mask).to(self.device)  # (N, c)
        self.relations = (relations[edge] * mask).to(self.device)  # (N, c)
        self.mask = mask.to(self.device)  # (N, c)
        # how many neighbours the node has over the relation of each
        of_relation = torch.from_numpy(self._alike)[edge] * mask
        self.of_relation = of_relation.to(self.device)
        # and for how many of them each stands: of forty actors nine are sampled
        codes, sampled = relations[edge], torch.zeros(mask.shape)
        for slot in range(mask.shape[1]):
            one = slice(slot, slot + 1)
            sampled += (codes == codes[:, one]) & mask[:, one]
        stands_for = of_relation.expm1() / sampled.clamp(min=1) * mask
        self.stands_for = stands_for.to(torch.float32).to(self.device)  # (N, c) from 1 on

    def keep_samples(self, nodes: Rows, samples: Rows) -> None:
        """Go on with what was sampled before for some nodes (n,): edge positions (n, cap), -1 none.

        So what was scored with these samples stays true beside what is scored now.
        """
        self.samples[torch.from_numpy(nodes)] = torch.from_numpy(samples)
        self.set_samples(self.samples)


def word_rarity(words: Codes) -> Floats:
    """Give how rare each word of the names of nodes (N, w) is among them, in nats; 0 for none."""
    codes, place, often = np.unique(words, return_inverse=True, return_counts=True)
    rarity = np.log((1 + len(words)) / often).astype(np.float32)
    rarity[codes == 0] = 0
    return rarity[place.reshape(words.shape)]


def name_codes(names: Floats) -> Rows:
    """Give each node a number (N,) that is the same where the embedded names (N, w) are.

    A node without a name has a number of its own.
    """
    bits = np.ascontiguousarray(names).view(np.uint32).astype(np.uint64)
    odd = np.random.default_rng(0).integers(0, 2**63, names.shape[1], dtype=np.uint64) * 2 + 1
    with np.errstate(over="ignore"):
        codes = bits @ odd
    nameless = ~names.any(axis=1)
    codes[nameless] = np.random.default_rng(1).integers(
        0, 2**63, int(nameless.sum()), dtype=np.uint64
    )
    return (codes >> np.uint64(1)).astype(np.int64)


def _edges_alike(joint: JointGraph) -> Floats:
    """Give log(1 + how many edges of its relation the node has) for each edge, (edges,)."""
    near = np.repeat(np.arange(joint.num_nodes), np.diff(joint.edge_offsets))
    kinds = near * max(1, joint.num_relation_codes) + joint.edge_relations
    _, kind, counts = np.unique(kinds, return_inverse=True, return_counts=True)
    alike: Floats = np.log1p(counts[kind]).astype(np.float32)
    return alike


def choose_device(name: str) -> torch.device:
    """Turn ``auto``, ``cpu`` or ``cuda`` into a device. Raises ``InputError`` if there is none."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("--device cuda: torch sees no CUDA device here; use --device cpu")
    return torch.device(name)
