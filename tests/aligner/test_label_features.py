"""What is known of a pair's competitors, counted by hand."""

from __future__ import annotations

import numpy as np
import torch

from kgreview.aligner.label_features import LabelFeatures

# left 0 has its match and a non-match; left 1 has two non-matches, one with right 0
LEFT, RIGHT = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 2])
LABEL = np.array([1, 0, 0, 0], np.int8)


def both_sides() -> LabelFeatures:
    return LabelFeatures.by(LEFT, RIGHT, LABEL, (LEFT, RIGHT))


def test_labels_of_competitors_are_counted_and_the_own_is_not() -> None:
    found = both_sides().of(np.array([0, 0, 1, 2]), np.array([0, 2, 1, 0]))
    assert found.tolist() == [
        [0, 1, 0, 1],  # a match itself: of the others of left 0 one is none, so of right 0
        [1, 1, 0, 1],  # not known: all of left 0, and of right 2
        [0, 2, 0, 1],  # not known: both of left 1, one of right 1
        [0, 0, 1, 1],  # an entity that nothing is known of
    ]


def test_entities_beyond_all_known_rows_are_told_nothing() -> None:
    assert both_sides().of(np.array([99]), np.array([77])).tolist() == [[0, 0, 0, 0]]
    assert both_sides().of(np.array([], np.int64), np.array([], np.int64)).shape == (0, 4)


def test_a_side_whose_entities_are_held_out_whole_does_not_tell() -> None:
    """Held-out left entities have no labelled candidate, as links split by entity leave it."""
    label_features = LabelFeatures.by(
        LEFT, RIGHT, LABEL, (np.array([7, 8, 8]), np.array([0, 1, 2]))
    )
    assert label_features.sides.tolist() == [False, True]
    assert label_features.of(np.array([0]), np.array([2])).tolist() == [[0, 0, 0, 1]]


def test_without_held_out_pairs_or_labels_nothing_is_told() -> None:
    none = np.array([], np.int64)
    for others in (None, (none, none)):
        untold = LabelFeatures.by(LEFT, RIGHT, LABEL, others)
        assert untold.of(LEFT, RIGHT).tolist() == [[0] * 4] * 4
    assert LabelFeatures(0).of(LEFT, RIGHT).tolist() == [[0] * 4] * 4


def test_it_goes_through_a_state_dict() -> None:
    label_features, again = both_sides(), LabelFeatures(len(LABEL))
    again.load_state_dict(label_features.state_dict())
    assert torch.equal(again.label, label_features.label)
    assert again.of(LEFT, RIGHT).tolist() == label_features.of(LEFT, RIGHT).tolist()
