"""Which projects are served: the one that is open, or each of a folder under its own name."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kgreview.errors import InputError
from kgreview.graph.quoting import quoted
from kgreview.pipeline.project_folder import (
    ProjectLine,
    folder_of_app,
    list_projects,
    project_line,
    project_path,
)
from kgreview.review.people import seen
from kgreview.review.session import PROJECT_VARIABLE
from kgreview.service.errors import MissingError

API, RECONCILE = "/api/v1", "/reconcile"
OF_A_PROJECT = "/projects/{project}"  # behind either, for one project of a folder


def part_of(project: str | None) -> str:
    """Give what stands behind ``API`` and ``RECONCILE`` in the addresses of a project."""
    return "" if project is None else f"/projects/{quote(project, safe='')}"


def served_path(project: str | None) -> Path:
    """Give the folder of the project that an address names; without a name the one that is open.

    Raises ``MissingError`` where there is none. A name never leads out of the folder.
    """
    folder = folder_of_app()
    if folder is not None:
        if project is None:
            raise MissingError(
                f"a folder of projects is open: ask for {API}{OF_A_PROJECT}/… or "
                f"{RECONCILE}{OF_A_PROJECT}; {API}/projects lists them"
            )
        return _of_folder(folder, project)
    path = _single()
    if project is not None and project != path.resolve().name:
        raise MissingError(f"there is no project {quoted(project)}; {API}/projects lists what is")
    return path


def listing(base: str) -> dict[str, Any]:
    """List what is served, with the addresses of each; ``base``: the server's address."""
    folder = folder_of_app()
    if folder is None:
        path = _single().resolve()
        line = project_line(path.parent, path.name)
        return {"projects": [_shown(path.parent, line, base)], "notes": []}
    lines = seen(list_projects(folder), folder)
    return {
        "projects": [_shown(folder, line, base) for line in lines.lines],
        "notes": list(lines.notes),
    }


def _shown(folder: Path, line: ProjectLine, base: str) -> dict[str, Any]:
    values = {key: value if value != "" else None for key, value in asdict(line).items()}
    if line.problem:
        values["problem"] = line.problem.replace(f"{folder}{os.sep}", "")
    part = part_of(line.name)
    return values | {"api": f"{base}{API}{part}", "reconcile": f"{base}{RECONCILE}{part}"}


def _single() -> Path:
    named = os.environ.get(PROJECT_VARIABLE, "")
    if not named or not (Path(named) / "kgreview.json").is_file():
        raise MissingError(
            "no project is open; start the app with `kgreview review PROJECT`, or with a folder "
            "of projects"
        )
    return Path(named)


def _of_folder(folder: Path, name: str) -> Path:
    try:
        path = project_path(folder, name)
    except InputError:
        path = folder
    if not (path / "kgreview.json").is_file():
        raise MissingError(f"there is no project {quoted(name)}; {API}/projects lists them")
    return path
