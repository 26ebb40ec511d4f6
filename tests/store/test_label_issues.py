from collections.abc import Callable

import pytest
from sqlite_utils import Database

from kgreview.store import label_issues
from kgreview.store.deciding import undo
from kgreview.store.decisions import Decision, standing
from kgreview.store.label_issues import doubted, keep_doubts
from kgreview.store.outcomes import Outcome

Say = Callable[..., Decision]


def found(db: Database) -> list[tuple[int, float]]:
    look = doubted(db)
    assert look is not None
    return [(decision.id, wrong) for decision, wrong in look.found]


def test_nothing_is_known_before_anybody_looked(db: Database) -> None:
    assert doubted(db) is None


def test_the_last_look_is_kept_strongest_first(db: Database, say: Say) -> None:
    said = [say(db, "ann", "a", right, Outcome.MATCH) for right in "xy"]
    keep_doubts(db, {said[0].id: 0.9}, looked_at=1, newest=said[0].id)
    keep_doubts(db, {said[0].id: 0.6, said[1].id: 0.8}, looked_at=2, newest=said[1].id)
    look = doubted(db)
    assert look is not None
    assert (look.looked_at, look.newest) == (2, said[1].id)
    assert look.found == ((said[1], 0.8), (said[0], 0.6))


def test_only_the_strongest_are_kept(
    db: Database, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_issues, "_KEPT", 2)
    said = [say(db, "ann", left, "x", Outcome.MATCH).id for left in "abc"]
    wrong = dict(zip(said, (0.6, 0.9, 0.8), strict=True))
    keep_doubts(db, wrong, looked_at=3, newest=said[-1])
    assert found(db) == [(said[1], 0.9), (said[2], 0.8)]


def test_what_was_looked_at_again_takes_nobodys_place(
    db: Database, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_issues, "_KEPT", 1)
    say(db, "ann", "a", "x", Outcome.MATCH)
    twice = say(db, "ann", "a", "x", Outcome.MATCH, strategy="again")
    once = say(db, "ann", "a", "y", Outcome.MATCH)
    keep_doubts(db, {twice.id: 0.9, once.id: 0.6}, looked_at=2, newest=once.id)
    assert found(db) == [(once.id, 0.6)]


def test_the_cost_of_the_list_does_not_grow_with_the_decisions(
    fresh_db: Database, put: Callable[..., None], say: Say, steps: Callable[..., int]
) -> None:
    cost = []
    for size in (200, 800):
        put(fresh_db, [(f"{size}l{i}", f"{size}r{i}") for i in range(size)])
        said = [
            say(fresh_db, "ann", f"{size}l{i}", f"{size}r{i}", Outcome.MATCH) for i in range(size)
        ]
        keep_doubts(fresh_db, {d.id: 0.9 for d in said[-50:]}, looked_at=size, newest=said[-1].id)
        cost.append(steps(fresh_db, lambda: doubted(fresh_db)))
    assert cost[1] < 1.2 * cost[0]


def test_a_second_look_settles_a_doubt_and_a_skip_before_it_is_no_look(
    db: Database, say: Say
) -> None:
    say(db, "ann", "a", "x", Outcome.SKIP)
    say(db, "ann", "a", "x", Outcome.MATCH)
    say(db, "ann", "b", "z", Outcome.UNSURE)
    say(db, "ann", "b", "z", Outcome.NO_MATCH)
    said = standing(db)
    keep_doubts(db, {d.id: 0.9 for d in said}, looked_at=2, newest=said[-1].id)
    assert found(db) == [(said[0].id, 0.9)]


def test_who_says_the_same_settles_it_and_who_contradicts_does_not(db: Database, say: Say) -> None:
    doubtful = say(db, "ann", "a", "x", Outcome.MATCH)
    keep_doubts(db, {doubtful.id: 0.9}, looked_at=1, newest=doubtful.id)
    say(db, "bob", "a", "x", Outcome.NO_MATCH)
    assert found(db) == [(doubtful.id, 0.9)]
    say(db, "bob", "a", "x", Outcome.MATCH)
    assert found(db) == []
    undo(db, "bob")
    assert found(db) == [(doubtful.id, 0.9)]
