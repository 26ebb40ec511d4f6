"""The network trains and scores on a CUDA device, graphs and sampling staying on the CPU.

Each test runs on a pretended device, and on a true one where there is one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dgl
import numpy as np
import pytest
import torch
from torch import Tensor

from kgreview.aligner import inputs as inputs_module
from kgreview.aligner.alignment import Fit, fit_aligner, score_candidates
from kgreview.aligner.checkpoint import Checkpoint
from kgreview.aligner.features import entity_features
from kgreview.aligner.inputs import LabelledPairs, NodeInputs, choose_device
from kgreview.aligner.joint import join
from kgreview.aligner.model import CGMuAlign, PairOutput
from kgreview.aligner.sampling import NeighbourSampler
from kgreview.aligner.scoring import score_pairs
from kgreview.aligner.settings import PAPER, AlignerSettings
from kgreview.aligner.training import train
from kgreview.errors import InputError
from kgreview.evaluation.calibration import Calibration
from kgreview.workflow import scoring, training
from kgreview.workflow.blocking import block_project
from kgreview.workflow.project import create_project

from .conftest import Twins
from .pretend_cuda import PretendCuda

SMALL: dict[str, Any] = {
    **{"width": 16, "hidden": 16, "epochs": 2, "patience": 2, "batch": 16, "negatives": 4},
    **{"steps": 6, "rival_epochs": 1, "rival_steps": 10, "heads": 2},
    **{
        "dropout": 0.0,
        "missing": 0.0,
    },  # nothing is drawn there, where a true device draws otherwise
}
HEADS = {
    settings.head: dataclasses.replace(settings, **SMALL) for settings in (AlignerSettings(), PAPER)
}


@pytest.fixture(params=["pretended", "true"])
def cuda(request: pytest.FixtureRequest) -> Iterator[torch.device]:
    if request.param == "pretended":
        with PretendCuda():
            yield torch.device("cuda")
    elif torch.cuda.is_available():
        yield torch.device("cuda")
    else:
        pytest.skip("torch sees no CUDA device here: the pretended one has to do")


@pytest.fixture(params=HEADS)
def settings(request: pytest.FixtureRequest) -> AlignerSettings:
    return HEADS[request.param]


def inputs_on(twins: Twins, settings: AlignerSettings, device: str | torch.device) -> NodeInputs:
    return NodeInputs(
        join(twins.left, twins.right, twins.schema),
        entity_features(twins.left, twins.right, twins.schema),
        settings,
        torch.device(device),
    )


def fit_on(
    twins: Twins, settings: AlignerSettings, device: str | torch.device, start: Fit | None = None
) -> tuple[Fit, NodeInputs]:
    inputs = inputs_on(twins, settings, device)
    enough = LabelledPairs.concatenate(twins.pairs, twins.pairs)  # for two members
    return (
        fit_aligner(
            inputs,
            twins.candidates,
            enough,
            twins.valid,
            settings,
            start=None if start is None else start.model,
        ),
        inputs,
    )


def places(*values: Any) -> set[str]:
    return {value.device.type for value in values if isinstance(value, Tensor)}


def watched(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """Note where the parts of the work have their tensors."""
    seen: dict[str, set[str]] = {"head": set(), "sampler": set(), "parameters": set()}
    forward, sample = CGMuAlign.forward, NeighbourSampler.sample

    def judge(self: CGMuAlign, left: Any, right: Any, similarities: Tensor) -> PairOutput:
        output = forward(self, left, right, similarities)
        seen["head"] |= places(*left.columns, *right.columns, similarities)
        seen["head"] |= places(output.logits, output.distance, output.affinity)
        seen["parameters"] |= places(*self.parameters(), *self.buffers())
        return output

    def draw(self: NeighbourSampler, nodes: Tensor) -> Tensor:
        drawn = sample(self, nodes)
        seen["sampler"] |= places(nodes, drawn)
        return drawn

    monkeypatch.setattr(CGMuAlign, "forward", judge)
    monkeypatch.setattr(NeighbourSampler, "sample", draw)
    return seen


def test_training_on_the_device_comes_to_what_the_cpu_comes_to(
    twins: Twins,
    settings: AlignerSettings,
    cuda: torch.device,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = train(inputs_on(twins, settings, "cpu"), twins.pairs, twins.valid, settings)
    seen = watched(monkeypatch)
    found = train(inputs_on(twins, settings, cuda), twins.pairs, twins.valid, settings)
    assert seen == {"head": {"cuda"}, "parameters": {"cuda"}, "sampler": {"cpu"}}
    for one, other in zip(found.epochs, expected.epochs, strict=True):
        assert one.loss == pytest.approx(other.loss, rel=1e-3)
        assert one.valid_prauc == pytest.approx(other.valid_prauc, abs=0.01)
    trained = expected.model.state_dict()
    for name, weights in found.model.state_dict().items():
        assert weights.device.type == "cuda"
        np.testing.assert_allclose(weights.cpu().numpy(), trained[name].numpy(), atol=0.02)


def test_scores_and_attention_on_the_device_are_those_of_the_cpu(
    twins: Twins,
    settings: AlignerSettings,
    cuda: torch.device,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inputs = inputs_on(twins, settings, "cpu")
    model = train(inputs, twins.pairs, None, settings).model
    expected = list(score_pairs([model], inputs, twins.valid))
    seen = watched(monkeypatch)
    found = list(score_pairs([model], inputs_on(twins, settings, cuda), twins.valid))
    assert seen == {"head": {"cuda"}, "parameters": {"cuda"}, "sampler": set()}
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.logits, other.logits, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(one.attention, other.attention, atol=2e-3)


@pytest.mark.slow
def test_the_whole_aligner_fits_goes_on_scores_and_is_saved(
    twins: Twins, settings: AlignerSettings, cuda: torch.device, tmp_path: Path
) -> None:
    candidates = twins.candidates
    scores: dict[str, np.ndarray] = {}
    for device in ("cpu", cuda):
        first, _ = fit_on(twins, settings, device)
        then, inputs = fit_on(twins, settings, device, start=first)
        assert places(*then.model.members.parameters()) == {inputs.device.type}
        logits = score_candidates(then.model, inputs, candidates)
        np.testing.assert_allclose(logits, then.logits, rtol=1e-4, atol=1e-4)
        scores[inputs.device.type] = logits
        checkpoint = Checkpoint(
            then.model,
            inputs.values.shape[1],
            inputs.joint.type_names,
            inputs.joint.relation_names,
            tuple(map(str, range(candidates.similarities.shape[1]))),
            Calibration(1.0, 0.0),
            0.5,
        )
        checkpoint.save(tmp_path)
        loaded = Checkpoint.load(tmp_path).model
        assert places(*loaded.parameters()) == {"cpu"}
        again = score_candidates(loaded, inputs_on(twins, settings, "cpu"), candidates)
        np.testing.assert_allclose(again, logits, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(scores["cuda"], scores["cpu"], atol=0.02)


@pytest.mark.slow
def test_a_project_is_trained_and_scored_there(
    records: Path, cuda: torch.device, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = create_project(
        tmp_path / "p",
        records / "left",
        records / "right",
        links=[records / "links" / "train.tsv"],
        valid_links=[records / "links" / "valid.tsv"],
    )
    block_project(project)
    monkeypatch.setattr(scoring, "choose_device", {"cuda": cuda}.__getitem__)
    seen = watched(monkeypatch)
    report = training.train_project(project, settings=HEADS["comparison"], device="cuda")
    (project.version_folder(report.name) / "candidates.txt").unlink()  # to be scored anew
    scoring.score_project(project, device="cuda")
    assert seen == {"head": {"cuda"}, "parameters": {"cuda"}, "sampler": {"cpu"}}
    assert report.figures["prauc"] > 0.5
    scores = np.load(project.version_folder(report.name) / "scores.npy")
    assert np.isfinite(scores).all()


def test_a_part_left_behind_on_the_cpu_is_noticed(
    twins: Twins, settings: AlignerSettings, cuda: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgotten(self: NodeInputs, nodes: Tensor) -> tuple[Tensor, Tensor]:
        return self.values[nodes], self.types.cpu()[nodes.cpu()]

    monkeypatch.setattr(NodeInputs, "layer0", forgotten)
    with pytest.raises(RuntimeError, match="same device"):
        train(inputs_on(twins, settings, cuda), twins.pairs, twins.valid, settings)


MIXED: dict[str, Callable[[Tensor, Tensor], object]] = {
    "sum": lambda there, here: there + here,
    "product": lambda there, here: here @ there,
    "joined": lambda there, here: torch.cat([there, here]),
    "a view": lambda there, here: there[1:].T * here[:, 1:],
    "a number there": lambda there, here: there.sum() * here,
    "an index there": lambda there, here: here[there.argmax(1)],
    "in place": lambda there, here: there.add_(here),
    "a module here": lambda there, _: torch.nn.Linear(3, 1)(there),
    "a module there": lambda there, here: torch.nn.Linear(3, 1).to(there.device)(here),
    "a gradient": lambda there, here: torch.autograd.grad(_square(there), there)[0] + here,
    "what was made there": lambda there, here: torch.zeros(3, device=there.device) + here,
    "what is like it": lambda there, here: torch.rand_like(there) + here,
    "drawn neighbours": lambda there, _: dgl.sampling.sample_neighbors(RING, there.argmax(1), 1),
    "an edge's figures": lambda there, _: RING.edata.update(x=there),
}
RING = dgl.graph(([0, 1, 2], [1, 2, 0]))


def _square(values: Tensor) -> Tensor:
    return values.requires_grad_().square().sum()


@pytest.mark.parametrize("mix", MIXED)
def test_what_is_here_and_what_is_there_do_not_mix(mix: str, cuda: torch.device) -> None:
    here = torch.eye(3)
    with pytest.raises((RuntimeError, dgl.DGLError), match=r"device|cuda"):
        MIXED[mix](torch.eye(3).to(cuda), here)


@pytest.mark.parametrize("look", [Tensor.numpy, np.asarray])
def test_numpy_cannot_look_at_what_is_there(
    look: Callable[[Tensor], object], cuda: torch.device
) -> None:
    there = torch.eye(3).to(cuda)
    for tensor in (there, there[0], torch.nn.Parameter(there).data):
        with pytest.raises(TypeError, match="convert cuda"):
            look(tensor)
    np.testing.assert_array_equal(look(there.cpu()), np.eye(3))


def test_what_cuda_allows_is_allowed(cuda: torch.device) -> None:
    there, here = torch.eye(3).to(cuda), torch.eye(3)
    assert there.device == torch.device("cuda", 0)
    assert places(there * torch.tensor(2.0), there[torch.tensor([0, 1])], there.clone()) == {"cuda"}
    assert places(here.copy_(there), there.cpu(), there.to(here), here) == {"cpu"}
    assert there.sum().item() == 3
    here += 1
    assert there.sum().item() == 3, "a copy shares nothing"
    layer = torch.nn.Linear(3, 2).to(cuda)
    assert places(*layer.parameters()) == {"cuda"}
    layer(there).sum().backward()
    assert places(*(weights.grad for weights in layer.parameters())) == {"cuda"}
    assert places(*layer.cpu().parameters()) == {"cpu"}


def test_the_device_is_chosen_by_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for there, auto in ((True, "cuda"), (False, "cpu")):
        monkeypatch.setattr(inputs_module.torch.cuda, "is_available", lambda there=there: there)
        assert choose_device("auto").type == auto
        assert choose_device("cpu").type == "cpu"
    with pytest.raises(InputError, match="--device cuda: torch sees no CUDA device"):
        choose_device("cuda")
