"""The distinct values of a column that tell how it is read: few of many, the same in any order."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pandas.util import hash_array

from kgreview.text.amounts import reader
from kgreview.text.columns import encode
from kgreview.text.placeholders import is_blank, is_placeholder_word
from kgreview.text.readings import Reading
from kgreview.text.tidy import tidy

SAMPLE = 2000  # distinct values that settle a reading
MOST = 0.8  # of the values must be read: real columns hold stray words
SOME = 0.05  # of the values are more than strays
_LONG_TEXT = 1000  # characters, whose words are enough to tell


@dataclass(frozen=True, eq=False)
class Sample:
    """Distinct values of a column that say something, and how often each occurs."""

    values: list[str]  # tidied
    counts: npt.NDArray[np.int64]  # (values,) how often each occurs
    words: float  # of a value, on average

    @property
    def distinct(self) -> float:
        """Share of distinct values among all."""
        return len(self.values) / int(self.counts.sum())

    def counted(self) -> Iterator[tuple[str, int]]:
        """Give each value with how often it occurs."""
        return zip(self.values, self.counts.tolist(), strict=True)

    def share(self, holds: Iterable[bool]) -> float:
        """Give the share of the column's values for which something holds, 0 to 1."""
        mask = np.fromiter(holds, dtype=bool, count=len(self.values))
        return int(self.counts[mask].sum()) / int(self.counts.sum())

    def share_matching(self, pattern: re.Pattern[str]) -> float:
        """Give the share of the column's values that are wholly of a pattern."""
        return self.share(pattern.fullmatch(value) is not None for value in self.values)

    def readable(self, reading: Reading) -> float:
        """Give the share of the column's values that can be read as ``reading`` says."""
        read = reader(reading)
        return self.share(not math.isnan(low) for low, _ in map(read, self.values))


def sample_distinct(values: pa.Array, most: int) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Give distinct values that are neither blank nor a placeholder, and how often each occurs.

    Of more than ``most`` those of the smallest hash are taken: the same ones in any order.
    """
    encoded = encode(values)
    counts = np.bincount(encoded.indices.drop_null().to_numpy(), minlength=len(encoded.dictionary))
    strings = encoded.dictionary.to_numpy(zero_copy_only=False).astype(object)
    if len(strings) > most:
        kept = np.argpartition(hash_array(strings, categorize=False), most)[:most]
        strings, counts = strings[kept], counts[kept]
    column = pa.array(strings, type=pa.large_string())
    says = ~(is_blank(column) | is_placeholder_word(column))
    strings, counts = strings[says], counts[says]
    order = np.argsort(strings)
    return strings[order].tolist(), counts[order]


def sample_of(values: pa.Array) -> Sample | None:
    """Take the sample that settles how a column is read; ``None`` where no value says anything."""
    strings, counts = sample_distinct(values, SAMPLE)
    if not strings:
        return None
    words = [len(string[:_LONG_TEXT].split()) for string in strings]
    average = float(np.average(words, weights=counts))
    return Sample([tidy(string) for string in strings], counts, average)
