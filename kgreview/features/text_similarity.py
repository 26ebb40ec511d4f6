"""How alike the texts of pairs are: strings, sets of them, and the numbers within."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler

from kgreview.features.across_scripts import across_scripts, bones_across, cosine_across
from kgreview.features.fields import TextField, Texts
from kgreview.features.sparse_rows import (
    Floats,
    columns_in_order,
    paired_sum,
    row_pattern,
    row_ratio,
    row_sums,
    weigh_columns,
)
from kgreview.graph.values import spread
from kgreview.text.ngrams import Rows, paired_cosine, unit
from kgreview.text.readings import ValueType

_PAIRS = 25_000  # compared word by word at once
_WORTH_THREADS = 1_000  # pairs of strings, below which threads take longer than they spare
_MOST_ALIKE = 8  # strings of an entity among which the most alike are looked for

STRING_SCORERS: Mapping[str, Callable[..., float]] = {
    "ratio": fuzz.ratio,
    "token_sort": fuzz.token_sort_ratio,
    "token_set": fuzz.token_set_ratio,
    "partial": fuzz.partial_ratio,
    "jaro_winkler": JaroWinkler.similarity,
}
SET_MEASURES = (
    "shared",  # how telling the strings are that both have, in nats
    "jaccard",
    "cosine",
    "best",
    "mean_best",
    "left_words_found",
    "right_words_found",
)
EQUAL_MEASURES = SET_MEASURES[:2]
STRING_MEASURES = ("ratio", "token_set", "numbers_agree")


def spellings(texts: Texts, one: Rows, two: Rows) -> tuple[list[str], list[str]]:
    """Give strings to compare one to one: in Latin letters where one side is in these alone."""
    mixed = texts.is_latin[one] != texts.is_latin[two]
    return (
        [texts.latin[c] if m else texts.strings[c] for c, m in zip(one, mixed, strict=True)],
        [texts.latin[c] if m else texts.strings[c] for c, m in zip(two, mixed, strict=True)],
    )


def words_alike(texts: Texts, one: Rows, two: Rows) -> tuple[Floats, Floats]:
    """Give how much of either string's words has a like among the other's, by word weight.

    Each word counts with its best match's cosine of n-grams, so that "colour" finds "color", and
    an abbreviation a part of what it stands for (Monge and Elkan's measure, weighted).
    """
    left = np.full(len(one), np.nan, dtype=np.float32)
    right = left.copy()
    has_words = texts.few_words
    both = np.flatnonzero((has_words.counts(one) > 0) & (has_words.counts(two) > 0))
    for start in range(0, len(both), _PAIRS):
        part = both[start : start + _PAIRS]
        cosine, _, _, counts_1, counts_2 = _all_matches(
            *(has_words, has_words, texts, one[part], two[part]), by_words=True
        )
        of_left, of_right = _each_best(cosine, counts_1, counts_2)
        for alike, best, rows, counts in (
            (left, of_left, one[part], counts_1),
            (right, of_right, two[part], counts_2),
        ):
            weight = texts.word_weight[has_words.codes[spread(has_words.offsets[rows], counts)]]
            starts = np.cumsum(counts) - counts
            alike[part] = np.add.reduceat(best * weight, starts) / np.add.reduceat(weight, starts)
    return left, right


def string_scores(
    one: list[str], two: list[str], scorers: Mapping[str, Callable[..., float]]
) -> dict[str, npt.NDArray[np.float32]]:
    """Compare strings one to one by rapidfuzz, 0 to 1."""
    workers = min(2, os.cpu_count() or 1) if len(one) > _WORTH_THREADS else 1
    return {
        name: np.asarray(
            process.cpdist(one, two, scorer=scorer, dtype=np.float32, workers=workers),
            np.float32,
        )
        / np.float32(1 if name in ("jaro_winkler", "prefix") else 100)
        for name, scorer in scorers.items()
    }


def compare_strings(
    texts: Texts, one: Rows, two: Rows, scorers: Mapping[str, Callable[..., float]]
) -> dict[str, npt.NDArray[np.float32]]:
    """Compare strings one to one, (pairs,) each; across scripts what is left of them, too.

    There the mean counts: neither vowels nor consonants alone tell names apart.
    """
    scores = string_scores(*spellings(texts, one, two), scorers)
    across = np.flatnonzero(across_scripts(texts, one, two))
    if len(across):
        bones = string_scores(*bones_across(texts, one[across], two[across]), scorers)
        for name, score in scores.items():
            score[across] = (score[across] + bones[name]) / 2
    return scores


def numbers_agree(texts: Texts, one: Rows, two: Rows) -> Floats:
    """Compare the numbers in strings (versions, sequels, years): 1 the same, 0 none in common.

    nan where neither has any, −1 where only one side has.
    """
    a, b = texts.numbers[one], texts.numbers[two]
    count_1, count_2 = a.getnnz(axis=1), b.getnnz(axis=1)
    shared = row_sums(a.multiply(b))
    agree = row_ratio(shared, count_1 + count_2 - shared)
    agree[(count_1 == 0) ^ (count_2 == 0)] = -1
    return agree


def compared_as_strings(a: TextField, b: TextField) -> bool:
    """Tell whether two fields are short values of the entities' own, one to one."""
    return a.own and b.own and a.type is b.type is ValueType.STRING


def compare_texts(a: TextField, b: TextField, texts: Texts, left: Rows, right: Rows) -> Floats:
    """Compare texts as sets, and one to one where both are short values of their own.

    Pairs that say the same on either side are compared once: of a million entities few say another
    genre, or have another city near them.
    """
    one, two = numbered_sets(a, left), numbered_sets(b, right)
    keys = one * (1 + two.max(initial=0)) + two
    _, first, place = np.unique(keys, return_index=True, return_inverse=True)
    return _compare_texts(a, b, texts, left[first], right[first])[place]


def numbered_sets(field: TextField, rows: Rows) -> npt.NDArray[np.int64]:
    """Number what rows say, (rows,): the same number where they say the same in the same order."""
    used, place = np.unique(rows, return_inverse=True)
    counts, starts = field.counts(used), field.offsets[used]
    number = np.zeros(len(used), dtype=np.int64)
    width = 1 + int(field.codes.max(initial=0))
    last = 0
    for turn in range(int(counts.max(initial=0))):
        some = np.flatnonzero(counts > turn)
        longer = number[some] * width + field.codes[starts[some] + turn]
        further = np.unique(longer, return_inverse=True)[1]
        number[some] = last + 1 + further
        last += 1 + int(further.max(initial=0))
    return number[place]


def _compare_texts(a: TextField, b: TextField, texts: Texts, left: Rows, right: Rows) -> Floats:
    features = compare_sets(a, b, texts, left, right)
    if not compared_as_strings(a, b):
        return features
    strings = np.full((len(left), len(STRING_MEASURES)), np.nan, dtype=np.float32)
    both = np.flatnonzero((a.counts(left) > 0) & (b.counts(right) > 0))
    if len(both):
        _, one, two = most_alike(a, b, texts, left[both], right[both])
        distinct, place = np.unique(one * len(texts.strings) + two, return_inverse=True)
        one, two = distinct // len(texts.strings), distinct % len(texts.strings)
        scorers = {name: STRING_SCORERS[name] for name in ("ratio", "token_set")}
        scores = compare_strings(texts, one, two, scorers)
        columns = [scores["ratio"], scores["token_set"], numbers_agree(texts, one, two)]
        strings[both] = np.column_stack(columns)[place]
    return np.concatenate([features, strings], axis=1)


_Said = tuple[sp.csr_matrix, Rows]  # (entities, strings), and the row of each pair among them


def _said(
    a: TextField, b: TextField, texts: Texts, left: Rows, right: Rows
) -> tuple[Rows, _Said, _Said]:
    """Give the positions of pairs of which both entities say something, and what each side says."""
    both = np.flatnonzero((a.counts(left) > 0) & (b.counts(right) > 0))
    rows_1, place_1 = np.unique(left[both], return_inverse=True)
    rows_2, place_2 = np.unique(right[both], return_inverse=True)
    return both, (_values_of(a, rows_1, texts), place_1), (_values_of(b, rows_2, texts), place_2)


def compare_sets(a: TextField, b: TextField, texts: Texts, left: Rows, right: Rows) -> Floats:
    """Compare the sets of strings two entities say, (pairs, len(SET_MEASURES))."""
    features = np.full((len(left), len(SET_MEASURES)), np.nan, dtype=np.float32)
    both, (said_1, place_1), (said_2, place_2) = _said(a, b, texts, left, right)
    if len(both) == 0:
        return features
    places = place_1, place_2
    features[both, 0], features[both, 1] = _shared(said_1, said_2, texts, *places)
    grams_1, grams_2 = unit(said_1 @ texts.ngrams), unit(said_2 @ texts.ngrams)
    features[both, 2] = paired_cosine(grams_1, grams_2, *places)
    features[both, 3], features[both, 4] = _best(a, b, texts, left[both], right[both])
    words_1, words_2 = (
        columns_in_order(said_1 @ texts.words),
        columns_in_order(said_2 @ texts.words),
    )
    once, kept = row_pattern(words_2), row_pattern(words_1)
    features[both, 5] = row_ratio(paired_sum(words_1, once, *places), row_sums(words_1)[place_1])
    features[both, 6] = row_ratio(paired_sum(kept, words_2, *places), row_sums(words_2)[place_2])
    return features


def compare_equals(a: TextField, b: TextField, texts: Texts, left: Rows, right: Rows) -> Floats:
    """Compare sets of very many strings by the equal ones, (pairs, len(EQUAL_MEASURES))."""
    features = np.full((len(left), len(EQUAL_MEASURES)), np.nan, dtype=np.float32)
    both, (said_1, place_1), (said_2, place_2) = _said(a, b, texts, left, right)
    if len(both):
        features[both, 0], features[both, 1] = _shared(said_1, said_2, texts, place_1, place_2)
    return features


def _shared(
    one: sp.csr_matrix, two: sp.csr_matrix, texts: Texts, rows_one: Rows, rows_two: Rows
) -> tuple[npt.NDArray[np.float64], Floats]:
    """Give how telling the strings are that rows (rows, strings) share, and of all the share."""
    keys_1, keys_2 = _keys(one, texts), _keys(two, texts)
    weight_1, weight_2 = (weigh_columns(keys, texts.key_weight) for keys in (keys_1, keys_2))
    shared = paired_sum(weight_1, keys_2, rows_one, rows_two)
    total = row_sums(weight_1)[rows_one] + row_sums(weight_2)[rows_two]
    return shared, row_ratio(shared, total - shared)


def _values_of(field: TextField, rows: Rows, texts: Texts) -> sp.csr_matrix:
    """Give which strings some rows say, (rows, strings)."""
    counts = field.counts(rows)
    codes = field.codes[spread(field.offsets[rows], counts)]
    ones = np.ones(len(codes), dtype=np.float32)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    return sp.csr_matrix((ones, codes, offsets), shape=(len(rows), len(texts.strings)))


def _keys(values: sp.csr_matrix, texts: Texts) -> sp.csr_matrix:
    """Give which keys are said, each once, whatever the order of the words, (rows, keys)."""
    keys = texts.keys[values.indices]
    real = keys >= 0
    key_table = sp.csr_matrix(
        # a copy: what follows takes entries out, and would shift the rows of `said` with it
        (real.astype(np.float32), np.where(real, keys, 0), values.indptr.copy()),
        shape=(values.shape[0], len(texts.key_weight)),
    )
    key_table.sum_duplicates()
    key_table.eliminate_zeros()
    key_table.data[:] = 1
    return key_table


def _best(
    a: TextField, b: TextField, texts: Texts, left: Rows, right: Rows
) -> tuple[Floats, npt.NDArray[np.float64]]:
    """Give the cosine of the two strings most alike, and the mean of each string's best match.

    The mean is over the side that says less: two of forty actors shared are all that a film with
    two actors can share.
    """
    cosine, _, _, counts_1, counts_2 = _all_matches(a, b, texts, left, right)
    sizes = counts_1 * counts_2
    best = np.maximum.reduceat(cosine, np.cumsum(sizes) - sizes)
    of_left, of_right = _each_best(cosine, counts_1, counts_2)
    mean_left = np.add.reduceat(of_left, np.cumsum(counts_1) - counts_1) / counts_1
    mean_right = np.add.reduceat(of_right, np.cumsum(counts_2) - counts_2) / counts_2
    mean = np.where(counts_1 <= counts_2, mean_left, mean_right)
    mean = np.where(counts_1 == counts_2, (mean_left + mean_right) / 2, mean)
    return best, mean


def _each_best(cosine: Floats, counts_1: Rows, counts_2: Rows) -> tuple[Floats, Floats]:
    """Give each left and each right string's best match, from the order ``_all_matches`` gives."""
    sizes = counts_1 * counts_2
    rows = np.repeat(counts_2, counts_1)  # right strings to compare with, for each left string
    of_left = np.maximum.reduceat(cosine, np.cumsum(rows) - rows)
    within = np.arange(len(cosine)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    column = within % np.repeat(counts_2, sizes) + np.repeat(np.cumsum(counts_2) - counts_2, sizes)
    of_right = np.zeros(int(counts_2.sum()), dtype=np.float32)
    np.maximum.at(of_right, column, cosine)
    return of_left, of_right


def most_alike(
    a: TextField, b: TextField, texts: Texts, left: Rows, right: Rows
) -> tuple[Floats, Rows, Rows]:
    """Give cosine and both codes of the two strings most alike of each pair; both say some."""
    cosine, one, two, counts_1, counts_2 = _all_matches(a, b, texts, left, right)
    sizes = counts_1 * counts_2
    if len(cosine) == len(left):
        return cosine, one, two
    starts = np.cumsum(sizes) - sizes
    owner = np.repeat(np.arange(len(left)), sizes)
    # of equals the one with the smallest codes, which depend on the strings of both sides alone
    order = np.lexsort((two, one, -cosine, owner))[starts]
    return cosine[order], one[order], two[order]


def _all_matches(
    a: TextField,
    b: TextField,
    texts: Texts,
    left: Rows,
    right: Rows,
    *,
    by_words: bool = False,
) -> tuple[Floats, Rows, Rows, Rows, Rows]:
    """Compare the first strings of the left with those of the right entity, for all pairs.

    ``by_words``: the codes of the fields stand for words, and all of them are compared.

    Gives cosine, left code and right code, (matches,), and the strings each side says, (pairs,).
    """
    vectors = texts.word_ngrams if by_words else texts.ngrams
    most = len(a.codes) if by_words else _MOST_ALIKE
    counts_1 = np.minimum(a.counts(left), most)
    counts_2 = np.minimum(b.counts(right), most)
    elements = spread(a.offsets[left], counts_1)  # (left strings,)
    each = np.repeat(counts_2, counts_1)
    one = np.repeat(a.codes[elements], each)
    two = b.codes[spread(np.repeat(b.offsets[right], counts_1), each)]
    size = vectors.shape[0]
    distinct, place = np.unique(one * size + two, return_inverse=True)
    cosine = paired_cosine(vectors, vectors, distinct // size, distinct % size)
    if not by_words:
        across = np.flatnonzero(across_scripts(texts, distinct // size, distinct % size))
        if len(across):
            pairs = distinct[across]
            cosine[across] = cosine_across(texts, pairs // size, pairs % size)
    cosine = cosine[place]
    return cosine, one, two, counts_1, counts_2


def share_a_string(
    a: TextField, b: TextField, texts: Texts, left: Rows, right: Rows
) -> npt.NDArray[np.bool_]:
    """Tell whether two entities have a string in common, (pairs,)."""
    return (
        np.asarray(
            _values_of(a, left, texts).multiply(_values_of(b, right, texts)).sum(axis=1)
        ).ravel()
        > 0
    )


def words_alone(
    one: sp.csr_matrix, two: sp.csr_matrix
) -> tuple[sp.csr_matrix, sp.csr_matrix, Floats]:
    """Give the words only one side has, for either side, and the weight of those both have."""
    both = one.minimum(two)
    alone_1, alone_2 = (one - both).tocsr(), (two - both).tocsr()
    return alone_1, alone_2, row_sums(both)
