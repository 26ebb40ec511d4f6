"""What joins entities, and which groups are kept: events, undone like decisions."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest
from sqlite_utils import Database

from kgreview.errors import InputError
from kgreview.store.entities import replace_known_matches
from kgreview.store.joined import ask_again, joined_pairs, keep_group, kept_groups, links_of
from kgreview.store.outcomes import Outcome
from kgreview.store.refreshed import set_gone

MATCH, NO_MATCH, NONE = Outcome.MATCH, Outcome.NO_MATCH, Outcome.NO_COUNTERPART
Say = Callable[..., object]


def joined(db: Database) -> list[tuple[str, str]]:
    return sorted(zip(*joined_pairs(db), strict=True))


def test_links_and_accepted_pairs_join_each_once(db: Database, say: Say) -> None:
    replace_known_matches(db, [("a", "x", "film", "film"), ("b", "z", "film", "film")])
    say(db, "ann", "a", "x", MATCH)
    say(db, "ann", "a", "y", MATCH)
    say(db, "bob", "a", "y", MATCH)
    say(db, "ann", "b", "x", Outcome.UNSURE)
    assert joined(db) == [("a", "x"), ("a", "y"), ("b", "z")]
    assert links_of(db, "a") == {"x"}


@pytest.mark.parametrize(("right", "outcome"), [("x", NO_MATCH), ("y", NONE)])
def test_what_somebody_contradicts_joins_nothing(
    db: Database, say: Say, right: str, outcome: Outcome
) -> None:
    replace_known_matches(db, [("a", "x", "film", "film")])
    say(db, "ann", "a", "x", MATCH)
    say(db, "bob", "a", right, outcome)
    assert joined(db) == []


def test_an_entity_that_is_gone_joins_nothing(db: Database, say: Say) -> None:
    say(db, "ann", "a", "x", MATCH)
    set_gone(db, [], ["x"])
    assert joined(db) == []


def test_a_kept_group_is_kept_once_and_can_be_asked_about_again(db: Database) -> None:
    keep_group(db, "abc", 3, curator="ann", note="all remakes")
    keep_group(db, "abc", 3, curator="bob", note="")
    (kept,) = kept_groups(db).values()
    assert (kept.curator, kept.note) == ("ann", "all remakes")
    ask_again(db, kept.id, curator="bob")
    assert kept_groups(db) == {}
    with pytest.raises(InputError, match="not kept any more"):
        ask_again(db, kept.id, curator="bob")
    keep_group(db, "abc", 3, curator="bob", note="")
    assert kept_groups(db)["abc"].curator == "bob"


def test_what_was_said_of_groups_is_never_changed(db: Database) -> None:
    keep_group(db, "abc", 3, curator="ann", note="")
    for change in ("UPDATE kept_groups SET note = 'x'", "DELETE FROM kept_groups"):
        with pytest.raises(sqlite3.IntegrityError, match="events"):
            db.execute(change)
    with pytest.raises(InputError, match="curator's name"):
        keep_group(db, "abc", 3, curator=" ", note="")


def test_what_is_called_close_joins_nothing_and_a_link_no_more(db: Database, say: Say) -> None:
    replace_known_matches(db, [("a", "x", "film", "film"), ("b", "z", "film", "film")])
    say(db, "ann", "a", "x", Outcome.CLOSE)
    say(db, "ann", "a", "y", Outcome.BROADER)
    say(db, "ann", "b", "z", Outcome.CLOSE)
    say(db, "bob", "b", "z", MATCH)
    assert joined(db) == [("b", "z")]
