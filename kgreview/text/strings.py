"""Strings as they are compared and searched: one spelling for what people write in many."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from kgreview.text.letters import LETTERS, MIXED, SOUNDS, in_one_script, unseen

LONGEST = 256  # characters of a value that take part in a comparison by characters

_NOT_ASCII = r"[^\x00-\x7f]"
_APART = re.compile("[^a-z0-9]+")
_NO_APOSTROPHES = str.maketrans("", "", "'`")
_BLOCK = 50_000  # distinct strings that are spelt as one text
# between letters of a Hebrew acronym stands a quotation mark, as on the keyboard, or gershayim
_GERSHAYIM = re.compile('(?<=[\u0591-\u05f4])["“”„](?=[\u05d0-\u05ea])')


def normalise(strings: Sequence[str] | pa.Array | pa.ChunkedArray) -> pa.LargeStringArray:
    """Give strings in one spelling: compatible forms, lower case, no accents, words by one space.

    Letters of Latin script become plain ones, digits of any script 0 to 9, and a vulgar fraction
    two words. Punctuation parts words, except apostrophes, which go, as does what nobody sees. A
    word with a Cyrillic or Greek letter in place of the Latin one it looks like (or the other way
    round) is put into one script. A string of nothing but punctuation keeps it ("!!!" is a band).
    An empty string stays, and a null becomes one.

    Neither case nor the form of what Unicode holds equivalent (NFC, NFD) makes a difference, and
    what is normalised is not changed by it again.

    >>> normalise(["Yegorova, Tatyana", "  Mötley   CRÜE ", "Don’t Stop", "!!!"]).to_pylist()
    ['yegorova tatyana', 'motley crue', 'dont stop', '!!!']
    >>> normalise(["9½", "Ħamrun", "أحمد ٣", "\N{CYRILLIC CAPITAL LETTER A}nna"]).to_pylist()
    ['9 1 2', 'hamrun', 'احمد 3', 'anna']
    """
    given = _large(strings)
    # most strings of most graphs are plain ASCII, which needs none of the steps on letters
    special = pc.match_substring_regex(given, _NOT_ASCII)
    if not pc.any(special).as_py():
        return _plain(given)
    plain = pc.invert(special)
    spelt = pc.replace_with_mask(given, special, _of_distinct(given.filter(special), _spelt))
    return pc.replace_with_mask(spelt, plain, _plain(given.filter(plain)))


@lru_cache(maxsize=1 << 14)
def normalise_one(text: str) -> str:
    """Give one string as ``normalise`` does; for any string, also one that UTF-8 cannot hold."""
    if not text.isascii():
        return _spelt([text])[0]
    words = _APART.sub(" ", text.lower().translate(_NO_APOSTROPHES)).strip(" ")
    return words or _bare(text)


def transliterate(normalised: pa.LargeStringArray) -> pa.LargeStringArray:
    """Give normalised strings in a second spelling, in Latin letters by how they sound.

    Letter by letter, so it is a spelling to find the same name by, not one to show. Equal to the
    first where that is ASCII, or where nothing in it has a sound.

    >>> transliterate(normalise(["Москва", "서울", "Zürich"])).to_pylist()
    ['moskva', 'seoul', 'zurich']
    """
    given = _large(normalised)
    special = pc.match_substring_regex(given, _NOT_ASCII)
    if not pc.any(special).as_py():
        return given
    return pc.replace_with_mask(given, special, _of_distinct(given.filter(special), _sounding))


@lru_cache(maxsize=1 << 14)
def transliterate_one(normalised: str) -> str:
    """Give one normalised string as ``transliterate`` does."""
    return normalised if normalised.isascii() else _sounding([normalised])[0]


def sort_words(normalised: pa.LargeStringArray) -> list[str]:
    """Give each string with its words in order, so that "kapoor aditya" is "aditya kapoor"."""
    return [
        " ".join(sorted(set(text.split(" ")))) if " " in text else text
        for text in normalised.to_pylist()
    ]


def _large(strings: Sequence[str] | pa.Array | pa.ChunkedArray) -> pa.LargeStringArray:
    if isinstance(strings, pa.ChunkedArray):
        strings = strings.combine_chunks()
    given = strings if isinstance(strings, pa.Array) else pa.array(strings, pa.large_string())
    return pc.fill_null(given.cast(pa.large_string()), "")


def _plain(strings: pa.LargeStringArray) -> pa.LargeStringArray:
    """Spell strings of ASCII."""
    lower = pc.ascii_lower(strings)
    words = pc.replace_substring_regex(lower, "['`]", "")
    words = pc.replace_substring_regex(words, _APART.pattern, " ")
    words = pc.ascii_trim_whitespace(words)
    bare = pc.and_(pc.equal(words, ""), pc.not_equal(lower, ""))
    if pc.any(bare).as_py():
        kept = _of_distinct(lower.filter(bare), lambda texts: [_bare(text) for text in texts])
        words = pc.replace_with_mask(words, bare, kept)
    return words


def _of_distinct(
    strings: pa.LargeStringArray, spell: Callable[[list[str]], list[str]]
) -> pa.LargeStringArray:
    encoded = strings.dictionary_encode()
    parts = [
        pa.array(spell(encoded.dictionary.slice(start, _BLOCK).to_pylist()), pa.large_string())
        for start in range(0, len(encoded.dictionary), _BLOCK)
    ]
    return pa.concat_arrays(parts).take(encoded.indices)


def _spelt(texts: list[str]) -> list[str]:
    """Spell strings of any characters, as one text of a line each: that takes a fraction."""
    block = "\n".join(text.replace("\n", " ") for text in texts)
    block = _GERSHAYIM.sub("", block).translate(LETTERS)
    # marks that are letters are composed again; line by line, since most lines hold none
    lines = [unicodedata.normalize("NFC", line) for line in _lines(block)]
    if MIXED.search(block):
        lines = [in_one_script(line) if MIXED.search(line) else line for line in lines]
    return [line or _bare(text) for line, text in zip(lines, texts, strict=True)]


def _sounding(normalised: list[str]) -> list[str]:
    block = "\n".join(text.replace("\n", " ") for text in normalised)
    heard = _lines(block.translate(SOUNDS).translate(LETTERS))
    return [sound or text for sound, text in zip(heard, normalised, strict=True)]


def _lines(block: str) -> list[str]:
    """Part a text into its lines, with one space between the words and none around them."""
    block = re.sub("  +", " ", block)
    return block.replace(" \n", "\n").replace("\n ", "\n").strip(" ").split("\n")


def _bare(text: str) -> str:
    """Spell a string without a word in it: its punctuation, '' where nothing of it is seen."""
    decomposed = unicodedata.normalize("NFKD", text)
    seen = [char for char in decomposed if char.isspace() or _is_sign(char)]
    return unicodedata.normalize("NFKC", " ".join("".join(seen).split()))


def _is_sign(char: str) -> bool:
    return not (char.isalnum() or unseen(char) or unicodedata.category(char) in ("Cc", "Cs"))
