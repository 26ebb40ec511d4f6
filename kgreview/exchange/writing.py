"""Files and folders that are there whole or not at all."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import shutil
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from kgreview.errors import InputError
from kgreview.progress import Notice, Progress


@dataclass(frozen=True)
class Target:
    """Where an export is written to, and who hears of it."""

    path: Path
    packed: bool  # whether it is gzipped
    progress: Progress
    notice: Notice


@contextlib.contextmanager
def written_file(path: Path, *, force: bool = False) -> Iterator[Path]:
    """Give a name to write a new file under, which is renamed to ``path`` where the block ends.

    Whatever ends it, nothing half-written is left. Raises ``InputError`` where ``path`` exists and
    ``force`` is not set, where it is a folder, and where its folder is not there.
    """
    check_free(path, force=force)
    making = _beside(path)
    try:
        yield making
        check_free(path, force=force)  # who was faster keeps the name
        making.replace(path)
    finally:
        making.unlink(missing_ok=True)


@contextlib.contextmanager
def written_folder(path: Path, names: Container[str], *, force: bool = False) -> Iterator[Path]:
    """Give a new folder to write into, as ``written_file`` does.

    With ``force`` it takes the place of a folder that holds nothing but files called ``names``.
    """
    check_free_folder(path, names, force=force)
    making, aside = _beside(path), path.with_name(f".{path.name}.{os.getpid()}.old")
    try:
        making.mkdir()
        yield making
        check_free_folder(path, names, force=force)
        if path.exists():
            path.rename(aside)
        making.rename(path)
    except BaseException:
        if aside.exists() and not path.exists():
            aside.rename(path)
        raise
    finally:
        for left in (making, aside):
            shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def text_file(path: Path, *, packed: bool) -> Iterator[TextIO]:
    """Open a new text file in UTF-8, gzipped where ``packed``."""
    with path.open("wb") as raw:
        # no time and no name within it, so that the same content is the same file
        target = gzip.GzipFile("", "wb", fileobj=raw, mtime=0) if packed else raw
        with io.TextIOWrapper(target, encoding="utf-8", newline="") as text:
            yield text


def check_free(path: Path, *, force: bool) -> None:
    """Raise ``InputError`` where a file cannot be written under this name."""
    if not path.absolute().parent.is_dir():
        raise InputError(f"{path}: its folder does not exist; make it first")
    if path.is_dir():
        raise InputError(f"{path}: is a folder; name a file in it")
    if os.path.lexists(path) and not force:
        raise InputError(f"{path}: exists already; choose another name, or --force to replace it")


def check_free_folder(path: Path, names: Container[str], *, force: bool) -> None:
    """Raise ``InputError`` where a folder cannot be written under this name."""
    if not path.absolute().parent.is_dir():
        raise InputError(f"{path}: the folder above it does not exist; make it first")
    if not os.path.lexists(path):
        return
    if not force:
        raise InputError(f"{path}: exists already; choose another name, or --force to replace it")
    if path.is_symlink() or not path.is_dir():
        raise InputError(f"{path}: is no folder; choose another name or remove it first")
    others = sorted(each.name for each in path.iterdir() if each.name not in names)
    if others:
        raise InputError(
            f"{path}: holds {others[0]}, which no export wrote; choose another name or empty it"
        )


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.new")
