"""Reader for link tables: which entities are known to be the same, or not to be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from kgreview.errors import InputError
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.readers.tables import Check, is_table, read_table, row_number
from kgreview.progress import Notice, Progress, silent, unheard


def read_links(
    path: Path,
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    progress: Progress = silent,
    notice: Notice = unheard,
) -> Links:
    """Read a table with the columns ``left`` and ``right`` (ids) and optionally ``label``, 1 or 0.

    Without labels all are matches. A link stated twice counts once. Raises ``InputError`` for an
    id that does not exist, another label, a pair with both labels, and whatever ``read_table``
    refuses.
    """
    if not path.is_file():
        raise InputError.at(path, "there is no such file; give a table with columns left, right")
    if not is_table(path):
        raise InputError.at(path, "is no .tsv, .csv or .parquet file, plain or .gz; rename it")
    lefts: list[npt.NDArray[np.int64]] = []
    rights: list[npt.NDArray[np.int64]] = []
    labels: list[npt.NDArray[np.int8]] = []
    for rows in read_table(
        path,
        ("left", "right"),
        optional=("label",),
        may_be_empty=("label",),
        stage="read links",
        progress=progress,
        notice=notice,
    ):
        ends = {"left": left.rows(rows.columns["left"]), "right": right.rows(rows.columns["right"])}
        checks = [
            Check(side, found < 0, f"no {side} entity has the id {{}}; correct it or drop the row")
            for side, found in ends.items()
        ]
        label = np.ones(len(rows), dtype=np.int8)
        if "label" in rows.columns:
            match = pc.equal(rows.columns["label"], "1").to_numpy()
            no_match = pc.equal(rows.columns["label"], "0").to_numpy()
            checks.append(
                Check("label", ~(match | no_match), "{} is no label; write 1 (match) or 0 (not)")
            )
            label = match.astype(np.int8)
        rows.refuse(*checks)
        lefts.append(ends["left"])
        rights.append(ends["right"])
        labels.append(label)
    return _distinct(
        path, Links(np.concatenate(lefts), np.concatenate(rights), np.concatenate(labels))
    )


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


def _distinct(path: Path, links: Links) -> Links:
    """Keep the first statement of each pair; ``InputError`` where a later one contradicts it."""
    pairs = np.stack([links.left, links.right], axis=1)
    _, first, group = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    stated = first[group.reshape(-1)]  # (links,) where the pair of each link was stated first
    against = np.flatnonzero(links.label != links.label[stated])
    if len(against):
        record = int(against[0])
        raise InputError.at(
            path,
            f"the pair has the other label in row {row_number(path, int(stated[record]))}; "
            "keep one of the two",
            row=row_number(path, record),
            column="label",
        )
    keep = np.sort(first)
    return Links(links.left[keep], links.right[keep], links.label[keep])
