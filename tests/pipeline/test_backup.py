"""A backup is of one moment, whatever goes on; a restored project is the same, or there is none."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kgreview.errors import InputError, KGReviewError
from kgreview.pipeline.backup import back_up, clear_killed_backups, restore
from kgreview.pipeline.project import Project
from kgreview.pipeline.status import project_status
from kgreview.store.deciding import decide
from kgreview.store.decisions import counts
from kgreview.store.jobs import latest_jobs, start_job
from kgreview.store.outcomes import Outcome

Say = Callable[..., None]


def contents(path: Path) -> dict[str, bytes]:
    return {
        file.relative_to(path).as_posix(): file.read_bytes()
        for file in path.rglob("*")
        if file.is_file() and not file.name.startswith("kgreview.db")
    }


def test_a_restored_project_is_as_it_was(films: Path, tmp_path: Path, say_film: Say) -> None:
    project = Project.open(films)
    say_film(project, "f0", "https://films.example/id/0")
    (films / "exports").mkdir()
    (films / "exports" / "made.csv").write_text("for a download", encoding="utf-8")
    report = back_up(project, tmp_path / "films.tar")
    shutil.rmtree(films / "exports")
    made = restore(tmp_path / "films.tar", tmp_path / "again")
    assert contents(made.path) == contents(films)
    assert project_status(made) == project_status(project)
    assert report.files == len(contents(films)) + 1


def test_names_that_end_in_gz_are_packed(films: Path, tmp_path: Path) -> None:
    back_up(Project.open(films), tmp_path / "films.tar")
    back_up(Project.open(films), tmp_path / "films.tar.gz")
    sizes = [(tmp_path / name).stat().st_size for name in ("films.tar.gz", "films.tar")]
    assert sizes[0] < sizes[1] / 2
    restore(tmp_path / "films.tar.gz", tmp_path / "again")


def test_nothing_that_is_written_meanwhile_is_lost_or_torn(
    films: Path, tmp_path: Path, say_film: Say
) -> None:
    """Decisions go on, and columns are replaced, while backups are made."""
    project, over = Project.open(films), threading.Event()
    np.save(films / "models" / "v1" / "numbers.npy", np.zeros(1_000, np.float32))

    def write() -> None:
        number = 0
        while not over.is_set():
            number += 1
            say_film(project, f"f{number % 7}", f"https://films.example/id/{number % 5}")
            making = films / "models" / "v1" / "scores.npy.new"
            with making.open("wb") as file:
                np.save(file, np.full(1_000, number, np.float32))
            making.replace(films / "models" / "v1" / "numbers.npy")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            back_up(project, tmp_path / f"{number}.tar")
    finally:
        over.set()
        writer.join()
    decided = []
    for number in range(5):
        made = restore(tmp_path / f"{number}.tar", tmp_path / str(number))
        numbers = np.load(made.path / "models" / "v1" / "numbers.npy")
        assert len(set(numbers.tolist())) == 1, "one column, whole"
        with made.database() as db:
            decided.append(sum(counts(db).values()))
    assert decided == sorted(decided)


def test_a_job_of_the_time_of_the_backup_does_not_hold_the_restored_project(
    films: Path, tmp_path: Path
) -> None:
    project = Project.open(films)
    with project.database() as db:
        start_job(db, "train")
    back_up(project, tmp_path / "films.tar")
    notes: list[str] = []
    made = restore(tmp_path / "films.tar", tmp_path / "again", notice=notes.append)
    assert "1 job ran when the backup was made" in notes[0]
    with made.database() as db:
        assert latest_jobs(db)[0].state == "failed"
        start_job(db, "train")
    with project.database() as db:
        assert latest_jobs(db)[0].state == "running", "of the project nothing is changed"


def test_what_is_there_is_never_replaced_unasked(films: Path, tmp_path: Path) -> None:
    project, file = Project.open(films), tmp_path / "films.tar"
    back_up(project, file)
    before = file.read_bytes()
    with pytest.raises(InputError, match="exists already"):
        back_up(project, file)
    assert file.read_bytes() == before
    back_up(project, file, force=True)
    with pytest.raises(InputError, match="exists already; move it aside"):
        restore(file, films)
    with pytest.raises(InputError, match="lies in the project itself"):
        back_up(project, films / "films.tar")
    with pytest.raises(InputError, match="its folder does not exist"):
        back_up(project, tmp_path / "no" / "films.tar")


@pytest.mark.parametrize("stage", ["copy the database", "write the backup"])
def test_ctrl_c_leaves_no_backup_and_the_project_as_it_was(
    films: Path, tmp_path: Path, stage: str
) -> None:
    before = contents(films)

    def interrupt(at: str, done: int, total: int | None = None, **figures: float) -> None:
        if at == stage:
            raise KeyboardInterrupt

    folder = tmp_path / "backups"
    folder.mkdir()
    with pytest.raises(KeyboardInterrupt):
        back_up(Project.open(films), folder / "films.tar", progress=interrupt)
    assert not list(folder.iterdir())
    assert contents(films) == before


def test_ctrl_c_leaves_no_restored_project(films: Path, tmp_path: Path) -> None:
    back_up(Project.open(films), tmp_path / "films.tar")
    folder = tmp_path / "projects"
    folder.mkdir()

    def interrupt(at: str, done: int, total: int | None = None, **figures: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(tmp_path / "films.tar", folder / "films", progress=interrupt)
    assert not list(folder.iterdir())


def test_what_a_killed_backup_left_goes_with_the_next(films: Path, tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = films / f".backup.{gone.pid}.new"
    left.mkdir()
    clear_killed_backups(films)
    assert not left.exists()


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9, 0.999])
def test_a_backup_that_is_cut_short_makes_no_project(
    films: Path, tmp_path: Path, share: float
) -> None:
    file = tmp_path / "films.tar"
    back_up(Project.open(films), file)
    whole = file.read_bytes()
    list_at = whole.rindex(b"backup.json")
    file.write_bytes(whole[: int(list_at * share)])
    with pytest.raises(KGReviewError, match="is no whole backup"):
        restore(file, tmp_path / "again")
    assert not (tmp_path / "again").exists()
    assert [each.name for each in tmp_path.glob(".again*")] == []


def test_one_byte_that_changed_is_found(films: Path, tmp_path: Path) -> None:
    file = tmp_path / "films.tar"
    back_up(Project.open(films), file)
    whole = bytearray(file.read_bytes())
    whole[whole.index(b"Delicatessen")] ^= 1
    file.write_bytes(bytes(whole))
    with pytest.raises(InputError, match="is not as it was written"):
        restore(file, tmp_path / "again")


@pytest.mark.parametrize("name", ["../out", "/out", "left/../../out", ".hidden", "kgreview.db-wal"])
def test_a_backup_that_leads_out_of_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "made.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo(name))
    with pytest.raises(InputError, match="is no file of a project"):
        restore(tmp_path / "made.tar", tmp_path / "folder" / "again")
    assert not list(tmp_path.rglob("out"))


def test_a_link_in_a_backup_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "made.tar", "w") as archive:
        link = tarfile.TarInfo("left")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc"
        archive.addfile(link)
    with pytest.raises(InputError, match="which is no file"):
        restore(tmp_path / "made.tar", tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_a_killed_backup_leaves_the_project_whole(films: Path, tmp_path: Path) -> None:
    code = (
        "import sys, os, signal; from pathlib import Path;"
        "from kgreview.pipeline.backup import back_up;"
        "from kgreview.pipeline.project import Project;"
        "kill = lambda stage, done, total=None, **f: os.kill(os.getpid(), signal.SIGKILL);"
        "back_up(Project.open(Path(sys.argv[1])), Path(sys.argv[2]), progress=kill)"
    )
    file = tmp_path / "films.tar"
    ended = subprocess.run([sys.executable, "-c", code, str(films), str(file)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert not file.exists()
    report = back_up(Project.open(films), file)
    assert report.files
    assert not list(films.glob(".backup.*"))
    with Project.open(films).database() as db:
        decide_one(db)


def decide_one(db: object) -> None:
    """Nobody holds the database any more."""
    decide(
        db,  # type: ignore[arg-type]
        left="f0",
        right="https://films.example/id/0",
        curator="Ada",
        outcome=Outcome.MATCH,
        strategy="uncertainty",
    )
