"""Files of a project that name entities by rows, rewritten for graphs in which these have moved.

What is of entities that are gone is kept aside by their ids, and comes back when they do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kgreview.arrays import Bools, Rows
from kgreview.graph.changes import Changes
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.text.columns import distinct_numbers

ASIDE = "of_gone.json"  # in a folder: what is kept aside


@dataclass(frozen=True, eq=False)
class Moves:
    """Where the entities of one side went."""

    old: KnowledgeGraph
    new: KnowledgeGraph
    changes: Changes

    def rows(self, old_rows: npt.NDArray[np.integer]) -> Rows:
        """Give the new rows of entities, -1 of those that are gone."""
        rows_now: Rows = self.changes.to_new[old_rows]
        return rows_now

    def ids(self, old_rows: npt.NDArray[np.integer]) -> list[str]:
        """Give the ids of entities by their old rows."""
        ids: list[str] = self.old.ids.take(old_rows.astype(np.int64)).to_pylist()
        return ids


Sides = tuple[Moves, Moves]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of rows with further columns, and those of entities that are gone, by ids."""

    left: Rows
    right: Rows
    columns: tuple[npt.NDArray[Any], ...]
    aside: list[list[Any]]  # [left id, right id, values of the columns]
    changed: tuple[Rows, Rows]  # new rows of entities that lost a pair, or got one back


def move_pairs(
    sides: Sides,
    pairs: tuple[Rows, Rows],
    columns: Sequence[npt.NDArray[Any]],
    aside: Sequence[Sequence[Any]],
) -> Pairs:
    """Give pairs their new rows; those kept ``aside`` return where both entities are there."""
    left, right = (side.rows(rows) for side, rows in zip(sides, pairs, strict=True))
    there = (left >= 0) & (right >= 0)
    lost = np.flatnonzero(~there)
    ids = [side.ids(rows[lost]) for side, rows in zip(sides, pairs, strict=True)]
    values = [column[lost].tolist() for column in columns]
    kept_aside = [list(entry) for entry in zip(*ids, *values, strict=True)]
    back = [side.new.rows([entry[place] for entry in aside]) for place, side in enumerate(sides)]
    returns = (back[0] >= 0) & (back[1] >= 0) if aside else np.empty(0, dtype=np.bool_)
    kept_aside += [list(each) for each, again in zip(aside, returns, strict=True) if not again]
    again = np.flatnonzero(returns).tolist()
    moved = [
        np.concatenate(
            [
                column[there],
                np.array([aside[n][2 + place] for n in again], dtype=column.dtype),
            ]
        )
        for place, column in enumerate(columns)
    ]
    return Pairs(
        np.concatenate([left[there], back[0][again]]),
        np.concatenate([right[there], back[1][again]]),
        tuple(moved),
        kept_aside,
        (
            np.concatenate([left[~there & (left >= 0)], back[0][again]]),
            np.concatenate([right[~there & (right >= 0)], back[1][again]]),
        ),
    )


@dataclass(frozen=True, eq=False)
class MovedLinks:
    """The known links in new rows."""

    splits: Mapping[str, Links]
    aside: Mapping[str, list[list[Any]]]  # by split
    gone: int  # links that are aside now and were not
    returned: int
    changed: tuple[Rows, Rows]  # new rows of entities that lost a link, or got one back

    def save(self, folder: Path) -> None:
        """Write the folder ``links`` of a project."""
        folder.mkdir(parents=True)
        for split, links in self.splits.items():
            links.save(folder / f"{split}.npz")
        write_aside(folder, self.aside)


def move_links(folder: Path, splits: Mapping[str, Links], sides: Sides) -> MovedLinks:
    """Move the links in ``folder``, of which ``splits`` are all, usable or not."""
    aside = read_aside(folder)
    moved = {
        split: move_pairs(
            sides, (links.left, links.right), (links.label, links.gold), aside.get(split, [])
        )
        for split, links in splits.items()
    }
    there = {
        split: Links(pairs.left, pairs.right, pairs.columns[0], pairs.columns[1])
        for split, pairs in moved.items()
    }
    gone = sum(int((_missing(links, sides)).sum()) for links in splits.values())
    before, after = (sum(map(len, each.values())) for each in (splits, there))
    changed = [
        np.concatenate([np.empty(0, np.int64), *(pairs.changed[side] for pairs in moved.values())])
        for side in (0, 1)
    ]
    return MovedLinks(
        there,
        {split: pairs.aside for split, pairs in moved.items()},
        gone,
        after - (before - gone),
        (changed[0], changed[1]),
    )


def _missing(links: Links, sides: Sides) -> Bools:
    return (sides[0].rows(links.left) < 0) | (sides[1].rows(links.right) < 0)


def move_rows(side: Moves, rows: Rows, aside: Sequence[str]) -> tuple[Rows, list[str]]:
    """Give entities of one side their new rows, and the ids of those that are gone."""
    moved = side.rows(rows)
    gone = sorted({*aside, *side.ids(rows[moved < 0])})
    back = side.new.rows(gone)
    keys = distinct_numbers(np.concatenate([moved[moved >= 0], back[back >= 0]]))
    return keys, [entity for entity, row in zip(gone, back, strict=True) if row < 0]


def read_aside(folder: Path) -> dict[str, Any]:
    """Read what is kept aside in a folder, by what it is of."""
    try:
        values = json.loads((folder / ASIDE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def write_aside(folder: Path, aside: Mapping[str, Any]) -> None:
    """Write what is kept aside into a folder, an empty part too: it replaces what was there."""
    (folder / ASIDE).write_text(json.dumps(dict(aside), ensure_ascii=False), encoding="utf-8")
