"""An aligner on disk gives the same scores again."""

from __future__ import annotations

import json

import numpy as np
import pytest

from kgreview.aligner.checkpoint import Checkpoint
from kgreview.errors import KGReviewError
from kgreview.evaluation.calibration import Calibration

NAMES = ("name: cosine",)


@pytest.fixture
def saved(films, tmp_path):
    joint = films.inputs.joint
    Checkpoint(
        films.fit.model,
        films.inputs.width,
        joint.type_names,
        joint.relation_names,
        NAMES,
        Calibration(2.0, -1.0),
        0.4,
    ).save(tmp_path)
    return tmp_path


def test_it_scores_as_before(films, saved):
    again = Checkpoint.load(saved)
    scores = again.model.score(films.inputs, films.candidates)
    np.testing.assert_array_equal(scores.logits, films.fit.scores.logits)
    assert again.calibration == Calibration(2.0, -1.0)
    assert again.threshold == 0.4
    again.check_fits(films.inputs.joint, NAMES)


def test_other_similarities_are_refused(films, saved):
    with pytest.raises(KGReviewError, match="knows other similarities"):
        Checkpoint.load(saved).check_fits(films.inputs.joint, ("name: ratio",))


def test_another_release_is_refused(saved):
    file = saved / "network.json"
    values = json.loads(file.read_text(encoding="utf-8")) | {"format": 3}
    file.write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(KGReviewError, match="is of another release"):
        Checkpoint.load(saved)


def test_a_damaged_file_is_one_line(saved):
    (saved / "weights.safetensors").write_bytes(b"no")
    with pytest.raises(KGReviewError, match="the network cannot be read"):
        Checkpoint.load(saved)


def test_weights_of_another_shape_are_one_line(saved):
    file = saved / "network.json"
    values = json.loads(file.read_text(encoding="utf-8"))
    values["settings"] |= {"hidden": 5}
    file.write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(KGReviewError, match="the network cannot be read") as refused:
        Checkpoint.load(saved)
    assert "\n" not in str(refused.value)
