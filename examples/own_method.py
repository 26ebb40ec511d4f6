"""A method of one's own for ``kgreview benchmark``: logistic regression over similarities.

    kgreview benchmark sample_data --methods cosine,examples.own_method:score

docs/researchers.md says what such a function is given and what it gives back.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from kgreview.aligner.baselines.dataset import Dataset
from kgreview.progress import Progress


def score(data: Dataset, seed: int, _device: str, progress: Progress) -> npt.NDArray[np.floating]:
    """Learn from the train pairs, and score all candidates, (candidates,)."""
    missing = np.isnan(data.similarities)
    features = np.hstack([np.where(missing, 0, data.similarities), missing])  # (candidates, 2 F)
    model = make_pipeline(
        StandardScaler(), LogisticRegression(C=0.1, max_iter=1000, random_state=seed)
    )
    model.fit(features[data.train.where], data.train.label)
    progress("score", len(data), len(data))
    return model.decision_function(features)
