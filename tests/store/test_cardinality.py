from collections.abc import Callable

from sqlite_utils import Database

from kgreview.store.cardinality import replace_several, sides_with_several
from kgreview.store.conflicts import conflicts
from kgreview.store.decisions import Decision
from kgreview.store.outcomes import Outcome

Say = Callable[..., Decision]
FILMS = ("film", "film")
OF_LEFT, OF_RIGHT = (*FILMS, "left"), (*FILMS, "right")


def at_odds(db: Database) -> list[tuple[str, str]]:
    sql = """SELECT c.left, c.right FROM scores s JOIN candidates c ON c.id = s.candidate
        WHERE s.conflict = 1 ORDER BY c.id"""
    return db.execute(sql).fetchall()


def test_a_second_match_is_a_conflict_only_where_an_entity_has_one_counterpart(
    db: Database, say: Say
) -> None:
    say(db, "bob", "a", "x", Outcome.MATCH)
    assert at_odds(db) == [("a", "y"), ("b", "x")]
    replace_several(db, [OF_LEFT])
    assert at_odds(db) == [("b", "x")]
    assert conflicts(db, "a", "y", FILMS, Outcome.MATCH) == []
    assert [each.kind for each in conflicts(db, "b", "x", FILMS, Outcome.MATCH)] == ["matched"]
    replace_several(db, [OF_LEFT, OF_RIGHT])
    assert at_odds(db) == []
    replace_several(db, [])
    assert at_odds(db) == [("a", "y"), ("b", "x")]


def test_decisions_that_follow_are_told_by_it(db: Database, say: Say) -> None:
    replace_several(db, [OF_RIGHT])
    say(db, "bob", "a", "x", Outcome.MATCH)
    assert at_odds(db) == [("a", "y")]


def test_that_an_entity_has_no_counterpart_contradicts_a_match_all_the_same(
    db: Database, say: Say
) -> None:
    replace_several(db, [OF_LEFT, OF_RIGHT])
    say(db, "bob", "a", "x", Outcome.MATCH)
    found = conflicts(db, "a", "y", FILMS, Outcome.NO_COUNTERPART)
    assert [each.kind for each in found] == ["matched"]


def test_it_holds_for_two_types_and_no_others(db: Database) -> None:
    replace_several(db, [OF_LEFT, OF_RIGHT])
    assert sides_with_several(db, FILMS) == {"left", "right"}
    assert sides_with_several(db, ("film", "person")) == set()
