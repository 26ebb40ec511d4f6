"""Non-matches that are presumed: films with an original and remakes, of which links name some."""

from __future__ import annotations

import dataclasses

import numpy as np

from kgreview.aligner.presumed import Presumed, with_presumed
from kgreview.graph.counterparts import Counterparts
from kgreview.graph.links import Links
from kgreview.graph.type_pair_set import TypePairSet

FILMS, OTHERS = 40, 5  # left films, and candidates of each that are no matches
COPIES = 3  # right films that are the same as a left one


def candidates() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give each left film its copies, which look the same, and others, which do not."""
    left = np.repeat(np.arange(FILMS), COPIES + OTHERS)
    place = np.tile(np.arange(COPIES + OTHERS), FILMS)
    alike = np.where(place < COPIES, 0.9, 0.1 * place)
    return left, left * 10 + place, alike[:, None]


def links(films: range, copies: int, *, gold: bool = True) -> Links:
    left = np.repeat(np.array(films, dtype=np.int64), copies)
    right = left * 10 + np.tile(np.arange(copies), len(films))
    made = Links.of_file(left, right, np.ones(len(left), np.int8))
    return dataclasses.replace(made, gold=np.full(len(left), gold))


def counterparts(several: bool) -> Counterparts:
    one = np.zeros(10 * FILMS, np.int64)
    types = TypePairSet(np.arange(int(several)), 1)
    return Counterparts(one, one, types, types)


def presumed(train: Links, valid: Links | None = None, *, several: bool = True) -> Presumed:
    valid = Links.empty() if valid is None else valid
    left, right, compared = candidates()
    return with_presumed(left, right, compared, train, valid, counterparts(several), 0)


def non_matches(found: Links) -> list[tuple[int, int]]:
    """Give left film and place of each; from the place ``COPIES`` on it is none of its copies."""
    none = found.take(found.label == 0)
    return list(zip(none.left.tolist(), (none.right % 10).tolist(), strict=True))


def test_candidates_that_look_like_matches_which_nobody_named_are_left_out() -> None:
    found = presumed(links(range(30), 1))  # one of three copies
    assert non_matches(found.train) == [
        (film, place) for film in range(30) for place in range(COPIES, COPIES + OTHERS)
    ]
    assert (found.presumed, found.doubtful) == (30 * OTHERS, 30 * (COPIES - 1))
    assert not found.train.gold.any()


def test_what_nobody_could_tell_from_a_match_of_the_same_entity_is_left_out() -> None:
    left, right, compared = candidates()
    odd = (left == 0) & (right < COPIES)  # whose copies look like no match of any other film
    compared[odd], compared[(left == 0) & ~odd] = 0.2, 0.1
    one = links(range(30), 1)
    found = with_presumed(left, right, compared, one, Links.empty(), counterparts(True), 0)
    assert [place for film, place in non_matches(found.train) if film == 0] == [3, 4, 5, 6, 7]
    assert found.doubtful == 30 * (COPIES - 1)


def test_of_a_handful_of_matches_what_is_as_alike_as_these_is_left_out() -> None:
    found = presumed(links(range(4), 1))
    assert non_matches(found.train) == [
        (film, place) for film in range(4) for place in range(COPIES, COPIES + OTHERS)
    ]
    assert found.doubtful == 4 * (COPIES - 1)


def test_where_links_are_complete_every_other_candidate_is_a_non_match() -> None:
    one = links(range(30), COPIES)
    lookalike = one.take(np.arange(len(one)) > 0)  # but for one copy of film 0
    found = presumed(lookalike)
    assert non_matches(found.train).count((0, 0)) == 1
    assert (found.presumed, found.doubtful) == (30 * OTHERS + 1, 0)


def test_entities_to_validate_with_are_learnt_from_by_their_links_alone() -> None:
    found = presumed(links(range(30), 1), links(range(25, 35), 1))
    assert {film for film, _ in non_matches(found.train)} == set(range(25))
    assert {film for film, _ in non_matches(found.valid)} == set(range(25, 35))
    assert min(place for _, place in non_matches(found.valid)) == COPIES


def test_where_entities_have_one_counterpart_links_stay_as_they_are() -> None:
    train = links(range(30), 1)
    found = presumed(train, several=False)
    assert found.train.gold.all()
    assert (len(found.train), found.presumed, found.doubtful) == (30, 0, 0)


def test_judged_pairs_say_nothing_of_others() -> None:
    assert presumed(links(range(30), 1, gold=False)).presumed == 0


def test_without_a_match_nothing_is_told_apart() -> None:
    found = presumed(links(range(0), 1))
    assert (found.presumed, found.doubtful) == (0, 0)
