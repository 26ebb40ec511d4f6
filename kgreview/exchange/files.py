"""Files of any form as bytes: plain or gzipped, read in small parts."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from kgreview.errors import InputError
from kgreview.graph.readers.text_rows import damaged_gzip
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
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            source = open_gzip(path, file) if packed else file
            while part := source.read(PART):
                report(file.tell())
                yield part
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise damaged_gzip(path) from error
    except OSError as error:
        raise InputError.at(path, f"cannot be read ({error.strerror or error})") from error
