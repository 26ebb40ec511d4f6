"""New projects by upload or by a path: saved, looked at and imported in the background."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import signal
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from kgreview.errors import InputError, KGReviewError
from kgreview.exchange.uploads import MB, Budget, Upload, files_in, remove, save_uploads
from kgreview.graph.quoting import quoted
from kgreview.pipeline.import_records import (
    CANCEL,
    IMPORT,
    INSPECT,
    INSPECTED,
    LOG,
    NOTHING_MADE,
    REQUEST,
    HowToRead,
    ImportRequest,
    Inspected,
    Source,
    end,
    finish,
    imports_folder,
    inspection_of,
    is_locked,
    job_of,
    locked,
    new_job,
    place_of,
    request_of,
    write,
    write_job,
)
from kgreview.pipeline.leftovers import clear_killed
from kgreview.pipeline.processes import start_process
from kgreview.pipeline.project_folder import is_project, new_project_path, source_path
from kgreview.store.jobs import Job
from kgreview.store.rights import Right, permit

_LOG_LINES = 30


@dataclass(frozen=True)
class Given:
    """What somebody gives of one kind: files, or a path below the folder of projects."""

    uploads: Sequence[Upload] = ()
    place: str = ""

    @property
    def is_given(self) -> bool:
        """Whether there is anything."""
        return bool(self.uploads or self.place.strip())


@dataclass(frozen=True)
class ImportRecord:
    """A new project on its way."""

    name: str
    request: ImportRequest | None  # None: it is damaged, and can only be discarded
    job: Job | None  # what runs, or ran last
    inspected: Inspected | None

    @property
    def running(self) -> bool:
        """Whether its process is alive."""
        return self.job is not None and self.job.state == "running"


def new_import(
    folder: Path,
    name: str,
    left: Given,
    right: Given,
    links: Given = Given(),
    schema: Given = Given(),
    how: HowToRead = HowToRead(),  # noqa: B008
    *,
    limit: int,
) -> None:
    """Save what is uploaded for a new project, and begin to look at it.

    ``limit``: MB that may be uploaded in all. Raises ``InputError`` for a name that is taken or
    hostile, for a path that leads out of the folder, and for files that are refused; nothing is
    left behind then.
    """

    def request(saving: _Saving) -> ImportRequest:
        return ImportRequest(
            saving.source("left", left),
            saving.source("right", right),
            saving.each_file("links", links) if links.is_given else (),
            saving.schema(schema),
            how,
            tuple(saving.notes),
        )

    _new_import(folder, name, limit, request)


def new_pair_import(
    folder: Path,
    name: str,
    pair: Given,
    schema: Given = Given(),
    how: HowToRead = HowToRead(),  # noqa: B008
    *,
    limit: int,
) -> None:
    """Do the same with both graphs and their links in one folder, mostly sent as a zip.

    Raises what ``new_import`` does. Whether it is in a layout that is known, the look will say.
    """

    def request(saving: _Saving) -> ImportRequest:
        source = saving.source("pair", pair)
        if not saving.lies(source).is_dir():
            raise InputError(
                "pair: is one file; give the folder of both graphs as a zip, all of its files, or "
                "its path"
            )
        return ImportRequest(
            schema=saving.schema(schema), how=how, notes=tuple(saving.notes), pair=source
        )

    _new_import(folder, name, limit, request)


class _Saving:
    """Saves what is given for one new project into a folder, within one budget."""

    def __init__(self, folder: Path, making: Path, limit: int) -> None:
        self._folder, self._making = folder, making
        self._budget = Budget(limit * MB)
        self.notes: list[str] = []  # what was left out

    def source(self, what: str, given: Given) -> Source:
        """Save one source, or look up the path that it is given by."""
        if given.uploads and given.place.strip():
            raise InputError(f"{what}: give files or a path, not both")
        if given.uploads:
            into = self._making / what
            saved = save_uploads(given.uploads, into, self._budget, self.notes.append)
            return Source(str(saved.relative_to(self._making)), uploaded=True)
        if not given.place.strip():
            raise InputError(f"{what}: give files, or a path below {self._folder}")
        path = source_path(self._folder, given.place)
        return Source(str(path.relative_to(self._folder)), uploaded=False)

    def each_file(self, what: str, given: Given) -> tuple[Source, ...]:
        """Save files of links, and give them one by one: each may be of another form."""
        source = self.source(what, given)
        above = self._making if source.uploaded else self._folder
        return tuple(
            Source(str(file.relative_to(above)), source.uploaded)
            for file in files_in(self.lies(source))
        )

    def schema(self, given: Given) -> Source | None:
        """Save a schema, if there is one."""
        if not given.is_given:
            return None
        source = self.source("schema", given)
        if not self.lies(source).is_file():
            raise InputError("schema: give one file")
        return source

    def lies(self, source: Source) -> Path:
        """Give where a source lies now."""
        return (self._making if source.uploaded else self._folder) / source.place


def _new_import(
    folder: Path, name: str, limit: int, request: Callable[[_Saving], ImportRequest]
) -> None:
    """Save what a request is of, write it down, and begin to look at it."""
    permit(None, Right.MANAGE)
    new_project_path(folder, name)
    place = imports_folder(folder) / name
    making = _begin_saving(place)
    try:
        write(making / REQUEST, asdict(request(_Saving(folder, making, limit))))
        making.rename(place)  # fails where somebody else was faster
    except OSError as error:
        raise _unsaved(place, error) from error
    finally:
        shutil.rmtree(making, ignore_errors=True)
    start(folder, name, INSPECT)


def read_otherwise(folder: Path, name: str, how: HowToRead) -> None:
    """Look at the sources again, read in another way."""
    permit(None, Right.MANAGE)
    place = place_of(folder, name)
    request = request_of(place)
    if request is None:
        raise InputError(f"the import of {quoted(name)} is damaged; discard it and begin anew")
    with locked(place, patience=1.0):
        write(place / REQUEST, asdict(dataclasses.replace(request, how=how)))
    start(folder, name, INSPECT)


def start(folder: Path, name: str, task: str) -> None:
    """Do a task in a process that goes on when the app ends.

    Raises ``KGReviewError`` where one runs for this name already, or who asks may not.
    """
    permit(None, Right.MANAGE)
    place = place_of(folder, name)
    if task == IMPORT:
        new_project_path(folder, name)
    with locked(place, patience=1.0) as lock:
        (place / CANCEL).unlink(missing_ok=True)
        if task == INSPECT:
            (place / INSPECTED).unlink(missing_ok=True)
        write_job(place, new_job(task))
        try:
            words = (str(folder), name, task, str(lock))
            start_process("kgreview.pipeline.import_process", words, place / LOG, (lock,))
        except (OSError, ValueError) as error:
            why = f"the process could not be started: {error}; {NOTHING_MADE}"
            end(place, "failed", why)
            raise KGReviewError(why) from error


def cancel(folder: Path, name: str) -> None:
    """Ask the process to give up, wherever it is; it makes nothing then."""
    permit(None, Right.MANAGE)
    place = place_of(folder, name)
    with contextlib.suppress(OSError):  # it has just ended, and been removed
        (place / CANCEL).touch()
    job = job_of(place)
    if job is not None and job.pid and is_locked(place):
        with contextlib.suppress(OSError):  # it has just ended
            os.kill(job.pid, signal.SIGTERM)


def discard(folder: Path, name: str) -> None:
    """Remove what was uploaded for a project that is not to be made after all.

    Raises ``KGReviewError`` while its process is alive, or where who asks may not.
    """
    permit(None, Right.MANAGE)
    place = place_of(folder, name)
    with locked(place, patience=1.0):
        clear_killed(folder / name)
        try:
            remove(place)
        except OSError as error:
            raise KGReviewError(
                f"{place}: cannot be removed ({error.strerror or error}); remove it by hand"
            ) from error


def imports(folder: Path) -> list[ImportRecord]:
    """Give the new projects that are on their way, by name.

    Of what killed processes left, the whole is taken for done and the rest said to have failed.
    """
    place = imports_folder(folder)
    try:
        if not place.is_dir():
            return []
        _clear_saving(place)
        names = sorted(each.name for each in place.iterdir() if not each.name.startswith("."))
    except OSError as error:
        raise InputError.at(place, f"cannot be read ({error.strerror or error})") from error
    records = (import_record(folder, name) for name in names)
    return [record for record in records if record is not None]


def import_record(folder: Path, name: str) -> ImportRecord | None:
    """Give how far the import of a project is, ``None`` where there is none, or no more."""
    try:
        place = place_of(folder, name)
    except InputError:
        return None
    job = job_of(place)
    if job is not None and job.state in ("running", "done"):
        try:
            with locked(place):
                job = _settle(folder, name, job_of(place))
        except KGReviewError:  # its process lives, if only to remove what was uploaded
            if job is not None and job.kind == IMPORT:
                job = dataclasses.replace(job, state="running")
    if not place.exists():
        return None
    return ImportRecord(name, request_of(place), job, inspection_of(place))


def log_tail(folder: Path, name: str) -> str:
    """Give the last lines of what the process wrote, '' without any."""
    try:
        text = (place_of(folder, name) / LOG).read_text(encoding="utf-8", errors="replace")
    except (OSError, InputError):
        return ""
    return "\n".join(text.splitlines()[-_LOG_LINES:])


def _begin_saving(place: Path) -> Path:
    """Make the folder in which the files are put until all of them are there."""
    making = place.with_name(f".{place.name}.{os.getpid()}.new")
    try:
        place.parent.mkdir(exist_ok=True)
        if not os.path.lexists(place):
            making.mkdir()
            return making
    except FileExistsError:
        pass
    except OSError as error:
        raise _unsaved(place, error) from error
    raise InputError(f"project {quoted(place.name)}: is on its way already; give another name")


def _unsaved(place: Path, error: OSError) -> KGReviewError:
    why = error.strerror or str(error)
    return KGReviewError(
        f"{place.parent}: the files cannot be saved ({why}); free some room, or see to its rights"
    )


def _settle(folder: Path, name: str, job: Job | None) -> Job | None:
    """Say what became of a job whose process is gone; for who holds its lock."""
    place = imports_folder(folder) / name
    if job is None or job.state not in ("running", "done"):
        return job
    if job.kind == IMPORT and is_project(folder, name):
        finish(folder, name, place)  # it was killed after its last step but one
        return None
    if job.state == "done":
        return job
    clear_killed(folder / name)
    if (place / CANCEL).exists():
        return end(place, "cancelled", f"cancelled; {NOTHING_MADE}")
    at = f" at '{job.stage}'" if job.stage else ""
    return end(
        place,
        "failed",
        f"its process died{at}: it was killed, or the computer stopped. "
        f"{NOTHING_MADE.capitalize()}; start it again, or discard it",
    )


def _clear_saving(place: Path) -> None:
    """Remove uploads that were being saved, or removed, by a process that is gone."""
    for left in place.glob(".*.new"):
        clear_killed(left.with_name(left.name.removeprefix(".").rsplit(".", 2)[0]))
    for left in place.glob(".*.gone"):
        shutil.rmtree(left, ignore_errors=True)
