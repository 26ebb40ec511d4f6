import pytest

from kgreview.store.decisions import Decision
from kgreview.store.history import PastDecision
from kgreview.store.outcomes import Outcome
from kgreview.ui.past_decision import SAID, decided_words, disputed_words, past_html, past_row

EVIL = "<img src=x onerror=alert(1)>"


def decision(**changed: object) -> Decision:
    values: dict[str, object] = {
        "id": 7,
        "left": "l1",
        "right": "r1",
        "curator": "Ada",
        "outcome": Outcome.NO_MATCH,
        "note": None,
        "reason": None,
        "created_at": "2030-01-02T03:04:05.678+00:00",
        "seconds": 2.5,
        "version": "v1",
        "score": 0.25,
        "hidden": False,
        "strategy": "uncertainty",
        "undoes": None,
        "supersedes": None,
    }
    return Decision(**{**values, **changed})


def test_every_outcome_has_its_word() -> None:
    assert set(SAID) == set(Outcome)


def test_what_stands_is_told_with_who_said_it() -> None:
    said = [decision(), decision(curator="Bob", outcome=Outcome.UNSURE)]
    assert decided_words(said) == "Ada said: rejected, Bob said: unsure."


@pytest.mark.parametrize(
    ("curator", "words"),
    [
        ("Eva", "Others said: accepted, rejected."),
        ("Ada", "Ada said: rejected. Others said: accepted, rejected."),
        ("Bob", "Bob said: accepted. Others said: rejected."),
    ],
)
def test_what_is_disputed_is_told_with_the_name_of_the_reader_alone(
    curator: str, words: str
) -> None:
    said = [decision(), decision(curator="Bob", outcome=Outcome.MATCH), decision(curator="Cem")]
    assert disputed_words(said, curator) == words
    assert disputed_words([decision()], "Eva") == "Another said: rejected."


def test_a_row_says_who_when_what_and_what_was_shown() -> None:
    row = past_row(PastDecision(decision(flagged=True), "undone", "Bob"), "Heat", "Hitze")
    assert [row[name] for name in ("no", "when (UTC)", "who", "left", "right", "said")] == [
        *(7, "2030-01-02 03:04:05", "Ada", "Heat", "Hitze", "rejected")
    ]
    assert (row["score shown"], row["state"], row["flag"]) == ("25%", "undone by Bob", "⚑")
    hidden = past_row(PastDecision(decision(hidden=True), "stands", ""), "Heat", "Hitze")
    assert hidden["score shown"] == "hidden (25%)"
    unscored = past_row(PastDecision(decision(score=None), "stands", ""), "Heat", "Hitze")
    assert unscored["score shown"] == "no score"
    untimed = past_row(PastDecision(decision(seconds=None), "stands", ""), "Heat", "Hitze")
    assert (row["seconds"], untimed["seconds"]) == ("2.5", "")


def test_the_whole_of_it_keeps_hostile_strings_text() -> None:
    past = PastDecision(
        decision(left=EVIL, curator=EVIL, note=EVIL, reason=EVIL, filter=EVIL), "undone", EVIL
    )
    page = past_html(past, EVIL, EVIL)
    assert "<img" not in page
    assert page.count("&lt;img") >= 6
    assert "rejected" in page
