"""A new project comes whole or not at all, whatever happens to its process or to the app."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from kgreview.errors import InputError, KGReviewError
from kgreview.exchange.sources import SourceOptions
from kgreview.exchange.uploads import Upload
from kgreview.pipeline import import_process, imports
from kgreview.pipeline.import_records import (
    IMPORT,
    INSPECT,
    HowToRead,
    end,
    job_of,
    locked,
    new_job,
    write_job,
)
from kgreview.pipeline.imports import Given, ImportRecord
from kgreview.pipeline.project import Project

from ..exchange.pair_files import write_left_right, write_magellan, write_numbered, write_openea

TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
LIMIT = 1  # MB


def triples(side: str, films: int = 3) -> bytes:
    lines = []
    for number in range(films):
        film = f"<http://{side}.example/{number}>"
        lines.append(f"{film} {TYPE} <http://{side}.example/Film> .")
        lines.append(f'{film} <http://{side}.example/title> "The film of {number}" .')
    return ("\n".join(lines) + "\n").encode()


def given(name: str, content: bytes) -> Given:
    return Given([Upload(name, io.BytesIO(content))])


LINKS = b"left\tright\nhttp://left.example/0\thttp://right.example/0\n"

# A process of an import that stops in its midst, and says so by a file: what happens to it then is
# up to the test. It reads a graph as the real one does, slowly.
SLOW = """
import os, sys, time
from pathlib import Path
from kgreview.pipeline import creation, import_process

infer = creation.infer_schema
def slow(*args, **kwargs):
    Path("midst").touch()
    time.sleep(60)
    return infer(*args, **kwargs)
creation.infer_schema = slow
status = import_process.run(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
os.close(int(sys.argv[4]))  # the lock, as the real one: on a busy machine it takes long to end
sys.exit(status)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder"


def ended(folder: Path, name: str = "films") -> ImportRecord | None:
    """Wait until the process of an import is gone."""
    for _ in range(1_200):
        record = imports.import_record(folder, name)
        leaving = any((folder / ".imports").glob(".*.gone"))  # moved aside, to be removed
        if not leaving and (record is None or not record.running):
            return record
        time.sleep(0.05)
    raise AssertionError("it never ended")


def begin(folder: Path, name: str = "films", left: bytes | None = None, **how: object) -> None:
    imports.new_import(
        folder,
        name,
        given("left.nt", triples("left") if left is None else left),
        given("right.nt", triples("right")),
        given("links.tsv", LINKS),
        how=HowToRead(**how),  # type: ignore[arg-type]
        limit=LIMIT,
    )


def do_here(module: str, words: tuple[str, ...], log: Path, _keep_open: tuple[int, ...]) -> int:
    """Do in this process what is to be started as one, whose libraries take a second to import."""
    assert module == import_process.__name__
    here, on_term = Path.cwd(), signal.getsignal(signal.SIGTERM)
    folder, name, task, _ = words
    try:
        with log.open("w", encoding="utf-8") as output, contextlib.redirect_stdout(output):
            import_process.run(Path(folder), name, task)
    finally:
        os.chdir(here)
        signal.signal(signal.SIGTERM, on_term)
    return os.getpid()


@pytest.fixture
def done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """For what is true of an import whichever process does it."""
    monkeypatch.setattr(imports, "start_process", do_here)


def inspected(folder: Path) -> ImportRecord:
    begin(folder)
    record = ended(folder)
    assert record is not None
    assert record.job is not None
    assert record.job.state == "done", record.job.message
    return record


def leftovers(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir() if entry.name != ".imports")


def test_sources_are_looked_at_imported_and_removed(folder: Path) -> None:
    record = inspected(folder)
    assert record.inspected is not None
    assert (record.inspected.left.entities, record.inspected.right.entities) == (3, 3)
    assert record.inspected.left.source == "left/left.nt"
    assert record.inspected.links == (
        "links/links.tsv: a table",
        "1 known matches, 0 non-matches",
    )
    assert leftovers(folder) == []
    imports.start(folder, "films", IMPORT)
    assert ended(folder) is None
    project = Project.open(folder / "films")
    assert project.settings.name == "films"
    assert len(project.all_links()) == 1
    assert "read left" in (folder / "films" / "jobs" / "import.log").read_text()
    assert leftovers(folder) == ["films"]
    assert list((folder / ".imports").iterdir()) == []
    assert imports.imports(folder) == []


@pytest.mark.usefixtures("done_here")
def test_sources_below_the_folder_stay_where_they_are(folder: Path) -> None:
    (folder / "raw").mkdir()
    for side in ("left", "right"):
        (folder / "raw" / f"{side}.nt").write_bytes(triples(side))
    imports.new_import(
        folder, "films", Given(place="raw/left.nt"), Given(place="raw/right.nt"), limit=LIMIT
    )
    record = ended(folder)
    assert record is not None
    assert record.inspected is not None
    imports.start(folder, "films", IMPORT)
    assert ended(folder) is None
    assert leftovers(folder) == ["films", "raw"]
    assert len(list((folder / "raw").iterdir())) == 2


@pytest.mark.usefixtures("done_here")
def test_a_source_that_became_a_link_out_since_is_not_read(folder: Path, tmp_path: Path) -> None:
    for side in ("left", "right"):
        (folder / f"{side}.nt").write_bytes(triples(side))
    imports.new_import(
        folder, "films", Given(place="left.nt"), Given(place="right.nt"), limit=LIMIT
    )
    assert ended(folder) is not None
    (folder / "left.nt").rename(tmp_path / "outside.nt")
    (folder / "left.nt").symlink_to(tmp_path / "outside.nt")
    imports.start(folder, "films", IMPORT)
    record = ended(folder)
    assert record is not None
    assert record.job is not None
    assert "leads out of" in record.job.message
    assert not (folder / "films").exists()


@pytest.mark.usefixtures("done_here")
def test_a_fault_is_one_line_that_names_the_file_and_can_be_read_otherwise(folder: Path) -> None:
    begin(folder, left=b"this is no triple\n")
    record = ended(folder)
    assert record is not None
    assert record.job is not None
    assert record.job.state == "failed"
    assert record.job.message.startswith("left/left.nt, line 1, column 1: is no N-Triples")
    assert "\n" not in record.job.message
    assert record.inspected is None
    imports.read_otherwise(folder, "films", HowToRead(left=SourceOptions(format="no-such")))
    record = ended(folder)
    assert record is not None
    assert record.job is not None
    assert record.job.message.startswith("--format no-such: there is no such form")
    assert record.request is not None
    assert record.request.how.left.format == "no-such"
    imports.discard(folder, "films")
    assert list((folder / ".imports").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "left", "words"),
    [
        ("../evil", given("a.nt", b""), "has '/'"),
        (".hidden", given("a.nt", b""), "begins with"),
        ("films", given("../a.nt", b""), "has '/'"),
        ("films", given("a.nt", b"x" * 1_100_000), "hold more than 1 MB"),
        ("films", Given(place="../outside"), "below"),
        ("films", Given(), "left: give files, or a path"),
        ("films", Given([Upload("a.nt", io.BytesIO(b""))], "raw"), "not both"),
    ],
)
def test_what_is_refused_leaves_nothing_behind(
    name: str, left: Given, words: str, folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=words):
        imports.new_import(folder, name, left, given("r.nt", b""), limit=LIMIT)
    assert imports.imports(folder) == []
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []
    assert list((folder / ".imports").glob("*")) == []


def zipped(folder: Path, root: str = "") -> bytes:
    """Pack a folder; ``root``: what its files lie in within the zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(each for each in folder.rglob("*") if each.is_file()):
            archive.write(file, f"{root}{file.relative_to(folder)}")
    return packed.getvalue()


@pytest.mark.usefixtures("done_here")
@pytest.mark.parametrize("root", ["", "sets/films/"])
@pytest.mark.parametrize("write", [write_openea, write_numbered, write_magellan, write_left_right])
def test_a_zipped_pair_folder_becomes_a_project_with_its_links(
    folder: Path, tmp_path: Path, write: Callable[[Path], Path], root: str
) -> None:
    packed = zipped(write(tmp_path / "written"), root)
    imports.new_pair_import(folder, "films", given("films.zip", packed), limit=LIMIT)
    record = ended(folder)
    assert record is not None
    assert record.inspected is not None, record.job
    assert (record.inspected.left.entities, record.inspected.right.entities) >= (20, 20)
    assert any(line.lstrip().startswith("train ") for line in record.inspected.links)
    imports.start(folder, "films", IMPORT)
    assert ended(folder) is None
    project = Project.open(folder / "films")
    # eight links to train and four to validate; those to test with are not used
    assert len(project.all_links().matches) == 12
    assert leftovers(folder) == ["films"]
    assert list((folder / ".imports").iterdir()) == []


@pytest.mark.usefixtures("done_here")
def test_a_pair_folder_may_come_file_by_file_or_by_its_path_and_with_a_fold(
    folder: Path, tmp_path: Path
) -> None:
    written = write_openea(folder / "openea")
    flat = write_openea(tmp_path / "flat", folds=())
    files = [Upload(f.name, io.BytesIO(f.read_bytes())) for f in sorted(flat.iterdir())]
    imports.new_pair_import(folder, "flat", Given(files), limit=LIMIT)
    how = HowToRead(fold="2")
    imports.new_pair_import(folder, "named", Given(place="openea"), how=how, limit=LIMIT)
    for name in ("flat", "named"):
        record = ended(folder, name)
        assert record is not None
        assert record.inspected is not None, record.job
        assert record.request is not None
        assert record.request.left is None
        imports.start(folder, name, IMPORT)
        assert ended(folder, name) is None
        assert Project.open(folder / name).left.num_entities >= 20
    assert written.is_dir()


@pytest.mark.usefixtures("done_here")
def test_what_is_no_pair_folder_is_said_in_one_line(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="pair: is one file; give the folder"):
        imports.new_pair_import(folder, "films", given("left.nt", triples("left")), limit=LIMIT)
    (tmp_path / "no-pair").mkdir()
    for name in ("a.nt", "b.nt"):
        (tmp_path / "no-pair" / name).write_bytes(triples("left"))
    packed = given("films.zip", zipped(tmp_path / "no-pair"))
    imports.new_pair_import(folder, "films", packed, limit=LIMIT)
    record = ended(folder)
    assert record is not None
    assert record.job is not None
    assert record.job.state == "failed"
    assert "pair: is no pair of graphs that can be read" in record.job.message
    assert "\n" not in record.job.message


def test_a_hostile_zip_of_a_pair_leaves_nothing_behind(folder: Path, tmp_path: Path) -> None:
    written = write_openea(tmp_path / "written")
    slipped = io.BytesIO(zipped(written))
    with zipfile.ZipFile(slipped, "a") as archive:
        archive.writestr("../../evil", "out")
    bomb = io.BytesIO(zipped(written))
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rel_triples_3", b"\0" * 2_000_000)
    linked = io.BytesIO(zipped(written))
    with zipfile.ZipFile(linked, "a") as archive:
        entry = zipfile.ZipInfo("attr_triples_3")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    before = sorted(tmp_path.rglob("*"))
    for content, words in (
        (slipped, r"begins with '\.'"),
        (bomb, "hold more than 1 MB"),
        (linked, "is a link or no file"),
    ):
        with pytest.raises(InputError, match=words):
            imports.new_pair_import(
                folder, "films", given("films.zip", content.getvalue()), limit=LIMIT
            )
        assert imports.imports(folder) == []
        assert [p for p in sorted(tmp_path.rglob("*")) if p.name != ".imports"] == before


@pytest.mark.usefixtures("done_here")
def test_a_request_of_an_earlier_release_is_read(folder: Path) -> None:
    inspected(folder)
    file = folder / ".imports" / "films" / "request.json"
    values = json.loads(file.read_text())
    del values["pair"], values["how"]["fold"]
    file.write_text(json.dumps(values))
    record = imports.import_record(folder, "films")
    assert record is not None
    assert record.request is not None
    assert record.request.left is not None
    values["left"] = None
    file.write_text(json.dumps(values))
    record = imports.import_record(folder, "films")
    assert record is not None
    assert record.request is None  # damaged


def test_a_schema_is_one_file(folder: Path) -> None:
    two = Given([Upload(name, io.BytesIO(b"{}")) for name in ("a.json", "b.json")])
    graph = given("a.nt", b"")
    with pytest.raises(InputError, match="schema: give one file"):
        imports.new_import(folder, "films", graph, graph, schema=two, limit=LIMIT)
    assert imports.imports(folder) == []


@pytest.mark.usefixtures("done_here")
def test_a_name_that_is_taken_or_on_its_way_is_refused(folder: Path) -> None:
    inspected(folder)
    with pytest.raises(InputError, match="is on its way already"):
        begin(folder)
    (folder / "taken").mkdir()
    with pytest.raises(InputError, match="there is something of this name"):
        begin(folder, "taken")
    record = imports.import_record(folder, "films")
    assert record is not None
    assert record.inspected is not None, "the first is as it was"


def test_a_link_in_the_place_of_the_imports_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (folder / ".imports").symlink_to(tmp_path / "outside")
    for call in (lambda: begin(folder), lambda: imports.imports(folder)):
        with pytest.raises(InputError, match="is a link"):
            call()
    assert list((tmp_path / "outside").iterdir()) == []


@pytest.fixture
def in_the_midst(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Start an import and give the number of its process, which is making the project."""

    def start(module: str, words: tuple[str, ...], log: Path, keep_open: tuple[int, ...]) -> int:
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-c", SLOW, *words],
                stdout=output,
                stderr=output,
                pass_fds=keep_open,
            )
        processes.append(process)
        return process.pid

    def reach() -> int:
        monkeypatch.setattr(imports, "start_process", do_here)
        inspected(folder)
        monkeypatch.setattr(imports, "start_process", start)
        imports.start(folder, "films", IMPORT)
        for _ in range(1_200):
            if (folder / ".imports" / "films" / "midst").exists():
                return processes[0].pid
            time.sleep(0.05)
        raise AssertionError((folder / ".imports" / "films" / "log.txt").read_text())

    processes: list[subprocess.Popen[bytes]] = []
    yield reach
    for process in processes:
        process.kill()
        process.wait()


def test_a_killed_import_leaves_nothing_half_made_and_says_so(
    folder: Path, in_the_midst: Callable[[], int]
) -> None:
    pid = in_the_midst()
    running = imports.import_record(folder, "films")
    assert running is not None
    assert running.running
    assert leftovers(folder) == [f".films.{pid}.new"]
    with pytest.raises(KGReviewError, match="is running"):
        imports.discard(folder, "films")
    with pytest.raises(KGReviewError, match="is running"):
        imports.start(folder, "films", IMPORT)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    (record,) = imports.imports(folder)
    assert record.job is not None
    assert record.job.state == "failed"
    assert "process died at 'read links'" in record.job.message
    assert "Nothing was made" in record.job.message
    assert leftovers(folder) == []
    assert record.inspected is not None, "it can be started again"


def test_a_killed_import_can_be_started_again(
    folder: Path, in_the_midst: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = in_the_midst()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    monkeypatch.undo()
    imports.start(folder, "films", IMPORT)
    assert ended(folder) is None
    assert leftovers(folder) == ["films"]


def test_a_cancelled_import_ends_at_once_and_makes_nothing(
    folder: Path, in_the_midst: Callable[[], int]
) -> None:
    in_the_midst()
    imports.cancel(folder, "films")
    imports.cancel(folder, "films")  # a second click does not keep it from clearing up
    record = ended(folder)
    assert record is not None
    assert record.job is not None
    assert (record.job.state, record.job.message) == ("cancelled", "cancelled; nothing was made")
    assert leftovers(folder) == []
    imports.discard(folder, "films")
    assert imports.imports(folder) == []


def test_an_app_that_is_started_anew_finds_an_import_that_runs(
    folder: Path, in_the_midst: Callable[[], int]
) -> None:
    in_the_midst()
    code = (
        "import sys; from pathlib import Path; from kgreview.pipeline.imports import imports;"
        "(record,) = imports(Path(sys.argv[1])); print(record.name, record.running)"
    )
    other = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    assert other.stdout == "films True\n"


@pytest.mark.usefixtures("done_here")
def test_a_process_killed_after_the_project_was_made_is_taken_for_done(folder: Path) -> None:
    inspected(folder)
    place = folder / ".imports" / "films"
    imports.start(folder, "films", IMPORT)
    assert ended(folder) is None
    begin(folder, "other")
    assert ended(folder, "other") is not None
    (folder / ".imports" / "other").rename(place)
    write_job(place, new_job(IMPORT))
    assert imports.imports(folder) == []
    assert not place.exists()
    Project.open(folder / "films")


def test_uploads_that_a_dead_app_was_saving_are_removed(folder: Path) -> None:
    half = folder / ".imports" / ".films.4194305.new"
    half.mkdir(parents=True)
    own = folder / ".imports" / f".books.{os.getpid()}.new"
    own.mkdir()
    assert imports.imports(folder) == []
    assert not half.exists()
    assert own.exists(), "somebody is sending it"


def test_a_damaged_record_can_be_discarded(folder: Path) -> None:
    place = folder / ".imports" / "films"
    place.mkdir(parents=True)
    (place / "request.json").write_text("{", encoding="utf-8")
    (record,) = imports.imports(folder)
    assert (record.request, record.job, record.inspected) == (None, None, None)
    with pytest.raises(InputError, match="is damaged"):
        imports.read_otherwise(folder, "films", HowToRead())
    imports.discard(folder, "films")
    assert not place.exists()


def test_a_process_that_cannot_be_started_is_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(imports, "start_process", refuse)
    with pytest.raises(KGReviewError, match="could not be started"):
        begin(folder)
    (record,) = imports.imports(folder)
    assert record.job is not None
    assert record.job.state == "failed"


def test_the_lock_of_an_import_is_held_by_one(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(KGReviewError, match="is running"), locked(tmp_path):
        pass
    with locked(tmp_path):
        pass
    write_job(tmp_path, new_job(INSPECT))
    end(tmp_path, "done", "")
    job = job_of(tmp_path)
    assert job is not None
    assert job.state == "done"
