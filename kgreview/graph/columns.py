"""Columns of numbers and strings on the disk: opened whole, or told in one line."""

from __future__ import annotations

import io
import json
import math
import mmap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kgreview.errors import InputError
from kgreview.graph.quoting import one_line

_REMEDY = "restore it from a backup, or see `kgreview doctor PROJECT`"


def open_column(path: Path, *, mapped: bool = True) -> npt.NDArray[Any]:
    """Open a ``.npy`` file, memory-mapped unless it is empty or not to be.

    Raises ``InputError`` where it is not there, or not whole.
    """
    try:
        try:
            # a plain array over the map: the memmap class costs at every slice and adds nothing
            return np.asarray(np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False))
        except ValueError:  # an empty column cannot be mapped
            return np.asarray(np.load(path, allow_pickle=False))
    except FileNotFoundError as error:
        raise InputError.at(path, f"is not there; {_REMEDY}") from error
    except (OSError, ValueError, EOFError, OverflowError, SyntaxError) as error:
        raise damaged(path, error) from error


def let_go(column: npt.NDArray[Any]) -> None:
    """Let go of what was read of a memory-mapped column, else all of it counts as memory held.

    It can be read again: the system keeps what it has room for. Of any other array nothing happens.
    """
    base: Any = column
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        base.madvise(mmap.MADV_DONTNEED)


def open_strings(path: Path) -> pa.LargeStringArray:
    """Open a saved column of strings, memory-mapped. Raises ``InputError`` for a damaged one."""
    with pa.memory_map(str(path)) as source:
        column = pa.ipc.open_file(source).read_all().column(0)
    if column.num_chunks == 0:
        return pa.array([], type=pa.large_string())
    strings = column.chunk(0)
    _check_offsets(path, strings)
    return strings


def _check_offsets(path: Path, strings: pa.LargeStringArray) -> None:
    """Raise ``InputError`` where strings do not lie one after another.

    To read such a one ends the process. Of a graph this alone is read through when it is opened, 8
    bytes a string.
    """
    if not len(strings):
        return
    _, offsets, data = strings.buffers()
    starts = np.frombuffer(offsets, np.int64)[: len(strings) + 1]
    size = 0 if data is None else data.size
    in_order = len(starts) == len(strings) + 1 and bool((starts[:-1] <= starts[1:]).all())
    if not (in_order and starts[0] >= 0 and starts[-1] <= size):
        raise InputError.at(path, f"is damaged; {_REMEDY}")


def write_column(
    path: Path,
    shape: tuple[int, ...],
    dtype: npt.DTypeLike,
    parts: Iterable[npt.NDArray[Any]],
    done: int = 0,
) -> None:
    """Write a ``.npy`` file of ``shape`` from parts, one after another.

    ``done``: how many rows are there already, see ``rows_written``. Raises ``OSError`` where the
    disk is full, as writing through a memory map would not.
    """
    kind, header = np.dtype(dtype), _header(shape, dtype)
    with path.open("r+b" if done else "wb") as file:
        file.write(header)
        file.truncate(len(header) + done * _row_bytes(shape, kind))
        file.seek(0, 2)
        for part in parts:
            file.write(np.ascontiguousarray(part, kind).data)


def rows_written(path: Path, shape: tuple[int, ...], dtype: npt.DTypeLike) -> int:
    """Count the rows of a ``.npy`` file that was to have ``shape`` and was not finished."""
    header = _header(shape, dtype)
    try:
        with path.open("rb") as file:
            if file.read(len(header)) != header:
                return 0
        beyond = path.stat().st_size - len(header)
    except OSError:
        return 0
    return min(shape[0], beyond // max(1, _row_bytes(shape, dtype)))


def _header(shape: tuple[int, ...], dtype: npt.DTypeLike) -> bytes:
    named = np.lib.format.header_data_from_array_1_0(np.empty(0, dtype)) | {"shape": shape}
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, named)
    return file.getvalue()


def _row_bytes(shape: tuple[int, ...], dtype: npt.DTypeLike) -> int:
    return math.prod(shape[1:]) * np.dtype(dtype).itemsize


def read_json(path: Path) -> Any:
    """Read a JSON file of a project. Raises ``InputError`` where it is not there, or not whole."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError.at(path, f"is not there; {_REMEDY}") from error
    except (OSError, ValueError, RecursionError) as error:
        raise damaged(path, error) from error


def finite(values: Any) -> Any:
    """Give JSON values, null for numbers that JSON has no form for; named tuples are objects."""
    if isinstance(values, float):
        return values if math.isfinite(values) else None
    if hasattr(values, "_asdict"):
        values = values._asdict()
    if isinstance(values, Mapping):
        return {name: finite(value) for name, value in values.items()}
    if isinstance(values, list | tuple):
        return [finite(value) for value in values]
    return values


def damaged(path: Path, error: Exception) -> InputError:
    """Say that a file is not whole."""
    why = "no column" if "pickle" in str(error) else one_line(str(error))
    return InputError.at(path, f"is empty, cut short or damaged ({why}); {_REMEDY}")
