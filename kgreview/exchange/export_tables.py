"""Pairs out as tables: CSV for spreadsheets, Parquet for programs, ``ent_links`` for OpenEA."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from kgreview.exchange.export import AlignedPair, Export
from kgreview.exchange.writing import Target, text_file
from kgreview.progress import Progress, silent
from kgreview.store.decisions import Decision

# A spreadsheet runs a cell that begins with one of these, also of full width, and after spaces
# and quotes. Where it parts columns by semicolons, each of them in a text begins a cell, too.
_RUNS = re.compile(
    r"(^|[;\t\n\r\v\f\x85\u2028\u2029])(\s*(?:['\"]\s*)*)(?=[-=+@\uff1d\uff0b\uff0d\uff20\u2212\ufe62\ufe63\ufe66\ufe6b])"
)
_NAME = re.compile(r"-[\w.:#~]*(?:$|[;\t\n\r])")  # an id: it can call nothing, and stays as it is
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
    """Give a cell that no spreadsheet runs as a formula: with an apostrophe before its sign.

    An id that begins with a hyphen stays as it is: without another sign it can call nothing. To
    have a text as it was, take one apostrophe from before each of the signs.
    """
    if not isinstance(value, str):
        return value

    def guarded(match: re.Match[str]) -> str:
        is_id = not match[2] and _NAME.match(text, match.end())
        return match[0] if is_id else f"{match[0]}'"

    text = value.replace("\0", "")
    return _RUNS.sub(guarded, text)


def sheet_writer(file: TextIO, columns: Iterable[str]) -> Callable[[Iterable[object]], None]:
    """Write the names of columns; give what writes a row for spreadsheets.

    Each text of it stands in quotes, and none is run.
    """
    csv.writer(file).writerow(columns)
    writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)

    def write_row(row: Iterable[object]) -> None:
        writer.writerow([harmless(value) for value in row])

    return write_row


def write_csv(target: Target, export: Export) -> None:
    """Write a row a pair as CSV, with a byte order mark as spreadsheets ask for it.

    What a spreadsheet would run as a formula gets an apostrophe, see ``harmless``.
    """
    with text_file(target.path, packed=target.packed) as file:
        file.write("\ufeff")
        write_row = sheet_writer(file, COLUMNS)
        for row in table_rows(export, target.progress):
            write_row(row.values())


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
    export.tell_qualified(target.notice)
    if broken:
        target.notice(f"{broken:,} matches left out: their ids hold a tab or a line break")


def _row(export: Export, pair: AlignedPair) -> dict[str, Any]:
    agreeing = [d for d in pair.decisions if pair.state in (d.outcome.value, "disputed")]
    return {
        "left": pair.left,
        "left_name": pair.left_name,
        "right": pair.right,
        "right_name": pair.right_name,
        "outcome": pair.state,
        "basis": pair.basis,
        "score": pair.score,
        "curator": "; ".join(dict.fromkeys(decision.curator for decision in agreeing)),
        "decided_at": max((decision.created_at for decision in agreeing), default=""),
        "reason": _joined(decision.reason for decision in agreeing),
        "note": _joined(decision.note for decision in agreeing),
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
