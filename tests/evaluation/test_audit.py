"""Precision and recall from a sample: figures by hand, intervals by a thousand simulated runs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import beta

from kgreview.evaluation.audit import (
    MISSED,
    NONE,
    RIGHT,
    UNKNOWN,
    AlignmentFigures,
    Interval,
    alignment_figures,
    more_needed,
    share_interval,
    stratify,
)


def test_a_sampled_entity_stands_for_those_of_its_side_of_the_threshold() -> None:
    # above .5: 2 sampled for 40, one of them right; below: 4 sampled for 100, one missed
    found = alignment_figures(
        [0.9] * 40 + [0.1] * 100,
        [0.9, 0.8, 0.1, 0.1, 0.2, 0.3],
        [RIGHT, NONE, MISSED] + [NONE] * 3,
        0.5,
    )
    assert found.precision.value == pytest.approx(20 / 40)
    assert found.recall.value == pytest.approx(20 / (20 + 25))
    assert found.missing.value == pytest.approx(25)
    assert found.wrong.value == pytest.approx(20)
    assert (found.given, found.sampled) == (40, 6)


def test_a_wrong_counterpart_whose_entity_has_another_match_is_a_fault_of_both_kinds() -> None:
    found = alignment_figures([0.9] * 10, [0.9] * 4, [RIGHT, RIGHT, MISSED, NONE], 0.5)
    assert found.precision.value == pytest.approx(0.5)
    assert found.recall.value == pytest.approx(5 / 7.5)


def test_what_curators_have_settled_is_known_and_not_estimated() -> None:
    found = alignment_figures([0.9] * 10, [0.9] * 2, [RIGHT, NONE], 0.5, settled=90)
    assert found.given == 100
    assert found.precision.value == pytest.approx(0.95)
    alone = alignment_figures([0.9] * 10, [0.9] * 2, [RIGHT, NONE], 0.5)
    assert found.precision.width < alone.precision.width / 5
    everything = alignment_figures([], [0.9, 0.1], [RIGHT, NONE], 0.5, settled=7)
    assert everything.precision == everything.recall == Interval(1.0, 1.0, 1.0)


def test_a_sample_without_a_fault_does_not_prove_that_there_is_none() -> None:
    found = alignment_figures([0.9] * 1000, [0.9] * 20, [RIGHT] * 20, 0.5)
    assert found.precision.value == found.precision.high == 1
    assert 0.85 < found.precision.low < 0.95
    assert found.recall.high == 1
    nothing_right = alignment_figures([0.9] * 1000, [0.9] * 20, [NONE] * 20, 0.5)
    assert nothing_right.precision.low == 0
    assert 0.05 < nothing_right.precision.high < 0.2


def test_without_a_sample_there_are_limits_and_no_figure() -> None:
    found = alignment_figures([0.9] * 10 + [0.1] * 10, [], [], 0.5)
    assert math.isnan(found.precision.value)
    assert found.precision.width > 0.9
    assert found.recall.width > 0.5
    nothing = alignment_figures([], [], [], 0.5)
    assert nothing.precision.width != nothing.precision.width  # nan: there is no alignment at all
    assert nothing.given == 0


def test_a_side_is_parted_once_its_sample_is_large_enough() -> None:
    scores = np.linspace(0.5, 1, 60)
    assert [s.low for s in stratify(scores, scores[:59], np.zeros(59), 0.5)] == [-math.inf, 0.5]
    parted = stratify(scores, scores, np.zeros(60), 0.5)
    assert [round(s.low, 2) for s in parted] == [-math.inf, 0.5, 0.75]
    assert [(s.others, s.sampled) for s in parted] == [(0, 0), (30, 30), (30, 30)]
    # scores that are all alike cannot be parted
    assert len(stratify([0.9] * 9, [0.9] * 190, np.zeros(190), 0.5)) <= 3


@given(
    st.lists(st.floats(0, 1), max_size=30),
    st.lists(st.tuples(st.floats(0, 1), st.sampled_from([RIGHT, MISSED, NONE])), max_size=30),
    st.floats(0, 1),
    st.integers(0, 10),
)
def test_whatever_is_found_figures_lie_within_their_limits(
    others: list[float], looked: list[tuple[float, int]], threshold: float, settled: int
) -> None:
    looked = [(s, MISSED if code == RIGHT and s < threshold else code) for s, code in looked]
    settled += sum(code != NONE for _, code in looked)
    found = alignment_figures(
        others, [s for s, _ in looked], [code for _, code in looked], threshold, settled=settled
    )
    assert sum(s.others for s in found.strata) == len(others)
    assert sum(s.sampled for s in found.strata) == len(looked)
    for figure in (found.precision, found.recall):
        assert math.isnan(figure.low) or 0 <= figure.low <= figure.high <= 1
        assert math.isnan(figure.value) or figure.low <= figure.value <= figure.high
    assert found.given == settled + sum(score >= threshold for score in others)


def test_the_same_answers_give_the_same_interval() -> None:
    one, other = (
        alignment_figures([0.9] * 50, [0.9] * 5, [RIGHT] * 4 + [NONE], 0.5) for _ in range(2)
    )
    assert repr(one) == repr(other)  # a stratum without a sample has nan for shares


@pytest.mark.parametrize(("hits", "of"), [(0, 7), (1, 7), (3, 7), (2, 30), (30, 30)])
def test_a_share_has_jeffreys_interval(hits: int, of: int) -> None:
    found = share_interval(hits, of)
    assert found.value == hits / of
    posterior = beta(hits + 0.5, of - hits + 0.5)
    assert found.low == 0 if hits == 0 else posterior.cdf(found.low) == pytest.approx(0.025)
    assert found.high == 1 if hits == of else posterior.cdf(found.high) == pytest.approx(0.975)


def test_of_nothing_there_is_no_share() -> None:
    assert share_interval(0, 0) is UNKNOWN


def test_half_the_width_takes_four_times_the_sample() -> None:
    assert more_needed(Interval(0.9, 0.8, 1.0), 100, 0.1) == 300
    assert more_needed(Interval(0.9, 0.8, 1.0), 100, 0.2) == 0
    assert more_needed(UNKNOWN, 0, 0.1) is None


# ---------------------------------------------------------------- does it hold the truth?


@dataclass(frozen=True)
class World:
    """Entities as a project has them: how many have a match, and how well the scores tell."""

    matched: float  # share of entities with a match among their candidates
    sampled: int
    apart: float = 2.0  # how far the scores of matches lie from those of the others
    bias: float = 0.0  # of the log odds: scores are not calibrated
    settled: int = 0  # entities outside the slice that were asked, those nearest to the threshold
    other: float = 0.08  # share of matches that are not the best candidate
    entities: int = 10_000
    slice: float = 0.1


def run(world: World, rng: np.random.Generator) -> tuple[AlignmentFigures, float, float]:
    """Draw a world, look at its sample as the app does, and give what is estimated and true."""
    matched = rng.random(world.entities) < world.matched
    logit = rng.normal(np.where(matched, world.apart, -world.apart), 1.5) + world.bias
    score, top_is_it = expit(logit), rng.random(world.entities) >= world.other
    code = np.where(matched, np.where((score >= 0.5) & top_is_it, RIGHT, MISSED), NONE)
    order = rng.permutation(world.entities)  # the audit sample begins it
    in_slice = np.isin(np.arange(world.entities), order[: int(world.slice * world.entities)])
    asked = np.flatnonzero(~in_slice)[np.argsort(np.abs(score[~in_slice] - 0.5))][: world.settled]
    sample = order[: world.sampled]
    rest = np.ones(world.entities, bool)
    rest[sample] = rest[asked] = False
    known = int(matched[~rest].sum())
    found = alignment_figures(score[rest], score[sample], code[sample], 0.5, settled=known)
    right = known + int((code[rest] == RIGHT).sum())
    missed = int((code[rest] == MISSED).sum())
    return found, right / found.given, right / (right + missed)


def covered(world: World, runs: int = 1_000) -> tuple[float, float]:
    """Give the share of runs whose intervals hold the true precision, and the true recall."""
    rng = np.random.default_rng(6)
    hits = np.zeros(2)
    for _ in range(runs):
        found, precision, recall = run(world, rng)
        hits += [
            found.precision.low <= precision <= found.precision.high,
            found.recall.low <= recall <= found.recall.high,
        ]
    return hits[0] / runs, hits[1] / runs


WORLDS = {
    "one entity in a hundred": World(0.01, 300),
    "one in a hundred, well told apart": World(0.01, 300, apart=3),
    "one in thirty": World(0.03, 400, bias=-1),
    "one in ten": World(0.1, 200, bias=-1),
    "as many matches as in films": World(0.27, 200),
    "a small sample": World(0.3, 60),
    "scores that are not calibrated": World(0.3, 200, bias=1.5),
    "the doubtful ones asked already": World(0.3, 200, settled=1_000),
    "most have a match": World(0.6, 400),
    "nearly all have one": World(0.9, 100),
    "nearly all have one, well told apart": World(0.9, 200, apart=3),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WORLDS)
def test_the_interval_holds_the_truth_in_95_of_100_runs(name: str) -> None:
    precision, recall = covered(WORLDS[name])
    assert 0.93 <= precision <= 0.97
    assert 0.93 <= recall <= 0.97


def test_in_a_few_runs_too_the_interval_holds_the_truth() -> None:
    precision, recall = covered(World(0.3, 200, settled=300), runs=100)
    assert min(precision, recall) >= 0.88


def test_a_sample_twice_as_large_makes_the_interval_narrower() -> None:
    rng = np.random.default_rng(1)
    widths = [
        np.mean([run(World(0.3, sampled), rng)[0].recall.width for _ in range(20)])
        for sampled in (100, 400)
    ]
    assert widths[1] < 0.65 * widths[0]
