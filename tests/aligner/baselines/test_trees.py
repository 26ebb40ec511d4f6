"""Trees that judge each pair by itself: validation chooses among settings and their mean."""

from __future__ import annotations

import numpy as np

from kgreview.aligner.baselines.trees import BOOSTING, Together, booster, matching, nodes


def test_together_models_give_the_mean_of_their_probabilities() -> None:
    rng = np.random.default_rng(0)
    features = rng.random((60, 3), dtype=np.float32)
    label = (features[:, 0] + 0.3 * rng.random(60) > 0.6).astype(np.int8)
    models = [booster(settings).fit(features, label) for settings in BOOSTING[:2]]
    each = np.stack([matching(model, features) for model in models])
    np.testing.assert_allclose(matching(Together(models), features), each.mean(axis=0))
    assert nodes(Together(models)) == sum(map(nodes, models))
