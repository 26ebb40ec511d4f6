"""What decisions tell of the review: pace, yield, and which of them measure."""

from collections.abc import Callable

import pytest
from sqlite_utils import Database

from kgreview.store.candidate_pairs import AUDIT_OF
from kgreview.store.deciding import undo
from kgreview.store.outcomes import Outcome
from kgreview.store.review_statistics import (
    Answer,
    Day,
    answers,
    audit_decisions,
    audit_is_of_entities,
    days,
    seconds_by_curator,
)

Say = Callable[..., object]
MATCH, NO_MATCH = Outcome.MATCH, Outcome.NO_MATCH


def test_before_the_first_decision_there_is_nothing_to_tell(db: Database) -> None:
    assert audit_decisions(db) == answers(db, 100) == days(db) == []
    assert seconds_by_curator(db) == {}


def test_what_stands_is_counted_by_day_and_curator(db: Database, say: Say) -> None:
    say(db, "ann", "a", "x", NO_MATCH)
    say(db, "ann", "a", "x", MATCH)
    say(db, "ann", "a", "y", MATCH)
    say(db, "bob", "b", "z", MATCH)
    say(db, "bob", "b", "x", Outcome.SKIP)
    undo(db, "ann")
    today = db.execute("SELECT substr(created_at, 1, 10) FROM decisions").fetchone()[0]
    assert days(db) == [Day(today, "ann", 1), Day(today, "bob", 1)]


def test_seconds_are_those_that_were_measured(db: Database, say: Say) -> None:
    say(db, "ann", "a", "x", MATCH, seconds=3.0)
    say(db, "ann", "a", "y", MATCH, seconds=1.0)
    say(db, "ann", "b", "x", MATCH, seconds=None)
    assert seconds_by_curator(db) == {"ann": [1.0, 3.0]}


def test_answers_are_what_the_queue_asked_in_order_to_learn(db: Database, say: Say) -> None:
    say(db, "ann", "a", "x", MATCH, score=0.9)
    say(db, "ann", "a", "y", NO_MATCH, score=0.8, strategy="margin")
    for number, strategy in enumerate(("audit", "second", "chosen", "bulk", "revised")):
        say(db, f"c{number}", "b", "x", NO_MATCH, strategy=strategy)
    say(db, "ann", "b", "z", Outcome.UNSURE)
    say(db, "bob", "b", "z", MATCH, score=None)
    assert answers(db, 100) == [Answer(0.9, 0.5, True), Answer(0.8, 0.5, False)]
    assert answers(db, 1) == [Answer(0.8, 0.5, False)]
    db.execute("UPDATE versions SET kind = 'similarity'")
    assert not answers(db, 1)[0].network


def test_a_second_look_mends_what_was_answered_and_is_no_answer_of_its_own(
    db: Database, say: Say
) -> None:
    say(db, "ann", "a", "x", MATCH, score=0.1)
    say(db, "ann", "a", "y", MATCH, score=0.2)
    say(db, "ann", "a", "x", MATCH, score=0.9, strategy="again")
    say(db, "ann", "a", "y", NO_MATCH, score=0.9, strategy="again")
    assert answers(db, 100) == [Answer(0.1, 0.5, True), Answer(0.2, 0.5, False)]
    undo(db, "ann")
    assert answers(db, 100) == [Answer(0.1, 0.5, True), Answer(0.2, 0.5, True)]
    say(db, "ann", "a", "y", MATCH, strategy="chosen")
    assert answers(db, 100) == [Answer(0.1, 0.5, True)]


def test_audit_decisions_have_the_place_of_their_entity_and_how_they_came(
    fresh_db: Database, put: Callable[..., None], say: Say
) -> None:
    put(fresh_db, [("a", "x"), ("a", "y"), ("b", "x")], [0.9, 0.5, 0.1], audit=1.0)
    say(fresh_db, "ann", "a", "x", MATCH, strategy="audit")
    say(fresh_db, "ann", "a", "y", NO_MATCH, strategy="audit", filter="q=film")
    say(fresh_db, "bob", "b", "x", NO_MATCH, strategy="chosen")
    undo(fresh_db, "bob")
    found = audit_decisions(fresh_db)
    assert [(d.left, d.right, d.drawn, d.stands) for d in found] == [
        ("a", "x", True, True),
        ("a", "y", False, True),
        ("b", "x", False, False),
    ]
    assert found[0].place == found[1].place != found[2].place


def test_outside_the_slice_nothing_measures(db: Database, say: Say) -> None:
    say(db, "ann", "a", "x", MATCH, strategy="audit")
    assert audit_decisions(db) == []


@pytest.mark.parametrize("drawn_by", ["left", None])
def test_a_slice_of_pairs_is_told_from_one_of_entities(db: Database, drawn_by: str | None) -> None:
    if drawn_by is None:  # as an earlier release left it
        db.execute("DELETE FROM meta WHERE key = ?", [AUDIT_OF])
    assert audit_is_of_entities(db) is (drawn_by == "left")
