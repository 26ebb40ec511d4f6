"""What neighbours add to pairs, a stretch of candidates at a time, here or on other machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from kgreview.aligner.correspondence import Correspondence
from kgreview.aligner.evidence import (
    EvidenceNetwork,
    SideEvidence,
    as_slots,
    evidence_of,
    shared_out,
    support_of,
)
from kgreview.aligner.inputs import NodeInputs
from kgreview.aligner.neighbour_pairs import CandidateIndex
from kgreview.aligner.neighbourhoods import Neighbourhoods, gather
from kgreview.aligner.threads import tensor_of, use_threads

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

_NOT_NEEDED = {"joint", "samples", "words", "_alike", "device"}  # of the nodes, to look around


@dataclass(frozen=True, eq=False)
class SlotBatch:
    """What the neighbours of a stretch of pairs add."""

    start: int  # position of the first pair
    slots: npt.NDArray[np.float16]  # (pairs, side, cap, 3): contribution, gate, stake


@dataclass(frozen=True, eq=False)
class Weighed:
    """What the neighbours of some pairs say."""

    evidence: Floats  # (pairs,) in all
    support: Floats  # (pairs,) in favour
    slots: npt.NDArray[np.float16] | None  # as ``SlotBatch`` has them, where they are asked for


@dataclass(frozen=True, eq=False)
class Surroundings:
    """All that the neighbourhoods of candidates are put together of; pickled as plain arrays."""

    inputs: NodeInputs
    index: CandidateIndex
    nodes: tuple[Tensor, Tensor]  # (pairs,) of either side, in 32 bits

    def around(self, correspondence: Correspondence, where: Tensor | slice) -> Neighbourhoods:
        """Put both neighbourhoods of some pairs together."""
        left, right = (node[where].long() for node in self.nodes)
        return gather(self.inputs, correspondence, left, right, self.index)

    def __reduce__(self) -> tuple[Any, ...]:
        kept = {
            name: _array(of) for name, of in vars(self.inputs).items() if name not in _NOT_NEEDED
        }
        index = {name: _array(of) for name, of in vars(self.index).items()}
        return _surroundings, (kept, index, tuple(map(_array, self.nodes)))


@dataclass(frozen=True, eq=False)
class Weighing:
    """How a round weighs the neighbours of candidates."""

    network: EvidenceNetwork
    correspondence: Correspondence
    believed: Floats  # (pairs,) log odds of the round before
    slots: int  # neighbours of an entity whose share is asked for, 0: none is
    threads: int  # of torch: the last bit of a sum hangs on how it is parted among them

    @torch.no_grad()
    def of(self, around: Neighbourhoods) -> Weighed:
        """Weigh the neighbours of some pairs."""
        believed = tensor_of(self.believed).to(around.strength.device)
        said, affinity = self.network.look(around, believed)
        evidence, support = np.zeros((2, around.pairs), np.float32)
        if self.network.settings.evidence:
            evidence = evidence_of(around, said).cpu().numpy()
            support = support_of(around, said).cpu().numpy()
        if not self.slots:
            return Weighed(evidence, support, None)
        shares = shared_out(around, said, affinity)
        return Weighed(evidence, support, slots_of(shares, around, self.slots))


def weigh(surroundings: Surroundings, weighing: Weighing, part: slice | Rows) -> Weighed:
    """Weigh the neighbours of some candidates: what a worker does."""
    use_threads(weighing.threads)
    where = part if isinstance(part, slice) else tensor_of(part)
    return weighing.of(surroundings.around(weighing.correspondence, where))


def slots_of(
    evidence: tuple[SideEvidence, SideEvidence], around: Neighbourhoods, cap: int
) -> npt.NDArray[np.float16]:
    """Put what the neighbours of both sides add where they stand, (pairs, side, cap, 3)."""
    parts = [
        as_slots(side, each, around.pairs, cap)
        for side, each in zip(around.sides, evidence, strict=True)
    ]
    return np.stack(parts, axis=1).astype(np.float16)


def _array(value: Any) -> Any:
    # contiguous: else each worker would get a copy in the place of what its node maps
    return np.ascontiguousarray(value.cpu().numpy()) if isinstance(value, Tensor) else value


def _tensor(value: Any) -> Any:
    return tensor_of(value) if isinstance(value, np.ndarray) else value


def _surroundings(
    kept: dict[str, Any], index: dict[str, Any], nodes: tuple[Any, Any]
) -> Surroundings:
    """Put together what ``Surroundings`` was pickled as: of its inputs, what is looked up."""
    inputs, found = object.__new__(NodeInputs), object.__new__(CandidateIndex)
    vars(inputs).update({name: _tensor(of) for name, of in kept.items()})
    inputs.device = torch.device("cpu")
    vars(found).update({name: _tensor(of) for name, of in index.items()})
    return Surroundings(inputs, found, (_tensor(nodes[0]), _tensor(nodes[1])))
