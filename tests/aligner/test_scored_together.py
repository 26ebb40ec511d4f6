"""Neighbourhoods of candidates, a stretch at a time."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kgreview.aligner import scored_together
from kgreview.aligner.label_features import LABEL_FEATURES
from kgreview.aligner.scored_together import Candidates, Stretches
from kgreview.aligner.training import score_round


@pytest.fixture(autouse=True)
def _small_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scored_together, "AT_ONCE", {"cpu": 50})


@pytest.fixture
def candidates(films) -> Candidates:
    pairs = films.candidates
    told = np.zeros((len(pairs), LABEL_FEATURES + 3), np.float16)
    return Candidates(films.inputs, pairs.left, pairs.right, films.fit.scores.own, told)


def test_a_pair_competes_with_those_of_either_entity(candidates):
    left, right = candidates.left, candidates.right
    expected = np.flatnonzero((left == left[7]) | (right == right[7]))
    assert candidates.competing(np.array([7])).tolist() == expected.tolist()
    assert 1 < len(expected) < len(candidates)
    assert candidates.competing(np.empty(0, np.int64)).tolist() == []


@pytest.mark.parametrize("kept", [0, 1 << 30])
def test_stretches_are_the_same_whether_there_is_room_to_keep_them(
    candidates, films, monkeypatch, kept
):
    monkeypatch.setattr(scored_together, "_KEPT", kept)
    some = np.arange(3, len(candidates), 2)
    stretches = Stretches(candidates, some)
    first, again = (list(stretches.of(films.fit.model.correspondence)) for _ in range(2))
    assert [part for part, _ in first] == [slice(0, 50), slice(50, 100), slice(100, len(some))]
    assert [one is two for one, two in zip(first, again, strict=True)] == [kept > 0] * len(first)
    for (part, around), (_, anew) in zip(first, again, strict=True):
        whole = candidates.around(films.fit.model.correspondence, torch.from_numpy(some[part]))
        for each in (around, anew):
            assert torch.equal(each.found.alike, whole.found.alike)
            assert each.nbytes == whole.nbytes > 0


def test_a_round_says_of_some_what_it_says_of_them_among_all(candidates, films):
    model = films.fit.model
    one, beliefs = model.each_round[0], films.fit.scores.beliefs[0]
    whole = score_round(one, model.correspondence, candidates, beliefs)
    asked = np.array([0, 9])
    near = candidates.competing(asked)
    some = score_round(one, model.correspondence, candidates, beliefs, where=near)
    for name in ("log_odds", "evidence", "support", "final"):
        np.testing.assert_allclose(
            getattr(some, name)[asked], getattr(whole, name)[asked], rtol=1e-5, atol=1e-6
        )
    others = np.setdiff1d(np.arange(len(candidates)), near)
    assert not some.evidence[others].any()
    assert whole.evidence[others].any()
