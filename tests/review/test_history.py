import csv
import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kgreview.pipeline.creation import create_project
from kgreview.pipeline.project import Project
from kgreview.review import history
from kgreview.store.candidate_pairs import CandidateBatch, replace_candidates
from kgreview.store.deciding import decide
from kgreview.store.history import HistoryFilter
from kgreview.store.outcomes import Outcome
from kgreview.store.versions import add_version, promote, write_scores

NAMES = ["=cmd|' /C calc'!A0", "+1", 'Heat, the "film"\nof 1995', "@SUM(A1)", "-2", "Ran"]


@pytest.fixture
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Six films a side, some of them with names that a spreadsheet would run."""
    folder = tmp_path_factory.mktemp("history")
    for side in ("left", "right"):
        (folder / side).mkdir()
        ids = [f"{side[0]}{i}" for i in range(6)]
        for name, columns in {
            "entities": {"id": ids, "type": ["film"] * 6},
            "attributes": {"entity": ids, "attribute": ["title"] * 6, "value": NAMES},
            "relations": {"head": ids[:1], "relation": ["remade as"], "tail": ids[1:2]},
        }.items():
            pq.write_table(pa.table(columns), folder / side / f"{name}.parquet")
    project = create_project(folder / "project", folder / "left", folder / "right")
    films = ["film"] * 6
    batch = CandidateBatch([f"l{i}" for i in range(6)], [f"r{i}" for i in range(6)], films, films)
    with project.database() as db:
        replace_candidates(db, [batch], audit_share=0, seed=0)
        add_version(db, "v1", parent=None, kind="", settings={}, figures={}, seed=0, threshold=0.5)
        write_scores(db, "v1", [(np.arange(6), np.full(6, 0.5))])
        promote(db, "v1")
        for number in range(6):
            decide(
                db,
                left=f"l{number}",
                right=f"r{number}",
                curator="=Ada",
                outcome=Outcome.MATCH,
                seconds=1.0,
                version="v1",
                score=0.25,
                hidden=number == 0,
                strategy="uncertainty",
                note="=1+1" if number == 1 else None,
            )
    return project


def test_a_page_names_the_entities(project: Project) -> None:
    rows, following = history.history_page(project, HistoryFilter(), size=2)
    assert [(row.left_name, row.past.decision.left) for row in rows] == [
        ("Ran", "l5"),
        ("-2", "l4"),
    ]
    rest, end = history.history_page(project, HistoryFilter(), following, size=9)
    assert (len(rest), end) == (4, None)


def test_a_decision_outlives_the_entities_of_its_graph(project: Project) -> None:
    with project.database() as db:
        decide(
            db,
            left="gone",
            right="r0",
            curator="Ada",
            outcome=Outcome.SKIP,
            strategy="chosen",
        )
    rows, _ = history.history_page(project, HistoryFilter(), size=1)
    assert (rows[0].left_name, rows[0].right_name) == ("gone", NAMES[0])


def test_the_file_holds_all_rows_of_the_filter_and_runs_nothing(project: Project) -> None:
    written = history.history_csv(project, HistoryFilter(sort="oldest"))
    rows = list(csv.DictReader(io.StringIO(written.decode("utf-8-sig"), newline="")))
    assert [row["left"] for row in rows] == [f"l{i}" for i in range(6)]
    assert [row["left_name"] for row in rows] == [
        *("'=cmd|' /C calc'!A0", "'+1", NAMES[2], "'@SUM(A1)", "-2", "Ran")
    ]
    assert {row["curator"] for row in rows} == {"'=Ada"}
    assert rows[1]["note"] == "'=1+1"
    assert [row["hidden"] for row in rows] == ["1", "0", "0", "0", "0", "0"]
    assert rows[0]["score"] == "0.25"
    few = history.history_csv(project, HistoryFilter(text="1+1"))
    assert few.count(b"v1") == 1


def test_a_decision_is_undone_and_another_superseded(project: Project) -> None:
    rows, _ = history.history_page(project, HistoryFilter())
    last, before = rows[0].past.decision, rows[1].past.decision
    history.undo_decision(project, last.id, "Bob")
    new = history.revise(project, before.id, "Bob", Outcome.NO_MATCH, "a remake")
    assert (new.supersedes, new.note) == (before.id, "a remake")
    states = history.history_page(project, HistoryFilter())[0]
    assert [row.past.state for row in states[:3]] == ["stands", "undone", "superseded"]
    assert history.curators(project) == ["=Ada", "Bob"]
