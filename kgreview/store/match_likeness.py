"""How much pairs look like known matches in what both of their entities have.

A network that has seen one match without a name may take a missing name for a sign against any
other, and score all of them so low that no strategy that goes by scores ever asks one. So a second,
plainer opinion is needed, to which what is missing says nothing.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kgreview.arrays import Floats, Rows

_BACKGROUND = 20_000  # candidates drawn to tell what is common
_BINS = 10  # of a similarity, as many candidates in each
_PRIOR = 5.0  # matches that a similarity must outnumber before it tells much
_FEW_COLUMNS = 10  # a pair that has fewer similarities is held to tell nothing by the others
_FEWEST = 100  # values of a similarity below which it is left out


def match_likeness(
    similarities: npt.NDArray[np.float32], matches: Rows, some: Rows, seed: int = 0
) -> Floats:
    """Compare the pairs ``some`` (rows of ``similarities``, (pairs, F)) with known ``matches``.

    The mean over the similarities that are there of log p(value | match) / p(value), by histograms
    with a prior: naive Bayes, but that what is missing says nothing (``some``,).
    """
    rng = np.random.default_rng(seed)
    drawn = min(_BACKGROUND, len(similarities))
    common = similarities[np.sort(rng.choice(len(similarities), drawn, replace=False))]
    match_rows, asked = similarities[np.sort(matches)], similarities[some]
    total, columns = np.zeros(len(some)), np.zeros(len(some))
    for column in range(similarities.shape[1]):
        background, of_matches = (_there(values[:, column]) for values in (common, match_rows))
        if len(background) < _FEWEST:
            continue
        edges = np.unique(np.quantile(background, np.linspace(0, 1, _BINS + 1)[1:-1]))
        usual = _histogram(background, edges) + 1.0
        usual /= usual.sum()
        wanted = _histogram(of_matches, edges) + _PRIOR * usual
        wanted /= wanted.sum()
        there = np.flatnonzero(~np.isnan(asked[:, column]))
        bins = np.searchsorted(edges, asked[there, column], side="right")
        total[there] += np.log(wanted / usual)[bins]
        columns[there] += 1
    return total / np.maximum(columns, _FEW_COLUMNS)


def _there(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return values[~np.isnan(values)]


def _histogram(values: npt.NDArray[np.float32], edges: npt.NDArray[np.floating]) -> Floats:
    bins = np.searchsorted(edges, values, side="right")
    return np.bincount(bins, minlength=len(edges) + 1).astype(np.float64)
