"""The export page: from which score on, what it is worth, how groups came about, and the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kgreview.exchange.alignment import What
from kgreview.pipeline.project import Project
from kgreview.review.curators import list_curators, set_orcids
from kgreview.review.session import PROJECT_VARIABLE
from kgreview.store.deciding import decide
from kgreview.store.outcomes import Outcome

APP = str(Path(__file__).parents[2] / "app.py")
FIRST = 6  # films with names that are not hostile begin here


def page(project: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv(PROJECT_VARIABLE, str(project))
    app = AppTest.from_file(APP, default_timeout=60)
    app.session_state.curator = "Eva"
    app = app.run().switch_page("pages/export.py").run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    said = (*app.markdown, *app.caption, *app.error, *app.info, *app.success)
    return " ".join(each.value for each in said).replace("\\", "")


def press(app: AppTest, label: str) -> AppTest:
    app = next(b for b in app.button if b.label == label).click().run()
    assert not app.exception
    return app


def pick(app: AppTest, label: str, value: object) -> AppTest:
    app = next(box for box in app.selectbox if box.label == label).select(value).run()
    assert not app.exception
    return app


def say(
    project: Project, left: int, right: int, outcome: Outcome = Outcome.MATCH, audit: bool = False
) -> None:
    with project.database() as db:
        decide(
            db,
            left=f"left:f{left:02}",
            right=f"right:f{right:02}",
            curator="Ada",
            outcome=outcome,
            seconds=1.0,
            version="v1",
            score=0.5,
            strategy="audit" if audit else "uncertainty",
        )


def test_before_anything_is_scored_what_people_accepted_is_handed_on(
    blocked_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(blocked_project, monkeypatch)
    said = words(app)
    assert "Nothing is scored yet" in said
    assert "kgreview run PROJECT" in said
    assert "Nothing to export yet: accept pairs on the Review page" in said
    assert "No group has more than two entities" in said
    assert not app.slider


def test_moving_the_threshold_changes_what_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(project.path, monkeypatch)
    assert app.slider[0].value == 0.5
    assert "the version's own" in app.slider[0].label
    before = words(app)
    assert "**Precision is not measured.** Answer questions of the audit sample" in before
    assert "from the score 0.5 on" in before
    app = app.slider[0].set_value(0.95).run()
    assert "as given" in app.slider[0].label
    assert "from the score 0.95 on" in words(app)
    assert words(app) != before
    app = press(app, "The version's threshold")
    assert app.slider[0].value == 0.5
    assert "from the score 0.5 on" in words(app)


def test_a_new_decision_is_in_it_at_once(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page(project.path, monkeypatch)
    assert " accepted, " not in words(app)
    say(project, 7, 7)
    assert "It holds 1 accepted, " in words(app.run())


def test_an_edit_of_the_settings_is_in_it_at_once(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(project.path, monkeypatch)
    file = project.path / "kgreview.json"
    values = json.loads(file.read_text("utf-8")) | {"name": "other films"}
    file.write_text(json.dumps(values), encoding="utf-8")
    assert "Alignment of the project other films" in app.run().code[0].value


def test_a_precision_nothing_tells_is_said_and_the_threshold_stays(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = press(page(project.path, monkeypatch), "Lowest threshold with this precision")
    assert "nothing tells the precision yet" in words(app)
    assert app.slider[0].value == 0.5


def test_a_precision_finds_its_threshold_by_the_audit_sample(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with project.database() as db:
        db.execute("UPDATE candidates SET audit = 1000 + id")
        db.conn.commit()
    for film in range(FIRST, 40):
        say(project, film, film, audit=True)
    app = page(project.path, monkeypatch)
    assert "by the audit sample (" in words(app)
    assert "Recall" in words(app)
    app = press(app, "Lowest threshold with this precision")
    assert "the lowest of precision 0.98 by the audit sample" in app.slider[0].label


def test_the_first_rows_and_the_note_are_shown_as_text(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(project, 3, 3)
    app = page(project.path, monkeypatch)
    rows = app.dataframe[0].value
    assert {"left", "left name", "right", "outcome", "score", "basis"} <= set(rows.columns)
    assert any(basis.startswith("Ada, ") for basis in rows["basis"])
    assert "Alignment of the project project" in app.code[0].value
    assert ":red[x]" not in " ".join(each.value for each in app.markdown)


def test_the_file_is_made_when_asked_to_and_its_note_beside_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(project, 7, 7)
    app = page(project.path, monkeypatch)
    assert not (project.path / "exports").exists()
    assert "made when you ask for it" in words(app)
    app = press(pick(app, "Form", "csv"), "Make the file")
    files = {path.name for path in (project.path / "exports").rglob("*") if path.is_file()}
    assert files == {"project.csv", "project.csv.note.txt"}
    assert str(project.path / "exports") in words(app)
    app = pick(app, "Form", "merged")
    assert "made when you ask for it" in words(app)
    app = press(app, "Make the file")
    files = {path.name for path in (project.path / "exports").rglob("*") if path.is_file()}
    assert files == {"project-merged.zip"}


def test_groups_of_more_than_two_are_told_step_by_step(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for film in range(FIRST, 26, 2):
        say(project, film, film)
        say(project, film, film + 1)
    app = pick(page(project.path, monkeypatch), "What", What.ACCEPTED)
    assert "Page 1 of 2" in words(app)
    steps = app.dataframe[1].value
    assert list(steps["step"]) == [1, 2]
    assert list(steps["what it joined"]) == [
        "two single entities",
        "one entity and 2 that were together",
    ]
    app = press(app, "Smaller")
    assert "Page 2 of 2" in words(app)


def test_how_conflicts_are_resolved_is_kept_in_the_project(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(project.path, monkeypatch)
    assert ": one-to-one" in words(app)  # how many counterparts there may be
    app = app.switch_page("pages/settings.py").run()
    next(b for b in app.selectbox if "page begins with" in b.label).select("turtle")
    next(b for b in app.selectbox if "merged graph keeps" in b.label).select("most_frequent")
    next(n for n in app.number_input if "Most entities in a group" in n.label).set_value(5)
    next(t for t in app.text_input if t.label.startswith("License")).input(" urn:mine ")
    app = press(app, "Save for all exports")
    assert "Saved" in words(app)
    kept = json.loads((project.path / "kgreview.json").read_text("utf-8"))["export"]
    assert (kept["values"], kept["largest_group"], kept["license"]) == (
        "most_frequent",
        5,
        "urn:mine",
    )
    next(b for b in app.selectbox if "merged graph keeps" in b.label).select("newest")
    app = press(app, "Save for all exports")
    assert "the rule 'newest' needs" in words(app)
    app = app.switch_page("pages/export.py").run()
    assert next(b for b in app.selectbox if b.label == "Form").value == "turtle"


def test_where_resolving_takes_longer_it_waits_until_it_is_asked_for(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kgreview.review.export_preview.MOST_AT_ONCE", 3)
    app = page(project.path, monkeypatch)
    assert "it starts when you ask" in words(app)
    assert not app.dataframe
    app = press(app, "Resolve conflicts and preview")
    assert app.dataframe
    app = press(app, "Make the file")  # what was resolved stays
    assert app.dataframe


def test_curators_are_listed_with_a_place_for_their_orcids(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Nobody has decided yet." in words(page(project.path, monkeypatch))
    say(project, FIRST, FIRST)
    set_orcids(project, {"Ada": "0000-0002-1825-0097"})
    app = page(project.path, monkeypatch)
    shown = next(f.value for f in app.dataframe if "ORCID" in f.value)
    assert shown.to_dict("records") == [
        {"curator": "Ada", "ORCID": "0000-0002-1825-0097", "decisions": 1}
    ]
    press(app, "Save ORCIDs")
    assert list_curators(Project.open(project.path))[0].orcid == "0000-0002-1825-0097"
