"""A network on disk is the network, and damage is said in one line."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from kgreview.aligner.alignment import Aligner
from kgreview.aligner.checkpoint import Checkpoint
from kgreview.aligner.explanation import uses_network
from kgreview.aligner.joint import join
from kgreview.aligner.model import CGMuAlign
from kgreview.aligner.rivals import RivalHead
from kgreview.aligner.settings import AlignerSettings
from kgreview.errors import KGReviewError
from kgreview.evaluation.calibration import Calibration

from .conftest import Twins


@pytest.fixture
def checkpoint(twins: Twins) -> Checkpoint:
    joint = join(twins.left, twins.right, twins.schema)
    settings = AlignerSettings(width=8, bases=2)
    members = [
        CGMuAlign(7, len(joint.type_names), joint.num_relation_codes, used, settings)
        for used in (1, 2)  # members have learnt from different pairs, where other figures differ
    ]
    model = Aligner(members, RivalHead(4, settings), (1,))
    return Checkpoint(
        model, 7, joint.type_names, joint.relation_names, ("a", "b"), Calibration(2.0, -1.0), 0.4
    )


def test_what_is_loaded_is_what_was_saved(checkpoint: Checkpoint, tmp_path: Path) -> None:
    checkpoint.save(tmp_path)
    loaded = Checkpoint.load(tmp_path)
    for name, weights in checkpoint.model.state_dict().items():
        assert torch.equal(weights, loaded.model.state_dict()[name])
    assert loaded.model.settings == checkpoint.model.settings
    for field in dataclasses.fields(Checkpoint):
        if field.name != "model":
            assert getattr(loaded, field.name) == getattr(checkpoint, field.name)
    assert uses_network(tmp_path)


def test_a_folder_holds_no_pickle(checkpoint: Checkpoint, tmp_path: Path) -> None:
    checkpoint.save(tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} == {".safetensors", ".json"}


@pytest.mark.parametrize("name", ["weights.safetensors", "network.json"])
def test_a_damaged_file_is_said_in_one_line(
    checkpoint: Checkpoint, tmp_path: Path, name: str
) -> None:
    checkpoint.save(tmp_path)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:20])
    with pytest.raises(KGReviewError, match="cannot be read") as caught:
        Checkpoint.load(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_a_network_is_not_used_on_graphs_it_does_not_know(
    checkpoint: Checkpoint, twins: Twins
) -> None:
    joint = join(twins.left, twins.right, twins.schema)
    checkpoint.check_fits(joint, ("a", "b"))
    with pytest.raises(KGReviewError, match="other similarities"):
        checkpoint.check_fits(joint, ("a", "c"))
    with pytest.raises(KGReviewError, match="other relations"):
        checkpoint.check_fits(dataclasses.replace(joint, relation_names=("x",)), ("a", "b"))
