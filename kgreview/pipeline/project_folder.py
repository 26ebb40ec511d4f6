"""A folder of projects: which there are, how far each is, and nothing outside it."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from kgreview.errors import InputError, KGReviewError
from kgreview.exchange.uploads import check_name
from kgreview.graph.quoting import counted, quoted
from kgreview.pipeline.project import SETTINGS, Project
from kgreview.pipeline.swap import DATABASE
from kgreview.store.asked_types import open_count
from kgreview.store.candidate_pairs import candidate_count
from kgreview.store.database import reading
from kgreview.store.decisions import decided_count
from kgreview.store.jobs import running_job
from kgreview.store.versions import current_version

FOLDER_VARIABLE = "KGREVIEW_FOLDER"  # names the folder of projects to the app
UPLOAD_VARIABLE = "KGREVIEW_UPLOAD_MB"  # the most that one new project may bring with it
UPLOAD_MB = 500
MOST_LISTED = 300  # projects; each is looked into

_MOST_ENTRIES = 10_000  # of a source below the folder that are looked at for links


@dataclass(frozen=True)
class ProjectLine:
    """What a list says of a project; where it is damaged, only name and ``problem``."""

    name: str  # of its folder
    title: str = ""  # what it is called
    left: int = 0  # entities
    right: int = 0
    candidates: int = 0
    decided: int = 0  # answers that stand, but for those that were put off
    open: int = 0  # pairs that nobody has settled
    version: str = ""  # the current one
    working: str = ""  # the job that runs
    problem: str = ""  # in one line, with what to do

    @property
    def next_step(self) -> str:
        """Say what comes next."""
        if self.problem:
            return "mend it"
        if self.working:
            return f"{self.working}: running"
        if not self.version:
            return "run"
        return "review" if self.open else "fine-tune, or export"


@dataclass(frozen=True)
class Listing:
    """The projects of a folder, by name, and what was left out."""

    lines: tuple[ProjectLine, ...]
    notes: tuple[str, ...] = ()


def folder_of_app() -> Path | None:
    """Give the folder that ``kgreview review FOLDER`` named; ``None`` where it was a project."""
    named = os.environ.get(FOLDER_VARIABLE, "")
    return Path(named).resolve() if named else None


def upload_limit() -> int:
    """Give how many MB one new project may bring with it."""
    named = os.environ.get(UPLOAD_VARIABLE, "")
    return int(named) if named.isdecimal() and int(named) else UPLOAD_MB


def is_folder_of_projects(path: Path) -> bool:
    """Whether a path is a folder that may hold projects, and no project itself, whole or not."""
    return path.is_dir() and not _looks_like_project(path)


def project_path(folder: Path, name: str) -> Path:
    """Give the path of a project of the folder.

    Raises ``InputError`` where there is none of this name, and for a name that would lead
    elsewhere: it must be that of an entry of the folder itself, and no link.
    """
    try:
        check_name(name, "project")
        if stat.S_ISDIR((folder / name).lstat().st_mode):
            return folder / name
    except (OSError, ValueError):
        pass
    raise InputError(f"there is no project {quoted(name)} in {folder}; choose one of the list")


def is_project(folder: Path, name: str) -> bool:
    """Whether there is a whole project of this name."""
    try:
        Project.open(project_path(folder, name))
    except KGReviewError:
        return False
    return True


def new_project_path(folder: Path, name: str) -> Path:
    """Give the path of a project that is to be made. Raises ``InputError`` where it cannot be."""
    path = folder / check_name(name, "project")
    if os.path.lexists(path):
        raise InputError(f"project {quoted(name)}: there is something of this name; give another")
    return path


def source_path(folder: Path, place: str) -> Path:
    """Give a source by its path below the folder.

    Raises ``InputError`` where there is none, and for one that is not wholly inside: absolute,
    through ``..`` or hidden, or by a link, be it of a file within it.
    """
    shown = f"path {quoted(place)}"
    parts = [part for part in place.strip().split("/") if part not in ("", ".")]
    if place.strip().startswith(("/", "~")) or "\\" in place or ".." in parts or not parts:
        raise InputError(f"{shown}: give a path below {folder}, without '..'")
    if any(part.startswith(".") or "\0" in part for part in parts):
        raise InputError(f"{shown}: is hidden, or cannot be written; give another")
    path = folder.joinpath(*parts)
    try:
        if not os.path.lexists(path):
            raise InputError(f"{shown}: there is no such file or folder in {folder}")
        _check_inside(path, folder, shown)
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"{shown}: cannot be looked at ({error})") from error
    return path


def list_projects(folder: Path) -> Listing:
    """Look into each project of a folder, which writes nothing and reads no column.

    Raises ``InputError`` where the folder cannot be read.
    """
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name.casefold())
    except OSError as error:
        raise InputError.at(folder, f"cannot be read ({error.strerror or error})") from error
    names, notes = [], []
    links = strange = 0
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_symlink():
            links += entry.is_dir()
        elif _looks_like_project(Path(entry.path)):
            try:
                names.append(check_name(entry.name, "project"))
            except (InputError, ValueError):
                strange += 1
    if links:
        notes.append(f"{counted(links, 'link')} to folders left out: links are not followed")
    if strange:
        notes.append(
            f"{counted(strange, 'project')} left out for the name, which no address can hold; "
            "rename the folder"
        )
    if len(names) > MOST_LISTED:
        notes.append(f"the first {MOST_LISTED} of {len(names):,} projects are listed")
    return Listing(tuple(project_line(folder, name) for name in names[:MOST_LISTED]), tuple(notes))


def project_line(folder: Path, name: str) -> ProjectLine:
    """Sum up one project; whatever is wrong with it is said in the line."""
    try:
        return _line(project_path(folder, name))
    except KGReviewError as error:
        return ProjectLine(name, problem=str(error))
    except OSError as error:
        why = error.strerror or str(error)
        return ProjectLine(name, problem=f"{error.filename or name}: cannot be read ({why})")


def _line(path: Path) -> ProjectLine:
    project = Project.open(path)
    with reading(path / DATABASE) as db:
        version, working = current_version(db), running_job(db)
        return ProjectLine(
            name=path.name,
            title=project.settings.name,
            left=project.left.num_entities,
            right=project.right.num_entities,
            candidates=candidate_count(db),
            decided=decided_count(db),
            open=open_count(db),
            version=version.name if version is not None and version.scored else "",
            working=working.kind if working is not None else "",
        )


def _looks_like_project(path: Path) -> bool:
    """Whether it is one, be it damaged; a folder with left/ and right/ alone is a source."""
    return (path / SETTINGS).exists() or (path / DATABASE).exists()


def _check_inside(path: Path, folder: Path, shown: str) -> None:
    outside = InputError(f"{shown}: leads out of {folder} by a link; copy what it leads to")
    if not path.resolve(strict=True).is_relative_to(folder.resolve()):
        raise outside
    if not path.is_dir():
        return
    for count, entry in enumerate(path.rglob("*")):
        if count > _MOST_ENTRIES:
            raise InputError(f"{shown}: holds more than {_MOST_ENTRIES:,} files; give a part of it")
        if entry.is_symlink() and not entry.resolve().is_relative_to(folder.resolve()):
            raise outside
