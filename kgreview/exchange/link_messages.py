"""What a user is told of a file of links: what it states, what is left out, and what is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.errors import InputError
from kgreview.exchange.statements import Statements
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.quoting import quoted
from kgreview.progress import Notice

Bools = npt.NDArray[np.bool_]


def tell_left_out(path: Path, statements: Statements, notice: Notice) -> None:
    """Say which rows state no link, and how many of those that do rest on a tool's word alone."""
    for why, count in statements.left_out.items():
        notice(f"{path}: {_rows(count)} left out: {why}")
    if statements.by_tools:
        notice(
            f"{path}: {_rows(statements.by_tools)} found by a tool, which nobody reviewed: they "
            "count as known; leave such rows out where that is not so"
        )


def tell_how(
    path: Path,
    fits: Bools,
    backward: Bools,
    elsewhere: int,
    notice: Notice,
    *,
    guessed: bool,
) -> None:
    """Say which rows fit (rows,) no pair of entities, and how the others were made to.

    ``backward``: those that name the right entity first; ``elsewhere``: how many say of another
    than a left entity that it has no counterpart; ``guessed``: by the end of ids alone.
    """
    if guessed:
        notice(
            f"{path}: no id is one of the graphs as it stands; what follows its last / or # or its "
            "prefix was taken for the id"
        )
    if backward.any():
        share = "all rows" if backward[fits].all() else f"{_rows(int(backward.sum()))}"
        notice(f"{path}: in {share} the right entity stands first; they were turned round")
    if others := int((~fits).sum()):
        notice(f"{path}: {_rows(others)} left out: of entities that the graphs do not have")
    if elsewhere:
        notice(
            f"{path}: {_rows(elsewhere)} left out: they say that an entity has no counterpart, and "
            "it is no left one"
        )


def nothing_fits(
    path: Path,
    statements: Statements,
    elsewhere: int,
    left: KnowledgeGraph,
    right: KnowledgeGraph,
) -> InputError:
    """Say why a file links nothing of the graphs."""
    if not len(statements):
        reasons = [f"{_rows(count)} with {why}" for why, count in statements.left_out.items()]
        reasons += [f"{_rows(elsewhere)} about one entity alone"] if elsewhere else []
        more = f"; it has {', '.join(reasons)}" if reasons else ""
        return InputError.at(path, f"states no link between two entities{more}")
    example = f"{quoted(statements.first[0])} and {quoted(statements.second[0])}"
    return InputError.at(
        path,
        f"links no left to a right entity: of its {_rows(len(statements))} none has ids of both "
        f"graphs, such as {example}; {_in_other_letters(statements, left, right)}"
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


def _rows(count: int) -> str:
    return f"{count:,} row" + "s" * (count != 1)
