import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from sqlite_utils import Database

from kgreview.errors import InputError
from kgreview.store.asked_types import open_count
from kgreview.store.database import StoreError
from kgreview.store.deciding import undo
from kgreview.store.decisions import standing
from kgreview.store.outcomes import Outcome
from kgreview.store.queue import next_question
from kgreview.store.versions import (
    ScoreBatch,
    add_version,
    current_version,
    decisions_seen,
    drop_old_scores,
    promote,
    promotions,
    scores_of,
    version,
    versions,
    write_scores,
)

Say = Callable[..., object]
Score = Callable[..., None]
OpenPairs = Callable[[Database], set[tuple[str, str]]]


def scored(db: Database) -> dict[str, int]:
    """How many scores each version has."""
    sql = "SELECT v.name, count(s.version) FROM versions v LEFT JOIN scores s ON s.version = v.id"
    return dict(db.execute(f"{sql} GROUP BY v.id").fetchall())


def test_a_version_keeps_what_it_learnt_from(db: Database, say: Callable[..., object]) -> None:
    for right in ("x", "y"):
        say(db, "ann", "a", right, Outcome.MATCH)
    added = add_version(
        db,
        "v2",
        parent="v1",
        kind="fine-tuned",
        settings={"width": 64, "cap": 10},
        figures={"prauc": 0.91},
        seed=3,
        threshold=0.4,
        decisions=[2, 1],
    )
    assert (added.parent, added.kind, added.seed, added.threshold) == ("v1", "fine-tuned", 3, 0.4)
    assert added.settings == {"width": 64, "cap": 10}
    assert added.figures == {"prauc": 0.91}
    assert (added.scored, added.current, added.promoted_at) == (False, False, None)
    assert decisions_seen(db, "v2") == [1, 2]
    assert decisions_seen(db, "v1") == []
    assert [known.name for known in versions(db)] == ["v2", "v1"]


def test_names_are_taken_once_and_unknown_ones_are_refused(db: Database) -> None:
    with pytest.raises(InputError, match="'v1' exists already"):
        add_version(db, "v1", parent=None, kind="x", settings={}, figures={}, seed=0, threshold=0.5)
    for ask in (version, promote):
        with pytest.raises(InputError, match="no version 'v9'"):
            ask(db, "v9")


def test_a_new_version_shows_only_after_its_promotion(db: Database, score: Score) -> None:
    score(db, "v2", [0.5, 0.1, 0.1, 0.1], parent="v1")
    assert [c.score for c in scores_of(db, left="a")] == [0.9, 0.55]
    promoted = promote(db, "v2")
    assert promoted == current_version(db)
    assert promoted.promoted_at is not None
    assert not version(db, "v1").current
    assert [c.score for c in scores_of(db, left="a")] == [0.5, 0.1]
    shown = next_question(db, "ann")
    assert shown is not None
    assert (shown.left, shown.right, shown.version) == ("a", "x", "v2")


def test_the_version_before_can_be_made_current_again(db: Database, score: Score) -> None:
    score(db, "v2", [0.5, 0.1, 0.1, 0.1], parent="v1")
    promote(db, "v2")
    promote(db, "v1")
    shown = next_question(db, "ann")
    assert shown is not None
    assert (shown.left, shown.right, shown.version) == ("b", "z", "v1")


def test_a_version_that_has_not_scored_everything_cannot_be_promoted(db: Database) -> None:
    add_version(db, "v2", parent="v1", kind="x", settings={}, figures={}, seed=0, threshold=0.5)
    with pytest.raises(InputError, match="score it first"):
        promote(db, "v2")
    with pytest.raises(StoreError, match="2 of 4 candidates got no score"):
        write_scores(db, "v2", [(np.array([0, 1]), np.array([0.5, 0.5]))])
    with pytest.raises(InputError, match="score it first"):
        promote(db, "v2")
    assert current_version(db) == version(db, "v1")
    write_scores(db, "v2", [(np.array([2, 3]), np.array([0.5, 0.5], np.float32))])  # the rest
    assert promote(db, "v2").current


def test_a_score_that_is_not_a_number_is_refused(db: Database) -> None:
    with pytest.raises(ValueError, match="not a number"):
        write_scores(db, "v1", [(np.arange(4), np.array([0.1, 0.2, np.nan, 0.3]))])


def test_a_score_of_a_pair_that_is_no_candidate_is_refused(db: Database) -> None:
    with pytest.raises(StoreError, match="no candidates: they were replaced meanwhile"):
        write_scores(db, "v1", [(np.arange(5), np.full(5, 0.5))])
    assert [c.score for c in scores_of(db, left="a")] == [0.9, 0.55]


def test_scoring_again_replaces_the_scores(db: Database, say: Say, open_pairs: OpenPairs) -> None:
    say(db, "ann", "a", "x", Outcome.MATCH)
    write_scores(db, "v1", [(np.arange(4), np.array([0.5, 0.2, 0.2, 0.2]))])
    assert [c.score for c in scores_of(db, left="a")] == [0.5, 0.2]
    assert ("a", "x") not in open_pairs(db)
    assert open_count(db) == 3


def test_what_is_decided_while_scores_are_written_holds_after_the_promotion(
    db: Database, say: Say, open_pairs: OpenPairs
) -> None:
    say(db, "bob", "b", "x", Outcome.MATCH)
    add_version(db, "v2", parent="v1", kind="x", settings={}, figures={}, seed=0, threshold=0.5)

    def batches() -> Iterator[ScoreBatch]:
        yield np.array([0, 1]), np.array([0.5, 0.5])
        say(db, "ann", "a", "x", Outcome.MATCH)  # scored already
        say(db, "ann", "b", "z", Outcome.NO_MATCH)  # not yet
        undo(db, "bob")
        yield np.array([2, 3]), np.array([0.5, 0.5])

    write_scores(db, "v2", batches())
    say(db, "ann", "a", "y", Outcome.UNSURE)
    promote(db, "v2")
    assert open_pairs(db) == {("b", "x")}
    assert open_count(db) == 1


def test_writing_tells_how_far_it_is(db: Database) -> None:
    told: list[tuple[str, int, int | None]] = []

    def tell(stage: str, done: int, total: int | None = None, **_: float) -> None:
        told.append((stage, done, total))

    write_scores(db, "v1", [(np.array([i]), np.array([0.5])) for i in range(4)], tell)
    assert told == [("write scores", done, 4) for done in (1, 2, 3, 4)]


def test_scores_are_kept_for_the_current_version_its_parent_and_what_is_newer(
    db: Database, score: Score
) -> None:
    for name, parent in (("v2", "v1"), ("v3", "v2"), ("v4", "v2"), ("v5", "v4")):
        score(db, name, [0.1, 0.2, 0.3, 0.4], parent=parent)
    promote(db, "v4")
    assert drop_old_scores(db) == 8
    assert scored(db) == {"v1": 0, "v2": 4, "v3": 0, "v4": 4, "v5": 4}
    assert {v.name for v in versions(db) if v.scored} == {"v2", "v4", "v5"}
    with pytest.raises(InputError, match="score it first"):
        promote(db, "v3")
    assert drop_old_scores(db) == 0
    assert open_count(db) == 4


def test_dropping_old_scores_in_many_small_steps_leaves_none(
    db: Database, score: Score, monkeypatch: pytest.MonkeyPatch
) -> None:
    score(db, "v2", [0.1, 0.2, 0.3, 0.4])
    promote(db, "v2")
    monkeypatch.setattr("kgreview.store.versions._CHUNK", 2)
    assert drop_old_scores(db) == 4
    assert scored(db) == {"v1": 0, "v2": 4}


def test_nothing_is_dropped_before_anything_is_current(fresh_db: Database) -> None:
    assert drop_old_scores(fresh_db) == 0


def test_the_candidates_of_an_entity_come_best_first(db: Database, say: Say) -> None:
    say(db, "ann", "b", "x", Outcome.NO_MATCH)
    found = [(c.left, c.right, c.score, c.open) for c in scores_of(db, right="x")]
    assert found == [("a", "x", 0.9, True), ("b", "x", 0.3, False)]
    assert [c.candidate for c in scores_of(db, left="b")] == [3, 2]
    assert scores_of(db, left="nobody") == []
    for sides in ({}, {"left": "a", "right": "x"}):
        with pytest.raises(ValueError, match="either the left or the right"):
            scores_of(db, **sides)


def test_every_promotion_is_an_event_that_stays(db: Database, score: Score) -> None:
    score(db, "v2", [0.5, 0.1, 0.1, 0.1], parent="v1")
    promote(db, "v2")
    promote(db, "v2")  # it is current already
    promote(db, "v1", curator="ann", reason="v2 forgets the films")
    told = [(p.version, p.previous, p.curator, p.reason) for p in promotions(db)]
    assert told == [
        ("v1", "v2", "ann", "v2 forgets the films"),
        ("v2", "v1", None, None),
        ("v1", None, None, None),
    ]
    for change in ("UPDATE promotions SET curator = 'bob'", "DELETE FROM promotions"):
        with pytest.raises(sqlite3.IntegrityError, match="promotions are events"):
            db.execute(change)


@pytest.mark.parametrize(("curator", "reason"), [(None, None), ("ann", " "), (None, "better")])
def test_a_held_version_is_made_current_only_with_a_name_and_a_reason(
    db: Database, curator: str | None, reason: str | None
) -> None:
    add_version(
        db,
        "v2",
        parent="v1",
        kind="fine-tuned",
        settings={},
        figures={},
        seed=0,
        threshold=0.5,
        held="PRAUC fell",
    )
    assert version(db, "v2").held_back
    write_scores(db, "v2", [(np.arange(4), np.full(4, 0.5))])
    with pytest.raises(InputError, match="was not promoted: PRAUC fell; to make it"):
        promote(db, "v2", curator=curator, reason=reason)
    assert current_version(db) == version(db, "v1")
    promote(db, "v2", curator="ann", reason="it finds the songs")
    assert version(db, "v2").current
    assert not version(db, "v2").held_back
    promote(db, "v1")
    promote(db, "v2")  # it was overruled once: what it is worth is known
    assert version(db, "v2").held == "PRAUC fell"


def test_what_was_shown_stays_true_when_the_version_goes(
    db: Database, score: Score, say: Say
) -> None:
    say(db, "ann", "a", "x", Outcome.MATCH, version="v1", score=0.9)
    score(db, "v2", [0.5, 0.1, 0.1, 0.1], parent="v1")
    promote(db, "v2")
    promote(db, "v1")
    (shown,) = standing(db)
    assert (shown.version, shown.score) == ("v1", 0.9)


@pytest.mark.parametrize("name", ["../v1", "/tmp/v1", "a/b", "..", ".", "", "a\\b", "a\0b"])
def test_the_name_of_a_version_leads_out_of_no_folder(db: Database, name: str) -> None:
    """A project that somebody made up may name one; files are written and removed by it."""
    add_version(db, "good", **_NEW)
    with pytest.raises(StoreError, match="no name of a folder"):
        add_version(db, name, **_NEW)
    db.execute("UPDATE versions SET name = ? WHERE name = 'good'", [name])
    with pytest.raises(StoreError, match="no name of a folder"):
        versions(db)


_NEW: dict[str, Any] = {
    "parent": None,
    "kind": "trained",
    "settings": {},
    "figures": {},
    "seed": 0,
    "threshold": 0.5,
}
