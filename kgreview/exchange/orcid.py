"""ORCIDs: the ids of people in research, with a check digit that finds slips."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kgreview.graph.quoting import quoted

EXAMPLE = "0000-0002-1825-0097"  # of a person who does not exist, by ORCID itself

_ORCID = re.compile(r"(?:https?://orcid\.org/|orcid:)?((?:\d{4}-){3}\d{3}[\dX])", re.IGNORECASE)


def orcid_of(text: str) -> str | None:
    """Give the bare ORCID in a text that is one, ``None`` where it is none."""
    bare = _bare(text)
    return bare if bare is not None and bare[-1] == _check_digit(bare) else None


def read_orcid(curator: str, text: str) -> str:
    """Give the bare ORCID of a curator. Raises ``ValueError`` that says what is wrong with it."""
    bare = _bare(text)
    if bare is None:
        raise ValueError(
            f"{quoted(text)} of {quoted(curator)} is no ORCID; give 16 digits such as {EXAMPLE}"
        )
    if bare[-1] != _check_digit(bare):
        raise ValueError(
            f"{quoted(text)} of {quoted(curator)} is no ORCID: by its other digits the last one "
            f"would be {_check_digit(bare)}; look for a slip"
        )
    return bare


def check_orcids(given: Mapping[str, str]) -> None:
    """Raise ``ValueError`` for the first text that is no ORCID; ``given`` is by curator."""
    for curator, text in given.items():
        read_orcid(curator, text)


def _bare(text: str) -> str | None:
    match = _ORCID.fullmatch(text.strip().rstrip("/"))
    return match.group(1).upper() if match and match.group(1).isascii() else None


def _check_digit(orcid: str) -> str:
    """Give the last digit by the fifteen before it: ISO 7064, MOD 11-2."""
    total = 0
    for digit in orcid.replace("-", "")[:15]:
        total = (total + int(digit)) * 2
    rest = (12 - total % 11) % 11
    return "X" if rest == 10 else str(rest)
