"""The command: one clear line for bad input, figures as JSON, and nothing left half-done."""

from __future__ import annotations

import csv
import gzip
import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from kgreview.aligner.settings import AlignerSettings
from kgreview.api import Project as Desk
from kgreview.cli import cli, main
from kgreview.commands.server import project_variables
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.jobs import latest
from kgreview.pipeline.project import Project
from kgreview.pipeline.run import run_project
from kgreview.pipeline.status import is_ready
from kgreview.store.jobs import Job, finish, start_job

TABLES = {
    "left/entities.tsv": "id\ttype\na1\tfilm\na2\tfilm\np1\tperson\n",
    "left/attributes.tsv": "entity\tattribute\tvalue\na1\ttitle\tDune\na2\ttitle\tBlue\n",
    "left/relations.tsv": "head\trelation\ttail\na1\tdirector\tp1\n",
    "right/entities.tsv": "id\ttype\nb1\tfilm\nb2\tfilm\n",
    "right/attributes.tsv": "entity\tattribute\tvalue\nb1\tname\tDune\nb2\tname\tBlue\n",
    "right/relations.tsv": "head\trelation\ttail\nb1\tsequel\tb2\n",
    "links/train.tsv": "left\tright\tlabel\na1\tb1\t1\n",
}


def write_tables(folder: Path) -> Path:
    for name, text in TABLES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """Two graphs small enough to see whole, as a pair folder."""
    return write_tables(tmp_path / "pair")


@pytest.fixture
def kgreview(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run the command in this process; give exit status, output, errors without the bars."""

    def run(*words: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["kgreview", *map(str, words)])
        status = 0
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
        said = capsys.readouterr()
        errors = [line for line in said.err.splitlines() if line.startswith("kgreview:")]
        return status, said.out, "\n".join(errors)

    return run


Command = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize(
    "words",
    [
        *("status", "run", "finetune", "versions", "quality"),
        "refresh --left {pair}/left",
        "export --to {out} --format sssom",
    ],
)
def test_a_project_without_its_database_is_said_in_one_line_and_gets_no_new_one(
    words: str, pair: Path, tmp_path: Path, kgreview: Command
) -> None:
    project = create_project(tmp_path / "project", pair / "left", pair / "right")
    for file in project.path.glob("kgreview.db*"):
        file.unlink()
    before = sorted(project.path.rglob("*"))
    command, *more = words.format(pair=pair, out=tmp_path / "out.tsv").split()
    status, _, errors = kgreview(command, project.path, *more)
    assert status != 0
    assert "kgreview.db: is missing; it holds all decisions" in errors
    assert "\n" not in errors
    assert sorted(project.path.rglob("*")) == before


def break_utf8(file: Path) -> None:
    file.write_bytes(b"id\ttype\na\xff\tfilm\n")


def truncate(file: Path) -> None:
    whole = gzip.compress(file.read_bytes() * 50)
    file.with_name(file.name + ".gz").write_bytes(whole[: len(whole) // 2])
    file.unlink()


def rewrite(text: str) -> Callable[[Path], None]:
    return lambda file: file.write_text(text, encoding="utf-8")  # type: ignore[return-value]


BAD = {
    "missing column": ("left/entities.tsv", rewrite("id\na1\n"), ["entities.tsv", "'type'"]),
    "loose end": (
        "left/relations.tsv",
        rewrite("head\trelation\ttail\na1\tdirector\tnobody\n"),
        ["relations.tsv, row 2, column 'tail'", "nobody"],
    ),
    "duplicate id": (
        "right/entities.tsv",
        rewrite("id\ttype\nb1\tfilm\nb2\tfilm\nb1\tfilm\n"),
        ["right/entities.tsv, row 4, column 'id'", "b1"],
    ),
    "unknown link": (
        "links/train.tsv",
        rewrite("left\tright\na1\tb1\na9\tb2\n"),
        ["train.tsv, row 3, column 'left'", "a9"],
    ),
    "not UTF-8": ("left/entities.tsv", break_utf8, ["entities.tsv, row 2, column 'id'", "UTF-8"]),
    "truncated gzip": ("left/attributes.tsv", truncate, ["attributes.tsv.gz"]),
    "empty file": ("left/attributes.tsv", rewrite(""), ["attributes.tsv"]),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_status_2_and_leaves_nothing_behind(
    case: str, pair: Path, tmp_path: Path, kgreview: Command
) -> None:
    name, spoil, expected = BAD[case]
    spoil(pair / name)
    status, output, error = kgreview("create", tmp_path / "p", "--pair", pair)
    assert status == 2
    assert output == ""
    assert error.count("\n") == 0
    assert len(error) < 500
    for part in expected:
        assert part in error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pair"]


READ_WITH_A_NOTE = {
    "missing table": ("left/relations.tsv", Path.unlink, "has no relations table"),
    "empty table": ("left/relations.tsv", rewrite("head\trelation\ttail\n"), "relations"),
    "NUL byte": (
        "left/attributes.tsv",
        rewrite("entity\tattribute\tvalue\na1\ttitle\tDu\0ne\n"),
        "NUL bytes removed from 1 value",
    ),
    "a megabyte": (
        "left/attributes.tsv",
        rewrite("entity\tattribute\tvalue\na1\ttitle\t" + "x" * 1_000_000 + "\n"),
        "1 value longer than 64 KiB cut there (the first in row 2)",
    ),
    "blank value": (
        "left/attributes.tsv",
        rewrite("entity\tattribute\tvalue\na1\ttitle\tDune\na2\ttitle\t\u00a0\n"),
        "1 blank value left out",
    ),
}


@pytest.mark.parametrize("case", READ_WITH_A_NOTE)
def test_what_is_left_out_or_cut_is_said_once_with_its_count(
    case: str, pair: Path, tmp_path: Path, kgreview: Command
) -> None:
    name, spoil, note = READ_WITH_A_NOTE[case]
    spoil(pair / name)
    assert kgreview("create", tmp_path / "p", "--pair", pair)[0] == 0
    notes = json.loads((tmp_path / "p" / "notes.json").read_text(encoding="utf-8"))
    said = [line for line in notes if note in line]
    assert len(said) == 1
    assert said[0].startswith(f"{pair / 'left'}: ")


def test_a_project_that_exists_is_not_touched(
    pair: Path, tmp_path: Path, kgreview: Command
) -> None:
    project = tmp_path / "p"
    assert kgreview("create", project, "--pair", pair)[0] == 0
    before = {path: path.stat().st_mtime_ns for path in project.rglob("*")}
    status, _, error = kgreview("create", project, "--pair", pair)
    assert status == 2
    assert "exists already" in error
    assert {path: path.stat().st_mtime_ns for path in project.rglob("*")} == before


def test_graphs_may_be_named_one_by_one_and_links_split_for_validation(
    pair: Path, tmp_path: Path, kgreview: Command
) -> None:
    status, output, _ = kgreview(
        *("create", tmp_path / "p", "--left", pair / "left", "--right", pair / "right"),
        *("--links", pair / "links" / "train.tsv"),
    )
    assert status == 0
    assert "3 left and 2 right entities\n  types that correspond: film\n" in output
    assert "film: named by title (left)" in output
    assert "schema.json" in output


TURTLE = """@prefix : <http://{}.org/> .
:a a :Film ; :title "Dune" ; :year "1984" . :b a :Film ; :title "Blue" ; :cut [ :length "79" ] .
"""


def test_graphs_may_come_as_rdf_and_the_notes_say_what_was_guessed(
    tmp_path: Path, kgreview: Command
) -> None:
    for side in ("left", "right"):
        (tmp_path / f"{side}.ttl").write_text(TURTLE.format(side))
    sources = ("--left", tmp_path / "left.ttl", "--right", tmp_path / "right.ttl")
    status, output, _ = kgreview("create", tmp_path / "p", *sources)
    assert status == 0
    assert "2 left and 2 right entities" in output
    assert "types that correspond: Film" in output
    project = Project.open(tmp_path / "p")
    assert project.left.row("http://left.org/a") == 0
    assert [note for note in project.notes if note.startswith(f"{tmp_path}/left.ttl: blank nodes")]


def test_a_form_that_is_named_holds_for_both_sides_or_for_one(
    tmp_path: Path, kgreview: Command
) -> None:
    (tmp_path / "left.nt").write_text(TURTLE.format("left"))
    (tmp_path / "right.ttl").write_text(TURTLE.format("right"))
    sources = ("--left", tmp_path / "left.nt", "--right", tmp_path / "right.ttl")
    status, _, error = kgreview("create", tmp_path / "p", *sources)
    assert status == 2
    assert error.startswith(f"kgreview: {tmp_path}/left.nt, line 1, column 1: is no N-Triples")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["left.nt", "right.ttl"]
    assert kgreview("create", tmp_path / "p", *sources, "--left-format", "turtle")[0] == 0
    assert kgreview("create", tmp_path / "q", *sources, "--format", "turtle")[0] == 0
    wrong = ("--format", "turtle", "--right-format", "tables")
    assert kgreview("create", tmp_path / "r", *sources, *wrong)[0] == 2


def test_a_source_is_inspected_in_words_or_as_json_and_nothing_is_made(
    tmp_path: Path, kgreview: Command
) -> None:
    source = tmp_path / "films.ttl"
    source.write_text(TURTLE.format("x"))
    status, output, _ = kgreview("inspect", source)
    assert status == 0
    assert output.startswith(f"{source}: Turtle (--format turtle)\n2 entities, 4 values")
    assert "note: blank nodes read as part" in output
    status, output, _ = kgreview("inspect", source, "--json")
    assert json.loads(output)["by_type"] == {"http://x.org/Film": 2}
    status, _, error = kgreview("inspect", source, "--format", "xls")
    assert (status, error.split(";")[0]) == (2, "kgreview: --format xls: there is no such form")
    assert list(tmp_path.iterdir()) == [source]


def test_how_a_source_is_read_is_said_for_both_sides_or_for_one(
    tmp_path: Path, kgreview: Command
) -> None:
    for side, header in (("left", "nr;title"), ("right", "key;title")):
        (tmp_path / f"{side}.csv").write_text(f"{header}\na;A,B\nb;C\n")
    status, output, _ = kgreview(
        "inspect", tmp_path / "left.csv", "--id", "nr", "--type", "film", "--separator", ","
    )
    assert status == 0
    assert "2 entities, 3 values, 0 relations\ntypes\n  film" in output
    sources = ("--left", tmp_path / "left.csv", "--right", tmp_path / "right.csv")
    options = ("--type", "film", "--left-id", "nr", "--right-type", "movie", "--right-id", "key")
    status, output, _ = kgreview("create", tmp_path / "p", *sources, *options)
    assert status == 0
    project = Project.open(tmp_path / "p")
    assert (project.left.type_names, project.right.type_names) == (("film",), ("movie",))
    status, _, error = kgreview("create", tmp_path / "q", *sources, "--id", "nr")
    assert (status, "right.csv: --id nr: there is no such column" in error) == (2, True)
    assert not (tmp_path / "q").exists()


@pytest.mark.usefixtures("pair")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["create", "{tmp}/p"], "--left SOURCE --right SOURCE"),
        (["create", "{tmp}/p", "--pair", "{tmp}/nowhere"], "no such folder"),
        (["create", "{tmp}/p", "--pair", "{tmp}/pair", "--left", "x"], "leave out --left"),
        (["run", "{tmp}/pair"], "is not a kgreview project"),
        (["status", "{tmp}/nowhere"], "is not a kgreview project"),
        (["review", "{tmp}/nowhere"], "is not a kgreview project"),
    ],
)
def test_a_wrong_call_says_what_to_do(
    words: list[str], expected: str, tmp_path: Path, kgreview: Command
) -> None:
    status, _, error = kgreview(*(word.format(tmp=tmp_path) for word in words))
    assert status == 2
    assert expected in error


def test_a_step_before_its_turn_says_which_comes_first(
    pair: Path, tmp_path: Path, kgreview: Command
) -> None:
    kgreview("create", tmp_path / "p", "--pair", pair)
    assert "kgreview block" in kgreview("train", tmp_path / "p")[2]
    assert "kgreview train" in kgreview("score", tmp_path / "p")[2]
    status, _, error = kgreview("finetune", tmp_path / "p")
    assert status == 1
    assert "kgreview run" in error


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A project of the two small graphs that went through ``run``, and what the command said."""
    folder = tmp_path_factory.mktemp("run")
    write_tables(folder / "pair")
    command = CliRunner().invoke
    command(cli, ["create", str(folder / "p"), "--pair", str(folder / "pair")])
    done = command(cli, ["run", str(folder / "p"), "--json", "--device", "cpu"])
    assert done.exit_code == 0, done.output
    return folder / "p", done.stdout


@pytest.fixture
def ready(done: tuple[Path, str], tmp_path: Path) -> Path:
    """A copy of that project."""
    return Path(shutil.copytree(done[0], tmp_path / "p"))


@pytest.mark.parametrize("verb", ["block", "score", "run", "refresh", "benchmark"])
def test_a_cluster_that_is_none_is_told_before_anything_happens(
    verb: str, ready: Path, pair: Path, kgreview: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    sources = {"refresh": [ready, "--left", pair / "left"], "benchmark": [pair]}
    status, output, error = kgreview(verb, *sources.get(verb, [ready]), "--cluster", "local:none")
    assert (status, output) == (2, "")
    assert "--cluster local:none: give a number of processors, such as local:4" in error
    job = latest(Project.open(ready))
    assert job is not None
    assert job.kind == "run"  # nothing has begun since


def test_the_smallest_graphs_go_through_the_whole_loop(
    done: tuple[Path, str], kgreview: Command
) -> None:
    project, output = done
    figures = json.loads(output)
    assert figures["candidates"]["pairs"] >= 2
    assert figures["training"]["kind"] == "similarity"
    assert "needs 10 known matches, and there is 1 (1 from links" in figures["training"]["missing"]
    status, output, error = kgreview("status", project, "--json")
    assert (status, error) == (0, "")
    assert json.loads(output)["version"]["name"] == "v1"


def test_one_entity_a_side_and_their_link_go_through_too(
    pair: Path, tmp_path: Path, kgreview: Command
) -> None:
    """There is no non-match to learn from, so how alike the values are gives the score."""
    for side, entity in (("left", "a1"), ("right", "b1")):
        tables = {
            "entities": f"id\ttype\n{entity}\tfilm\n",
            "attributes": f"entity\tattribute\tvalue\n{entity}\tname\tDune\n",
            "relations": f"head\trelation\ttail\n{entity}\tsequel\t{entity}\n",
        }
        for name, text in tables.items():
            (pair / side / f"{name}.tsv").write_text(text, encoding="utf-8")
    project = tmp_path / "p"
    assert kgreview("create", project, "--pair", pair)[0] == 0
    status, output, error = kgreview("run", project, "--json", "--device", "cpu")
    assert (status, error) == (0, "")
    assert json.loads(output)["training"]["kind"] == "similarity"


def test_links_go_in_and_the_alignment_comes_out_in_any_form(
    pair: Path, tmp_path: Path, kgreview: Command
) -> None:
    """What is exported before anything is scored makes the same links in another project."""
    project, other = tmp_path / "p", tmp_path / "other"
    sources = ["--left", pair / "left", "--right", pair / "right"]
    assert kgreview("create", project, *sources, "--links", pair / "links" / "train.tsv")[0] == 0
    known = Project.open(project).all_links().matches
    for name in ("a.sssom.tsv", "a.sssom.json", "a.nt", "a.ttl.gz", "a.rdf", "ent_links"):
        status, output, error = kgreview("export", project, "--to", tmp_path / name)
        assert (status, error) == (0, "")
        assert output.splitlines()[-1] == f"Written: {tmp_path / name}"
        assert f"Holds {len(known)} known links" in output
        assert kgreview("create", other, *sources, "--links", tmp_path / name)[0] == 0
        assert set(Project.open(other).all_links().keys) == set(known.keys)
        shutil.rmtree(other)
    status, output, _ = kgreview("export", project, "--to", tmp_path / "a.csv", "--json")
    assert (status, json.loads(output)["known links"]) == (0, len(known))
    status, _, error = kgreview("export", project, "--to", tmp_path / "a.csv")
    assert (status, error.count("\n")) == (2, 0)
    assert "exists already" in error
    assert kgreview("export", project, "--to", tmp_path / "a.csv", "--force")[0] == 0
    assert kgreview("export", project, "--to", tmp_path / "b.nt", "--precision", "2")[0] == 2
    status, _, error = kgreview(
        *("create", other, *sources, "--links", tmp_path / "a.nt"), *("--links-format", "table")
    )
    assert (status, other.exists()) == (2, False)


def test_new_rows_are_told_first_and_then_taken(
    pair: Path, tmp_path: Path, kgreview: Command
) -> None:
    project = tmp_path / "films"
    kgreview("create", project, "--pair", pair)
    kgreview("run", project, "--device", "cpu")
    (pair / "left/entities.tsv").write_text("id\ttype\na1\tfilm\na3\tfilm\np1\tperson\n")
    (pair / "left/attributes.tsv").write_text(
        "entity\tattribute\tvalue\na1\ttitle\tDune\na3\ttitle\tBlue Velvet\n"
    )
    status, said, _ = kgreview("refresh", project, "--left", pair / "left", "--dry-run")
    assert status == 0
    assert "left: 3 entities" in said
    assert "1 new: 1 film" in said
    assert "1 gone: 1 film" in said
    assert "right: 2 entities, unchanged" in said
    assert "Nothing was changed" in said
    status, said, _ = kgreview("refresh", project, "--left", pair / "left", "--json")
    assert status == 0
    assert json.loads(said)["left"]["new"] == {"film": 1}
    status, said, _ = kgreview("refresh", project, "--left", pair / "left")
    assert (status, "Nothing to do." in said) == (0, True)
    status, _, errors = kgreview("refresh", project)
    assert status == 2
    assert "give new rows" in errors
    status, _, errors = kgreview("refresh", project, "--left", tmp_path / "nowhere")
    assert (status, len(errors.splitlines())) == (2, 1)


def test_every_command_has_help_with_an_example(kgreview: Command) -> None:
    for name, command in cli.commands.items():
        status, output, _ = kgreview(name, "--help")
        assert status == 0
        assert f"kgreview {name}" in output.split("Example:")[1], name
        assert all(option.help for option in command.params if isinstance(option, click.Option)), (
            name
        )


def test_an_unknown_option_is_status_2(kgreview: Command) -> None:
    assert kgreview("run", "--nonsense")[0] == 2


def at_stage(project: Project, there: Callable[[Job], bool]) -> bool:
    job = latest(project)
    return job is not None and there(job)


MOMENTS: dict[str, tuple[Callable[[Project, str], bool], bool]] = {
    "while libraries load": (lambda _, errors: "torch." in errors, False),
    "among candidates": (lambda project, _: at_stage(project, lambda job: job.stage != ""), False),
    "in a round": (
        lambda project, _: at_stage(project, lambda job: "loss" in job.figures),
        True,
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_ctrl_c_leaves_a_project_whole(
    moment: str, records: Path, few_steps: AlignerSettings, tmp_path: Path
) -> None:
    """Wherever it strikes: before the network has learnt anything nothing is kept, later the best
    weights so far are, and the next run goes through."""
    struck, kept = MOMENTS[moment]
    project = create_project(
        tmp_path / "p",
        records / "left",
        records / "right",
        links=[records / "links" / "train.tsv"],
        valid_links=[records / "links" / "valid.tsv"],
    )
    log = tmp_path / "errors"
    with log.open("w", encoding="utf-8") as errors:
        # importtime tells how far the libraries are
        process = subprocess.Popen(
            [
                *(sys.executable, "-X", "importtime"),
                *("-c", "from kgreview.cli import main; main()"),  # as the installed command does
                *("run", str(project.path), "--device", "cpu"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
    until = time.monotonic() + 120
    while not struck(project, log.read_text(encoding="utf-8")) and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=120) == (0 if kept else 1)
    said = log.read_text(encoding="utf-8")
    assert ("interrupted: kept the best weights so far" in said) == kept
    assert ("interrupted; nothing half-done was kept" in said) != kept
    assert "Traceback" not in said
    assert is_ready(project) == kept
    assert not [path.name for path in project.path.rglob("*.new")]
    assert not run_project(project, settings=few_steps, device="cpu").interrupted
    assert is_ready(project)


@pytest.mark.parametrize(
    ("words", "status", "expected"),
    [
        (["--seed", "-1"], 2, "--seed"),
        (["--audit-share", "nan"], 2, "--audit-share"),
        (["--right", ""], 2, "leave out"),
    ],
)
def test_an_option_out_of_range_is_refused(
    words: list[str],
    status: int,
    expected: str,
    pair: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call = ["kgreview", "create", str(tmp_path / "p"), "--pair", str(pair), *words]
    monkeypatch.setattr(sys, "argv", call)
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == status
    assert expected in capfd.readouterr().err
    assert not (tmp_path / "p").exists()


def test_what_cannot_be_made_leaves_no_folder_above_it_either(
    pair: Path, tmp_path: Path, kgreview: Command
) -> None:
    (pair / "right" / "entities.tsv").write_bytes(b"")
    assert kgreview("create", tmp_path / "new" / "er" / "p", "--pair", pair)[0] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["pair"]


def test_a_place_that_is_taken_or_cannot_be_is_one_line(
    pair: Path, tmp_path: Path, kgreview: Command
) -> None:
    dangling = tmp_path / "link"
    dangling.symlink_to(tmp_path / "nowhere")
    for place, expected, says in (
        (dangling, 2, "exists already"),
        (pair / "left" / "entities.tsv" / "p", 1, "cannot be written"),
        (tmp_path / ("x" * 300), 1, "cannot be written"),
    ):
        status, output, error = kgreview("create", place, "--pair", pair)
        assert (status, output) == (expected, "")
        assert says in error
    assert kgreview("status", tmp_path / ("x" * 300))[0] == 1


def test_the_next_command_can_be_pasted(pair: Path, tmp_path: Path, kgreview: Command) -> None:
    _, output, _ = kgreview("create", tmp_path / "my films", "--pair", pair)
    assert output.endswith(f"Next: kgreview run '{tmp_path}/my films'\n")


def test_a_killed_import_leaves_nothing_for_good(
    pair: Path, tmp_path: Path, kgreview: Command
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / f".p.{gone.pid}.new" / "left").mkdir(parents=True)
    (tmp_path / ".p.1.new").mkdir()  # of a process that lives
    assert kgreview("create", tmp_path / "p", "--pair", pair)[0] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [".p.1.new", "p", "pair"]


@pytest.mark.parametrize("version", ["..", "../../x", "v9", "", "<img src=x>"])
def test_a_version_that_is_none_scores_nothing(
    version: str, ready: Path, kgreview: Command
) -> None:
    before = sorted(ready.rglob("*"))
    status, _, error = kgreview("score", ready, "--version", version)
    assert status == 2
    assert f"has no version '{version}'; it has v1" in error
    assert [path for path in sorted(ready.rglob("*")) if path not in before] == []


def test_a_port_in_use_is_said_before_anything_starts(
    pair: Path, tmp_path: Path, kgreview: Command
) -> None:
    kgreview("create", tmp_path / "p", "--pair", pair)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        status, output, error = kgreview("review", tmp_path / "p", "--port", str(port))
    assert (status, output) == (1, "")
    assert f"port {port} is not available" in error


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.7"])
def test_a_host_that_is_no_address_of_this_machine_is_said(
    pair: Path, tmp_path: Path, kgreview: Command, host: str
) -> None:
    kgreview("create", tmp_path / "p", "--pair", pair)
    status, output, error = kgreview("review", tmp_path / "p", "--host", host)
    assert (status, output) == (2, "")
    assert f"--host '{host}': no address of this machine; localhost is this machine" in error


@pytest.mark.parametrize(
    ("host", "listens", "printed"),
    [
        (None, "localhost", "http://localhost:{port}"),
        ("0.0.0.0", "0.0.0.0", "http://localhost:{port}"),
        ("127.0.0.1", "127.0.0.1", "http://127.0.0.1:{port}"),
    ],
)
def test_the_app_listens_on_this_machine_alone_unless_a_host_is_named(
    pair: Path,
    tmp_path: Path,
    kgreview: Command,
    monkeypatch: pytest.MonkeyPatch,
    host: str | None,
    listens: str,
    printed: str,
) -> None:
    started: list[list[str]] = []

    class Ended:
        def __init__(self, command: list[str], env: dict[str, str]) -> None:
            started.append(command)
            assert env["KGREVIEW_PROJECT"] == str(tmp_path / "p")

        def wait(self) -> int:
            return 0

    kgreview("create", tmp_path / "p", "--pair", pair)
    monkeypatch.setattr("kgreview.commands.server.subprocess.Popen", Ended)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    named = () if host is None else ("--host", host)
    status, output, error = kgreview(
        "review", tmp_path / "p", "--port", str(port), "--no-browser", *named
    )
    assert status == 0, error
    assert started[0][started[0].index("--server.address") + 1] == listens
    assert printed.format(port=port) in output
    assert ("whoever reaches port" in output) == (listens == "0.0.0.0")


def test_a_site_that_may_read_too_is_named_by_scheme_and_host(
    pair: Path, tmp_path: Path, kgreview: Command
) -> None:
    kgreview("create", tmp_path / "project", "--pair", pair)
    status, _, error = kgreview("review", tmp_path / "project", "--allow-origin", "example.org")
    assert status == 2
    assert "--allow-origin 'example.org': give scheme and host" in error


def test_a_command_finds_the_place_taken_and_says_by_what(
    pair: Path, tmp_path: Path, kgreview: Command
) -> None:
    kgreview("create", tmp_path / "p", "--pair", pair)
    with Project.open(tmp_path / "p").database() as db:
        other = start_job(db, "fine-tune")
        for verb in ("block", "train", "score", "run", "finetune"):
            status, output, error = kgreview(verb, tmp_path / "p")
            assert (status, output) == (1, "")
            assert "fine-tune has been running since" in error
        finish(db, other.id)
    assert kgreview("block", tmp_path / "p")[0] == 0
    job = json.loads(kgreview("status", tmp_path / "p", "--json")[1])["job"]
    assert (job["kind"], job["state"], job["log"]) == ("block", "done", "")


def test_new_candidates_are_not_measured_by_the_scores_of_the_old(
    ready: Path, tmp_path: Path, kgreview: Command
) -> None:
    links = tmp_path / "test.tsv"
    links.write_text("left\tright\na2\tb2\n")
    assert kgreview("evaluate", ready, "--links", links)[0] == 0
    kgreview("block", ready)
    status, _, error = kgreview("evaluate", ready, "--links", links)
    assert status == 1
    assert "kgreview score" in error


def test_a_pair_is_explained_part_by_part(kgreview: Command, small_sample: Path) -> None:
    pairs = Project.open(small_sample)
    candidates = pairs.candidates()
    ids = pairs.left.id(int(candidates.left[0])), pairs.right.id(int(candidates.right[0]))
    status, printed, _ = kgreview("explain", small_sample, *ids, "--json")
    found = json.loads(printed)
    assert status == 0
    assert (found["left"]["id"], found["right"]["id"]) == ids
    odds = [each["change_of_log_odds"] for each in found["without"]]
    assert odds == sorted(odds)
    assert {each["kind"] for each in found["without"]} >= {"attribute", "neighbourhood"}
    made_of = sum(step["log_odds"] for step in found["made_of"])
    assert made_of == pytest.approx(found["log_odds"], abs=1e-5)
    status, printed, _ = kgreview("explain", small_sample, *ids)
    assert status == 0
    assert printed.count("log odds without") == len(odds)
    assert "Competing candidates" in printed


def test_attention_is_checked_over_a_sample_of_pairs(kgreview: Command, small_sample: Path) -> None:
    status, printed, _ = kgreview("explain", "--check", small_sample, "--sample", "100", "--json")
    found = json.loads(printed)
    assert status == 0
    assert found["pairs"] == 100
    assert -1 <= found["rank_correlation"] <= 1


def test_what_tells_apart_is_a_table_or_json(kgreview: Command, small_sample: Path) -> None:
    status, printed, _ = kgreview("explain", "--relations", small_sample)
    assert status == 0
    assert "album (left)" in printed
    assert "performed_by →" in printed
    assert "album, attributes" in printed
    status, printed, _ = kgreview("explain", "--relations", small_sample, "--json")
    assert status == 0
    assert {one["side"] for one in json.loads(printed)["relations"]} == {"left", "right"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "LEFT and RIGHT, or --check"),
        (["--relations", "--check"], "or --relations"),
        (["lib:1"], "LEFT and RIGHT, or --check"),
        (["lib:1", "cat:1", "--check"], "LEFT and RIGHT, or --check"),
        (["nobody", "cat:1"], "no entity has the id 'nobody'"),
        (["--check", "--version", "../x"], "has no folder of version '../x'"),
    ],
)
def test_what_cannot_be_explained_is_said_in_one_line(
    kgreview: Command,
    small_sample: Path,
    words: list[str],
    said: str,
) -> None:
    status, _, error = kgreview("explain", small_sample, *words)
    assert status == 2
    assert said in error
    assert "\n" not in error


def test_quality_is_said_in_words_or_as_json(kgreview: Command, small_sample: Path) -> None:
    status, printed, _ = kgreview("quality", small_sample)
    assert status == 0
    assert "Nothing is measured yet" in printed
    assert "Go on: no stopping criterion is met yet." in printed
    assert "**" not in printed
    status, printed, _ = kgreview("quality", small_sample, "--json", "--doubts")
    assert status == 0
    found = json.loads(printed)
    assert found["decisions"] == len(found["label_issues"]) == 0
    assert found["alignment"]["sampled"] == 0
    assert [reason["name"] for reason in found["stop"]["reasons"]] == [
        "stable",
        "nothing new",
        "narrow",
    ]


def test_curators_are_listed_and_their_orcids_set(kgreview: Command, films: Path) -> None:
    assert kgreview("curators", films)[1] == "nobody has decided yet\n"
    status, printed, _ = kgreview("curators", films, "--orcid", "Ada", "0000-0002-1825-0097")
    assert (status, printed) == (0, "Ada        0 decisions  0000-0002-1825-0097\n")
    listed = json.loads(kgreview("curators", films, "--json")[1])
    assert listed == [{"name": "Ada", "decisions": 0, "orcid": "0000-0002-1825-0097"}]
    status, _, said = kgreview("curators", films, "--orcid", "Ada", "0000-0002-1825-0079")
    assert status == 2
    assert "look for a slip" in said
    assert kgreview("curators", films, "--no-orcid", "Ada")[1] == "nobody has decided yet\n"


def test_versions_are_listed_with_what_they_came_to(kgreview: Command, small_sample: Path) -> None:
    status, printed, _ = kgreview("versions", small_sample)
    assert status == 0
    assert printed.startswith("v1     current")
    status, printed, _ = kgreview("versions", small_sample, "--json")
    (listed,) = json.loads(printed)
    assert (listed["name"], listed["current"], listed["held_back"]) == ("v1", True, None)
    assert listed["figures"]["prauc"] > 0
    assert [event["version"] for event in listed["promotions"]] == ["v1"]


def test_a_version_is_promoted_by_name(kgreview: Command, small_sample: Path) -> None:
    status, printed, _ = kgreview("promote", small_sample, "v1", "--reason", "the best so far")
    assert status == 0
    assert "v1 is current" in printed
    status, _, error = kgreview("promote", small_sample, "v9")
    assert status == 2
    assert "has no version 'v9'; it has v1" in error


def test_two_turtle_files_reach_the_first_pair_with_one_command_and_sssom_leaves_with_another(
    tmp_path: Path, kgreview: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []
    monkeypatch.setattr(
        "kgreview.commands.reviewing.serve", lambda project, *_, **__: opened.append(project)
    )
    for side, names in (("ours", ("Dune", "Blue")), ("theirs", ("Dune", "Rot"))):
        films = [f'<http://{side}/{n}> a <http://s/Film> ; <http://s/name> "{n}" .' for n in names]
        (tmp_path / f"{side}.ttl").write_text("\n".join(films), encoding="utf-8")
    left, right, project = tmp_path / "ours.ttl", tmp_path / "theirs.ttl", tmp_path / "films"

    assert kgreview("create", project, "--left", left, "--right", right, "--review")[0] == 0
    assert opened == [project]
    desk = Desk.open(project, curator="anna")
    asked = desk.next_pair()
    assert asked is not None
    assert (asked.left.id, asked.right.id) == ("http://ours/Dune", "http://theirs/Dune")
    desk.decide(asked, "match")

    mappings = tmp_path / "films.sssom.tsv"
    assert kgreview("export", project, "--to", mappings, "--what", "accepted")[0] == 0
    lines = [line for line in mappings.read_text("utf-8").splitlines() if line[0] != "#"]
    rows = list(csv.DictReader(lines, delimiter="\t"))
    assert {(row["subject_label"], row["object_label"]) for row in rows} == {("Dune", "Dune")}
    assert "semapv:ManualMappingCuration" in {row["mapping_justification"] for row in rows}


def test_review_opens_a_project_or_a_folder_of_them(
    pair: Path, tmp_path: Path, kgreview: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[Path, dict[str, str]]] = []
    monkeypatch.setattr(
        "kgreview.commands.reviewing.serve",
        lambda project, _port, _browser, limit=None, *_, **_more: opened.append(
            (project, project_variables(project, limit))
        ),
    )
    folder = tmp_path / "projects"
    assert kgreview("create", folder / "films", "--pair", pair)[0] == 0
    assert kgreview("review", folder / "films")[0] == 0
    assert kgreview("review", folder, "--upload-limit", "7")[0] == 0
    (one, of_one), (many, of_many) = opened
    assert (one, many) == (folder / "films", folder)
    assert of_one == {"KGREVIEW_PROJECT": str(folder / "films"), "KGREVIEW_FOLDER": ""}
    assert of_many["KGREVIEW_FOLDER"] == str(folder)
    assert (of_many["KGREVIEW_PROJECT"], of_many["KGREVIEW_UPLOAD_MB"]) == ("", "7")
    (folder / "films" / "kgreview.json").unlink()
    status, _, error = kgreview("review", folder / "films")
    assert (status, "is not a kgreview project" in error) == (2, True)


def test_a_terminal_obeys_nothing_that_a_graph_says(
    pair: Path, tmp_path: Path, kgreview: Command
) -> None:
    """A name may change the window's title, or write a link."""
    title = "\x1b]0;owned\x07\x1b]8;;http://x.invalid\x1b\\\x9b2J"
    file = pair / "left" / "attributes.tsv"
    rows = file.read_text("utf-8").split("\n")
    head, _, _ = rows[1].rpartition("\t")
    file.write_text("\n".join([rows[0], f"{head}\t{title}", *rows[2:]]), encoding="utf-8")
    entities = pair / "left" / "entities.tsv"
    text = entities.read_text("utf-8")
    entities.write_text(text + f"{title}\t{title}\n", encoding="utf-8")
    printed = ""
    for words in (
        ("inspect", pair / "left"),
        ("inspect", pair / "left", "--json"),
        ("create", tmp_path / "p", "--pair", pair),
        ("run", tmp_path / "p"),
        ("explain", tmp_path / "p", title, title),
        ("status", tmp_path / "p"),
    ):
        printed += "".join(map(str, kgreview(*words)))
    assert "owned" in printed
    assert not set("\x1b\x07\x9b") & set(printed)


@pytest.mark.parametrize(
    ("options", "environment", "said"),
    [
        (("--auth", "header"), {}, "name the address that the gateway's requests come from"),
        (("--auth", "oidc"), {}, "--auth-file"),
        (("--trust", "10.0.0.1"), {}, "go with --auth"),
        (("--auth", "header", "--trust", "gateway"), {}, "give an address such as 10.0.0.5"),
        (
            ("--auth", "header", "--trust", "10.0.0.1", "--public-address", "kg.example"),
            {},
            "give scheme and host",
        ),
        (
            ("--auth", "header", "--trust", "10.0.0.1"),
            {"KGREVIEW_API_TOKEN": "short"},
            "at least 16 random characters",
        ),
        ((), {"KGREVIEW_SECRET": "short"}, "KGREVIEW_SECRET: give at least 16 letters"),
        ((), {"KGREVIEW_SECRET": "sixteen letters and spaces"}, "KGREVIEW_SECRET"),
    ],
)
def test_a_sign_in_that_cannot_be_is_refused_at_once(
    pair: Path,
    tmp_path: Path,
    kgreview: Command,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    environment: dict[str, str],
    said: str,
) -> None:
    kgreview("create", tmp_path / "p", "--pair", pair)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ("review", tmp_path / "p", "--no-browser", "--port", str(port))
    status, output, error = kgreview(*words, *options)
    assert (status, output) == (2, "")
    assert said in error


def test_roles_are_given_and_taken_on_the_command_line(
    pair: Path, tmp_path: Path, kgreview: Command
) -> None:
    kgreview("create", tmp_path / "p", "--pair", pair)
    given = ("--role", "Ada@example.org", "owner", "--role", "id#7", "viewer")
    _, output, _ = kgreview("curators", tmp_path / "p", *given)
    assert output.splitlines()[-2:] == ["ada@example.org is owner", "id#7 is viewer"]
    _, output, _ = kgreview("curators", tmp_path / "p", "--role", "id#7", "none")
    assert "id#7" not in output
    status, _, error = kgreview("curators", tmp_path / "p", "--role", "x", "boss")
    assert (status, "'boss' is no role; there are viewer, curator" in error) == (2, True)
