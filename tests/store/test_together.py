"""Decisions of one press, and decisions changed by somebody else."""

import itertools
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from kgreview.errors import InputError
from kgreview.store.candidate_pairs import CandidateBatch, replace_candidates
from kgreview.store.conditions import CLOSED, CONFLICT
from kgreview.store.database import database
from kgreview.store.deciding import decide, decide_all, revise, undo, undo_decision
from kgreview.store.decisions import Decision, counts, events, standing, training_decisions
from kgreview.store.outcomes import Outcome
from kgreview.store.versions import add_version, promote, write_scores

Say = Callable[..., Decision]
OpenPairs = Callable[[Database], set[tuple[str, str]]]


def test_one_answer_to_many_is_undone_in_one_step(
    db: Database, say: Say, open_pairs: OpenPairs
) -> None:
    first = say(db, "ann", "b", "z", Outcome.UNSURE)
    saved = decide_all(
        db, [0, 1, 2, 3], curator="ann", outcome=Outcome.NO_MATCH, version="v1", filter="q=x"
    )
    assert [(d.left, d.right, d.score, d.filter) for d in saved] == [
        ("a", "x", 0.9, "q=x"),
        ("a", "y", 0.55, "q=x"),
        ("b", "x", 0.3, "q=x"),
    ]  # b – z was closed meanwhile
    assert open_pairs(db) == set()
    assert len(training_decisions(db)) == 3
    assert undo(db, "ann", question="one press") == saved[-1]
    assert undo(db, "ann", question="one press") == saved[-1]
    assert standing(db) == [first]
    assert len(open_pairs(db)) == 3
    assert undo(db, "ann") == first


def test_many_matches_take_no_entity_twice(db: Database) -> None:
    saved = decide_all(db, [0, 1, 2, 3], curator="ann", outcome=Outcome.MATCH, version="v1")
    assert [(d.left, d.right) for d in saved] == [("a", "x"), ("b", "z")]


def test_of_a_batch_what_was_corrected_since_stays(db: Database, say: Say) -> None:
    decide_all(db, [0, 1], curator="ann", outcome=Outcome.NO_MATCH, version="v1")
    corrected = say(db, "ann", "a", "x", Outcome.MATCH)
    assert undo(db, "ann") == corrected
    undo(db, "ann")
    assert standing(db) == []


@pytest.mark.parametrize("who", ["ann", "bob"])
def test_of_an_answer_to_many_one_decision_can_be_taken_back_alone(
    db: Database, open_pairs: OpenPairs, who: str
) -> None:
    saved = decide_all(db, [0, 1, 2], curator="ann", outcome=Outcome.NO_MATCH, version="v1")
    assert undo_decision(db, saved[1].id, who) == saved[1]
    assert standing(db) == [saved[0], saved[2]]
    assert open_pairs(db) == {("a", "y"), ("b", "z")}
    undo(db, "ann")  # the rest goes together
    assert standing(db) == []


@pytest.mark.parametrize("who", ["ann", "bob", "cem"])
def test_a_switch_taken_back_by_its_number_brings_back_what_it_set_aside(
    db: Database, say: Say, who: str
) -> None:
    old = say(db, "bob", "a", "x", Outcome.MATCH)
    new = say(db, "ann", "a", "y", Outcome.MATCH, set_aside=[old.id])
    undo_decision(db, new.id, who)
    assert standing(db) == [old]


def test_anybody_may_take_back_a_decision_under_their_own_name(
    db: Database, say: Say, open_pairs: OpenPairs
) -> None:
    said = say(db, "ann", "a", "x", Outcome.MATCH)
    assert undo_decision(db, said.id, "bob") == said
    event = events(db)[0]
    assert (event.curator, event.undoes) == ("bob", said.id)
    assert ("a", "x") in open_pairs(db)
    assert counts(db, "ann")[Outcome.MATCH] == 0
    with pytest.raises(InputError, match="does not stand any more"):
        undo_decision(db, said.id, "bob")
    assert undo(db, "bob") is None  # he has decided nothing


def test_a_skip_taken_back_by_another_is_asked_of_its_curator_again(db: Database, say: Say) -> None:
    said = say(db, "ann", "a", "x", Outcome.SKIP)
    assert db.execute("SELECT count(*) FROM skips").fetchone() == (1,)
    undo_decision(db, said.id, "bob")
    assert db.execute("SELECT count(*) FROM skips").fetchone() == (0,)


def test_a_revision_replaces_the_answer_and_its_undo_brings_it_back(db: Database, say: Say) -> None:
    said = say(db, "ann", "a", "x", Outcome.MATCH, score=0.25, hidden=True)
    new = revise(db, said.id, curator="bob", outcome=Outcome.NO_MATCH, note="it is the remake")
    assert standing(db) == [new]
    assert (new.curator, new.supersedes, new.note) == ("bob", said.id, "it is the remake")
    assert (new.strategy, new.score, new.hidden) == ("revised", 0.25, True)
    assert counts(db, "ann")[Outcome.MATCH] == 0
    undo(db, "bob")
    assert standing(db) == [said]
    with pytest.raises(InputError, match="does not stand any more"):
        revise(db, new.id, curator="bob", outcome=Outcome.SKIP, note=None)


def test_a_revision_of_an_audit_decision_does_not_train(db: Database, say: Say) -> None:
    said = say(db, "ann", "a", "x", Outcome.MATCH, strategy="audit")
    revise(db, said.id, curator="ann", outcome=Outcome.NO_MATCH, note=None)
    assert training_decisions(db) == []


def test_who_revises_another_keeps_one_answer_and_undo_brings_both_back(
    db: Database, say: Say
) -> None:
    theirs = say(db, "ann", "a", "x", Outcome.MATCH)
    mine = say(db, "bob", "a", "x", Outcome.UNSURE)
    new = revise(db, theirs.id, curator="bob", outcome=Outcome.NO_MATCH, note=None)
    assert standing(db) == [new]
    undo(db, "bob")
    assert standing(db) == [theirs, mine]


@pytest.mark.parametrize("second", ["ann", "bob"])
def test_what_a_switch_set_aside_comes_back_in_the_place_of_what_it_had_replaced(
    db: Database, say: Say, second: str
) -> None:
    first = say(db, "ann", "a", "x", Outcome.MATCH)
    new = revise(db, first.id, curator=second, outcome=Outcome.UNSURE, note=None)
    say(db, "ann", "a", "y", Outcome.MATCH, set_aside=[new.id])
    assert len(standing(db)) == 1, "the pair is open again"
    undo(db, "ann")
    assert standing(db) == [new]
    assert counts(db, second)[Outcome.UNSURE] == 1
    assert counts(db)[Outcome.MATCH] == 0


def test_what_an_undone_revision_had_replaced_is_counted_where_its_curator_has_answered_anew(
    db: Database, say: Say
) -> None:
    first = say(db, "ann", "a", "x", Outcome.MATCH)
    theirs = revise(db, first.id, curator="bob", outcome=Outcome.MATCH, note=None)
    revise(db, theirs.id, curator="ann", outcome=Outcome.MATCH, note=None)
    anew = say(db, "bob", "a", "x", Outcome.NO_MATCH)
    undo(db, "ann")
    assert standing(db) == [first, anew], "of what Bob has said the newer stays"
    assert counts(db, "ann")[Outcome.MATCH] == 1
    assert counts(db, "bob") == {o: int(o is Outcome.NO_MATCH) for o in Outcome}


PAIRS = list(itertools.product("ab", "xy"))
NAMES = ("ann", "bob")
actions = st.one_of(
    st.tuples(
        st.just("decide"),
        st.sampled_from(NAMES),
        st.sampled_from(PAIRS),
        st.sampled_from(Outcome),
        st.booleans(),
    ),
    st.tuples(st.just("bulk"), st.sampled_from(NAMES), st.sampled_from(Outcome)),
    st.tuples(st.just("undo"), st.sampled_from(NAMES)),
    st.tuples(st.just("undo one"), st.sampled_from(NAMES), st.integers(0, 9)),
    st.tuples(
        st.just("revise"), st.sampled_from(NAMES), st.integers(0, 9), st.sampled_from(Outcome)
    ),
)


@settings(max_examples=60)
@given(st.lists(actions, max_size=25))
def test_whatever_is_done_what_is_derived_agrees_with_the_events(
    doings: list[tuple[object, ...]],
) -> None:
    with TemporaryDirectory() as folder, database(Path(folder) / "kgreview.db", create=True) as db:
        films = ["film"] * len(PAIRS)
        batch = CandidateBatch([a for a, _ in PAIRS], [b for _, b in PAIRS], films, films)
        replace_candidates(db, [batch], audit_share=0, seed=0)
        add_version(db, "v1", parent=None, kind="", settings={}, figures={}, seed=0, threshold=0.5)
        write_scores(db, "v1", [(np.arange(len(PAIRS)), np.full(len(PAIRS), 0.5))])
        promote(db, "v1")
        for doing in doings:
            act(db, *doing)
            agrees(db)
        for name in NAMES * len(doings):  # one may bring back what the other had
            while undo(db, name) is not None:
                agrees(db)
        assert standing(db) == []


def act(db: Database, what: str, curator: str, *how: object) -> None:
    stands = standing(db)
    if what == "decide":
        (left, right), outcome, switch = how
        others = [d.id for d in stands if d.left == left and d.right != right]
        decide(
            db,
            left=left,
            right=right,
            curator=curator,
            outcome=outcome,
            strategy="chosen",
            set_aside=others if switch else (),
        )
    elif what == "bulk":
        decide_all(db, range(len(PAIRS)), curator=curator, outcome=how[0], version="v1")
    elif what == "undo":
        undo(db, curator)
    elif stands:
        chosen = stands[how[0] % len(stands)].id
        if what == "undo one":
            undo_decision(db, chosen, curator)
        else:
            revise(db, chosen, curator=curator, outcome=how[1], note=None)


def agrees(db: Database) -> None:
    stands = standing(db)
    assert len({(d.left, d.right, d.curator) for d in stands}) == len(stands)
    for name in NAMES:
        assert counts(db, name) == {
            outcome: sum(d.outcome is outcome and d.curator == name for d in stands)
            for outcome in Outcome
        }
    wrong = f"""
        SELECT count(*) FROM scores s JOIN candidates c ON c.id = s.candidate
        WHERE s.open = {CLOSED} OR s.conflict <> {CONFLICT}"""
    assert db.execute(wrong).fetchone() == (0,)
    skips = {(d.curator, PAIRS.index((d.left, d.right))) for d in stands if d.outcome == "skip"}
    assert set(db.execute("SELECT curator, candidate FROM skips")) == skips
