from __future__ import annotations

import json
import os
import time
import zipfile
from dataclasses import replace

import pytest

from kgreview.errors import InputError
from kgreview.exchange.alignment import What
from kgreview.exchange.exports import FORMS
from kgreview.graph.cardinality import Cardinality
from kgreview.pipeline.export import Choice, Outlook
from kgreview.pipeline.project import Project
from kgreview.review import export_preview
from kgreview.store.outcomes import Outcome


@pytest.fixture
def chained(same_films, say_film, score) -> Project:
    """l0 – r0 by a link, l0 – r1 accepted, which makes a chain, l1 – r1 and l2 – r2 predicted."""
    project = same_films(["l0 r0"])
    score(project, {"l1 r1": 0.8, "l2 r2": 0.9, "l2 s2": 0.6, "l3 r3": 0.7})
    say_film(project, "l0", "r1")
    say_film(project, "l3", "r3", Outcome.NO_MATCH)
    say_film(project, "l4", "r4", Outcome.NO_COUNTERPART)
    return project


def lines(project: Project, threshold: float = 0.5) -> str:
    return "\n".join(export_preview.threshold_lines(Outlook.of(project), threshold)).replace(
        "*", ""
    )


def test_what_lies_from_a_threshold_on_is_said_before_conflicts_are_resolved(chained):
    said = lines(chained)
    assert "Precision is not measured" in said
    assert "3 pairs that nobody decided on from the score 0.5 on" in said
    # l0 has two right ones, r1 two left ones and l2 two right ones
    assert "3 entities have several counterparts where one is allowed" in said
    assert "2 of 2 groups have more than two entities" in said
    assert "1 pair that nobody" in lines(chained, 0.85)


def test_what_is_held_and_what_is_at_odds_is_said(chained):
    export = Outlook.of(chained).export(Choice())
    assert export_preview.held_lines(export) == [
        "It holds 1 accepted, 1 known links, 1 predicted; 1 group has more than two entities.",
        "1 group is larger than allowed (3 entities).",
        "1 entity has several matches where one is allowed.",
        "2 pairs above the threshold gave way to a better one.",
    ]


def test_rows_of_a_preview_say_what_a_pair_rests_on(chained):
    export = Outlook.of(chained).export(Choice(What.ALL))
    rows = export_preview.preview(export, "csv", 10)
    assert [
        f"{row['left']} {row['right']} {row['outcome']}: {row['basis'][:13]}" for row in rows
    ] == [
        "l0 r0 match: a known link",
        "l0 r1 match: Ada, 2026-11-",
        "l2 r2 match: predicted, 0.",
        "l3 r3 no_match: Ada, 2026-11-",
        "l4  no_counterpart: Ada",
    ]
    assert len(export_preview.preview(export, "ntriples", 10)) == 3
    assert len(export_preview.preview(export, "csv", 2)) == 2


def test_a_group_of_three_is_told_step_by_step(chained):
    export = Outlook.of(chained).export(Choice())
    (found,), pages = export_preview.groups_page(export, 0, 5)
    assert pages == 1
    title = export_preview.group_title(found)
    assert title == "3 entities: 1 left, 2 right, where 2 are allowed · aaaaaa"
    assert [
        f"{row['step']} {row['left']} {row['right']} {row['what it joined']}"
        for row in export_preview.growth_rows(found)
    ] == [
        "1 aaaaaa aaaaaa two single entities",
        "2 aaaaaa bbbbbb one entity and 2 that were together",
    ]
    assert export_preview.groups_page(export, 1, 5) == ([], 1)


# ---------------------------------------------------------------- files


@pytest.mark.parametrize("form", FORMS)
def test_every_form_becomes_one_file_in_the_project(chained, form):
    export = Outlook.of(chained).export(Choice(What.ALL))
    made = export_preview.make_file(chained, export, form)
    assert made.path.parent.parent == chained.path / "exports"
    assert [file.stat().st_size > 0 for file in made.files.values()] == [True] * len(made.files)
    assert (made.note is None) is FORMS[form].has_note
    again = export_preview.make_file(chained, export, form, before=made)
    assert not made.path.exists()
    assert again.path.name == made.path.name
    if FORMS[form].is_folder:
        with zipfile.ZipFile(again.path) as archive:
            assert f"project-{form}/members.csv" in archive.namelist()


def test_what_is_older_than_a_day_goes_and_nothing_half_written_stays(chained):
    export = Outlook.of(chained).export(Choice())
    old = export_preview.make_file(chained, export, "csv").path.parent
    os.utime(old, (time.time() - 90_000,) * 2)

    def interrupted(stage: str, done: int, total: int | None = None, **figures: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_preview.make_file(chained, export, "merged", interrupted)
    assert list((chained.path / "exports").iterdir()) == []


# ---------------------------------------------------------------- settings


def test_settings_are_kept_and_the_others_stay(chained):
    before = json.loads((chained.path / "kgreview.json").read_text("utf-8"))
    stamp = export_preview.stamp(chained)
    export_preview.save_settings(chained, {"largest_group": 4, "values": "left"})
    again = Project.open(chained.path)
    assert again.settings == chained.settings
    assert again.settings.export.largest_group == 4
    assert export_preview.stamp(again) != stamp
    after = json.loads((chained.path / "kgreview.json").read_text("utf-8"))
    assert {**after, "export": before["export"]} == before
    outlook = Outlook.of(again)
    assert export_preview.cardinality_lines(outlook) == ["film: one-to-one"]


def test_how_many_counterparts_there_may_be_is_the_schemas(chained):
    film = chained.schema.types[0]
    many = replace(chained.schema, cardinality={film: Cardinality.MANY_TO_MANY})
    chained.save_schema(many)
    outlook = Outlook.of(chained)
    assert export_preview.cardinality_lines(outlook) == ["film: many-to-many"]
    assert outlook.export(Choice()).provenance.counts["predicted"] == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"largest_group": 1}, "not saved: 'largest_group'"),
        ({"values": "newest"}, "'left_changed' is not set; the rule 'newest' needs"),
        (
            {"values": "newest", "left_changed": "title", "right_changed": "gone"},
            "'right_changed' names 'gone', which no right entity has",
        ),
    ],
)
def test_settings_that_do_not_fit_are_not_saved(chained, changes, message):
    before = (chained.path / "kgreview.json").read_bytes()
    with pytest.raises(InputError) as error:
        export_preview.save_settings(chained, changes)
    assert message in str(error.value)
    assert (chained.path / "kgreview.json").read_bytes() == before


def test_a_decision_changes_the_stamp_and_a_look_does_not(chained, say_film):
    stamp = export_preview.stamp(chained)
    Outlook.of(chained).export(Choice())
    assert export_preview.stamp(chained) == stamp
    say_film(chained, "l5", "r5")
    assert export_preview.stamp(chained) != stamp
