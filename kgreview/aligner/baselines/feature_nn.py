"""Features and a network, without any neighbour (Feature + NN of WWW'20)."""

from __future__ import annotations

from collections.abc import Sequence

import dgl
from torch import Tensor, nn

from kgreview.aligner.baselines.dataset import Dataset, Scorer
from kgreview.aligner.baselines.siamese import WIDTH, seeds_of, train_siamese
from kgreview.progress import Progress


class FeatureEncoder(nn.Module):
    """Two layers on an entity's own features."""

    def __init__(self, features: int, relations: int) -> None:  # noqa: ARG002
        super().__init__()
        self.net = nn.Sequential(nn.Linear(features, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH))

    def forward(self, blocks: Sequence[dgl.DGLGraph], features: Tensor) -> Tensor:
        """Give states (seeds, WIDTH)."""
        states: Tensor = self.net(seeds_of(blocks[-1], features))
        return states


def feature_nn(data: Dataset, seed: int, device: str, progress: Progress) -> Scorer:  # noqa: ARG001
    """Train it."""
    return train_siamese(FeatureEncoder, data, seed, progress)
