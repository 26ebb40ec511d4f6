"""Whom the ids of a file of links mean: entities of both graphs, either way round."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.arrays import Bools, Rows
from kgreview.errors import InputError
from kgreview.exchange.identifiers import Lookup
from kgreview.exchange.statements import Statements
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.quoting import counted, quoted
from kgreview.graph.readers import LinkFile
from kgreview.progress import Notice
from kgreview.store.outcomes import Outcome


class NoCounterpart(NamedTuple):
    """A left entity that a file says has no counterpart on the right."""

    left: str  # its id
    curator: str  # '' where the file names nobody
    note: str
    reason: str = ""


class Judged(NamedTuple):
    """What a person said of a pair in another project."""

    left: str  # ids
    right: str
    outcome: Outcome
    curator: str
    reason: str
    note: str


@dataclass(frozen=True, eq=False)
class _RowsOfIds:
    """Rows of what stands first and second, in either graph, -1 where it is not there."""

    first: tuple[Rows, Rows]  # (statements,) in the left graph, in the right one
    second: tuple[Rows, Rows]

    @property
    def forward(self) -> Bools:
        """Whether the first is a left entity and the second a right one."""
        return (self.first[0] >= 0) & (self.second[1] >= 0)

    @property
    def backward(self) -> Bools:
        return (self.first[1] >= 0) & (self.second[0] >= 0)


@dataclass(frozen=True)
class ResolvedLinks:
    """The links of a file, by rows of the graphs."""

    file: LinkFile
    no_counterpart: list[NoCounterpart] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        path: Path,
        statements: Statements,
        left: KnowledgeGraph,
        right: KnowledgeGraph,
        notice: Notice,
    ) -> ResolvedLinks:
        """Look all ids up. Raises ``InputError`` where none fits, or one must and does not."""
        _tell_left_out(path, statements, notice)
        rows, guessed = _look_up(statements, left, right)
        swapped = int(rows.backward.sum()) > int(rows.forward.sum())
        backward = rows.backward & (~rows.forward | swapped)
        fits = rows.forward | backward
        alone, elsewhere = _alone(statements, left, swapped=swapped, guess=guessed)
        judged = _judged(statements, left, right, swapped=swapped, guess=guessed)
        if not fits.any() and not alone and not judged:
            raise _nothing_fits(path, statements, elsewhere, left, right)
        if not statements.open_world and not fits.all():
            raise _first_unknown(path, statements, rows, fits, swapped=swapped)
        _tell(path, fits, backward, elsewhere, notice, guessed=guessed)
        lefts = np.where(backward, rows.second[0], rows.first[0])[fits]
        rights = np.where(backward, rows.first[1], rows.second[1])[fits]
        kept = np.flatnonzero(fits)
        links = Links.of_file(lefts, rights, statements.label[fits])
        file = LinkFile(path, links, _row_of(statements, kept), statements.column)
        return cls(file, alone, judged)


def _look_up(
    statements: Statements, left: KnowledgeGraph, right: KnowledgeGraph
) -> tuple[_RowsOfIds, bool]:
    """Find the entities, by a guess at the end of their ids where nothing else fits."""
    look = Lookup(statements.prefixes)

    def find(texts: Sequence[str], graph: KnowledgeGraph, *, guess: bool) -> Rows:
        return look.rows(texts, graph, guess=guess)

    def find_all(*, guess: bool) -> _RowsOfIds:
        first = find(statements.first, left, guess=guess)
        second = find(statements.second, right, guess=guess)
        nowhere = np.full(len(statements), -1, dtype=np.int64)
        if ((first >= 0) & (second >= 0)).all():  # nothing is the other way round
            return _RowsOfIds((first, nowhere), (nowhere, second))
        turned = (
            find(statements.first, right, guess=guess),
            find(statements.second, left, guess=guess),
        )
        return _RowsOfIds((first, turned[0]), (turned[1], second))

    exact = find_all(guess=False)
    if (exact.forward | exact.backward).any() or not len(statements):
        return exact, False
    guessed = find_all(guess=True)
    return (guessed, True) if (guessed.forward | guessed.backward).any() else (exact, False)


def _alone(
    statements: Statements, left: KnowledgeGraph, *, swapped: bool, guess: bool
) -> tuple[list[NoCounterpart], int]:
    """Give the left entities without a counterpart, and how many are said of others."""
    statements_of_side = [each for each in statements.alone if each.first is not swapped]
    if not len(statements):  # no pair tells which side stands first
        statements_of_side = list(statements.alone)
    rows = Lookup(statements.prefixes).rows(
        [each.entity for each in statements_of_side], left, guess=guess
    )
    entities = [
        NoCounterpart(left.id(row), each.curator, each.note, each.reason)
        for row, each in zip(rows.tolist(), statements_of_side, strict=True)
        if row >= 0
    ]
    return entities, len(statements.alone) - len(entities)


def _judged(
    statements: Statements,
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    *,
    swapped: bool,
    guess: bool,
) -> list[Judged]:
    """Give what people said of pairs that the graphs have, each the way round that fits.

    ``swapped`` tells it where both ways do.
    """
    judgements = statements.judged
    ends = [each.first for each in judgements], [each.second for each in judgements]
    look = Lookup(statements.prefixes)
    first, second = (
        tuple(look.rows(texts, graph, guess=guess) for graph in (left, right)) for texts in ends
    )
    forward = (first[0] >= 0) & (second[1] >= 0)
    backward = (first[1] >= 0) & (second[0] >= 0) & (~forward | swapped)
    return [
        Judged(
            left.id(int(second[0][at] if turned else first[0][at])),
            right.id(int(first[1][at] if turned else second[1][at])),
            each.outcome.turned if turned else each.outcome,
            *(each.curator, each.reason, each.note),
        )
        for at, (each, fits, turned) in enumerate(
            zip(judgements, (forward | backward).tolist(), backward.tolist(), strict=True)
        )
        if fits
    ]


def _row_of(statements: Statements, kept: Rows) -> Callable[[int], int | None]:
    def row_of(number: int) -> int | None:
        return None if statements.rows is None else int(statements.rows[kept[number]])

    return row_of


def _tell_left_out(path: Path, statements: Statements, notice: Notice) -> None:
    for why, count in statements.left_out.items():
        notice(f"{path}: {counted(count, 'row')} left out: {why}")
    if statements.by_tools:
        notice(
            f"{path}: {counted(statements.by_tools, 'row')} found by a tool, which nobody reviewed"
            ": they count as known; leave such rows out where that is not so"
        )


def _tell(
    path: Path,
    fits: Bools,
    backward: Bools,
    elsewhere: int,
    notice: Notice,
    *,
    guessed: bool,
) -> None:
    if guessed:
        notice(
            f"{path}: no id is one of the graphs as it stands; what follows its last / or # or its "
            "prefix was taken for the id"
        )
    if backward.any():
        share = "all rows" if backward[fits].all() else counted(int(backward.sum()), "row")
        notice(f"{path}: in {share} the right entity stands first; they were turned round")
    if others := int((~fits).sum()):
        notice(
            f"{path}: {counted(others, 'row')} left out: of entities that the graphs do not have"
        )
    if elsewhere:
        notice(
            f"{path}: {counted(elsewhere, 'row')} left out: they say that an entity has no "
            "counterpart, and it is no left one"
        )


def _nothing_fits(
    path: Path,
    statements: Statements,
    elsewhere: int,
    left: KnowledgeGraph,
    right: KnowledgeGraph,
) -> InputError:
    if not len(statements):
        reasons = [
            f"{counted(count, 'row')} with {why}" for why, count in statements.left_out.items()
        ]
        reasons += [f"{counted(elsewhere, 'row')} about one entity alone"] if elsewhere else []
        more = f"; it has {', '.join(reasons)}" if reasons else ""
        return InputError.at(path, f"states no link between two entities{more}")
    example = f"{quoted(statements.first[0])} and {quoted(statements.second[0])}"
    return InputError.at(
        path,
        f"links no left to a right entity: of its {counted(len(statements), 'row')} none has ids "
        f"of both graphs, such as {example}; {_in_other_letters(statements, left, right)}"
        "give the graphs that it is about",
    )


def _in_other_letters(statements: Statements, *graphs: KnowledgeGraph) -> str:
    """Name an id that a graph has but for upper and lower case: a tool may have lost it."""
    for text in (*statements.first[:1], *statements.second[:1]):
        for graph in graphs:
            same = pc.index(pc.utf8_lower(graph.ids), pa.scalar(text.lower(), graph.ids.type))
            if (at := same.as_py()) >= 0 and graph.id(at) != text:
                return f"a graph has {quoted(graph.id(at))}, in other letters; write ids alike, or "
    return ""


def _first_unknown(
    path: Path, statements: Statements, rows: _RowsOfIds, fits: Bools, *, swapped: bool
) -> InputError:
    """Name the first id that no graph has, as the reader of tables does."""
    at = int(np.flatnonzero(~fits)[0])
    sides = [("left", rows.first[0], statements.first), ("right", rows.second[1],
             statements.second)]  # fmt: skip
    if swapped:
        sides = [("right", rows.first[1], statements.first), ("left", rows.second[0],
                 statements.second)]  # fmt: skip
    side, _, texts = next(each for each in sides if each[1][at] < 0)
    row = None if statements.rows is None else int(statements.rows[at])
    what = f"no {side} entity has the id {quoted(texts[at])}; correct it or drop the row"
    return InputError.at(path, what, row=row)
