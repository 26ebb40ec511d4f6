"""Pairs out as tables: CSV for spreadsheets, Parquet for programs, ``ent_links`` for OpenEA."""

from __future__ import annotations

import csv
import itertools
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kgreview.exchange.export import AlignedPair, Export
from kgreview.exchange.writing import Target, text_file

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet runs cells that begin so
_AT_ONCE = 50_000  # rows of a Parquet batch
_TEXTS = (
    *("left", "left_name", "right", "right_name", "outcome", "basis"),
    *("curator", "decided_at", "reason", "note", "group"),
)
_SCHEMA = pa.schema(
    [(name, pa.string()) for name in _TEXTS[:6]]
    + [("score", pa.float64())]
    + [(name, pa.string()) for name in _TEXTS[6:]]
)


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
        writer.writerow(_SCHEMA.names)
        for pair in export.pairs(target.progress):
            writer.writerow([harmless(value) for value in _row(export, pair).values()])
        for row in _alone(export):
            writer.writerow([harmless(value) for value in row.values()])


def write_parquet(target: Target, export: Export) -> None:
    """Write a row a pair as Parquet; the file's metadata says what it rests on."""
    note = {"kgreview": "\n".join(export.provenance.lines())}
    with pq.ParquetWriter(target.path, _SCHEMA.with_metadata(note)) as writer:
        rows = itertools.chain(
            (_row(export, pair) for pair in export.pairs(target.progress)), _alone(export)
        )
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


def _alone(export: Export) -> list[dict[str, Any]]:
    """Give a row for each decision that a left entity has no counterpart."""
    rows = []
    for decision in export.alignment.no_counterpart:
        row = export.left.row(decision.left)
        rows.append(
            dict.fromkeys(_SCHEMA.names, "")
            | {
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
        )
    return rows


def _joined(texts: Any) -> str:
    return "; ".join(dict.fromkeys(text for text in texts if text))
