"""GCN-Align (Wang et al. 2018): one graph convolution for both sides, judged by distance."""

from __future__ import annotations

from collections.abc import Sequence

import dgl
from dgl.nn.pytorch import GraphConv
from torch import Tensor, nn

from kgreview.aligner.baselines.dataset import Dataset, Scorer
from kgreview.aligner.baselines.siamese import WIDTH, DistanceHead, chain, train_siamese
from kgreview.progress import Progress


class GCNEncoder(nn.Module):
    """Two layers of DGL's GraphConv over neighbours and self, averaged; no relations."""

    def __init__(self, features: int, relations: int) -> None:  # noqa: ARG002
        super().__init__()
        self.layers = nn.ModuleList(
            GraphConv(width, WIDTH, norm="right") for width in (features, WIDTH)
        )

    def forward(self, blocks: Sequence[dgl.DGLGraph], features: Tensor) -> Tensor:
        """Give states (seeds, WIDTH)."""
        return chain(list(self.layers), blocks, features)


def gcn_align(data: Dataset, seed: int, device: str, progress: Progress) -> Scorer:  # noqa: ARG001
    """Train it; as published, pairs are judged by the L1 distance of their two states."""
    return train_siamese(GCNEncoder, data, seed, progress, head=DistanceHead)
