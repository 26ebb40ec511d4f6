"""Graph attention networks (Veličković et al. 2018), which know no relations."""

from __future__ import annotations

from collections.abc import Sequence

import dgl
from dgl.nn.pytorch import GATConv
from torch import Tensor, nn
from torch.nn import functional as F

from kgreview.aligner.baselines.dataset import Dataset, Scorer
from kgreview.aligner.baselines.siamese import WIDTH, train_siamese
from kgreview.progress import Progress

_HEADS = 4


class GATEncoder(nn.Module):
    """Two layers of DGL's GATConv with four heads and a residual connection."""

    def __init__(self, features: int, relations: int) -> None:  # noqa: ARG002
        super().__init__()
        self.layers = nn.ModuleList(
            GATConv(width, WIDTH // _HEADS, _HEADS, residual=True) for width in (features, WIDTH)
        )

    def forward(self, blocks: Sequence[dgl.DGLGraph], features: Tensor) -> Tensor:
        """Give states (seeds, WIDTH)."""
        first, last = self.layers
        states = F.elu(first(blocks[0], features).flatten(1))
        embedded: Tensor = last(blocks[1], states).flatten(1)
        return embedded


def gat(data: Dataset, seed: int, device: str, progress: Progress) -> Scorer:  # noqa: ARG001
    """Train it."""
    return train_siamese(GATEncoder, data, seed, progress)
