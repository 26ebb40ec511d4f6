"""A pair that a person adds: saved whole or not at all, numbered behind those of blocking."""

import dataclasses
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sqlite_utils import Database

from kgreview.store.added_pairs import (
    AddedAnew,
    AddedPair,
    add_pair,
    added_pair,
    added_pairs,
    blocked_count,
    score_added,
    unscored,
)
from kgreview.store.asked_types import open_count
from kgreview.store.candidate_pairs import CandidateBatch, candidate_count, replace_candidates
from kgreview.store.database import database, value
from kgreview.store.deciding import undo
from kgreview.store.decisions import standing, training_decisions
from kgreview.store.outcomes import Outcome
from kgreview.store.questions import question
from kgreview.store.queue import next_question
from kgreview.store.stored_plan import askable
from kgreview.store.versions import add_version, promote, scores_of, version, write_scores

FOUND = AddedPair(
    "b", "y", "film", "film", similarities=np.array([0.25, np.nan], "f4"), curator="Ada"
)


def add(db: Database, pair: AddedPair = FOUND, score: float | None = 0.75, **given: object) -> int:
    return add_pair(db, pair, audit=None, version="v1", score=score, **given)  # type: ignore[arg-type]


def test_it_gets_the_next_number_and_its_score_and_is_open(db, open_pairs):
    before = open_count(db)
    assert add(db) == 4
    assert (candidate_count(db), blocked_count(db)) == (5, 4)
    assert ("b", "y") in open_pairs(db)
    assert open_count(db) == before + 1
    asked = question(db, "b", "y", "Ada")
    assert asked is not None
    assert (asked.candidate, asked.score, asked.strategy) == (4, 0.75, "chosen")
    assert [pair.right for pair in scores_of(db, left="b")] == ["y", "z", "x"]
    kept = added_pair(db, "b", "y")
    assert kept is not None
    assert kept.similarities is not None
    assert np.array_equal(kept.similarities, [0.25, np.nan], equal_nan=True)
    assert (kept.curator, kept.candidate) == ("Ada", 4)


def test_a_pair_that_is_a_candidate_already_stays_as_it_is(db):
    assert add(db) == add(db, dataclasses.replace(FOUND, curator="Bob"), 0.1) == 4
    assert add(db, AddedPair("a", "x", "film", "film")) == 0
    assert [pair.curator for pair in added_pairs(db)] == ["Ada"]
    asked = question(db, "b", "y", "Ada")
    assert asked is not None
    assert asked.score == 0.75
    assert open_count(db) == 5


def test_without_a_score_it_can_be_decided_all_the_same(db, say):
    add(db, score=None)
    asked = question(db, "b", "y", "Ada")
    assert asked is not None
    assert asked.score is None
    say(db, "Ada", "b", "y", Outcome.MATCH, strategy="chosen")
    assert [pair.label for pair in training_decisions(db)] == [1]
    assert unscored(db, "v1") != []


def test_a_match_that_is_accepted_teaches_and_puts_its_competitors_at_odds(db, say):
    add(db)
    say(db, "Ada", "b", "y", Outcome.MATCH, strategy="chosen")
    assert [(d.left, d.right, d.label) for d in training_decisions(db)] == [("b", "y", 1)]
    sql = "SELECT candidate FROM scores WHERE conflict = 1 ORDER BY candidate"
    assert db.execute(sql).fetchall() == [(1,), (2,), (3,)]  # a-y, b-x, b-z


def test_undo_takes_the_decision_back_and_the_pair_stays(db, say, open_pairs):
    add(db)
    say(db, "Ada", "b", "y", Outcome.MATCH, strategy="chosen")
    assert ("b", "y") not in open_pairs(db)
    assert undo(db, "Ada") is not None
    assert standing(db) == []
    assert ("b", "y") in open_pairs(db)
    asked = next_question(db, "Ada")
    assert asked is not None
    assert candidate_count(db) == 5


def test_what_is_settled_when_it_is_added_is_not_open(db, say, open_pairs):
    say(db, "Ada", "b", "x", Outcome.NO_COUNTERPART)
    before = open_count(db)
    add(db)
    add(db, AddedPair("c", "x", "film", "film", linked=True))
    assert not {("b", "y"), ("c", "x")} & open_pairs(db)
    assert open_count(db) == before


def test_a_plan_holds_what_blocking_found_alone(db):
    add(db)
    assert askable(db, "v1").tolist() == [0, 1, 2, 3]


def test_another_version_scores_what_blocking_found_and_then_what_people_added(db, score):
    add(db)
    score(db, "v2", [0.5, 0.5, 0.5, 0.5])
    assert version(db, "v2").scored
    assert [pair.candidate for pair in unscored(db, "v2")] == [4]
    score_added(db, "v2", {4: 0.625})
    assert unscored(db, "v2") == []
    promote(db, "v2")
    assert open_count(db) == 5
    assert scores_of(db, left="b")[0].score == 0.625


def test_a_pair_added_while_a_version_scores_does_not_stop_it(db):
    given = {"settings": {}, "figures": {}, "seed": 0, "threshold": 0.5}
    add_version(db, "v2", parent=None, kind="trained", **given)

    def batches():
        yield np.arange(2), np.full(2, 0.5)
        add(db)
        yield np.arange(2, 4), np.full(2, 0.5)

    write_scores(db, "v2", batches())
    assert promote(db, "v2").current


def put_anew(db: Database, pairs: list[tuple[str, str]], **given: object) -> None:
    films = ["film"] * len(pairs)
    batch = CandidateBatch([p[0] for p in pairs], [p[1] for p in pairs], films, films)
    replace_candidates(db, [batch], audit_share=0.0, seed=1, **given)  # type: ignore[arg-type]


def test_other_candidates_are_followed_by_what_people_added(db):
    add(db)
    put_anew(db, [("a", "x")])
    assert (blocked_count(db), candidate_count(db)) == (1, 2)
    (kept,) = added_pairs(db)
    assert (kept.candidate, kept.curator) == (1, "Ada")
    assert question(db, "b", "y", "Ada") is not None


def test_what_blocking_finds_by_itself_stands_once_and_is_nobodys_addition(db):
    add(db)
    put_anew(db, [("a", "x"), ("b", "y")])
    assert (blocked_count(db), candidate_count(db)) == (2, 2)
    assert [pair.candidate for pair in added_pairs(db)] == [None]
    put_anew(db, [("a", "x")])  # and lost again
    assert [pair.candidate for pair in added_pairs(db)] == [1]


def test_what_lacks_an_entity_waits_until_it_is_back(db):
    add(db)
    put_anew(db, [("a", "x")], anew=AddedAnew(lambda _: None))
    assert candidate_count(db) == blocked_count(db) == 1
    assert question(db, "b", "y", "Ada") is None
    renamed = AddedAnew(lambda pair: dataclasses.replace(pair, left_type="movie"))
    put_anew(db, [("a", "x")], anew=renamed)
    asked = question(db, "b", "y", "Ada")
    assert asked is not None
    assert asked.left_type == "movie"


STATEMENTS = 9  # of one addition, from BEGIN to COMMIT


def test_killed_at_any_step_the_pair_is_added_whole_or_not_at_all(
    path: Path, db: Database, python: Callable[..., subprocess.Popen[str]]
) -> None:
    before = open_count(db)
    copies = [path.with_name(f"{step}.db") for step in range(STATEMENTS + 1)]
    for copy in copies:
        db.execute("VACUUM INTO ?", [str(copy)])
    code = """
        import os, sys
        from pathlib import Path
        from kgreview.store.added_pairs import AddedPair, add_pair
        from kgreview.store.database import connect

        def add(path, last):
            db = connect(path)
            count = 0
            def step(sql):
                nonlocal count
                if sql.startswith("PRAGMA"):
                    return
                if count == last:
                    os._exit(9)
                count += 1
            db.conn.set_trace_callback(step)
            pair = AddedPair("b", "y", "film", "film")
            add_pair(db, pair, audit=None, version="v1", score=0.75)
            os._exit(0)

        for last, path in enumerate(sys.argv[1:]):
            child = os.fork()
            if not child:
                add(Path(path), last)
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    said, errors = python(code, *copies).communicate(timeout=60)
    assert said.split() == ["9"] * STATEMENTS + ["0"], errors
    for copy in copies:
        there = copy == copies[-1]
        with database(copy) as again:
            assert candidate_count(again) == 4 + there
            assert len(added_pairs(again)) == there
            assert (question(again, "b", "y", "Ada") is not None) == there
            assert open_count(again) == before + there
            assert value(again, "SELECT count(*) FROM scores WHERE candidate = 4") == there
            assert add(again) == 4  # and it can be added after that
            assert open_count(again) == before + 1
