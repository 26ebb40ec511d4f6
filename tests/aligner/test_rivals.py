"""How a pair stands among its rivals, against a literal version, and what a head makes of it."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.aligner.inputs import Pairs
from kgreview.aligner.rivals import (
    Known,
    RivalHead,
    fit_rivals,
    logit_standings,
    most_telling,
)
from kgreview.aligner.sampling import seed_everything
from kgreview.aligner.settings import AlignerSettings

# three pairs of the left entity 0, one of 1; the right entity 5 is wanted by both
LEFT, RIGHT = np.array([0, 0, 0, 1]), np.array([5, 6, 7, 5])
SETTINGS = AlignerSettings(heads=4, hidden=16, rival_epochs=2, rival_steps=200, bins=8)
NAN = math.nan


@given(st.lists(st.floats(-9, 9, width=32), min_size=4, max_size=4))
def test_shares_divide_one_between_rivals_and_none_of_them(logits: list[float]) -> None:
    found = logit_standings(np.array(logits, np.float32), LEFT, RIGHT)
    assert found[:, 0].tolist() == pytest.approx(logits)
    for column, group in ((1, LEFT), (2, RIGHT)):
        for pair in range(4):
            rivals = [x for x, other in zip(logits, group, strict=True) if other == group[pair]]
            share = logits[pair] - math.log(1 + sum(math.exp(x) for x in rivals))
            assert found[pair, column] == pytest.approx(share, abs=1e-4)


def test_no_candidates_have_no_logit_standings() -> None:
    nothing = np.empty(0, np.int64)
    assert logit_standings(np.empty(0, np.float32), nothing, nothing).shape == (0, 11)


def test_extreme_logits_stay_finite() -> None:
    logits = np.array([1e4, -1e4, 80.0, -200.0], np.float32)
    found = logit_standings(logits, LEFT, RIGHT)
    alone = np.isnan(found).sum(axis=1)
    assert alone.tolist() == [0, 1, 1, 1], "6 and 7 on the right and 1 on the left lead nobody"
    assert not np.isinf(found).any()


def test_the_order_of_the_candidates_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    candidates = Pairs(LEFT, RIGHT, rng.random((4, 2), dtype=np.float32))
    logits, turned = rng.normal(size=4).astype(np.float32), np.array([2, 0, 3, 1])
    head = fit_rivals(
        logits,
        candidates,
        Known(np.arange(4), np.array([1, 0, 0, 1], np.int8), np.ones(4, np.float32)),
        None,
        SETTINGS,
    )
    mixed = Pairs(LEFT[turned], RIGHT[turned], candidates.similarities[turned])
    straight = head.judge(logits, candidates)
    np.testing.assert_allclose(straight[turned], head.judge(logits[turned], mixed), atol=1e-5)
    some = head.judge(logits, candidates, np.array([3, 1]))
    np.testing.assert_allclose(some, straight[[3, 1]], atol=1e-5)


def levels(entities: int) -> tuple[np.ndarray, Pairs, np.ndarray]:
    """Logits that tell nothing across entities, only within one: the first of four is the match."""
    rng = np.random.default_rng(0)
    label = np.tile([1, 0, 0, 0], entities).astype(np.int8)
    level = np.repeat(rng.normal(0, 4, entities), 4)
    logits = (level + 2 * label + rng.normal(0, 0.3, 4 * entities)).astype(np.float32)
    pairs = Pairs(
        np.repeat(np.arange(entities), 4),
        np.arange(4 * entities),
        np.ones((4 * entities, 1), np.float32),
    )
    return logits, pairs, label


def known(label: np.ndarray, start: int, stop: int) -> Known:
    where = np.arange(start, stop)
    return Known(where, label[where], np.ones(len(where), np.float32))


def test_a_head_learns_that_only_the_best_of_several_is_the_match() -> None:
    logits, pairs, label = levels(300)
    seed_everything(0)
    head = fit_rivals(logits, pairs, known(label, 0, 600), known(label, 600, 800), SETTINGS)
    called = head.judge(logits, pairs, np.arange(800, 1200)) > 0
    assert (called == (label[800:] == 1)).mean() > 0.97
    assert ((logits[800:] > 0) == (label[800:] == 1)).mean() < 0.8, "alone it is hard"


def test_going_on_starts_from_what_the_parent_knew() -> None:
    logits, pairs, label = levels(300)
    seed_everything(0)
    parent = fit_rivals(logits, pairs, known(label, 0, 800), None, SETTINGS)
    few = dataclasses.replace(
        SETTINGS, rival_epochs=1, rival_steps=1, head_learning_rate=1e-5, batch=1000
    )
    child = fit_rivals(logits, pairs, known(label, 0, 32), None, few, start=parent)
    assert isinstance(child, RivalHead)
    np.testing.assert_allclose(child.judge(logits, pairs), parent.judge(logits, pairs), atol=0.05)


def test_the_most_telling_similarities_are_those_that_order_pairs_best() -> None:
    rng = np.random.default_rng(0)
    label = (np.arange(200) % 4 == 0).astype(np.int8)
    noise = rng.random((200, 4), dtype=np.float32)
    similarities = np.column_stack(
        [
            noise[:, 0],
            label + 0.1 * noise[:, 1],
            np.full(200, np.nan),
            0.5 * label + noise[:, 2],
            np.ones(200),
        ]
    ).astype(np.float32)
    assert most_telling(similarities, label, 2) == (1, 3)
    assert most_telling(similarities, label, 99) == (1, 3, 0), "what never differs tells nothing"
