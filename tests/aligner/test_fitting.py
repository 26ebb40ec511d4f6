"""Fitting: what teaches, what is chosen, and what is said where a label was not seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kgreview.aligner.fitting import _SHARES, _SHARES_OF_FEW, _best_share, _Parts, fit_aligner
from kgreview.aligner.inputs import LabelledPairs, find_pairs
from kgreview.errors import KGReviewError
from kgreview.evaluation.calibration import Calibration
from kgreview.evaluation.metrics import average_precision


def test_labels_of_one_class_are_refused(films):
    matches = films.pairs.take(np.flatnonzero(films.pairs.label == 1))
    with pytest.raises(KGReviewError, match="at least one match and one non-match"):
        fit_aligner(films.inputs, films.candidates, matches, None, (0,), films.fit.model.settings)


def test_ctrl_c_keeps_what_was_learnt(films):
    def interrupt(stage: str, done: int, total: int | None = None, **figures: float) -> None:
        if stage.startswith("train") and done == 20:
            raise KeyboardInterrupt

    fit = fit_aligner(
        films.inputs,
        films.candidates,
        films.pairs,
        films.valid,
        (0,),
        films.fit.model.settings,
        progress=interrupt,
    )
    assert fit.interrupted
    assert np.isfinite(fit.scores.logits).all()


def test_pairs_that_are_no_candidates_teach_what_own_features_say(films):
    stray = LabelledPairs(
        np.array([0]),
        np.array([79]),
        np.array([[0.0]], np.float32),
        np.array([0], np.int8),
        np.ones(1, np.float32),
    )
    both = LabelledPairs(
        *(
            np.concatenate([getattr(part, name) for part in (films.pairs, stray)])
            for name in ("left", "right", "similarities", "label", "weight")
        )
    )
    settings = films.fit.model.settings
    fit = fit_aligner(films.inputs, films.candidates, both, None, (0,), settings)
    learnt = [int(member.learnt) for member in fit.model.own.trees.each]
    assert sum(learnt) == len(both) * (settings.members - 1)


def noise(pairs: LabelledPairs) -> LabelledPairs:
    """The same pairs with features and labels that have nothing to do with each other."""
    rng = np.random.default_rng(5)
    return replace(
        pairs,
        similarities=rng.random((len(pairs), 3)).astype(np.float32),
        label=rng.permutation(pairs.label),
    )


def test_labels_learnt_from_are_judged_by_what_has_not_seen_them(films):
    pairs = noise(films.pairs)
    settings = replace(films.fit.model.settings, members=5, evidence=False)
    fit = fit_aligner(films.inputs, pairs, pairs, None, (0, 1, 2), settings)
    by_heart = average_precision(pairs.label, fit.scores.logits)
    unseen = average_precision(fit.unseen.label, fit.unseen.logits)
    assert by_heart > unseen + 0.1
    assert unseen < 0.4  # 1 of 6 is a match


def test_what_decides_goes_by_held_out_pairs_and_by_those_learnt_from(films):
    where = find_pairs(films.candidates, films.valid)
    logits = np.concatenate([films.fit.unseen.logits, films.fit.scores.logits[where]])
    label = np.concatenate([films.fit.unseen.label, films.valid.label])
    expected = Calibration.fit(logits, label, log_odds=True)
    assert films.fit.decide(films.candidates, films.valid).calibration == expected


def test_a_network_that_was_interrupted_is_decided_by_held_out_pairs_alone(films):
    fit = replace(films.fit, unseen=None)
    where = find_pairs(films.candidates, films.valid)
    expected = Calibration.fit(fit.scores.logits[where], films.valid.label, log_odds=True)
    assert fit.decide(films.candidates, films.valid).calibration == expected


def test_of_few_matches_no_last_trees_are_grown(films):
    few = films.pairs.take(np.flatnonzero(films.pairs.left < 12))
    settings = films.fit.model.settings
    fit = fit_aligner(films.inputs, films.candidates, few, films.valid, (0,), settings)
    assert not fit.model.trees.grown
    assert float(fit.model.share) == 0  # and what was not grown says nothing


def parts(smooth: np.ndarray, trees: np.ndarray, label: np.ndarray) -> _Parts:
    return _Parts(smooth.astype(np.float32), trees.astype(np.float32), label)


def test_last_trees_count_by_what_they_add_where_labels_were_not_seen():
    rng = np.random.default_rng(2)
    label = (np.arange(300) % 6 == 0).astype(np.int8)
    good, noise = 4 * label - 2 + rng.normal(size=300), rng.normal(size=300) * 2
    assert _best_share(parts(good, noise, label), None) == 0
    assert _best_share(parts(noise, good, label), None) == max(_SHARES_OF_FEW)


def test_many_validation_pairs_choose_by_themselves():
    rng = np.random.default_rng(2)
    label = (np.arange(900) % 6 == 0).astype(np.int8)
    good, noise = 4 * label - 2 + rng.normal(size=900), rng.normal(size=900) * 2
    seen, held = parts(noise, good, label), parts(good, noise, label)
    assert _best_share(seen, held) == min(_SHARES)
    few = _Parts(held.smooth[:120], held.trees[:120], held.label[:120])
    assert _best_share(seen, few) == max(_SHARES_OF_FEW)
