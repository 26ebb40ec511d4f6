"""Strings as numbers: hashes, character n-grams as sparse vectors, how rare they are, cosines."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp

from kgreview.text.strings import LONGEST

Rows = npt.NDArray[np.integer]

BUCKETS = 1 << 20  # that n-grams are hashed into
_WORTH_SPREADING = 16  # pairs of a row, from which on it is spread out to be multiplied


def ngrams(normalised: pa.LargeStringArray, buckets: int = BUCKETS, size: int = 3) -> sp.csr_matrix:
    """Count the character n-grams within the words of normalised strings.

    Gives (strings, buckets), float32. Words are padded by one space at either end, and no n-gram
    spans two words, so the order of words does not matter. N-grams are hashed into ``buckets``.
    """
    rows, columns = [], []
    for start in range(0, len(normalised), 200_000):
        part = pc.utf8_slice_codeunits(normalised.slice(start, 200_000), 0, LONGEST)
        row, column = _ngrams_of(part, buckets, size)
        rows.append(row + start)
        columns.append(column)
    row = np.concatenate(rows) if rows else np.empty(0, np.int64)
    column = np.concatenate(columns) if columns else np.empty(0, np.int64)
    counts = sp.csr_matrix(
        (np.ones(len(row), np.float32), (row, column)), shape=(len(normalised), buckets)
    )
    counts.sum_duplicates()
    return counts


def _ngrams_of(
    strings: pa.LargeStringArray, buckets: int, size: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    text = "".join(f" {string} " for string in strings.to_pylist())
    points = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    lengths = np.asarray(pc.utf8_length(strings).to_numpy(zero_copy_only=False), np.int64) + 2
    of_point = np.repeat(np.arange(len(strings)), lengths)
    windows = len(points) - size + 1
    if windows <= 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    keys = np.zeros(windows, dtype=np.uint64)
    inner = np.ones(windows, dtype=bool)
    for i in range(size):
        keys = keys * np.uint64(0x100000001B3) + points[i : i + windows]
        if 0 < i < size - 1:
            inner &= points[i : i + windows] != 32
    keys = mix(keys[inner])
    return of_point[:windows][inner], (keys % np.uint64(buckets)).astype(np.int64)


def mix(keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Scatter integers evenly over 64 bits (the finaliser of SplitMix64)."""
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))


def hash_strings(strings: pa.Array) -> npt.NDArray[np.uint64]:
    """Give a hash of each string, (strings,): the same in every run and on every machine.

    So it breaks ties alike on both sides, whatever the order of the rows. Of a null it is that of
    an empty string. SipHash with the fixed key of pandas, 64 bits.
    """
    from pandas.util import hash_array

    given = pc.fill_null(strings, "").to_numpy(zero_copy_only=False)
    return hash_array(given.astype(object), categorize=False)


def hash_numbers(
    numbers: npt.NDArray[np.integer] | npt.NDArray[np.floating],
) -> npt.NDArray[np.uint64]:
    """Give a hash of each number, (numbers,), as ``hash_strings`` does of strings."""
    from pandas.util import hash_array

    return hash_array(np.ascontiguousarray(numbers))


def indicator(rows: Rows, columns: Rows, shape: tuple[int, int]) -> sp.csr_matrix:
    """Make a matrix that is 1 at some places, however often each is named."""
    matrix = sp.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def inverse_frequency(
    left: sp.csr_matrix, right: sp.csr_matrix, floor: float = 1.0
) -> npt.NDArray[np.float32]:
    """Weigh each column by how few rows of both sides have it: ln((1 + n) / (1 + df)) + floor."""
    having = left.getnnz(axis=0) + right.getnnz(axis=0)
    rows = left.shape[0] + right.shape[0]
    weights: npt.NDArray[np.float32] = (np.log((1 + rows) / (1 + having)) + floor).astype(
        np.float32
    )
    return np.maximum(weights, 0)


def unit(matrix: sp.csr_matrix, shortest: float = 0.0) -> sp.csr_matrix:
    """Scale each row to length 1; a row shorter than ``shortest`` stays shorter in proportion.

    The columns of a row come in order, as whatever multiplies two of them is quickest with.
    """
    matrix = matrix.tocsr().astype(np.float32)
    matrix.sum_duplicates()  # and sorts
    # the product of the matrix with itself would look each place up
    places = (matrix.data * matrix.data, matrix.indices, matrix.indptr)
    squares = np.asarray(sp.csr_matrix(places, shape=matrix.shape).sum(axis=1)).ravel()
    lengths = np.maximum(np.sqrt(squares), shortest)
    lengths[lengths == 0] = 1
    matrix.data *= np.repeat((1 / lengths).astype(np.float32), np.diff(matrix.indptr))
    return matrix


def paired_cosine(
    left: sp.csr_matrix, right: sp.csr_matrix, left_rows: Rows, right_rows: Rows
) -> npt.NDArray[np.float32]:
    """Multiply row by row: the cosine of pairs of unit vectors, (pairs,).

    No row of ``left`` has a column twice. Quickest where pairs of a left row follow each other.
    """
    cosine = np.zeros(len(left_rows), dtype=np.float32)
    room = np.zeros(left.shape[1], dtype=np.float32)
    for start in range(0, len(left_rows), 50_000):
        part = slice(start, start + 50_000)
        rows = left_rows[part]
        offered = right[right_rows[part]]
        begins = np.flatnonzero(np.diff(rows, prepend=rows[0] + 1))
        if len(begins) * _WORTH_SPREADING <= len(rows):
            product = _spread_product(left, rows[begins], begins, offered, room)
        else:
            product = left[rows].multiply(offered)
        cosine[part] = np.asarray(product.sum(axis=1)).ravel()
    return np.clip(cosine, 0, 1)


def _spread_product(
    left: sp.csr_matrix,
    rows: Rows,
    begins: Rows,
    offered: sp.csr_matrix,
    room: npt.NDArray[np.float32],
) -> sp.csr_matrix:
    """Multiply each of ``rows`` with the offered ones from its begin on: to look a column up in a
    row that is spread out takes a fraction of meeting two rows entry by entry.

    ``room`` (columns,) is for spreading, 0 before and after.
    """
    looked_up = np.empty(offered.nnz, dtype=np.float32)
    edges = offered.indptr[np.append(begins, offered.shape[0])]
    for row, first, end in zip(rows.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        entries = slice(left.indptr[row], left.indptr[row + 1])
        columns = left.indices[entries]
        room[columns] = left.data[entries]
        looked_up[first:end] = room[offered.indices[first:end]]
        room[columns] = 0
    looked_up *= offered.data
    product = sp.csr_matrix((looked_up, offered.indices, offered.indptr), shape=offered.shape)
    product.eliminate_zeros()  # so that it adds up to the last bit as if entries had met
    return product
