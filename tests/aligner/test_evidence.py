"""What neighbours add: gates, stakes, and how two that are the same share what they say."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from kgreview.aligner.evidence import (
    Correspondence,
    PickedNeighbourhoods,
    evidence_of,
    gather,
)
from kgreview.aligner.neighbour_pairs import CandidateIndex


@pytest.fixture(scope="module")
def around(films):
    return gather(*_of_all(films))


def _of_all(films):
    left = torch.from_numpy(np.array(films.candidates.left))
    right = torch.from_numpy(films.inputs.joint.right_node(films.candidates.right))
    return films.inputs, films.fit.model.correspondence, left, right, CandidateIndex(left, right)


def network(films):
    return films.fit.model.each_round[-1].evidence


@torch.no_grad()
def test_contributions_add_up_to_the_evidence(films, around):
    beliefs = torch.from_numpy(films.fit.scores.beliefs[-1])
    said = network(films)(around, beliefs)
    total = evidence_of(around, said)
    np.testing.assert_allclose(total.numpy(), films.fit.scores.evidence[-1], atol=1e-5)


@torch.no_grad()
def test_a_neighbour_without_a_counterpart_speaks_against(films, around):
    beliefs = torch.from_numpy(films.fit.scores.beliefs[-1])
    for said in network(films)(around, beliefs):
        lacking = said.gate == 0
        assert lacking.any()
        assert (said.contribution[lacking] < 0).all()
        assert (said.stake >= said.contribution.abs() - 1e-6).all()


@torch.no_grad()
def test_two_that_are_the_same_get_the_shapley_values_of_their_game(films, around):
    """Of the game of two players that are there or not; its value is the evidence."""
    inputs, correspondence, left, right, index = _of_all(films)
    beliefs = torch.from_numpy(films.fit.scores.beliefs[-1])
    match = torch.tensor([int(np.flatnonzero(films.pairs.label == 1)[0])])
    cap = inputs.mask.shape[1]

    def value(there: tuple[bool, bool]) -> float:
        out = [torch.full((1, cap), not each) for each in there]
        some = gather(inputs, correspondence, left[match], right[match], index, (out[0], out[1]))
        return float(evidence_of(some, network(films)(some, beliefs))[0])

    worth = {there: value(there) for there in itertools.product((False, True), repeat=2)}
    both, one, two = worth[True, True], worth[True, False], worth[False, True]
    whole = gather(inputs, correspondence, left[match], right[match], index)
    said = network(films)(whole, beliefs)
    assert said[0].gate[0] > 0.5
    assert float(said[0].contribution[0]) == pytest.approx((one + both - two) / 2, abs=1e-5)
    assert float(said[1].contribution[0]) == pytest.approx((two + both - one) / 2, abs=1e-5)


@torch.no_grad()
def test_some_pairs_are_taken_in_any_order_and_twice(films, around):
    inputs, correspondence, left, right, index = _of_all(films)
    beliefs = torch.from_numpy(films.fit.scores.beliefs[-1])
    parts = [gather(inputs, correspondence, left[p], right[p], index) for p in _halves(len(left))]
    wanted = torch.tensor([7, 0, 7, len(left) - 1, 3])
    taken = PickedNeighbourhoods(parts).take(wanted)
    anew = gather(inputs, correspondence, left[wanted], right[wanted], index)
    np.testing.assert_allclose(
        evidence_of(taken, network(films)(taken, beliefs)).numpy(),
        evidence_of(anew, network(films)(anew, beliefs)).numpy(),
        atol=1e-6,
    )


def _halves(pairs: int) -> tuple[slice, slice]:
    return slice(0, pairs // 2), slice(pairs // 2, pairs)


def test_relations_of_one_name_correspond_until_something_else_is_seen():
    found = Correspondence(3_000, 0)
    codes = torch.tensor([5, 5, 2_999])
    np.testing.assert_array_equal(found(codes, torch.tensor([5, 6, 2_999])), [0.5, 0, 0.5])


def test_relations_correspond_as_shared_neighbours_of_matches_stand():
    # over 0 here, over 1 there, three times; once over 0 on both sides
    found = Correspondence.of(4, torch.tensor([0, 0, 0, 0]), torch.tensor([1, 1, 1, 0]))
    # the table of 0 and 1, with one more for each relation and itself: [[2, 3], [0, 1]]
    assert float(found(torch.tensor(0), torch.tensor(1))) == pytest.approx(3 / (6 * 5) ** 0.5)
    assert float(found(torch.tensor(1), torch.tensor(0))) == 0
    assert float(found(torch.tensor(2), torch.tensor(2))) == 0.5
