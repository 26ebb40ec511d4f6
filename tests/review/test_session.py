import dataclasses
import json
import math
import secrets
import threading
import zlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kgreview.candidates.blocking import Candidates
from kgreview.errors import InputError
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.project import Project
from kgreview.pipeline.project_folder import project_line
from kgreview.review import bulk, counts, models, session
from kgreview.review.curators import list_curators
from kgreview.review.nothing_left import nothing_left
from kgreview.review.quality import quality
from kgreview.store.annotator_agreement import adjudicate, disputes
from kgreview.store.candidate_pairs import CandidateBatch, replace_candidates
from kgreview.store.database import StoreError
from kgreview.store.decisions import standing
from kgreview.store.jobs import Job
from kgreview.store.label_issues import keep_doubts
from kgreview.store.outcomes import Outcome
from kgreview.store.pair_filter import PairFilter
from kgreview.store.questions import Question
from kgreview.store.versions import add_version, promote, write_scores
from kgreview.ui.pair import PairView

TITLES = {"left": ["Heat", "Ran", "Alien"], "right": ["Heat", "Ran", "Aliens"]}
JOB = Job(1, "fine-tune", "running", 1, "", None, "train", 3, 12, {"loss": 0.25}, "", "", False)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Three films a side; each is paired with its namesake; the third pair is the least sure."""
    for side, titles in TITLES.items():
        ids = [f"{side[0]}{i}" for i in range(3)]
        folder = tmp_path / side
        folder.mkdir()
        for name, columns in {
            "entities": {"id": ids, "type": ["film"] * 3},
            "attributes": {"entity": ids, "attribute": ["title"] * 3, "value": titles},
            "relations": {"head": ids[:1], "relation": ["remade as"], "tail": ids[1:2]},
        }.items():
            pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    project = create_project(tmp_path / "project", tmp_path / "left", tmp_path / "right")
    batch = CandidateBatch(["l0", "l1", "l2"], ["r0", "r1", "r2"], ["film"] * 3, ["film"] * 3)
    put_columns(project, [0, 1, 2], [0, 1, 2])
    with project.database() as db:
        replace_candidates(db, [batch], audit_share=0, seed=0)
        add_version(
            db,
            "v1",
            parent=None,
            kind="similarity",
            settings={},
            figures={},
            seed=0,
            threshold=0.5,
        )
        write_scores(db, "v1", [(np.arange(3), np.array([0.9, 0.8, 0.6]))])
        promote(db, "v1")
    return project


def with_double_share(project: Project, share: float) -> Project:
    file = project.path / "kgreview.json"
    values = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(values | {"double_share": share}), encoding="utf-8")
    return Project.open(project.path)


def put_columns(project: Project, left: list[int], right: list[int]) -> None:
    none = np.zeros(len(left), np.float32)
    Candidates(np.array(left), np.array(right), none, none).save(project.path / "candidates")


def test_the_least_sure_pair_is_shown_first(project: Project) -> None:
    view = session.next_pair(project, "Ada")
    assert view
    assert (view.left.name, view.right.name, view.question.score) == ("Alien", "Aliens", 0.6)
    assert not view.has_attention


def test_the_next_pair_comes_after_a_decision_and_the_old_one_after_undo(project: Project) -> None:
    first = session.next_pair(project, "Ada")
    assert first
    saved = session.decide(project, "Ada", first.question, session.Answer(Outcome.MATCH, 1.234))
    assert (saved.left, saved.score, saved.version, saved.seconds) == ("l2", 0.6, "v1", 1.23)
    second = session.next_pair(project, "Ada")
    assert second
    assert second.left.name == "Ran"
    undone = session.undo(project, "Ada", "some press")
    assert undone
    again = session.given_pair(project, "Ada", undone.left, undone.right)
    assert again
    assert again.left.name == "Alien"


def test_the_same_question_is_answered_once_and_a_press_undoes_once(project: Project) -> None:
    for _ in range(2):
        view = session.next_pair(project, "Ada")
        assert view
        for outcome in (Outcome.MATCH, Outcome.NO_MATCH):
            assert (
                session.decide(project, "Ada", view.question, session.Answer(outcome)).outcome
                is Outcome.MATCH
            )
    for _ in range(3):
        session.undo(project, "Ada", "one press")
    assert counts.review_counts(project, "Ada").mine == 1


def test_a_pair_that_is_no_candidate_is_shown_and_stays_none(project: Project) -> None:
    view = session.given_pair(project, "Ada", "l0", "r1")
    assert view
    assert (view.left.name, view.right.name, view.question.score) == ("Heat", "Ran", None)
    assert "Blocking had not proposed it" in view.why
    assert counts.review_counts(project, "Ada").candidates == 3
    assert session.given_pair(project, "Ada", "l0", "nobody") is None
    assert session.refused(project, "l0", "nobody") == "The right graph has no entity “nobody”"


def test_standing_counts_mine_everybodys_and_what_is_open(project: Project) -> None:
    for curator, outcome in (
        ("Ada", Outcome.MATCH),
        ("Bob", Outcome.SKIP),
        ("Bob", Outcome.UNSURE),
    ):
        view = session.next_pair(project, curator)
        assert view
        session.decide(project, curator, view.question, session.Answer(outcome))
    state = counts.review_counts(project, "Ada")
    assert (state.mine, state.everybody, state.open, state.candidates) == (1, 2, 1, 3)
    assert state.figures("Ada") == {
        "for Ada": "no. 2",
        "decided": "2",
        "open pairs": "1",
    }


def test_all_pages_count_the_same_decisions(project: Project) -> None:
    for outcome in (Outcome.MATCH, Outcome.NO_MATCH, Outcome.SKIP):
        view = session.next_pair(project, "Ada")
        assert view
        session.decide(project, "Ada", view.question, session.Answer(outcome))
    for press in ("one", "another"):
        session.undo(project, "Ada", press)
    found = quality(project)
    (line,) = list_curators(project)
    counted = {
        "review": counts.review_counts(project, "Ada").everybody,
        "quality": found.decisions,
        "by curator": sum(each.decisions for each in found.curators),
        "curators": line.decisions,
        "projects": project_line(project.path.parent, project.path.name).decided,
    }
    assert set(counted.values()) == {1}, counted


def test_a_filter_narrows_the_queue_and_is_counted(project: Project) -> None:
    wanted = PairFilter(text="ran")
    view = session.next_pair(project, "Ada", wanted)
    assert view
    assert (view.left.name, view.question.filter) == ("Ran", "q=ran")
    saved = session.decide(project, "Ada", view.question, session.Answer(Outcome.UNSURE))
    assert saved.filter == "q=ran"
    assert session.next_pair(project, "Ada", wanted) is None
    assert counts.review_counts(project, "Ada", wanted).figures("Ada")["in the filter"] == "0"
    assert counts.review_counts(project, "Ada").matching is None
    told = nothing_left(project, "Ada", wanted)
    assert told.title == "No open pair matches the filter"
    assert "2 pairs are open" in told.sentences[0]


def test_the_filters_offered_are_what_there_is(project: Project) -> None:
    types, relations, planned = session.filter_choices(project)
    assert types == [("film", "film")]
    assert relations == [("left", "remade as"), ("right", "remade as")]
    assert planned == {}  # these scores came without a query plan


def test_a_draft_outlives_the_page_and_comes_back_with_an_undo(project: Project) -> None:
    view = session.next_pair(project, "Ada")
    assert view
    noted = session.Draft("the poster says 1994", flagged=True)
    session.keep_draft(project, "Ada", view.question, noted)
    assert session.draft_of(project, "Ada", view.question) == noted
    assert session.draft_of(project, "Bob", view.question) == session.Draft()
    saved = session.decide(project, "Ada", view.question, session.Answer(Outcome.SKIP, draft=noted))
    assert (saved.note, saved.flagged) == (noted.note, True)
    assert session.draft_of(project, "Ada", view.question) == session.Draft()
    session.undo(project, "Ada", "a press")
    assert session.draft_of(project, "Ada", view.question) == noted


def test_who_opens_a_pair_is_told_what_stands_and_who_is_asked_is_not(project: Project) -> None:
    asked = session.next_pair(project, "Bob")
    assert asked
    pair = asked.question.left, asked.question.right
    seen = session.given_pair(project, "Ada", *pair)
    assert seen
    assert seen.decided == ""
    session.decide(project, "Ada", seen.question, session.Answer(Outcome.UNSURE))
    opened = session.given_pair(project, "Ada", *pair)
    assert opened
    assert opened.why == "You opened this pair yourself. Ada said: unsure."
    blind = session.given_pair(project, "Ada", *pair, hidden=True)
    assert blind
    assert "Ada" not in blind.why
    again = session.given_pair(project, "Bob", *pair)  # the queue has put it to him
    assert again
    assert "Ada" not in again.why


def test_who_opens_a_disputed_pair_is_told_what_was_said_and_only_of_their_own_by_whom(
    project: Project,
) -> None:
    for curator, outcome in (("Ada", Outcome.MATCH), ("Bob", Outcome.NO_MATCH)):
        opened = session.given_pair(project, curator, "l1", "r1")
        assert opened
        session.decide(project, curator, opened.question, session.Answer(outcome))

    def told(curator: str) -> str:
        opened = session.given_pair(project, curator, "l1", "r1")
        assert opened
        return opened.decided

    assert told("Eva") == "Others said: accepted, rejected."
    assert told("Ada") == "Ada said: accepted. Another said: rejected."
    with project.database() as db:
        (dispute,) = disputes(db, "Eva")
        adjudicate(db, dispute, curator="Eva", outcome=Outcome.MATCH)
    assert told("Bob") == "Ada said: accepted, Eva said: accepted."


def test_a_pair_whose_left_entity_another_said_to_have_no_counterpart_names_nobody(
    crossed: Project,
) -> None:
    for curator, right, outcome in (
        ("Ada", "r1", Outcome.MATCH),
        ("Bob", "r2", Outcome.NO_COUNTERPART),
    ):
        opened = session.given_pair(crossed, curator, "l1", right)
        assert opened
        session.decide(crossed, curator, opened.question, session.Answer(outcome))
    opened = session.given_pair(crossed, "Eva", "l1", "r1")
    assert opened
    assert opened.decided == "Another said: accepted."


def _drawn(view: PairView) -> str:
    """Give all that the canvas is told of a pair."""
    drawing = view.canvas(height=300, dark=False)
    return zlib.decompress(drawing.packed).decode()


def test_hidden_pairs_show_neither_score_nor_how_they_were_chosen(project: Project) -> None:
    view = session.next_pair(project, "Ada", hidden=True)
    assert view
    shown = view.heading() + view.why + view.attributes() + _drawn(view)
    assert "60%" not in shown
    assert "0.60" not in shown
    assert "least sure" not in shown
    saved = session.decide(
        project, "Ada", view.question, session.Answer(Outcome.MATCH, hidden=view.hidden)
    )
    assert (saved.hidden, saved.score) == (True, 0.6)


def test_a_second_look_that_is_skipped_leaves_the_answer_and_blind_tells_no_opinion(
    project: Project,
) -> None:
    answered = session.next_pair(project, "Ada")
    assert answered is not None
    said = session.decide(project, "Ada", answered.question, session.Answer(Outcome.MATCH))
    with project.database() as db:
        keep_doubts(db, {said.id: 0.9}, looked_at=1, newest=said.id)
    again = session.next_pair(project, "Ada", hidden=True)
    assert again is not None
    assert again.question.strategy == "again"
    assert "expects" not in again.why
    assert session.at_odds(project, "Ada", again.question, Outcome.NO_COUNTERPART) == []
    assert session.at_odds(project, "Ben", again.question, Outcome.NO_COUNTERPART) != []
    assert session.decide(project, "Ada", again.question, session.Answer(Outcome.SKIP)) == said
    after = session.next_pair(project, "Ada")
    assert after is not None
    assert after.question.strategy != "again"
    with project.database() as db:
        assert standing(db) == [said]


def test_what_was_put_down_beside_a_pair_is_saved_with_it(project: Project) -> None:
    view = session.next_pair(project, "Ada")
    assert view
    draft = session.Draft("a remake", "homonym", flagged=True)
    saved = session.decide(
        project, "Ada", view.question, session.Answer(Outcome.NO_MATCH, draft=draft)
    )
    assert (saved.note, saved.reason, saved.flagged) == ("a remake", "homonym", True)


@pytest.fixture
def crossed(project: Project) -> Project:
    """The same films, each paired with two."""
    pairs = [("l0", "r0"), ("l0", "r1"), ("l1", "r1"), ("l1", "r2"), ("l2", "r2")]
    films = ["film"] * len(pairs)
    put_columns(project, [int(a[1]) for a, _ in pairs], [int(b[1]) for _, b in pairs])
    batch = CandidateBatch([a for a, _ in pairs], [b for _, b in pairs], films, films)
    with project.database() as db:
        replace_candidates(db, [batch], audit_share=0, seed=0)
        write_scores(db, "v1", [(np.arange(5), np.array([0.9, 0.2, 0.8, 0.4, 0.55]))])
        promote(db, "v1")
    return project


def test_other_candidates_of_both_entities_are_listed_the_likeliest_first(
    crossed: Project,
) -> None:
    view = session.given_pair(crossed, "Ada", "l1", "r1")
    assert view
    assert [(r.side, r.name, r.score) for r in session.competitors(crossed, view.question)] == [
        ("right", "Aliens", 0.4),
        ("left", "Heat", 0.2),
    ]
    hidden = session.competitors(crossed, view.question, hidden=True)
    # in the order of their names, which tells nothing of the scores
    assert [(r.side, r.name, r.score) for r in hidden] == [
        ("left", "Heat", None),
        ("right", "Aliens", None),
    ]


def test_an_answer_at_odds_is_told_and_switching_opens_the_old_pair(crossed: Project) -> None:
    old = session.given_pair(crossed, "Ada", "l1", "r1")
    new = session.given_pair(crossed, "Ada", "l1", "r2")
    assert old
    assert new
    session.decide(crossed, "Ada", old.question, session.Answer(Outcome.MATCH))
    found = session.at_odds(crossed, "Ada", new.question, Outcome.MATCH)
    assert [each.kind for each in found] == ["matched"]
    session.decide(crossed, "Bob", new.question, session.Answer(Outcome.MATCH), set_aside=found)
    assert counts.review_counts(crossed, "Ada").mine == 0
    assert counts.review_counts(crossed, "Bob").mine == 1
    undone = session.undo(crossed, "Bob", "press")
    assert undone
    assert undone.right == "r2"
    assert counts.review_counts(crossed, "Ada").mine == 1


def test_an_answer_at_odds_with_what_came_meanwhile_is_not_saved_unasked(crossed: Project) -> None:
    one = session.given_pair(crossed, "Ada", "l1", "r1")
    other = session.given_pair(crossed, "Bob", "l1", "r2")
    assert one
    assert other
    assert session.at_odds(crossed, "Bob", other.question, Outcome.MATCH) == []
    session.decide(crossed, "Ada", one.question, session.Answer(Outcome.MATCH), seen=())
    with pytest.raises(session.AtOddsError, match=r"matched to r1 already.*Nothing was saved"):
        session.decide(crossed, "Bob", other.question, session.Answer(Outcome.MATCH), seen=())
    assert counts.review_counts(crossed, "Bob").everybody == 1
    told = session.at_odds(crossed, "Bob", other.question, Outcome.MATCH)
    for _ in range(2):  # a double click meets its own answer, and is asked nothing
        saved = session.decide(
            crossed, "Bob", other.question, session.Answer(Outcome.MATCH), seen=told
        )
        assert saved.outcome is Outcome.MATCH
    assert counts.review_counts(crossed, "Bob").everybody == 2


def test_a_pair_whose_answer_is_at_odds_becomes_no_candidate_before_it_is_saved(
    project: Project,
) -> None:
    one = session.given_pair(project, "Ada", "l0", "r0")
    other = session.given_pair(project, "Bob", "l0", "r1")
    assert one
    assert other
    session.decide(project, "Ada", one.question, session.Answer(Outcome.MATCH))
    with pytest.raises(session.AtOddsError) as odds:
        session.decide(project, "Bob", other.question, session.Answer(Outcome.MATCH), seen=())
    assert counts.review_counts(project, "Bob").candidates == 3
    told = odds.value.conflicts
    session.decide(project, "Bob", other.question, session.Answer(Outcome.MATCH), seen=told)
    assert counts.review_counts(project, "Bob").candidates == 4


def test_of_curators_who_match_one_entity_at_once_one_is_asked(crossed: Project) -> None:
    outcomes: list[str] = []

    def press(curator: str, question: Question) -> None:
        start.wait()
        try:
            session.decide(crossed, curator, question, session.Answer(Outcome.MATCH), seen=())
            outcomes.append("saved")
        except session.AtOddsError:
            outcomes.append("asked")

    for _ in range(10):
        start = threading.Barrier(2)
        views = {
            name: session.given_pair(crossed, name, "l1", right)
            for name, right in (("Ada", "r1"), ("Bob", "r2"))
        }
        pressed = [
            threading.Thread(target=press, args=(name, view.question))
            for name, view in views.items()
            if view
        ]
        for each in pressed:
            each.start()
        for each in pressed:
            each.join()
        for name in views:
            session.undo(crossed, name, secrets.token_hex())
    assert sorted(outcomes) == ["asked"] * 10 + ["saved"] * 10


def test_switching_from_a_match_that_has_given_way_to_another_asks_again(
    crossed: Project,
) -> None:
    def view(curator: str, left: str, right: str) -> Question:
        found = session.given_pair(crossed, curator, left, right)
        assert found
        return found.question

    mine = view("Bob", "l1", "r2")
    session.decide(crossed, "Ada", view("Ada", "l1", "r1"), session.Answer(Outcome.MATCH))
    told = session.at_odds(crossed, "Bob", mine, Outcome.MATCH)
    session.undo(crossed, "Ada", "press")
    session.decide(crossed, "Cem", view("Cem", "l2", "r2"), session.Answer(Outcome.MATCH))
    with pytest.raises(session.AtOddsError) as raised:
        session.decide(
            crossed, "Bob", mine, session.Answer(Outcome.MATCH), set_aside=told, seen=told
        )
    now = raised.value.conflicts
    assert ["by Cem" in each.words for each in now] == [True]
    session.decide(crossed, "Bob", mine, session.Answer(Outcome.MATCH), set_aside=now, seen=now)
    with crossed.database() as db:
        assert [(d.curator, d.right) for d in standing(db)] == [("Bob", "r2")]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (StoreError("held by another process; nothing was saved"), "held by another process"),
        (RuntimeError("no such thing"), "RuntimeError: no such thing"),
    ],
)
def test_what_fails_after_an_answer_is_told_beside_that_it_is_saved(
    crossed: Project, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(session, "finetune_if_due", fail)
    told: list[str] = []
    view = session.next_pair(crossed, "Ada")
    assert view
    saved = session.decide(
        crossed, "Ada", view.question, session.Answer(Outcome.NO_MATCH), notice=told.append
    )
    with crossed.database() as db:
        assert standing(db) == [saved]
    seen = bulk.preview(crossed, "Ada", PairFilter())
    assert bulk.decide_all(crossed, "Ada", seen, Outcome.NO_MATCH, PairFilter(), notice=told.append)
    assert len(told) == 2
    for line in told:
        assert line.startswith("What you decided is saved, but no fine-tuning was started")
        assert words in line


def test_a_second_opinion_is_not_told_the_first_and_may_differ_from_it(crossed: Project) -> None:
    for curator, right in (("Ada", "r1"), ("Cem", "r2")):
        opened = session.given_pair(crossed, curator, "l1", right)
        assert opened
        session.decide(crossed, curator, opened.question, session.Answer(Outcome.MATCH))
    crossed = with_double_share(crossed, 1.0)
    for left, right in (("l0", "r0"), ("l2", "r2")):
        opened = session.given_pair(crossed, "Bob", left, right)
        assert opened
        session.decide(crossed, "Bob", opened.question, session.Answer(Outcome.UNSURE))
    second = session.next_pair(crossed, "Bob")
    assert second
    question = second.question
    assert (question.left, question.right, question.strategy) == ("l1", "r1", "second")
    # what Cem said of another pair is told
    (told,) = session.at_odds(crossed, "Bob", question, Outcome.NO_COUNTERPART)
    assert "Cem" in told.words
    session.decide(
        crossed, "Bob", question, session.Answer(Outcome.NO_COUNTERPART), set_aside=[told]
    )
    with crossed.database() as db:
        (dispute,) = disputes(db, "Eva")
    assert (dispute.left, dispute.right) == ("l1", "r1")


def test_one_answer_to_many_touches_what_its_preview_counted(crossed: Project) -> None:
    wanted = PairFilter(low=0.5)
    seen = bulk.preview(crossed, "Ada", wanted)
    assert (len(seen.candidates), seen.more) == (3, False)
    assert sorted(seen.sample) == [
        ("Alien", "Aliens", 0.55),
        ("Heat", "Heat", 0.9),
        ("Ran", "Ran", 0.8),
    ]
    saved = bulk.decide_all(crossed, "Ada", seen, Outcome.MATCH, wanted)
    assert {(d.left, d.right) for d in saved} == {("l0", "r0"), ("l1", "r1"), ("l2", "r2")}
    assert {d.filter for d in saved} == {"low=0.5"}
    session.undo(crossed, "Ada", "press")
    assert counts.review_counts(crossed, "Ada").mine == 0


def test_one_answer_settles_no_more_than_its_cap(
    crossed: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "BULK_CAP", 2)
    seen = bulk.preview(crossed, "Ada", PairFilter(high=0.9))
    assert (len(seen.candidates), seen.more) == (2, True)


def test_models_count_what_the_current_version_has_not_seen(project: Project) -> None:
    view = session.next_pair(project, "Ada")
    assert view
    session.decide(project, "Ada", view.question, session.Answer(Outcome.MATCH))
    found = models.model_state(project)
    assert (found.unseen, found.usable) == (1, 1)
    assert found.current
    assert found.current.name == "v1"


def test_a_share_of_what_is_decided_is_asked_of_a_second_curator(project: Project) -> None:
    file = project.path / "kgreview.json"
    values = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(values | {"double_share": 1.0}), encoding="utf-8")
    project = Project.open(project.path)
    said = []
    for curator in ("Ada", "Bob"):
        while view := session.next_pair(project, curator):
            said.append((curator, view.question.left))
            session.decide(project, curator, view.question, session.Answer(Outcome.NO_MATCH))
    assert sorted(said) == [(name, left) for name in ("Ada", "Bob") for left in ("l0", "l1", "l2")]


def test_a_share_set_after_decisions_holds_for_them_and_none_ends_it(project: Project) -> None:
    for _ in range(3):
        view = session.next_pair(project, "Ada")
        assert view
        session.decide(project, "Ada", view.question, session.Answer(Outcome.NO_MATCH))
    assert session.next_pair(project, "Bob") is None
    project = with_double_share(project, 1.0)
    second = session.next_pair(project, "Bob")
    assert second
    assert second.question.strategy == "second"
    session.decide(project, "Bob", second.question, session.Answer(Outcome.NO_MATCH))
    assert session.next_pair(with_double_share(project, 0.0), "Bob") is None


def test_the_app_needs_a_project(monkeypatch: pytest.MonkeyPatch, project: Project) -> None:
    monkeypatch.delenv(session.PROJECT_VARIABLE, raising=False)
    with pytest.raises(InputError, match="kgreview review"):
        session.project_of_app()
    monkeypatch.setenv(session.PROJECT_VARIABLE, str(project.path))
    assert session.project_of_app().path == project.path


def test_progress_of_a_job_is_a_share_and_words() -> None:
    assert models.job_progress(JOB) == (0.25, "train · 3 of 12 · loss 0.25")
    unknown = dataclasses.replace(JOB, total=None, figures={"prauc": math.nan})
    assert models.job_progress(unknown) == (0.0, "train · 3")
    assert (
        models.job_progress(dataclasses.replace(JOB, stage="", done=0, figures={}))[1] == "starting"
    )
