"""How alike the numbers and dates of pairs are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kgreview.features.fields import NumericField, Texts
from kgreview.features.sparse_rows import Floats, Wide
from kgreview.features.text_similarity import share_a_string
from kgreview.graph.values import spread
from kgreview.text.days import years
from kgreview.text.ngrams import Rows
from kgreview.text.readings import ValueType

AMOUNT_MEASURES = {
    ValueType.NUMBER: ("closeness", "equal", "log_ratio"),
    ValueType.DATE: ("years_apart", "equal_year", "days_apart", "signed_years"),
    ValueType.DURATION: ("closeness", "equal", "seconds_apart"),
}


def compare_amounts(
    a: NumericField, b: NumericField, texts: Texts, left: Rows, right: Rows
) -> Floats:
    """Compare the two amounts of a pair that are closest, (pairs, measures of the kind).

    Where none can be read on either side, the strings are compared: equal or not. What both sides
    say in words that cannot be read is equal, however far apart their other amounts are.
    """
    measures = AMOUNT_MEASURES[a.reading.type]
    features = np.full((len(left), len(measures)), np.nan, dtype=np.float32)
    both = np.flatnonzero((a.counts(left) > 0) & (b.counts(right) > 0))
    if not len(both):
        return features
    one, two = _closest(a, b, left[both], right[both])
    compared = _of_dates(one, two) if a.reading.type is ValueType.DATE else _of_numbers(one, two, a)
    unread = np.isnan(one[:, 0] + two[:, 0])
    words = unread | (_has_unread(a, left[both]) & _has_unread(b, right[both]))
    if words.any():
        rows = both[words]
        shared = share_a_string(a.text, b.text, texts, left[rows], right[rows])
        by_words = unread[words] | (shared & (compared[words, 1] != 1))
        where = np.flatnonzero(words)[by_words]
        compared[where] = np.nan
        compared[where, 1] = shared[by_words]
    features[both] = compared
    return features


def _has_unread(field: NumericField, rows: Rows) -> npt.NDArray[np.bool_]:
    """Tell whether an entity says something that cannot be read, (rows,)."""
    before = np.r_[0, np.cumsum(np.isnan(field.low))]
    has: npt.NDArray[np.bool_] = before[field.offsets[rows + 1]] > before[field.offsets[rows]]
    return has


def _closest(a: NumericField, b: NumericField, left: Rows, right: Rows) -> tuple[Wide, Wide]:
    """Give (low, high) of the amounts that are least apart, of either side, (pairs, 2)."""
    counts_1, counts_2 = a.counts(left), b.counts(right)
    each = np.repeat(counts_2, counts_1)
    at_1 = np.repeat(spread(a.offsets[left], counts_1), each)
    at_2 = spread(np.repeat(b.offsets[right], counts_1), each)
    one = np.column_stack([a.low[at_1], a.high[at_1]])
    two = np.column_stack([b.low[at_2], b.high[at_2]])
    sizes = counts_1 * counts_2
    if len(one) == len(left):
        return one, two
    owner = np.repeat(np.arange(len(left)), sizes)
    differ = np.abs(one - two).sum(axis=1)  # tells a whole year from a day in it
    order = np.lexsort((one[:, 0], differ, _apart(one, two), owner))  # nan comes last
    best = order[np.cumsum(sizes) - sizes]
    return one[best], two[best]


def _apart(one: Wide, two: Wide) -> npt.NDArray[np.float64]:
    """Give how far apart two stretches are, 0 where they meet, (pairs,)."""
    between = np.maximum(one[:, 0] - two[:, 1], two[:, 0] - one[:, 1])
    return np.where(np.isnan(between), np.nan, np.maximum(between, 0))


def _of_dates(one: Wide, two: Wide) -> Wide:
    """Give years apart, the same year, days apart (of single days only) and signed years."""
    year_1, year_2 = years(one), years(two)
    single = (one[:, 0] == one[:, 1]) & (two[:, 0] == two[:, 1])
    return np.column_stack(
        [
            _apart(year_1, year_2),
            (year_1 == year_2).all(axis=1),
            np.where(single, np.log1p(_apart(one, two)), np.nan),
            year_1[:, 0] - year_2[:, 0],
        ]
    )


def _of_numbers(one: Wide, two: Wide, field: NumericField) -> Wide:
    """Give closeness, equality, and the logarithm of the ratio or of the seconds apart."""
    apart, low_1, low_2 = _apart(one, two), one[:, 0], two[:, 0]
    seconds = field.reading.type is ValueType.DURATION
    with np.errstate(invalid="ignore", divide="ignore"):
        larger = np.maximum(np.abs(low_1), np.abs(low_2))
        closeness = np.where(larger == 0, 1.0, 1 - np.minimum(1, apart / larger))
        log_ratio = np.log1p(np.abs(low_1)) - np.log1p(np.abs(low_2))
    tolerance = np.ones(len(apart)) if seconds else 1e-9 * np.maximum(larger, 1)
    third = np.log1p(apart) if seconds else log_ratio
    equal = (np.abs(one - two) <= tolerance[:, None]).all(axis=1)  # 12 is not 12 to 15
    return np.column_stack([closeness, equal, third])
