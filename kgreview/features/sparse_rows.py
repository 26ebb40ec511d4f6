"""Figures of the rows of sparse matrices, which hold entities' strings or words."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kgreview.text.ngrams import Rows

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Wide = npt.NDArray[np.float64]


def row_sums(matrix: sp.csr_matrix) -> Floats:
    """Add up each row, (rows,)."""
    return np.asarray(matrix.sum(axis=1), dtype=np.float32).ravel()


def row_maxima(matrix: sp.csr_matrix) -> Floats:
    """Give the largest value of each row, (rows,)."""
    return np.asarray(matrix.max(axis=1).toarray(), dtype=np.float32).ravel()


def row_ratio(part: npt.NDArray[np.floating], whole: npt.NDArray[np.floating]) -> Floats:
    """Divide pair by pair, (rows,); nan where the whole is nothing."""
    ratios: Floats = np.full(len(part), np.nan, dtype=np.float32)
    np.divide(part, whole, out=ratios, where=np.asarray(whole) > 0, casting="same_kind")
    return ratios


def row_cosine(one: sp.csr_matrix, two: sp.csr_matrix) -> Floats:
    """Give the cosine of rows pair by pair, (rows,); nan where one is empty."""
    lengths = np.sqrt(row_sums(one.multiply(one)) * row_sums(two.multiply(two)))
    return row_ratio(row_sums(one.multiply(two)), lengths)


def weigh_columns(matrix: sp.csr_matrix, weights: Floats) -> sp.csr_matrix:
    """Multiply each column by its weight; the places are those of the matrix itself."""
    data = matrix.data * weights[matrix.indices]
    return sp.csr_matrix((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def columns_in_order(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """Sort the entries of each row, as rows in pairs are multiplied quickest."""
    matrix.sort_indices()
    return matrix


def row_pattern(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """Give 1 where a matrix has an entry; the places are its own, which nobody changes."""
    ones = np.ones(matrix.nnz, dtype=matrix.dtype)
    return sp.csr_matrix((ones, matrix.indices, matrix.indptr), shape=matrix.shape)


def paired_sum(
    one: sp.csr_matrix, two: sp.csr_matrix, rows_one: Rows, rows_two: Rows
) -> npt.NDArray[np.float64]:
    """Multiply rows of two matrices pair by pair and add up, (pairs,)."""
    product = one.tocsr()[rows_one].multiply(two.tocsr()[rows_two])
    return np.asarray(product.sum(axis=1), dtype=np.float64).ravel()
