"""How the values of one attribute are read: their type, and what no value tells alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kgreview.text.units import DURATION, MONEY, dimensions, find_unit, units_of


class ValueType(StrEnum):
    """What the values of an attribute are."""

    STRING = "string"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    DURATION = "duration"


_FIELDS: dict[ValueType, tuple[str, ...]] = {  # that a reading of the type has beside it
    ValueType.STRING: (),
    ValueType.TEXT: (),
    ValueType.NUMBER: ("decimal_sign", "ranges", "dimension", "unit"),
    ValueType.DATE: ("day_first", "year_pairs", "short_years"),
    ValueType.DURATION: ("decimal_sign", "ranges", "hours_first", "unit"),
}
SWITCHES = ("day_first", "year_pairs", "short_years", "hours_first", "ranges")


@dataclass(frozen=True)
class Reading:
    """How the values of one attribute of one side are read.

    Raises ``ValueError`` for fields that the type does not have, and for values they cannot have.
    """

    type: ValueType = ValueType.STRING
    decimal_sign: str = "."  # where a sign can be either: 12.345
    day_first: bool = False  # 3/4/1950 is in April
    year_pairs: bool = False  # 2009/10 is two years, no month
    short_years: bool = False  # 37 is the year 37, and -44 is 44 BC
    hours_first: bool = False  # 2:15 is hours and minutes, not minutes and seconds
    ranges: bool = False  # 12-15 is from 12 to 15, and no code
    dimension: str = ""  # of numbers with units: length, mass, money …
    unit: str = ""  # of values that name none; of numbers without dimension, the word beside them
    undecided: tuple[str, ...] = ()  # fields that the values left open

    def __post_init__(self) -> None:
        own = _FIELDS[self.type]
        for field in dataclasses.fields(self):
            if field.name not in (*own, "type", "undecided"):
                _check(getattr(self, field.name) == field.default, self.type, field.name)
        for name in SWITCHES:
            _check(isinstance(getattr(self, name), bool), self.type, name, "true or false")
        _check(self.decimal_sign in (".", ","), self.type, "decimal_sign", '"." or ","')
        all_dimensions = ("", *dimensions())
        _check(
            self.dimension in all_dimensions,
            self.type,
            "dimension",
            f"one of {', '.join(all_dimensions[1:])}",
        )
        self._check_unit()
        _check(
            set(self.undecided) <= {*own, "type"},
            self.type,
            "undecided",
            f"a list of {', '.join(('type', *own))}",
        )

    def _check_unit(self) -> None:
        dimension = DURATION if self.type is ValueType.DURATION else self.dimension
        if dimension and self.unit:
            units = units_of(dimension)
            _check(self.unit in units, self.type, "unit", f"one of {', '.join(units)}")
        is_word = not any(sign.isdigit() for sign in self.unit) and self.unit == self.unit.strip()
        _check(bool(dimension) or is_word, self.type, "unit", "a word without digits")

    def __str__(self) -> str:
        """Give the reading in words, as people are told of it."""
        parts = [
            words + " (a guess)" * (field in self.undecided)
            for field, words in self._parts().items()
        ]
        guess = " (a guess)" * ("type" in self.undecided)
        return ", ".join([(self.dimension or self.type.value) + guess, *parts])

    def _parts(self) -> dict[str, str]:
        is_open = self.undecided.__contains__
        parts = {}
        if self.decimal_sign == "," or is_open("decimal_sign"):
            parts["decimal_sign"] = "decimal " + ("comma" if self.decimal_sign == "," else "point")
        if self.day_first or is_open("day_first"):
            parts["day_first"] = "day before month" if self.day_first else "month before day"
        if self.year_pairs or is_open("year_pairs"):
            parts["year_pairs"] = "2009/10 is " + ("two years" if self.year_pairs else "a month")
        if self.short_years:
            parts["short_years"] = "37 is a year"
        if self.ranges:
            parts["ranges"] = "12-15 is a range"
        if self.hours_first or is_open("hours_first"):
            what = "hours and minutes" if self.hours_first else "minutes and seconds"
            parts["hours_first"] = f"2:15 is {what}"
        if self.unit and (self.dimension or self.type is ValueType.DURATION):
            parts["unit"] = f"in {self.unit} where no unit is named"
        elif self.unit:
            parts["unit"] = f"in {self.unit}"
        return parts

    @property
    def is_amount(self) -> bool:
        """Whether values are read as numbers, dates or durations."""
        return self.type not in (ValueType.STRING, ValueType.TEXT)

    def comparable(self, other: Reading) -> bool:
        """Tell whether amounts of both readings measure the same; strings and texts have none."""
        if self.type is not other.type or not self.is_amount:
            return False
        currencies = {self.unit, other.unit} - {""} if self.dimension == MONEY else set()
        return self.dimension == other.dimension and len(currencies) < 2

    def to_json(self) -> dict[str, Any]:
        """Give type and what differs from the defaults as JSON values."""
        values: dict[str, Any] = {"type": self.type.value}
        for field in dataclasses.fields(self)[1:]:
            value = getattr(self, field.name)
            if value != field.default:
                values[field.name] = list(value) if isinstance(value, tuple) else value
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Reading:
        """Rebuild what ``to_json`` gave; a known unit may be given in any of its words.

        Raises ``ValueError`` for what is no reading.
        """
        names = [field.name for field in dataclasses.fields(cls)]
        if not isinstance(values, Mapping) or not values.keys() <= set(names):
            raise ValueError(f"a reading has no fields but {', '.join(names)}; not {values!r}")
        given = dict(values)
        types = [kind.value for kind in ValueType]
        if given.get("type") not in types:
            raise ValueError(f"the type of a reading is one of {', '.join(types)}")
        given["type"] = ValueType(given["type"])
        undecided = given.get("undecided", [])
        if not isinstance(undecided, (list, tuple)):
            raise ValueError("undecided of a reading is a list")
        given["undecided"] = tuple(map(str, undecided))
        for name in ("decimal_sign", "dimension", "unit"):
            if not isinstance(given.get(name, ""), str):
                raise ValueError(f"{name} of a reading is a string")
        return cls(**_with_known_unit(given))


def _check(holds: bool, kind: ValueType, field: str, allowed: str = "") -> None:
    if not holds:
        rule = f"is {allowed}" if allowed else "does not belong to it"
        raise ValueError(f"reading of type {kind.value}: {field} {rule}")


def _with_known_unit(given: dict[str, Any]) -> dict[str, Any]:
    word = given.get("unit", "") if "unit" in _FIELDS[given["type"]] else ""
    dimension = DURATION if given["type"] is ValueType.DURATION else given.get("dimension", "")
    unit = find_unit(word, dimension) if word else None
    if unit is None or (dimension and unit.dimension != dimension):
        return given
    named = {} if unit.dimension == DURATION else {"dimension": unit.dimension}
    return {**given, **named, "unit": unit.name}
