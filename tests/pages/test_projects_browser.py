"""The page of a folder of projects in a browser: files are sent, and tabs keep apart."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kgreview.pipeline.project import Project
from kgreview.pipeline.project_folder import FOLDER_VARIABLE

from ..exchange.pair_files import write_openea
from .conftest import Desk

pytestmark = pytest.mark.browser

Desks = Callable[..., Desk]
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"


def triples(side: str, names: tuple[str, ...]) -> bytes:
    lines = []
    for number, name in enumerate(names):
        film = f"<http://{side}.example/{number}>"
        text = name.encode("unicode_escape").decode().replace("\\x", "\\u00").replace('"', '\\"')
        lines += [
            f"{film} {TYPE} <http://{side}.example/Film> .",
            f'{film} <http://{side}.example/title> "{text}" .',
        ]
    return ("\n".join(lines) + "\n").encode()


@pytest.fixture
def folder(tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A folder with two projects of hostile names of films, as what the app is started on."""
    folder = tmp_path / "folder"
    for name in ("books", "films"):
        shutil.copytree(project.path, folder / name)
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    return Project(folder, project.settings)


def opened(desks: Desks, folder: Project, query: str) -> Desk:
    desk = desks(folder, None)
    desk.visit(query)
    desk.rested()
    return desk


def test_files_are_sent_looked_at_and_become_a_project(
    folder: Project, desks: Desks, evil: tuple[str, ...]
) -> None:
    expect = pytest.importorskip("playwright.sync_api").expect
    desk = opened(desks, folder, "?curator=Ada")
    page = desk.page
    page.get_by_text("New project").first.click()
    page.get_by_label("Name", exact=True).fill("new & <b>")
    files: list[dict[str, Any]] = [
        {"name": f"{side}.nt", "mimeType": "text/plain", "buffer": triples(side, evil[:5])}
        for side in ("left", "right")
    ]
    for label, file in zip(("Left graph", "Right graph"), files, strict=True):
        uploader = page.locator('[data-testid="stFileUploader"]', has_text=label)
        uploader.locator("input").set_input_files(file)
        uploader.get_by_text(file["name"]).wait_for()
    page.get_by_role("button", name="Inspect").click()
    page.get_by_role("button", name="Import").wait_for()
    desk.rested()
    # once for either graph; the folded details say it, too, as soon as they are drawn
    sides = page.locator('[data-testid="stMarkdown"]').get_by_text("5 entities")
    expect(sides).to_have_count(2)
    for title in page.get_by_text("Types, attributes, relations, examples").all():
        title.click()
    desk.rested()
    page.get_by_role("button", name="Import").click()
    page.get_by_text("is imported").wait_for()
    desk.rested()
    assert "project=new" in page.url
    page.get_by_text("5 left and 5 right entities").wait_for()
    project = Project.open(folder.path / "new & <b>")
    assert project.left.num_entities == 5
    assert list((folder.path / ".imports").iterdir()) == []


def test_a_zipped_pair_folder_is_sent_and_looked_at(
    folder: Project, desks: Desks, tmp_path: Path
) -> None:
    expect = pytest.importorskip("playwright.sync_api").expect
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(write_openea(tmp_path / "openea").rglob("*")):
            archive.write(file, file.relative_to(tmp_path))
    desk = opened(desks, folder, "?curator=Ada")
    page = desk.page
    page.get_by_text("New project").first.click()
    page.get_by_text("one folder with both graphs").click()
    desk.rested()  # the form is another one, and stays open
    page.get_by_label("Name", exact=True).fill("pair")
    uploader = page.locator('[data-testid="stFileUploader"]', has_text="as a zip")
    uploader.locator("input").set_input_files(
        {"name": "openea.zip", "mimeType": "application/zip", "buffer": packed.getvalue()}
    )
    uploader.get_by_text("openea.zip").wait_for()
    page.get_by_role("button", name="Inspect").click()
    page.get_by_role("button", name="Import").wait_for()
    desk.rested()
    expect(page.get_by_text("pair/openea: ")).to_be_visible()


def test_two_tabs_of_two_projects_keep_apart(folder: Project, desks: Desks) -> None:
    films = desks(folder, "review?project=films&curator=Ada")
    books = desks(folder, "review?project=books&curator=Ada")
    for _ in range(2):
        films.press("u")
        books.press("x")
    for name, outcome in (("films", "unsure"), ("books", "no_match")):
        with Project.open(folder.path / name).database() as db:
            said = [row[0] for row in db.execute("SELECT outcome FROM decisions")]
        assert said == [outcome] * 2
