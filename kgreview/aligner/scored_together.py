"""All candidates, and the neighbourhoods of them or of some, a stretch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from kgreview.aligner.correspondence import Correspondence
from kgreview.aligner.inputs import NodeInputs
from kgreview.aligner.neighbour_pairs import CandidateIndex
from kgreview.aligner.neighbourhoods import Neighbourhoods
from kgreview.aligner.weighing import Surroundings, Weighed, Weighing, weigh
from kgreview.errors import KGReviewError
from kgreview.partitions import over, workers

Floats = npt.NDArray[np.float32]
Halves = npt.NDArray[np.float16]
Rows = npt.NDArray[np.int64]

# pairs whose neighbourhoods are put together at once: more for a GPU, which wants to be filled
AT_ONCE = {"cpu": 8192, "cuda": 65536}
_KEPT = 1 << 29  # bytes of neighbourhoods that stay in memory

Stretch = tuple[slice, Neighbourhoods]


@dataclass(frozen=True, eq=False)
class Candidates:
    """All candidates with what is the same in every round."""

    inputs: NodeInputs
    left: Rows  # (pairs,) rows
    right: Rows
    own: Floats  # (pairs,) log odds by own features
    label_features: Halves  # (pairs, 7) what is known of them beside
    surroundings: Surroundings = field(init=False)
    _all: Stretches = field(init=False)
    _shared: list[Any] = field(default_factory=list)  # what stands for the surroundings elsewhere

    def __post_init__(self) -> None:
        device, first = self.inputs.device, self.inputs.joint.num_left
        left = torch.from_numpy(np.array(self.left, np.int32)).to(device)
        right = torch.from_numpy(np.array(self.right, np.int32)).to(device) + first
        around = Surroundings(self.inputs, CandidateIndex(left, right), (left, right))
        object.__setattr__(self, "surroundings", around)
        object.__setattr__(self, "_all", Stretches(self))

    def __len__(self) -> int:
        return len(self.left)

    def around(self, correspondence: Correspondence, where: Tensor | slice) -> Neighbourhoods:
        """Put both neighbourhoods of some pairs together."""
        return self.surroundings.around(correspondence, where)

    def types(self, where: Tensor | slice) -> Tensor:
        """Give the types of the left entities of some pairs."""
        return self.inputs.types[self.surroundings.nodes[0][where]]

    def competing(self, where: Rows) -> Rows:
        """Give the positions of some pairs and of all their competitors, ascending."""
        beside = np.zeros(len(self), np.bool_)
        for side in (self.left, self.right):
            some = np.zeros(int(np.max(side, initial=-1)) + 1, np.bool_)
            some[side[where]] = True
            beside |= some[side]
        return np.flatnonzero(beside)

    def weighed(
        self, weighing: Weighing, where: Rows | None = None
    ) -> Iterator[tuple[slice, Weighed]]:
        """Give what the neighbours of all candidates say, or of those at positions ``where``.

        A stretch of them after another, each with the slice that it is.
        """
        surroundings: Any = self.surroundings
        if workers().elsewhere:
            if self.inputs.device.type != "cpu":
                what = "a cluster scores on processors: leave out --device, or --cluster"
                raise KGReviewError(what)
            if not self._shared:
                self._shared.append(workers().share(surroundings))
            surroundings = self._shared[0]
        elif where is None:
            for part, around in self._all.of(weighing.correspondence):
                yield part, weighing.of(around)
            return
        parts = self.parts(len(self) if where is None else len(where))
        some = parts if where is None else (where[part] for part in parts)
        yield from zip(parts, over(weigh, (surroundings, weighing), some), strict=True)

    def parts(self, pairs: int) -> list[slice]:
        """Give the stretches of so many pairs that are looked at at once."""
        step = AT_ONCE[self.inputs.device.type]
        return [slice(at, min(at + step, pairs)) for at in range(0, pairs, step)]


class Stretches:
    """The neighbourhoods of some candidates, or of all, a stretch at a time.

    They are kept where there is room for all of them, else put together anew each time.
    Correspondence is the same in all rounds.
    """

    def __init__(self, candidates: Candidates, where: Rows | None = None) -> None:
        """``where``: positions of the candidates, ``None`` for all."""
        self._candidates, self._where = candidates, where
        self._kept: list[Stretch] = []

    def of(self, correspondence: Correspondence) -> Iterator[Stretch]:
        """Give each stretch, with the slice (of those at ``where``) that it is."""
        if self._kept:
            yield from self._kept
            return
        kept, held = list[Stretch](), 0
        pairs = len(self._candidates if self._where is None else self._where)
        for part in self._candidates.parts(pairs):
            some: Tensor | slice = part
            if self._where is not None:
                some = torch.from_numpy(self._where[part]).to(self._candidates.inputs.device)
            stretch = part, self._candidates.around(correspondence, some)
            held += stretch[1].nbytes
            if held / part.stop * pairs <= _KEPT:
                kept.append(stretch)
            else:
                kept.clear()
            yield stretch
        if sum(part.stop - part.start for part, _ in kept) == pairs:
            self._kept.extend(kept)
