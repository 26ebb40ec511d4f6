from collections.abc import Callable

import pytest
from sqlite_utils import Database

from kgreview.errors import InputError
from kgreview.store import review_statistics
from kgreview.store.asked_types import open_count
from kgreview.store.conflicts import conflicts
from kgreview.store.deciding import FileDecision, enter_decisions, revise, undo, undo_decision
from kgreview.store.decisions import (
    Decision,
    TrainingDecision,
    counts,
    events,
    standing,
    training_decisions,
    unseen_decisions,
)
from kgreview.store.outcomes import QUALIFIED, Outcome
from kgreview.store.questions import question
from kgreview.store.queue import next_question
from kgreview.store.versions import add_version

Say = Callable[..., Decision]
OpenPairs = Callable[[Database], set[tuple[str, str]]]
ALL = {("a", "x"), ("a", "y"), ("b", "x"), ("b", "z")}


def outcomes(db: Database) -> list[tuple[str, str, str, str]]:
    return [(d.curator, d.left, d.right, d.outcome.value) for d in standing(db)]


def test_a_decision_keeps_what_was_shown(db: Database, say: Say) -> None:
    saved = say(
        db,
        "Zoë 🎬",
        "a",
        "x",
        Outcome.MATCH,
        seconds=2.5,
        score=0.9,
        hidden=True,
        note="<b>'); DROP TABLE decisions; --</b>",
        reason="same director",
    )
    assert saved.created_at.endswith("+00:00")
    assert (saved.seconds, saved.score, saved.hidden) == (2.5, 0.9, True)
    assert (saved.version, saved.strategy) == ("v1", "uncertainty")
    assert (saved.undoes, saved.supersedes) == (None, None)
    assert standing(db) == events(db) == [saved]


@pytest.mark.parametrize(
    ("outcome", "still_open"),
    [
        (Outcome.MATCH, ALL - {("a", "x")}),
        (Outcome.NO_MATCH, ALL - {("a", "x")}),
        (Outcome.UNSURE, ALL - {("a", "x")}),
        (Outcome.SKIP, ALL),
        (Outcome.NO_COUNTERPART, ALL - {("a", "x"), ("a", "y")}),
    ],
)
def test_an_answer_closes_its_pair_and_undo_opens_it_again(
    db: Database, say: Say, open_pairs: OpenPairs, outcome: Outcome, still_open: object
) -> None:
    saved = say(db, "ann", "a", "x", outcome)
    assert open_pairs(db) == still_open
    assert undo(db, "ann") == saved
    assert open_pairs(db) == ALL
    assert open_count(db) == 4
    assert standing(db) == []


def test_undo_is_an_event_that_names_what_it_takes_back(db: Database, say: Say) -> None:
    first = say(db, "ann", "a", "x", Outcome.MATCH)
    undo(db, "ann")
    event, kept = events(db)
    assert kept == first
    assert (event.undoes, event.left, event.right) == (first.id, "a", "x")
    assert event.outcome is Outcome.MATCH


def test_undo_goes_back_step_by_step_through_the_curators_own_decisions(
    db: Database, say: Say
) -> None:
    first = say(db, "ann", "a", "x", Outcome.MATCH)
    say(db, "bob", "b", "z", Outcome.MATCH)
    second = say(db, "ann", "a", "y", Outcome.NO_MATCH)
    assert [undo(db, "ann"), undo(db, "ann"), undo(db, "ann")] == [second, first, None]
    assert outcomes(db) == [("bob", "b", "z", "match")]


def test_the_same_question_is_answered_once(db: Database, say: Say) -> None:
    first = say(db, "ann", "a", "x", Outcome.MATCH, question="q")
    assert say(db, "ann", "a", "x", Outcome.MATCH, question="q") == first
    assert say(db, "ann", "a", "y", Outcome.NO_MATCH, question="q") == first
    assert events(db) == [first]


@pytest.mark.parametrize("again", [Outcome.MATCH, Outcome.NO_MATCH])
def test_an_answer_to_a_question_whose_answer_is_gone_is_refused(
    db: Database, say: Say, again: Outcome
) -> None:
    say(db, "ann", "a", "x", Outcome.MATCH, question="undone")
    undo(db, "ann")
    with pytest.raises(InputError, match=r"taken back or replaced since; nothing was saved now"):
        say(db, "ann", "a", "x", again, question="undone")
    assert standing(db) == []
    old = say(db, "ann", "a", "y", Outcome.MATCH, question="revised")
    new = revise(db, old.id, curator="bob", outcome=Outcome.NO_MATCH, note=None)
    with pytest.raises(InputError, match="taken back or replaced since"):
        say(db, "ann", "a", "y", again, question="revised")
    assert standing(db) == [new]


def test_a_held_undo_key_takes_back_one_decision(db: Database, say: Say) -> None:
    say(db, "ann", "a", "x", Outcome.MATCH)
    last = say(db, "ann", "a", "y", Outcome.MATCH)
    shown = next_question(db, "ann")
    assert shown is not None
    assert undo(db, "ann", question=shown.token) == last
    assert undo(db, "ann", question=shown.token) == last
    assert outcomes(db) == [("ann", "a", "x", "match")]
    # the question that was on the screen is asked again under a name not yet spent
    again = question(db, shown.left, shown.right, "ann")
    assert again is not None
    assert again.token != shown.token


def test_an_undone_pair_can_be_answered_again(db: Database, say: Say) -> None:
    shown = question(db, "a", "x", "ann")
    assert shown is not None
    say(db, "ann", "a", "x", Outcome.MATCH, question=shown.token)
    undo(db, "ann")
    again = question(db, "a", "x", "ann")
    assert again is not None
    say(db, "ann", "a", "x", Outcome.NO_MATCH, question=again.token)
    assert outcomes(db) == [("ann", "a", "x", "no_match")]


def test_an_undone_pair_is_shown_for_the_reason_it_was_asked_for(db: Database, say: Say) -> None:
    for strategy in ("audit", "uncertainty"):
        say(db, "ann", "a", "x", Outcome.MATCH, strategy=strategy, filter="q=heat")
        undo(db, "ann")
        again = question(db, "a", "x", "ann")
        assert again is not None
        assert (again.strategy, again.filter) == (strategy, "q=heat")
        db.execute("DELETE FROM questions")
    assert next_question(db, "ann") is not None
    say(db, "ann", "a", "x", Outcome.MATCH, strategy="bulk")  # nobody was asked
    undo(db, "ann")
    again = question(db, "a", "x", "ann")
    assert again is not None
    assert again.strategy == "chosen"


def test_a_new_answer_supersedes_the_curators_earlier_one(db: Database, say: Say) -> None:
    first = say(db, "ann", "a", "x", Outcome.MATCH)
    second = say(db, "ann", "a", "x", Outcome.NO_MATCH)
    assert second.supersedes == first.id
    assert standing(db) == [second]
    assert counts(db, "ann")[Outcome.MATCH] == 0
    assert counts(db, "ann")[Outcome.NO_MATCH] == 1


def test_undoing_a_correction_brings_back_what_it_corrected(
    db: Database, say: Say, open_pairs: OpenPairs
) -> None:
    first = say(db, "ann", "a", "x", Outcome.MATCH)
    say(db, "ann", "a", "x", Outcome.NO_MATCH)
    undo(db, "ann")
    assert standing(db) == [first]
    assert counts(db)[Outcome.MATCH] == 1
    assert ("a", "x") not in open_pairs(db)
    third = say(db, "ann", "a", "x", Outcome.UNSURE)
    assert third.supersedes == first.id
    assert standing(db) == [third]


def test_two_curators_may_disagree(db: Database, say: Say, open_pairs: OpenPairs) -> None:
    say(db, "ann", "a", "x", Outcome.MATCH)
    say(db, "bob", "a", "x", Outcome.NO_MATCH)
    assert outcomes(db) == [("ann", "a", "x", "match"), ("bob", "a", "x", "no_match")]
    undo(db, "bob")
    assert ("a", "x") not in open_pairs(db)  # ann's still closes it
    undo(db, "ann")
    assert ("a", "x") in open_pairs(db)


def test_taking_back_no_counterpart_opens_just_what_nothing_else_closes(
    db: Database, say: Say, open_pairs: OpenPairs
) -> None:
    say(db, "bob", "a", "y", Outcome.NO_MATCH)
    say(db, "ann", "a", "x", Outcome.NO_COUNTERPART)
    say(db, "cem", "a", "x", Outcome.NO_COUNTERPART)
    undo(db, "ann")
    assert open_pairs(db) == {("b", "x"), ("b", "z")}
    undo(db, "cem")
    assert open_pairs(db) == {("a", "x"), ("b", "x"), ("b", "z")}


def test_what_trains_is_clear_and_uncontradicted(db: Database, say: Say) -> None:
    match = say(db, "ann", "a", "x", Outcome.MATCH)
    agreed = say(db, "bob", "a", "x", Outcome.MATCH)
    say(db, "ann", "a", "y", Outcome.UNSURE)
    say(db, "ann", "b", "x", Outcome.SKIP)
    replaced = say(db, "ann", "b", "z", Outcome.MATCH)
    rejected = say(db, "ann", "b", "z", Outcome.NO_MATCH)
    assert replaced.id not in [d.decision for d in training_decisions(db)]
    assert training_decisions(db) == [
        TrainingDecision(match.id, "a", "x", 1),
        TrainingDecision(agreed.id, "a", "x", 1),
        TrainingDecision(rejected.id, "b", "z", 0),  # thought better of
    ]
    say(db, "bob", "b", "z", Outcome.MATCH)  # contradicts ann
    assert [d.left for d in training_decisions(db)] == ["a", "a"]
    undo(db, "bob")
    assert [d.left for d in training_decisions(db)] == ["a", "a", "b"]


def test_a_match_of_an_entity_said_to_have_no_counterpart_does_not_train(
    db: Database, say: Say
) -> None:
    say(db, "ann", "a", "x", Outcome.MATCH)
    no = say(db, "ann", "a", "y", Outcome.NO_MATCH)
    say(db, "bob", "a", "y", Outcome.NO_COUNTERPART)
    assert training_decisions(db) == [TrainingDecision(no.id, "a", "y", 0)]


def test_the_audit_slice_never_trains(
    fresh_db: Database, put: Callable[..., None], say: Say
) -> None:
    put(fresh_db, sorted(ALL), audit=1.0)
    say(fresh_db, "ann", "a", "x", Outcome.MATCH)  # in the slice, though opened by choice
    say(fresh_db, "ann", "c", "z", Outcome.MATCH, strategy="audit")  # its pair is gone
    assert training_decisions(fresh_db) == []
    put(fresh_db, sorted(ALL), audit=0.0)
    assert [(d.left, d.right) for d in training_decisions(fresh_db)] == [("a", "x")]


def test_a_version_tells_how_much_there_is_to_learn_since(db: Database, say: Say) -> None:
    seen = [say(db, "ann", "a", "x", Outcome.MATCH).id, say(db, "ann", "a", "y", Outcome.MATCH).id]
    add_version(
        db,
        "v2",
        parent="v1",
        kind="fine-tuned",
        settings={},
        figures={},
        seed=0,
        threshold=0.5,
        decisions=seen,
    )
    assert (unseen_decisions(db, "v1"), unseen_decisions(db, "v2")) == (2, 0)
    say(db, "ann", "b", "z", Outcome.NO_MATCH)
    say(db, "ann", "b", "x", Outcome.UNSURE)
    assert unseen_decisions(db, "v2") == 1


def test_counts_are_of_what_stands(db: Database, say: Say) -> None:
    assert counts(db) == dict.fromkeys(Outcome, 0)
    say(db, "ann", "a", "x", Outcome.MATCH)
    say(db, "bob", "a", "y", Outcome.MATCH)
    say(db, "bob", "b", "z", Outcome.SKIP)
    undo(db, "ann")
    nothing = dict.fromkeys(Outcome, 0)
    assert counts(db) == counts(db, "bob") == nothing | {Outcome.MATCH: 1, Outcome.SKIP: 1}
    assert counts(db, "ann") == counts(db, "nobody") == nothing


def test_standing_decisions_are_found_by_entity_pair_and_curator(db: Database, say: Say) -> None:
    first = say(db, "ann", "a", "x", Outcome.MATCH)
    second = say(db, "bob", "b", "x", Outcome.NO_MATCH)
    assert standing(db, left="a") == [first]
    assert standing(db, right="x") == [first, second]
    assert standing(db, left="b", right="x", curator="bob") == [second]
    assert standing(db, left="b", curator="ann") == []


def test_the_history_is_read_page_by_page(db: Database, say: Say) -> None:
    made = [say(db, "ann", "a", "x", Outcome.MATCH) for _ in range(5)]
    page = events(db, limit=2)
    assert page == [made[4], made[3]]
    assert events(db, before=page[-1].id, limit=2) == [made[2], made[1]]


def test_a_pair_that_is_no_candidate_can_be_decided(db: Database, say: Say) -> None:
    say(db, "ann", "a", "nowhere", Outcome.MATCH)
    assert outcomes(db) == [("ann", "a", "nowhere", "match")]
    assert open_count(db) == 4


@pytest.mark.parametrize("name", ["", "  "])
def test_a_decision_without_a_curator_is_refused(db: Database, say: Say, name: str) -> None:
    with pytest.raises(InputError, match="curator's name"):
        say(db, name, "a", "x", Outcome.MATCH)
    assert events(db) == []


def test_what_a_file_tells_of_entities_without_a_counterpart_stands_and_closes_their_pairs(
    db: Database, open_pairs: OpenPairs
) -> None:
    nobody = Outcome.NO_COUNTERPART
    enter_decisions(
        db, [FileDecision("a", "", nobody, "Ada", "lost"), FileDecision("gone", "", nobody, " ")]
    )
    assert outcomes(db) == [
        *(("Ada", "a", "", "no_counterpart"), ("imported", "gone", "", "no_counterpart")),
    ]
    assert standing(db)[0].note == "lost"
    assert open_pairs(db) == {("b", "x"), ("b", "z")}
    assert training_decisions(db) == []
    assert undo(db, "Ada") is None  # the key takes back what was decided here
    assert review_statistics.days(db) == []
    undo_decision(db, standing(db)[0].id, "Ada")
    assert open_pairs(db) == ALL


@pytest.mark.parametrize("outcome", QUALIFIED)
def test_a_qualified_match_closes_its_pair_teaches_nothing_and_is_at_odds_with_nothing(
    db: Database, say: Say, outcome: Outcome
) -> None:
    say(db, "ann", "a", "x", Outcome.MATCH)
    assert conflicts(db, "a", "y", ("film", "film"), outcome) == []
    said = say(db, "ann", "a", "y", outcome)
    assert (said.outcome, outcome.label) == (outcome, None)
    assert open_count(db) == 2
    assert [each.right for each in training_decisions(db)] == ["x"]
    assert conflicts(db, "b", "y", ("film", "film"), Outcome.MATCH) == []
    undo(db, "ann")
    assert open_count(db) == 3
    assert outcome.turned.turned is outcome
