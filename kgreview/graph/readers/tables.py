"""Tables on disk as Arrow columns: streamed, checked, and with the place of every row."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from kgreview.errors import InputError
from kgreview.graph.quoting import one_line, quoted
from kgreview.graph.readers import text_rows
from kgreview.progress import Progress, silent

FORMATS = (".tsv", ".csv", ".parquet")

_ROWS_AT_ONCE = 1_000_000
_BYTES_AT_ONCE = 64 * 1024 * 1024


class Check(NamedTuple):
    """Values of a column that must not be: where they are, and what to say, ``{}`` the value."""

    column: str
    wrong: pa.ChunkedArray | npt.NDArray[np.bool_]  # (rows,)
    what: str


@dataclass(frozen=True, eq=False)
class Rows:
    """A stretch of a table."""

    path: Path
    first: int  # how many rows of data stand before these
    columns: Mapping[str, pa.ChunkedArray]  # large strings without nulls, each (rows,)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def refuse(self, *checks: Check) -> None:
        """Raise ``InputError`` for the first row that one of the checks finds wrong."""
        found = [
            (int(index), check) for check in checks if (index := _first_true(check.wrong)) >= 0
        ]
        if found:
            index, check = min(found, key=lambda pair: pair[0])
            value = str(self.columns[check.column][index].as_py())
            what = check.what.replace("{}", quoted(value))
            raise self.error(index, check.column, what)

    def error(self, index: int, column: str, what: str) -> InputError:
        """Say what is wrong with the value of ``column`` at ``index`` within these rows."""
        return InputError.at(
            self.path, what, row=row_number(self.path, self.first + index), column=column
        )


def find_table(folder: Path, name: str) -> Path:
    """Find the one file of a table: ``name`` with a known format, plain or ``.gz``.

    Raises ``InputError`` where there is none or more than one.
    """
    names = [name + ending + gz for ending in FORMATS for gz in ("", ".gz")]
    found = [folder / file for file in names if (folder / file).is_file()]
    if not found:
        raise InputError.at(
            folder, f"has no {name} table; it needs {name}.tsv, .csv or .parquet, plain or .gz"
        )
    if len(found) > 1:
        files = ", ".join(path.name for path in found)
        raise InputError.at(folder, f"has {len(found)} {name} tables ({files}); keep one")
    return found[0]


def is_table(path: Path) -> bool:
    """Whether the name of a file says that it is a table of a known format."""
    return path.name.removesuffix(".gz").endswith(FORMATS)


def row_number(path: Path, record: int) -> int:
    """Give the number a user knows a row of data by; the header is row 1."""
    return record + 2 if _is_parquet(path) else text_rows.row_of(path, record)


def read_table(
    path: Path,
    columns: Sequence[str],
    *,
    optional: Sequence[str] = (),
    may_be_empty: Sequence[str] = (),
    stage: str = "read",
    progress: Progress = silent,
) -> Iterator[Rows]:
    """Read columns of a table in stretches of at most about a million rows.

    ``optional`` columns are given where the table has them; columns not asked for are passed over.
    Progress is in bytes of the file. Raises ``InputError`` for a table without rows or without a
    column, and for the first value that is too long, holds a NUL, is not UTF-8, or is empty in a
    column outside ``may_be_empty``.
    """

    def report(share: float) -> None:
        progress(stage, int(share * total), total)

    try:
        total = path.stat().st_size
        batches = _parquet_batches if _is_parquet(path) else _text_batches
        first = 0
        for rows in _stretches(path, batches(path, columns, optional, report)):
            _check(rows, may_be_empty)
            first += len(rows)
            yield rows
        if first == 0:
            raise InputError.at(path, "has no rows below its header; add them")
        report(1)
    except OSError as error:
        raise InputError.at(path, f"cannot be read ({error.strerror or error})") from error


def _check(rows: Rows, may_be_empty: Sequence[str]) -> None:
    checks = []
    for name, column in rows.columns.items():
        lengths = pc.binary_length(column)
        checks.append(Check(name, pc.greater(lengths, text_rows.LONGEST_VALUE), text_rows.TOO_LONG))
        checks.append(Check(name, pc.match_substring(column, "\0"), "holds a NUL byte; remove it"))
        if name not in may_be_empty:
            checks.append(Check(name, pc.equal(lengths, 0), "is empty; fill it or drop the row"))
    rows.refuse(*checks)


def _first_true(mask: pa.ChunkedArray | npt.NDArray[np.bool_]) -> int:
    if isinstance(mask, np.ndarray):
        return int(mask.argmax()) if mask.any() else -1
    return int(pc.index(mask, True).as_py())


def _stretches(path: Path, batches: Iterator[dict[str, pa.Array]]) -> Iterator[Rows]:
    """Put small batches together: look-ups cost the same for a thousand rows and a million."""
    first = held = size = 0
    waiting: list[dict[str, pa.Array]] = []

    def together() -> Rows:
        names = waiting[0].keys()
        return Rows(
            path,
            first,
            {
                name: pa.chunked_array([batch[name] for batch in waiting], pa.large_string())
                for name in names
            },
        )

    for batch in batches:
        length = len(next(iter(batch.values())))
        if not length:
            continue
        waiting.append(batch)
        held += length
        size += sum(column.nbytes for column in batch.values())
        if held >= _ROWS_AT_ONCE or size >= _BYTES_AT_ONCE:
            yield together()
            first += held
            held = size = 0
            waiting = []
    if waiting:
        yield together()


def _select(
    path: Path, row: int, names: Sequence[str], columns: Sequence[str], optional: Sequence[str]
) -> list[str]:
    """Give the columns to read. Raises ``InputError`` where one is missing or stands twice.

    ``row``: where the header that gives ``names`` stands.
    """
    wanted = [*columns, *(name for name in optional if name in names)]
    for name in wanted:
        if name not in names:
            there = ", ".join(quoted(n) for n in names[:8]) + (", …" if len(names) > 8 else "")
            raise InputError.at(
                path, f"is missing; name it in the header, which has {there}", row=row, column=name
            )
        if names.count(name) > 1:
            raise InputError.at(path, "stands more than once; keep one", row=row, column=name)
    return wanted


# -------------------------------------------------------------------- text


def _text_batches(
    path: Path,
    columns: Sequence[str],
    optional: Sequence[str],
    report: Callable[[float], None],
) -> Iterator[dict[str, pa.Array]]:
    header_row, names = text_rows.header(path)
    wanted = _select(path, header_row, names, columns, optional)
    comma = text_rows.is_csv(path)
    # numbers for names: the header may hold the same name twice among columns nobody reads
    positions = {name: str(names.index(name)) for name in wanted}
    size = max(1, path.stat().st_size)
    try:
        with path.open("rb", buffering=0) as file:
            source = pa.PythonFile(file, mode="r")
            if path.suffix == ".gz":
                source = pa.CompressedInputStream(source, "gzip")
            reader = pyarrow.csv.open_csv(
                source,
                pyarrow.csv.ReadOptions(
                    skip_rows=header_row,
                    column_names=[str(position) for position in range(len(names))],
                    block_size=text_rows.LONGEST_ROW,
                ),
                pyarrow.csv.ParseOptions(
                    delimiter="," if comma else "\t",
                    quote_char='"' if comma else False,
                    double_quote=comma,
                    newlines_in_values=comma,
                ),
                pyarrow.csv.ConvertOptions(
                    include_columns=list(positions.values()),
                    column_types=dict.fromkeys(positions.values(), pa.large_string()),
                    strings_can_be_null=False,
                ),
            )
            for batch in reader:
                report(file.tell() / size)
                yield {name: batch.column(position) for name, position in positions.items()}
        if comma:
            text_rows.check_quotes(path)
    except pa.ArrowInvalid as error:
        # Arrow does not say where; a second, slow look at the file does
        fault = text_rows.first_fault(path, wanted)
        if fault is None and next(_data(path), None) is None:
            return
        raise fault or InputError.at(path, f"cannot be read ({one_line(str(error))})") from error
    except OSError as error:
        if path.suffix == ".gz" and error.errno is None:
            raise text_rows.damaged_gzip(path) from error
        raise


def _data(path: Path) -> Iterator[tuple[int, list[bytes]]]:
    records = text_rows.text_records(path)
    next(records, None)
    return records


# -------------------------------------------------------------------- Parquet


def _is_parquet(path: Path) -> bool:
    return path.name.removesuffix(".gz").endswith(".parquet")


def _parquet_batches(
    path: Path,
    columns: Sequence[str],
    optional: Sequence[str],
    report: Callable[[float], None],
) -> Iterator[dict[str, pa.Array]]:
    first = 0
    try:
        with pyarrow.parquet.ParquetFile(_parquet_source(path)) as file:
            wanted = _select(path, 1, file.schema_arrow.names, columns, optional)
            for name in wanted:
                _check_kind(path, name, file.schema_arrow.field(name).type)
            rows = max(1, file.metadata.num_rows)
            for batch in file.iter_batches(_ROWS_AT_ONCE, columns=wanted):
                yield {name: _strings(path, name, batch.column(name), first) for name in wanted}
                first += len(batch)
                report(first / rows)
    except (pa.ArrowException, EOFError, zlib.error) as error:
        raise _damaged_parquet(path, error) from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise _damaged_parquet(path, error) from error  # Arrow's word for pages it cannot decode


def _damaged_parquet(path: Path, error: Exception) -> InputError:
    return InputError.at(
        path, f"is no Parquet file or a damaged one ({one_line(str(error))}); write it again"
    )


def _parquet_source(path: Path) -> str | pa.BufferReader:
    """Open a Parquet file; a compressed one is unpacked in memory, its end being read first."""
    if path.suffix != ".gz":
        return str(path)
    try:
        return pa.BufferReader(gzip.decompress(path.read_bytes()))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise text_rows.damaged_gzip(path) from error


def _check_kind(path: Path, name: str, kind: pa.DataType) -> None:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        raise InputError.at(path, f"holds {kind}; store text instead", column=name)


def _strings(path: Path, name: str, column: pa.Array, first: int) -> pa.Array:
    """Give a column as text, numbers and dates as Arrow writes them, nulls as empty."""
    text = column.cast(pa.large_string())
    try:
        text.validate(full=True)  # Parquet files may claim bytes to be text
    except pa.ArrowInvalid:
        for index, value in enumerate(text.cast(pa.large_binary())):
            try:
                (value.as_py() or b"").decode()
            except UnicodeDecodeError:
                row = row_number(path, first + index)
                raise InputError.at(path, text_rows.NOT_UTF_8, row=row, column=name) from None
        raise
    return pc.fill_null(text, "")
