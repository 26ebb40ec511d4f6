"""How the values of one attribute are read. (Replaced at merge.)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kgreview.text import values as old


class ValueType(str, Enum):
    STRING = "string"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    DURATION = "duration"


@dataclass(frozen=True)
class Reading:
    type: ValueType = ValueType.STRING
    decimal_sign: str = "."
    day_first: bool = True
    dimension: str = ""
    unit: str = ""
    undecided: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"type": self.type.value}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Reading:
        return cls(ValueType(values["type"]))

    def __str__(self) -> str:
        return self.type.value


def suggest_reading(values: pa.Array, attribute_words: Sequence[str] = ()) -> Reading:
    return Reading(ValueType(old.kind_of(values).value))


def read_values(values: pa.Array, reading: Reading) -> npt.NDArray[np.float64]:
    a, d = old.amounts(values, old.Kind(reading.type.value))
    if reading.type is ValueType.DATE:
        first = np.where(np.isnan(d), np.floor((a - 1970) * 365.2425), d - 719163)
        last = np.where(np.isnan(d), first + 364, d - 719163)
        return np.column_stack([first, last])
    return np.column_stack([a, a])


def years(days: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    found = np.full(days.shape, np.nan)
    ok = ~np.isnan(days)
    found[ok] = (days[ok].astype("datetime64[D]").astype("datetime64[Y]")).astype(np.int64) + 1970
    return found


def harmonise(
    left: pa.Array, left_reading: Reading, right: pa.Array, right_reading: Reading
) -> tuple[Reading, Reading]:
    return left_reading, right_reading


def write_amount(low: float, high: float, reading: Reading) -> str:
    return str(low)
