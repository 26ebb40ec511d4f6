"""A match that blocking lost: opened, scored, added by its decision, and counted as what it is."""

import json
import threading

import numpy as np
import pytest

from kgreview.errors import InputError
from kgreview.pipeline import explanation
from kgreview.pipeline.blocking import block_project
from kgreview.pipeline.project import Project
from kgreview.pipeline.scoring import score_project, score_rows
from kgreview.pipeline.training import train_project
from kgreview.pipeline.version_labels import gather_labels
from kgreview.review import any_pair, counts, quality, session
from kgreview.store.added_pairs import added_pairs, blocked_count, take_out, unscored
from kgreview.store.candidate_pairs import candidate_count
from kgreview.store.outcomes import Outcome
from kgreview.store.questions import NO_CANDIDATE
from kgreview.store.versions import current_version, scores_of
from kgreview.ui.pair import PairView
from tests.films import MakeFilms

MATCH, NO_MATCH, SKIP = Outcome.MATCH, Outcome.NO_MATCH, Outcome.SKIP
NOBODY = Outcome.NO_COUNTERPART


@pytest.fixture
def films(same_films: MakeFilms) -> Project:
    """Twenty films a side, scored by likeness; l0 and r9 have nothing in common."""
    project = same_films(remakes=False)
    train_project(project)
    score_project(project)
    assert not _is_candidate(project)
    return project


def _is_candidate(project: Project, left: str = "l0", right: str = "r9") -> bool:
    with project.database() as db:
        sql = "SELECT 1 FROM candidates WHERE left = ? AND right = ?"
        return db.execute(sql, [left, right]).fetchone() is not None


def opened(project: Project, left: str = "l0", right: str = "r9", curator: str = "Ada") -> PairView:
    view = session.given_pair(project, curator, left, right)
    assert view
    return view


def say(project: Project, outcome: Outcome, left: str = "l0", right: str = "r9") -> None:
    session.decide(project, "Ada", opened(project, left, right).question, session.Answer(outcome))


def test_opening_it_changes_nothing_and_its_score_comes_as_that_of_any_pair(films: Project) -> None:
    view = opened(films)
    assert view.question.candidate == NO_CANDIDATE
    rows = films.left.rows(["l0"]), films.right.rows(["r9"])
    expected = score_rows(films, "v1", *rows)[0]
    assert any_pair.judge(films, view.question).score == pytest.approx(float(expected), abs=1e-6)
    scored, soon = session.scored_at_once(films, view)  # what it needs has been loaded
    assert not soon
    assert scored.question.score == pytest.approx(float(expected), abs=1e-6)
    assert not _is_candidate(films)


def test_what_is_not_loaded_yet_is_loaded_beside_and_nobody_waits(films: Project) -> None:
    view = opened(films)
    assert session.scored_at_once(films, view) == (view, True)
    for thread in threading.enumerate():
        if thread.daemon and thread is not threading.current_thread():
            thread.join(20)
    scored, soon = session.scored_at_once(films, view)
    assert not soon
    assert scored.question.score is not None


@pytest.mark.parametrize("outcome", [MATCH, NO_MATCH, Outcome.UNSURE])
def test_a_decision_makes_it_a_candidate_with_its_score(films: Project, outcome: Outcome) -> None:
    before = counts.review_counts(films, "Ada")
    saved = session.decide(films, "Ada", opened(films).question, session.Answer(outcome))
    assert (saved.outcome, saved.strategy, saved.version) == (outcome, "chosen", "v1")
    assert saved.score is not None
    with films.database() as db:
        (pair,) = added_pairs(db)
        assert (pair.candidate, pair.curator) == (blocked_count(db), "Ada")
        stored = {each.right: each.score for each in scores_of(db, left="l0")}
    assert stored["r9"] == pytest.approx(saved.score)
    after = counts.review_counts(films, "Ada")
    assert (after.candidates, after.open) == (before.candidates + 1, before.open)


@pytest.mark.parametrize("outcome", [SKIP, NOBODY])
def test_what_says_nothing_of_the_pair_leaves_it_out(films: Project, outcome: Outcome) -> None:
    say(films, outcome)
    assert not _is_candidate(films)
    say(films, MATCH)  # another question, though it looks the same
    assert _is_candidate(films)


def test_a_second_answer_to_one_question_changes_nothing(films: Project) -> None:
    question = opened(films).question
    first = session.decide(films, "Ada", question, session.Answer(MATCH))
    assert session.decide(films, "Ada", question, session.Answer(NO_MATCH)) == first
    with films.database() as db:
        assert len(added_pairs(db)) == 1


def test_undo_takes_the_decision_back_and_it_stays_a_candidate(films: Project) -> None:
    say(films, MATCH)
    undone = session.undo(films, "Ada", "press")
    assert undone
    again = opened(films)
    assert again.question.candidate >= 0
    assert again.question.score is not None
    assert counts.review_counts(films, "Ada").mine == 0


def test_what_is_at_odds_is_told_as_of_any_pair(films: Project) -> None:
    say(films, MATCH, "l9", "r9")
    (conflict,) = session.at_odds(films, "Ada", opened(films).question, MATCH)
    assert "is matched to" in conflict.words


def test_types_that_are_not_paired_are_refused_with_the_reason(films: Project) -> None:
    assert session.given_pair(films, "Ada", "l0", "t") is None
    assert "film and town are no pair of types" in str(session.refused(films, "l0", "t"))
    question = opened(films).question
    with pytest.raises(InputError, match="not paired"):
        any_pair.add(films, "Ada", any_pair.replace(question, right="t"))


def test_it_teaches_whoever_learns_next_and_is_weighed_as_a_decision(films: Project) -> None:
    say(films, MATCH)
    with films.database() as db:
        decided = session.decisions.training_decisions(db)
    learnt = gather_labels(films, decided).learnt
    of_left = learnt.left == films.left.row("l0")
    where = of_left & (learnt.right == films.right.row("r9"))
    assert learnt.label[where].tolist() == [1]
    assert learnt.weight[where].tolist() == [3.0]
    # and its left entity's other candidates are non-matches from now on
    assert set(learnt.label[of_left & ~where].tolist()) == {0}


def test_another_blocking_keeps_it_and_the_next_version_scores_it(films: Project) -> None:
    say(films, MATCH)
    block_project(films)
    assert _is_candidate(films)
    train_project(films)
    score_project(films)
    with films.database() as db:
        version = current_version(db)
        assert version
        assert version.name == "v2"
        assert unscored(db, "v2") == []
        assert candidate_count(db) == blocked_count(db) + 1
        assert "r9" in [pair.right for pair in scores_of(db, left="l0")]
    assert len(films.candidates()) == candidate_count_of(films) - 1
    assert films.attention("v2", candidate_count_of(films) - 1) is None


def candidate_count_of(project: Project) -> int:
    with project.database() as db:
        return candidate_count(db)


def test_figures_on_blocking_do_not_count_it_as_found(same_films: MakeFilms) -> None:
    project = same_films(["l0 r9"], remakes=False)
    train_project(project)
    score_project(project)
    assert quality.quality(project).blocking.value == 0
    say(project, MATCH)
    found = quality.quality(project)
    assert (found.blocking.value, found.lost) == (0, 0)  # a link told it, no search
    say(project, MATCH, "l1", "r8")
    found = quality.quality(project)
    assert (found.blocking.value, found.lost) == (0, 1)
    assert json.loads(json.dumps(found.to_json()))["lost"] == 1


def test_what_a_link_of_an_earlier_release_names_is_told(same_films: MakeFilms) -> None:
    project = same_films(["l0 r9"], remakes=False)
    train_project(project)
    score_project(project)
    with project.database() as db:  # as a release left it that added no links
        take_out(db)
        db.execute("DELETE FROM added_pairs")
    assert any_pair.LINKED in opened(project).why


def test_a_network_scores_it_as_it_explains_it(small_sample) -> None:
    project = Project.open(small_sample)
    pairs = project.candidates()
    left = int(pairs.left[0])
    beside = set(pairs.right[pairs.left == left].tolist())
    kind = project.schema.types[0]
    left = int(project.left.rows_of_type(kind.left)[0])
    beside = set(pairs.right[pairs.left == left].tolist())
    right = next(int(r) for r in project.right.rows_of_type(kind.right) if int(r) not in beside)
    ids = project.left.id(left), project.right.id(right)
    view = session.given_pair(project, "Ada", *ids)
    assert view
    expected = float(score_rows(project, "v1", np.array([left]), np.array([right]), "cpu")[0])
    saved = session.decide(project, "Ada", view.question, session.Answer(MATCH))
    assert saved.score == pytest.approx(expected, abs=1e-3)
    with project.database() as db:
        stored = next(p.score for p in scores_of(db, left=ids[0]) if p.right == ids[1])
    assert stored == pytest.approx(expected, abs=1e-3)
    again = session.given_pair(project, "Bob", *ids)
    assert again
    shown, soon = explanation.explained(project, again)
    assert not soon
    assert shown.evidence is not None
    with project.database() as db:
        db.execute("DELETE FROM scores WHERE candidate = ?", [candidate_count(db) - 1])
    score_project(project, "v1", device="cpu")
    with project.database() as db:
        assert unscored(db, "v1") == []
