"""A project as one file, made while people work in it, and a project made of one.

The database is copied by SQLite's online backup; all other files are kept by hard links for as long
as they take to be written, since they are replaced and never changed. Both are of one moment.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from kgreview import __version__
from kgreview.errors import InputError, KGReviewError
from kgreview.graph.quoting import counted, one_line, quoted
from kgreview.pipeline.leftovers import is_alive
from kgreview.pipeline.project import SETTINGS, Project
from kgreview.progress import Notice, Progress, silent, unheard
from kgreview.store.upkeep import copy_database, end_jobs, faults_of

DATABASE = "kgreview.db"
_LIST = "backup.json"  # the last in the file: what is in it, with sums
_FORMAT = 1
_PART = 2**20  # bytes
_SMALL = 256 * 2**10  # bytes up to which a file is copied, not linked
_NOT_KEPT = ("exports",)  # made anew by who wants them
_UNLINKABLE = (errno.EPERM, errno.EXDEV, errno.ENOTSUP, errno.EMLINK)
_PACKED = (".gz", ".tgz")


@dataclass(frozen=True)
class BackupReport:
    """What a backup holds."""

    files: int
    size: int  # bytes, unpacked

    def to_json(self) -> dict[str, Any]:
        """Give the figures as JSON values."""
        return {"files": self.files, "bytes": self.size}


def back_up(
    project: Project,
    file: Path,
    *,
    force: bool = False,
    progress: Progress = silent,
    notice: Notice = unheard,
) -> BackupReport:
    """Write all of a project into one file, a tar, gzipped where its name ends in .gz or .tgz.

    People may go on deciding, and a job working: it is as it was at one moment. Written beside its
    place and renamed, so that it is there whole or not at all. Raises ``InputError`` where the file
    is there already, unless ``force``, and where it lies in the project.
    """
    file = file.absolute()
    if file.is_dir() or (os.path.lexists(file) and not force):
        raise InputError(f"{file}: exists already; choose another name, or give --force")
    if not file.parent.is_dir():
        raise InputError(f"{file}: its folder does not exist; make it first")
    if file.resolve().is_relative_to(project.path.resolve()):
        raise InputError(f"{file}: lies in the project itself; choose another place")
    clear_killed_backups(project.path)
    held = project.path / f".backup.{os.getpid()}.new"
    making = file.with_name(f".{file.name}.{os.getpid()}.new")
    copied = file.with_name(f".{file.name}.{os.getpid()}.db.new")
    try:
        copies = 0

        def hold() -> None:
            nonlocal copies
            copies = _hold(project.path, held)

        copy_database(project.path / DATABASE, copied, hold, progress)
        if copies:
            notice(f"{counted(copies, 'file')} copied: the disk of the project knows no hard links")
        files = {name: held / name for name in _kept_of(held)} | {DATABASE: copied}
        report = _write(making, files, project, packed=file.suffix in _PACKED, progress=progress)
        making.replace(file)
        return report
    finally:
        shutil.rmtree(held, ignore_errors=True)
        for left in (making, copied):
            left.unlink(missing_ok=True)


def restore(
    file: Path, path: Path, *, progress: Progress = silent, notice: Notice = unheard
) -> Project:
    """Make a project of a backup. It is there whole, with every sum checked, or not at all.

    Raises ``InputError`` where something is at ``path`` already, and for a file that is no backup,
    or a damaged one.
    """
    if os.path.lexists(path):
        raise InputError(f"{path}: exists already; move it aside first, or give another name")
    making = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        making.mkdir(parents=True)
        _read(file, making, progress)
        if faults := faults_of(making / DATABASE):
            raise InputError.at(file, f"its database is damaged ({faults[0]}); take another backup")
        ended = end_jobs(making / DATABASE, "It was running when the backup was made.")
        if ended:
            notice(f"{counted(ended, 'job')} ran when the backup was made; start it again")
        Project.open(making)
        making.rename(path)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return Project.open(path)


def clear_killed_backups(path: Path) -> None:
    """Remove what killed processes left of backups of a project."""
    for left in path.glob(".backup.*.new"):
        pid = left.name.split(".")[-2]
        if pid.isdecimal() and not is_alive(int(pid)):
            shutil.rmtree(left, ignore_errors=True)


# ---------------------------------------------------------------- what is kept


def is_passing(name: PurePosixPath) -> bool:
    """Whether a file of a project is half-written, of SQLite, or made for a page: none of it."""
    return (
        any(part.startswith(".") or part.endswith(".new") for part in name.parts)
        or name.parts[0] in _NOT_KEPT
        or (len(name.parts) == 1 and name.name.startswith(DATABASE))
    )


def files_of(path: Path) -> list[str]:
    """Name all files of a folder by their paths in it; links are not followed."""
    return sorted(file.relative_to(path).as_posix() for file in _walk(path))


def _kept_of(path: Path) -> list[str]:
    return [name for name in files_of(path) if not is_passing(PurePosixPath(name))]


def _walk(folder: Path) -> Iterator[Path]:
    for entry in os.scandir(folder):
        if entry.is_symlink():
            continue
        if entry.is_dir():
            yield from _walk(Path(entry.path))
        elif entry.is_file():
            yield Path(entry.path)


def _hold(path: Path, held: Path) -> int:
    """Link each file of a project, so that it stays as it is; give how many had to be copied."""
    copies = 0
    held.mkdir()
    for name in _kept_of(path):
        target = held / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):  # a job has just put another in its place
            if (path / name).stat().st_size <= _SMALL:
                shutil.copy2(path / name, target)  # some are written in their place
            elif not _linked(path / name, target):
                shutil.copy2(path / name, target)
                copies += 1
    return copies


def _linked(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _UNLINKABLE:
            raise
        return False
    return True


# ---------------------------------------------------------------- the file


def _write(
    making: Path, files: dict[str, Path], project: Project, *, packed: bool, progress: Progress
) -> BackupReport:
    total = sum(file.stat().st_size for file in files.values())
    done, listed = 0, {}
    with making.open("xb") as raw:
        with tarfile.open(
            fileobj=raw, mode="w:gz" if packed else "w", format=tarfile.PAX_FORMAT
        ) as archive:
            for name, file in sorted(files.items()):
                digest = hashlib.sha256()
                with file.open("rb") as source:
                    entry = archive.gettarinfo(arcname=name, fileobj=source)
                    entry.uname = entry.gname = ""
                    entry.uid = entry.gid = 0
                    archive.addfile(entry, _Summed(source, digest))
                listed[name] = [entry.size, digest.hexdigest()]
                done += entry.size
                progress("write the backup", done, total)
            what = {
                "format": _FORMAT,
                "kgreview": __version__,
                "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "project": project.settings.name,
                "files": listed,
            }
            text = json.dumps(what, ensure_ascii=False).encode()
            entry = tarfile.TarInfo(_LIST)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text))
        raw.flush()
        os.fsync(raw.fileno())
    return BackupReport(len(listed), done)


class _Summed:
    """What is read of a file, with its sum."""

    def __init__(self, source: IO[bytes], digest: Any) -> None:
        self._source, self._digest = source, digest

    def read(self, size: int = -1) -> bytes:
        part = self._source.read(size)
        self._digest.update(part)
        return part


def _read(file: Path, making: Path, progress: Progress) -> None:
    """Unpack a backup into a folder and check it against its own list."""
    try:
        size = max(1, file.stat().st_size)
        with file.open("rb") as raw, tarfile.open(fileobj=raw, mode="r:*") as archive:
            contents: dict[str, list[Any]] = {}
            listed = None
            for entry in archive:
                source = archive.extractfile(entry) if entry.isfile() else None
                if source is None:
                    raise _no_backup(file, f"it holds {quoted(entry.name)}, which is no file")
                if entry.name == _LIST:
                    listed = json.loads(source.read())
                    continue
                contents[entry.name] = _unpack(file, entry.name, source, making)
                progress("unpack", min(raw.tell(), size), size)
    except (tarfile.TarError, EOFError, ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise _no_backup(file, one_line(str(error))) from error
    if not isinstance(listed, dict) or listed.get("format") != _FORMAT:
        raise _no_backup(file, "its list of files is missing")
    if listed.get("files") != contents or not {SETTINGS, DATABASE} <= set(contents):
        wrong = sorted(set(contents) ^ set(listed["files"])) or sorted(
            name for name in contents if contents[name] != listed["files"][name]
        )
        raise _no_backup(file, f"{quoted(', '.join(wrong[:3]))} is not as it was written")


def _unpack(file: Path, name: str, source: IO[bytes], making: Path) -> list[Any]:
    parts = PurePosixPath(name).parts
    if name.startswith("/") or ".." in parts or not parts or is_passing_name(name):
        raise _no_backup(file, f"it names {quoted(name)}, which is no file of a project")
    target = making.joinpath(*parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with target.open("xb") as out:
        while part := source.read(_PART):
            digest.update(part)
            size += len(part)
            out.write(part)
        out.flush()
        os.fsync(out.fileno())
    return [size, digest.hexdigest()]


def is_passing_name(name: str) -> bool:
    """As ``is_passing``, but for the database itself, which a backup holds."""
    return name != DATABASE and is_passing(PurePosixPath(name))


def _no_backup(file: Path, why: str) -> KGReviewError:
    return InputError.at(file, f"is no whole backup of a project ({why}); take another")
