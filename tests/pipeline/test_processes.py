"""Work in processes of their own: reports as they come, refusals, deaths."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from kgreview.errors import InputError
from kgreview.pipeline.processes import ProcessError, Report, in_processes, start_process


def counts(report: Report, upto: int) -> None:
    for number in range(upto):
        report(number)


def says_its_process(report: Report) -> None:
    report((os.getpid(), os.environ.get("OMP_NUM_THREADS")))


def refuses(report: Report) -> None:
    report("begun")
    raise InputError("there is nothing to do")


def fails(report: Report) -> None:
    report(1 / 0)


def is_killed(report: Report) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def waits(report: Report, file: Path) -> None:
    report("waits")
    time.sleep(60)
    file.touch()


def test_every_task_reports_in_its_own_order() -> None:
    found = list(in_processes(counts, [(3,), (0,), (2,)], jobs=2))
    assert [report for task, report in found if task == 0] == [0, 1, 2]
    assert [report for task, report in found if task == 2] == [0, 1]
    assert len(found) == 5
    assert list(in_processes(counts, [])) == []


def test_processes_share_the_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    found = [report for _, report in in_processes(says_its_process, [(), ()], jobs=2)]
    assert len({process for process, _ in found} - {os.getpid()}) == 2
    assert {int(threads) for _, threads in found} == {max(1, (os.cpu_count() or 1) // 2)}
    assert "OMP_NUM_THREADS" not in os.environ
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert next(in_processes(says_its_process, [()], jobs=2))[1][1] == "7", "as the user says"


def test_what_a_process_refuses_is_refused_here() -> None:
    reports = in_processes(refuses, [()])
    assert next(reports) == (0, "begun")
    with pytest.raises(Exception, match="there is nothing to do"):
        next(reports)


def test_what_fails_there_fails_here_with_its_place() -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        list(in_processes(fails, [()]))


def test_a_killed_process_is_said_and_the_others_are_ended(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(ProcessError, match="ended with status -9") as error:
        list(in_processes(_killed_or_waiting, [(True, tmp_path / "x"), (False, tmp_path / "x")], 2))
    assert error.value.task == 0
    assert time.monotonic() - started < 30
    assert not (tmp_path / "x").exists()


def _killed_or_waiting(report: Report, killed: bool, file: Path) -> None:
    if killed:
        is_killed(report)
    waits(report, file)


def test_who_stops_listening_ends_them(tmp_path: Path) -> None:
    reports = in_processes(waits, [(tmp_path / "x",)])
    assert next(reports) == (0, "waits")
    started = time.monotonic()
    reports.close()
    assert time.monotonic() - started < 30


def test_what_outlives_who_starts_it_leaves_them_a_processor_unless_told_how_many_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "says_threads.py"
    script.write_text("import os; print(os.environ['OMP_NUM_THREADS'])")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)

    def threads() -> str:
        log = tmp_path / "log"
        start_process("says_threads", (), log)
        until = time.monotonic() + 30
        while not log.read_text().endswith("\n") and time.monotonic() < until:
            time.sleep(0.02)
        return log.read_text().strip()

    assert threads() == str(max(1, (os.cpu_count() or 1) - 1))
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert threads() == "7"
