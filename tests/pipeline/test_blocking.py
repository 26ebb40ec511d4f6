"""What blocking says of known links, and which candidates they close."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kgreview.errors import InputError, KGReviewError
from kgreview.pipeline.blocking import SchemaChange, block_project, schema_change, similarities
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.project import Project
from tests.films import FILMS, MakeFilms


def open_pairs(project: Project) -> int:
    """Count the candidates that no link settles."""
    with project.database() as db:
        (count,) = db.execute("SELECT count(*) FROM candidates WHERE NOT linked").fetchone()
    return int(count)


def test_recall_counts_links_of_paired_types_and_says_what_is_lost(make_films: MakeFilms) -> None:
    project = make_films(["l0 r0", "l1 r1", "l2 r9", "p t"], valid=[["l5 r5", "l6 t"]])
    report = block_project(project)
    assert report.pairs == 2 * FILMS
    assert report.recall == pytest.approx(3 / 4)
    assert (report.lost, report.unpaired) == (1, 2)
    assert report.to_json()["unpaired"] == 2


def test_without_links_there_is_no_recall(make_films: MakeFilms) -> None:
    report = block_project(make_films())
    assert report.to_json()["recall"] is None
    assert (report.lost, report.unpaired) == (0, 0)


def test_rejections_close_their_pairs_and_open_no_other(make_films: MakeFilms) -> None:
    gold = ["l0 r0", "l1 r1"]
    project = make_films(gold, ["l5 s5 0", "l0 s0 0"], valid=[["l9 r9"]])
    # of l0, l1 and l9 both candidates are settled, of l5 one
    assert open_pairs(project) == 2 * FILMS - 7


def test_judged_links_close_their_pairs_alone(make_films: MakeFilms) -> None:
    assert open_pairs(make_films(["l0 r0 1", "l1 s1 0"], valid=[["l9 r9"]])) == 2 * FILMS - 4


def test_links_are_of_use_as_soon_as_the_schema_pairs_their_types(make_films: MakeFilms) -> None:
    project = make_films(["l0 r0", "p t"], valid=[["l9 r9"]])
    assert len(project.links("train")) == 1
    file = project.path / "schema.json"
    schema = json.loads(file.read_text(encoding="utf-8"))
    schema["types"].append(["person", "town"])
    file.write_text(json.dumps(schema), encoding="utf-8")
    again = Project.open(project.path)
    assert len(again.links("train")) == 2
    report = block_project(again)
    assert (report.unpaired, report.lost) == (0, 1), "they have no name in common"
    assert report.recall == pytest.approx(2 / 3)


def edit(project: Project, **parts: object) -> Project:
    """Change parts of a project's schema.json, as a person would, and open it again."""
    file = project.path / "schema.json"
    schema = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(schema | parts), encoding="utf-8")
    return Project.open(project.path)


def test_a_schema_that_changed_is_noticed_before_anything_is_learnt_by_it(
    make_films: MakeFilms,
) -> None:
    project = make_films(["l0 r0"])
    block_project(project)
    similarities(project)
    changed = edit(project, missing={"left": {"title": ["Film 1"]}, "right": {}})
    with pytest.raises(KGReviewError, match=r"schema.json: has changed since .* `kgreview run`"):
        similarities(changed)
    block_project(changed)
    similarities(changed)


def test_names_that_changed_are_blocked_and_embedded_anew(make_films: MakeFilms) -> None:
    project = make_films(["l0 r0"])
    before = block_project(project)
    project.features.write_bytes(b"of before")
    changed = edit(project, names={"left": {"film": []}, "right": {"film": []}})
    after = block_project(changed)
    assert after.pairs < before.pairs or after.recall < before.recall
    assert not project.features.exists()


FILM = ["film", "film"]


@pytest.mark.parametrize(
    "part",
    [
        {"attributes": [{"types": FILM, "left": "title", "right": "title"}]},
        {"relations": [{"types": FILM, "left": "near", "right": "near", "strength": 0.5}]},
    ],
)
def test_what_is_compared_may_change_and_leave_the_candidates_and_what_is_embedded(
    make_films: MakeFilms, monkeypatch: pytest.MonkeyPatch, part: dict[str, object]
) -> None:
    project = make_films(["l0 r0"])
    before = block_project(project)
    project.features.write_bytes(b"of before")
    changed = edit(project, **part)
    assert schema_change(changed) is SchemaChange.COMPARISON
    monkeypatch.setattr("kgreview.pipeline.blocking.block", None)  # it is not called
    assert block_project(changed).pairs == before.pairs
    assert project.features.exists()
    similarities(changed)


def test_what_is_to_be_ignored_may_change_the_candidates(make_films: MakeFilms) -> None:
    project = make_films(["l0 r0"])
    block_project(project)
    names = {"left": {"film": []}, "right": {"film": ["title"]}}
    changed = edit(project, names=names, attributes=[], ignored={"left": ["title"]})
    assert schema_change(changed) is SchemaChange.CANDIDATES


def test_numbers_of_rows_are_not_compared_and_that_is_said(tmp_path: Path) -> None:
    for side, first in (("left", 1), ("right", 12)):
        (tmp_path / side).mkdir()
        rows = [f"{side}{i}\tfilm" for i in range(30)]
        (tmp_path / side / "entities.tsv").write_text("\n".join(["id\ttype", *rows]))
        values = [f"{side}{i}\ttitle\tThe Film of Number {chr(97 + i)}{i}" for i in range(30)]
        values += [f"{side}{i}\tnr\t{(i + first) % 30}" for i in range(30)]
        header = "entity\tattribute\tvalue"
        (tmp_path / side / "attributes.tsv").write_text("\n".join([header, *values]))
    project = create_project(tmp_path / "project", tmp_path / "left", tmp_path / "right")
    assert any("'nr' (row numbers)" in note for note in project.notes)
    report = block_project(project)
    assert (report.left_not_compared, report.right_not_compared) == (("nr",), ("nr",))


def test_a_schema_of_an_earlier_release_is_completed_when_it_is_blocked(
    make_films: MakeFilms,
) -> None:
    project = make_films(["l0 r0"])
    file = project.path / "schema.json"
    whole = json.loads(file.read_text(encoding="utf-8"))
    for gone in (
        ("attributes", "relations", "readings", "missing", "ignored"),
        ("relations", "ignored"),
    ):
        old = {part: value for part, value in whole.items() if part not in gone}
        file.write_text(json.dumps(old), encoding="utf-8")
        block_project(Project.open(project.path))
        assert json.loads(file.read_text(encoding="utf-8")) == whole


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "mend it, or restore it from a copy"),
        ('{"types": [["film", "film"]], "extra": {}}', "'extra' is no part of a schema"),
        ('{"types": [["film", "movie"]]}', "the right graph has no type 'movie'"),
    ],
)
def test_a_schema_that_cannot_be_used_says_where_and_why(
    make_films: MakeFilms, content: str, words: str
) -> None:
    project = make_films(["l0 r0"])
    (project.path / "schema.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=words) as caught:
        _ = Project.open(project.path).schema
    assert "schema.json" in str(caught.value)


def test_graphs_of_relations_alone_say_what_candidates_are_found_by(tmp_path: Path) -> None:
    for side in ("left", "right"):
        folder = tmp_path / side
        folder.mkdir()
        (folder / "entities.csv").write_text("id,type\na,t\nb,t\n", encoding="utf-8")
        (folder / "relations.csv").write_text("head,relation,tail\na,knows,b\n", encoding="utf-8")
    project = create_project(tmp_path / "project", tmp_path / "left", tmp_path / "right")
    with pytest.raises(KGReviewError, match="the left and the right graph have no attributes, "):
        block_project(project)
