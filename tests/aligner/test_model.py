"""The whole aligner: neighbours decide, scores repeat, and some can be scored anew."""

from __future__ import annotations

import numpy as np

from kgreview.aligner.inputs import find_pairs
from kgreview.aligner.model import Scores
from kgreview.evaluation.metrics import average_precision


def prauc(films) -> float:
    where = find_pairs(films.candidates, films.valid)
    return average_precision(films.valid.label, films.fit.scores.logits[where])


def test_it_decides_by_neighbours_where_nothing_else_tells(films):
    assert prauc(films) > 0.95


def test_without_evidence_it_cannot(films_with):
    assert prauc(films_with(evidence=False)) < 0.6


def test_scores_repeat(films, films_with):
    again = films_with()
    np.testing.assert_array_equal(again.fit.scores.logits, films.fit.scores.logits)


def test_scoring_gives_what_the_training_gave(films):
    kept = []
    scores = films.fit.model.score(films.inputs, films.candidates, kept.append)
    np.testing.assert_allclose(scores.logits, films.fit.scores.logits, atol=1e-5)
    slots = np.concatenate([batch.slots for batch in kept])
    np.testing.assert_allclose(
        slots[..., 0].sum((1, 2), dtype=np.float64), scores.evidence[-1], atol=0.05
    )


def test_scoring_everything_anew_changes_nothing(films):
    everything = np.arange(len(films.candidates))
    empty = Scores.empty(len(everything), len(films.fit.model.rounds))
    scores, slots = films.fit.model.rescore(films.inputs, films.candidates, empty, everything)
    np.testing.assert_allclose(scores.logits, films.fit.scores.logits, atol=1e-4)
    np.testing.assert_allclose(scores.spread, films.fit.scores.spread, atol=1e-4)
    assert slots.shape[:2] == (len(everything), 2)


def test_what_is_not_scored_anew_stays(films):
    before = films.fit.scores
    few = np.array([3, 5])
    scores, _ = films.fit.model.rescore(films.inputs, films.candidates, before, few)
    others = np.setdiff1d(np.arange(len(films.candidates)), few)
    np.testing.assert_array_equal(scores.logits[others], before.logits[others])
    np.testing.assert_allclose(scores.logits[few], before.logits[few], atol=1e-4)
