"""One search for all pages: by any part of a word, in any script and however it is written.

A search finds a text in which each of its words occurs, in any order: as a part of a word of the
text's normalised spelling, or of the transliterated one. So *uller* finds Müller, *moskva* finds
Москва and 太郎 finds 山田太郎.

An index holds every word from each of its letters on, so that a part of a word is what one of these
begins with: FTS5 finds that without reading more than it gives. Its tables have the tokenizer
``ascii``, which parts words at spaces and at the signs of ASCII.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from kgreview.text.strings import normalise, normalise_one, transliterate, transliterate_one

LONGEST_PART = 24  # characters of a word that are looked for; what follows is not compared
MOST_LETTERS = 4_000  # characters of a text that are searched
_GRAM = 3  # the longest prefixes of words that the index of entities keeps lists of
_SPACE = pa.scalar(" ", pa.large_string())
# a spelling has signs of ASCII in names of signs alone ("!!!"); their wide forms, which no spelling
# has, are letters to the tokenizer
_WIDE = {point: point + 0xFEE0 for point in range(0x21, 0x7F) if not chr(point).isalnum()}


@lru_cache(maxsize=256)
def search_words(text: str) -> tuple[str, ...]:
    """Give what must occur for a text to be found by what somebody typed; nothing finds nothing."""
    return tuple(word[:LONGEST_PART] for word in normalise_one(text).split())


def search_terms(text: str) -> str:
    """Write what somebody typed as a query of FTS5 for what ``indexed_parts`` gives.

    Nothing in it is syntax: no sign of ASCII is left in the words, and they are quoted.
    """
    words = search_words(text)
    return " AND ".join(f'"{word.translate(_WIDE)}"*' for word in words) or '""'


def search_grams(text: str, most: int) -> list[str]:
    """Write queries of FTS5 for parts of three letters of what somebody typed, in both spellings.

    Who has made a slip has most of them right. A word of two letters of another script than Latin,
    as many a name is, is a part by itself. Of more than ``most``, those of the beginning and the
    end of words come first, which slips are rare in.
    """
    spelling = normalise_one(text[:MOST_LETTERS])
    words = [w[:LONGEST_PART] for w in (*spelling.split(), *transliterate_one(spelling).split())]
    grams = [
        (min(start, len(word) - start - _GRAM), word[start : start + _GRAM])
        for word in dict.fromkeys(words)
        for start in range(max(1, len(word) - _GRAM + 1))
        if len(word) >= _GRAM or (len(word) == _GRAM - 1 and not word.isascii())
    ]
    distinct = dict.fromkeys(gram for _, gram in sorted(grams, key=lambda each: each[0]))
    return [f'"{gram.translate(_WIDE)}"*' for gram in distinct][:most]


def storable(text: str) -> str:
    """Give what somebody typed as SQLite takes it: with "?" for a lone surrogate."""
    return text.encode("utf-8", "replace").decode()


def both_spellings(*columns: Sequence[str] | pa.Array) -> pa.LargeStringArray:
    """Give what of texts is searched: the normalised spelling and, if another, the second one.

    Texts that are found together, such as an entity's name and id, stand in columns, one each.
    """
    spelt = [_both(pa.array(column, pa.large_string())) for column in columns]
    return pc.binary_join_element_wise(*spelt, _SPACE)


def _both(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    first = normalise(pc.utf8_slice_codeunits(texts, 0, MOST_LETTERS))
    second = transliterate(first)
    both = pc.binary_join_element_wise(first, second, _SPACE)
    return pc.if_else(pc.equal(first, second), first, both)


def matches_search(spellings: pa.LargeStringArray, text: str) -> pa.BooleanArray:
    """Tell which of ``both_spellings`` are found by what somebody typed, without an index."""
    words = search_words(text)
    is_hit = pa.repeat(bool(words), len(spellings))
    for word in words:
        is_hit = pc.and_(is_hit, pc.match_substring(spellings, word))
    return is_hit


def is_found(text: str, *searched: str) -> bool:
    """Tell whether texts that are found together are, by what somebody typed, without an index."""
    words = search_words(text)
    first = [normalise_one(each[:MOST_LETTERS]) for each in searched]
    spelt = " ".join([*first, *map(transliterate_one, first)])
    return bool(words) and all(word in spelt for word in words)


def indexed_parts(*columns: Sequence[str] | pa.Array) -> list[str]:
    """Give what an index holds: the words of ``both_spellings``, from each of their letters on."""
    texts = both_spellings(*columns).to_pylist()
    return [" ".join(map(_parts, dict.fromkeys(text.split()))) for text in texts]


@lru_cache(maxsize=1 << 16)
def _parts(word: str) -> str:
    letters = word.translate(_WIDE)
    return " ".join(letters[start : start + LONGEST_PART] for start in range(len(letters)))
