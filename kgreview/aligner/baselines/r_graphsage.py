"""R-GraphSAGE (WWW'20): the entity beside the mean of its neighbours' messages by relation."""

from __future__ import annotations

from collections.abc import Sequence

import dgl
import torch
from torch import Tensor, nn

from kgreview.aligner.baselines.dataset import Dataset, Scorer
from kgreview.aligner.baselines.rgcn import relational
from kgreview.aligner.baselines.siamese import RELATION, WIDTH, seeds_of, train_siamese
from kgreview.progress import Progress


class RelationalSAGEEncoder(nn.Module):
    """Two layers of σ([W_self h ‖ mean_j W_r h_j]), each part half of the width."""

    def __init__(self, features: int, relations: int) -> None:
        super().__init__()
        widths = (features, WIDTH)
        self.own = nn.ModuleList(nn.Linear(width, WIDTH // 2) for width in widths)
        self.message = nn.ModuleList(
            relational(width, WIDTH // 2, relations, self_loop=False) for width in widths
        )

    def forward(self, blocks: Sequence[dgl.DGLGraph], features: Tensor) -> Tensor:
        """Give states (seeds, WIDTH)."""
        states = features
        for own, message, block in zip(self.own, self.message, blocks, strict=True):
            target = block.edges()[1]
            share = 1 / torch.bincount(target)[target][:, None].float()
            around = message(block, states, block.edata[RELATION], norm=share)
            states = torch.relu(torch.cat([own(seeds_of(block, states)), around], dim=1))
        return states


def r_graphsage(data: Dataset, seed: int, device: str, progress: Progress) -> Scorer:  # noqa: ARG001
    """Train it."""
    return train_siamese(RelationalSAGEEncoder, data, seed, progress)
