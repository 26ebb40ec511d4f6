"""Reader for link tables: which entities are known to be the same, or not to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from kgreview.errors import InputError
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.readers.tables import Check, Rows, is_table, read_table, row_number
from kgreview.progress import Notice, Progress, silent, unheard


@dataclass(frozen=True, eq=False)
class _Table:
    """The links of one file as they stand there, row by row."""

    path: Path
    split: int  # which of the splits it belongs to
    links: Links
    has_labels: bool


def read_links(
    path: Path, left: KnowledgeGraph, right: KnowledgeGraph, progress: Progress = silent
) -> Links:
    """Read one table of links; raises what ``read_link_splits`` does."""
    return read_link_splits({"links": [path]}, left, right, progress)["links"]


def read_link_splits(
    files: Mapping[str, Sequence[Path]],
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    progress: Progress = silent,
    notice: Notice = unheard,
) -> dict[str, Links]:
    """Read the tables of several splits, as ``{"train": [...], "valid": [...]}``.

    A table has the columns ``left`` and ``right`` (ids) and optionally ``label``, 1 or 0; without
    labels all are matches. Whether its links are gold is seen file by file. A pair stated several
    times counts once, and in the last of its splits alone. Raises ``InputError`` for an id that
    does not exist, another label, a pair with both labels, be it in two files or splits, and
    whatever ``read_table`` refuses.
    """
    tables = [
        _read(path, split, left, right, progress)
        for split, paths in enumerate(files.values())
        for path in paths
    ]
    if not tables:
        return {split: Links.empty() for split in files}
    links = Links.concatenate(*(table.links for table in tables))
    _, first, group = np.unique(links.keys, return_index=True, return_inverse=True)
    _refuse_contradictions(tables, links, first[group])
    split = np.repeat([table.split for table in tables], [len(table.links) for table in tables])
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


def _read(
    path: Path, split: int, left: KnowledgeGraph, right: KnowledgeGraph, progress: Progress
) -> _Table:
    if not path.is_file():
        raise InputError.at(path, "there is no such file; give a table with columns left, right")
    if not is_table(path):
        raise InputError.at(path, "is no .tsv, .csv or .parquet file, plain or .gz; rename it")
    ends: dict[str, list[npt.NDArray[np.int64]]] = {"left": [], "right": []}
    labels: list[npt.NDArray[np.int8]] = []
    has_labels = False
    for rows in read_table(
        path,
        ("left", "right"),
        optional=("label",),
        may_be_empty=("label",),
        stage="read links",
        progress=progress,
    ):
        has_labels = "label" in rows.columns
        found = {
            side: _ends(rows, side, graph) for side, graph in (("left", left), ("right", right))
        }
        label, checks = _labels(rows)
        rows.refuse(*(check for _, check in found.values()), *checks)
        for side, (at, _) in found.items():
            ends[side].append(at)
        labels.append(label)
    columns = [np.concatenate(ends[side]) for side in ("left", "right")]
    links = Links.of_file(columns[0], columns[1], np.concatenate(labels))
    return _Table(path, split, links, has_labels)


def _ends(rows: Rows, side: str, graph: KnowledgeGraph) -> tuple[npt.NDArray[np.int64], Check]:
    """Look the ids of one side up, and say what is wrong with those that are not there."""
    found = graph.rows(rows.columns[side])
    what = f"no {side} entity has the id {{}}; correct it or drop the row"
    return found, Check(side, found < 0, what)


def _labels(rows: Rows) -> tuple[npt.NDArray[np.int8], list[Check]]:
    """Give the label of each row, and say what is wrong with those that have none."""
    if "label" not in rows.columns:
        return np.ones(len(rows), dtype=np.int8), []
    match = pc.equal(rows.columns["label"], "1").to_numpy()
    no_match = pc.equal(rows.columns["label"], "0").to_numpy()
    what = "{} is no label; write 1 (match) or 0 (not)"
    return match.astype(np.int8), [Check("label", ~(match | no_match), what)]


def _refuse_contradictions(
    tables: Sequence[_Table], links: Links, stated: npt.NDArray[np.int64]
) -> None:
    """Name the first link whose pair has another label where it was stated first.

    ``stated`` (links,): where that is. Several such links are counted.
    """
    against = np.flatnonzero(links.label != links.label[stated])
    if not len(against):
        return
    (table, row), (before, row_before) = (
        _place(tables, int(at)) for at in (against[0], stated[against[0]])
    )
    where = "" if before is table else f"{before.path}, "
    more = f"; so it is with {len(against) - 1:,} more" if len(against) > 1 else ""
    raise InputError.at(
        table.path,
        f"the pair has the other label in {where}row {row_before}; keep one of the two{more}",
        row=row,
        column="label" if table.has_labels else None,
    )


def _place(tables: Sequence[_Table], at: int) -> tuple[_Table, int]:
    """Give the table that holds a link, and the row there."""
    ends = np.cumsum([len(table.links) for table in tables])
    number = int(np.searchsorted(ends, at, side="right"))
    table = tables[number]
    return table, row_number(table.path, at - int(ends[number]) + len(table.links))


def _in_two_splits(count: int, splits: Sequence[str]) -> str:
    where = f"in two of the splits {', '.join(splits)}"
    if count == 1:
        return f"1 known pair stands {where}; it counts in the later one alone"
    return f"{count:,} known pairs stand {where}; each counts in the later one alone"


def links_of_pair(pair: Path, split: str) -> tuple[Path, ...]:
    """Find the tables of one split (train, valid, test) in a folder with left/, right/, links/.

    None where the split has none; raises ``InputError`` where it has several.
    """
    folder = pair / "links"
    found = sorted(
        path
        for path in (folder.iterdir() if folder.is_dir() else ())
        if is_table(path) and path.name.split(".")[0] == split
    )
    if len(found) > 1:
        names = " and ".join(path.name for path in found)
        raise InputError.at(folder, f"holds {names}; keep one of them")
    return tuple(found)
