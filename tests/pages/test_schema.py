"""The Schema page: what corresponds is shown, changed row by row, checked and saved whole."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from kgreview.graph.cardinality import Cardinality
from kgreview.graph.schema import TypePair
from kgreview.pipeline import jobs
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.project import Project
from kgreview.review.session import PROJECT_VARIABLE
from kgreview.store.asked_types import not_asked
from kgreview.store.cardinality import sides_with_several
from kgreview.store.jobs import start_job
from kgreview.store.queue import next_question

APP = str(Path(__file__).parents[2] / "app.py")
FILM = TypePair("film", "film")


def schema_page(path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv(PROJECT_VARIABLE, str(path))
    app = AppTest.from_file(APP, default_timeout=60)
    app.session_state.curator = "Ada"
    app.run().switch_page("pages/schema.py").run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    said = (*app.markdown, *app.error, *app.success, *app.warning, *app.info, *app.caption)
    return " ".join(str(element.value) for element in said)


def button(app: AppTest, label: str) -> Any:
    return next(each for each in app.button if each.label == label)


@pytest.fixture
def edit(monkeypatch: pytest.MonkeyPatch):
    """Change the rows of an editor, as a person does who ticks one off or adds one."""
    changes: dict[str, Any] = {}

    def data_editor(rows: pd.DataFrame, *, key: str, **_: Any) -> pd.DataFrame:
        which = key.split("_")[1]
        return changes[which](rows.copy()) if which in changes else rows

    monkeypatch.setattr(st, "data_editor", data_editor)
    return changes


def test_nothing_is_changed_until_somebody_changes_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = schema_page(project.path, monkeypatch)
    assert button(app, "Save").disabled
    assert "were made with this schema" in words(app)


def test_an_attribute_that_names_no_more_is_saved_and_asks_for_a_run(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = next(pair for pair in project.schema.types if pair.left == "person")
    app = schema_page(project.path, monkeypatch)
    app.selectbox(key="schema_types").set_value(person).run()
    names = app.multiselect[0]
    assert names.value == ["name"]
    names.set_value([]).run()
    button(app, "Save").click().run()
    assert Project.open(project.path).schema.left_names["person"] == ()
    assert "Saved. Which pairs are candidates, or what links tell of them, may change" in words(app)
    assert button(app, "Run now, in the background")


def test_rows_are_removed_and_added_and_all_else_stays(
    project: Project, edit: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = project.schema
    assert [str(pair) for pair in before.relations if pair.types == FILM]

    def untick(rows: pd.DataFrame) -> pd.DataFrame:
        rows["keep"] = False
        return rows

    def add(rows: pd.DataFrame) -> pd.DataFrame:
        added = {"keep": [None, True], "left": ["→ stars", "→ directed"]}
        half = {"right": ["← directed", None]}  # of the second row: it is none
        return pd.concat([rows.astype(object), pd.DataFrame(added | half)], ignore_index=True)

    app = schema_page(project.path, monkeypatch)
    app.selectbox(key="schema_types").set_value(FILM).run()
    edit |= {"attributes": untick, "relations": lambda rows: add(untick(rows))}
    app.run()
    button(app, "Save").click().run()
    assert not app.error
    after = Project.open(project.path).schema
    assert [str(pair) for pair in after.relations if pair.types == FILM] == [
        "stars ~ directed inverse"
    ]
    assert not [pair for pair in after.attributes if pair.types == FILM]
    elsewhere = [pair for pair in before.relations if pair.types != FILM]
    assert [pair for pair in after.relations if pair.types != FILM] == elsewhere
    assert after == dataclasses.replace(
        before, attributes=after.attributes, relations=after.relations
    )
    assert "The candidates stay" in words(app)


def test_what_is_ignored_and_names_is_refused_in_one_line_and_nothing_is_written(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (project.path / "schema.json").read_bytes()
    app = schema_page(project.path, monkeypatch)
    app.multiselect[2].set_value(["title"])
    app.run()
    button(app, "Save").click().run()
    assert "is ignored, and names or is compared" in words(app).replace("\\", "")
    assert (project.path / "schema.json").read_bytes() == before
    assert not button(app, "Save").disabled  # what was changed is still there


def test_the_edit_of_somebody_else_is_not_written_over(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = schema_page(project.path, monkeypatch)
    names = app.multiselect[0]
    names.set_value([]).run()
    file = project.path / "schema.json"
    other = json.loads(file.read_text()) | {"relations": []}
    file.write_text(json.dumps(other))
    button(app, "Save").click().run()
    assert "changed by somebody else meanwhile" in words(app).replace("\\", "")
    assert json.loads(file.read_text()) == other
    button(app, "Discard changes").click().run()
    assert button(app, "Save").disabled
    assert not app.exception


def test_without_a_pair_of_types_it_says_what_to_do(
    project: Project, edit: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    edit["types"] = lambda rows: rows.iloc[:0]
    app = schema_page(project.path, monkeypatch)
    assert "Keep or add a pair of types" in words(app)
    button(app, "Save").click().run()
    assert "pairs no types" in words(app).replace("\\", "")


def test_a_pair_of_types_without_anything_says_how_to_begin(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.save_schema(dataclasses.replace(project.schema, attributes=(), relations=()))
    app = schema_page(project.path, monkeypatch)
    assert "No attributes of these types correspond yet. Add a row" in words(app)
    assert "No relations of these types correspond yet. Add a row" in words(app)


def test_the_run_starts_in_the_background_and_the_page_says_where_to_look(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []

    def start(project: Project) -> None:
        with project.database() as db:
            started.append(start_job(db, "run").kind)

    monkeypatch.setattr(jobs, "start_run", start)
    project.save_schema(dataclasses.replace(project.schema, relations=()))
    app = schema_page(project.path, monkeypatch)
    button(app, "Run now, in the background").click().run()
    assert started == ["run"]
    assert "Go on reviewing: you can leave this page." in words(app)


def test_types_attributes_and_relations_of_hostile_names_are_shown(
    project: Project, evil: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    # the films' third attribute is hostile, and so are types and relations
    app = schema_page(project.path, monkeypatch)
    for pair in project.schema.types:
        app.selectbox(key="schema_types").set_value(pair).run()
        assert not app.exception
    assert "href" in app.multiselect[2].options


def test_a_hundred_attributes_have_a_row_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for side in ("left", "right"):
        folder = tmp_path / side
        folder.mkdir()
        names = [f"field {n}" for n in range(100)]
        lines = ["\t".join(["id", "type", "name", *names])]
        for n in range(20):
            values = [f"word{(7 * n + m) % 53} of {m}" for m in range(100)]
            lines.append("\t".join([f"{side}{n}", "thing", f"Thing {n}", *values]))
        (folder / "entities.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    project = create_project(tmp_path / "wide", tmp_path / "left", tmp_path / "right")
    assert len(project.schema.attributes) >= 100
    shown: set[str] = set()

    def data_editor(rows: pd.DataFrame, **_: Any) -> pd.DataFrame:
        shown.update(rows["left"])
        return rows

    monkeypatch.setattr(st, "data_editor", data_editor)
    schema_page(project.path, monkeypatch)
    assert {f"field {n}" for n in range(100)} <= shown


def test_how_many_counterparts_there_are_is_shown_and_set(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = schema_page(project.path, monkeypatch)
    assert "By links and decisions, no match is known." in words(app)
    box = next(each for each in app.selectbox if each.label == "Counterparts, left to right")
    box.select(Cardinality.ONE_TO_MANY).run()
    button(app, "Save").click().run()
    assert not app.exception
    first = project.schema.types[0]
    set_now = Project.open(project.path).schema.cardinality
    assert set_now == {first: Cardinality.ONE_TO_MANY}
    with project.database() as db:
        assert sides_with_several(db, (first.left, first.right)) == {"left"}


def test_types_that_are_unticked_are_asked_no_more_without_a_run(
    project: Project, edit: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def untick(rows: pd.DataFrame) -> pd.DataFrame:
        rows["ask"] = rows["left"] != "film"
        return rows

    app = schema_page(project.path, monkeypatch)
    edit["types"] = untick
    app.run()
    button(app, "Save").click().run()
    (told,) = app.error  # the version of these tests has no folder
    assert "The query plan stays as it was" in told.value
    assert Project.open(project.path).schema.not_asked == (FILM,)
    assert "Saved. Candidates and features were made with this schema." in words(app)
    with project.database() as db:
        assert not_asked(db) == [("film", "film")]
        shown = next_question(db, "Ada")
    assert shown is not None
    assert shown.left_type != "film"
