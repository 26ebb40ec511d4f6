"""Words in dates: months, days of the week and eras of the larger languages, from CLDR."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from babel import Locale

from kgreview.text.tidy import fold, tidy

LANGUAGES = (
    "en", "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "ru", "uk", "sv", "da", "nb", "fi", "tr",
    "hu", "ro", "el", "ar", "he", "fa", "hi", "id", "vi",
)  # fmt: skip
_ENGLISH = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_BEFORE_1 = ("bc", "bce", "vuz", "acn", "avjc", "ac", "adec", "公元前", "紀元前", "기원전")
_SINCE_1 = ("ad", "ce", "uz", "nuz", "apjc", "dc", "ddec", "公元", "西暦", "서기")
# beside a month they add nothing: "25 de abril de 1950", "1950. április 25-én", "25 апреля 1950 г."
FILLERS = frozenset({
    "st", "nd", "rd", "th", "er", "re", "e", "o", "a", "an", "en", "º", "ª", "de", "del", "d",
    "of", "the", "den", "der", "el", "le", "la", "r", "г", "р", "в", "ngay", "nam",
})  # fmt: skip


@cache
def english_months() -> dict[str, int]:
    """Give the English months, in full or cut to three letters and more, as 1 to 12."""
    return {
        name[:length]: number
        for number, name in enumerate(_ENGLISH, 1)
        for length in range(3, len(name) + 1)
    }


@cache
def month_names() -> dict[str, int]:
    """Give the folded names of months of all ``LANGUAGES``, in full and abbreviated, as 1 to 12.

    A name that means another month in another language is left out.
    """
    found = english_months().copy()
    clashing = set()
    for language, number, name in _named("months"):
        word = date_word(tidy(name))
        if any(sign.isdigit() for sign in word):
            continue  # Vietnamese numbers them
        if found.setdefault(word, number) != number:
            clashing.add(word)
        if language == "he":
            found.setdefault("ב" + word, number)  # "in April"
    return {word: number for word, number in found.items() if word not in clashing}


@cache
def weekday_names() -> frozenset[str]:
    """Give the folded names of the days of the week that are no months."""
    words = {date_word(word) for *_, name in _named("days") for word in tidy(name).split()}
    return frozenset(words - month_names().keys())


@cache
def eras() -> dict[str, bool]:
    """Tell of the folded letters of an era whether it is before the year 1: bc, vchr, донэ."""
    found = dict.fromkeys(_BEFORE_1, True) | dict.fromkeys(_SINCE_1, False)
    for language in LANGUAGES:
        names = Locale.parse(language).eras
        for width in ("wide", "abbreviated"):
            for number, name in names[width].items():
                found.setdefault(date_word(tidy(name)), number == 0)
    return {letters: before for letters, before in found.items() if len(letters) > 1}


def date_word(word: str) -> str:
    """Fold a word of a date, without the signs of an abbreviation."""
    return fold(word).translate(_ABBREVIATING)


_ABBREVIATING = {ord(sign): None for sign in ".-׳״॰'\" "}


def _named(what: str) -> Iterator[tuple[str, int, str]]:
    """Give language, number and name of all months or days, in full and abbreviated."""
    for language in LANGUAGES:
        forms = getattr(Locale.parse(language), what)
        for use in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in forms[use][width].items():
                    yield language, number, name
