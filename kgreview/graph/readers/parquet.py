"""Parquet files as Arrow columns of text, in batches."""

from __future__ import annotations

import contextlib
import gzip
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from kgreview.errors import InputError
from kgreview.graph.quoting import one_line
from kgreview.graph.readers import text_rows
from kgreview.graph.readers.layout import Layout, is_list
from kgreview.graph.readers.unpacking import Allowance, open_gzip

ROWS_AT_ONCE = 1_000_000
_A_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}  # in units of a duration


def is_parquet(path: Path) -> bool:
    """Whether the name of a file says that it is Parquet."""
    return path.name.lower().removesuffix(".gz").endswith((".parquet", ".pq"))


@contextlib.contextmanager
def _open_parquet(
    path: Path, as_dictionary: Sequence[str] = ()
) -> Iterator[pyarrow.parquet.ParquetFile]:
    """Open a Parquet file; ``as_dictionary``: columns of strings that are not written out."""
    try:
        with pyarrow.parquet.ParquetFile(
            _parquet_source(path), read_dictionary=list(as_dictionary)
        ) as file:
            yield file
    except MemoryError:
        raise
    except (pa.ArrowException, EOFError, zlib.error) as error:
        raise _damaged_parquet(path, error) from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise _damaged_parquet(path, error) from error  # Arrow's word for pages it cannot decode


def parquet_layout(path: Path) -> Layout:
    """Read the names and types of the columns. Raises ``InputError`` for a damaged file."""
    with _open_parquet(path) as file:
        return Layout(1, file.schema_arrow.names, file.schema_arrow.types, None)


def parquet_batches(
    path: Path, layout: Layout, positions: Mapping[str, int], report: Callable[[float], None]
) -> Iterator[dict[str, pa.Array]]:
    """Read the columns at ``positions`` as text, a batch of rows at a time."""
    first = 0
    names = {name: layout.names[place] for name, place in positions.items()}
    kinds = dict(zip(layout.names, layout.kinds, strict=True))
    # one value may stand for millions: as a dictionary it is there once, until it is counted
    strings = [own for own in names.values() if _is_string(kinds[own])]
    allowance = Allowance(path)
    with _open_parquet(path, strings) as file:
        _check_pages(file, names.values(), Allowance(path))
        rows = max(1, file.metadata.num_rows)
        for batch in file.iter_batches(ROWS_AT_ONCE, columns=list(names.values())):
            for own in names.values():
                allowance.take(_size_as_text(batch.column(own)))
            yield {
                name: _strings(path, name, batch.column(own), first) for name, own in names.items()
            }
            first += len(batch)
            report(first / rows)


def _check_pages(
    file: pyarrow.parquet.ParquetFile, wanted: Collection[str], allowance: Allowance
) -> None:
    """Count what the columns that are read say they unpack to, before a page is unpacked."""
    for group in range(file.metadata.num_row_groups):
        columns = file.metadata.row_group(group)
        for place in range(columns.num_columns):
            column = columns.column(place)
            if column.path_in_schema.split(".")[0] in wanted:
                allowance.take(max(0, column.total_uncompressed_size))


def _size_as_text(column: pa.Array) -> int:
    """Count the bytes a column takes as text, at least, without writing it out."""
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    lengths = pc.fill_null(pc.binary_length(column.dictionary.cast(pa.large_binary())), 0)
    codes = column.indices.drop_null().to_numpy(zero_copy_only=False)
    times = np.bincount(codes, minlength=len(lengths))
    sizes = np.asarray(lengths.to_numpy(zero_copy_only=False), dtype=np.float64)
    return int((sizes * times).sum()) + 8 * len(column)


def _is_string(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _damaged_parquet(path: Path, error: Exception) -> InputError:
    return InputError.at(
        path, f"is no Parquet file or a damaged one ({one_line(str(error))}); write it again"
    )


def _parquet_source(path: Path) -> str | pa.BufferReader:
    """Open a Parquet file; a compressed one is unpacked in memory, its end being read first."""
    if not text_rows.is_gzip(path):
        return str(path)
    try:
        with open_gzip(path) as file:
            return pa.BufferReader(file.read())
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise text_rows.damaged_gzip(path) from error


def _strings(path: Path, name: str, column: pa.Array, first: int) -> pa.Array:
    """Give a column as text, numbers and dates as Arrow writes them, nulls as empty."""
    if is_list(column.type):
        return column.cast(pa.large_list(pa.large_string()))
    text = _in_seconds(column) if pa.types.is_duration(column.type) else column
    text = text.cast(pa.large_string())
    try:
        text.validate(full=True)  # Parquet files may claim bytes to be text
    except pa.ArrowInvalid:
        for index, value in enumerate(text.cast(pa.large_binary())):
            try:
                (value.as_py() or b"").decode()
            except UnicodeDecodeError:
                row = first + index + 2  # the header is row 1
                raise InputError.at(path, text_rows.NOT_UTF_8, row=row, column=name) from None
        raise
    return pc.fill_null(text, "")


def _in_seconds(column: pa.Array) -> pa.Array:
    """Write durations with their unit, which Arrow leaves out: 8100 s."""
    amounts = pc.divide(column.cast(pa.int64()).cast(pa.float64()), _A_SECOND[column.type.unit])
    return pc.binary_join_element_wise(amounts.cast(pa.string()), "s", " ")
