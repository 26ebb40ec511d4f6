"""What labelled pairs are set against while a round learns."""

from __future__ import annotations

import numpy as np
import torch

from kgreview.aligner.inputs import find_pairs
from kgreview.aligner.label_features import LABEL_FEATURES
from kgreview.aligner.labelled import LabelledNeighbourhoods, Labels
from kgreview.aligner.scored_together import Candidates
from kgreview.aligner.training import score_round


def test_labelled_pairs_are_set_against_all_their_competitors(films):
    model, pairs = films.fit.model, films.candidates
    told = np.arange(len(pairs) * (LABEL_FEATURES + 3)).reshape(len(pairs), -1) % 5 / 2
    own = films.fit.scores.own
    candidates = Candidates(films.inputs, pairs.left, pairs.right, own, told.astype(np.float16))
    where = find_pairs(pairs, films.pairs)[:40]
    ones = np.ones(len(where), np.float32)
    labels = Labels(where, films.pairs.label[:40], ones, np.zeros(len(where), np.int64))
    labelled = LabelledNeighbourhoods(model.correspondence, candidates, labels)
    one, beliefs = model.each_round[0], films.fit.scores.beliefs[0]
    against, others = labelled.competition(one.evidence, torch.from_numpy(beliefs))
    whole = score_round(one, model.correspondence, candidates, beliefs).competition
    np.testing.assert_allclose(against.numpy(), whole.against[where], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(others.numpy(), np.hstack([whole.counts, told])[where], rtol=1e-6)


def test_a_batch_holds_what_was_asked_in_that_order(films):
    model, pairs = films.fit.model, films.candidates
    told = np.zeros((len(pairs), LABEL_FEATURES + 3), np.float16)
    candidates = Candidates(films.inputs, pairs.left, pairs.right, films.fit.scores.own, told)
    where = np.array([30, 2, 17])
    labels = Labels(where, np.array([0, 1, 0], np.int8), np.arange(3, dtype=np.float32), where)
    batch = LabelledNeighbourhoods(model.correspondence, candidates, labels).take(np.array([2, 0]))
    assert batch.label.tolist() == [0, 0]
    assert batch.weight.tolist() == [2, 0]
    np.testing.assert_array_equal(batch.own.numpy(), films.fit.scores.own[[17, 30]])
    expected = candidates.around(model.correspondence, torch.tensor([17, 30]))
    assert torch.equal(batch.around.found.alike, expected.found.alike)
