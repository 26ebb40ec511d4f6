"""Pages that are open while another project is made in the place of theirs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from kgreview.pipeline.blocking import block_project
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.project import SETTINGS, Project
from kgreview.review.session import PROJECT_VARIABLE
from kgreview.store.decisions import counts
from kgreview.store.versions import add_version, promote, write_scores

ROOT = Path(__file__).parents[2]
PAGES = [
    page.name for page in (ROOT / "pages").glob("*.py") if "open_project()" in page.read_text()
]
PAGES.remove("shared.py")


def make_again(path: Path, sources: Path) -> Project:
    """Make a project of a few songs in the place of one that is removed."""
    shutil.rmtree(path)
    for side in ("left", "right"):
        ids = [f"{side}:f{i}" for i in (30, 31, 32)]  # some that the project before had, too
        folder = sources / side
        folder.mkdir(parents=True)
        for name, columns in {
            "entities": {"id": ids, "type": ["song"] * 3},
            "attributes": {
                "entity": ids,
                "attribute": ["title"] * 3,
                "value": ["Kashmir one", "Kashmir two", "Kashmir three"],
            },
            "relations": {"head": ids[:1], "relation": ["after"], "tail": ids[1:2]},
        }.items():
            pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    project = create_project(path, sources / "left", sources / "right", audit_share=0)
    block_project(project)
    count = len(project.candidates())
    with project.database() as db:
        add_version(
            db,
            "v1",
            parent=None,
            kind="similarity",
            settings={},
            figures={},
            seed=0,
            threshold=0.5,
        )
        write_scores(db, "v1", [(np.arange(count), np.linspace(0.4, 0.6, count))])
        promote(db, "v1")
    return project


def open_app(project: Project, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv(PROJECT_VARIABLE, str(project.path))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state.curator = "Ada"
    return app.run()


def words(app: AppTest) -> str:
    html = " ".join(str(element.proto.body) for element in app.get("html"))
    return html + " ".join(str(element.value) for element in (*app.error, *app.dataframe))


def test_an_answer_to_a_question_of_the_project_before_is_not_saved_in_the_new_one(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_app(project, monkeypatch)
    app.query_params["left"], app.query_params["right"] = "left:f30", "right:f31"
    app.run()
    new = make_again(project.path, tmp_path / "songs")
    next(button for button in app.button if button.label == "Accept").click().run()
    assert not app.exception
    assert "another project was put in the place" in app.error[0].value
    assert "Kashmir" in words(app)
    with new.database() as db:
        assert not any(counts(db).values())
    next(button for button in app.button if button.label == "Accept").click().run()
    assert not app.error
    with new.database() as db:
        assert sum(counts(db).values()) == 1


@pytest.mark.parametrize("page", PAGES)
def test_an_open_page_goes_on_with_the_new_project(
    page: str, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_app(project, monkeypatch)
    if page != "review.py":
        app.switch_page(f"pages/{page}").run()
    make_again(project.path, tmp_path / "songs")
    app.run()
    assert not app.exception
    assert not app.error
    if page == "review.py":
        assert "Kashmir" in words(app)


def test_changed_settings_hold_from_the_next_press_on(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_app(project, monkeypatch)
    file = project.path / SETTINGS
    values = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(values | {"reasons": ["same director"]}), encoding="utf-8")
    next(button for button in app.button if button.label == "Note").click().run()
    assert "same director" in [
        option.content for group in app.get("button_group") for option in group.proto.options
    ]
