import pytest

from kgreview.store.outcomes import Outcome


@pytest.mark.parametrize(
    ("outcome", "label"),
    [
        (Outcome.MATCH, 1),
        (Outcome.NO_MATCH, 0),
        (Outcome.UNSURE, None),
        (Outcome.SKIP, None),
        (Outcome.NO_COUNTERPART, None),
    ],
)
def test_only_a_clear_answer_teaches(outcome: Outcome, label: int | None) -> None:
    assert outcome.label == label
