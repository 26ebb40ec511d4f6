"""An aligner fitted to films of which only the directors tell who is who."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from kgreview.aligner.additive.alignment import Fit, fit_aligner
from kgreview.aligner.additive.inputs import NodeInputs
from kgreview.aligner.additive.settings import AlignerSettings
from kgreview.aligner.features import entity_features
from kgreview.aligner.inputs import LabelledPairs, Pairs
from kgreview.aligner.joint import join

FEW = AlignerSettings(members=2, trees=20, steps=100, epochs=3, telling=1)


@dataclass(frozen=True)
class Fitted:
    """What was fitted, and what to."""

    inputs: NodeInputs
    candidates: Pairs
    pairs: LabelledPairs
    valid: LabelledPairs
    fit: Fit


def fitted(twins: object, **changes: object) -> Fitted:
    """Fit an aligner to the films, with some settings changed."""
    settings = replace(FEW, **changes)
    features = entity_features(twins.left, twins.right, twins.schema)
    inputs = NodeInputs(
        join(twins.left, twins.right, twins.schema), features, settings, torch.device("cpu")
    )
    learn, valid = twins.pairs, twins.valid
    candidates = Pairs(
        *(
            np.concatenate([getattr(part, name) for part in (learn, valid)])
            for name in ("left", "right", "similarities")
        )
    )
    fit = fit_aligner(inputs, candidates, learn, valid, (0,), settings)
    return Fitted(inputs, candidates, learn, valid, fit)


@pytest.fixture(scope="session")
def films_with(twins):
    """Fit an aligner with some settings changed."""
    return lambda **changes: fitted(twins, **changes)


@pytest.fixture(scope="session")
def films(films_with):
    return films_with()
