from collections.abc import Callable

import pytest
from sqlite_utils import Database

from kgreview.store.deciding import decide_all, undo
from kgreview.store.decisions import Decision
from kgreview.store.drafts import Draft, draft_of, keep_draft
from kgreview.store.outcomes import Outcome

Say = Callable[..., Decision]
NOTED = Draft("the poster has 1994", "remake", True)


def test_a_draft_is_there_again_and_is_its_curators_own(db: Database) -> None:
    keep_draft(db, "ann", "a", "x", NOTED)
    assert draft_of(db, "ann", "a", "x") == NOTED
    assert draft_of(db, "bob", "a", "x") == Draft()
    assert draft_of(db, "ann", "a", "y") == Draft()


def test_an_empty_draft_is_none(db: Database) -> None:
    keep_draft(db, "ann", "a", "x", NOTED)
    keep_draft(db, "ann", "a", "x", Draft())
    assert draft_of(db, "ann", "a", "x") == Draft()
    assert db.execute("SELECT count(*) FROM drafts").fetchone() == (0,)


def test_the_decision_of_its_curator_alone_ends_a_draft(db: Database, say: Say) -> None:
    for curator in ("ann", "bob"):
        keep_draft(db, curator, "a", "x", NOTED)
    say(db, "ann", "a", "x", Outcome.MATCH, note=NOTED.note)
    assert draft_of(db, "ann", "a", "x") == Draft()
    assert draft_of(db, "bob", "a", "x") == NOTED


def test_an_answer_to_many_pairs_loses_no_draft(db: Database) -> None:
    keep_draft(db, "ann", "a", "x", NOTED)
    assert decide_all(db, [0, 1], curator="ann", outcome=Outcome.NO_MATCH, version="v1")
    assert draft_of(db, "ann", "a", "x") == NOTED


@pytest.mark.parametrize("since", [None, Draft("seen it since")])
def test_what_was_said_with_an_undone_decision_is_a_draft_again(
    db: Database, say: Say, since: Draft | None
) -> None:
    said = {"note": NOTED.note, "reason": NOTED.reason, "flagged": NOTED.flagged}
    say(db, "ann", "a", "x", Outcome.MATCH, **said)
    if since:
        keep_draft(db, "ann", "a", "x", since)
    undo(db, "ann")
    assert draft_of(db, "ann", "a", "x") == (since or NOTED)


def test_undoing_a_decision_without_words_leaves_no_draft(db: Database, say: Say) -> None:
    say(db, "ann", "a", "x", Outcome.MATCH)
    undo(db, "ann")
    assert db.execute("SELECT count(*) FROM drafts").fetchone() == (0,)
