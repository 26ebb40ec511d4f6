"""Members, each blind to a part of the labels, and the head they teach."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from kgreview.aligner.alignment import _parts, fit_aligner, score_candidates
from kgreview.aligner.inputs import LabelledPairs, Pairs, find_pairs
from kgreview.aligner.scoring import ScoredPairs, _mean_difference, mean_logits
from kgreview.aligner.settings import AlignerSettings

from .conftest import FILMS, Twins
from .test_training import SETTINGS, inputs_of

TWO = dataclasses.replace(SETTINGS, members=2, epochs=4, rival_steps=200)


def all_candidates(twins: Twins) -> Pairs:
    return Pairs(
        *(
            np.concatenate([getattr(part, name) for part in (twins.pairs, twins.valid)])
            for name in ("left", "right", "similarities")
        )
    )


def test_each_member_is_blind_to_its_part_and_each_part_to_one_member(twins: Twins) -> None:
    many = dataclasses.replace(
        twins.pairs,
        label=np.ones(len(twins.pairs), np.int8) * (np.arange(len(twins.pairs)) % 2 == 0),
    )
    parts = _parts(many, dataclasses.replace(SETTINGS, members=3), FILMS, None)
    assert len(parts) == 3
    seen = np.zeros(len(many), int)
    for learnt in parts:
        seen[learnt] += 1
    assert (seen == 2).all()
    for learnt in parts:
        blind = np.setdiff1d(np.arange(len(many)), learnt)
        assert not set(many.left[blind]) & set(many.left[learnt]), "an entity is in one part"


def test_few_matches_are_not_parted(twins: Twins) -> None:
    few = twins.pairs.take(np.arange(12))
    assert len(_parts(few, TWO, FILMS, None)) == 1


def test_a_pair_is_judged_by_its_members_and_its_rivals(twins: Twins) -> None:
    inputs, candidates = inputs_of(twins), all_candidates(twins)
    pairs = LabelledPairs.concatenate(twins.pairs, twins.pairs)  # enough matches for two parts
    model = fit_aligner(inputs, candidates, pairs, twins.valid, TWO).model
    assert len(model.members) == 2
    assert model.rivals is not None
    alone = mean_logits(model.networks, inputs, model.among(candidates))
    among = score_candidates(model, inputs, candidates)
    assert np.abs(alone - among).max() > 0.1


def test_as_published_there_is_one_network_and_no_head(twins: Twins) -> None:
    settings = dataclasses.replace(SETTINGS, head="distance", members=1, rivals=False, epochs=1)
    inputs, candidates = inputs_of(twins, settings), all_candidates(twins)
    model = fit_aligner(inputs, candidates, twins.pairs, None, settings).model
    assert (len(model.members), model.rivals) == (1, None)
    np.testing.assert_array_equal(
        mean_logits(model.networks, inputs, candidates), score_candidates(model, inputs, candidates)
    )


@pytest.mark.parametrize(("struck", "members"), [("network 2", 1), ("set against rivals", 2)])
def test_an_interruption_keeps_the_members_there_are(
    twins: Twins, struck: str, members: int
) -> None:
    def strike(stage: str, done: int, total: int | None = None, **figures: float) -> None:
        if struck in stage:
            raise KeyboardInterrupt

    pairs = LabelledPairs.concatenate(twins.pairs, twins.pairs)
    fit = fit_aligner(
        inputs_of(twins), all_candidates(twins), pairs, twins.valid, TWO, progress=strike
    )
    assert fit.interrupted
    assert (len(fit.model.members), fit.model.rivals) == (members, None)
    assert np.isfinite(fit.logits).all()


def test_going_on_keeps_every_member_blind_to_the_same_part(twins: Twins) -> None:
    pairs = LabelledPairs.concatenate(twins.pairs, twins.pairs)
    inputs, candidates = inputs_of(twins), all_candidates(twins)
    parent = fit_aligner(inputs, candidates, pairs, twins.valid, TWO).model
    for one, two in zip(
        _parts(pairs, TWO, FILMS, None), _parts(pairs, TWO, FILMS, parent), strict=True
    ):
        np.testing.assert_array_equal(one, two)
    child = fit_aligner(
        inputs, candidates, pairs, twins.valid, dataclasses.replace(TWO, epochs=1), start=parent
    ).model
    assert len(child.members) == 2


@pytest.mark.parametrize("number", [0, 3])
def test_wanted_pairs_are_found_in_any_order(number: int) -> None:
    rng = np.random.default_rng(number)
    left, right = rng.permutation(number), rng.permutation(number)
    nothing = np.empty((number, 1), np.float32)
    among = Pairs(left, right, nothing)
    turned = rng.permutation(number)
    wanted = Pairs(
        np.append(left[turned], 99), np.append(right[turned], 99), np.empty((number + 1, 1))
    )
    assert find_pairs(among, wanted).tolist() == [*turned.tolist(), -1]


def test_settings_go_through_json_and_unknown_ones_are_left_out() -> None:
    settings = AlignerSettings(cap=7, rivals=False)
    assert AlignerSettings.from_json({**settings.to_json(), "of_a_later_release": 1}) == settings


def test_what_the_head_learns_from_is_what_the_members_say_in_use(twins: Twins) -> None:
    pairs = LabelledPairs.concatenate(twins.pairs, twins.pairs)
    inputs, candidates = inputs_of(twins), all_candidates(twins)
    kept: list[ScoredPairs] = []
    fit = fit_aligner(inputs, candidates, pairs, twins.valid, TWO, keep=kept.append)
    model = fit.model
    expected = mean_logits(model.networks, inputs, model.among(candidates))
    np.testing.assert_array_equal(np.concatenate([batch.logits for batch in kept]), expected)
    assert [batch.start for batch in kept] == [0]
    np.testing.assert_array_equal(fit.logits, score_candidates(model, inputs, candidates))
    alone = mean_logits(model.networks[1:], inputs, model.among(candidates))
    np.testing.assert_array_equal(kept[0].each[1], alone)


def test_the_spread_is_the_mean_distance_of_the_heads_probabilities() -> None:
    votes = torch.tensor([[0.9, 0.1, 0.4], [0.3, 0.3, 0.3]])
    apart = [(0.8 + 0.5 + 0.3) / 3, 0.0]
    np.testing.assert_allclose(_mean_difference(votes).numpy(), apart, rtol=1e-6)
    assert not _mean_difference(votes[:, :1]).any(), "of one head there is nothing to differ"
