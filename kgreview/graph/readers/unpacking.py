"""How much a packed file may hold: a small one can ask for more memory than there is."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import BinaryIO

from kgreview.errors import InputError

MB = 1_000_000
FREE = 64 * MB  # bytes that any file may unpack to
TIMES = 200  # its own size: text packs to a tenth, a table of which every row is alike to less


class Allowance:
    """How much may still be unpacked of a file, counted as it is read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._most = self._left = max(FREE, TIMES * path.stat().st_size)

    def take(self, size: int) -> None:
        """Count bytes that are about to be held. Raises ``InputError`` where they are too many."""
        self._left -= size
        if self._left < 0:
            raise InputError.at(
                self._path,
                f"holds more than {self._most // MB:,} MB unpacked, far more than a file of its "
                "size does: it is damaged, or made to fill the memory; where it is neither, give "
                "it unpacked, as CSV or N-Triples",
            )


def open_gzip(path: Path, file: BinaryIO | None = None) -> BinaryIO:
    """Open a gzip file to read what it holds, as far as a file of its size may.

    ``file``: the packed bytes, open at their beginning, for who wants to tell how far it is. To
    read raises ``InputError`` where it holds too much, and what ``gzip`` does where it is damaged.
    """
    return io.BufferedReader(_Unpacked(path, file), buffer_size=64 * 1024)


class _Unpacked(io.RawIOBase):
    """Unpacked bytes, counted."""

    def __init__(self, path: Path, file: BinaryIO | None) -> None:
        self._allowance = Allowance(path)
        self._source = gzip.GzipFile(path if file is None else None, fileobj=file)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        part = self._source.read(len(view))
        self._allowance.take(len(part))
        view[: len(part)] = part
        return len(part)

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()
