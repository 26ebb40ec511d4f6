"""What a file of links says, in its own ids: what every form of such files is read into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from kgreview.arrays import Ints
from kgreview.exchange.identifiers import Prefixes
from kgreview.store.outcomes import Outcome


@dataclass(frozen=True, eq=False)
class Alone:
    """An entity that is said to have no counterpart."""

    entity: str  # as the file calls it
    first: bool  # it stands where the first of a pair does
    curator: str  # '' where the file names nobody
    note: str
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Judgement:
    """What a person said of a pair, as an export of a project wrote it."""

    first: str  # ids as the file has them
    second: str
    outcome: Outcome  # said of the first and the second: match, qualified, no_match or unsure
    curator: str
    reason: str
    note: str


@dataclass(frozen=True, eq=False)
class Statements:
    """Pairs of ids that a file calls the same, or not the same.

    ``open_world``: such files may speak of entities of other graphs, which are passed over.
    """

    first: Sequence[str]  # (statements,) ids as the file has them
    second: Sequence[str]  # (statements,)
    label: npt.NDArray[np.int8]  # (statements,) 1 the same, 0 not
    rows: Ints | None = None  # (statements,) where each stands; None: nowhere
    alone: tuple[Alone, ...] = ()
    judged: tuple[Judgement, ...] = ()  # by people, beside the label that comes of it
    prefixes: Prefixes = field(default_factory=lambda: Prefixes({}))
    left_out: Mapping[str, int] = field(default_factory=dict)  # how many, by why
    open_world: bool = True
    column: str | None = None  # that holds the label, for messages
    by_tools: int = 0  # statements that a tool found and nobody reviewed

    def __len__(self) -> int:
        return len(self.first)
