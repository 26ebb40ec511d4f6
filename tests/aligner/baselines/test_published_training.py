"""The published network learns what only neighbours tell, repeats, and scores each pair alone."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from kgreview.aligner.baselines import cg_mualign, published_training
from kgreview.aligner.baselines.dataset import Dataset, Labelled
from kgreview.aligner.baselines.published import Nodes, PublishedNetwork, PublishedSettings
from kgreview.aligner.baselines.published_training import (
    Batches,
    distances,
    fit,
    hinge,
    score,
    train,
)
from kgreview.aligner.features import entity_features
from kgreview.aligner.joint_graph import join
from kgreview.errors import KGReviewError
from kgreview.evaluation.metrics import average_precision
from kgreview.progress import silent

from ..conftest import Twins
from ..pretend_cuda import PretendCuda

SETTINGS = PublishedSettings(width=32, epochs=12, patience=12, negatives=4)
ONCE = dataclasses.replace(SETTINGS, epochs=1)


@pytest.fixture(scope="module")
def data(twins: Twins) -> Dataset:
    learn, held = twins.pairs, twins.valid
    pairs = len(learn) + len(held)
    return Dataset(
        left_graph=twins.left,
        right_graph=twins.right,
        schema=twins.schema,
        left=np.concatenate([learn.left, held.left]),
        right=np.concatenate([learn.right, held.right]),
        name_similarity=np.zeros(pairs, np.float32),
        similarities=np.empty((pairs, 0), np.float32),
        similarity_names=(),
        features=entity_features(twins.left, twins.right, twins.schema),
        train=Labelled(np.arange(len(learn)), learn.label),
        valid=Labelled(np.arange(len(learn), pairs), held.label),
    )


def inputs_of(data: Dataset, settings: PublishedSettings = SETTINGS, device: str = "cpu") -> Nodes:
    joint = join(data.left_graph, data.right_graph, data.schema)
    return Nodes(joint, data.features, settings, torch.device(device))


def scored(model: PublishedNetwork, data: Dataset, device: str = "cpu") -> np.ndarray:
    return score(model, inputs_of(data, device=device), data.left, data.right)


def valid_prauc(data: Dataset, scores: np.ndarray) -> float:
    return average_precision(data.valid.label, scores[data.valid.where])


def test_neighbours_tell_films_of_one_title_apart(data: Dataset) -> None:
    scorer = fit(SETTINGS, data, 0, "cpu", silent)
    assert valid_prauc(data, np.asarray(scorer.score())) > 0.95
    assert scorer.parameters > 0


def test_a_seed_repeats_exactly_and_another_is_another_training(data: Dataset) -> None:
    one, two, other = (np.asarray(fit(ONCE, data, n, "cpu", silent).score()) for n in (0, 0, 1))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


def test_the_best_epochs_weights_are_kept_and_after_it_patience_ends(data: Dataset) -> None:
    # a rate at which it learns at first and is thrown about then
    settings = dataclasses.replace(SETTINGS, learning_rate=0.1, epochs=20, patience=3)
    praucs: list[float] = []  # of all epochs but the last, which has one step as each has

    def listen(stage: str, done: int, total: int | None = None, **figures: float) -> None:
        praucs.extend([figures["prauc"]] if "prauc" in figures else [])

    model = train(inputs_of(data, settings), data, settings, listen)
    kept = valid_prauc(data, scored(model, data))
    assert kept == pytest.approx(max(praucs), abs=2e-4)
    assert len(praucs) + 1 < settings.epochs
    assert max(praucs[-2:]) < kept - 1e-3


def test_without_validation_pairs_it_trains_all_epochs(data: Dataset) -> None:
    settings = dataclasses.replace(SETTINGS, epochs=3, patience=1)
    none = Labelled(data.valid.where[:0], data.valid.label[:0])
    steps: list[int] = []

    def listen(stage: str, done: int, total: int | None = None, **figures: float) -> None:
        steps.append(done)

    train(inputs_of(data), dataclasses.replace(data, valid=none), settings, listen)
    assert steps == [1, 2, 3], "30 matches are one step an epoch"


@pytest.mark.parametrize("label", [0, 1])
def test_one_kind_of_label_is_not_enough(data: Dataset, label: int) -> None:
    alike = data.train.label == label
    some = Labelled(data.train.where[alike], data.train.label[alike])
    with pytest.raises(KGReviewError, match="at least one match and one non-match"):
        train(inputs_of(data), dataclasses.replace(data, train=some), SETTINGS)


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_scores_come_from_states_computed_once_and_equal_those_pair_by_pair(
    data: Dataset, layers: int
) -> None:
    settings = dataclasses.replace(ONCE, layers=layers)
    inputs = inputs_of(data, settings)
    model = train(inputs, data, settings)
    once = score(model, inputs, data.left, data.right)
    inputs.fresh = inputs.fixed  # type: ignore[method-assign]
    with torch.inference_mode():
        each = [
            -float(distances(model, inputs, data.left[[i]], data.right[[i]])[0])
            for i in range(0, len(data), 10)
        ]
    assert once[::10].tolist() == pytest.approx(each, abs=1e-5)


def test_many_pairs_are_scored_in_stretches_and_batches(
    data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = train(inputs_of(data), data, ONCE)
    at_once = scored(model, data)
    monkeypatch.setattr(published_training, "_AT_ONCE", {"cpu": 3})
    monkeypatch.setattr(published_training, "_STRETCH", 7)
    assert scored(model, data).tolist() == pytest.approx(at_once.tolist(), abs=1e-5)


def test_no_pairs_are_no_scores(data: Dataset) -> None:
    none = np.empty(0, np.int64)
    assert len(score(train(inputs_of(data), data, ONCE), inputs_of(data), none, none)) == 0


def test_graphs_without_an_edge_are_trained_on_and_scored(data: Dataset) -> None:
    joint = join(data.left_graph, data.right_graph, data.schema)
    none = np.empty(0, np.int64)
    bare = dataclasses.replace(
        joint,
        edge_offsets=np.zeros_like(joint.edge_offsets),
        edge_relations=none,
        edge_neighbours=none,
        relation_names=(),
    )
    inputs = Nodes(bare, data.features, SETTINGS, torch.device("cpu"))
    model = train(inputs, data, ONCE)
    assert np.isfinite(score(model, inputs, data.left, data.right)).all()


def test_the_published_loss_by_hand() -> None:
    """d⁺ = 0.5, 1.5; d⁻ = 2: hinge max(0, d⁺ − d⁻ + 1) is 0 and 0.5, max(0, d⁺ − 1) 0 and 0.5."""
    loss = hinge(torch.tensor([0.5, 1.5]), torch.tensor([2.0]), margin=1.0)
    assert float(loss) == pytest.approx(0.25 + 0.25)


def test_a_step_without_non_matches_holds_its_matches_within_one() -> None:
    assert float(hinge(torch.tensor([0.5, 3.0]), torch.empty(0), margin=1.0)) == 1.0


def test_an_epoch_shows_every_match_with_its_competitors_and_all_who_are_competitors_of_none() -> (
    None
):
    left = np.array([0, 0, 1, 1, 7])
    right = np.array([0, 1, 1, 2, 7])
    label = np.array([1, 0, 1, 0, 0], np.int8)
    one_a_step = dataclasses.replace(SETTINGS, batch=1)
    steps = Batches(left, right, label, one_a_step).epoch()
    assert len(steps) == 2
    of_first = next(set(step.tolist()) for step in steps if 0 in step)
    assert of_first - {4} == {0, 1}, "pair 3 shares no entity with match 0"
    of_second = next(set(step.tolist()) for step in steps if 2 in step)
    assert of_second - {4} == {1, 2, 3}, "pair 1 shares the right entity of match 2, 3 the left one"
    assert sum(4 in step for step in steps) == 1


def test_on_a_gpu_it_comes_to_what_the_cpu_comes_to(data: Dataset) -> None:
    settings = dataclasses.replace(ONCE, epochs=2)
    expected = scored(train(inputs_of(data), data, settings), data)
    with PretendCuda():
        model = train(inputs_of(data, device="cuda"), data, settings)
        assert {weights.device.type for weights in model.parameters()} == {"cuda"}
        found = scored(model, data, "cuda")
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_each_method_leaves_out_one_part() -> None:
    whole = PublishedSettings()
    assert cg_mualign.paper.args == (whole,)
    for method, part in (
        (cg_mualign.no_cross, {"cross_attention": False}),
        (cg_mualign.no_self, {"self_attention": False}),
        (cg_mualign.uniform_sampling, {"uniform_sampling": True}),
    ):
        assert method.args == (dataclasses.replace(whole, **part),)
