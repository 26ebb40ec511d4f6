"""Pairs out as tables: CSV for spreadsheets, Parquet for programs, ``ent_links`` for OpenEA."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kgreview.exchange.export import AlignedPair, Export
from kgreview.exchange.writing import Target, text_file
from kgreview.progress import Progress, silent
from kgreview.store.decisions import Decision

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet runs cells that begin so
_AT_ONCE = 50_000  # rows of a Parquet batch
_TEXTS = (
    *("left", "left_name", "right", "right_name", "outcome", "basis"),
    *("curator", "decided_at", "reason", "note", "group"),
)
COLUMNS = (*_TEXTS[:6], "score", *_TEXTS[6:])
_SCHEMA = pa.schema([(name, pa.float64() if name == "score" else pa.string()) for name in COLUMNS])


def table_rows(
    export: Export,
    progress: Progress = silent,
    start: int = 0,
    stop: int | None = None,
) -> Iterator[dict[str, Any]]:
    """Give the rows of the table: the pairs, then the left entities that have no counterpart.

    Each has ``COLUMNS``. ``start`` and ``stop``: which of ``count_rows`` rows, as of a list.
    """
    pairs = len(export.alignment)
    for pair in export.pairs(progress, places=slice(start, stop)):
        yield _row(export, pair)
    last = None if stop is None else max(0, stop - pairs)
    for decision in export.alignment.no_counterpart[max(0, start - pairs) : last]:
        yield _alone(export, decision)


def count_rows(export: Export) -> int:
    """Count the rows of the table."""
    return len(export.alignment) + len(export.alignment.no_counterpart)


def harmless(value: object) -> object:
    """Give a cell that no spreadsheet runs as a formula: with an apostrophe before it."""
    if isinstance(value, str):
        value = value.replace("\0", "")
        return f"'{value}" if value.startswith(_FORMULA) else value
    return value


def write_csv(target: Target, export: Export) -> None:
    """Write a row a pair as CSV, with a byte order mark as spreadsheets ask for it.

    A text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    with text_file(target.path, packed=target.packed) as file:
        file.write("\ufeff")
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in table_rows(export, target.progress):
            writer.writerow([harmless(value) for value in row.values()])


def write_parquet(target: Target, export: Export) -> None:
    """Write a row a pair as Parquet; the file's metadata says what it rests on."""
    note = {"kgreview": "\n".join(export.provenance.lines())}
    with pq.ParquetWriter(target.path, _SCHEMA.with_metadata(note)) as writer:
        rows = table_rows(export, target.progress)
        while batch := list(itertools.islice(rows, _AT_ONCE)):
            writer.write_table(pa.Table.from_pylist(batch, writer.schema))


def write_ent_links(target: Target, export: Export) -> None:
    """Write the ids of each match with a tab between them; ``notice`` hears of what cannot be."""
    broken = 0
    with text_file(target.path, packed=target.packed) as file:
        for pair in export.matches(target.progress):
            if any(mark in pair.left + pair.right for mark in "\t\r\n"):
                broken += 1
            else:
                file.write(f"{pair.left}\t{pair.right}\n")
    if broken:
        target.notice(f"{broken:,} matches left out: their ids hold a tab or a line break")


def _row(export: Export, pair: AlignedPair) -> dict[str, Any]:
    said = [d for d in pair.decisions if pair.state in (d.outcome.value, "disputed")]
    return {
        "left": pair.left,
        "left_name": pair.left_name,
        "right": pair.right,
        "right_name": pair.right_name,
        "outcome": pair.state,
        "basis": pair.basis,
        "score": pair.score,
        "curator": "; ".join(dict.fromkeys(decision.curator for decision in said)),
        "decided_at": max((decision.created_at for decision in said), default=""),
        "reason": _joined(decision.reason for decision in said),
        "note": _joined(decision.note for decision in said),
        "group": export.group_ids[pair.group] if pair.state == "match" else "",
    }


def _alone(export: Export, decision: Decision) -> dict[str, Any]:
    """Give the row of a decision that a left entity has no counterpart."""
    row = export.left.row(decision.left)
    return dict.fromkeys(COLUMNS, "") | {
        "left": decision.left,
        "left_name": export.names[0][row].as_py(),
        "outcome": decision.outcome.value,
        "basis": "decision",
        "score": None,
        "curator": decision.curator,
        "decided_at": decision.created_at,
        "reason": decision.reason or "",
        "note": decision.note or "",
        "group": export.group_ids[export.groups.left[row]],
    }


def _joined(texts: Any) -> str:
    return "; ".join(dict.fromkeys(text for text in texts if text))
