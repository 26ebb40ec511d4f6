"""Labelled candidates, with their neighbourhoods and those of all that they are set against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from kgreview.aligner.correspondence import Correspondence
from kgreview.aligner.evidence import EvidenceNetwork, evidence_of
from kgreview.aligner.neighbourhoods import Neighbourhoods, PickedNeighbourhoods
from kgreview.aligner.reranking import Competition
from kgreview.aligner.scored_together import Candidates, Floats, Rows, Stretches


@dataclass(frozen=True, eq=False)
class Labels:
    """Candidates whose labels are known."""

    where: Rows  # (labels,) positions
    label: npt.NDArray[np.int8]  # (labels,)
    weight: Floats  # (labels,)
    part: Rows  # (labels,) the member that does not learn from it


@dataclass(frozen=True, eq=False)
class LabelledBatch:
    """Some labelled candidates, ready to be learnt from."""

    around: Neighbourhoods
    own: Tensor
    types: Tensor
    label: Tensor
    weight: Tensor


class LabelledNeighbourhoods:
    """What all rounds learn from: of labelled candidates all that does not change between them.

    Their own neighbourhoods are put together once. Those of their competitors, many times as many,
    are kept where there is room.
    """

    def __init__(
        self, correspondence: Correspondence, candidates: Candidates, labels: Labels
    ) -> None:
        self.labels, self.correspondence, self.candidates = labels, correspondence, candidates
        self._near = candidates.competing(labels.where)  # (near,)
        self._labelled = np.searchsorted(self._near, labels.where)
        self._competing = Stretches(candidates, self._near)
        device = candidates.inputs.device
        where = torch.from_numpy(labels.where).to(device)
        self._own = torch.from_numpy(candidates.own[labels.where]).to(device)
        self._types = candidates.types(where)
        self._label = torch.from_numpy(labels.label.astype(np.float32)).to(device)
        self._weight = torch.from_numpy(labels.weight).to(device)
        parts = [where[part] for part in candidates.parts(len(where))]
        self._around = PickedNeighbourhoods(
            [candidates.around(correspondence, part) for part in parts]
        )

    def take(self, batch: Rows) -> LabelledBatch:
        """Give the labels at positions (batch,) among them."""
        some = torch.from_numpy(batch).to(self._own.device)
        return LabelledBatch(
            self._around.take(some),
            self._own[some],
            self._types[some],
            self._label[some],
            self._weight[some],
        )

    @torch.no_grad()
    def competition(self, network: EvidenceNetwork, beliefs: Tensor) -> tuple[Tensor, Tensor]:
        """Give what labelled pairs are set against (labels, 6), and their others (labels, Z)."""
        near, device = self._near, beliefs.device
        own = torch.from_numpy(self.candidates.own[near]).to(device)
        base = network.base(own, self.candidates.types(torch.from_numpy(near).to(device)))
        evidence = torch.zeros_like(base)
        if network.settings.evidence:
            for part, around in self._competing.of(self.correspondence):
                evidence[part] = evidence_of(around, network(around, beliefs))
        total, of_neighbours = (base + evidence).cpu().numpy(), evidence.cpu().numpy()
        sides = self.candidates.left[near], self.candidates.right[near]
        competition = Competition(total, of_neighbours, *sides)
        told = self.candidates.label_features[self.labels.where]
        others = np.hstack([competition.counts[self._labelled], told])
        return (
            torch.from_numpy(competition.against[self._labelled]).to(device),
            torch.from_numpy(others).to(device),
        )
