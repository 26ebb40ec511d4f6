"""The state of an entity follows each decision, and is the same as told anew from all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from kgreview.store.asked_types import replace_not_asked
from kgreview.store.candidate_pairs import CandidateBatch, replace_candidates, settle
from kgreview.store.cardinality import replace_several
from kgreview.store.database import connect
from kgreview.store.deciding import undo
from kgreview.store.entities import EntityBatch, replace_entities
from kgreview.store.entity_states import (
    STATES,
    entity_states_told,
    partners,
    renew_entity_states,
    state_of,
    type_progress,
)
from kgreview.store.outcomes import Outcome
from kgreview.store.refreshed import set_gone

MATCH, NO_MATCH, NONE = Outcome.MATCH, Outcome.NO_MATCH, Outcome.NO_COUNTERPART
Say = Callable[..., object]


def enter(db: Database, known: tuple[tuple[str, str], ...] = ()) -> None:
    """Name the entities of the four pairs (``PAIRS``), one more on either side, and known links."""
    for_each = (("left", ("a", "b", "alone")), ("right", ("x", "y", "z", "w")))
    replace_entities(
        db,
        [
            EntityBatch(
                side, ids, [f"the {id}" for id in ids], ["film"] * len(ids), [[]] * len(ids)
            )
            for side, ids in for_each
        ],
        [(left, right, "film", "film") for left, right in known],
    )
    renew_entity_states(db)


def states(db: Database, side: str = "left") -> dict[str, str]:
    return dict(
        db.execute("SELECT entity, state FROM entities WHERE side = ? ORDER BY entity", [side])
    )


def counted(db: Database, side: str = "left") -> dict[str, int]:
    (films,) = type_progress(db, side)  # type: ignore[arg-type]
    return {state: number for state, number in films.counts.items() if number}


@pytest.fixture
def films(db: Database) -> Database:
    enter(db)
    return db


def test_what_nobody_has_decided_is_open_and_what_has_no_candidate_says_so(films: Database) -> None:
    assert states(films) == {"a": "open", "alone": "no candidate", "b": "open"}
    assert states(films, "right") == {"w": "no candidate", "x": "open", "y": "open", "z": "open"}


def test_a_match_settles_both_entities_until_it_is_taken_back(films: Database, say: Say) -> None:
    say(films, "ann", "a", "x", MATCH)
    assert (states(films)["a"], states(films, "right")["x"]) == ("matched", "matched")
    assert counted(films) == {"matched": 1, "open": 1, "no candidate": 1}
    undo(films, "ann")
    assert states(films)["a"] == "open"
    assert counted(films) == {"open": 2, "no candidate": 1}


def test_rejecting_the_last_candidate_leaves_none_and_unsure_does_too(
    films: Database, say: Say
) -> None:
    say(films, "ann", "a", "x", NO_MATCH)
    assert states(films)["a"] == "open"
    say(films, "bob", "a", "y", Outcome.UNSURE)
    assert states(films)["a"] == "rejected"
    assert states(films, "right") == {
        "w": "no candidate",
        "x": "open",  # b is its candidate yet
        "y": "rejected",
        "z": "open",
    }


def test_no_counterpart_settles_the_left_entity_and_closes_what_it_was_a_candidate_of(
    films: Database, say: Say
) -> None:
    say(films, "ann", "b", "z", NONE)
    assert states(films)["b"] == "no counterpart"
    assert states(films, "right")["z"] == "rejected"


@pytest.mark.parametrize(
    "second",
    [("ann", "a", "y", MATCH), ("bob", "a", "x", NO_MATCH), ("bob", "a", "y", NONE)],
    ids=["a second match", "another curator rejects it", "another finds none"],
)
def test_what_contradicts_a_match_is_a_conflict(
    films: Database, say: Say, second: tuple[str, str, str, Outcome]
) -> None:
    say(films, "ann", "a", "x", MATCH)
    say(films, *second)
    assert states(films)["a"] == "conflict"


def test_where_several_counterparts_are_allowed_a_second_match_is_none(
    films: Database, say: Say
) -> None:
    replace_several(films, [("film", "film", "left")])
    renew_entity_states(films)
    say(films, "ann", "a", "x", MATCH)
    say(films, "ann", "a", "y", MATCH)
    assert states(films)["a"] == "matched"
    say(films, "ann", "b", "x", MATCH)
    assert states(films, "right")["x"] == "conflict", "x may have one only"


def test_a_known_link_matches_and_a_decision_that_the_graphs_lost_does_not(
    db: Database, say: Say
) -> None:
    enter(db, known=(("a", "x"),))
    say(db, "ann", "b", "z", MATCH)
    assert states(db) == {"a": "matched", "alone": "no candidate", "b": "matched"}
    with db.conn:
        set_gone(db, [], ["z"])
    assert not entity_states_told(db)
    renew_entity_states(db)
    assert states(db)["b"] == "open", "what it was matched to is gone; x is there yet"


def test_other_candidates_or_links_are_told_anew(films: Database) -> None:
    assert entity_states_told(films)
    settle(films, [0, 1])
    assert not entity_states_told(films)
    renew_entity_states(films)
    assert states(films)["a"] == "rejected"
    replace_candidates(
        films, [CandidateBatch(["alone"], ["w"], ["film"], ["film"])], audit_share=0, seed=1
    )
    assert not entity_states_told(films)
    renew_entity_states(films)
    assert states(films) == {"a": "no candidate", "alone": "open", "b": "no candidate"}


def test_the_state_of_one_entity_is_told_without_the_index(db: Database, say: Say) -> None:
    assert state_of(db, "left", "a") == "open"
    say(db, "ann", "a", "x", NO_MATCH)
    say(db, "ann", "a", "y", NO_MATCH)
    assert state_of(db, "left", "a") == "rejected"
    assert state_of(db, "left", "nobody") == "no candidate"


def test_settled_are_matches_entities_without_a_counterpart_and_those_with_all_rejected(
    films: Database, say: Say
) -> None:
    say(films, "ann", "a", "x", MATCH)
    say(films, "ann", "b", "z", NONE)
    (progress,) = type_progress(films, "left", "film")
    assert (progress.type, progress.settled, progress.total) == ("film", 2, 3)
    assert type_progress(films, "left", "person") == []
    assert progress.asked
    replace_not_asked(films, [("film", "film")])
    (progress,) = type_progress(films, "left")
    assert not progress.asked


def test_partners_are_what_an_entity_is_matched_to_else_its_best_open_candidate(
    films: Database, say: Say
) -> None:
    (best,) = partners(films, "left", "a")
    assert (best.entity, best.name, best.score, best.matched) == ("x", "the x", 0.9, False)
    say(films, "ann", "a", "x", NO_MATCH)
    (best,) = partners(films, "left", "a")
    assert (best.entity, best.score) == ("y", 0.55)
    say(films, "ann", "a", "y", MATCH)
    say(films, "bob", "a", "y", MATCH)
    (found,) = partners(films, "left", "a")
    assert (found.entity, found.matched, found.by) == ("y", True, ("ann", "bob"))
    assert partners(films, "left", "alone") == []
    assert partners(films, "right", "y")[0].name == "the a"


ANSWERS = st.tuples(
    st.sampled_from(["ann", "bob"]),
    st.sampled_from([("a", "x"), ("a", "y"), ("b", "x"), ("b", "z")]),
    st.sampled_from([*Outcome, None]),  # None: undo
)


@given(answers=st.lists(ANSWERS, max_size=12), known=st.booleans(), several=st.booleans())
# the fixtures are functions that keep nothing
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_states_kept_beside_decisions_are_those_told_from_all_of_them(
    tmp_path_factory: pytest.TempPathFactory,
    put: Callable[..., None],
    say: Say,
    answers: list[tuple[str, tuple[str, str], Outcome | None]],
    known: bool,
    several: bool,
) -> None:
    db = connect(tmp_path_factory.mktemp("states") / "kgreview.db", create=True)
    put(db, [("a", "x"), ("a", "y"), ("b", "x"), ("b", "z")], [0.9, 0.55, 0.3, 0.5])
    replace_several(db, [("film", "film", "right")] if several else [])
    enter(db, known=(("b", "z"),) if known else ())
    for curator, pair, outcome in answers:
        if outcome is None:
            undo(db, curator)
        else:
            say(db, curator, *pair, outcome)
    kept = [(states(db, side), counted(db, side)) for side in ("left", "right")]
    renew_entity_states(db)
    told = [(states(db, side), counted(db, side)) for side in ("left", "right")]
    assert kept == told
    for of_side, numbers in told:
        assert Counter(of_side.values()) == numbers
        assert set(of_side.values()) <= set(STATES)
    db.close()
