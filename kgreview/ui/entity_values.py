"""What one entity says, read as the schema says, by the readers that the features use."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from enum import Enum
from itertools import islice
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from kgreview.graph.values import LONGEST_TEXT
from kgreview.text.amounts import read_values
from kgreview.text.days import years
from kgreview.text.placeholders import is_blank
from kgreview.text.readings import Reading, ValueType
from kgreview.text.strings import normalise, normalise_one, transliterate

_NO_TAGS: Mapping[str, Sequence[str]] = {}


class State(Enum):
    """What is to be said of a value beside what it says."""

    STATED = ""
    BLANK = "blank"
    PLACEHOLDER = "counts as missing"
    IGNORED = "is never compared"
    UNREAD = "not read as a {kind}"  # as most values of its attribute are


class Amount(NamedTuple):
    """What a number, a date or a duration stands for, in the units of ``read_values``."""

    low: float
    high: float
    first_year: float  # nan of all but dates
    last_year: float


class Value(NamedTuple):
    """One value of an entity, and what it is compared by."""

    text: str  # as written
    spelt: str  # normalised
    latin: str  # in Latin letters, by how it sounds
    kind: ValueType = ValueType.STRING  # that the attribute is read as
    amount: Amount | None = None
    state: State = State.STATED
    equal: bool = False  # the other side says the same
    tag: str = ""  # its languages or datatypes, as in ``KnowledgeGraph``; nothing compares them

    @property
    def missing(self) -> bool:
        """Whether it stands for no value."""
        return self.state in (State.BLANK, State.PLACEHOLDER, State.IGNORED)

    @property
    def remark(self) -> str:
        """Say what is special about it; '' for most values."""
        return self.state.value.format(kind=self.kind.value)

    @property
    def content(self) -> object:
        """What it says, whatever its form: its amount, or its spelling."""
        return self.amount[:2] if self.amount else self.spelt


def read_entity(
    values: Mapping[str, Sequence[str]],
    readings: Mapping[str, Reading],
    placeholders: Mapping[str, tuple[str, ...]],
    tags: Mapping[str, Sequence[str]] = _NO_TAGS,
    ignored: Sequence[str] = (),
) -> dict[str, tuple[Value, ...]]:
    """Read all that an entity says, by attribute, each value once.

    ``readings``, ``placeholders`` and ``ignored``: by attribute, as in ``Schema``. ``tags``: of
    each value; they may lack. All values are spelt and read at once: the cost is that of a few
    calls, however many attributes there are.
    """
    once = {attribute: tuple(dict.fromkeys(texts)) for attribute, texts in values.items()}
    cut = pa.array([t[:LONGEST_TEXT] for texts in once.values() for t in texts], pa.large_string())
    spelt = normalise(cut)
    spellings = zip(spelt.to_pylist(), transliterate(spelt).to_pylist(), strict=True)
    columns = zip(spellings, is_blank(cut).tolist(), _amounts(once, cut, readings), strict=True)
    by_attribute = {}
    for attribute, texts in once.items():
        kind = readings[attribute].type if attribute in readings else ValueType.STRING
        missing = {normalise_one(text) for text in placeholders.get(attribute, ())}
        tag_of = dict(zip(values[attribute], tags.get(attribute, ()), strict=False))
        by_attribute[attribute] = tuple(
            Value(
                *(text, *spelling, kind, amount),
                State.IGNORED
                if attribute in ignored and not blank
                else _state(spelling[0], blank, missing, kind, amount),
                tag=tag_of.get(text, ""),
            )
            for text, (spelling, blank, amount) in zip(
                texts, islice(columns, len(texts)), strict=True
            )
        )
    return by_attribute


def _state(
    spelt: str, blank: bool, placeholders: set[str], kind: ValueType, amount: Amount | None
) -> State:
    if blank or not spelt:
        return State.BLANK
    if spelt in placeholders:
        return State.PLACEHOLDER
    read = kind in (ValueType.STRING, ValueType.TEXT) or amount is not None
    return State.STATED if read else State.UNREAD


def _amounts(
    values: Mapping[str, Sequence[str]], flat: pa.Array, readings: Mapping[str, Reading]
) -> list[Amount | None]:
    """Give the amount of each value, (values,), ``None`` where it has none."""
    alike: dict[Reading, list[int]] = {}  # attributes that are read alike are read together
    start = 0
    for attribute, texts in values.items():
        reading = readings.get(attribute)
        if reading is not None and reading.is_amount:
            alike.setdefault(reading, []).extend(range(start, start + len(texts)))
        start += len(texts)
    amounts = np.full((start, 4), np.nan)
    for reading, where in alike.items():
        amounts[where, :2] = read_values(flat.take(pa.array(where, pa.int64())), reading)
        if reading.type is ValueType.DATE:
            amounts[where, 2:] = years(amounts[where, :2])
    return [None if math.isnan(row[0]) else Amount(*row) for row in amounts.tolist()]
