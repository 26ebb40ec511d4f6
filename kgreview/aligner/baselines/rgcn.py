"""RGCN (Schlichtkrull et al. 2018): one matrix for each relation, mixed of few shared ones."""

from __future__ import annotations

from collections.abc import Sequence

import dgl
import torch
from dgl.nn.pytorch import RelGraphConv
from torch import Tensor, nn

from kgreview.aligner.baselines.dataset import Dataset, Scorer
from kgreview.aligner.baselines.siamese import RELATION, WIDTH, train_siamese
from kgreview.progress import Progress

BASES = 4


def relational(width: int, out: int, relations: int, *, self_loop: bool) -> RelGraphConv:
    """Make DGL's layer; one more relation is that of an entity to itself."""
    return RelGraphConv(
        width,
        out,
        relations + 1,
        regularizer="basis",
        num_bases=min(BASES, relations + 1),
        self_loop=self_loop,
    )


class RGCNEncoder(nn.Module):
    """Two layers of DGL's RelGraphConv; messages are averaged within a relation."""

    def __init__(self, features: int, relations: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            relational(width, WIDTH, relations, self_loop=True) for width in (features, WIDTH)
        )

    def forward(self, blocks: Sequence[dgl.DGLGraph], features: Tensor) -> Tensor:
        """Give states (seeds, WIDTH)."""
        states = features
        for number, (layer, block) in enumerate(zip(self.layers, blocks, strict=True)):
            states = layer(block, states, block.edata[RELATION], norm=_within_relation(block))
            states = torch.relu(states) if number == 0 else states
        return states


def _within_relation(block: dgl.DGLGraph) -> Tensor:
    """1 / c_ir: one over the edges of the same relation at the same entity, (edges, 1)."""
    relation = block.edata[RELATION]
    codes = block.edges()[1] * (int(relation.max()) + 1 if len(relation) else 1) + relation
    _, place, counts = torch.unique(codes, return_inverse=True, return_counts=True)
    share: Tensor = 1 / counts[place][:, None].float()
    return share


def rgcn(data: Dataset, seed: int, device: str, progress: Progress) -> Scorer:  # noqa: ARG001
    """Train it."""
    return train_siamese(RGCNEncoder, data, seed, progress)
