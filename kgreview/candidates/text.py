"""Strings as they are compared: one spelling for what people write in many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp

LONGEST = 256  # characters of a value that take part in a comparison by characters

# letters with a stroke or of two parts, which no decomposition takes apart
_LETTERS = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i",
    "ς": "σ",
}  # fmt: skip
_STROKED = "[" + "".join(_LETTERS) + "]"
_NOT_ASCII = r"[^\x00-\x7f]"
_WORD_SIZE = 3


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


def ngrams(normalised: pa.LargeStringArray, buckets: int = 1 << 20, size: int = 3) -> sp.csr_matrix:
    """Count the character n-grams within the words of normalised strings.

    Gives (strings, buckets), float32. Words are padded by one space at either end, and no n-gram
    spans two words, so the order of words does not matter. N-grams are hashed into ``buckets``.
    """
    rows, columns = [], []
    for start in range(0, len(normalised), 200_000):
        part = pc.utf8_slice_codeunits(normalised.slice(start, 200_000), 0, LONGEST)
        row, column = _ngrams_of(part, buckets, size)
        rows.append(row + start)
        columns.append(column)
    row = np.concatenate(rows) if rows else np.empty(0, np.int64)
    column = np.concatenate(columns) if columns else np.empty(0, np.int64)
    counts = sp.csr_matrix(
        (np.ones(len(row), np.float32), (row, column)), shape=(len(normalised), buckets)
    )
    counts.sum_duplicates()
    return counts


def _ngrams_of(
    strings: pa.LargeStringArray, buckets: int, size: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    text = "".join(f" {string} " for string in strings.to_pylist())
    points = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    lengths = np.asarray(pc.utf8_length(strings).to_numpy(zero_copy_only=False), np.int64) + 2
    of_point = np.repeat(np.arange(len(strings)), lengths)
    windows = len(points) - size + 1
    if windows <= 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    keys = np.zeros(windows, dtype=np.uint64)
    inner = np.ones(windows, dtype=bool)
    for i in range(size):
        keys = keys * np.uint64(0x100000001B3) + points[i : i + windows]
        if 0 < i < size - 1:
            inner &= points[i : i + windows] != 32
    keys = mix(keys[inner])
    return of_point[:windows][inner], (keys % np.uint64(buckets)).astype(np.int64)


def mix(keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Scatter integers evenly over 64 bits (the finaliser of SplitMix64)."""
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    scattered: npt.NDArray[np.uint64] = keys ^ (keys >> np.uint64(31))
    return scattered
