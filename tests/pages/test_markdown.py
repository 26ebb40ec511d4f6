"""What a graph or a person wrote comes out as it was written, on every page."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from kgreview.pipeline.project import Project
from kgreview.review import assigning, history, session
from kgreview.review.session import PROJECT_VARIABLE
from kgreview.store.decisions import standing
from kgreview.store.drafts import Draft
from kgreview.store.jobs import fail, report, start_job
from kgreview.store.outcomes import Outcome
from kgreview.store.pair_filter import PairFilter
from kgreview.store.versions import add_version
from kgreview.ui.heading import markdown_text

APP = str(Path(__file__).parents[2] / "app.py")
PAGES = (
    *("review", "entities", "groups", "history", "explain", "schema", "model", "quality"),
    *("export", "settings"),
)
MARK = "zqx"  # beside each of what Streamlit would make something else of
WRITTEN = (
    f"http://{MARK}.invalid www.{MARK}.invalid a@{MARK}.invalid {MARK} -> {MARK} <- {MARK} <-> "
    f":streamlit: :material/home: :+1: {MARK} -- {MARK} >= {MARK} ![{MARK}](x) "
    f":red[{MARK}] `{MARK}`"
)
# what Streamlit finds in a text when its backslashes are gone
MADE = re.compile(
    r"https?://|www\.|\w@\w+[.-]\w|:streamlit:|:material/|:\+1:|:red\["
    r"|(?<!\S)(?:<->|->|<-|>=|--)(?!\S)"
)
# fields that are read as Markdown; a code block, HTML and tables are not
READ = {"body", "label", "help", "caption", "text"}
NOT_READ = ("Code", "Html", "IFrame", "Arrow", "Text", "Json")


def test_what_is_found_in_a_text_is_parted() -> None:
    shown = markdown_text(WRITTEN, 400)
    assert MADE.search(shown.replace("\\", "")) is None
    assert shown.replace("\\", "").replace("\u2060", "") == WRITTEN
    assert MADE.search(WRITTEN), "as it would be without"


def texts(node: Any) -> Iterator[tuple[str, str]]:
    """Give the texts of a page that are read as Markdown, with the kind of their element."""
    proto = getattr(node, "proto", None)
    kind = type(proto).__name__
    if proto is not None and kind not in NOT_READ and hasattr(proto, "ListFields"):
        yield from _fields(proto, kind)
    for child in getattr(node, "children", {}).values():
        yield from texts(child)


def _fields(proto: Any, kind: str) -> Iterator[tuple[str, str]]:
    for field, value in proto.ListFields():
        if field.name in READ and isinstance(value, str):
            yield kind, value
        elif field.message_type is not None and not field.is_repeated:
            yield from _fields(value, f"{kind}.{field.name}")


@pytest.fixture
def written(project: Project) -> Project:
    """A project in which people and a graph wrote such things wherever they can."""
    name = f"Ada {MARK} -> :streamlit:"
    for number, outcome in ((20, Outcome.MATCH), (21, Outcome.MATCH), (22, Outcome.NO_MATCH)):
        for who, said in ((name, outcome), ("Bob", Outcome.NO_MATCH)):
            view = session.given_pair(project, who, f"left:f{number}", f"right:f{number}")
            assert view
            draft = Draft(WRITTEN, WRITTEN[:40], flagged=True)
            session.decide(project, who, view.question, session.Answer(said, draft=draft))
    with project.database() as db:
        history.revise(project, standing(db)[-1].id, name, Outcome.UNSURE, WRITTEN)
        add_version(
            db,
            f"v2 www.{MARK}.invalid -> x",
            parent="v1",
            kind=WRITTEN,
            settings={},
            figures={},
            seed=0,
            threshold=0.5,
            held=WRITTEN,
        )
        job = start_job(db, WRITTEN)
        report(db, job.id, WRITTEN, 1, 2)
        fail(db, job.id, WRITTEN)
    assigning.assign(project, name, PairFilter(text=WRITTEN), by=name, second="Bob", share=0.5)
    project.save_settings(name=WRITTEN, reasons=(WRITTEN,))
    return project


@pytest.mark.parametrize("page", PAGES)
def test_no_page_makes_anything_of_what_was_written(
    written: Project, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setenv(PROJECT_VARIABLE, str(written.path))
    app = AppTest.from_file(APP, default_timeout=60)
    app.session_state.curator = f"Ada {MARK} -> :streamlit:"
    app.session_state.problem = WRITTEN
    app.query_params["left"], app.query_params["right"] = "left:f03", "right:f03"
    app.run()
    if page != "review":
        app.session_state.problem = WRITTEN
        if page == "entities":  # where who matched an entity is named
            app.query_params["state"] = "conflict"
        app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    found = list(texts(app._tree))
    written_there = [text for _, text in found if MARK in text or "invalid" in text]
    in_tables = any(MARK in frame.value.to_string() for frame in app.dataframe)
    assert written_there or in_tables or page == "explain", "what was written is on the page"
    for kind, text in found:
        for line in text.splitlines():
            if MARK in line or ".invalid" in line:
                assert MADE.search(line.replace("\\", "")) is None, (kind, line)
