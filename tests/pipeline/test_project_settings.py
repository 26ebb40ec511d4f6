"""Settings of a project are checked where they are read, so that no press comes upon them."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kgreview.errors import InputError
from kgreview.pipeline import jobs
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.project import Project
from kgreview.pipeline.project_settings import ProjectSettings, read_settings
from kgreview.store.database import set_meta
from tests.films import MakeFilms

CREATED = "2026-01-01T00:00:00+00:00"


def written(folder: Path, **changes: object) -> Path:
    values: dict[str, Any] = {"format": 1, "name": "Films", "created_at": CREATED} | changes
    file = folder / "kgreview.json"
    file.write_text(json.dumps(values), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("name", "wrong", "told"),
    [
        ("double_share", "0.5", "'double_share' is not a number from 0 to 1, but '\"0.5\"'"),
        ("double_share", 5, "'double_share' is not a number from 0 to 1, but '5'"),
        ("double_share", -1, "'double_share' is not a number from 0 to 1"),
        ("double_share", math.nan, "'double_share' is not a number from 0 to 1, but 'NaN'"),
        ("double_share", True, "'double_share' is not a number from 0 to 1"),
        ("double_share", None, "'double_share' is not a number from 0 to 1, but 'null'"),
        ("audit_share", 1.5, "'audit_share' is not a number from 0 to 1"),
        ("qualified_matches", "yes", "'qualified_matches' is not true or false"),
        ("audit_share", "a", "'audit_share' is not a number from 0 to 1"),
        ("audit_share", math.inf, "'audit_share' is not a number from 0 to 1"),
        ("target", 0, "'target' is not a number above 0 and up to 1"),
        ("seed", 1.5, "'seed' is not a whole number from 0"),
        ("seed", -1, "'seed' is not a whole number from 0"),
        ("name", None, "'name' is not a text"),
        ("name", 7, "'name' is not a text"),
        ("created_at", 7, "'created_at' is not a text"),
        ("reasons", "homonym", "'reasons' is not a list of words"),
        ("reasons", [1], "'reasons' is not a list of words"),
        ("reasons", ["a", "a"], "'reasons' is not a list of words, each once"),
        ("reasons", ["a", ""], "'reasons' is not a list of words, each once"),
        ("finetune_after", -1, "'finetune_after' is not a whole number from 0 to 100,000"),
        ("finetune_after", 0.5, "'finetune_after' is not a whole number"),
        ("left_url", None, "'left_url' is not a web address"),
        ("left_url", "https://x.example/", "'left_url' is not a web address with {id} in it"),
        ("right_url", "javascript:{id}", "'right_url' is not a web address with {id} in it"),
        ("strategies", None, "'strategies' is not an object of shares"),
        ("strategies", {"uncertainty": "a"}, "the share of 'uncertainty' is not a number"),
        ("export", None, "'export' is not an object"),
        ("doubel_share", 0.1, "'doubel_share' is no setting"),
    ],
)
def test_what_is_wrong_is_named_with_what_it_should_be(
    tmp_path: Path, name: str, wrong: object, told: str
) -> None:
    with pytest.raises(InputError) as raised:
        read_settings(written(tmp_path, **{name: wrong}))
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("text", ["null", "[]", "7", "", "{", "{}", '{"format": 1}', "\0\0\0"])
def test_a_file_of_something_else_is_told_in_one_line(tmp_path: Path, text: str) -> None:
    file = written(tmp_path)
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"kgreview\.json: ") as raised:
        Project.open(tmp_path)
    assert "\n" not in str(raised.value)


def test_what_is_right_is_read(tmp_path: Path) -> None:
    file = written(tmp_path, double_share=1, target=1, reasons=["remake"], strategies={})
    assert read_settings(file) == ProjectSettings(
        "Films", CREATED, double_share=1.0, target=1.0, reasons=("remake",)
    )


def test_a_call_is_checked_as_a_file_is(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="double_share"):
        replace(ProjectSettings("Films", CREATED), double_share=5.0)
    with pytest.raises(InputError, match=r"'audit_share' is not a number from 0 to 1"):
        create_project(tmp_path / "p", tmp_path, tmp_path, audit_share=math.nan)
    assert not (tmp_path / "p").exists()


def test_a_changed_setting_is_kept_and_the_others_stay_as_the_file_has_them(
    make_films: MakeFilms,
) -> None:
    project = make_films()
    other = Project.open(project.path)
    other.save_settings(reasons=("remake",))
    project.save_settings(target=0.2)
    for settings in (project.settings, Project.open(project.path).settings):
        assert (settings.reasons, settings.target) == (("remake",), 0.2)


def test_what_makes_no_sense_is_refused_and_nothing_is_kept(make_films: MakeFilms) -> None:
    project = make_films()
    before = (project.path / "kgreview.json").read_bytes()
    with pytest.raises(InputError, match="not saved: 'target' is not a number above 0"):
        project.save_settings(reasons=("remake",), target=0.0)
    assert (project.path / "kgreview.json").read_bytes() == before
    assert project.settings.reasons == ()


def test_an_earlier_releases_choice_of_when_to_fine_tune_counts_until_another_is_saved(
    make_films: MakeFilms,
) -> None:
    project = make_films()
    assert jobs.finetune_after(project) == 50
    with project.database() as db:
        set_meta(db, "finetune after", 0)
    assert jobs.finetune_after(project) == 0
    project.save_settings(finetune_after=9)
    assert jobs.finetune_after(project) == 9
