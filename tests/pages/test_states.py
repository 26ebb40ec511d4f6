"""What every page says when there is nothing, or something is broken: a line, and what to do."""

import importlib
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kgreview.pipeline.project import Project
from kgreview.review.session import PROJECT_VARIABLE
from kgreview.service.sign_in import HEADER
from kgreview.service.variables import TRUSTED_VARIABLE
from kgreview.store.rights import AUTH_VARIABLE

ROOT = Path(__file__).parents[2]
PAGES = [
    page.name for page in (ROOT / "pages").glob("*.py") if "open_project()" in page.read_text()
]
PAGES.remove("shared.py")


def opened(page: str, monkeypatch: pytest.MonkeyPatch, path: Path | None) -> AppTest:
    if path is not None:
        monkeypatch.setenv(PROJECT_VARIABLE, str(path))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state.curator = "Ada"
    app.run()
    if page != "review.py":
        app.switch_page(f"pages/{page}").run()
    return app


def words(app: AppTest) -> str:
    html = " ".join(str(element.proto.body) for element in app.get("html"))
    said = (*app.error, *app.warning, *app.info, *app.caption, *app.markdown)
    return " ".join([html, *(str(element.value) for element in said)])


def test_there_are_pages() -> None:
    assert {"review.py", "history.py", "explain.py", "model.py"} <= set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_where_people_sign_in_a_stranger_sees_no_page(
    page: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(AUTH_VARIABLE, HEADER)
    monkeypatch.setenv(TRUSTED_VARIABLE, "10.0.0.1")
    signing_in = importlib.import_module("pages.signing_in")
    signing_in.sign_in.cache_clear()
    try:
        app = opened(page, monkeypatch, project.path)
        assert "Sign in" in words(app)
        assert not app.exception
        shown = [*app.dataframe, *app.button, *app.get("iframe")]
        assert shown == []
    finally:
        signing_in.sign_in.cache_clear()


@pytest.mark.parametrize("page", PAGES)
def test_without_a_project_each_page_says_how_to_start(
    page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(page, monkeypatch, None)
    assert "No project is open" in words(app)
    assert "kgreview demo" in words(app)
    assert not app.exception


@pytest.mark.parametrize("page", PAGES)
def test_before_the_first_score_each_page_says_what_comes_first(
    page: str, blocked_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(page, monkeypatch, blocked_project)
    assert not app.exception
    first = ("kgreview run", "Review page", "Which pair?", "Train the first", "What the queue asks")
    assert any(hint in words(app).replace("\\", "") for hint in first), words(app)


@pytest.mark.parametrize("page", PAGES)
def test_a_broken_database_is_one_line_and_no_traceback(
    page: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in project.path.glob("kgreview.db*"):
        file.unlink()
    (project.path / "kgreview.db").write_bytes(b"this is no database" * 500)
    app = opened(page, monkeypatch, project.path)
    assert not app.exception
    if page != "explain.py":  # which needs none until a pair is asked for
        assert "cannot be opened as a kgreview database" in words(app).replace("\\", "")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("lost", ["missing", "empty"])
def test_a_lost_database_is_one_line_and_no_new_one_takes_its_place(
    page: str, lost: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in project.path.glob("kgreview.db*"):
        file.unlink()
    if lost == "empty":
        (project.path / "kgreview.db").touch()
    app = opened(page, monkeypatch, project.path)
    assert not app.exception
    assert f"kgreview.db: is {lost}; it holds all decisions" in words(app).replace("\\", "")
    assert not any(file.stat().st_size for file in project.path.glob("kgreview.db*"))
