"""Decisions and added pairs on entities that the graphs lack change nothing that works."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from kgreview.aligner.settings import AlignerSettings
from kgreview.pipeline import job_process, jobs
from kgreview.pipeline.label_issues import find_doubts
from kgreview.pipeline.promotion import changes
from kgreview.pipeline.scoring import score_project
from kgreview.pipeline.training import train_project
from kgreview.review import session
from kgreview.review.quality import quality
from kgreview.store.added_pairs import AddedPair, add_pair, unscored
from kgreview.store.jobs import start_job
from kgreview.store.outcomes import Outcome
from tests.films import MakeFilms, Say

FEW = AlignerSettings(members=1, epochs=1, steps=5, trees=5, last_trees=5)


def test_a_fine_tuning_leaves_out_what_is_gone_and_says_how_much(
    make_films: MakeFilms, say_film: Say, capsys: pytest.CaptureFixture[str]
) -> None:
    project = make_films([f"l{i} r{i}" for i in range(14)], audit=0.3)
    train_project(project, settings=FEW)
    score_project(project)
    for left, right in (("gone", "r3"), ("l16", "gone"), ("gone too", "gone as well")):
        say_film(project, left, right)
        say_film(project, f"never {left}", right, Outcome.NO_MATCH)
    say_film(project, "gone", "", Outcome.NO_COUNTERPART)
    for i in range(14, 18):
        say_film(project, f"l{i}", f"r{i}")
        say_film(project, f"l{i}", f"s{i}", Outcome.NO_MATCH)
    similarities = np.load(project.path / "candidates" / "similarities.npy")[0]
    with project.database() as db:
        for left, right in (("gone", "r3"), ("l3", "gone")):
            pair = AddedPair(left, right, "film", "film", similarities=similarities, curator="Ada")
            add_pair(db, pair, audit=None, version="v1", score=0.5)
        started = start_job(db, "fine-tune")
    assert job_process.run(project.path, started.id) == 0
    job = jobs.latest(project)
    assert job is not None
    assert (job.state, job.message[:2]) == ("done", "v2"), job.message
    assert "leave out 2 added pairs whose entities are gone" in capsys.readouterr().out
    with project.database() as db:
        assert {pair.left for pair in unscored(db, "v2")} == {"gone", "l3"}
    # whatever else looks decisions up
    find_doubts(project)
    assert quality(project).decisions == 15
    changes(project, "v2", "v1")
    view = session.next_pair(project, "Ada")
    assert view
    assert "gone" not in (view.question.left, view.question.right)


def test_ids_become_rows_in_one_place() -> None:
    rooms = Path(jobs.__file__).parents[1]
    modules = {
        file.stem
        for room in ("pipeline", "review", "experiments")
        for file in (rooms / room).glob("*.py")
        if any(_looks_many_up(node) for node in ast.walk(ast.parse(file.read_text("utf-8"))))
    }
    # a refresh is about what is gone, and a list of candidates passes over it
    steps = {"refresh_candidates", "refresh_differences", "refresh_scores"}
    assert modules == {*steps, "renumbering", "lookup"}


def _looks_many_up(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "rows"
        and any(isinstance(given, ast.ListComp) for given in node.args)
    )
