"""What a letter becomes in the one spelling that strings are compared by.

What Unicode has tables for is taken from them (``unicodedata``); how letters sound and which look
alike, from libraries. Written here by hand is what no table has: apostrophes, and forms of a letter
that are one letter to whoever reads them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from functools import cache

from anyascii import anyascii


def _points(*ranges: tuple[int, int]) -> frozenset[str]:
    return frozenset(chr(point) for first, last in ranges for point in range(first, last + 1))


# what is written for an apostrophe, a prime or a glottal stop: ' ` ´ ‘ ’ ′ ʹ ʼ ʿ ˈ ՚ ׳ ״ ＇ …
_APOSTROPHES = frozenset("'`´‘’‛′″‴՚ՙ׳״ߴߵ΄᾽᾿῾＇｀") | _points((0x2B9, 0x2C1), (0x2C6, 0x2D1))
# nobody sees them: Default_Ignorable_Code_Point where it is not of the category Cf, and tatweel
_IGNORABLE = _points(
    (0x34F, 0x34F), (0x640, 0x640), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0xE0000, 0xE0FFF),
)  # fmt: skip
_FORMS = {  # of one letter
    "ا": "ٱٲٳ", "ي": "ىی", "ك": "کڪ", "ه": "ةہھەۃ",  # Arabic, Persian and Urdu
    "כ": "ך", "מ": "ם", "נ": "ן", "פ": "ף", "צ": "ץ",  # at the end of a word, but of no loanword
}  # fmt: skip
_SPELT = {
    **dict.fromkeys(_APOSTROPHES, ""),
    **{form: letter for letter, forms in _FORMS.items() for form in forms},
    **dict.fromkeys("™℠", " "),  # as ® is; they decompose into letters
    "゛": "\u3099", "゜": "\u309a",  # after kana as characters of their own
    "\u0345": "ι",  # the iota below a vowel, which in capitals stands beside it
}  # fmt: skip
# scripts whose vowels or letters are in part marks of the classes that elsewhere are accents
_MARKS_ARE_LETTERS = (
    "TIBETAN", "BUGINESE", "TAI ", "LIMBU", "CHAKMA", "KHAROSHTHI", "MENDE",
)  # fmt: skip


class _Table(dict[int, str]):
    """A table for ``str.translate``, filled as characters are met; a new line stays."""

    def __init__(self, spell: Callable[[str], str]) -> None:
        super().__init__({ord("\n"): "\n"})
        self._spell = spell

    def __missing__(self, point: int) -> str:
        # composed where that can be, so that most strings are by now: Hangul and kana are
        spelt = self[point] = unicodedata.normalize("NFC", self._spell(chr(point)))
        return spelt


def _spell(char: str) -> str:
    """Give what a character becomes: '' for what goes, a space for what parts words."""
    if char in _SPELT:
        return _SPELT[char]
    if unseen(char) or _is_accent(char):
        return ""
    parts = _parts(char)
    if parts == char:
        return _spell_undivided(char)
    spelt = "".join(map(_spell, parts))
    return f" {spelt} " if "⁄" in parts else spelt


def _parts(char: str) -> str:
    """Decompose a character as far as one step of Unicode's goes, the canonical one first.

    So it makes no difference which of two canonically equivalent strings is written.
    """
    for form in ("NFD", "NFKD"):
        decomposed = unicodedata.normalize(form, char)
        if decomposed != char:
            return decomposed
    return char.casefold()


def _spell_undivided(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category[0] not in "LNM":
        return " "
    if char.isascii() or not unicodedata.name(char, "").startswith("LATIN "):
        return char
    return "".join(letter for letter in anyascii(char).lower() if letter.isalnum())


def unseen(char: str) -> bool:
    """Tell whether a character is never seen: joiners, directions of writing, variants."""
    return char in _IGNORABLE or unicodedata.category(char) == "Cf"


def _is_accent(char: str) -> bool:
    """Tell accents, overlays, points and enclosing marks from marks that are vowels or letters."""
    combining = unicodedata.combining(char)
    if combining >= 200:  # placed above, below or beside the letter
        return not unicodedata.name(char, "").startswith(_MARKS_ARE_LETTERS)
    # overlays; points of Hebrew; points of Arabic and Syriac
    return combining == 1 or 10 <= combining <= 36 or unicodedata.category(char) == "Me"


LETTERS = _Table(_spell)  # the one spelling, to be brought to NFC when all letters are
SOUNDS = _Table(anyascii)  # how letters sound

# ---------------------------------------------------------------- letters that look alike

_OTHER = "\u0370-\u052f"  # Greek, and from U+0400 Cyrillic
# a Greek or Cyrillic letter beside a Latin one; written so that other letters cost nothing
MIXED = re.compile(f"[{_OTHER}](?:(?=[a-z])|(?<=[a-z].))")
_RUN = re.compile(f"[a-z{_OTHER}]+")


def in_one_script(spelt: str) -> str:
    """Put each word that mixes scripts into the script of most of its letters, Latin of two.

    Only where that script has a letter that looks like each of the others.
    """
    return _RUN.sub(lambda run: _unmixed(run[0]), spelt)


def _unmixed(letters: str) -> str:
    scripts = Counter(map(_script, letters))
    # a mu may be the micro sign, and is no M: µg are not mg
    if len(scripts) == 1 or "μ" in letters:
        return letters
    script = min(scripts, key=lambda each: (-scripts[each], each))
    alike = [
        letter if _script(letter) == script else _letters_alike(script).get(_look(letter), "")
        for letter in letters
    ]
    return "".join(alike) if all(alike) else letters


def _script(letter: str) -> str:
    return "" if letter.isascii() else "Greek" if letter < "\u0400" else "Cyrillic"


@cache
def _look(letter: str) -> str:
    """Give the Latin letter whose capital looks like the capital of this one, else the letter.

    Names begin with a capital, and what looks alike in small letters only (γ and y) is meant.
    """
    from confusable_homoglyphs.confusables import confusables_data  # 900 kB that few graphs need

    others = [other["c"].lower() for other in confusables_data.get(letter.upper(), ())]
    latin = [other for other in others if len(other) == 1 and other.isascii() and other.isalpha()]
    if letter.isascii() or not latin:
        return letter
    return "i" if latin == ["l"] else min(latin)  # the table has l for the capital of i


@cache
def _letters_alike(script: str) -> dict[str, str]:
    """Give the letters of a script by their look, the commonest of several."""
    alphabet = [*map(chr, range(ord("a"), ord("z") + 1)), *map(chr, range(0x370, 0x530))]
    letters = [letter for letter in alphabet if _spell(letter) == letter]
    return {_look(each): each for each in reversed(letters) if _script(each) == script}
