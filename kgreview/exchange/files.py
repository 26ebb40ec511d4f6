"""Files of any form as bytes: plain or gzipped, in whatever encoding, read in small parts."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from kgreview.errors import InputError
from kgreview.graph.readers.text_rows import damaged_gzip

PART = 64 * 1024  # bytes that are read at once

_MARKS = (  # byte order marks, and the encodings they tell
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


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
            source = gzip.GzipFile(fileobj=file) if packed else file
            while part := source.read(PART):
                report(file.tell())
                yield part
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise damaged_gzip(path) from error
    except OSError as error:
        raise InputError.at(path, f"cannot be read ({error.strerror or error})") from error


def encoding_of(start: bytes) -> str | None:
    """Tell the encoding of text by its byte order mark; ``None`` without one."""
    return next((name for mark, name in _MARKS if start.startswith(mark)), None)


def as_utf8(path: Path, parts: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Read text in another encoding as UTF-8, without a byte order mark.

    Raises ``InputError`` for an encoding that is not known, and for bytes that are none of it.
    """
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError as error:
        raise InputError.at(
            path, f"says that it is in the encoding '{encoding}', which is not known; convert it"
        ) from error
    line = 1
    first = True
    try:
        for part in parts:
            text = decoder.decode(part)
            line += text.count("\n")
            yield (text.removeprefix("\ufeff") if first else text).encode()
            first = first and not text
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        raise InputError.at(
            f"{path}, line {line} or soon after", f"is no {encoding}, as it says; convert it"
        ) from error
