"""Dates with words in them: 25 de abril de 1950, 44 v. Chr., c. 1950, 1950年4月25日."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from kgreview.text.days import Days, days_in_era, days_of, full_year, span
from kgreview.text.months import (
    FILLERS,
    date_word,
    english_months,
    eras,
    month_names,
    weekday_names,
)

_MOST_TOKENS = 12
_LONGEST_YEAR = 6  # digits
_LAST_YEAR = 2100  # without an era
_TIME = re.compile(
    r",? [0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?: ?[ap]\.?m\b\.?)?"
    r"(?: (?:z\b|utc|gmt|[+-][0-9]{4}\b))?",
    re.IGNORECASE,
)
_BETWEEN_TOKENS = r"0-9\s.,/()\[\]?~:;\"'+_-"
_TOKEN = re.compile(rf"[0-9]+|[^{_BETWEEN_TOKENS}]+(?:'[^{_BETWEEN_TOKENS}]+)*")
_ROMAN_MONTH = re.compile(r"([0-9]{1,2})([./ -]) ?(I{1,3}|I?V|VI{1,3}|I?X|XI{1,2})\2 ?([0-9]{4})")
_ROMAN = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_COMMON = re.compile(
    r"([0-9]{1,2})[. -]{1,2}([^\W0-9_]{3,12})[., -]{1,2}([0-9]{4})"
    r"|([^\W0-9_]{3,12})\.? ([0-9]{1,2}) ?, ?([0-9]{4})"
)
_EAST_ASIAN = re.compile(
    r"(令和|平成|昭和|大正|明治)?([0-9]{1,4}) ?[年년](?: ?([0-9]{1,2}) ?[月월]"
    r"(?: ?([0-9]{1,2}) ?[日일号號])?)?"
)
_PART_OF_YEAR = re.compile(r"([QH])([1-4])[ /-]{0,3}([0-9]{4})|([0-9]{4})[ /-]{0,3}([QH])([1-4])")
_MONTHS_OF_PART = {"Q": 3, "H": 6}
_JAPANESE_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867}
# beside a year alone they add nothing that is read
_ABOUT = frozenset(map(date_word, (
    "c", "ca", "circa", "approx", "about", "um", "vers", "ок", "©", "℗", "p", "год", "года",
    "г", "year", "born", "geboren", "né", "née", "年", "년",
)))  # fmt: skip
_CENTURIES = frozenset(map(date_word, (
    "century", "centuries", "jahrhundert", "jh", "jhd", "jhdt", "siècle", "siglo", "secolo",
    "século", "eeuw", "век", "века", "вв", "століття", "wiek", "wieku", "století", "århundrade",
    "århundrede", "század", "世紀", "世纪", "세기",
)))  # fmt: skip
_LAST_CENTURY = 21
_DECADES = frozenset(map(date_word, ("s", "er", "х", "年代", "년대")))  # 1950s, 1950er
_NUMBERED_MONTH = ("thang", "thg")  # Vietnamese
_CLEAR_ERAS = ("bc", "ad", "ce")  # of two letters


def read_worded_date(value: str) -> Days | None:
    """Read a tidied value that holds numbers and words; ``None`` where it is no date.

    >>> read_worded_date("January 2nd, 1970") == read_worded_date("2 de enero de 1970") == (1, 1)
    True
    """
    if (parts := _COMMON.fullmatch(value)) and (month := _meaning(parts[2] or parts[4])[1]):
        return days_in_era(int(parts[3] or parts[6]), month, int(parts[1] or parts[5]))
    if parts := _PART_OF_YEAR.fullmatch(value):
        return _part_of_year(parts)
    if parts := _EAST_ASIAN.fullmatch(value):
        return _east_asian(*parts.groups())
    if parts := _ROMAN_MONTH.fullmatch(value):
        return days_in_era(int(parts[4]), _ROMAN.index(parts[3]), int(parts[1]))
    tokens = _TOKEN.findall(_TIME.sub("", value) if ":" in value else value)
    return _Tokens(tokens).days() if len(tokens) <= _MOST_TOKENS else None


def _part_of_year(parts: re.Match[str]) -> Days | None:
    """Read a quarter or a half: Q1 1950, 1950-H2."""
    months, number = _MONTHS_OF_PART[parts[1] or parts[5]], int(parts[2] or parts[6])
    year, last = int(parts[3] or parts[4]), months * number
    return span(days_in_era(year, last - months + 1), days_in_era(year, last))


def _century(number: int, *, before: bool) -> Days | None:
    """Give the days of a century: 1801 to 1900, the 1st before the year 1 from 100 BC on."""
    if not 1 <= number <= _LAST_CENTURY:
        return None
    first, last = 100 * number - 99, 100 * number
    years = (last, first) if before else (first, last)
    return span(*(days_in_era(year, before=before) for year in years))


def _east_asian(era: str | None, year: str, month: str | None, day: str | None) -> Days | None:
    if era is None and len(year) < 3:
        return None
    return days_in_era(int(year) + _JAPANESE_ERAS.get(era or "", 0), int(month or 0), int(day or 0))


@lru_cache(maxsize=4096)
def _meaning(token: str) -> tuple[str, int]:
    """Give a folded word and the month that it names, or 0."""
    word = date_word(token)
    month = english_months().get(word)
    return word, month or (0 if word in _ABOUT else month_names().get(word, 0))


def _before_1(words: list[str]) -> bool | None:
    """Tell whether words are an era before the year 1, or after it; ``None`` for no era."""
    return eras().get(" ".join(words), eras().get("".join(words)))


def _is_unit(words: list[str]) -> bool:
    """Tell whether an era after a number is a unit as well: 44 mo, 1950 ac."""
    return len(words) == 1 and len(words[0]) == 2 and words[0] not in _CLEAR_ERAS


class _Tokens:
    """The numbers and words of a date, in order."""

    def __init__(self, tokens: Iterable[str]) -> None:
        self.numbers: list[str] = []
        self.months: list[int] = []
        self.words: list[list[str]] = [[]]  # before the first number, after it …
        numbered = False
        for token in tokens:
            if token[0].isdecimal():
                if numbered:
                    self.months.append(int(token))
                else:
                    self.numbers.append(token)
                    self.words.append([])
                numbered = False
                continue
            word, month = _meaning(token)
            numbered = word in _NUMBERED_MONTH
            if month:
                self.months.append(month)
            elif not numbered:
                self.words[-1].append(word)

    def days(self) -> Days | None:
        before = self._take_era()
        longest = max(map(len, self.numbers), default=0)
        if not 1 <= longest <= _LONGEST_YEAR or len(self.months) > 1:
            return None
        if self.months:
            return self._with_month(before)
        return self._without_month(before)

    def _take_era(self) -> bool | None:
        """Take the era out of the words, whether it is before the year 1; ``None`` for none."""
        for words, leads in ((self.words[-1], False), (self.words[0], True)):
            for start in range(len(words)):
                before = _before_1(words[start:])
                if before is not None and (leads or not _is_unit(words[start:])):
                    del words[start:]
                    return before
        return None

    def _with_month(self, before: bool | None) -> Days | None:
        extra = {word for group in self.words for word in group} - FILLERS - _ABOUT
        if len(self.numbers) > 2 or (extra and not extra <= weekday_names()):
            return None
        day, year = self._day_and_year()
        if len(day) > 2 or not (before is not None or len(year) > 2 or day != "0"):
            return None
        number = int(year) if before is not None else full_year(year)
        return days_in_era(number, self.months[0], int(day), before=before or False)

    def _day_and_year(self) -> tuple[str, str]:
        """Give the day, "0" where there is none, and the year: of two the one of more digits."""
        if len(self.numbers) == 1:
            return "0", self.numbers[0]
        first, second = self.numbers
        return (second, first) if len(first) > 2 else (first, second)

    def _without_month(self, before: bool | None) -> Days | None:
        extra = {word for group in self.words for word in group} - _ABOUT
        first, last = self.numbers[0], self.numbers[-1]
        ends = set(self.words[-1])
        if ends and ends <= _DECADES and extra - ends <= {"the"} and before is None:
            return self._decade()
        if extra or len(self.numbers) > 2:
            return self._centuries(extra, before=before or False)
        if before is None:
            is_year = first == last and len(first) == 4 and int(first) <= _LAST_YEAR
            return days_in_era(int(first)) if is_year else None
        return span(*(days_in_era(int(year), before=before) for year in (first, last)))

    def _centuries(self, extra: set[str], *, before: bool) -> Days | None:
        numbers = [int(number) for number in self.numbers]
        if len(numbers) > 2 or not extra & _CENTURIES or extra - _CENTURIES - FILLERS:
            return None
        return span(*(_century(numbers[end], before=before) for end in (0, -1)))

    def _decade(self) -> Days | None:
        first = self.numbers[0]
        if len(self.numbers) > 1 or len(first) != 4 or first[-1] != "0":
            return None
        return span(days_of(int(first)), days_of(int(first) + 9))
