from collections.abc import Callable

from sqlite_utils import Database

from kgreview.store.conflicts import Conflict, conflicts
from kgreview.store.deciding import decide, undo
from kgreview.store.decisions import Decision, counts, standing
from kgreview.store.entities import EntityBatch, replace_entities
from kgreview.store.outcomes import Outcome

Say = Callable[..., Decision]
FILMS = ("film", "film")


def found(
    db: Database, left: str, right: str, outcome: Outcome = Outcome.MATCH
) -> list[tuple[str, tuple[int, ...]]]:
    return [(each.kind, each.decisions) for each in conflicts(db, left, right, FILMS, outcome)]


def test_nothing_decided_is_at_odds_with_nothing(db: Database, say: Say) -> None:
    assert all(conflicts(db, "a", "x", FILMS, outcome) == [] for outcome in Outcome)
    say(db, "bob", "a", "x", Outcome.MATCH)
    assert found(db, "a", "x") == []  # to say the same again contradicts nobody
    assert found(db, "a", "y", Outcome.SKIP) == found(db, "a", "y", Outcome.UNSURE) == []


def test_an_entity_matched_already_is_told_from_either_side(db: Database, say: Say) -> None:
    said = say(db, "bob", "a", "x", Outcome.MATCH)
    assert found(db, "a", "y") == [("matched", (said.id,))]
    assert found(db, "b", "x") == [("matched", (said.id,))]
    assert found(db, "a", "y", Outcome.NO_COUNTERPART) == [("matched", (said.id,))]
    assert found(db, "a", "y", Outcome.NO_MATCH) == []
    undo(db, "bob")
    assert found(db, "a", "y") == []


def test_it_is_said_in_words_with_names(db: Database, say: Say) -> None:
    def names(side: str, ids: str) -> EntityBatch:
        films = ["film"] * len(ids)
        return EntityBatch(side, list(ids), [f"Name of {i}" for i in ids], films, [[]] * 2)

    replace_entities(db, [names("left", "ab"), names("right", "xy")], [("b", "y", *FILMS)])
    said = say(db, "bob", "a", "x", Outcome.MATCH)
    assert conflicts(db, "a", "y", FILMS, Outcome.MATCH) == [
        Conflict("matched", "Name of a is matched to Name of x already (by bob).", (said.id,)),
        # a known link is no decision: it cannot be taken back
        Conflict("matched", "Name of y is matched to Name of b already (a known link)."),
    ]


def test_no_counterpart_contradicts_a_match(db: Database, say: Say) -> None:
    said = say(db, "bob", "a", "x", Outcome.NO_COUNTERPART)
    assert found(db, "a", "y") == [("no_counterpart", (said.id,))]


def test_a_match_that_joins_what_was_rejected_is_told(db: Database, say: Say) -> None:
    first = say(db, "ann", "a", "x", Outcome.MATCH)
    rejected = say(db, "bob", "b", "x", Outcome.NO_MATCH)
    # a = x and a = y; y = b would make b = x, which was rejected
    second = say(db, "ann", "a", "y", Outcome.MATCH)
    assert found(db, "b", "y") == [("matched", (second.id,)), ("chain", (rejected.id,))]
    undo(db, "bob")
    assert found(db, "b", "y") == [("matched", (second.id,))]
    assert first.id


def test_a_rejection_of_what_matches_join_is_told_with_the_way(db: Database, say: Say) -> None:
    ids = [say(db, "ann", *pair, Outcome.MATCH).id for pair in (("a", "x"), ("b", "x"), ("b", "z"))]
    assert found(db, "a", "z", Outcome.NO_MATCH) == [("chain", tuple(reversed(ids)))]
    assert found(db, "a", "x", Outcome.NO_MATCH) == []  # the match itself is superseded


def test_types_of_two_names_that_nothing_joined_are_told_once(db: Database, say: Say) -> None:
    strange = ("film", "person")
    assert [each.kind for each in conflicts(db, "a", "x", strange, Outcome.MATCH)] == ["types"]
    db.execute("UPDATE candidates SET right_type = 'person' WHERE left = 'b' AND right = 'z'")
    say(db, "ann", "b", "z", Outcome.MATCH)
    assert conflicts(db, "a", "x", strange, Outcome.MATCH) == []
    undo(db, "ann")
    replace_entities(db, [], [("q", "r", *strange)])
    assert conflicts(db, "a", "x", strange, Outcome.MATCH) == []


def test_a_long_chain_is_not_followed_for_ever(db: Database, say: Say) -> None:
    for i in range(60):
        say(db, "ann", f"l{i}", f"r{i}", Outcome.MATCH)
        say(db, "ann", f"l{i}", f"r{i + 1}", Outcome.MATCH)
    assert found(db, "l0", "r60", Outcome.NO_MATCH) == []
    assert [kind for kind, _ in found(db, "l0", "r5", Outcome.NO_MATCH)] == ["chain"]


def switch(db: Database, aside: list[int]) -> Decision:
    return decide(
        db,
        left="a",
        right="y",
        curator="ann",
        outcome=Outcome.MATCH,
        seconds=1.0,
        version="v1",
        score=0.5,
        strategy="uncertainty",
        question="switch",
        set_aside=aside,
    )


def test_switching_puts_the_old_pair_back_and_one_undo_brings_it_back(
    db: Database, say: Say, open_pairs: Callable[[Database], set[tuple[str, str]]]
) -> None:
    old = say(db, "bob", "a", "x", Outcome.MATCH)
    new = switch(db, [old.id])
    assert standing(db) == [new]
    assert switch(db, [old.id]) == new  # a second press changes nothing
    assert ("a", "x") in open_pairs(db)
    assert undo(db, "ann") == new
    assert standing(db) == [old]
    assert open_pairs(db) == {("a", "y"), ("b", "x"), ("b", "z")}


def test_what_was_said_twice_is_set_aside_as_a_whole(
    db: Database, say: Say, open_pairs: Callable[[Database], set[tuple[str, str]]]
) -> None:
    say(db, "bob", "a", "x", Outcome.MATCH)
    again = say(db, "bob", "a", "x", Outcome.MATCH, strategy="again")
    new = switch(db, [again.id])
    assert standing(db) == [new]
    assert ("a", "x") in open_pairs(db)
    assert undo(db, "ann") == new
    assert standing(db) == [again]
    assert counts(db, "bob")[Outcome.MATCH] == 1
    undo(db, "bob")
    assert len(standing(db)) == 1, "the first answer"


def test_what_a_second_look_has_mended_does_not_come_back_when_that_is_set_aside(
    db: Database, say: Say, open_pairs: Callable[[Database], set[tuple[str, str]]]
) -> None:
    say(db, "bob", "a", "x", Outcome.NO_MATCH)
    mended = say(db, "bob", "a", "x", Outcome.MATCH, strategy="again")
    new = switch(db, [mended.id])
    assert standing(db) == [new]
    assert ("a", "x") in open_pairs(db)
    assert undo(db, "ann") == new
    assert standing(db) == [mended]


def test_what_its_curator_answered_anew_is_not_brought_back(db: Database, say: Say) -> None:
    old = say(db, "bob", "a", "x", Outcome.MATCH)
    switch(db, [old.id])
    anew = say(db, "bob", "a", "x", Outcome.NO_MATCH)
    undo(db, "ann")
    assert standing(db) == [anew]
