"""Types that nobody is asked about: their pairs are not asked and not counted, yet decided."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sqlite_utils import Database

from kgreview.active.query_plan import QueryPlan
from kgreview.store import queue, queue_walks
from kgreview.store.asked_types import (
    asked_kinds,
    not_asked,
    open_count,
    open_not_asked,
    replace_not_asked,
)
from kgreview.store.candidate_pairs import CandidateBatch, replace_candidates
from kgreview.store.deciding import undo
from kgreview.store.outcomes import Outcome
from kgreview.store.pair_filter import PairFilter
from kgreview.store.questions import question
from kgreview.store.queue import matching, next_question
from kgreview.store.second_looks import draw_second_looks
from kgreview.store.stored_plan import askable, planned, write_plan
from kgreview.store.versions import promote

Say = Callable[..., object]
Steps = Callable[[Database, Callable[[], object]], int]
STATES = ("state", "state")
# of states are the two nearest to the threshold
TYPES = {"o": "state", "k": "state", "a": "person", "b": "person", "f": "film"}
PAIRS = [("o", "O"), ("k", "K"), ("a", "A"), ("b", "B"), ("f", "F")]
SCORES = [0.5, 0.51, 0.9, 0.3, 0.8]


def enter(db: Database, score: Callable[..., None], audit: float = 0.0) -> Database:
    left, right = [pair[0] for pair in PAIRS], [pair[1] for pair in PAIRS]
    types = [TYPES[each] for each in left]
    replace_candidates(db, [CandidateBatch(left, right, types, types)], audit_share=audit, seed=1)
    score(db, "v1", SCORES)
    promote(db, "v1")
    return db


@pytest.fixture
def mixed(fresh_db: Database, score: Callable[..., None]) -> Database:
    return enter(fresh_db, score)


def asked(db: Database, say: Say, wanted: PairFilter = queue.EVERYTHING) -> str:
    """Answer all that is asked, and name the left entities in their order."""
    order = ""
    while (shown := next_question(db, "ann", wanted)) is not None:
        order += shown.left
        say(db, "ann", shown.left, shown.right, Outcome.NO_MATCH, question=shown.token)
    return order


@pytest.mark.parametrize("walked", [200, 0])
def test_only_the_other_types_are_asked_in_the_same_order(
    mixed: Database, say: Say, monkeypatch: pytest.MonkeyPatch, walked: int
) -> None:
    monkeypatch.setattr(queue_walks, "_MOST_KINDS", walked)
    assert replace_not_asked(mixed, [STATES])
    assert asked(mixed, say) == "bfa"


@pytest.mark.parametrize(("order", "left"), [("likely", "afb"), ("unlikely", "bfa")])
def test_every_order_goes_across_the_types_that_are_asked(
    mixed: Database, say: Say, order: str, left: str
) -> None:
    replace_not_asked(mixed, [STATES])
    assert asked(mixed, say, PairFilter(order=order)) == left


def test_the_audit_sample_leaves_them_out_too(
    fresh_db: Database, score: Callable[..., None], say: Say
) -> None:
    enter(fresh_db, score, audit=1.0)
    replace_not_asked(fresh_db, [STATES])
    assert sorted(asked(fresh_db, say)) == ["a", "b", "f"]


def test_a_question_on_the_screen_gives_way_and_comes_back(mixed: Database) -> None:
    first = next_question(mixed, "ann")
    assert first is not None
    assert first.left == "o"
    replace_not_asked(mixed, [STATES])
    second = next_question(mixed, "ann")
    assert second is not None
    assert second.left == "b"
    replace_not_asked(mixed, [])
    assert not_asked(mixed) == []
    assert next_question(mixed, "ann") == second


def test_who_names_the_types_or_the_pair_is_asked(mixed: Database, say: Say) -> None:
    replace_not_asked(mixed, [STATES])
    opened = question(mixed, "o", "O", "bob")
    assert opened is not None
    assert asked(mixed, say, PairFilter(types=STATES)) == "k"  # the other is with Bob


def test_a_filter_counts_no_pair_of_them_unless_it_names_them(mixed: Database) -> None:
    replace_not_asked(mixed, [STATES])
    assert sorted(matching(mixed, "ann", PairFilter(low=0.4), 9) or []) == [2, 4]
    assert len(matching(mixed, "ann", PairFilter(low=0.4), 1) or []) == 1
    assert matching(mixed, "ann", PairFilter(low=0.4, types=STATES), 9) == [0, 1]


def test_neither_the_plan_nor_a_second_look_asks_about_them(mixed: Database, say: Say) -> None:
    write_plan(mixed, "v1", QueryPlan(np.array([1, 3]), ("margin", "margin"), np.array([0.1, 0.2])))
    say(mixed, "bob", "o", "O", Outcome.MATCH)
    draw_second_looks(mixed, 1.0)
    replace_not_asked(mixed, [STATES])
    assert planned(mixed) == {"margin": 1}
    assert askable(mixed, "v1").tolist() == [2, 3, 4]
    assert asked(mixed, say) == "bfa"


def test_open_pairs_are_counted_apart_and_follow_each_decision(mixed: Database, say: Say) -> None:
    assert (open_count(mixed), open_not_asked(mixed)) == (5, 0)
    replace_not_asked(mixed, [STATES])
    assert (open_count(mixed), open_not_asked(mixed)) == (3, 2)
    say(mixed, "ann", "k", "K", Outcome.MATCH)
    assert (open_count(mixed), open_not_asked(mixed)) == (3, 1)
    undo(mixed, "ann")
    assert (open_count(mixed), open_not_asked(mixed)) == (3, 2)


def test_where_all_types_are_asked_about_one_walk_is_enough(mixed: Database) -> None:
    assert asked_kinds(mixed) is None
    assert replace_not_asked(mixed, [STATES])
    assert not replace_not_asked(mixed, [STATES])
    assert len(asked_kinds(mixed) or []) == 2


def test_a_thousand_pairs_of_them_cost_a_question_nothing(
    fresh_db: Database, score: Callable[..., None], steps: Steps
) -> None:
    def cost(states: int) -> int:
        types = ["state"] * states + ["person"]
        left = [f"l{i}" for i in range(states + 1)]
        batch = CandidateBatch(left, [f"r{each}" for each in left], types, types)
        replace_candidates(fresh_db, [batch], audit_share=0.5, seed=1)
        score(fresh_db, f"of-{states}", [0.5] * states + [0.9])
        promote(fresh_db, f"of-{states}")
        replace_not_asked(fresh_db, [STATES])
        return steps(fresh_db, lambda: next_question(fresh_db, "ann"))

    assert cost(2_000) < cost(20) + 500
