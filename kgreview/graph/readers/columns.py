"""Which columns of a table are read: found by their names in the header."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path

from kgreview.errors import InputError
from kgreview.graph.quoting import listed

_INVISIBLE = "\ufeff\u200b\u2060"
_ROW_NUMBERS = re.compile(r"__index_level_\d+__")  # what pandas writes beside the columns


def places(names: Sequence[str], column: str) -> list[int]:
    """Give the positions at which a column stands: under its very name, or else much like it.

    >>> places(["ID", " type", "type"], "id"), places(["ID", " type", "type"], "type")
    ([0], [2])
    """
    exact = [place for place, name in enumerate(names) if name == column]
    return exact or [place for place, name in enumerate(names) if tidy(name).lower() == column]


def tidy(name: str) -> str:
    """Give the name of a column without what surrounds it unseen."""
    return name.strip().strip(_INVISIBLE).strip()


def find_columns(
    path: Path,
    row: int,
    names: Sequence[str],
    asked: Sequence[str],
    optional: Sequence[str],
) -> dict[str, int]:
    """Give the positions of the columns a reader asks for, of the optional ones where they stand.

    ``row``: where the header that gives ``names`` stands. Raises ``InputError`` where a column is
    missing or stands twice.
    """
    positions = {}
    for column in (*asked, *optional):
        place = places(names, column)
        if len(place) > 1:
            raise InputError.at(path, "stands more than once; keep one", row=row, column=column)
        if place:
            positions[column] = place[0]
        elif column in asked:
            what = f"is missing; name it in the header, which has {listed(names)}"
            if places([name.strip('"') for name in names], column):
                what += "; a .tsv knows no quoting: write it without quotes, or call it .csv"
            raise InputError.at(path, what, row=row, column=column)
    return positions


def other_columns(
    path: Path, row: int, names: Sequence[str], taken: Collection[int]
) -> dict[str, int]:
    """Give the positions of all columns that are not taken, by their names.

    Raises ``InputError`` for a column without a name, and for a name that stands twice.
    """
    positions: dict[str, int] = {}
    for place, name in enumerate(map(tidy, names)):
        if place in taken or _ROW_NUMBERS.fullmatch(name):
            continue
        if not name:
            raise InputError.at(
                path, f"column {place + 1} has no name; name it or drop it", row=row
            )
        if name in positions:
            raise InputError.at(path, "stands more than once; keep one", row=row, column=name)
        positions[name] = place
    return positions
