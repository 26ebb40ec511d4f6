"""A folder of projects: what is in it is listed, and nothing outside it is reached."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from kgreview.errors import InputError
from kgreview.pipeline import project_folder
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.project import Project
from kgreview.pipeline.project_folder import (
    FOLDER_VARIABLE,
    UPLOAD_VARIABLE,
    folder_of_app,
    is_folder_of_projects,
    is_project,
    list_projects,
    new_project_path,
    project_line,
    project_path,
    source_path,
    upload_limit,
)
from kgreview.store.jobs import adopt, start_job
from tests.films import MakeFilms, Say

HOSTILE = (
    "..",
    ".",
    "",
    "/",
    "/etc",
    "../films",
    "films/..",
    "a/b",
    "a\\b",
    ".imports",
    "x\0y",
    "\ud800",
)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of two films a side, as it is imported."""
    folder = tmp_path_factory.mktemp("one")
    for side in ("left", "right"):
        (folder / side).mkdir()
        rows = "".join(f"{side}{number}\tfilm\tFilm {number}\n" for number in range(2))
        (folder / side / "entities.tsv").write_text(f"id\ttype\ttitle\n{rows}", encoding="utf-8")
    return create_project(folder / "films", folder / "left", folder / "right").path


@pytest.fixture
def folder(one: Path, tmp_path: Path) -> Path:
    """A folder with one project and a source."""
    folder = tmp_path / "folder"
    shutil.copytree(one, folder / "films")
    (folder / "raw").mkdir()
    (folder / "raw" / "a.nt").write_text("", encoding="utf-8")
    (folder / "left" / "right").mkdir(parents=True)  # a pair of sources, say
    return folder


def test_projects_are_listed_by_name_and_what_is_none_is_not(folder: Path) -> None:
    shutil.copytree(folder / "films", folder / "Books")
    shutil.copytree(folder / "films", folder / ".imports" / "hidden")
    lines = list_projects(folder).lines
    assert [line.name for line in lines] == ["Books", "films"]
    assert (lines[0].title, lines[0].left, lines[0].right) == ("films", 2, 2)
    assert (lines[0].version, lines[0].next_step) == ("", "run")
    assert list_projects(folder).notes == ()


def test_it_says_how_far_the_review_is(
    make_films: MakeFilms, say_film: Say, tmp_path: Path
) -> None:
    project = make_films(["l0 r0"])
    say_film(project, "l1", "r1")
    line = project_line(tmp_path, "project")
    assert line.candidates == len(project.candidates())
    assert line.decided == 1


def test_a_list_writes_nothing(folder: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("*")}
    list_projects(folder)
    after = {file: file.stat().st_mtime_ns for file in folder.rglob("*")}
    passing = {folder / "films", *(folder / "films").glob("kgreview.db-*")}  # SQLite's own
    assert {f: t for f, t in after.items() if f not in passing} == {
        f: t for f, t in before.items() if f not in passing
    }


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda p: (p / "kgreview.json").write_text("{"), "is damaged"),
        (lambda p: (p / "kgreview.json").unlink(), "is not a kgreview project"),
        (lambda p: (p / "kgreview.db").unlink(), "is missing; it holds all decisions: restore it"),
        (lambda p: (p / "kgreview.db").write_bytes(b"none" * 999), "cannot be opened"),
        (lambda p: shutil.rmtree(p / "left"), "is no whole saved graph"),
        (lambda p: (p / "right" / "ids.arrow").write_bytes(b""), "is no whole saved graph"),
        (lambda p: (p / "kgreview.json").write_text('{"format": 99}'), "another release"),
    ],
)
def test_a_damaged_project_is_one_line_with_what_to_do(
    damage: object, words: str, folder: Path
) -> None:
    shutil.copytree(folder / "films", folder / "whole")
    damage(folder / "films")  # type: ignore[operator]
    broken, whole = list_projects(folder).lines
    assert words in broken.problem
    assert "\n" not in broken.problem
    assert broken.next_step == "mend it"
    assert whole.problem == ""


def test_a_database_of_an_earlier_release_is_not_migrated_by_a_list(folder: Path) -> None:
    with Project.open(folder / "films").database() as db:
        db.execute("DELETE FROM _sqlite_migrations WHERE name > 'm003'")
        db.conn.commit()
    assert (
        "is of an earlier release; open the project once" in project_line(folder, "films").problem
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_leads_elsewhere_is_no_project(name: str, folder: Path) -> None:
    with pytest.raises(InputError) as refused:
        project_path(folder, name)
    str(refused.value).encode()
    assert "\n" not in str(refused.value)
    with pytest.raises(InputError):
        new_project_path(folder, name)
    assert not is_project(folder, name)
    assert project_line(folder, name).problem


def test_links_are_not_followed_and_counted(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "films", tmp_path / "outside")
    (folder / "link").symlink_to(tmp_path / "outside")
    (folder / "alias").symlink_to(folder / "films")
    listing = list_projects(folder)
    assert [line.name for line in listing.lines] == ["films"]
    assert listing.notes == ("2 links to folders left out: links are not followed",)
    with pytest.raises(InputError, match="there is no project"):
        project_path(folder, "link")


def test_a_name_no_address_can_hold_is_left_out_and_counted(folder: Path) -> None:
    (folder / "films").rename(folder / os.fsdecode(b"\xff\n"))
    listing = list_projects(folder)
    assert listing.lines == ()
    assert listing.notes[0].startswith("1 project left out for the name")


def test_of_very_many_projects_the_first_are_listed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(folder / "films", folder / "other")
    monkeypatch.setattr(project_folder, "MOST_LISTED", 1)
    listing = list_projects(folder)
    assert len(listing.lines) == 1
    assert listing.notes == ("the first 1 of 2 projects are listed",)


def test_a_job_that_runs_is_named_and_a_dead_one_is_not(folder: Path) -> None:
    with Project.open(folder / "films").database() as db:
        job = start_job(db, "run")
        assert project_line(folder, "films").next_step == "run: running"
        adopt(db, job.id, 2**22 + 1)  # a number that no process has
    assert project_line(folder, "films").working == ""


def test_a_new_project_takes_no_place_that_is_taken(folder: Path) -> None:
    assert new_project_path(folder, "new film") == folder / "new film"
    (folder / "dangling").symlink_to(folder / "nowhere")
    for name in ("films", "raw", "dangling"):
        with pytest.raises(InputError, match="there is something of this name"):
            new_project_path(folder, name)


def test_a_source_is_a_path_below_the_folder(folder: Path) -> None:
    assert source_path(folder, "raw/a.nt") == folder / "raw" / "a.nt"
    assert source_path(folder, " ./raw/ ".strip()).resolve() == folder / "raw"


@pytest.mark.parametrize(
    "place",
    [
        "/etc/passwd",
        "../outside.nt",
        "raw/../../outside.nt",
        "~/x",
        "raw\\..\\..\\x",
        "",
        " ",
        ".imports/x",
        "raw/.secret",
        "raw/nothing.nt",
        "a\0b",
        "\ud800",
        "x" * 5000,
    ],
)
def test_a_path_that_leads_out_or_nowhere_is_refused_in_one_line(
    place: str, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "outside.nt").write_text("", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        source_path(folder, place)
    str(refused.value).encode()
    assert "\n" not in str(refused.value)


def test_a_source_that_leads_out_by_a_link_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.nt").write_text("", encoding="utf-8")
    (folder / "raw" / "out.nt").symlink_to(tmp_path / "outside" / "a.nt")
    (folder / "dir").symlink_to(tmp_path / "outside")
    for place in ("raw/out.nt", "dir", "dir/a.nt", "raw"):  # the last holds the first
        with pytest.raises(InputError, match="leads out of"):
            source_path(folder, place)
    (folder / "raw" / "out.nt").unlink()
    (folder / "raw" / "in.nt").symlink_to(folder / "raw" / "a.nt")
    assert source_path(folder, "raw") == folder / "raw"


def test_a_loop_of_links_is_refused(folder: Path) -> None:
    (folder / "loop").symlink_to(folder / "loop")
    with pytest.raises(InputError):
        source_path(folder, "loop")


def test_a_project_whole_or_damaged_is_no_folder_of_projects(folder: Path, tmp_path: Path) -> None:
    assert is_folder_of_projects(folder)
    assert not is_folder_of_projects(folder / "films")
    (folder / "films" / "kgreview.json").unlink()
    assert not is_folder_of_projects(folder / "films")
    assert not is_folder_of_projects(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert is_folder_of_projects(tmp_path / "empty")


def test_the_app_is_told_by_its_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    monkeypatch.delenv(UPLOAD_VARIABLE, raising=False)
    assert (folder_of_app(), upload_limit()) == (None, 500)
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / ".." / tmp_path.name))
    monkeypatch.setenv(UPLOAD_VARIABLE, "7")
    assert (folder_of_app(), upload_limit()) == (tmp_path.resolve(), 7)
