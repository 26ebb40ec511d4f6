"""Ours, and CG-MuAlign as published, whole and without each of its parts."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np

from kgreview.aligner.alignment import fit_aligner, score_candidates
from kgreview.aligner.baselines import published_training
from kgreview.aligner.baselines.dataset import Dataset, Labelled, Method, Scorer
from kgreview.aligner.baselines.published import PublishedSettings
from kgreview.aligner.inputs import LabelledPairs, NodeInputs, Pairs, choose_device
from kgreview.aligner.joint import join
from kgreview.aligner.settings import AlignerSettings
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
    learn, held = labelled(data, data.train), labelled(data, data.valid)
    aligner = fit_aligner(inputs, candidates, learn, held, settings, progress=progress).model
    return Scorer(
        lambda: score_candidates(aligner, inputs, candidates),
        sum(weight.numel() for weight in aligner.parameters()),
    )


def labelled(data: Dataset, known: Labelled) -> LabelledPairs:
    """Give the pairs that a split labels, with their similarities and equal weights."""
    where = known.where
    return LabelledPairs(
        data.left[where],
        data.right[where],
        data.similarities[where],
        np.array(known.label),
        np.ones(len(where), np.float32),
    )


def _published(**settings: bool) -> Method:
    return functools.partial(published_training.fit, PublishedSettings(**settings))


kgreview = functools.partial(fit, AlignerSettings())
paper = _published()
no_cross = _published(cross_attention=False)
no_self = _published(self_attention=False)
uniform_sampling = _published(uniform_sampling=True)
