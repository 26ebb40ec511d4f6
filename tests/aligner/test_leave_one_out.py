"""Parts left out, and where the log odds of a pair come from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kgreview.aligner.among_competitors import Scored
from kgreview.aligner.checkpoint import Checkpoint
from kgreview.aligner.explanation import Part
from kgreview.aligner.leave_one_out import Explainer
from kgreview.evaluation.calibration import Calibration
from kgreview.evaluation.rank_agreement import rank_correlation

NAMES = ("name: cosine",)
ROWS = (("name", "name"),)


@pytest.fixture(scope="module")
def explainer(films, twins):
    joint = films.inputs.joint
    checkpoint = Checkpoint(
        films.fit.model,
        films.inputs.width,
        joint.type_names,
        joint.relation_names,
        NAMES,
        Calibration(0.7, 0.1),
        0.5,
    )
    return Explainer(
        checkpoint,
        Scored(
            twins.left,
            twins.right,
            twins.schema,
            films.inputs,
            films.candidates,
            NAMES,
            films.fit.scores,
        ),
    )


def pair_at(explainer, films, place: int):
    candidates = films.candidates
    return explainer.pair(
        int(candidates.left[place]), int(candidates.right[place]), candidates.similarities[place]
    )


def test_the_whole_pair_has_the_score_of_the_scoring(explainer, films):
    for place in range(0, len(films.candidates), 17):
        found = explainer.explain(pair_at(explainer, films, place), ROWS)
        wanted = explainer.checkpoint.calibration.apply(films.fit.scores.logits[place : place + 1])
        assert found.probability == pytest.approx(float(wanted[0]), abs=1e-4)


def test_the_waterfall_adds_up_to_the_log_odds(explainer, films):
    for place in range(0, len(films.candidates), 17):
        found = explainer.explain(pair_at(explainer, films, place), ROWS)
        fall = found.waterfall
        neighbours = [*found.attention.left, *found.attention.right]
        total = (
            fall.prior
            + sum(value for _, value in fall.attributes)
            + sum(neighbour.contribution for neighbour in neighbours)
            + fall.competitors
        )
        assert total == pytest.approx(fall.log_odds, abs=1e-4)
        assert 1 / (1 + np.exp(-fall.log_odds)) == pytest.approx(found.probability, abs=1e-6)


def test_a_shared_neighbour_speaks_for_and_a_missing_one_against(explainer, films):
    match, other = (int(np.flatnonzero(films.pairs.label == label)[0]) for label in (1, 0))
    for place, sign in ((match, 1), (other, -1)):
        found = explainer.explain(pair_at(explainer, films, place), ROWS)
        for neighbour in (*found.attention.left, *found.attention.right):
            assert sign * neighbour.contribution > 0
            assert sign * neighbour.change.log_odds < 0


def test_leaving_everything_around_out_leaves_no_evidence(explainer, films):
    pair = pair_at(explainer, films, 0)
    looked = pair.look([(), (Part("neighbourhood"),)])
    assert looked.evidence[0] != 0
    assert looked.evidence[1] == 0


def test_what_flips_a_pair_moves_it_across_the_threshold(explainer, films):
    places = range(0, len(films.candidates), 11)
    likeliest = [float(pair_at(explainer, films, at).look([()]).probability[0]) for at in places]
    # just below the likeliest: leaving out a little is enough
    threshold = max(likeliest) - 0.001
    explainer = Explainer(replace(explainer.checkpoint, threshold=threshold), explainer.scored)
    crossed = 0
    for place, before in zip(places, likeliest, strict=True):
        flip = explainer.flip(pair_at(explainer, films, place), ROWS)
        if flip.parts:
            crossed += 1
            assert (before >= threshold) != (flip.probability >= threshold)
    assert crossed


def test_contributions_rank_as_the_effects_do(explainer, films):
    found = [explainer.explain(pair_at(explainer, films, place), ROWS) for place in range(60)]
    neighbours = [n for each in found for n in (*each.attention.left, *each.attention.right)]
    shown = [n.contribution for n in neighbours]
    assert rank_correlation(shown, [-n.change.log_odds for n in neighbours]) > 0.7
    ranked = [n for n in neighbours if abs(n.change.log_odds) > 0.1]
    right = [(n.contribution > 0) == (n.change.log_odds < 0) for n in ranked]
    assert np.mean(right) >= 0.95
    shuffled = np.random.default_rng(0).permutation([n.contribution for n in neighbours])
    effects = [n.change.log_odds for n in neighbours]
    assert abs(np.corrcoef(shuffled, effects)[0, 1]) < 0.5
