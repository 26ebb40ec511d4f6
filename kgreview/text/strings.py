"""Strings as they are compared: one spelling for what people write in many."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

LONGEST = 256  # characters of a value that take part in a comparison by characters

# letters with a stroke or of two parts, which no decomposition takes apart
_LETTERS = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i",
    "ς": "σ",
}  # fmt: skip
_STROKED = "[" + "".join(_LETTERS) + "]"
_NOT_ASCII = r"[^\x00-\x7f]"


def normalise(strings: Sequence[str] | pa.Array) -> pa.LargeStringArray:
    """Give strings in one spelling: compatible forms, lower case, no accents, words by one space.

    Punctuation parts words, except apostrophes, which go. A string of nothing but punctuation keeps
    it ("!!!" is a band). An empty string stays.

    >>> normalise(["Yegorova, Tatyana", "  Mötley   CRÜE ", "Don’t Stop", "!!!"]).to_pylist()
    ['yegorova tatyana', 'motley crue', 'dont stop', '!!!']
    """
    given = pa.array(strings, type=pa.large_string())
    if isinstance(given, pa.ChunkedArray):
        given = given.combine_chunks()
    given = pc.fill_null(given, "")
    # most strings of most graphs are plain ASCII, which needs none of the steps on letters
    special = pc.match_substring_regex(given, _NOT_ASCII)
    lower = pc.ascii_lower(given)
    if pc.any(special).as_py():
        lower = pc.if_else(special, _fold(given), lower)
    words = pc.replace_substring_regex(lower, r"['’ʼ`´]", "")
    words = pc.replace_substring_regex(words, r"[^\p{L}\p{N}\p{M}]+", " ")
    words = pc.ascii_trim_whitespace(words)
    bare = pc.and_(pc.equal(words, ""), pc.not_equal(lower, ""))
    if pc.any(bare).as_py():
        words = pc.if_else(bare, pc.utf8_trim_whitespace(lower), words)
    return words.cast(pa.large_string())


def _fold(strings: pa.LargeStringArray) -> pa.LargeStringArray:
    folded = pc.utf8_lower(pc.utf8_normalize(strings, form="NFKD"))
    # accents, and marks that nobody sees (zero-width, direction of writing)
    folded = pc.replace_substring_regex(folded, r"[\x{0300}-\x{036f}]|\p{Cf}", "")
    folded = pc.utf8_normalize(folded, form="NFKC")
    if pc.any(pc.match_substring_regex(folded, _STROKED)).as_py():
        for letter, plain in _LETTERS.items():
            folded = pc.replace_substring(folded, letter, plain)
    return folded


def sort_words(normalised: pa.LargeStringArray) -> list[str]:
    """Give each string with its words in order, so that "kapoor aditya" is "aditya kapoor"."""
    return [
        " ".join(sorted(set(text.split(" ")))) if " " in text else text
        for text in normalised.to_pylist()
    ]


def transliterate(normalised: pa.LargeStringArray) -> pa.LargeStringArray:
    """Second spelling. (Replaced at merge.)"""
    from anyascii import anyascii

    return normalise([t if t.isascii() else anyascii(t) for t in normalised.to_pylist()])
