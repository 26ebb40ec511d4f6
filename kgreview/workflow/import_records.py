"""What is kept of a new project on its way, in ``FOLDER/.imports/NAME/``: it outlives the app.

There lies what was uploaded, what was asked for, and how far its process is. The process holds the
file ``lock`` locked for as long as it lives, so that nobody needs to guess whether it does.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from kgreview.errors import InputError, KGReviewError
from kgreview.exchange.inspection import Inspection
from kgreview.exchange.sources import SourceOptions
from kgreview.exchange.uploads import remove
from kgreview.graph.quoting import quoted
from kgreview.review.decisions import now
from kgreview.review.jobs import Job
from kgreview.workflow.project_folder import project_path

IMPORTS = ".imports"
INSPECT, IMPORT = "inspect", "import"  # the tasks, which are the kinds of their jobs
REQUEST, INSPECTED, CANCEL, LOG = "request.json", "inspected.json", "cancel", "log.txt"
NOTHING_MADE = "nothing was made"

_STATE, _LOCK = "state.json", "lock"
_T = TypeVar("_T")


@dataclass(frozen=True)
class Source:
    """Where a source lies: below the folder of the import if it was uploaded, else of projects."""

    place: str
    uploaded: bool


@dataclass(frozen=True)
class HowToRead:
    """What a new project is told beside its sources."""

    left: SourceOptions = field(default_factory=SourceOptions)
    right: SourceOptions = field(default_factory=SourceOptions)
    links_format: str | None = None
    same_ids: bool = False
    fold: str | None = None  # of a pair folder with several


@dataclass(frozen=True)
class ImportRequest:
    """What a project is to be made of: two graphs, or a pair folder in their place."""

    left: Source | None = None
    right: Source | None = None
    links: tuple[Source, ...] = ()
    schema: Source | None = None
    how: HowToRead = field(default_factory=HowToRead)
    notes: tuple[str, ...] = ()  # what was left out of what was uploaded
    pair: Source | None = None  # a folder with both graphs and the links between them


@dataclass(frozen=True)
class Inspected:
    """What a look at the sources found."""

    left: Inspection
    right: Inspection
    links: tuple[str, ...]  # a line each


def imports_folder(folder: Path) -> Path:
    """Give where the imports of a folder of projects lie. Raises ``InputError`` for a link."""
    place = folder / IMPORTS
    if place.is_symlink():
        raise InputError(f"{place}: is a link, which is not followed; remove it")
    return place


def place_of(folder: Path, name: str) -> Path:
    """Give the folder of an import. Raises ``InputError`` where there is none of this name."""
    return project_path(imports_folder(folder), name)


@contextlib.contextmanager
def locked(place: Path, patience: float = 0.0) -> Iterator[int]:
    """Hold the one lock of an import; whoever is given its descriptor holds it on.

    ``patience``: seconds that it is waited for, since a page that looks holds it for a moment.
    """
    try:
        lock = os.open(place / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise KGReviewError(f"{place}: cannot be used ({error.strerror or error})") from error
    until = time.monotonic() + patience
    try:
        while not _take(lock):
            if time.monotonic() >= until:
                raise KGReviewError(
                    f"the import of {quoted(place.name)} is running; wait for it, or cancel it"
                )
            time.sleep(0.02)
        yield lock
    finally:
        os.close(lock)


def _take(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def is_locked(place: Path) -> bool:
    """Whether the process of an import is alive."""
    try:
        with locked(place):
            return False
    except KGReviewError:
        return True


def new_job(task: str) -> Job:
    """Give what is known of a task that begins, before its process has said who it is."""
    return Job(0, task, "running", 0, now(), None, "", 0, None, {}, "", LOG, False)


def end(place: Path, state: str, message: str) -> Job:
    """Write down how a task ended."""
    job = dataclasses.replace(
        job_of(place) or new_job(""), state=state, message=message, finished_at=now()
    )
    write_job(place, job)
    return job


def job_of(place: Path) -> Job | None:
    """Give the task that runs, or ran last, as it was written down."""
    try:
        job = Job(**json.loads((place / _STATE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return dataclasses.replace(job, cancel_requested=(place / CANCEL).exists())


def write_job(place: Path, job: Job) -> None:
    """Write down how far a task is."""
    write(place / _STATE, asdict(job))


def write(path: Path, values: Any) -> None:
    """Write a file whole or not at all. Raises ``KGReviewError`` where it cannot be written."""
    making = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        making.write_text(json.dumps(values), encoding="utf-8")
        making.replace(path)
    except OSError as error:
        raise KGReviewError(
            f"{path.parent}: cannot be written ({error.strerror or error}); free some room"
        ) from error


def request_of(place: Path) -> ImportRequest | None:
    """Give what a project is to be made of, ``None`` where that is damaged."""
    return _read(place / REQUEST, _parse_request)


def _parse_request(values: dict[str, Any]) -> ImportRequest:
    how = values["how"]
    options = {side: _options_of(how[side]) for side in ("left", "right")}
    left, right, schema, pair = (
        None if values.get(name) is None else Source(**values[name])
        for name in ("left", "right", "schema", "pair")
    )
    if pair is None and (left is None or right is None):
        raise ValueError("names no graphs")
    return ImportRequest(
        left=left,
        right=right,
        links=tuple(Source(**each) for each in values["links"]),
        schema=schema,
        how=HowToRead(**{**how, **options}),
        notes=tuple(values["notes"]),
        pair=pair,
    )


def _options_of(values: dict[str, Any]) -> SourceOptions:
    lists = {name: tuple(each) for name, each in values.items() if isinstance(each, list)}
    return SourceOptions(**{**values, **lists})


def inspection_of(place: Path) -> Inspected | None:
    """Give what a look at the sources found, ``None`` before that."""
    return _read(place / INSPECTED, _parse_inspected)


def _parse_inspected(values: dict[str, Any]) -> Inspected:
    left, right = (Inspection.from_json(values[side]) for side in ("left", "right"))
    return Inspected(left, right, tuple(values["links"]))


def _read(path: Path, parse: Callable[[dict[str, Any]], _T]) -> _T | None:
    try:
        return parse(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def finish(folder: Path, name: str, place: Path) -> None:
    """Keep the log with the project, and remove what was uploaded for it."""
    end(place, "done", "")
    logs = folder / name / "jobs"
    with contextlib.suppress(OSError):
        logs.mkdir(exist_ok=True)
        shutil.copyfile(place / LOG, logs / "import.log")
    with contextlib.suppress(OSError):  # whoever looks next tries again
        remove(place)
