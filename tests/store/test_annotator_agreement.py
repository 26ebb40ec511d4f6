"""What curators say of one pair, each for themselves, and how a difference is settled."""

from collections.abc import Callable

import pytest
from sqlite_utils import Database

from kgreview.errors import InputError
from kgreview.store.annotator_agreement import Dispute, Rating, adjudicate, disputes, ratings
from kgreview.store.deciding import decide, revise, undo
from kgreview.store.decisions import BULK, standing, training_decisions
from kgreview.store.outcomes import Outcome

Say = Callable[..., object]
MATCH, NO_MATCH, UNSURE = Outcome.MATCH, Outcome.NO_MATCH, Outcome.UNSURE


@pytest.fixture
def at_odds(db: Database, say: Say) -> Database:
    """Ann accepts what Bob rejects, with a note each; both reject another pair."""
    say(db, "ann", "a", "x", MATCH, note="same year")
    say(db, "bob", "a", "x", NO_MATCH, reason="remake")
    say(db, "ann", "b", "z", NO_MATCH)
    say(db, "bob", "b", "z", NO_MATCH)
    return db


def only(db: Database, curator: str = "eva") -> Dispute:
    (found,) = disputes(db, curator)
    return found


def test_what_two_said_of_a_pair_is_a_rating_of_each(at_odds: Database) -> None:
    assert ratings(at_odds) == [
        Rating("a", "x", "ann", True),
        Rating("a", "x", "bob", False),
        Rating("b", "z", "ann", False),
        Rating("b", "z", "bob", False),
    ]


def test_what_one_said_alone_or_by_the_way_is_none(db: Database, say: Say) -> None:
    say(db, "ann", "a", "x", MATCH)
    say(db, "bob", "a", "x", Outcome.SKIP)
    say(db, "cem", "a", "x", MATCH, strategy=BULK)
    say(db, "ann", "b", "z", MATCH)
    say(db, "bob", "b", "z", UNSURE)
    assert ratings(db) == []


def test_of_a_curator_who_changed_their_mind_the_last_word_counts(db: Database, say: Say) -> None:
    say(db, "ann", "a", "x", MATCH)
    say(db, "bob", "a", "x", MATCH)
    say(db, "bob", "a", "x", NO_MATCH)
    assert [rating.match for rating in ratings(db)] == [True, False]
    undo(db, "bob")
    assert [rating.match for rating in ratings(db)] == [True, True]
    undo(db, "ann")
    assert ratings(db) == []


def test_an_opinion_that_was_overruled_was_an_opinion_all_the_same(at_odds: Database) -> None:
    before = ratings(at_odds)
    adjudicate(at_odds, only(at_odds), curator="eva", outcome=MATCH)
    assert ratings(at_odds) == before
    (bobs,) = [d for d in standing(at_odds, curator="bob") if d.left == "b"]
    revise(at_odds, bobs.id, curator="eva", outcome=MATCH, note="look again")
    assert ratings(at_odds) == before


def test_a_dispute_tells_what_was_said_and_not_by_whom(at_odds: Database) -> None:
    found = only(at_odds)
    assert (found.left, found.right, found.matches, found.others) == ("a", "x", 1, 1)
    assert found.notes == ("remake", "same year")
    assert not any(name in repr(found) for name in ("ann", "bob"))
    assert not found.mine
    assert only(at_odds, "ann").mine


def test_no_counterpart_contradicts_a_match_of_the_entity(db: Database, say: Say) -> None:
    say(db, "ann", "a", "x", MATCH)
    say(db, "bob", "a", "y", Outcome.NO_COUNTERPART)
    found = only(db)
    assert (found.left, found.right, found.others) == ("a", "x", 1)
    adjudicate(db, found, curator="eva", outcome=NO_MATCH)
    # Bob was right, and is not undone
    assert {(d.curator, d.outcome) for d in standing(db)} == {
        ("bob", Outcome.NO_COUNTERPART),
        ("eva", NO_MATCH),
    }


@pytest.mark.parametrize(
    ("ruling", "remains", "learnt"),
    [
        (MATCH, {("ann", MATCH), ("eva", MATCH)}, {1}),
        (NO_MATCH, {("bob", NO_MATCH), ("eva", NO_MATCH)}, {0}),
        (UNSURE, {("eva", UNSURE)}, set()),
    ],
)
def test_what_a_ruling_goes_against_is_set_aside_and_the_rest_trains(
    at_odds: Database, ruling: Outcome, remains: set[tuple[str, Outcome]], learnt: set[int]
) -> None:
    assert [d.left for d in training_decisions(at_odds)] == ["b", "b"]
    adjudicate(at_odds, only(at_odds), curator="eva", outcome=ruling, note="compared the credits")
    assert disputes(at_odds, "eva") == []
    assert {(d.curator, d.outcome) for d in standing(at_odds, left="a")} == remains
    assert {d.label for d in training_decisions(at_odds) if d.left == "a"} == learnt


def test_undoing_a_ruling_brings_the_dispute_back(at_odds: Database) -> None:
    before = only(at_odds)
    adjudicate(at_odds, before, curator="eva", outcome=MATCH)
    undo(at_odds, "eva")
    assert (only(at_odds).matches, only(at_odds).others) == (1, 1)


def test_one_of_the_two_may_rule_and_has_one_decision_then(at_odds: Database) -> None:
    adjudicate(at_odds, only(at_odds, "ann"), curator="ann", outcome=NO_MATCH)
    assert {(d.curator, d.outcome) for d in standing(at_odds, left="a")} == {
        ("ann", NO_MATCH),
        ("bob", NO_MATCH),
    }


def test_after_a_ruling_that_cannot_tell_nothing_of_the_pair_trains(db: Database, say: Say) -> None:
    say(db, "ann", "a", "x", MATCH)
    say(db, "ann", "a", "x", NO_MATCH, strategy="again")
    say(db, "bob", "a", "x", MATCH)
    adjudicate(db, only(db), curator="eva", outcome=UNSURE)
    assert training_decisions(db) == []
    undo(db, "eva")
    assert {(d.curator, d.outcome) for d in standing(db)} == {("ann", NO_MATCH), ("bob", MATCH)}


def test_a_ruling_that_was_undone_can_be_given_again(at_odds: Database) -> None:
    adjudicate(at_odds, only(at_odds), curator="eva", outcome=MATCH)
    undo(at_odds, "eva")
    adjudicate(at_odds, only(at_odds), curator="eva", outcome=NO_MATCH)
    assert disputes(at_odds, "eva") == []


def test_a_second_click_changes_nothing(at_odds: Database) -> None:
    found = only(at_odds)
    first = adjudicate(at_odds, found, curator="eva", outcome=MATCH)
    assert adjudicate(at_odds, found, curator="eva", outcome=MATCH) == first
    assert len(standing(at_odds, left="a")) == 2


def test_a_late_second_click_is_told_that_the_ruling_was_taken_back(at_odds: Database) -> None:
    found = only(at_odds)
    adjudicate(at_odds, found, curator="eva", outcome=MATCH)
    undo(at_odds, "eva")
    before = standing(at_odds, left="a")
    with pytest.raises(InputError, match="taken back or replaced since; nothing was saved"):
        adjudicate(at_odds, found, curator="eva", outcome=MATCH)
    assert standing(at_odds, left="a") == before


@pytest.mark.parametrize(("curator", "outcome"), [("dan", MATCH), ("eva", NO_MATCH)])
def test_of_two_rulings_on_one_dispute_the_second_is_told_that_it_is_not_saved(
    at_odds: Database, curator: str, outcome: Outcome
) -> None:
    found = only(at_odds)
    adjudicate(at_odds, found, curator="eva", outcome=MATCH)
    before = standing(at_odds, left="a")
    with pytest.raises(InputError, match="decided this pair meanwhile"):
        adjudicate(at_odds, found, curator=curator, outcome=outcome)
    assert standing(at_odds, left="a") == before


def test_what_came_meanwhile_is_looked_at_first(at_odds: Database, say: Say) -> None:
    found = only(at_odds)
    say(at_odds, "cem", "a", "x", MATCH)
    with pytest.raises(InputError, match="look at it again"):
        adjudicate(at_odds, found, curator="eva", outcome=NO_MATCH)
    assert only(at_odds).matches == 2


def test_a_ruling_settles_something(at_odds: Database) -> None:
    with pytest.raises(InputError, match="a ruling says"):
        adjudicate(at_odds, only(at_odds), curator="eva", outcome=Outcome.SKIP)


def test_a_second_look_is_no_opinion_of_its_own_and_each_curator_has_one(
    db: Database, say: Say
) -> None:
    say(db, "ann", "a", "x", MATCH)
    say(db, "ann", "a", "x", NO_MATCH, strategy="again")
    say(db, "bob", "a", "x", NO_MATCH, strategy="second")
    assert [(r.curator, r.match) for r in ratings(db)] == [("ann", True), ("bob", False)]
    say(db, "ann", "a", "x", NO_MATCH, strategy="chosen")
    assert [(r.curator, r.match) for r in ratings(db)] == [("ann", False), ("bob", False)]


def test_many_decisions_are_looked_through_at_once(
    fresh_db: Database, put: Callable[..., None], steps: Callable[..., int]
) -> None:
    cost = {}
    for size in (500, 1_000):
        put(fresh_db, [(f"l{i}", f"r{i}") for i in range(size)])
        for number in range(size):
            decide(
                fresh_db,
                left=f"l{number}",
                right=f"r{number}",
                curator="ann",
                outcome=(MATCH, NO_MATCH)[number % 2],
                seconds=1.0,
                strategy="uncertainty",
            )
        cost[size] = steps(fresh_db, lambda: (ratings(fresh_db), disputes(fresh_db, "eva")))
    assert cost[1_000] < 4.5 * cost[500]  # by index: 1,500 decisions cost three times 500
