"""What the Python interface gives and takes: pairs and their entities, and words for choices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from kgreview.errors import InputError
from kgreview.exchange.alignment import What
from kgreview.store.conflicts import Conflict
from kgreview.store.outcomes import Outcome
from kgreview.store.pair_filter import PairFilter
from kgreview.ui.entity_summary import Side
from kgreview.ui.pair import PairView

if TYPE_CHECKING:
    pass


AnyPath = str | PathLike[str]


class ConflictError(InputError):
    """An answer is at odds with what stands. Nothing was saved; ``conflicts`` says with what."""

    def __init__(self, conflicts: Sequence[Conflict]) -> None:
        self.conflicts = tuple(conflicts)
        switch = "on_conflict='switch' takes those decisions back and saves this one, "
        super().__init__(
            " ".join(each.words for each in conflicts)
            + " Nothing is saved: "
            + (switch if has_decisions(conflicts) else "")
            + "on_conflict='both' lets all stand, and the outcome 'skip' keeps what there is"
        )


@dataclass(frozen=True)
class Entity:
    """One entity of a pair."""

    side: str  # 'left' or 'right'
    id: str
    name: str
    type: str
    url: str | None  # where it can be looked up


@dataclass(frozen=True)
class Pair:
    """A candidate pair, as a curator is asked about it."""

    left: Entity
    right: Entity
    score: float | None  # probability that both are the same; None: not scored, or hidden
    why: str  # why this pair is asked about now, in a sentence
    strategy: str  # of the queue, that chose it
    view: PairView = field(repr=False, compare=False)  # what the page would show

    @cached_property
    def attributes(self) -> pd.DataFrame:
        """What both entities say, attributes that correspond on one row.

        Columns: ``left_attribute``, ``left``, ``right``, ``right_attribute`` and ``comparison``.
        Values are tuples of strings; attributes are ``None`` where a side has none.
        """
        rows = [
            (
                row.left_attribute,
                tuple(value.text for value in row.left),
                tuple(value.text for value in row.right),
                row.right_attribute,
                row.likeness.words,
            )
            for row in self.view.rows
        ]
        columns = ["left_attribute", "left", "right", "right_attribute", "comparison"]
        return pd.DataFrame(rows, columns=columns)

    @cached_property
    def neighbours(self) -> pd.DataFrame:
        """The neighbours worth a look, at most 25 a side; ``attrs['left_out']`` counts the others.

        Columns: ``side``, ``relation``, ``inverse`` (the neighbour is the head), ``id``, ``name``,
        ``type`` and ``contribution``, what it adds to the log odds of the pair, nan where the
        network has not sampled it.
        """
        rows = [
            (side, each.relation, each.inverse, each.id, each.name, each.type, each.contribution)
            for side, entity in (("left", self.view.left), ("right", self.view.right))
            for each in entity.neighbours
        ]
        columns = ["side", "relation", "inverse", "id", "name", "type", "contribution"]
        frame: pd.DataFrame = pd.DataFrame(rows, columns=columns)
        frame.attrs["left_out"] = sum(
            more.count for entity in (self.view.left, self.view.right) for more in entity.more
        )
        return frame


def paths_of(given: AnyPath | Iterable[AnyPath]) -> list[Path]:
    """Give one path or several as a list."""
    if isinstance(given, str | PathLike):
        return [Path(given)]
    return [Path(each) for each in given]


def filter_of(given: Mapping[str, str]) -> PairFilter:
    """Read a filter of the queue. Raises ``InputError`` for what makes no sense in it."""
    wanted = PairFilter.from_parameters(given)
    whole = {"low": "0", "high": "1"}  # which an address leaves out
    read = wanted.parameters()
    unread = sorted(n for n, text in given.items() if n not in read and text != whole.get(n))
    if unread:
        raise InputError(f"filter: {', '.join(unread)} makes no sense; see docs/api.md")
    return wanted


def pair_of(view: PairView) -> Pair:
    """Give a pair as a program sees it."""
    question = view.question
    return Pair(
        _entity("left", view.left),
        _entity("right", view.right),
        None if view.hidden else question.score,
        view.why,
        question.strategy,
        view,
    )


def _entity(side: str, shown: Side) -> Entity:
    return Entity(side, shown.id, shown.name, shown.type, shown.url)


def outcome_of(text: str) -> Outcome:
    """Read an outcome. Raises ``InputError`` for what is none."""
    try:
        return Outcome(text)
    except ValueError:
        choices = ", ".join(each.value for each in Outcome)
        raise InputError(f"outcome '{text}': give one of {choices}") from None


def part_of(text: str | None) -> What | None:
    """Read what of an alignment is wanted. Raises ``InputError`` for what is none."""
    try:
        return None if text is None else What(text)
    except ValueError:
        choices = ", ".join(each.value for each in What)
        raise InputError(f"what '{text}': give one of {choices}") from None


def has_decisions(conflicts: Iterable[Conflict]) -> bool:
    """Whether any of them are decisions: a known link cannot be taken back."""
    return any(each.decisions for each in conflicts)


def times_of(texts: pd.Series[Any]) -> pd.Series[Any]:
    """Read times in ISO 8601, UTC; of '' there is none."""
    return pd.to_datetime(texts.replace("", None), utc=True, format="ISO8601")
