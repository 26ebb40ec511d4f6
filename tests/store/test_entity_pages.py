"""Entities are listed a page at a time, in every order and filter the same as sorted by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from sqlite_utils import Database

from kgreview.store import entity_pages
from kgreview.store.asked_types import replace_not_asked
from kgreview.store.candidate_pairs import CandidateBatch, replace_candidates
from kgreview.store.entities import EntityBatch, replace_entities
from kgreview.store.entity_pages import EntityFilter, EntityRow, entity_page
from kgreview.store.entity_states import renew_entity_states
from kgreview.store.outcomes import Outcome
from kgreview.store.versions import promote

NAMES = {"f1": "Heat", "f2": "Alien", "f3": "Heat", "p1": "Mann", "p2": "Zoe", "t1": "Rome"}
TYPES = {"f": "film", "p": "person", "t": "town"}
SCORES = [0.2, 0.9, 0.7, 0.4, 0.8]


@pytest.fixture
def listed(fresh_db: Database, score: Callable[..., None]) -> Database:
    """Three films, two people and a town of no candidate type; f2 has two candidates."""
    pairs = [("f1", "F1"), ("f2", "F2"), ("f2", "F1"), ("p1", "P1"), ("f3", "F3")]
    types = [TYPES[left[0]] for left, _ in pairs]
    batch = CandidateBatch([a for a, _ in pairs], [b for _, b in pairs], types, types)
    replace_candidates(fresh_db, [batch], audit_share=0, seed=1)
    replace_entities(
        fresh_db,
        [
            EntityBatch(
                side,
                [each if side == "left" else each.upper() for each in NAMES],
                list(NAMES.values()),
                [TYPES[each[0]] for each in NAMES],
                [[]] * len(NAMES),
            )
            for side in ("left", "right")
        ],
        [],
    )
    score(fresh_db, "v1", SCORES)

    promote(fresh_db, "v1")
    renew_entity_states(fresh_db)
    return fresh_db


def test_types_that_are_not_asked_about_are_listed_where_they_are_named(
    listed: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_not_asked(listed, [("film", "film")])

    def ids(wanted: EntityFilter) -> list[str]:
        return [row.entity for row in paged(listed, wanted, 1)]

    for order, films in (("name", ["f2", "f1", "f3"]), ("score", ["f2", "f3", "f1"])):
        assert ids(EntityFilter(order=order)) == ["p1", "p2"]
        assert ids(EntityFilter(type="film", order=order)) == films
    monkeypatch.setattr(entity_pages, "_MOST_WALKS", 0)
    assert ids(EntityFilter()) == ["p1", "p2"]
    assert ids(EntityFilter(order="score")) == ["p1", "p2"]


def paged(db: Database, wanted: EntityFilter, size: int) -> Iterator[EntityRow]:
    after = None
    while True:
        page, after = entity_page(db, wanted, after=after, size=size)
        assert len(page) <= size
        yield from page
        if after is None:
            return


def ids(db: Database, wanted: EntityFilter, size: int = 2) -> list[str]:
    return [row.entity for row in paged(db, wanted, size)]


@pytest.mark.parametrize("size", [1, 2, 10])
@pytest.mark.parametrize("walks", [0, 200], ids=["sorted", "merged"])
def test_pages_follow_the_order_of_names_and_leave_out_types_without_candidates(
    listed: Database, monkeypatch: pytest.MonkeyPatch, walks: int, size: int
) -> None:
    monkeypatch.setattr(entity_pages, "_MOST_WALKS", walks)
    assert ids(listed, EntityFilter(type="film"), size) == ["f2", "f1", "f3"]
    if walks:
        assert ids(listed, EntityFilter(), size) == ["f2", "f1", "f3", "p1", "p2"]
    assert ids(listed, EntityFilter(side="right", type="person"), size) == ["P1", "P2"]


def test_a_state_and_a_search_narrow_the_list(listed: Database, say: Callable[..., object]) -> None:
    say(listed, "ann", "f1", "F1", Outcome.MATCH)
    assert ids(listed, EntityFilter(state="matched")) == ["f1"]
    assert ids(listed, EntityFilter(state="no candidate")) == ["p2"]
    assert ids(listed, EntityFilter(text="heat")) == ["f1", "f3"]
    assert ids(listed, EntityFilter(text="heat", state="open")) == ["f3"]
    assert ids(listed, EntityFilter(text="p1")) == ["p1"]


def test_a_search_that_finds_many_fills_its_page_on_the_way(
    listed: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entity_pages, "_MANY", 1)
    assert ids(listed, EntityFilter(text="heat"), 1) == ["f1", "f3"]
    assert ids(listed, EntityFilter(text="heat", order="score"), 1) == ["f3", "f1"]


def test_by_score_an_entity_comes_once_with_its_best_open_pair(
    listed: Database, say: Callable[..., object]
) -> None:
    by_score = EntityFilter(order="score")
    assert ids(listed, by_score, 1) == ["f2", "f3", "p1", "f1", "p2"]
    say(listed, "ann", "f2", "F2", Outcome.NO_MATCH)
    assert ids(listed, by_score, 2) == ["f3", "f2", "p1", "f1", "p2"]
    assert ids(listed, EntityFilter(side="right", order="score"))[:3] == ["F3", "F1", "P1"]
    assert ids(listed, EntityFilter(order="score", type="person")) == ["p1", "p2"]


@pytest.mark.parametrize("size", [1, 2, 10])
def test_by_score_come_the_settled_ones_after_the_open_ones_by_name(
    listed: Database, say: Callable[..., object], size: int
) -> None:
    say(listed, "ann", "f3", "F3", Outcome.MATCH)
    say(listed, "ann", "f2", "F2", Outcome.MATCH)  # its other pair stays open, at odds with it
    assert ids(listed, EntityFilter(order="score"), size) == ["p1", "f1", "f2", "f3", "p2"]
    assert ids(listed, EntityFilter(order="score", state="matched"), size) == ["f2", "f3"]


@pytest.mark.parametrize("size", [1, 3, 10])
@pytest.mark.parametrize("walks", [0, 200], ids=["sorted", "merged"])
def test_entities_of_the_audit_sample_come_by_their_score_among_the_others(
    listed: Database, monkeypatch: pytest.MonkeyPatch, size: int, walks: int
) -> None:
    monkeypatch.setattr(entity_pages, "_MOST_WALKS", walks)
    drawn = "SELECT id FROM candidates WHERE left = 'f3' OR right = 'P1'"
    listed.execute(f"UPDATE scores SET audit = 7 WHERE candidate IN ({drawn})")
    assert ids(listed, EntityFilter(order="score"), size) == ["f2", "f3", "p1", "f1", "p2"]
    wanted = EntityFilter(order="score", side="right")
    assert ids(listed, wanted, size)[:4] == ["F2", "F3", "F1", "P1"]


@pytest.mark.parametrize("order", ["name", "score"])
@pytest.mark.parametrize("size", [1, 2, 10])
def test_those_without_a_name_come_last(listed: Database, order: str, size: int) -> None:
    listed.execute("UPDATE entities SET name = '' WHERE entity IN ('p2', 'f1', 'f3')")
    listed.execute("DELETE FROM scores")  # so that no score tells an order
    assert ids(listed, EntityFilter(order=order), size) == ["f2", "p1", "f1", "f3", "p2"]


def test_a_filter_is_what_its_address_says_and_nonsense_is_left_out() -> None:
    wanted = EntityFilter("right", "film", "open", "x y", "score")
    assert EntityFilter.from_parameters(wanted.parameters()) == wanted
    assert EntityFilter.from_parameters({}) == EntityFilter()
    nonsense = {"side": "up", "state": "lost", "order": "size", "q": " a "}
    assert EntityFilter.from_parameters(nonsense) == EntityFilter(text="a")


@pytest.mark.slow
def test_a_page_costs_the_same_among_many_entities(
    fresh_db: Database, steps: Callable[..., int], score: Callable[..., None]
) -> None:
    costs = []
    for number in (2_000, 16_000):
        lefts = [f"e{i:06}" for i in range(number)]
        films = ["film"] * number
        batch = CandidateBatch(lefts, lefts, films, films)
        replace_candidates(fresh_db, [batch], audit_share=0, seed=1)
        names = [f"station {i}" for i in range(number)]
        entered = [
            EntityBatch(side, lefts, names, films, [[]] * number) for side in ("left", "right")
        ]
        replace_entities(fresh_db, entered, [])
        version = f"v{number}"
        score(fresh_db, version, np.linspace(0.1, 0.9, number).tolist())

        promote(fresh_db, version)
        renew_entity_states(fresh_db)
        for order in ("name", "score"):
            costs.append(
                steps(
                    fresh_db,
                    lambda order=order: entity_page(fresh_db, EntityFilter(order=order), size=50),
                )
            )
    assert costs[2] < 1.5 * costs[0]
    assert costs[3] < 1.5 * costs[1]
