"""How far work is: a bar on a terminal, a line a stage in a log, nothing with ``--quiet``."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from kgreview.cli import cli
from kgreview.pipeline.creation import create_project
from kgreview.progress import Progress
from kgreview.terminal import Bars, say, with_progress

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kgreview.terminal.on_a_terminal", lambda: True)


def work(bars: Progress) -> None:
    for done in range(101):
        bars("embed names", done, 100, loss=1 / (1 + done))
    bars("find candidates", 0, None)
    bars("find candidates", 1_234, None)


def test_a_log_has_one_line_a_stage(capsys: Captured) -> None:
    bars = Bars()
    work(bars)
    bars.close()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("embed names: 100 in ")
    assert lines[0].endswith(" s, loss 0.010")
    assert lines[1].startswith("find candidates: 1,234 in ")


def test_a_stage_that_was_interrupted_says_how_far_it_came(capsys: Captured) -> None:
    bars = Bars()
    bars("embed names", 40, 100)
    bars.close()
    assert capsys.readouterr().err.startswith("embed names: 40 of 100 in ")


@pytest.mark.usefixtures("on_a_terminal")
def test_a_terminal_has_a_bar_a_stage(capsys: Captured) -> None:
    bars = Bars()
    work(bars)
    bars.close()
    shown = capsys.readouterr().err
    assert "embed names: 100%" in shown
    assert "embed names: 100 in" not in shown


@pytest.mark.usefixtures("on_a_terminal")
def test_a_stage_that_is_over_says_so_before_the_next_begins(capsys: Captured) -> None:
    bars = Bars()
    bars("embed names", 0, 3)
    bars("embed names", 3, 3)
    assert "100%" in capsys.readouterr().err
    bars("embed names", 3, 3)
    assert capsys.readouterr().err == "", "once"
    bars.close()


def test_a_stage_that_comes_again_after_it_was_closed_is_told_again(capsys: Captured) -> None:
    bars = Bars()
    for _ in range(2):
        bars("look for mistakes", 0, 1)
        bars("look for mistakes", 1, 1)
        bars.close()
        bars.close()
    assert capsys.readouterr().err.count("look for mistakes: 1 in") == 2


def test_what_is_said_comes_below_the_stage_that_was_at_work(capsys: Captured) -> None:
    bars = Bars()
    bars("find pairs", 2, 2)
    say("2 pairs")
    told = capsys.readouterr()
    assert (told.out, told.err.startswith("find pairs: 2 in ")) == ("2 pairs\n", True)
    bars("find pairs", 1, 2)
    say("a note", err=True)
    assert capsys.readouterr().err == "a note\n", "what is noted meanwhile ends no stage"
    bars.close()


def test_quiet_is_quiet() -> None:
    @click.command()
    @with_progress
    def command(progress: Progress) -> None:
        work(progress)

    assert CliRunner().invoke(command, ["--quiet"]).stderr == ""
    assert len(CliRunner().invoke(command).stderr.splitlines()) == 2


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_each_command_with_progress_may_be_quiet(name: str) -> None:
    command = cli.commands[name]
    takes = {option for each in command.params for option in each.opts}
    shows = getattr(command.callback, "__wrapped__", None) is not None
    assert ("--quiet" in takes) == shows


@pytest.mark.parametrize("name", ["backup", "restore", "doctor"])
def test_each_command_of_upkeep_has_help_and_an_example(name: str) -> None:
    said = CliRunner().invoke(cli, [name, "--help"]).stdout
    assert "Example:" in said
    assert f"kgreview {name}" in said


def test_backup_restore_and_doctor_go_through(films: Path, tmp_path: Path) -> None:
    run = CliRunner()
    file, again = tmp_path / "films.tar.gz", tmp_path / "again"
    assert run.invoke(cli, ["backup", str(films), str(file)]).exit_code == 0
    assert run.invoke(cli, ["restore", str(file), str(again)]).exit_code == 0
    well = run.invoke(cli, ["doctor", str(again)])
    assert (well.exit_code, "nothing is damaged" in well.stdout) == (0, True)
    (again / "left" / "types.npy").write_bytes(b"")
    ill = run.invoke(cli, ["doctor", str(again)])
    assert ill.exit_code == 1
    assert "damaged: left/types.npy: is empty, cut short or damaged" in ill.stdout
    assert "restore it from a backup" in ill.stdout


def test_a_status_without_a_job_shows_none(film_tables: Path, tmp_path: Path) -> None:
    sides = [tmp_path / "films", film_tables / "left", film_tables / "right"]
    create_project(*sides)
    said = CliRunner().invoke(cli, ["status", str(sides[0])]).stdout
    assert "entities" in said
    assert "job" not in said
    assert '"job": null' in CliRunner().invoke(cli, ["status", str(sides[0]), "--json"]).stdout


def test_a_status_shows_of_a_job_what_there_is(films: Path) -> None:
    said = CliRunner().invoke(cli, ["status", str(films)]).stdout
    job = said[said.index("job") :].splitlines()[1:]
    assert any("done" in line for line in job)
    assert all(len(line.split(maxsplit=1)) == 2 for line in job), "no empty line"
    assert "unknown" not in said[said.index("job") :]
