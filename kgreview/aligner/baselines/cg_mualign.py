"""CG-MuAlign as published, whole and without each of its parts."""

from __future__ import annotations

import functools

from kgreview.aligner.baselines import published_training
from kgreview.aligner.baselines.dataset import Method
from kgreview.aligner.baselines.published import PublishedSettings


def _published(**settings: bool) -> Method:
    return functools.partial(published_training.fit, PublishedSettings(**settings))


paper = _published()
no_cross = _published(cross_attention=False)
no_self = _published(self_attention=False)
uniform_sampling = _published(uniform_sampling=True)
