import sqlite3
from collections.abc import Callable, Iterator

import pytest
from sqlite_utils import Database

from kgreview.errors import InputError
from kgreview.store.asked_types import open_count
from kgreview.store.candidate_pairs import (
    AUDIT_OF,
    CandidateBatch,
    audit_order,
    candidate_count,
    replace_candidates,
)
from kgreview.store.database import get_meta
from kgreview.store.decisions import standing
from kgreview.store.outcomes import Outcome
from kgreview.store.queue import next_question
from kgreview.store.versions import current_version, promote, scores_of


def test_a_pair_has_its_place_in_the_columns_for_an_id(fresh_db: Database) -> None:
    batches = [
        CandidateBatch(["a", "a"], ["x", "y"], ["film", "film"], ["movie", "movie"]),
        CandidateBatch(["b"], ["x"], ["person"], ["actor"]),
    ]
    told: list[tuple[int, int | None]] = []
    count = replace_candidates(
        fresh_db,
        batches,
        audit_share=0,
        seed=0,
        total=3,
        progress=lambda stage, done, total=None, **figures: told.append((done, total)),  # noqa: ARG005
    )
    assert count == candidate_count(fresh_db) == 3
    assert told == [(2, 3), (3, 3)]
    assert fresh_db.execute(
        "SELECT id, left, right, left_type, right_type FROM candidates"
    ).fetchall() == [
        (0, "a", "x", "film", "movie"),
        (1, "a", "y", "film", "movie"),
        (2, "b", "x", "person", "actor"),
    ]


def test_the_audit_slice_is_a_random_share_of_left_entities_that_repeats_for_a_seed() -> None:
    entities = [f"left {i}" for i in range(20_000)]
    drawn = [entity for entity in entities if audit_order(entity, 0.1, 7) is not None]
    assert 0.09 < len(drawn) / len(entities) < 0.11
    assert drawn == [entity for entity in entities if audit_order(entity, 0.1, 7) is not None]
    assert drawn != [entity for entity in entities if audit_order(entity, 0.1, 8) is not None]
    # a larger share only adds to it, and its order has nothing to do with the ids
    assert all(audit_order(entity, 0.2, 7) == audit_order(entity, 0.1, 7) for entity in drawn)
    assert sorted(drawn, key=lambda entity: audit_order(entity, 0.1, 7) or 0) != drawn
    assert [audit_order("a", share, 7) is None for share in (0.0, 1.0)] == [True, False]


def test_all_pairs_of_an_entity_are_in_the_audit_slice_or_none(
    fresh_db: Database, put: Callable[..., None]
) -> None:
    put(fresh_db, [(f"l{i:03}", f"r{j}") for i in range(200) for j in range(3)], audit=0.2)
    of_entity = fresh_db.execute(
        "SELECT count(audit), count(DISTINCT audit) FROM candidates GROUP BY left"
    ).fetchall()
    assert set(of_entity) == {(0, 0), (3, 1)}
    assert get_meta(fresh_db, AUDIT_OF) == "left"


def test_new_candidates_leave_the_decisions_and_end_the_scores(
    db: Database,
    put: Callable[..., None],
    say: Callable[..., object],
    open_pairs: Callable[[Database], set[tuple[str, str]]],
    score: Callable[..., None],
) -> None:
    say(db, "ann", "a", "x", Outcome.MATCH)
    say(db, "ann", "b", "z", Outcome.NO_MATCH)
    put(db, [("b", "z"), ("c", "x"), ("a", "x")])
    assert [(d.left, d.right) for d in standing(db)] == [("a", "x"), ("b", "z")]
    assert scores_of(db, left="a") == []
    assert next_question(db, "ann") is None
    version = current_version(db)
    assert version is not None
    assert not version.scored
    with pytest.raises(InputError, match="score it first"):
        promote(db, "v1")
    score(db, "v2", [0.5, 0.5, 0.5])
    promote(db, "v2")
    assert open_pairs(db) == {("c", "x")}
    assert open_count(db) == 1


def test_a_skip_follows_its_pair_to_a_new_id(
    db: Database, put: Callable[..., None], say: Callable[..., object], score: Callable[..., None]
) -> None:
    say(db, "ann", "b", "z", Outcome.SKIP)
    put(db, [("c", "x"), ("b", "z")])
    score(db, "v2", [0.1, 0.5])
    promote(db, "v2")
    for curator, left in (("ann", "c"), ("bob", "b")):
        question = next_question(db, curator)
        assert question is not None
        assert question.left == left


def test_interrupted_new_candidates_change_nothing_and_can_be_put_again(
    db: Database, put: Callable[..., None]
) -> None:
    def broken() -> Iterator[CandidateBatch]:
        yield CandidateBatch(["c"], ["x"], ["film"], ["film"])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace_candidates(db, broken(), audit_share=0, seed=0)
    assert candidate_count(db) == 4
    assert open_count(db) == 4
    put(db, [("c", "x")])
    assert candidate_count(db) == 1


def test_a_pair_that_comes_twice_is_refused(db: Database) -> None:
    twice = CandidateBatch(["c", "c"], ["x", "x"], ["film"] * 2, ["film"] * 2)
    with pytest.raises(sqlite3.IntegrityError):
        replace_candidates(db, [twice], audit_share=0, seed=0)
    assert candidate_count(db) == 4


def test_the_table_keeps_its_indexes_through_two_replacements(
    db: Database, put: Callable[..., None]
) -> None:
    before = {(index.unique, tuple(index.columns)) for index in db["candidates"].indexes}
    put(db, [("a", "x")])
    put(db, [("a", "y")])
    after = {(index.unique, tuple(index.columns)) for index in db["candidates"].indexes}
    assert after == before == {(1, ("left", "right")), (1, ("right", "left"))}


def test_a_pair_that_a_known_link_settles_is_never_asked_and_keeps_its_score(
    fresh_db: Database, score: Callable[..., None]
) -> None:
    batch = CandidateBatch(["a", "b"], ["x", "y"], ["film"] * 2, ["film"] * 2, [True, False])
    replace_candidates(fresh_db, [batch], audit_share=0, seed=0)
    score(fresh_db, "v1", [0.5, 0.9])
    promote(fresh_db, "v1")
    assert open_count(fresh_db) == 1
    asked = next_question(fresh_db, "Ada")
    assert asked is not None
    assert asked.left == "b"
    assert [found.score for found in scores_of(fresh_db, left="a")] == [0.5]
