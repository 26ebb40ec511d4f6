"""Nodes as the aligner is fed them."""

from __future__ import annotations

import numpy as np
import pytest

from kgreview.aligner.inputs import Pairs, find_pairs, name_codes, with_competitors
from kgreview.aligner.settings import AlignerSettings


def test_nodes_have_one_number_where_their_names_are_one_and_else_their_own() -> None:
    names = np.array([[1, 2], [2, 1], [1, 2], [0, 0], [0, 0]], np.float32)
    codes = name_codes(names)
    assert codes[0] == codes[2]
    assert len(set(codes.tolist())) == 4
    assert (codes >= 0).all()


def test_samples_of_before_are_gone_on_with(films) -> None:
    inputs = films.inputs
    before = inputs.samples.clone()
    inputs.keep_samples(np.array([0]), np.array([[-1] * before.shape[1]]))
    assert not inputs.mask[0].any()
    assert inputs.mask[1].any()
    inputs.keep_samples(np.array([0]), before[:1].numpy())
    assert inputs.mask[0].any()


def test_a_sampled_neighbour_stands_for_those_of_its_relation_that_are_not(crowded) -> None:
    film = int(crowded.joint.right_node(np.array([0]))[0])
    relations, stands_for = crowded.relations[film], crowded.stands_for[film]
    director = relations == relations[relations.bincount()[relations].argmin()]
    assert stands_for[director].tolist() == [1.0]
    assert stands_for[~director].tolist() == pytest.approx([12 / 4] * 4)
    assert crowded.stands_for[0].tolist() == pytest.approx([1, 1, 1, 0, 0])  # all are there


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
    settings = AlignerSettings(cap=7, label_features=False)
    assert AlignerSettings.from_json({**settings.to_json(), "of_a_later_release": 1}) == settings


@pytest.mark.parametrize("side", [0, 1])
def test_a_pair_without_a_row_is_refused_before_compiled_code_sees_it(side: int) -> None:
    rows = [np.array([0, 1]), np.array([0, 1])]
    rows[side][1] = -1
    with pytest.raises(IndexError, match="no row in its graph"):
        Pairs(rows[0], rows[1], np.zeros((2, 1), np.float32))


def test_competitors_of_a_pair_are_those_that_share_an_entity_with_it() -> None:
    left, right = np.array([0, 0, 1, 2, 3]), np.array([5, 6, 6, 7, 5])
    pairs = Pairs(left, right, np.zeros((5, 1), np.float32))
    near, where = with_competitors(pairs, np.array([0]))
    assert near.tolist() == [0, 1, 4]
    assert where.tolist() == [0]
    near, where = with_competitors(pairs, np.array([2, 3]))
    assert near.tolist() == [1, 2, 3]
    assert where.tolist() == [1, 2]
