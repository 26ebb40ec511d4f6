"""Training learns what only neighbours tell, repeats for a seed, and survives an interruption."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from kgreview.aligner import scoring
from kgreview.aligner.features import entity_features
from kgreview.aligner.inputs import NodeInputs, Pairs
from kgreview.aligner.joint import join
from kgreview.aligner.model import Attention, PairOutput
from kgreview.aligner.scoring import mean_logits, score_pairs
from kgreview.aligner.settings import AlignerSettings
from kgreview.aligner.training import _Sampled, _Shuffled, forward, pair_loss, train
from kgreview.errors import KGReviewError

from .conftest import Twins

SETTINGS = AlignerSettings(width=32, epochs=12, patience=12, batch=32, steps=96, negatives=4)


def inputs_of(twins: Twins, settings: AlignerSettings = SETTINGS) -> NodeInputs:
    features = entity_features(twins.left, twins.right, twins.schema)
    joint = join(twins.left, twins.right, twins.schema)
    return NodeInputs(joint, features, settings, torch.device("cpu"))


@pytest.mark.parametrize("head", ["distance", "comparison"])
def test_neighbours_tell_films_of_one_title_apart(twins: Twins, head: str) -> None:
    settings = dataclasses.replace(SETTINGS, head=head)
    training = train(inputs_of(twins, settings), twins.pairs, twins.valid, settings)
    assert training.epochs[training.best].valid_prauc > 0.95


def test_a_seed_repeats_exactly(twins: Twins) -> None:
    settings = dataclasses.replace(SETTINGS, epochs=2)
    one, two = (train(inputs_of(twins), twins.pairs, twins.valid, settings) for _ in range(2))
    assert one.epochs == two.epochs
    for name, weights in one.model.state_dict().items():
        assert torch.equal(weights, two.model.state_dict()[name]), name


def test_another_seed_is_another_training(twins: Twins) -> None:
    settings = dataclasses.replace(SETTINGS, epochs=1)
    other = dataclasses.replace(settings, seed=1)
    one = train(inputs_of(twins), twins.pairs, twins.valid, settings)
    assert one.epochs != train(inputs_of(twins), twins.pairs, twins.valid, other).epochs


def test_the_best_epochs_weights_are_kept_not_the_last_ones(twins: Twins) -> None:
    inputs = inputs_of(twins)
    training = train(inputs, twins.pairs, twins.valid, SETTINGS)
    best = training.epochs[training.best]
    assert best.valid_prauc >= max(epoch.valid_prauc for epoch in training.epochs) - 2e-4
    again = mean_logits([training.model], inputs, twins.valid)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(
        torch.from_numpy(again), torch.from_numpy(twins.valid.label.astype(np.float32))
    )
    assert float(loss) == pytest.approx(best.valid_loss)


def test_an_interruption_keeps_the_best_weights_so_far(twins: Twins) -> None:
    def press_ctrl_c(stage: str, done: int, total: int | None = None, **figures: float) -> None:
        if "prauc" in figures:  # the first epoch is over
            raise KeyboardInterrupt

    inputs = inputs_of(twins)
    training = train(inputs, twins.pairs, twins.valid, SETTINGS, progress=press_ctrl_c)
    assert training.interrupted
    assert len(training.epochs) == 1
    assert np.isfinite(mean_logits([training.model], inputs, twins.valid)).all()


def test_an_interruption_before_anything_was_learnt_is_passed_on(twins: Twins) -> None:
    def at_once(stage: str, done: int, total: int | None = None, **figures: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(inputs_of(twins), twins.pairs, twins.valid, SETTINGS, progress=at_once)


def test_training_goes_on_from_a_network_and_leaves_it_as_it_was(twins: Twins) -> None:
    inputs = inputs_of(twins)
    parent = train(inputs, twins.pairs, twins.valid, SETTINGS).model
    before = {name: weights.clone() for name, weights in parent.state_dict().items()}
    settings = dataclasses.replace(SETTINGS, epochs=1, learning_rate=1e-4)
    child = train(inputs, twins.pairs, twins.valid, settings, start=parent)
    assert child.epochs[0].valid_prauc > 0.95, "it knows what its parent knew"
    assert all(torch.equal(weights, before[name]) for name, weights in parent.state_dict().items())
    assert any(
        not torch.equal(weights, before[name]) for name, weights in child.model.state_dict().items()
    )


def test_going_on_takes_steps_as_small_as_its_own_settings_say(twins: Twins) -> None:
    inputs = inputs_of(twins)
    parent = train(inputs, twins.pairs, twins.valid, SETTINGS).model
    before = parent.state_dict()
    moved = []
    for rate in (1e-2, 1e-5):
        settings = dataclasses.replace(
            SETTINGS, epochs=1, learning_rate=rate, head_learning_rate=rate
        )
        child = train(inputs, twins.pairs, twins.valid, settings, start=parent).model
        after = child.state_dict()
        moved.append(max(float((after[name] - before[name]).abs().max()) for name in before))
    assert moved[1] < moved[0] / 50


@pytest.mark.parametrize("label", [0, 1])
def test_one_kind_of_label_is_not_enough(twins: Twins, label: int) -> None:
    alike = twins.pairs.take(np.flatnonzero(twins.pairs.label == label))
    with pytest.raises(KGReviewError, match="at least one match and one non-match"):
        train(inputs_of(twins), alike, None, SETTINGS)


def test_all_pairs_are_seen_in_an_epoch_and_few_of_them_again_and_again(twins: Twins) -> None:
    few = twins.pairs.take(np.arange(40))
    settings = dataclasses.replace(SETTINGS, batch=256, epochs=4, steps=20)
    batches = _Shuffled(few, settings)
    assert batches.steps == 6, "in steps of 32 once is 2, and 20 steps are 5 an epoch or more"
    drawn = batches.epoch()
    assert len(drawn) == 6
    assert sorted(np.concatenate(drawn).tolist()) == sorted(3 * list(range(40)))


def test_without_validation_pairs_it_trains_all_epochs(twins: Twins) -> None:
    settings = dataclasses.replace(SETTINGS, epochs=3, patience=1)
    training = train(inputs_of(twins), twins.pairs, None, settings)
    assert training.best == 2


def test_scores_come_from_states_computed_once_and_equal_those_pair_by_pair(twins: Twins) -> None:
    inputs = inputs_of(twins)
    model = train(inputs, twins.pairs, None, dataclasses.replace(SETTINGS, epochs=1)).model
    once = mean_logits([model], inputs, twins.valid)
    inputs.fresh = inputs.fixed  # type: ignore[method-assign]
    with torch.inference_mode():
        each = [
            float(forward(model, inputs, twins.valid, np.array([i])).logits)
            for i in range(len(twins.valid))
        ]
    assert once.tolist() == pytest.approx(each, abs=1e-5)


def test_of_many_pairs_few_have_their_sides_ready_at_a_time(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = inputs_of(twins)
    model = train(inputs, twins.pairs, None, dataclasses.replace(SETTINGS, epochs=1)).model
    at_once = mean_logits([model], inputs, twins.valid)
    ready: list[int] = []
    prepare = scoring.PreparedSides.__init__

    def noted(self: Any, *given: Any) -> None:
        ready.append(len(given[2]))
        prepare(self, *given)

    monkeypatch.setattr(scoring.PreparedSides, "__init__", noted)
    monkeypatch.setattr(scoring, "AT_ONCE", {"cpu": 2})
    monkeypatch.setattr(scoring, "_STRETCH", 4)
    in_stretches = mean_logits([model], inputs, twins.valid)
    assert in_stretches.tolist() == pytest.approx(at_once.tolist(), abs=1e-5)
    assert len(ready) == -(-len(twins.valid) // 4) > 1
    assert max(ready) <= 8, "four pairs have eight sides at most"


def test_attention_comes_with_the_score_and_sums_to_one(twins: Twins) -> None:
    inputs = inputs_of(twins)
    model = train(inputs, twins.pairs, None, dataclasses.replace(SETTINGS, epochs=1)).model
    (batch,) = score_pairs([model], inputs, twins.valid)
    assert batch.attention.shape == (len(twins.valid), 2, SETTINGS.cap, 3)
    np.testing.assert_allclose(batch.attention.astype(np.float32).sum(2), 1, atol=2e-3)


def test_no_pairs_are_no_scores(twins: Twins) -> None:
    inputs = inputs_of(twins)
    model = train(inputs, twins.pairs, None, dataclasses.replace(SETTINGS, epochs=1)).model
    none = np.empty(0, np.int64)
    assert len(mean_logits([model], inputs, Pairs(none, none, np.empty((0, 1), np.float32)))) == 0


def output(distances: list[float], logits: list[float]) -> PairOutput:
    nothing = Attention(*(torch.zeros(len(distances), 1) for _ in range(3)))
    affinity = torch.zeros(len(distances), 1, 1)
    votes = torch.tensor(logits)
    return PairOutput(votes[:, None], votes, torch.tensor(distances), nothing, nothing, affinity)


def test_the_published_loss_by_hand() -> None:
    """d⁺ = 0.5, 1.5; d⁻ = 2: hinge max(0, d⁺ − d⁻ + 1) is 0 and 0.5, max(0, d⁺ − 1) 0 and 0.5."""
    loss = pair_loss(
        output([0.5, 1.5, 2.0], [0, 0, 0]),
        torch.tensor([1.0, 1.0, 0.0]),
        torch.ones(3),
        AlignerSettings(head="distance"),
    )
    assert float(loss) == pytest.approx(0.25 + 0.25)


def test_a_pair_without_weight_does_not_count() -> None:
    settings = AlignerSettings(head="distance")
    label = torch.tensor([1.0, 1.0, 0.0])
    some = pair_loss(
        output([0.5, 9.0, 2.0], [0, 0, 0]), label, torch.tensor([1.0, 0.0, 1.0]), settings
    )
    assert float(some) == pytest.approx(0)


def test_an_epoch_shows_every_match_and_every_decision_that_shares_no_entity(twins: Twins) -> None:
    pairs = twins.pairs
    stray = dataclasses.replace(
        pairs,
        left=np.append(pairs.left, 999),
        right=np.append(pairs.right, 999),
        similarities=np.append(pairs.similarities, [[1]], axis=0).astype(np.float32),
        label=np.append(pairs.label, 0).astype(np.int8),
        weight=np.append(pairs.weight, 3).astype(np.float32),
    )
    shown = np.unique(np.concatenate(_Sampled(stray, SETTINGS).epoch()))
    assert set(np.flatnonzero(stray.label == 1)) <= set(shown)
    assert len(stray) - 1 in shown
