"""What names across scripts have in common where letters are left out or merged: consonants.

Arabic and Hebrew leave vowels out, and have one letter for p and b, or for p and f. Chinese,
Japanese and Korean part no words, and have one sound for l and r. Other scripts spell as a language
hears. So the Latin letters of both names are brought to as much.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.text.strings import transliterate

LATIN = 0
Codes = npt.NDArray[np.int8]


class Family(NamedTuple):
    """Scripts that leave out or merge the same letters."""

    name: str
    letters: str  # regular expression of a letter of theirs
    merged: Sequence[tuple[str, str]]  # what becomes what, in Latin letters, in this order
    dropped: str
    words: bool = True  # that are parted by spaces


_SOUNDS = (  # that one letter stands for in these scripts
    ("ph", "f"), ("tsh|tch|sch|sh|ch|tz|ts|zh", "s"), ("th", "t"), ("dh", "d"), ("kh", "k"),
    ("gh", "g"), ("ck|qu|q", "k"), ("x", "ks"), ("c(?=[eiy])", "s"), ("c", "k"), ("z", "s"),
)  # fmt: skip
FAMILIES = (
    Family("Arabic", r"\p{Arabic}", (*_SOUNDS, ("j", "g"), ("p", "b"), ("v", "f")), "[aeiouywh]"),
    Family(
        "East Asian",
        r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]",
        (*_SOUNDS, ("r", "l"), ("t", "d"), ("p", "b"), ("[gj]", "k"), ("[fvw]", "h")),
        "[aeiouy]",
        words=False,
    ),
    Family("other", r"[^\x00-\x7f]", (*_SOUNDS, ("j", "g"), ("[pf]", "b")), "[aeiouywhv]"),
)
"""Those of the code 1, 2 …; a string is of the first that has a letter in it."""

_ARTICLE = re.compile(r"(?<!\w)ال(?=\w{3})")
_AGAIN = re.compile(r"([a-z])\1+")


def scripts(normalised: pa.LargeStringArray) -> Codes:
    """Tell the script of normalised strings, (strings,).

    The code of a family, or ``LATIN``.
    """
    codes = np.full(len(normalised), LATIN, dtype=np.int8)
    left = np.flatnonzero(_has(normalised, FAMILIES[-1].letters))
    for code, family in enumerate(FAMILIES, 1):
        if len(left):
            has = _has(normalised.take(pa.array(left)), family.letters)
            codes[left[has]] = code
            left = left[~has]
    return codes


def skeletons(
    normalised: pa.LargeStringArray, code: int
) -> tuple[pa.LargeStringArray, pa.LargeStringArray]:
    """Give normalised strings in Latin letters, and what is left of them for a family of scripts.

    The skeleton is in capitals, so that its n-grams are none of the other.

    >>> [each.to_pylist() for each in skeletons(pa.array(["بيروت", "beirut"]), 1)]
    [['byrwt', 'beirut'], ['BRT', 'BRT']]
    """
    family = FAMILIES[code - 1]
    if family.name == "Arabic":
        normalised = pa.array([_ARTICLE.sub("", text) for text in normalised.to_pylist()])
    latin = transliterate(normalised)
    text = "\n".join(latin.to_pylist())
    for letters, merged in family.merged:
        text = re.sub(letters, merged, text)
    text = _AGAIN.sub(r"\1", re.sub(family.dropped, "", text)).upper()
    if not family.words:
        text = text.replace(" ", "")
    return latin, pa.array(text.split("\n"), pa.large_string())


def skeleton(normalised: str, code: int) -> str:
    """Give what is left of one normalised string for a family of scripts."""
    return str(skeletons(pa.array([normalised], pa.large_string()), code)[1][0].as_py())


def _has(strings: pa.LargeStringArray, letters: str) -> npt.NDArray[np.bool_]:
    found = pc.match_substring_regex(strings, letters)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.bool_)
