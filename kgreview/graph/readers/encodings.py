"""Text in any encoding as UTF-8: told by its byte order mark, or named."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from pathlib import Path

from kgreview.errors import InputError

_MARKS = (  # byte order marks, and the encodings they tell
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(start: bytes) -> str | None:
    """Tell the encoding of text by its byte order mark; ``None`` without one."""
    return next((name for mark, name in _MARKS if start.startswith(mark)), None)


def is_utf8(encoding: str) -> bool:
    """Whether text in an encoding needs no conversion. Raises ``LookupError`` for no encoding."""
    return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "ascii")


def as_utf8(path: Path, parts: Iterable[bytes], encoding: str) -> Iterator[bytes]:
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
