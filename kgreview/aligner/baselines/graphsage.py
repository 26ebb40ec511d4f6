"""GraphSAGE (Hamilton et al. 2017): the mean of the neighbours beside the entity, no relations."""

from __future__ import annotations

from collections.abc import Sequence

import dgl
from dgl.nn.pytorch import SAGEConv
from torch import Tensor, nn

from kgreview.aligner.baselines.dataset import Dataset, Scorer
from kgreview.aligner.baselines.siamese import WIDTH, chain, train_siamese
from kgreview.progress import Progress


class SAGEEncoder(nn.Module):
    """Two layers of DGL's SAGEConv."""

    def __init__(self, features: int, relations: int) -> None:  # noqa: ARG002
        super().__init__()
        self.layers = nn.ModuleList(
            SAGEConv(width, WIDTH, aggregator_type="mean") for width in (features, WIDTH)
        )

    def forward(self, blocks: Sequence[dgl.DGLGraph], features: Tensor) -> Tensor:
        """Give states (seeds, WIDTH)."""
        return chain(list(self.layers), blocks, features)


def graphsage(data: Dataset, seed: int, device: str, progress: Progress) -> Scorer:  # noqa: ARG001
    """Train it."""
    return train_siamese(SAGEEncoder, data, seed, progress)
