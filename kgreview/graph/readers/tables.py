"""Tables on disk as Arrow columns: streamed, checked, and with the place of every row."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from kgreview.arrays import Bools
from kgreview.errors import InputError
from kgreview.graph.quoting import counted, listed, one_line, quoted
from kgreview.graph.readers import text_rows
from kgreview.graph.readers.columns import find_columns, other_columns
from kgreview.graph.readers.dialects import LoneBackslashes, find_dialect, guess_dialect
from kgreview.graph.readers.layout import Layout, is_plain
from kgreview.graph.readers.parquet import ROWS_AT_ONCE, is_parquet, parquet_batches, parquet_layout
from kgreview.graph.readers.text_rows import Dialect
from kgreview.graph.readers.unpacking import open_gzip
from kgreview.progress import Notice, Progress, silent, unheard
from kgreview.text.placeholders import is_blank

FORMATS = (".tsv", ".csv", ".parquet")
_BYTES_AT_ONCE = 64 * 1024 * 1024


class Check(NamedTuple):
    """Values of a column that must not be: where they are, and what to say, ``{}`` the value."""

    column: str
    wrong: pa.ChunkedArray | Bools  # (rows,)
    what: str | Callable[[str], str]  # given the value


@dataclass(frozen=True, eq=False)
class Rows:
    """A stretch of a table."""

    path: Path
    dialect: Dialect | None  # of a text table
    first: int  # how many rows of data stand before these
    columns: Mapping[str, pa.ChunkedArray]  # large strings without nulls, each (rows,)
    others: tuple[str, ...] = ()  # those of the columns that were not asked for by name
    headers: int = 1  # rows of the file before its data

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def refuse(self, *checks: Check) -> None:
        """Raise ``InputError`` for the first row that one of the checks finds wrong."""
        faults = [
            (int(index), check) for check in checks if (index := _first_true(check.wrong)) >= 0
        ]
        if faults:
            index, check = min(faults, key=lambda pair: pair[0])
            value = str(self.columns[check.column][index].as_py())
            what = check.what(value) if callable(check.what) else check.what
            raise self.error(index, check.column, what.replace("{}", quoted(value)))

    def error(self, index: int, column: str, what: str) -> InputError:
        """Say what is wrong with the value of ``column`` at ``index`` within these rows."""
        return InputError.at(self.path, what, row=self.row_number(index), column=column)

    def row_number(self, index: int) -> int:
        """Give the number a user knows a row by: that of its line, or of its record in Parquet."""
        return _row_number(self.path, self.first + index, self.dialect, self.headers)


def find_table(folder: Path, name: str) -> Path | None:
    """Find the one file of a table: ``name`` with a known format, plain or ``.gz``.

    Upper and lower case are alike. Raises ``InputError`` where there is more than one.
    """
    names = {name + ending + gz for ending in FORMATS for gz in ("", ".gz")}
    tables = [path for path in files_in(folder) if path.name.lower() in names]
    if len(tables) > 1:
        files = ", ".join(path.name for path in tables)
        raise InputError.at(folder, f"has {len(tables)} {name} tables ({files}); keep one")
    return tables[0] if tables else None


def files_in(folder: Path) -> list[Path]:
    """Give the files of a folder by name, hidden ones left out."""
    try:
        return sorted(
            path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")
        )
    except OSError as error:
        raise InputError.at(folder, f"cannot be read ({error.strerror or error})") from error


def is_table(path: Path) -> bool:
    """Whether the name of a file says that it is a table of a known format."""
    return path.name.lower().removesuffix(".gz").endswith(FORMATS)


def row_number(path: Path, record: int, columns: Sequence[str] = ()) -> int:
    """Give the number a user knows a row of data by; the header is row 1.

    ``columns``: some that the table was read for.
    """
    dialect = None if is_parquet(path) else find_dialect(path, columns)
    return _row_number(path, record, dialect)


def _row_number(path: Path, record: int, dialect: Dialect | None, headers: int = 1) -> int:
    if dialect is None:
        return record + 2
    return text_rows.row_of(path, record + headers, dialect)


def read_table(
    path: Path,
    columns: Sequence[str],
    *,
    optional: Sequence[str] = (),
    values: Sequence[str] = (),
    others: bool = False,
    may_be_empty: Sequence[str] = (),
    rows_needed: bool = True,
    stage: str = "read",
    progress: Progress = silent,
    notice: Notice = unheard,
) -> Iterator[Rows]:
    """Read columns of a table in stretches of at most about a million rows.

    ``optional`` columns are given where the table has them. ``values`` are columns whose cells may
    be anything, empty, long or with NUL bytes. With ``others``, all columns that were not asked
    for are read as such; else they are passed over, of which ``notice`` is told. Progress is in
    bytes of the file. Raises ``InputError`` for a table without a column, or without rows where
    they are needed, and for the first name that is too long, holds a NUL, is not UTF-8, or is
    blank in a column outside ``may_be_empty``.
    """
    with _readable(path):
        layout = parquet_layout(path) if is_parquet(path) else _text_layout(path, columns, notice)
    asked, rest = _positions(path, layout, columns, optional, others, notice)
    is_empty = True
    places = {**asked, **rest}
    for rows in read_columns(
        path, layout, places, others=tuple(rest), stage=stage, progress=progress
    ):
        check_names(rows, {*values, *rest}, may_be_empty)
        is_empty = False
        yield rows
    if is_empty and rows_needed:
        raise InputError.at(path, "has no rows below its header; add them")


def read_columns(
    path: Path,
    layout: Layout,
    places: Mapping[str, int],
    *,
    others: tuple[str, ...] = (),
    stage: str = "read",
    progress: Progress = silent,
) -> Iterator[Rows]:
    """Read columns that stand at ``places``, as they are, in stretches as ``read_table`` does.

    A column of lists in Parquet is given as lists of strings. Raises ``InputError`` for a row that
    breaks the layout, and for text that is not UTF-8.
    """
    with _readable(path):
        total = path.stat().st_size

        def report(share: float) -> None:
            progress(stage, int(share * total), total)

        batches = (_text_batches if layout.dialect else parquet_batches)(
            path, layout, places, report
        )
        first = 0
        for stretch in _stretches(batches):
            rows = Rows(path, layout.dialect, first, stretch, others, int(layout.row > 0))
            first += len(rows)
            yield rows
        report(1)


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError.at(path, f"cannot be read ({error.strerror or error})") from error


def guess_layout(
    path: Path,
    delimiter: bytes | None = None,
    encoding: str | None = None,
    notice: Notice = unheard,
) -> Layout:
    """Read the header of a table of which nothing is known but what is given.

    Raises ``InputError`` for a file that is no table.
    """
    with _readable(path):
        if is_parquet(path):
            return parquet_layout(path)
        dialect = guess_dialect(path, delimiter, encoding, notice)
        return Layout(*text_rows.header(path, dialect), [], dialect)


def _positions(
    path: Path,
    layout: Layout,
    columns: Sequence[str],
    optional: Sequence[str],
    others: bool,
    notice: Notice,
) -> tuple[dict[str, int], dict[str, int]]:
    """Give the positions of the columns that are read: those asked for, and the others."""
    asked = find_columns(path, layout.row, layout.names, columns, optional)
    for name, place in asked.items() if layout.kinds else ():
        if not is_plain(layout.kinds[place]):
            raise InputError.at(
                path, f"holds {layout.kinds[place]}; store text instead", column=name
            )
    rest: dict[str, int] = {}
    if others:
        unread = {place for place, kind in enumerate(layout.kinds) if not is_plain(kind)}
        rest = other_columns(path, layout.row, layout.names, {*asked.values(), *unread})
    read = {*asked.values(), *rest.values()}
    passed = [name for place, name in enumerate(layout.names) if place not in read]
    if passed:
        notice(f"{path.name}: {counted(len(passed), 'column')} passed over ({listed(passed)})")
    return asked, rest


def check_names(rows: Rows, values: Collection[str], may_be_empty: Sequence[str]) -> None:
    """Raise ``InputError`` for the first id or name that can be none; ``values`` may be anything.

    It is too long, holds a NUL, or is blank in a column outside ``may_be_empty``.
    """
    checks = []
    for name, column in rows.columns.items():
        if name in values:
            continue
        lengths = pc.binary_length(column)
        checks.append(Check(name, pc.greater(lengths, text_rows.LONGEST_VALUE), text_rows.TOO_LONG))
        checks.append(Check(name, pc.match_substring(column, "\0"), "holds a NUL byte; remove it"))
        if name not in may_be_empty:
            checks.append(Check(name, pc.equal(lengths, 0), "is empty; fill it or drop the row"))
            checks.append(Check(name, is_blank(column), "is blank; fill it or drop the row"))
    rows.refuse(*checks)


def _first_true(mask: pa.ChunkedArray | Bools) -> int:
    if isinstance(mask, np.ndarray):
        return int(mask.argmax()) if mask.any() else -1
    return int(pc.index(mask, True).as_py())


def _stretches(batches: Iterator[dict[str, pa.Array]]) -> Iterator[dict[str, pa.ChunkedArray]]:
    """Put small batches together: look-ups cost the same for a thousand rows and a million."""
    held = size = 0
    waiting: list[dict[str, pa.Array]] = []
    for batch in batches:
        length = len(next(iter(batch.values())))
        if not length:
            continue
        waiting.append(batch)
        held += length
        size += sum(column.nbytes for column in batch.values())
        if held >= ROWS_AT_ONCE or size >= _BYTES_AT_ONCE:
            yield _together(waiting)
            held = size = 0
            waiting = []
    if waiting:
        yield _together(waiting)


def _together(batches: list[dict[str, pa.Array]]) -> dict[str, pa.ChunkedArray]:
    return {name: pa.chunked_array([batch[name] for batch in batches]) for name in batches[0]}


def _text_layout(path: Path, columns: Sequence[str], notice: Notice) -> Layout:
    dialect = find_dialect(path, columns, notice)
    row, names = text_rows.header(path, dialect)
    return Layout(row, names, [], dialect)


def _text_batches(
    path: Path, layout: Layout, positions: Mapping[str, int], report: Callable[[float], None]
) -> Iterator[dict[str, pa.Array]]:
    assert layout.dialect is not None
    size = max(1, path.stat().st_size)
    try:
        with path.open("rb", buffering=0) as file:
            for batch in _open_text(path, file, layout, positions):
                report(file.tell() / size)
                if _longest_row(batch) > text_rows.LONGEST_ROW:
                    raise pa.ArrowInvalid("a row may at times span two blocks")
                yield {name: batch.column(str(place)) for name, place in positions.items()}
    except (pa.ArrowInvalid, UnicodeError) as error:
        # Arrow does not say where; a second, slow look at the file does
        fault = text_rows.first_fault(path, layout.dialect, positions, len(layout.names))
        if fault is None and next(_data(path, layout), None) is None:
            return
        raise fault or InputError.at(path, f"cannot be read ({one_line(str(error))})") from error
    except (EOFError, zlib.error) as error:
        raise text_rows.damaged_gzip(path) from error
    except OSError as error:
        if text_rows.is_gzip(path) and error.errno is None:
            raise text_rows.damaged_gzip(path) from error
        raise


def _open_text(
    path: Path, file: FileIO, layout: Layout, positions: Mapping[str, int]
) -> pyarrow.csv.CSVStreamingReader:
    dialect = layout.dialect
    assert dialect is not None
    packed = text_rows.is_gzip(path)
    source = pa.PythonFile(open_gzip(path, file) if packed else file, mode="r")
    if dialect.encoding is not None:
        source = pa.transcoding_input_stream(source, dialect.encoding, "utf-8")
    if dialect.escapes:
        source = pa.TransformInputStream(source, LoneBackslashes())
    wanted = [str(place) for place in positions.values()]
    return pyarrow.csv.open_csv(
        source,
        pyarrow.csv.ReadOptions(
            skip_rows=layout.row,
            # numbers for names: the header may hold the same name twice among columns nobody reads
            column_names=[str(place) for place in range(len(layout.names))],
            block_size=text_rows.LONGEST_ROW,
        ),
        pyarrow.csv.ParseOptions(
            delimiter=dialect.delimiter.decode(),
            quote_char='"' if dialect.quotes else False,
            double_quote=dialect.quotes,
            escape_char="\\" if dialect.escapes else False,
            newlines_in_values=dialect.quotes,
        ),
        pyarrow.csv.ConvertOptions(
            include_columns=wanted,
            column_types=dict.fromkeys(wanted, pa.large_string()),
            strings_can_be_null=False,
        ),
    )


def _longest_row(batch: pa.RecordBatch) -> int:
    """Count the bytes of a batch's longest row; where all together are few, give that."""
    if batch.nbytes <= text_rows.LONGEST_ROW:
        return int(batch.nbytes)
    lengths = [np.asarray(pc.binary_length(column)) for column in batch.columns]
    return int(np.sum(lengths, axis=0).max(initial=0))


def _data(path: Path, layout: Layout) -> Iterator[tuple[int, list[bytes]]]:
    assert layout.dialect is not None
    rows = text_rows.records(path, layout.dialect)
    if layout.row:
        next(rows, None)
    return rows
