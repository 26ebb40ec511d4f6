"""What is said after a press is what stands."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kgreview.store.outcomes import Outcome
from kgreview.ui.pressed import saved_words, taken_back_words


def view(strategy: str = "uncertainty", *, hidden: bool = False) -> Any:
    left, right = SimpleNamespace(name="Heat"), SimpleNamespace(name="Heat (1995)")
    question = SimpleNamespace(strategy=strategy)
    return SimpleNamespace(left=left, right=right, question=question, hidden=hidden)


def saved(outcome: Outcome, **details: Any) -> Any:
    return SimpleNamespace(**{"outcome": outcome, "score": 0.9, "batch": None} | details)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_an_answer_that_stands_is_said_and_another_is_said_not_to_be_saved(
    outcome: Outcome,
) -> None:
    assert saved_words(view(), outcome, saved(outcome)).endswith(
        ": Heat – Heat (1995) · Z undoes it"
    )
    other = Outcome.UNSURE if outcome is Outcome.MATCH else Outcome.MATCH
    assert saved_words(view(), other, saved(outcome)).startswith("Not saved, ")


def test_what_was_hidden_and_what_was_set_aside_are_told() -> None:
    hidden = saved_words(view(hidden=True), Outcome.MATCH, saved(Outcome.MATCH))
    assert "Accepted: Heat – Heat (1995), scored 90%" in hidden
    switched = saved_words(view(), Outcome.MATCH, saved(Outcome.MATCH, batch="b"))
    assert "the old pair is open again" in switched
    skipped = saved_words(view("again"), Outcome.SKIP, saved(Outcome.MATCH))
    assert skipped.startswith("Kept as it was")


def test_an_undo_of_many_says_so() -> None:
    one = SimpleNamespace(outcome=Outcome.MATCH, strategy="uncertainty")
    many = SimpleNamespace(outcome=Outcome.MATCH, strategy="bulk")
    assert taken_back_words(one) == "Undone: accepted"  # type: ignore[arg-type]
    assert taken_back_words(many).endswith("all that were decided with it")  # type: ignore[arg-type]
