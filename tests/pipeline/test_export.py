from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from kgreview.errors import InputError, KGReviewError
from kgreview.exchange.alignment import What
from kgreview.exchange.export import FORM_NAMES
from kgreview.exchange.exports import FORMS
from kgreview.graph.cardinality import Cardinality
from kgreview.graph.readers import read_table_folder
from kgreview.pipeline.blocking import block_project
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.export import Choice, export_project, gather
from kgreview.pipeline.project import Project
from kgreview.store.deciding import decide
from kgreview.store.decisions import Decision, standing, training_decisions
from kgreview.store.outcomes import Outcome
from kgreview.store.queue import next_question
from tests.films import FILMS, MakeFilms, Say, Score

NAMES = {
    "sssom": "a.sssom.tsv",
    "sssom-json": "a.sssom.json",
    "ntriples": "a.nt",
    "turtle": "a.ttl",
    "alignment": "a.rdf",
    "csv": "a.csv",
    "parquet": "a.parquet",
    "ent_links": "ent_links",
    "nquads": "a.nq",
}


@pytest.fixture
def reviewed(same_films: MakeFilms, say_film: Say, score: Score) -> Project:
    """A project with a decision of each kind, a known link and two pairs that scores give."""
    project = same_films(["l1 r1 1", "l2 r3 0"])
    score(project, {"l0 r0": 0.9, "l4 r4": 0.8, "l5 r5": 0.95, "l6 s6": 0.7, "l7 r7": 0.99})
    say_film(project, "l0", "r0")
    say_film(project, "l4", "r4", Outcome.UNSURE)
    say_film(project, "l5", "r5", Outcome.NO_MATCH)
    say_film(project, "l8", "r8", Outcome.NO_COUNTERPART)
    say_film(project, "l9", "s9", Outcome.SKIP)
    say_film(project, "gone", "r9")
    return project


# ---------------------------------------------------------------- what is written


def test_every_form_is_written_under_the_name_that_means_it(reviewed, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    assert set(NAMES) | {"merged", "neo4j"} == set(FORM_NAMES)
    assert tuple(FORMS) == FORM_NAMES
    for form, name in NAMES.items():
        report = export_project(reviewed, out / name)
        assert report.form == form
        assert (out / name).stat().st_size > 0
        if form != "parquet":
            export_project(reviewed, out / f"{name}.gz")
    for form in ("merged", "neo4j"):
        export_project(reviewed, out / form, form=form)
    assert (out / "a.csv.note.txt").read_text("utf-8").startswith("Alignment of the project")
    assert (out / "ent_links.note.txt").exists()
    assert read_table_folder(out / "merged").num_entities == 2 * FILMS + FILMS + 2 - 4


def test_what_people_said_what_is_known_and_what_scores_give(reviewed, tmp_path):
    path = tmp_path / "pairs.csv"
    report = export_project(reviewed, path, choice=Choice(What.ALL))
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [f"{row['left']} {row['right']} {row['outcome']} {row['basis']}"
                for row in csv.DictReader(file)]  # fmt: skip
    assert rows == [
        "l0 r0 match decision",
        "l1 r1 match link",
        "l2 r3 no_match link",
        "l4 r4 unsure decision",
        "l5 r5 no_match decision",
        "l6 s6 match score",
        "l7 r7 match score",
        "l8  no_counterpart decision",
    ]
    assert report.provenance.lines()[1:] == [
        "Holds 1 accepted, 1 known links, 2 predicted, 2 rejected, 1 cannot be told, "
        "1 without a counterpart",
        "Predicted by version v1 from the score 0.5 on (the version's own)",
        "Precision is not measured: answer questions of the audit sample",
        "Counterparts: film one-to-one",
        "1 decision left out, on entities that are gone",
    ]
    assert report.to_json()["predicted"] == 2
    assert json.dumps(report.to_json())


def test_the_threshold_is_the_versions_or_as_given(reviewed):
    assert gather(reviewed, Choice()).provenance.counts["predicted"] == 2
    assert gather(reviewed, Choice(threshold=0.75)).provenance.counts["predicted"] == 1
    assert gather(reviewed, Choice(What.ACCEPTED)).provenance.counts["predicted"] == 0


def test_the_schema_sets_how_many_counterparts_types_have(reviewed):
    film = reviewed.schema.types[0]
    assert "film one-to-one" in "\n".join(gather(reviewed, Choice()).provenance.lines())
    reviewed.save_schema(replace(reviewed.schema, cardinality={film: Cardinality.MANY_TO_ONE}))
    assert "film many-to-one" in "\n".join(gather(reviewed, Choice()).provenance.lines())


def test_what_export_said_of_counterparts_has_moved_to_the_schema(same_films):
    project = same_films(["l0 r0"])
    settings = project.path / "kgreview.json"
    values = json.loads(settings.read_text("utf-8"))
    settings.write_text(json.dumps(values | {"export": {"cardinality": {}, "license": "urn:x"}}))
    assert Project.open(project.path).settings.export.license == "urn:x"
    set_here = {"cardinality": {"film": "many-to-many"}}
    settings.write_text(json.dumps(values | {"export": set_here}))
    with pytest.raises(InputError, match="set it on the Schema page or under 'cardinality' in"):
        Project.open(project.path)


@pytest.mark.parametrize(
    ("export", "message"),
    [
        ([], "'export' is not an object"),
        ({"licence": ""}, "'licence' is no setting of 'export'"),
        ({"predicate": "same"}, "'predicate' of 'export' is none of sameAs, exactMatch"),
        ({"orcids": {"Ada": "12"}}, "'12' of 'Ada' is no ORCID"),
        ({"largest_group": 1}, "'largest_group' of 'export' is not a number from 2 on"),
        ({"license": 3}, "'license' of 'export' is not a text"),
    ],
)
def test_settings_that_make_no_sense_are_refused(same_films, export, message):
    project = same_films(["l0 r0"])
    settings = project.path / "kgreview.json"
    values = json.loads(settings.read_text("utf-8")) | {"export": export}
    settings.write_text(json.dumps(values))
    with pytest.raises(InputError) as error:
        Project.open(project.path)
    assert message in str(error.value)


def test_before_anything_is_scored_links_and_decisions_are_handed_on(
    same_films, say_film, tmp_path
):
    project = same_films(["l0 r0"])
    say_film(project, "l1", "r1")
    report = export_project(project, tmp_path / "a.nt")
    assert report.provenance.what is What.ACCEPTED
    assert len(list(ox.parse(path=tmp_path / "a.nt"))) == 2
    with pytest.raises(KGReviewError, match="nothing is scored yet"):
        export_project(project, tmp_path / "b.nt", choice=Choice(threshold=0.5))


# ---------------------------------------------------------------- a precision


def test_a_precision_is_reached_by_validation_links(same_films, score):
    project = same_films(["l0 r0"], valid=[[f"l{n} r{n}" for n in range(10)]])
    scores = {f"l{n} r{n}": 0.9 - n / 100 for n in range(10)}
    score(project, scores | {"l0 s0": 0.86, "l1 s1": 0.85, "l2 s2": 0.815, "l12 r12": 0.6})
    made = gather(project, Choice(precision=0.75)).provenance
    assert made.threshold == pytest.approx(0.81)  # 10 right and 3 wrong from there on
    assert made.threshold_words == "the lowest of precision 0.75 by the validation links"
    assert made.measured is not None
    assert made.measured.precision.value == pytest.approx(10 / 13)
    made = gather(project, Choice(precision=1.0)).provenance
    assert made.threshold == pytest.approx(0.87)


def test_a_precision_is_reached_by_the_audit_sample_where_it_is_large_enough(
    same_films, score, say_film, monkeypatch
):
    monkeypatch.setattr("kgreview.pipeline.export._FEWEST_SAMPLED", 10)
    project = same_films(audit=1.0)
    score(project, {f"l{n} r{n}": 0.9 - n / 100 for n in range(FILMS)})
    with project.database() as db:
        for n in range(FILMS):  # the first half is right, of the others every film is another one
            outcome = Outcome.MATCH if n < 10 else Outcome.NO_COUNTERPART
            decide(
                db, left=f"l{n}", right=f"r{n}", curator="Ada", outcome=outcome,
                version="v1", strategy="audit",
            )  # fmt: skip
    made = gather(project, Choice(precision=0.9))
    assert made.provenance.measured is not None
    assert made.provenance.measured.on == "the audit sample (20 entities)"
    assert made.provenance.measured.precision.value >= 0.9
    assert made.provenance.threshold_words == "the lowest of precision 0.9 by the audit sample"


@pytest.mark.parametrize(
    ("choice", "error", "message"),
    [
        (Choice(threshold=0.5, precision=0.9), InputError, "give --threshold or --precision"),
        (Choice(threshold=1.5), InputError, "--threshold 1.5: give a number from 0 to 1"),
        (Choice(precision=float("nan")), InputError, "--precision nan: give a number"),
        (Choice(precision=0.9), KGReviewError, "nothing tells the precision yet"),
    ],
)
def test_choices_that_make_no_sense(same_films, score, choice, error, message):
    project = same_films()
    score(project, {})
    with pytest.raises(error, match=message):
        gather(project, choice)


# ---------------------------------------------------------------- whole or not at all


def test_nothing_is_overwritten_without_force_and_nothing_half_written_left(
    reviewed, tmp_path, monkeypatch
):
    out = tmp_path / "out"
    out.mkdir()
    path = out / "a.csv"
    path.write_text("mine")
    with pytest.raises(InputError, match="exists already"):
        export_project(reviewed, path)
    export_project(reviewed, path, force=True)

    def interrupted(stage: str, done: int, total: int | None = None, **figures: float) -> None:
        if stage.startswith("write"):
            raise KeyboardInterrupt

    for name in NAMES.values():
        with pytest.raises(KeyboardInterrupt):
            export_project(reviewed, out / f"b{Path(name).suffix or name}", progress=interrupted)
    with pytest.raises(KeyboardInterrupt):
        export_project(reviewed, out / "merged", form="merged", progress=interrupted)
    assert sorted(each.name for each in out.iterdir()) == ["a.csv", "a.csv.note.txt"]


def test_a_name_that_tells_no_form_and_places_that_are_none(reviewed, tmp_path):
    with pytest.raises(InputError, match="its name does not tell the form; give --format"):
        export_project(reviewed, tmp_path / "alignment.doc")
    with pytest.raises(InputError, match="its folder does not exist"):
        export_project(reviewed, tmp_path / "no" / "a.nt")
    with pytest.raises(InputError, match="Parquet is compressed in itself"):
        export_project(reviewed, tmp_path / "a.parquet.gz")


def test_forms_of_matches_alone_say_that_they_leave_out_the_rest(reviewed, tmp_path):
    told: list[str] = []
    export_project(reviewed, tmp_path / "a.nt", choice=Choice(What.ALL), notice=told.append)
    assert told == [
        "RDF triples, N-Triples has no place for anything but matches: the rest is left out"
    ]


# ---------------------------------------------------------------- into a new project


@pytest.mark.parametrize("name", ["a.sssom.tsv", "a.sssom.json.gz"])
def test_sssom_makes_the_same_decisions_in_a_new_project(reviewed, tmp_path, name):
    path = tmp_path / name
    with reviewed.database() as db:
        decide(
            db, left="l1", right="r2", curator="Eva", outcome=Outcome.NO_MATCH,
            strategy="uncertainty",
            note="two\tfilms", reason="a|b, c",
        )  # fmt: skip
    export_project(reviewed, path, choice=Choice(What.ALL))
    again = create_project(
        tmp_path / "again",
        tmp_path / "left",
        tmp_path / "right",
        links=[path],
        schema=tmp_path / "schema.json",
    )
    links = again.all_links()
    said = {
        f"{again.left.id(left)} {again.right.id(right)} {label}"
        for left, right, label in zip(links.left, links.right, links.label, strict=True)
    }
    assert said == {"l0 r0 1", "l1 r1 1", "l1 r2 0", "l2 r3 0", "l5 r5 0"}
    assert any("a network's own prediction" in note for note in again.notes)
    with again.database() as db, reviewed.database() as before:
        told = {decision_words(d) for d in standing(before) if d.outcome is not Outcome.SKIP}
        assert {decision_words(d) for d in standing(db)} == told - {"gone r9 match Ada None None"}
        assert "l1 r2 no_match Eva a|b, c two\tfilms" in told
        assert training_decisions(db) == []  # the links teach, and a fifth of them is set aside
    report = export_project(again, tmp_path / "again.csv", choice=Choice(What.ALL))
    counts = {words: count for words, count in report.provenance.counts.items() if count}
    assert counts == {
        "accepted": 1, "known links": 1, "rejected": 3, "cannot be told": 1,
        "without a counterpart": 1,
    }  # fmt: skip


def decision_words(d: Decision) -> str:
    right = "" if d.outcome is Outcome.NO_COUNTERPART else d.right
    return f"{d.left} {right} {d.outcome.value} {d.curator} {d.reason} {d.note}"


def test_who_a_file_says_has_no_counterpart_is_never_asked_about(
    reviewed, tmp_path, same_films, score
):

    path = tmp_path / "a.sssom.tsv"
    export_project(reviewed, path, choice=Choice(What.ALL))
    again = create_project(
        tmp_path / "again", tmp_path / "left", tmp_path / "right", links=[path],
        schema=tmp_path / "schema.json", audit_share=0.0,
    )  # fmt: skip
    block_project(again)
    score(again, {"l8 r8": 0.5, "l9 r9": 0.4})
    with again.database() as db:
        question = next_question(db, "Bob")
        assert question is not None
        assert question.left == "l9"


# ---------------------------------------------------------------- groups and conflicts


def members(project: Project, folder: Path) -> dict[str, str]:
    """Write the merged graph and give the entity that each of either graph became."""
    export_project(project, folder, form="merged")
    with (folder / "members.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["entity"] for row in csv.DictReader(file)}


def test_ids_of_merged_entities_stay_when_decisions_change(reviewed, say_film, tmp_path):
    before = members(reviewed, tmp_path / "before")
    assert before["l0"] == before["r0"]
    say_film(reviewed, "l9", "r9")  # another group
    say_film(reviewed, "l0", "s0")  # one more in this one
    say_film(reviewed, "l6", "s6", Outcome.NO_MATCH)  # a predicted pair comes apart
    after = members(reviewed, tmp_path / "after")
    assert {id for id in before if before[id] != after[id]} == {"r9", "s0", "s6"}
    assert after["s0"] == before["l0"]
    assert after["r9"] == before["l9"]
    assert after["l6"] == before["l6"] != after["s6"]


@pytest.mark.parametrize("what", [What.ACCEPTED, What.PREDICTED, What.ALL])
def test_what_is_at_odds_is_told_whatever_part_is_written(reviewed, say_film, what):
    for pair in ("l10 r10", "l11 r10", "l11 r11"):
        say_film(reviewed, *pair.split())
    say_film(reviewed, "l10", "r11", Outcome.NO_MATCH)  # though three matches join them
    with reviewed.database() as db:
        decide(
            db, left="l0", right="r0", curator="Bob", outcome=Outcome.NO_MATCH,
            strategy="uncertainty",
        )  # fmt: skip
    told = gather(reviewed, Choice(what)).provenance
    lines = "\n".join(told.lines())
    assert "1 group is larger than allowed (4 entities)" in lines
    assert "2 entities have several matches where one is allowed" in lines
    assert "1 rejected pair is joined by other matches" in lines
    assert ("1 disputed" if what is What.ALL else "1 pair is left out: curators differ") in lines


def test_a_report_has_all_that_is_at_odds(reviewed, say_film, tmp_path):
    for pair in ("l10 r10", "l11 r10"):
        say_film(reviewed, *pair.split())
    found = export_project(reviewed, tmp_path / "a.nt").to_json()
    assert (found["groups_too_large"], found["largest_groups"]) == (1, [3])
    assert (found["several_matches"], found["rejected_but_joined"]) == (1, 0)
    assert (found["disputed_pairs"], found["gave_way"], found["links_overruled"]) == (0, 0, 0)
    assert found["orphaned"] == 1


def test_settings_that_make_no_sense_for_one_export_are_one_line(reviewed, tmp_path):
    with pytest.raises(InputError, match="'values' of 'export' is none of"):
        export_project(reviewed, tmp_path / "a.nt", settings={"values": "oldest"})
    with pytest.raises(InputError, match="'left_changed' is not set"):
        export_project(reviewed, tmp_path / "a.nq", settings={"values": "newest"})
