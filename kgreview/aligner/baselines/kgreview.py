"""The aligner of kgreview as a method of the benchmark."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np

from kgreview.aligner.baselines.dataset import Dataset, Labelled, Method, Scorer
from kgreview.aligner.fitting import fit_aligner
from kgreview.aligner.inputs import LabelledPairs, NodeInputs, Pairs, choose_device
from kgreview.aligner.joint_graph import join
from kgreview.aligner.settings import AlignerSettings
from kgreview.features.sources import own_columns
from kgreview.progress import Progress


def fit(
    settings: AlignerSettings, data: Dataset, seed: int, device: str, progress: Progress
) -> Scorer:
    """Fit an aligner of some settings; scores are logits, of all candidates collectively."""
    settings = dataclasses.replace(settings, seed=seed)
    inputs = NodeInputs(
        join(data.left_graph, data.right_graph, data.schema),
        np.array(data.features),
        settings,
        choose_device(device),
    )
    candidates = Pairs(np.array(data.left), np.array(data.right), data.similarities)
    own = own_columns(data.similarity_names, data.left_graph, data.right_graph)
    learn, held = labelled(data, data.train), labelled(data, data.valid)
    fitted = fit_aligner(
        inputs,
        candidates,
        learn,
        held,
        own,
        settings,
        names=data.similarity_names,
        progress=progress,
    )
    model = fitted.model
    return Scorer(
        lambda: model.score(inputs, candidates, progress=progress).logits,
        sum(weight.numel() for weight in model.parameters()),
        fitted.decide(candidates, held),
    )


def method(settings: AlignerSettings) -> Method:
    """Make a method of an aligner of some settings."""
    return functools.partial(fit, settings)


def labelled(data: Dataset, pairs: Labelled) -> LabelledPairs:
    """Give the pairs that a split labels, with their similarities and equal weights."""
    where = pairs.where
    return LabelledPairs(
        data.left[where],
        data.right[where],
        data.similarities[where],
        np.array(pairs.label),
        np.ones(len(where), np.float32),
    )


kgreview = method(AlignerSettings())
