"""What the network learns from."""

from __future__ import annotations

import numpy as np
import pytest

from kgreview.aligner.supervision import (
    Supervision,
    combine,
    from_links,
    from_lost_links,
    hold_out,
    random_non_matches,
)
from kgreview.graph.links import Links, pair_keys

from .conftest import FILMS, Twins


def links(*pairs: tuple[int, int, int]) -> Links:
    left, right, label = (np.array(column) for column in zip(*pairs, strict=True))
    return Links.of_file(left, right, label.astype(np.int8))


def listed(found: Supervision) -> list[tuple[int, int, int]]:
    return sorted(zip(found.left.tolist(), found.right.tolist(), found.label.tolist(), strict=True))


LEFT, RIGHT = np.array([0, 0, 1, 2]), np.array([5, 6, 5, 7])


def test_the_other_candidates_of_a_gold_link_are_non_matches_and_unlinked_entities_unknown() -> (
    None
):
    found = from_links(LEFT, RIGHT, links((0, 5, 1)))
    assert listed(found) == [(0, 5, 1), (0, 6, 0)]


def test_a_link_that_blocking_lost_is_no_candidate_but_its_entity_is_known() -> None:
    gold = links((0, 5, 1), (1, 9, 1))
    assert listed(from_links(LEFT, RIGHT, gold)) == [(0, 5, 1), (0, 6, 0), (1, 5, 0)]


def test_links_that_blocking_lost_are_taken_as_they_are_with_the_weight_given() -> None:
    known = Links.concatenate(links((0, 5, 1), (1, 9, 1)), links((8, 8, 0), (2, 7, 1)))
    lost = from_lost_links(LEFT, RIGHT, known, 0.25)
    assert listed(lost) == [(1, 9, 1), (8, 8, 0)]
    assert lost.weight.tolist() == [0.25, 0.25]


def test_judged_pairs_tell_of_themselves_alone() -> None:
    judged = links((0, 5, 1), (8, 8, 0))
    assert listed(from_links(LEFT, RIGHT, judged)) == [(0, 5, 1)]


def test_rejections_of_another_file_leave_gold_links_what_they_are() -> None:
    both = Links.concatenate(links((0, 5, 1)), links((2, 7, 0)))
    assert listed(from_links(LEFT, RIGHT, both)) == [(0, 5, 1), (0, 6, 0), (2, 7, 0)]


def test_a_second_match_that_other_links_know_is_no_non_match() -> None:
    found = from_links(LEFT, RIGHT, links((0, 5, 1)), links((0, 6, 1), (2, 7, 1)))
    assert listed(found) == [(0, 5, 1), (0, 6, 1)]


def test_a_decision_overrides_what_a_link_said() -> None:
    gold = from_links(LEFT, RIGHT, links((0, 5, 1)))
    decided = Supervision(
        np.array([0]), np.array([6]), np.array([1], np.int8), np.array([3], np.float32)
    )
    together = combine(gold, decided)
    assert listed(together) == [(0, 5, 1), (0, 6, 1)]
    assert together.weight[together.right == 6].tolist() == [3]


def test_random_non_matches_are_of_corresponding_types_and_not_known(twins: Twins) -> None:
    known = Supervision(twins.pairs.left, twins.pairs.right, twins.pairs.label, twins.pairs.weight)
    drawn = random_non_matches(
        twins.left, twins.right, twins.schema, 500, supervision=known, seed=0
    )
    assert 300 < len(drawn) <= 500
    assert (drawn.label == 0).all()
    assert ((drawn.left < FILMS) == (drawn.right < FILMS)).all()
    assert not np.isin(pair_keys(drawn.left, drawn.right), pair_keys(known.left, known.right)).any()


def test_what_is_held_out_shares_no_left_entity_with_the_rest() -> None:
    pairs = Supervision(
        np.repeat(np.arange(10), 3),
        np.arange(30),
        np.zeros(30, np.int8),
        np.ones(30, np.float32),
    )
    kept, held = hold_out(pairs, 0.2, seed=0)
    assert len(held) == 6
    assert not set(kept.left) & set(held.left)


@pytest.mark.parametrize(("matches", "held_matches"), [(1, 0), (2, 0), (3, 1), (10, 2)])
def test_the_few_matches_there_are_are_shared_out_and_not_all_held_out(
    matches: int, held_matches: int
) -> None:
    """Else a curator's only match among fifty rejections may never be learnt from."""
    pairs = Supervision(
        np.arange(50),
        np.arange(50),
        (np.arange(50) < matches).astype(np.int8),
        np.ones(50, np.float32),
    )
    for seed in range(20):
        kept, held = hold_out(pairs, 0.2, seed=seed)
        assert (kept.label.sum(), held.label.sum()) == (matches - held_matches, held_matches)
        assert len(held) == pytest.approx(10, abs=1)


def test_what_is_held_out_stays_so_when_more_is_known() -> None:
    def held(entities: int) -> set[int]:
        pairs = Supervision(
            np.arange(entities),
            np.arange(entities),
            (np.arange(entities) % 3 == 0).astype(np.int8),
            np.ones(entities, np.float32),
        )
        return set(hold_out(pairs, 0.2, seed=4)[1].left.tolist())

    before, after = held(100), held(150)
    learnt_then_held = {entity for entity in after - before if entity < 100}
    assert len(learnt_then_held) <= 4
    assert len(before & after) >= 14
