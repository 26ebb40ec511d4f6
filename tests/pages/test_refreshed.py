"""Pages that are open while the project gets new rows."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from kgreview.pipeline.project import Project
from kgreview.pipeline.refresh import refresh_project
from kgreview.review.session import PROJECT_VARIABLE
from kgreview.store.decisions import counts

ROOT = Path(__file__).parents[2]
PAGES = ["history.py", "model.py", "quality.py"]  # without a network nothing is explained


def without_the_last(left: Path, target: Path) -> Path:
    """Copy a graph without the last of its entities and all that is said of it."""
    shutil.copytree(left, target)
    entities = pq.read_table(target / "entities.parquet")
    gone = entities["id"][len(entities) - 1].as_py()
    for file in target.glob("*.parquet"):
        table = pq.read_table(file)
        kept = [gone not in row.values() for row in table.to_pylist()]
        pq.write_table(table.filter(pa.array(kept)), file)
    return target


def test_an_open_page_goes_on_with_the_new_rows_and_its_answer_counts(
    learning_project: Project,
    blocked_project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = learning_project
    monkeypatch.setenv(PROJECT_VARIABLE, str(project.path))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state.curator = "Ada"
    app.run()
    shown = app.query_params["left"], app.query_params["right"]
    rows = without_the_last(blocked_project.parent / "left", tmp_path / "rows")
    report = refresh_project(project, left=rows)
    assert sum(report.left.gone.values()) == 1
    next(button for button in app.button if button.label == "Reject").click().run()
    assert not app.exception
    assert not app.error
    with project.database() as db:
        (pair,) = db.execute("SELECT left, right FROM decisions WHERE curator = 'Ada'").fetchall()
        assert sum(counts(db, "Ada").values()) == 1
    assert pair == shown
    assert (app.query_params["left"], app.query_params["right"]) != shown
    for page in PAGES:
        app.switch_page(f"pages/{page}").run()
        assert not app.exception, page
        assert not app.error, page
