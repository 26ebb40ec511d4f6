"""The process of a new project: looks at its sources, or imports them. Started by ``imports``.

A project is made beside its place and renamed: whatever happens, there is a whole one or none.
"""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from kgreview.errors import InputError, KGReviewError
from kgreview.exchange.inspection import describe_source, inspect_pair, link_lines
from kgreview.exchange.link_forms import FORMS, recognise
from kgreview.exchange.links import read_known_links
from kgreview.exchange.pair_folders import PairFolder, PairOptions, open_pair
from kgreview.exchange.sources import form_of, read_source
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.import_records import (
    CANCEL,
    IMPORT,
    INSPECT,
    INSPECTED,
    NOTHING_MADE,
    ImportRequest,
    Source,
    end,
    finish,
    job_of,
    new_job,
    place_of,
    request_of,
    write,
    write_job,
)
from kgreview.pipeline.project import Project
from kgreview.pipeline.project_folder import is_project, new_project_path, source_path
from kgreview.progress import Progress
from kgreview.store.decisions import now
from kgreview.text.terminal import for_terminal

_REPORT_SECONDS = 0.3


class _Cancelled(BaseException):
    """Somebody asked the import to give up; no ``except Exception`` may keep it from that."""


def run(folder: Path, name: str, task: str) -> int:
    """Do a task in this process, which ends with this status."""
    place = place_of(folder, name)
    job = job_of(place) or new_job(task)
    write_job(place, dataclasses.replace(job, pid=os.getpid()))
    signal.signal(signal.SIGTERM, _give_up)
    try:
        if (place / CANCEL).exists():
            raise _Cancelled
        os.chdir(place)  # so that messages name uploaded files as they are called
        tell = _reporter(place)
        if task == INSPECT:
            _look(folder, place, tell)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            end(place, "done", "")
        else:
            _make(folder, name, place, tell)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            finish(folder, name, place)
        return 0
    except BaseException as error:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        return _ended_early(folder, name, task, error)


def _look(folder: Path, place: Path, progress: Progress) -> None:
    request = _checked(place)
    look = _look_at_graphs if request.pair is None else _look_at_pair
    write(place / INSPECTED, look(folder, request, progress))


def _look_at_graphs(folder: Path, request: ImportRequest, progress: Progress) -> dict[str, Any]:
    sides = {}
    graphs = []
    for side, source, options in (
        ("left", request.left, request.how.left),
        ("right", request.right, request.how.right),
    ):
        notes: list[str] = []
        path = _path(folder, source)
        graph = read_source(path, options, progress, notes.append)
        sides[side] = describe_source(path, form_of(path, options), graph, notes)
        graphs.append(graph)
    lines: list[str] = []
    files = [_path(folder, source) for source in request.links]
    for path in files:
        form = request.how.links_format or recognise(path)
        lines.append(f"{path}: {FORMS[form].title if form in FORMS else 'a table'}")
    known_links = read_known_links(
        {"links": files}, graphs[0], graphs[1], progress, lines.append, request.how.links_format
    )
    links, matches = known_links.links["links"], len(known_links.links["links"].matches)
    if files:
        lines.append(f"{matches:,} known matches, {len(links) - matches:,} non-matches")
    return {**{side: inspection.to_json() for side, inspection in sides.items()}, "links": lines}


def _look_at_pair(folder: Path, request: ImportRequest, progress: Progress) -> dict[str, Any]:
    inspection = inspect_pair(_pair(folder, request), progress)
    lines = [f"{inspection.source}: {inspection.form}", *link_lines(inspection)]
    return {"left": inspection.left.to_json(), "right": inspection.right.to_json(), "links": lines}


def _make(folder: Path, name: str, place: Path, progress: Progress) -> Project:
    request = _checked(place)
    path, how = new_project_path(folder, name), request.how
    schema = None if request.schema is None else _path(folder, request.schema)
    if request.pair is not None:
        return create_project(
            path,
            pair=_pair(folder, request),
            same_ids=how.same_ids,
            schema=schema,
            progress=progress,
        )
    return create_project(
        path,
        _path(folder, request.left),
        _path(folder, request.right),
        links=[_path(folder, source) for source in request.links],
        links_format=how.links_format,
        same_ids=how.same_ids,
        schema=schema,
        left_options=how.left,
        right_options=how.right,
        progress=progress,
    )


def _pair(folder: Path, request: ImportRequest) -> PairFolder:
    how = request.how
    options = PairOptions(how.fold, how.left, how.right, how.links_format)
    return open_pair(_path(folder, request.pair), options)


def _ended_early(folder: Path, name: str, task: str, error: BaseException) -> int:
    place = place_of(folder, name)
    if isinstance(error, _Cancelled) or (place / CANCEL).exists():
        if task == IMPORT and is_project(folder, name):  # it came a moment too late
            finish(folder, name, place)
            return 0
        end(place, "cancelled", f"cancelled; {NOTHING_MADE}")
        return 1
    if isinstance(error, KGReviewError):
        end(place, "failed", str(error))
        return 1
    traceback.print_exc()  # into the log
    why = "there is not enough memory" if isinstance(error, MemoryError) else str(error)
    end(place, "failed", f"{type(error).__name__}: {why}; {NOTHING_MADE}; its log says more")
    return 1


def _give_up(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once: what clears up is left alone
    raise _Cancelled


def _reporter(place: Path) -> Progress:
    last, stages = 0.0, [""]

    def tell(stage: str, done: int, total: int | None = None, **figures: float) -> None:
        nonlocal last
        if stage != stages[-1]:
            stages.append(stage)
            sys.stdout.write(for_terminal(f"{now()} {stage}") + "\n")
            sys.stdout.flush()
        elif time.monotonic() - last < _REPORT_SECONDS:
            return
        if (place / CANCEL).exists():
            raise _Cancelled
        job = job_of(place) or new_job("")
        write_job(
            place, dataclasses.replace(job, stage=stage, done=done, total=total, figures=figures)
        )
        last = time.monotonic()

    return tell


def _path(folder: Path, source: Source | None) -> Path:
    """Give a source as seen from the import's folder; one below the other folder checked anew."""
    assert source is not None  # a request has both graphs, or a pair
    return Path(source.place) if source.uploaded else source_path(folder, source.place)


def _checked(place: Path) -> ImportRequest:
    request = request_of(place)
    if request is None:
        raise InputError("what was asked for is damaged; discard it and begin anew")
    return request


if __name__ == "__main__":
    status = run(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
    os.close(int(sys.argv[4]))  # the lock: all is done but to end, which may take a moment
    sys.exit(status)
