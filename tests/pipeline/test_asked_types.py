"""What the schema says of what is asked about is in force at once: no training, no scoring."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from kgreview.graph.schema import TypePair
from kgreview.pipeline.asked_types import ask_by_schema
from kgreview.pipeline.blocking import SchemaChange, schema_change
from kgreview.pipeline.export import Choice, gather
from kgreview.pipeline.project import SCHEMA, Project
from kgreview.pipeline.status import project_status
from kgreview.review.counts import review_counts
from kgreview.review.nothing_left import nothing_left
from kgreview.review.schema import save_schema, schema_stamp
from kgreview.review.session import next_pair
from kgreview.store.pair_filter import EVERYTHING
from kgreview.store.stored_plan import planned
from kgreview.store.versions import current_version

ARTIST, ALBUM = TypePair("artist", "artist"), TypePair("album", "album")


def leave_out(project: Project, *types: TypePair) -> None:
    save_schema(project, replace(project.schema, not_asked=types), schema_stamp(project))


def planned_types(project: Project) -> set[str]:
    with project.database() as db:
        sql = """SELECT DISTINCT c.left_type FROM scores s JOIN candidates c ON c.id = s.candidate
            JOIN versions v ON v.id = s.version AND v.current = 1 WHERE s.place IS NOT NULL"""
        return {name for (name,) in db.execute(sql)}


def test_the_query_plan_is_made_anew_for_the_types_that_are_asked_about(small_sample: Path) -> None:
    project = Project.open(small_sample)
    assert planned_types(project) == {"artist", "album"}
    with project.database() as db:
        before = current_version(db)
    leave_out(project, ALBUM)
    assert planned_types(project) == {"artist"}
    assert schema_change(project) is SchemaChange.NONE
    with project.database() as db:
        assert current_version(db) == before
        assert sum(planned(db).values()) > 0
        assert not ask_by_schema(project, db)
    leave_out(project)
    assert planned_types(project) == {"artist", "album"}


def test_an_edit_of_the_file_holds_for_the_next_question(small_sample: Path) -> None:
    file = small_sample / SCHEMA
    values = json.loads(file.read_text(encoding="utf-8"))
    rest = [{"types": ["artist", "artist"], "ask": False}]
    file.write_text(json.dumps(values | {"ask": rest}), encoding="utf-8")
    project = Project.open(small_sample)
    shown = next_pair(project, "Ada")
    assert shown is not None
    assert shown.question.left_type == "album"
    status = project_status(project)
    assert status["not_asked"]["types"] == ["artist"]
    assert status["not_asked"]["open_pairs"] == review_counts(project, "Ada").not_asked > 0
    told = review_counts(project, "Ada").figures("Ada")
    assert told["not asked about"] == f"{status['not_asked']['open_pairs']:,}"


def test_what_is_not_asked_about_is_exported_as_before(small_sample: Path) -> None:
    project = Project.open(small_sample)
    before = gather(project, Choice()).alignment
    leave_out(project, ALBUM, ARTIST)
    after = gather(project, Choice()).alignment
    assert np.array_equal(before.left, after.left)
    assert np.array_equal(before.score, after.score, equal_nan=True)
    assert next_pair(project, "Ada") is None
    assert "not asked about" in " ".join(nothing_left(project, "Ada", EVERYTHING).sentences)
