"""A part of the queue is one person's, a share of it a second's, too, who is told no answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlite_utils import Database

from kgreview.errors import InputError
from kgreview.store.assignments import assign, assignments, second_of, withdraw
from kgreview.store.outcomes import Outcome
from kgreview.store.pair_filter import EVERYTHING, PairFilter
from kgreview.store.people import enter_name
from kgreview.store.questions import SECOND
from kgreview.store.queue import next_question
from tests.store.conftest import PAIRS, SCORES

UPPER = PairFilter(low=0.4)


@pytest.fixture
def db(fresh_db: Database, put: Callable[..., None]) -> Database:
    put(fresh_db, PAIRS, SCORES)
    for name in ("Ada", "Bob", "Cleo"):
        enter_name(fresh_db, name)
    return fresh_db


def test_what_is_assigned_is_known_to_both_and_to_nobody_else(db: Database) -> None:
    assign(db, "Ada", UPPER, by="Cleo", second="Bob", share=0.5)
    (given,) = assignments(db, "Ada")
    assert (given.curator, given.filter, given.second, given.share) == ("Ada", UPPER, "Bob", 0.5)
    assert given.assigned_by == "Cleo"
    assert given.people == ("Ada", "Bob")
    assert assignments(db, "Bob") == [given]
    assert assignments(db, "Cleo") == []
    assert second_of(db, "Bob", UPPER.key) == ("Ada", 0.5)
    withdraw(db, given.id, "Cleo")
    assert assignments(db) == []


def test_the_same_part_given_again_takes_the_place_of_the_first(db: Database) -> None:
    assign(db, "Ada", UPPER, by="Cleo", second="Bob", share=0.5)
    assign(db, "Ada", UPPER, by="Bob")
    (given,) = assignments(db)
    assert (given.second, given.share, given.assigned_by) == ("", 0.0, "Bob")


@pytest.mark.parametrize(
    ("curator", "wanted", "second", "share", "told"),
    [
        ("Ada", EVERYTHING, "", 0.0, "the whole queue is everybody's"),
        ("Ada", PairFilter(order="likely"), "", 0.0, "the whole queue is everybody's"),
        ("Ada", UPPER, "Ada", 0.5, "cannot be the second"),
        ("Ada", UPPER, "Bob", 0.0, "a share above 0"),
        ("Ada", UPPER, "Bob", 1.5, "a share above 0"),
        ("Ada", UPPER, "", 0.5, "a share above 0"),
        ("Mallory", UPPER, "", 0.0, "nobody called Mallory"),
    ],
)
def test_what_makes_no_sense_is_refused(
    db: Database, curator: str, wanted: PairFilter, second: str, share: float, told: str
) -> None:
    with pytest.raises(InputError, match=told):
        assign(db, curator, wanted, by="Cleo", second=second, share=share)
    assert assignments(db) == []


def decide_next(db: Database, say: Callable[..., object], curator: str) -> tuple[str, str]:
    question = next_question(db, curator, UPPER)
    assert question is not None
    say(db, curator, question.left, question.right, Outcome.MATCH, filter=UPPER.key)
    return question.left, question.right


def test_the_second_is_asked_what_the_first_has_decided_and_nothing_else(
    db: Database, say: Callable[..., object]
) -> None:
    assign(db, "Ada", UPPER, by="Cleo", second="Bob", share=1.0)
    assert next_question(db, "Bob", UPPER) is None, "Ada decides first"
    decided = decide_next(db, say, "Ada")
    question = next_question(db, "Bob", UPPER)
    assert question is not None
    assert (question.left, question.right) == decided
    assert question.strategy == SECOND
    assert "Their answer is hidden" in question.why
    assert next_question(db, "Bob", UPPER) == question, "until it is answered"
    say(db, "Bob", *decided, Outcome.NO_MATCH)
    assert next_question(db, "Bob", UPPER) is None


def test_what_was_decided_elsewhere_is_not_the_seconds(
    db: Database, say: Callable[..., object]
) -> None:
    assign(db, "Ada", UPPER, by="Cleo", second="Bob", share=1.0)
    say(db, "Ada", "a", "x", Outcome.MATCH)  # in the whole queue
    assert next_question(db, "Bob", UPPER) is None


def test_a_share_is_drawn_by_the_ids(
    fresh_db: Database, put: Callable[..., None], say: Callable[..., object]
) -> None:
    pairs = [(f"l{i}", f"r{i}") for i in range(200)]
    put(fresh_db, pairs, [0.9] * len(pairs))
    for name in ("Ada", "Bob"):
        enter_name(fresh_db, name)
    assign(fresh_db, "Ada", UPPER, by="Ada", second="Bob", share=0.25)
    for left, right in pairs:
        say(fresh_db, "Ada", left, right, Outcome.NO_MATCH, filter=UPPER.key)
    asked = 0
    while (question := next_question(fresh_db, "Bob", UPPER)) is not None:
        say(fresh_db, "Bob", question.left, question.right, Outcome.NO_MATCH)
        asked += 1
    assert 30 <= asked <= 70
