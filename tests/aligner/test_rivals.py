"""How a pair stands among its rivals, against a literal version, and what a head makes of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kgreview.aligner.rivals import (
    Labels,
    RivalHead,
    Rivals,
    fit_rivals,
    most_telling,
    similarity_standings,
)

# three pairs of the left entity 0, one of 1; the right entity 5 is wanted by both
LEFT, RIGHT = np.array([0, 0, 0, 1]), np.array([5, 6, 7, 5])


def literal(logits: list[float], group: list[int], pair: int) -> list[float]:
    mine = [logits[p] for p in range(len(logits)) if group[p] == group[pair]]
    others = [logits[p] for p in range(len(logits)) if group[p] == group[pair] and p != pair]
    gap = min(max(logits[pair] - max(others, default=-math.inf), -12), 12)
    share = logits[pair] - math.log(1 + sum(math.exp(x) for x in mine))
    return [
        gap / 4,
        max(share, -12) / 4,
        max(logits[pair] - max(mine), -12) / 4,
        math.log(len(mine)),
    ]


@given(st.lists(st.floats(-9, 9, width=32), min_size=4, max_size=4))
def test_standings_are_what_they_say(logits: list[float]) -> None:
    found = Rivals.of(LEFT, RIGHT).standings(torch.tensor(logits))
    for pair in range(4):
        expected = literal(logits, LEFT.tolist(), pair) + literal(logits, RIGHT.tolist(), pair)
        assert found[pair].tolist() == pytest.approx(expected, abs=1e-4)


def test_equal_rivals_stand_alike_whatever_their_order() -> None:
    found = Rivals.of(LEFT, RIGHT).standings(torch.tensor([2.0, 2.0, -1.0, 0.0]))
    assert found[0, :4].tolist() == found[1, :4].tolist()
    assert found[0, 0] == 0, "neither leads the other"


def test_the_order_of_the_candidates_changes_nothing() -> None:
    torch.manual_seed(0)
    head = RivalHead(2, 8)
    logits, turned = torch.randn(4), torch.tensor([2, 0, 3, 1])
    straight = head(logits, Rivals.of(LEFT, RIGHT))
    mixed = head(logits[turned], Rivals.of(LEFT[turned], RIGHT[turned]))
    torch.testing.assert_close(straight[turned], mixed)


def test_extreme_logits_stay_finite() -> None:
    found = Rivals.of(LEFT, RIGHT).standings(torch.tensor([1e4, -1e4, 80.0, -200.0]))
    assert torch.isfinite(found).all()


def test_a_head_learns_that_only_the_best_of_several_is_the_match() -> None:
    """Logits tell nothing across entities here, only within one: the rivals decide."""
    rng = np.random.default_rng(0)
    left = np.repeat(np.arange(300), 4)
    right = np.arange(1200)
    level = np.repeat(rng.normal(0, 4, 300), 4)
    label = np.tile([1.0, 0.0, 0.0, 0.0], 300)
    logits = torch.tensor(level + 2 * label + rng.normal(0, 0.3, 1200), dtype=torch.float32)
    rivals = Rivals.of(left, right)

    def labels(where: np.ndarray) -> Labels:
        return Labels(
            torch.from_numpy(where),
            torch.from_numpy(label[where]).float(),
            torch.ones(len(where)),
        )

    torch.manual_seed(0)
    head = RivalHead(2, 16)
    learn, valid, test = (labels(np.arange(a, b)) for a, b in ((0, 600), (600, 800), (800, 1200)))
    fit_rivals(head, logits, rivals, learn, valid)
    with torch.no_grad():
        called = head(logits, rivals)[test.where] > 0
    assert (called == (test.label > 0.5)).float().mean() > 0.97
    assert ((logits[test.where] > 0) == (test.label > 0.5)).float().mean() < 0.8, "alone it is hard"


def test_a_pair_leads_its_rivals_by_a_similarity_or_falls_behind() -> None:
    """By hand: of left entity 0 the values are .9, .4 and missing; of right entity 5, .9 and .7."""
    values = np.array([[0.9], [0.4], [np.nan], [0.7]], np.float32)
    found = similarity_standings(values, LEFT, RIGHT)
    nan = math.nan
    expected = [[0.5, 0.2], [-0.5, nan], [nan, nan], [nan, -0.2]]
    np.testing.assert_allclose(found, np.array(expected, np.float32), atol=1e-6)


def test_equals_lead_each_other_by_nothing() -> None:
    values = np.array([[0.5], [0.5], [0.1], [0.3]], np.float32)
    assert similarity_standings(values, LEFT, RIGHT)[:2, 0].tolist() == [0, 0]


def test_standings_do_not_depend_on_the_order_of_the_candidates() -> None:
    values = np.random.default_rng(0).random((4, 3), dtype=np.float32)
    turned = np.array([3, 1, 0, 2])
    np.testing.assert_array_equal(
        similarity_standings(values, LEFT, RIGHT)[turned],
        similarity_standings(values[turned], LEFT[turned], RIGHT[turned]),
    )


def test_the_most_telling_similarities_are_those_that_go_with_the_label() -> None:
    rng = np.random.default_rng(0)
    label = (np.arange(200) % 4 == 0).astype(np.int8)
    noise = rng.random((200, 4), dtype=np.float32)
    similarities = np.column_stack(
        [
            noise[:, 0],
            label + 0.1 * noise[:, 1],
            np.where(np.arange(200) < 150, np.nan, label),  # telling, but mostly missing
            0.5 * label + noise[:, 2],
            np.full(200, np.nan),
        ]
    ).astype(np.float32)
    assert most_telling(similarities, label, 2) == (1, 3)
    assert len(most_telling(similarities, label, 99)) == 5
