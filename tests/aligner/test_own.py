"""What own features say, by trees that have not seen the label."""

from __future__ import annotations

import numpy as np
import torch

from kgreview.aligner.inputs import LabelledPairs, Pairs
from kgreview.aligner.linear import LinearModel, PairWords
from kgreview.aligner.own import (
    PRIOR_NAMES,
    OwnFeatures,
    OwnModel,
    most_informative,
    parts_of,
    unseen_logits,
)
from kgreview.aligner.settings import AlignerSettings

CANDIDATES = Pairs(
    np.array([0, 0, 1]),
    np.array([0, 1, 1]),
    np.array([[0.9, 5, np.nan], [0.2, 5, 1], [0.8, 5, 0]], np.float32),
)
NAMELESS = PairWords(np.zeros((4, 2), np.int32), CANDIDATES.left, 2 + CANDIDATES.right)


def own_features(named: int | None = None, words: PairWords = NAMELESS) -> OwnFeatures:
    """Give the first and the last feature, the standing by the first, and what words say."""
    linear = LinearModel(2, 10, 0)
    linear.learnt.fill_(1)
    linear.words = torch.tensor([5], dtype=torch.int32)
    linear.of_word = torch.tensor([[[1.0, -2.0]], [[3.0, -4.0]]])  # (members, words, 2)
    return OwnFeatures(CANDIDATES, (0, 2), (0,), linear, words, named)


def test_features_are_the_own_ones_and_how_they_stand_among_competitors():
    features = own_features()
    rows = features[np.array([1, 0])]
    np.testing.assert_allclose(rows[:, :2], [[0.2, 1], [0.9, np.nan]], rtol=1e-6)
    # among those of its left entity: gap, lead, rank and count
    np.testing.assert_allclose(rows[:, 2:6], [[0.7, -0.7, 1, 2], [0, 0.7, 0, 2]], atol=1e-6)


def test_a_pair_that_is_no_candidate_has_no_competitors():
    features = own_features()
    found = features.of(CANDIDATES, np.array([-1, 1, 2]))
    assert np.isnan(found[0, 2:]).all()
    np.testing.assert_array_equal(found[1:], features[np.array([1, 2])][:, :-2])


WORDS = PairWords(np.array([[5], [0], [5], [5]], np.int32), NAMELESS.left, NAMELESS.right)


def test_words_say_what_the_members_say_in_the_mean():
    found = own_features(words=WORDS)[:]
    np.testing.assert_allclose(found[:, -2], [2, 2, -3])  # of both names twice, of one once


def test_a_name_that_is_left_out_has_no_words():
    found = own_features(named=1, words=WORDS)[:]  # the last feature: nan of the first pair
    np.testing.assert_allclose(found[:, -2], [0, 2, -3])


def test_a_labelled_pair_is_shown_what_the_member_says_that_has_not_seen_it_until_it_is_forgotten():
    features = own_features(words=WORDS)
    pairs = LabelledPairs(
        CANDIDATES.left,
        CANDIDATES.right,
        CANDIDATES.similarities,
        np.array([1, 0, 0], np.int8),  # too few to learn from
        np.ones(3, np.float32),
    )
    where, part = np.array([2, -1, 0]), np.array([0, 0, 1])
    shown = features.learn(features.of(pairs, where), WORDS, pairs, part, where)
    np.testing.assert_allclose(shown[:, -2], [1, 1, -4])
    np.testing.assert_allclose(features[:][:, -2], [-4, 2, 1])
    np.testing.assert_allclose(features[np.array([2, 1])][:, -2], [1, 2])
    features.forget()
    np.testing.assert_allclose(features[:][:, -2], [2, 2, -3])


def test_what_does_not_differ_tells_nothing():
    label = np.array([1, 0, 1], np.int8)
    assert most_informative(CANDIDATES.similarities, label, 5, (0, 1)) == (0,)


def test_the_part_of_an_entity_hangs_on_the_seed_alone():
    settings = AlignerSettings(members=3, seed=4)
    few, many = parts_of(np.array([7, 2]), 10, settings), parts_of(np.arange(10), 10, settings)
    np.testing.assert_array_equal(few, many[[7, 2]])


def test_labelled_pairs_have_the_logit_of_the_member_that_has_not_seen_them():
    each = np.array([[1, 2, 3], [5, 6, 7]], np.float32)
    pairs = LabelledPairs(
        np.array([1, 5]),
        np.array([1, 5]),
        np.zeros((2, 3), np.float32),
        np.array([1, 0], np.int8),
        np.ones(2, np.float32),
    )
    found = unseen_logits(each, CANDIDATES, pairs, np.array([1, 0]))
    np.testing.assert_array_equal(found, [3, 4, 7])  # the last is known, in the part of member 1


def test_of_few_labels_the_prior_counts_and_of_many_the_trees():
    """Names that are alike match, but for a value that only labels can teach."""
    rng = np.random.default_rng(0)
    names = (*PRIOR_NAMES, "code ~ code: equal")
    settings = AlignerSettings(members=2, trees=30, rate=0.05)

    def share(count: int) -> float:
        alike, code = rng.random((2, count)).astype(np.float32)
        label = (alike > 0.5 if count < 100 else code > 0.5).astype(np.int8)
        similarities = np.column_stack([alike] * 4 + [1 - alike] * 2 + [code])
        pairs = LabelledPairs(
            np.arange(count), np.arange(count), similarities, label, np.ones(count, np.float32)
        )
        model = OwnModel(range(7), (), settings, names)
        part = parts_of(pairs.left, count, settings)
        model.fit(similarities, pairs, part, settings)
        model.weigh(similarities, pairs, part)
        return float(model.share)

    assert share(20) < 0.5
    assert share(2_000) > 0.8


def test_without_the_features_of_names_there_is_no_prior():
    model = OwnModel((0,), (), AlignerSettings(members=2, trees=5), ("code ~ code: equal",))
    pairs = LabelledPairs(
        np.array([0, 1]),
        np.array([0, 1]),
        np.array([[1], [0]], np.float32),
        np.array([1, 0], np.int8),
        np.ones(2, np.float32),
    )
    model.weigh(pairs.similarities, pairs, np.array([0, 1]))
    assert float(model.share) == 1
