"""Reader for link tables: which entities are known to be the same, or not to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from kgreview.arrays import Ints
from kgreview.errors import InputError
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.readers.id_forms import no_entity
from kgreview.graph.readers.tables import Check, Rows, is_table, read_table, row_number
from kgreview.progress import Notice, Progress, silent, unheard


@dataclass(frozen=True, eq=False)
class LinkFile:
    """The links of one file as they stand there, statement by statement."""

    path: Path
    links: Links
    row_of: Callable[[int], int | None]  # the row that a user knows a statement by, if it has one
    column: str | None = None  # that says whether a statement is a match


@dataclass(frozen=True)
class LinkColumns:
    """What the columns of a table of links are called."""

    left: str = "left"
    right: str = "right"
    label_needed: bool = False


_PLAIN = LinkColumns()

ReadLinkFile = Callable[[Path, KnowledgeGraph, KnowledgeGraph, Progress, Notice], LinkFile]


def read_link_table(
    path: Path,
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    progress: Progress = silent,
    notice: Notice = unheard,
    columns: LinkColumns = _PLAIN,
) -> LinkFile:
    """Read a table with the columns ``left`` and ``right`` (ids) and optionally ``label``, 1 or 0.

    Without labels all are matches. ``columns``: where they are called otherwise. Raises
    ``InputError`` for an id that does not exist, another label, and whatever ``read_table``
    refuses.
    """
    if not path.is_file():
        raise InputError.at(path, "there is no such file; give a table with columns left, right")
    if not is_table(path):
        raise InputError.at(path, "is no .tsv, .csv or .parquet file, plain or .gz; rename it")
    ends: dict[str, list[Ints]] = {"left": [], "right": []}
    labels: list[npt.NDArray[np.int8]] = []
    has_labels = False
    needed = (columns.left, columns.right, *(["label"] if columns.label_needed else []))
    for rows in read_table(
        path,
        needed,
        optional=() if columns.label_needed else ("label",),
        may_be_empty=("label",),
        stage="read links",
        progress=progress,
        notice=notice,
    ):
        has_labels = "label" in rows.columns
        by_role = {
            side: _ends(rows, side, getattr(columns, side), graph)
            for side, graph in (("left", left), ("right", right))
        }
        label, checks = _labels(rows)
        rows.refuse(*(check for _, check in by_role.values()), *checks)
        for side, (at, _) in by_role.items():
            ends[side].append(at)
        labels.append(label)
    lefts, rights = (np.concatenate(ends[side]) for side in ("left", "right"))
    links = Links.of_file(lefts, rights, np.concatenate(labels))
    return LinkFile(path, links, partial(row_number, path), "label" if has_labels else None)


def read_link_splits(
    files: Mapping[str, Sequence[Path]],
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    progress: Progress = silent,
    notice: Notice = unheard,
    read: ReadLinkFile = read_link_table,
) -> dict[str, Links]:
    """Read the files of several splits, as ``{"train": [...], "valid": [...]}``.

    Each is a table, or what ``read`` reads. Whether its links are gold is seen file by file. A pair
    stated several times counts once, and in the last of its splits alone. Raises ``InputError`` for
    a pair with both labels, be it in two files or splits, and whatever ``read`` refuses.
    """
    read_files = [
        (split, read(path, left, right, progress, notice))
        for split, paths in enumerate(files.values())
        for path in paths
    ]
    tables = [file for _, file in read_files]
    if not tables:
        return {split: Links.empty() for split in files}
    links = Links.concatenate(*(table.links for table in tables))
    _, first, group = np.unique(links.keys, return_index=True, return_inverse=True)
    _refuse_contradictions(tables, links, first[group])
    split = np.repeat([split for split, _ in read_files], [len(table.links) for table in tables])
    gold = np.zeros(len(first), dtype=np.bool_)
    np.logical_or.at(gold, group, links.gold)
    last, earliest = np.full(len(first), -1), np.full(len(first), len(files))
    np.maximum.at(last, group, split)
    np.minimum.at(earliest, group, split)
    if count := int((last > earliest).sum()):
        notice(_in_two_splits(count, tuple(files)))
    stands = np.sort(first)  # in the order of the files
    of_pair = group[stands]
    distinct = Links(links.left[stands], links.right[stands], links.label[stands], gold[of_pair])
    return {name: distinct.take(last[of_pair] == place) for place, name in enumerate(files)}


def _ends(rows: Rows, side: str, column: str, graph: KnowledgeGraph) -> tuple[Ints, Check]:
    """Look the ids of one side up, and say what is wrong with those that are not there."""
    ids = graph.rows(rows.columns[column])
    what = partial(no_entity, ids=graph.ids, remedy="correct it or drop the row", side=side)
    return ids, Check(column, ids < 0, what)


def _labels(rows: Rows) -> tuple[npt.NDArray[np.int8], list[Check]]:
    """Give the label of each row, and say what is wrong with those that have none."""
    if "label" not in rows.columns:
        return np.ones(len(rows), dtype=np.int8), []
    match = pc.equal(rows.columns["label"], "1").to_numpy()
    no_match = pc.equal(rows.columns["label"], "0").to_numpy()
    what = "{} is no label; write 1 (match) or 0 (not)"
    return match.astype(np.int8), [Check("label", ~(match | no_match), what)]


def _refuse_contradictions(files: Sequence[LinkFile], links: Links, stated: Ints) -> None:
    """Name the first link whose pair has another label where it was stated first.

    ``stated`` (links,): where that is. Several such links are counted.
    """
    against = np.flatnonzero(links.label != links.label[stated])
    if not len(against):
        return
    (file, row), (before, row_before) = (
        _place(files, int(at)) for at in (against[0], stated[against[0]])
    )
    where = [] if before is file else [str(before.path)]
    where += [] if row_before is None else [f"row {row_before}"]
    more = f"; so it is with {len(against) - 1:,} more" if len(against) > 1 else ""
    raise InputError.at(
        file.path,
        f"the pair has the other label in {', '.join(where) or 'this file'}; keep one of the two"
        f"{more}",
        row=row,
        column=file.column,
    )


def _place(files: Sequence[LinkFile], at: int) -> tuple[LinkFile, int | None]:
    """Give the file that holds a link, and the row there."""
    ends = np.cumsum([len(file.links) for file in files])
    number = int(np.searchsorted(ends, at, side="right"))
    file = files[number]
    return file, file.row_of(at - int(ends[number]) + len(file.links))


def _in_two_splits(count: int, splits: Sequence[str]) -> str:
    where = f"in two of the splits {', '.join(splits)}"
    if count == 1:
        return f"1 known pair stands {where}; it counts in the later one alone"
    return f"{count:,} known pairs stand {where}; each counts in the later one alone"
