"""Files of any form as bytes or lines: plain or gzipped, read in small parts."""

from __future__ import annotations

import contextlib
import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from kgreview.errors import InputError
from kgreview.graph.readers.text_rows import NOT_UTF_8, damaged_gzip
from kgreview.graph.readers.unpacking import open_gzip

PART = 64 * 1024  # bytes that are read at once


def beginning(path: Path, size: int = PART) -> bytes:
    """Give the first bytes of a file, unpacked; none where it cannot be read."""
    try:
        with path.open("rb") as file:
            if file.read(2) != b"\x1f\x8b":
                file.seek(0)
                return file.read(size)
        with gzip.open(path) as unpacked:
            return unpacked.read(size)
    except (OSError, EOFError, zlib.error):
        return b""


def beginning_as_text(path: Path) -> str:
    """Give the first characters of a file in UTF-8, to tell its form."""
    return beginning(path).decode("utf-8", errors="replace").removeprefix("\ufeff")


def entries_of(folder: Path) -> list[Path]:
    """Give what lies in a folder, by name, hidden files left out.

    Raises ``InputError`` where it may not be read.
    """
    try:
        return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        raise InputError.at(folder, f"cannot be read ({error.strerror or error})") from error


def parts_of(path: Path, report: Callable[[int], None] = lambda _: None) -> Iterator[bytes]:
    """Read a file in parts, a gzipped one unpacked; ``report`` hears how many bytes of it are read.

    Raises ``InputError`` for a file that cannot be read, or a gzip file that is damaged.
    """
    with _opened(path) as (file, source):
        while part := source.read(PART):
            report(file.tell())
            yield part


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """Give each line of a text, with its end, and its number from 1 on.

    Raises what ``parts_of`` does, and ``InputError`` for a line that is not UTF-8.
    """
    with _opened(path) as (_, source):
        for number, line in enumerate(source, start=1):
            try:
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                raise InputError.at(path, NOT_UTF_8, row=number) from None


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Open a file; give it as it lies there, and what is in it."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            yield file, open_gzip(path, file) if packed else file
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise damaged_gzip(path) from error
    except OSError as error:
        raise InputError.at(path, f"cannot be read ({error.strerror or error})") from error


def the_one(folder: Path, matching: Iterable[Path]) -> Path | None:
    """Give the only one of what fits in a folder, ``None`` where nothing does.

    Raises ``InputError`` where there are several.
    """
    files = list(matching)
    if len(files) > 1:
        names = " and ".join(file.name for file in files)
        raise InputError.at(folder, f"holds {names}; keep one of them")
    return next(iter(files), None)
