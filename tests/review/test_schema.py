"""An edited schema is checked, saved whole, never over another's, and says what must follow."""

from __future__ import annotations

import dataclasses

import pytest

from kgreview.errors import InputError
from kgreview.graph.schema import AttributePair, Direction, RelationPair, TypePair
from kgreview.pipeline.job_process import run
from kgreview.pipeline.project import Project
from kgreview.review.schema import save_schema, schema_stamp, to_make_anew
from kgreview.store.jobs import job, start_job
from tests.films import MakeFilms

FILM = TypePair("film", "film")


@pytest.fixture
def project(same_films: MakeFilms) -> Project:
    return same_films(["l0 r0"])


def test_what_was_saved_is_read_by_all_and_nothing_else_is_left(project: Project) -> None:
    near = RelationPair(FILM, Direction("near"), Direction("near", True))
    edited = dataclasses.replace(project.schema, relations=(near,))
    save_schema(project, edited, schema_stamp(project))
    assert project.schema == Project.open(project.path).schema == edited
    assert not list(project.path.glob("schema.json.*"))


def test_the_edit_of_another_is_not_written_over(project: Project) -> None:
    stamp = schema_stamp(project)
    other = dataclasses.replace(project.schema, left_missing={"title": ("?",)})
    save_schema(project, other, stamp)
    mine = dataclasses.replace(project.schema, left_names={"film": ()})
    with pytest.raises(InputError, match="changed by somebody else meanwhile"):
        save_schema(project, mine, stamp)
    assert project.schema == other


def test_what_is_at_fault_is_refused_and_nothing_is_written(project: Project) -> None:
    before = project.schema
    for faulty, words in (
        (dataclasses.replace(before, types=()), "pairs no types"),
        (dataclasses.replace(before, left_ignored=("title",)), "is ignored, and names"),
        (
            dataclasses.replace(before, attributes=(AttributePair(FILM, "year", "title"),)),
            "the left graph has no attribute 'year'",
        ),
    ):
        with pytest.raises(InputError, match=words):
            save_schema(project, faulty, schema_stamp(project))
    assert Project.open(project.path).schema == before


def test_a_run_in_the_background_does_what_the_schema_asks_for(project: Project) -> None:
    assert to_make_anew(project)[0]
    assert "first run" in to_make_anew(project)[1]
    with project.database() as db:
        started = start_job(db, "run")
    assert run(project.path, started.id) == 0
    with project.database() as db:
        assert job(db, started.id).state == "done"
        assert "v1 is current now" in (job(db, started.id).message or "")
    assert to_make_anew(project) == (
        False,
        "Candidates and features were made with this schema.",
    )
    title = AttributePair(FILM, "title", "title")
    edited = dataclasses.replace(project.schema, attributes=(title,))
    save_schema(project, edited, schema_stamp(project))
    asks, why = to_make_anew(project)
    assert asks
    assert "The candidates stay" in why
