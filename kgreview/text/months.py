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
_BEFORE_1 = ("BC", "BCE", "v. u. Z.", "a. C. n.", "a. de C.", "公元前", "紀元前", "기원전")
_SINCE_1 = ("AD", "CE", "u. Z.", "n. u. Z.", "d. de C.", "公元", "西暦", "서기")
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
    names = english_months().copy()
    clashing = set()
    for language, number, name in _named("months"):
        word = date_word(tidy(name))
        if any(sign.isdigit() for sign in word):
            continue  # Vietnamese numbers them
        if names.setdefault(word, number) != number:
            clashing.add(word)
        if language == "he":
            names.setdefault("ב" + word, number)  # "in April"
    return {word: number for word, number in names.items() if word not in clashing}


@cache
def weekday_names() -> frozenset[str]:
    """Give the folded names of the days of the week that are no months."""
    words = {date_word(word) for *_, name in _named("days") for word in tidy(name).split()}
    return frozenset(words - month_names().keys())


@cache
def eras() -> dict[str, bool]:
    """Tell of the folded words of an era whether it is before the year 1: bc, "v chr", vchr.

    Words are joined by a space and, where that is not another era, without one: "e kr" of Swedish
    follows the year 1, "ekr" of Finnish precedes it.
    """
    exact: dict[str, bool] = {}
    joined: dict[str, bool] = {}
    names = [(name, True) for name in _BEFORE_1] + [(name, False) for name in _SINCE_1]
    for language in LANGUAGES:
        forms = Locale.parse(language).eras
        for width in ("wide", "abbreviated"):
            names += [(name, number == 0) for number, name in forms[width].items()]
    for name, before in names:
        words = [date_word(word) for word in tidy(name).replace(".", " ").replace("-", " ").split()]
        exact.setdefault(" ".join(words), before)
        joined.setdefault("".join(words), before)
    return {words: before for words, before in (joined | exact).items() if len(words) > 1}


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
