"""Files that a browser sends, put into a folder: names, number and size are not to be trusted."""

from __future__ import annotations

import contextlib
import gzip
import shutil
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from kgreview.errors import InputError
from kgreview.exchange.files import entries_of
from kgreview.graph.quoting import counted, quoted
from kgreview.progress import Notice, unheard

MOST_FILES = 1_000  # of one new project
MB = 1_000_000

_PART = 2**20  # bytes that are written at once
_LONGEST_NAME = 150  # bytes: a file system takes 255, and others are made of it
_DEEPEST = 20  # folders within folders
_LARGEST_DIRECTORY = 4 * MB  # of a zip: what it lists is read whole
_END_OF_ZIP = b"PK\x05\x06"
_SIZE_OF_END = 22  # bytes, without the comment
_REFUSED = "/\\:"  # separators, and what follows a drive
_UNPACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others cannot be unpacked bit by bit
_DAMAGED = (  # what reading a zip raises that is none, or has been tampered with
    *(zipfile.BadZipFile, zlib.error, struct.error),
    *(EOFError, IndexError, NotImplementedError, RuntimeError, ValueError),
)


class Upload(NamedTuple):
    """One file as it came."""

    name: str  # as the browser says
    content: IO[bytes]


class Budget:
    """How much a new project may still bring with it, counted while it is unpacked."""

    def __init__(self, size: int, files: int = MOST_FILES) -> None:
        """``size``: bytes in all, packed ones as they are unpacked."""
        self._size = self._left = size
        self._files = files

    def take(self, size: int) -> None:
        """Count bytes. Raises ``InputError`` where they are too many."""
        self._left -= size
        if self._left < 0:
            raise InputError(
                f"the files hold more than {self._size / MB:,.0f} MB, unpacked: put them into the "
                "folder of the projects and give their path, or start with a larger --upload-limit"
            )

    def take_file(self) -> None:
        """Count a file. Raises ``InputError`` where there are too many."""
        self._files -= 1
        if self._files < 0:
            raise InputError(
                f"there are more than {MOST_FILES:,} files; send fewer, or larger ones"
            )


def check_name(name: str, of: str) -> str:
    """Give a name that is one plain part of a path, and nothing else.

    Raises ``InputError``, which says ``of`` what it is the name, for separators, ``..``, hidden
    names, and what cannot be seen or written.
    """
    shown = f"{of} {quoted(name)}"
    if not name.strip() or name.strip() != name:
        raise InputError(f"{shown}: is empty, or begins or ends with a space; give another name")
    if any(sign in name for sign in _REFUSED):
        raise InputError(f"{shown}: has '/', '\\' or ':' in it; give a plain name without a folder")
    if name.startswith((".", "-", "~")) or name.endswith("."):
        raise InputError(f"{shown}: begins with '.', '-' or '~', or ends with '.'; rename it")
    if any(unicodedata.category(sign)[0] == "C" for sign in name):
        raise InputError(f"{shown}: has signs in it that cannot be seen; rename it")
    if len(name.encode()) > _LONGEST_NAME:
        raise InputError(f"{shown}: is longer than {_LONGEST_NAME} bytes; shorten it")
    return name


def save_uploads(
    uploads: Sequence[Upload], folder: Path, budget: Budget, notice: Notice = unheard
) -> Path:
    """Save files into a new folder, zips unpacked; give the source that they are.

    That is the file where there is one, else the innermost folder that holds all of them. Raises
    ``InputError`` for names and contents that are refused; what was saved by then stays.
    """
    folder.mkdir(parents=True)
    for upload in uploads:
        name = check_name(upload.name, "file")
        upload.content.seek(0)
        if name.lower().endswith(".zip"):
            _unpack(name, upload.content, folder, budget, notice)
        else:
            _save(upload.content, folder, (name,), budget)
    return _source_in(folder)


def files_in(source: Path) -> Iterator[Path]:
    """Give the files of a source by name, those in folders too, hidden ones left out."""
    if not source.is_dir():
        yield source
        return
    for entry in entries_of(source):
        yield from files_in(entry)


def _source_in(folder: Path) -> Path:
    """Go down while there is no choice."""
    while folder.is_dir() and len(entries := entries_of(folder)) == 1:
        (folder,) = entries
    if folder.is_dir() and not entries_of(folder):
        raise InputError("the files hold nothing that could be read; send others")
    return folder


def _save(content: IO[bytes], folder: Path, parts: Sequence[str], budget: Budget) -> None:
    budget.take_file()
    path = folder.joinpath(*parts)
    inside = path.resolve().is_relative_to(folder.resolve())
    if not inside:  # which the parts have been checked for: a link is in the way
        raise InputError(f"file {quoted('/'.join(parts))}: leads out of its folder; rename it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:  # which follows no link, and writes over nothing
            while part := content.read(_PART):
                budget.take(len(part))
                file.write(part)
    except (FileExistsError, NotADirectoryError):
        raise InputError(f"file {quoted('/'.join(parts))}: is there twice; rename one") from None
    _count_unpacked(path, budget)


def _count_unpacked(path: Path, budget: Budget) -> None:
    """Count what a gzipped file holds beyond its own size; that it is damaged, its reader says."""
    with path.open("rb") as file:
        if file.read(2) != b"\x1f\x8b":
            return
    size = -path.stat().st_size
    with contextlib.suppress(OSError, EOFError, zlib.error), gzip.open(path) as unpacked:
        while part := unpacked.read(_PART):
            size += len(part)
            if size > 0:
                budget.take(size)
                size = 0


def _unpack(name: str, content: IO[bytes], folder: Path, budget: Budget, notice: Notice) -> None:
    if _directory_size(content) > _LARGEST_DIRECTORY:
        raise InputError(f"file {quoted(name)}: lists more than {MOST_FILES:,} files; send fewer")
    try:
        with zipfile.ZipFile(content) as archive:
            entries = [entry for entry in archive.infolist() if not entry.filename.endswith("/")]
            seen = [entry for entry in entries if not _is_hidden(entry.filename)]
            for entry in seen:
                parts = _parts_of(name, entry)
                with archive.open(entry) as file:
                    _save(file, folder, parts, budget)
    except _DAMAGED as error:
        raise InputError(
            f"file {quoted(name)}: is no whole zip ({error}); pack it again"
        ) from error
    if len(seen) < len(entries):
        notice(f"{name}: {counted(len(entries) - len(seen), 'hidden file')} left out")


def _is_hidden(path: str) -> bool:
    """Whether it is what file systems keep beside files, which no reader takes."""
    parts = path.split("/")
    return parts[0] == "__MACOSX" or any(
        part.startswith(".") and part != "." and not part.startswith("..") for part in parts
    )


def _parts_of(name: str, entry: zipfile.ZipInfo) -> list[str]:
    """Give the parts of the path of a file in a zip. Raises ``InputError`` where one is refused."""
    of = f"file {quoted(name)}, in it"
    mode = stat.S_IFMT(entry.external_attr >> 16)
    if mode not in (0, stat.S_IFREG):
        raise InputError(f"{of} {quoted(entry.filename)}: is a link or no file; leave it out")
    if entry.flag_bits & 1:
        raise InputError(f"{of} {quoted(entry.filename)}: has a password; pack it without one")
    if entry.compress_type not in _UNPACKED:
        raise InputError(f"{of} {quoted(entry.filename)}: is packed otherwise than by 'deflate'")
    # `orig_filename` has what comes after a NUL, where `filename` ends
    parts = [check_name(part, of) for part in entry.orig_filename.split("/") if part != "."]
    if len(parts) > _DEEPEST:
        raise InputError(f"{of} {quoted(entry.filename)}: lies {len(parts):,} folders deep")
    return parts


def _directory_size(content: IO[bytes]) -> int:
    """Give how long the list of a zip's files is, in bytes, before it is read whole."""
    size = content.seek(0, 2)
    content.seek(max(0, size - 2**16 - _SIZE_OF_END - 20))
    tail = content.read()
    content.seek(0)
    at = len(tail) - _SIZE_OF_END
    if not (tail[at:].startswith(_END_OF_ZIP) and tail.endswith(b"\0\0")):
        at = tail.rfind(_END_OF_ZIP)
    if at >= 20 and tail[at - 20 :].startswith(b"PK\x06\x07"):  # zip64: for what is refused anyway
        return size
    return int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0


def remove(folder: Path) -> None:
    """Remove a folder of uploads whole, or leave it as it is: it goes out of sight at once."""
    gone = folder.with_name(f".{folder.name}.gone")
    shutil.rmtree(gone, ignore_errors=True)
    folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)
