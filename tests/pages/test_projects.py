"""The page of a folder's projects, and that every page works on the one that is chosen."""

from __future__ import annotations

import io
import shutil
import time
import zipfile
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from kgreview.pipeline import imports, jobs, project_folder
from kgreview.pipeline.project import Project
from kgreview.pipeline.project_folder import FOLDER_VARIABLE, UPLOAD_VARIABLE
from kgreview.store.jobs import start_job
from kgreview.store.outcomes import Outcome
from kgreview.ui.past_decision import SAID

from ..exchange.pair_files import write_openea

APP = str(Path(__file__).parents[2] / "app.py")
OpenApp = Callable[..., AppTest]
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"


def triples(side: str) -> bytes:
    film = f"<http://{side}.example/1>"
    return (
        f"{film} {TYPE} <http://{side}.example/Film> .\n"
        f'{film} <http://{side}.example/title> "<b>Dune</b> ![x](http://fetched.invalid)" .\n'
    ).encode()


def words(app: AppTest) -> str:
    html = " ".join(str(element.proto.body) for element in app.get("html"))
    said = (*app.error, *app.warning, *app.info, *app.success, *app.caption, *app.markdown)
    return unescape(" ".join([html, *(str(element.value) for element in said)])).replace("\\", "")


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of projects that the app is started with."""
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    return folder


@pytest.fixture
def two(folder: Path, project: Project) -> Path:
    """The same with two projects, which differ in their decisions and names."""
    shutil.copytree(project.path, folder / "films")
    shutil.copytree(project.path, folder / "books")
    file = folder / "books" / "kgreview.json"
    file.write_text(file.read_text().replace('"name": "project"', '"name": "Books <b>"'))
    return folder


@pytest.fixture
def open_app(folder: Path) -> OpenApp:
    """Open the app in a tab of its own."""

    def open_app(page: str = "", **parameters: str) -> AppTest:
        app = AppTest.from_file(APP, default_timeout=60)
        app.session_state.curator = "Ada"
        for name, value in parameters.items():
            app.query_params[name] = value
        app.run()
        return app.switch_page(f"pages/{page}.py").run() if page else app

    return open_app


def until(app: AppTest, done: Callable[[], object]) -> AppTest:
    """Run the page as often as it takes; what it follows ends by itself."""
    for _ in range(600):
        if done():
            return app.run()
        time.sleep(0.05)
    raise AssertionError(words(app))


def test_an_empty_folder_asks_for_a_new_project(open_app: OpenApp) -> None:
    app = open_app()
    assert not app.exception
    assert app.expander[0].label == "New project"
    assert app.expander[0].proto.expanded
    assert "At most 500 MB can be uploaded" in words(app)


def test_projects_are_listed_and_a_damaged_one_is_a_line(two: Path, open_app: OpenApp) -> None:
    (two / "films" / "kgreview.json").write_text("{")
    table = open_app().dataframe[0].value
    assert list(table["project"]) == ["books (Books <b>)", "films"]
    assert table["version"][0] == "v1"
    assert "is damaged" in table["next step"][1]
    app = open_app(project="films")
    assert not app.exception
    assert "is damaged" in app.error[0].value.replace("\\", "")


@pytest.mark.parametrize("file", ["schema.json", "links/train.npz"])
def test_what_only_its_steps_read_is_said_below_and_the_page_goes_on(
    file: str, two: Path, open_app: OpenApp
) -> None:
    (two / "films" / file).write_bytes(b"{")
    app = open_app(project="films")
    assert not app.exception
    assert f"films/{file}" in app.error[0].value.replace("\\", "")
    assert app.expander[0].label == "New project"


def test_the_address_chooses_a_project_and_its_steps_are_shown(
    two: Path, open_app: OpenApp
) -> None:
    app = open_app(project="films")
    assert not app.exception
    said = words(app)
    for step in ("Import", "Schema", "Run", "Review"):
        assert f"**{step}**" in said
    assert "scored by v1" in said
    assert "Run again" in labels(app)


@pytest.mark.parametrize(
    "name", ["nothing", "../folder/films", "..", "/etc", "a\0b", "<img src=x onerror=alert(1)>"]
)
@pytest.mark.parametrize("page", ["", "review", "history", "model", "quality", "explain"])
def test_an_address_that_names_no_project_is_said_and_opens_nothing(
    page: str, name: str, two: Path, open_app: OpenApp
) -> None:
    app = open_app(page, project=name)
    assert not app.exception
    assert "no project" in words(app).lower()
    shown = [str(each.proto.body) for each in app.get("html")]
    shown += [str(each.value) for each in (*app.markdown, *app.warning, *app.error)]
    assert not [text for text in shown if "<img" in text.replace("\\<", "")]
    assert not app.dataframe or not page


def test_a_link_to_a_project_outside_is_not_opened(
    two: Path, open_app: OpenApp, tmp_path: Path
) -> None:
    (two / "films").rename(tmp_path / "outside")
    (two / "films").symlink_to(tmp_path / "outside")
    app = open_app("review", project="films")
    assert "there is no project 'films'" in words(app)


def test_without_a_choice_each_page_leads_to_the_projects(two: Path, open_app: OpenApp) -> None:
    app = open_app("review")
    assert "choose one on the Projects page" in words(app)
    assert not app.exception


def test_two_projects_in_two_tabs_never_mix(two: Path, open_app: OpenApp) -> None:
    films, books = open_app("review", project="films"), open_app("review", project="books")
    for _ in range(3):
        press(films, "Unsure")
        press(books, "Reject")
    for app, name, outcome in (
        (films, "films", Outcome.UNSURE),
        (books, "books", Outcome.NO_MATCH),
    ):
        with Project.open(two / name).database() as db:
            said = [row[0] for row in db.execute("SELECT outcome FROM decisions")]
        assert said == [outcome.value] * 3
        app.switch_page("pages/history.py").run()
        assert name in app.query_params["project"]  # a string, or a list of one
        assert list(app.dataframe[0].value["said"]) == [SAID[outcome]] * 3


def test_a_tab_that_changes_its_project_forgets_what_it_kept_of_the_other(
    two: Path, open_app: OpenApp
) -> None:
    app = open_app("review", project="films")
    press(app, "Accept")
    assert "said" in app.session_state
    app.query_params.clear()
    app.query_params["project"] = "books"
    app.run()
    assert "said" not in app.session_state or "Accepted" not in app.session_state.said
    assert app.session_state.project == "books"
    assert app.session_state.curator == "Ada"


def test_a_project_that_was_made_anew_in_the_place_of_another_is_read_anew(
    two: Path, open_app: OpenApp
) -> None:
    open_app("review", project="films")
    shutil.rmtree(two / "films")
    app = open_app("review", project="films")
    assert "there is no project 'films'" in words(app)


def test_a_run_is_started_and_followed(
    two: Path, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Path] = []

    def start(project: Project) -> None:
        started.append(project.path)
        with project.database() as db:
            start_job(db, "run")

    monkeypatch.setattr(jobs, "start_run", start)
    app = press(open_app(project="films"), "Run again")
    assert started == [two / "films"]
    assert "The run of blocking, training and scoring." in words(app)
    assert "Cancel" in labels(app)
    assert "run: running" in app.dataframe[0].value["next step"][1]
    press(app, "Cancel")
    job = jobs.latest(Project.open(two / "films"))
    assert job is not None
    assert job.cancel_requested


def send(app: AppTest, name: str, **files: tuple[str, bytes]) -> AppTest:
    """Fill in the form of a new project and look at it."""
    app.text_input(key="projects-name-0").set_value(name)
    for what, (file, content) in files.items():
        app.file_uploader(key=f"projects-{what}-files-0").upload(file, content)
    return press(app, "Inspect")


def ended(folder: Path, name: str) -> Callable[[], object]:
    def done() -> bool:
        record = imports.import_record(folder, name)
        return record is None or not record.running

    return done


def test_a_project_is_sent_looked_at_imported_and_chosen(folder: Path, open_app: OpenApp) -> None:
    files: dict[str, Any] = {side: (f"{side}.nt", triples(side)) for side in ("left", "right")}
    app = send(open_app(), "new films", **files)
    assert not app.exception
    assert "new films" in words(app)
    until(app, ended(folder, "new films"))
    assert "**1** entities" in words(app)
    assert "![x]" not in " ".join(str(element.value) for element in app.markdown)
    press(app, "Import")
    until(app, ended(folder, "new films"))
    assert not app.exception
    assert list(app.dataframe[0].value["project"]) == ["new films"]
    assert list((folder / ".imports").iterdir()) == []
    app = open_app(project="new films")
    assert "1 left and 1 right entities" in words(app)
    assert "Run" in labels(app)


def test_what_is_wrong_with_a_source_is_one_line_and_it_can_be_discarded(
    folder: Path, open_app: OpenApp
) -> None:
    app = send(open_app(), "films", left=("a.nt", b"none"), right=("b.nt", triples("right")))
    until(app, ended(folder, "films"))
    assert "left/a.nt, line 1" in app.error[0].value.replace("\\", "")
    assert "Import" not in labels(app)
    press(app, "Discard")
    assert project_folder.list_projects(folder).lines == ()
    assert imports.imports(folder) == []
    assert not app.error


def test_a_plain_table_is_read_otherwise_by_what_its_form_takes(
    folder: Path, open_app: OpenApp
) -> None:
    table = b"nr,label,kind\n1,Dune,film\n2,Blue,film\n"
    app = send(open_app(), "films", left=("a.csv", table), right=("b.nt", triples("right")))
    until(app, ended(folder, "films"))
    app.text_input(key="projects-type-Left-how-films").set_value("kind")
    app.text_input(key="projects-columns-Left-how-films").set_value("nr, label,kind")
    press(app, "Check again")
    record = imports.import_record(folder, "films")
    assert record is not None
    assert record.request is not None
    assert record.request.how.left.type == "kind"
    assert record.request.how.left.columns == ("nr", "label", "kind")
    until(app, ended(folder, "films"))
    record = imports.import_record(folder, "films")
    assert record is not None
    assert record.inspected is not None, record.job
    assert record.inspected.left.by_type == {"film": 2}


def test_a_zipped_pair_folder_is_sent_and_imported(
    folder: Path, open_app: OpenApp, tmp_path: Path
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(write_openea(tmp_path / "openea").rglob("*")):
            archive.write(file, file.relative_to(tmp_path))
    app = open_app()
    app.radio(key="projects-made-0").set_value("pair").run()
    assert "projects-left-files-0" not in [each.key for each in app.file_uploader]
    app = send(app, "films", pair=("openea.zip", packed.getvalue()))
    assert not app.exception
    until(app, ended(folder, "films"))
    assert "pair/openea: " in words(app)
    assert "train" in words(app)
    app.text_input(key="projects-fold-how-films").set_value("7")
    press(app, "Check again")
    until(app, ended(folder, "films"))
    assert "7" in app.error[0].value
    app.text_input(key="projects-fold-how-films").set_value("2")
    press(app, "Check again")
    until(app, ended(folder, "films"))
    press(app, "Import")
    until(app, ended(folder, "films"))
    assert not app.exception
    assert list(app.dataframe[0].value["project"]) == ["films"]


@pytest.mark.parametrize(
    ("name", "file", "content", "says"),
    [
        ("../evil", "a.nt", b"", "has '/'"),
        ("", "a.nt", b"", "is empty"),
        ("films", "../a.nt", b"", "has '/'"),
        ("films", "a.nt", b"x" * 1_100_000, "hold more than 1 MB"),
    ],
)
def test_a_refused_form_says_why_and_stays_as_it_was_filled_in(
    name: str,
    file: str,
    content: bytes,
    says: str,
    folder: Path,
    open_app: OpenApp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(UPLOAD_VARIABLE, "1")
    app = send(open_app(), name, left=(file, content))
    assert not app.exception
    assert says in app.error[0].value.replace("\\", "")
    assert app.text_input(key="projects-name-0").value == name
    assert imports.imports(folder) == []


def test_with_one_project_there_is_no_page_of_projects(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KGREVIEW_PROJECT", str(project.path))
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    app = AppTest.from_file(APP, default_timeout=60)
    app.session_state.curator = "Ada"
    app.query_params["project"] = "films"
    app.run()
    assert "Accept" in labels(app), "the parameter means nothing here"
