"""One answer to all that a filter shows, from the preview to what is said of it."""

import pytest
from streamlit.testing.v1 import AppTest

from kgreview.pipeline.project import Project
from kgreview.review import bulk
from kgreview.review.bulk import Preview
from kgreview.review.session import PROJECT_VARIABLE
from kgreview.store.outcomes import Outcome


def dialog() -> None:
    from kgreview.review.session import project_of_app
    from kgreview.store.pair_filter import PairFilter
    from pages.filters import bulk_dialog

    bulk_dialog(project_of_app(), "Ada", PairFilter(text="number"))


def answer_all(project: Project, monkeypatch: pytest.MonkeyPatch, outcome: Outcome) -> str:
    """Give one answer to the pairs of a preview that is as old as the test; give what is said."""
    monkeypatch.setenv(PROJECT_VARIABLE, str(project.path))
    monkeypatch.setattr(bulk, "preview", lambda *_: Preview((0, 1), False, ()))
    app = AppTest.from_function(dialog, default_timeout=30).run()
    app.button(key=f"bulk-{outcome.value}").click().run()
    assert not app.exception
    return str(app.session_state.said)


def test_an_answer_to_many_says_how_many_it_settled(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = answer_all(project, monkeypatch, Outcome.NO_MATCH)
    assert said == "Rejected 2 of 2 · Z undoes all of it"


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (
            Outcome.MATCH,
            "Accepted none of 2: each was closed meanwhile or would be an entity's second match",
        ),
        (Outcome.NO_MATCH, "Rejected none of 2: each was closed meanwhile"),
    ],
)
def test_an_answer_to_many_that_settled_none_says_why_and_offers_no_undo(
    project: Project, monkeypatch: pytest.MonkeyPatch, outcome: Outcome, said: str
) -> None:
    with project.database() as db:
        db.execute("UPDATE scores SET open = 0 WHERE candidate IN (0, 1)")
    assert answer_all(project, monkeypatch, outcome) == said
