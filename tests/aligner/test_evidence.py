"""What neighbours add: gates, stakes, and how those that hang on each other share what they say."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kgreview.aligner.correspondence import Correspondence
from kgreview.aligner.evidence import EvidenceNetwork, SideEvidence, evidence_of, shared_out
from kgreview.aligner.neighbour_pairs import CandidateIndex, NeighbourPairs
from kgreview.aligner.neighbourhoods import (
    Neighbourhoods,
    PickedNeighbourhoods,
    SideNeighbours,
    gather,
)

from .conftest import FEW


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
    affinity = network(films).affinity(around, beliefs)
    for each in (said, shared_out(around, said, affinity)):
        total = evidence_of(around, each)
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
def test_what_is_missing_counts_by_how_many_of_the_other_side_are_looked_at(crowded) -> None:
    left = torch.tensor([0])
    right = torch.from_numpy(crowded.joint.right_node(np.array([0])))
    plain = Correspondence(crowded.joint.num_relation_codes, 0)
    around = gather(crowded, plain, left, right, CandidateIndex(left, right))
    seen = [side.context[:, -1].tolist() for side in around.sides]
    # the left's two actors are looked for among 4 of 12, its director among 1 of 1
    assert sorted(seen[0]) == pytest.approx([1 / 3, 1 / 3, 1])
    assert seen[1] == pytest.approx([1.0] * 5)  # the left film is seen as a whole
    torch.manual_seed(0)
    network = EvidenceNetwork(2, crowded.joint.num_relation_codes, FEW)
    said = network(around, torch.zeros(1))[0]
    for side in around.sides:
        side.context[:, -1] = 1
    whole = network(around, torch.zeros(1))[0]
    assert (said.missing <= whole.missing + 1e-6).all()
    assert (said.missing < whole.missing * 0.9).sum() == 2


def _side(neighbours: int, meeting: torch.Tensor) -> SideNeighbours:
    nothing = torch.zeros(neighbours, dtype=torch.int64)
    slots = torch.arange(neighbours)
    context = torch.zeros(neighbours, 10)
    return SideNeighbours(nothing, slots, nothing, nothing, slots, context, meeting)


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_what_two_sides_say_is_shared_out_by_the_shapley_values_of_their_game(seed: int) -> None:
    """A neighbour that is there adds what its gate, its best A_pq, lets through of w⁺."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 4, 2)
    table = rng.choice([0.0, 0.3, 0.5, 0.5, 0.9], (sizes[0], sizes[1]))
    stakes = [rng.random(size) * 3 for size in sizes]
    one, two = (torch.from_numpy(where) for where in table.nonzero())
    affinity = torch.from_numpy(table[table > 0]).float()
    words = torch.zeros(len(one), 2)
    found = NeighbourPairs(torch.zeros_like(one), (one, two), affinity, words, one)
    sides = _side(sizes[0], one), _side(sizes[1], two)
    around = Neighbourhoods(1, found, (one, two), affinity, sides)
    gates = [torch.from_numpy(table.max(axis=1 - number)).float() for number in (0, 1)]
    said = tuple(
        SideEvidence(gate * worth, gate, worth, torch.zeros_like(worth))
        for gate, worth in zip(gates, (torch.from_numpy(s).float() for s in stakes), strict=True)
    )
    shared = shared_out(around, said, affinity)
    players = [(side, place) for side in (0, 1) for place in range(sizes[side])]

    def value(there: set[tuple[int, int]]) -> float:
        total = 0.0
        for side, place in there:
            row = table[place] if side == 0 else table[:, place]
            best = max((row[q] for other, q in there if other != side), default=0.0)
            total += best * stakes[side][place]
        return total

    wanted = dict.fromkeys(players, 0.0)
    for order in itertools.permutations(players):
        for number, player in enumerate(order):
            before = set(order[:number])
            wanted[player] += value(before | {player}) - value(before)
    for side, place in players:
        mean = wanted[side, place] / math.factorial(len(players))
        assert float(shared[side].contribution[place]) == pytest.approx(mean, abs=1e-5)


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
