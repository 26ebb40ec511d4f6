"""What is learnt of the words of names."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kgreview.aligner.linear import LinearModel, PairWords

UPGRADE, MAC, INC, RARE = 7, 11, 13, 17


def products(pairs: int, seed: int = 0) -> tuple[PairWords, np.ndarray, np.ndarray]:
    """Give pairs that match but where *upgrade* stands in one name alone.

    *inc* stands in one name alone or in both, and says nothing; each pair has a word of its own.
    """
    rng = np.random.default_rng(seed)
    codes = np.zeros((2 * pairs, 4), np.int32)
    upgrade, inc = rng.random((2, 2 * pairs)) < 0.4
    codes[upgrade, 0], codes[inc, 1] = UPGRADE, INC
    codes[:, 2] = 1_000 + np.tile(np.arange(pairs), 2)
    left, right = np.arange(pairs), pairs + np.arange(pairs)
    label = (upgrade[:pairs] == upgrade[pairs:]).astype(np.int8)
    return PairWords(codes, left, right), label, rng.random((pairs, 2)).astype(np.float32)


def fitted(members: int = 2, pairs: int = 400) -> LinearModel:
    words, label, features = products(pairs)
    model = LinearModel(members, 2, 0)
    part = np.arange(pairs) % members
    model.fit(features, words, label, np.ones(pairs, np.float32), part)
    return model


def said(model: LinearModel, left: list[int], right: list[int]) -> float:
    """Give what the words of one pair say, in the mean of the members."""
    padded = ([[*side, *[0] * (4 - len(side))]] for side in (left, right))
    sides = (torch.tensor(side, dtype=torch.int32) for side in padded)
    return float(model(torch.full((1, 2), torch.nan), *sides)[:, 0, 0].mean())


def test_a_word_in_one_name_alone_tells_what_it_told_of_labelled_pairs():
    model = fitted()
    assert said(model, [UPGRADE], []) < -2
    assert said(model, [], [UPGRADE]) < -2
    assert said(model, [UPGRADE], [UPGRADE]) > 0
    assert abs(said(model, [INC], [])) < 0.5


def test_words_that_few_entities_have_are_not_learnt():
    assert set(fitted().words.tolist()) == {UPGRADE, INC}


def test_the_order_of_words_and_of_the_sides_makes_no_difference():
    model = fitted()
    one = said(model, [UPGRADE, INC], [INC, MAC])
    assert one == pytest.approx(said(model, [INC, UPGRADE], [MAC, INC]))
    assert one == pytest.approx(said(model, [INC, MAC], [UPGRADE, INC]))


def test_what_words_say_is_part_of_what_is_said_in_all():
    words, _, features = products(50, seed=1)
    model = fitted()
    left, right = (torch.from_numpy(side) for side in words.sides())
    given = torch.from_numpy(features)
    both = model(given, left, right)
    none = model(given, torch.zeros_like(left), torch.zeros_like(right))
    torch.testing.assert_close(both[..., 1] - both[..., 0], none[..., 1])
    assert not none[..., 0].any()


def test_a_member_does_not_see_the_labels_of_its_part():
    pairs = 400
    words, label, features = products(pairs)
    part = (np.arange(pairs) >= pairs // 2).astype(np.int64)
    other = np.where(part == 0, 1 - label, label).astype(np.int8)
    models = []
    for labels in (label, other):
        model = LinearModel(2, 2, 0)
        model.fit(features, words, labels, np.ones(pairs, np.float32), part)
        models.append(model)
    torch.testing.assert_close(models[0].of_word[0], models[1].of_word[0])
    assert (models[0].of_word[1] - models[1].of_word[1]).abs().max() > 1


def test_of_few_matches_nothing_is_learnt():
    words, _, features = products(100)
    label = (np.arange(100) < 20).astype(np.int8)
    model = LinearModel(2, 2, 0)
    model.fit(features, words, label, np.ones(100, np.float32), np.zeros(100, np.int64))
    assert int(model.learnt) == 0
    left, right = (torch.from_numpy(side) for side in words.sides())
    assert not model(torch.from_numpy(features), left, right).any()


def test_a_model_that_has_seen_more_stays_as_it_is():
    model = fitted()
    before = model.of_word.clone()
    words, label, features = products(100, seed=3)
    model.fit(features, words, label, np.ones(100, np.float32), np.zeros(100, np.int64))
    torch.testing.assert_close(model.of_word, before)
