"""Which neighbours of a pair may be the same."""

from __future__ import annotations

import numpy as np
import torch

from kgreview.aligner.neighbour_pairs import CandidateIndex, find_neighbour_pairs


def test_candidates_are_found_in_any_order():
    index = CandidateIndex(torch.tensor([5, 0, 5]), torch.tensor([9, 9, 2]))
    found = index.find(torch.tensor([0, 5, 5, 0]), torch.tensor([9, 2, 9, 2]))
    assert found.tolist() == [1, 2, 0, -1]
    nothing = CandidateIndex(torch.empty(0, dtype=torch.int64), torch.empty(0, dtype=torch.int64))
    assert nothing.find(torch.tensor([1]), torch.tensor([2])).tolist() == [-1]


def test_directors_of_one_name_may_be_the_same_and_no_others(films):
    left = torch.from_numpy(np.array(films.pairs.left))
    right = torch.from_numpy(films.inputs.joint.right_node(films.pairs.right))
    found = find_neighbour_pairs(films.inputs, left, right, CandidateIndex(left, right))
    matches = np.flatnonzero(films.pairs.label == 1)
    same = found.alike > 0.99
    assert sorted(found.pair[same].tolist()) == matches.tolist()
    assert (found.candidate == -1).all()  # the candidates are films
