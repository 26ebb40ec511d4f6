"""The aligner trains and scores on a CUDA device, graphs and sampling staying on the CPU.

Each test runs on a pretended device, and on a true one where there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from kgreview.aligner import HAS_DGL
from kgreview.aligner import inputs as inputs_module
from kgreview.aligner.checkpoint import Checkpoint
from kgreview.aligner.evidence import EvidenceNetwork
from kgreview.aligner.fitting import Fit, fit_aligner
from kgreview.aligner.inputs import NodeInputs, choose_device
from kgreview.aligner.neighbourhoods import Neighbourhoods
from kgreview.aligner.sampling import NeighbourSampler
from kgreview.errors import InputError
from kgreview.evaluation.calibration import Calibration
from kgreview.pipeline import scoring, training
from kgreview.pipeline.blocking import block_project
from kgreview.pipeline.creation import create_project

from .conftest import FEW, Twins, inputs_on
from .pretend_cuda import PretendCuda


@pytest.fixture(params=["pretended", "true"])
def cuda(request: pytest.FixtureRequest) -> Iterator[torch.device]:
    if request.param == "pretended":
        with PretendCuda():
            yield torch.device("cuda")
    elif torch.cuda.is_available():
        yield torch.device("cuda")
    else:
        pytest.skip("torch sees no CUDA device here: the pretended one has to do")


def fit_on(
    twins: Twins, device: str | torch.device, start: Fit | None = None
) -> tuple[Fit, NodeInputs]:
    inputs = inputs_on(twins, FEW, device)
    before = None if start is None else start.model
    return (
        fit_aligner(inputs, twins.candidates, twins.pairs, twins.valid, (0,), FEW, start=before),
        inputs,
    )


def places(*values: Any) -> set[str]:
    return {value.device.type for value in values if isinstance(value, Tensor)}


def watched(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """Note where the parts of the work have their tensors."""
    seen: dict[str, set[str]] = {"evidence": set(), "sampler": set(), "parameters": set()}
    look, fixed = EvidenceNetwork.look, NeighbourSampler.fixed

    def judge(self: EvidenceNetwork, around: Neighbourhoods, beliefs: Tensor, *rest: float) -> Any:
        sides, affinity = look(self, around, beliefs, *rest)
        seen["evidence"] |= places(around.strength, beliefs, affinity, sides[0].contribution)
        seen["parameters"] |= places(*self.parameters(), *self.buffers())
        return sides, affinity

    def draw(self: NeighbourSampler) -> Tensor:
        drawn = fixed(self)
        seen["sampler"] |= places(drawn)
        return drawn

    monkeypatch.setattr(EvidenceNetwork, "look", judge)
    monkeypatch.setattr(NeighbourSampler, "fixed", draw)
    return seen


THERE = {"evidence": {"cuda"}, "parameters": {"cuda"}, "sampler": {"cpu"}}


def test_training_on_the_device_comes_to_what_the_cpu_comes_to(
    twins: Twins, cuda: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, _ = fit_on(twins, "cpu")
    seen = watched(monkeypatch)
    found, _ = fit_on(twins, cuda)
    assert seen == THERE
    assert places(*found.model.parameters(), *found.model.buffers()) == {"cuda"}
    np.testing.assert_allclose(found.scores.logits, expected.scores.logits, atol=0.1)


def test_scores_and_what_neighbours_add_are_those_of_the_cpu(
    twins: Twins, cuda: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit, inputs = fit_on(twins, "cpu")
    slots: dict[str, list[Any]] = {"cpu": [], "cuda": []}
    expected = fit.model.score(inputs, twins.candidates, slots["cpu"].append)
    seen = watched(monkeypatch)
    found = fit.model.score(inputs_on(twins, FEW, cuda), twins.candidates, slots["cuda"].append)
    assert seen == THERE
    np.testing.assert_allclose(found.logits, expected.logits, rtol=1e-4, atol=1e-4)
    for one, other in zip(slots["cuda"], slots["cpu"], strict=True):
        np.testing.assert_allclose(one.slots, other.slots, atol=2e-3)


def test_it_goes_on_there_is_saved_and_scores_here(
    twins: Twins, cuda: torch.device, tmp_path: Path
) -> None:
    first, inputs = fit_on(twins, cuda)
    then, _ = fit_on(twins, cuda, start=first)
    few = np.arange(3)
    again, _ = then.model.rescore(inputs, twins.candidates, then.scores, few)
    # the last trees have steps, which the last digit of a figure may cross
    np.testing.assert_allclose(again.logits[few], then.scores.logits[few], rtol=0.02)
    joint = inputs.joint
    Checkpoint(
        then.model,
        inputs.width,
        joint.type_names,
        joint.relation_names,
        ("name: cosine",),
        Calibration(1.0, 0.0),
        0.5,
    ).save(tmp_path)
    loaded = Checkpoint.load(tmp_path).model
    assert places(*loaded.parameters()) == {"cpu"}
    here = loaded.score(inputs_on(twins, FEW, "cpu"), twins.candidates)
    np.testing.assert_allclose(here.logits, then.scores.logits, rtol=1e-4, atol=1e-4)


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
    # the few pairs that blocking lost are judged one by one, as explanations are: on the CPU
    monkeypatch.setattr(scoring, "score_what_was_added", lambda *_: None)
    seen = watched(monkeypatch)
    report = training.train_project(project, settings=FEW, device="cuda")
    (project.version_folder(report.name) / "candidates.txt").unlink()  # to be scored anew
    scoring.score_project(project, device="cuda")
    assert seen == THERE
    assert report.figures["prauc"] > 0.5
    scores = np.load(project.version_folder(report.name) / "scores.npy")
    assert np.isfinite(scores).all()


def test_a_part_left_behind_on_the_cpu_is_noticed(
    twins: Twins, cuda: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgotten(self: EvidenceNetwork, own: Tensor, types: Tensor) -> Tensor:
        return self.own * own.cpu() + self.bias(types)[:, 0]

    monkeypatch.setattr(EvidenceNetwork, "base", forgotten)
    with pytest.raises(RuntimeError, match="same device"):
        fit_on(twins, cuda)


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
}


def _square(values: Tensor) -> Tensor:
    return values.requires_grad_().square().sum()


@pytest.mark.parametrize("mix", MIXED)
def test_what_is_here_and_what_is_there_do_not_mix(mix: str, cuda: torch.device) -> None:
    here = torch.eye(3)
    with pytest.raises(RuntimeError, match=r"device|cuda"):
        MIXED[mix](torch.eye(3).to(cuda), here)


@pytest.mark.skipif(not HAS_DGL, reason="DGL is not installed: what it refuses is not checked")
def test_dgl_takes_nothing_that_is_there(cuda: torch.device) -> None:
    import dgl

    ring, there = dgl.graph(([0, 1, 2], [1, 2, 0])), torch.eye(3).to(cuda)
    with pytest.raises((RuntimeError, dgl.DGLError), match=r"device|cuda"):
        dgl.sampling.sample_neighbors(ring, there.argmax(1), 1)
    with pytest.raises((RuntimeError, dgl.DGLError), match=r"device|cuda"):
        ring.edata.update(x=there)


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
