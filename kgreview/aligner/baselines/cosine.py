"""How alike the names are, and nothing else."""

from __future__ import annotations

import numpy as np

from kgreview.aligner.baselines.dataset import Dataset, Scorer
from kgreview.progress import Progress


def cosine(data: Dataset, seed: int, device: str, progress: Progress) -> Scorer:  # noqa: ARG001
    """Score by the cosine of the names' character n-grams. Nothing is learnt."""
    return Scorer(lambda: np.array(data.name_similarity))
