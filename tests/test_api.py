from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import kgreview
from kgreview.exchange.export_tables import COLUMNS
from kgreview.store.decisions import Decision

RIGHT = "https://films.example/id/"


@pytest.fixture
def project(films: Path) -> kgreview.Project:
    return kgreview.Project.open(films, curator="Ada")


def test_importing_the_package_loads_neither_the_network_nor_pandas() -> None:
    code = (
        "import sys, kgreview; early = {'torch', 'pandas', 'pyarrow'} & set(sys.modules);"
        "kgreview.Project; sys.exit(bool(early or {'torch', 'dgl'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_package_names_what_it_has_and_nothing_else() -> None:
    assert set(kgreview.__all__) <= set(dir(kgreview))
    assert all(getattr(kgreview, name).__doc__ for name in kgreview.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'project'"):
        kgreview.project  # type: ignore[attr-defined]  # noqa: B018
    assert (Path(kgreview.__file__).parent / "py.typed").is_file()


def test_two_folders_become_a_project_whose_first_pair_is_asked(
    film_tables: Path, tmp_path: Path
) -> None:
    project = kgreview.Project.create(
        str(tmp_path / "new"), film_tables / "left", film_tables / "right", name="Films"
    )
    assert project.status()["name"] == "Films"
    assert project.next_pair() is None, "nothing is scored yet"
    report = project.run(device="cpu")
    assert report.candidates.pairs == project.status()["candidates"] > 0
    assert project.next_pair() is not None


def test_plain_tables_are_read_as_the_options_say(tmp_path: Path) -> None:
    for side in ("left", "right"):
        rows = "key;title\n1;Solaris\n2;Stalker\n3;Playtime\n"
        (tmp_path / f"{side}.csv").write_text(rows, encoding="utf-8")
    options = kgreview.SourceOptions(id="key", type="film", delimiter=";")
    project = kgreview.Project.create(
        tmp_path / "new",
        tmp_path / "left.csv",
        tmp_path / "right.csv",
        left_options=options,
        right_options=options,
    )
    assert project.status()["types"] == ["film"]
    assert project.status()["left"]["entities"] == 3


def test_no_project_and_no_such_source_are_the_projects_own_errors(tmp_path: Path) -> None:
    with pytest.raises(kgreview.InputError, match="is not a kgreview project"):
        kgreview.Project.open(tmp_path)
    with pytest.raises(kgreview.InputError):
        kgreview.Project.create(tmp_path / "new", tmp_path / "no", tmp_path / "neither")
    assert not (tmp_path / "new").exists()


def test_a_pair_tells_both_entities_what_they_say_and_what_surrounds_them(
    project: kgreview.Project,
) -> None:
    pair = project.pair("f0", f"{RIGHT}0")
    assert (pair.left.name, pair.left.type) == ("Solaris", "film")
    assert (pair.right.name, pair.right.type) == ("Solaris", "movie")
    assert pair.right.url == f"{RIGHT}0"
    assert pair.score is not None
    assert 0 <= pair.score <= 1
    years = pair.attributes.set_index("left_attribute").loc["year"]
    assert (years["left"], years["right"]) == (("1972",), ("1972",))
    assert years["comparison"] == "equal"
    assert pair.neighbours[["side", "relation", "inverse", "name"]].values.tolist() == [
        ["left", "director", False, "Andrei Tarkovsky"],
        ["right", "director", False, "Andrei Tarkovsky"],
    ]
    assert pair.neighbours.attrs["left_out"] == 0
    assert pair.why == "You opened this pair yourself."
    assert "attributes" not in repr(pair), "one line, in a notebook too"


def test_a_pair_that_blocking_lost_is_scored_and_becomes_a_candidate_when_it_is_decided(
    project: kgreview.Project,
) -> None:
    known = {tuple(pair) for pair in project.alignment(threshold=0)[["left", "right"]].values}
    before = project.status()["candidates"]
    lost = project.pair("f0", f"{RIGHT}5")
    assert ("f0", f"{RIGHT}5") not in known
    assert lost.score is not None
    assert project.pair("f0", f"{RIGHT}5", blind=True).score is None
    assert project.status()["candidates"] == before, "to look changes nothing"
    project.decide(lost, "match")
    assert project.status()["candidates"] == before + 1
    matched = project.alignment(what="accepted")
    assert matched[["left", "right"]].values.tolist() == [["f0", f"{RIGHT}5"]]


def test_a_blind_pair_has_no_score(project: kgreview.Project) -> None:
    pair = project.next_pair(blind=True)
    assert pair is not None
    assert pair.score is None
    assert project.decide(pair, "unsure").hidden


def test_the_next_pair_stays_until_it_is_decided_and_undo_brings_it_back(
    project: kgreview.Project,
) -> None:
    first = project.next_pair()
    assert first is not None
    assert project.next_pair() == first
    said = project.decide(first, "match", note="same year", flagged=True)
    assert isinstance(said, Decision)
    assert (said.curator, said.note, said.flagged) == ("Ada", "same year", True)
    assert project.decide(first, "no_match") == said, "a second answer changes nothing"
    second = project.next_pair()
    assert second is not None
    assert (second.left.id, second.right.id) != (first.left.id, first.right.id)
    assert project.undo() == said
    assert project.undo() is None
    listed = project.decisions()
    assert listed["state"].tolist() == ["undone"]
    assert str(listed["time"].dtype) == "datetime64[ns, UTC]" or listed["time"].dt.tz is not None


def test_a_filter_of_the_queue_narrows_what_is_asked(project: kgreview.Project) -> None:
    pair = project.next_pair(like={"q": "delicatessen", "order": "likely"})
    assert pair is not None
    assert "Delicatessen" in (pair.left.name, pair.right.name)
    assert project.next_pair(like={"q": "no such film"}) is None
    assert project.next_pair(like={"low": "0", "high": "1"}) == project.next_pair()
    with pytest.raises(kgreview.InputError, match="order, size makes no sense"):
        project.next_pair(like={"order": "none", "size": "4"})


def test_a_second_match_of_an_entity_raises_and_says_how_to_go_on(
    project: kgreview.Project,
) -> None:
    project.decide(project.pair("f0", f"{RIGHT}0"), "match")
    other = project.pair("f0", f"{RIGHT}2")
    with pytest.raises(kgreview.ConflictError, match="matched to Solaris already") as raised:
        project.decide(other, "match")
    assert "on_conflict='switch'" in str(raised.value)
    assert "on_conflict='both'" in str(raised.value)
    assert len(project.decisions()) == 1, "nothing was saved"
    project.decide(other, "match", on_conflict="switch")
    matched = project.alignment(what="accepted")
    assert matched[["left", "right"]].values.tolist() == [["f0", f"{RIGHT}2"]]


def test_both_of_two_matches_may_stand(project: kgreview.Project) -> None:
    for place in (0, 2):
        pair = project.pair("f0", f"{RIGHT}{place}")
        project.decide(pair, "match", on_conflict="both")
    assert len(project.alignment(what="accepted")) == 2


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda p: p.decide(p.pair("f0", f"{RIGHT}0"), "maybe"), "outcome 'maybe': give one of"),
        (lambda p: p.pair("f0", "nobody"), "The right graph has no entity “nobody”"),
        (lambda p: p.pair("f0", f"{RIGHT}p0"), "of a type that is not paired: film and person"),
        (lambda p: p.alignment(what="most"), "what 'most': give one of accepted,"),
        (lambda p: p.alignment(threshold=2), "give a number from 0 to 1"),
        (
            lambda p: p.decide(p.pair("f0", f"{RIGHT}0"), "match", on_conflict="win"),
            "on_conflict 'win'",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(
    project: kgreview.Project, call: object, words: str
) -> None:
    with pytest.raises(kgreview.InputError, match=words):
        call(project)  # type: ignore[operator]
    assert len(project.decisions()) == 0


def test_a_reason_is_one_of_the_projects(films: Path) -> None:
    settings = films / "kgreview.json"
    settings.write_text(settings.read_text().replace('"reasons": []', '"reasons": ["remake"]'))
    project = kgreview.Project.open(films)
    pair = project.next_pair()
    assert pair is not None
    with pytest.raises(kgreview.InputError, match="give one of remake"):
        project.decide(pair, "no_match", reason="else")
    assert project.decide(pair, "no_match", reason="remake").reason == "remake"


def test_the_alignment_is_what_export_writes(project: kgreview.Project, tmp_path: Path) -> None:
    project.decide(project.pair("f3", f"{RIGHT}3"), "match", note="an accent")
    project.decide(project.pair("f6", f"{RIGHT}6"), "no_counterpart")
    for what in ("accepted", "accepted+predicted", "all"):
        report = project.export(tmp_path / f"{what}.parquet", what=what)
        written = pd.read_parquet(report.path)
        frame = project.alignment(what=what)
        columns = {"time": "decided_at"}
        assert {columns.get(name, name) for name in frame} == set(COLUMNS)
        assert frame["left"].tolist() == written["left"].tolist()
        assert frame["right"].tolist() == written["right"].tolist()
        assert frame["outcome"].tolist() == written["outcome"].tolist()
        pd.testing.assert_series_equal(frame["score"], written["score"])
    row = frame.set_index("left").loc["f3"]
    assert (row["right"], row["outcome"], row["curator"]) == (f"{RIGHT}3", "match", "Ada")
    assert row["note"] == "an accent"
    assert row["time"].tzinfo is not None
    assert frame.set_index("left").loc["f6", "outcome"] == "no_counterpart"
    assert frame.attrs["note"][0].startswith("Alignment of the project films, part all")


def test_an_alignment_without_pairs_has_all_columns_of_their_types(
    project: kgreview.Project,
) -> None:
    empty = project.alignment(what="accepted")
    assert len(empty) == 0
    assert list(empty)[:6] == ["left", "right", "score", "outcome", "curator", "time"]
    assert str(empty["score"].dtype) == "float64"
    assert empty["time"].dt.tz is not None
    assert len(project.decisions()) == 0


def test_a_threshold_narrows_what_is_predicted(project: kgreview.Project) -> None:
    assert len(project.alignment(threshold=1.0)) <= len(project.alignment(threshold=0.0))
    assert project.alignment(threshold=0.0)["basis"].unique().tolist() == ["score"]


def test_a_run_reads_settings_and_schema_anew(project: kgreview.Project) -> None:
    schema = project.path / "schema.json"
    assert len(project.status()["types"]) == 2
    values = json.loads(schema.read_text(encoding="utf-8"))
    values["types"] = [pair for pair in values["types"] if pair[0] == "person"]
    schema.write_text(json.dumps(values), encoding="utf-8")
    project.run(device="cpu")
    assert project.status()["types"] == ["person"]
    pair = project.next_pair()
    assert pair is not None
    assert pair.left.type == "person"
