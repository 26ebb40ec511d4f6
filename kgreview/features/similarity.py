"""How alike the entities of a pair are on their face: one row of numbers for each pair."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler, Prefix
from scipy.special import expit

from kgreview.features.choice import (
    Chosen,
    choose_fields,
    compared_relations,
    named_fields,
)
from kgreview.features.fields import Fields, NumericField, TextField, Texts, read_fields
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import Schema
from kgreview.graph.sides import Sides, read_sides
from kgreview.graph.values import spread
from kgreview.progress import Progress, silent
from kgreview.text.days import years
from kgreview.text.ngrams import Rows, paired_cosine, unit
from kgreview.text.readings import ValueType

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Wide = npt.NDArray[np.float64]

_PAIRS = 50_000  # compared at once
_MOST_ALIKE = 8  # strings of an entity among which the most alike are looked for

_STRING_SCORERS: Mapping[str, Callable[..., float]] = {
    "ratio": fuzz.ratio,
    "token_sort": fuzz.token_sort_ratio,
    "token_set": fuzz.token_set_ratio,
    "partial": fuzz.partial_ratio,
    "jaro_winkler": JaroWinkler.similarity,
}
_NAME = (
    "cosine",
    *_STRING_SCORERS,
    "word_cosine",
    "word_jaccard",
    "left_words_found",
    "right_words_found",
    "left_words_alike",
    "right_words_alike",
    "rarest_number_shared",
    "same_beginning",
    "rarest_left_word_alone",
    "rarest_right_word_alone",
    "equal",
    "equal_words",
    "first_word_equal",
    "length_ratio",
    "words_difference",
    "numbers_agree",
    "left_namesakes",
    "right_namesakes",
    "missing",
)
_SET = (
    "shared",  # how telling the strings are that both have, in nats
    "jaccard",
    "cosine",
    "best",
    "mean_best",
    "left_words_found",
    "right_words_found",
)
_STRING = ("ratio", "token_set", "numbers_agree")
_AMOUNT = {
    ValueType.NUMBER: ("closeness", "equal", "log_ratio"),
    ValueType.DATE: ("years_apart", "equal_year", "days_apart", "signed_years"),
    ValueType.DURATION: ("closeness", "equal", "seconds_apart"),
}
_STRUCTURE = ("left_degree", "right_degree", "degree_ratio")


@dataclass(frozen=True, eq=False)
class PairSimilarity:
    """Compares entities of two graphs by name, attributes and neighbours, without any label.

    Fit once on both graphs; then ``compute`` gives a row of features for any pairs, nan where
    either side lacks the value. Features are similarities (higher is more alike), except where
    their name says apart, difference, degree, namesakes or alone.
    """

    left: Fields
    right: Fields
    texts: Texts
    chosen: Chosen
    degrees: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]
    only: tuple[Bools, Bools] | None = None  # the entities that can be compared; None: all

    @classmethod
    def fit(
        cls,
        left: KnowledgeGraph,
        right: KnowledgeGraph,
        schema: Schema,
        sides: Sides | None = None,
        names: Sequence[str] | None = None,
        only: tuple[Bools, Bools] | None = None,
    ) -> PairSimilarity:
        """Read both graphs and choose which fields to compare.

        ``sides``: their values as ``schema`` has them, if they are read already. ``names``: the
        features of an earlier fit, whose fields are compared again, whatever overlaps most now.
        ``only``, with ``names``: (entities,) of either side that will be compared, if they are few.
        Raises ``ValueError`` where these fields can no longer be compared.
        """
        assert only is None or names is not None, "what overlaps most is told by all entities"
        sides = sides or read_sides(left, right, schema)
        texts_of, numbers_of = _fields_named(names or ())
        wanted = [{pair[side] for pair in texts_of + numbers_of} for side in (0, 1)]
        compared = compared_relations(schema, left, right) if names is None else []
        relations = (
            {left.relation_code(*a) for a, _ in compared},
            {right.relation_code(*b) for _, b in compared},
        )
        both = (wanted[0], wanted[1])
        one, two, texts = read_fields(*sides, both, relations, only or (None, None))
        found = cls(
            left=one,
            right=two,
            texts=texts,
            chosen=choose_fields(one, two, texts, schema, left, right)
            if names is None
            else named_fields(one, two, texts_of, numbers_of),
            degrees=(np.diff(left.edge_offsets), np.diff(right.edge_offsets)),
            only=only,
        )
        if names is not None and found.feature_names != tuple(names):
            raise ValueError("fields are read otherwise than before")
        return found

    def covers(self, left: Rows, right: Rows) -> Bools:
        """Tell which pairs of rows can be compared, (pairs,)."""
        if self.only is None:
            return np.ones(len(left), np.bool_)
        found: Bools = self.only[0][left] & self.only[1][right]
        return found

    @property
    def text_pairs(self) -> tuple[tuple[TextField, TextField], ...]:
        """The fields that are compared as strings."""
        return self.chosen.texts

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features, "what: measure", (features,)."""
        names = [f"name: {measure}" for measure in _NAME]
        for a, b in self.text_pairs:
            what = f"{a.name} ~ {b.name}"
            names += [f"{what}: {measure}" for measure in _SET]
            if _compared_as_strings(a, b):
                names += [f"{what}: {measure}" for measure in _STRING]
        for c, d in self.chosen.numbers:
            names += [f"{c.name} ~ {d.name}: {measure}" for measure in _AMOUNT[c.reading.type]]
        names += [f"two hops: {measure}" for measure in ("shared", "jaccard", "cosine")]
        names += [f"structure: {measure}" for measure in _STRUCTURE]
        return tuple(names)

    def compute(
        self,
        left: Rows,
        right: Rows,
        progress: Progress = silent,
        out: Floats | None = None,
    ) -> Floats:
        """Compare pairs of rows: float32 (pairs, features), nan where a value is missing.

        Written into ``out`` where it is given, such as a memory-mapped file: ten million pairs do
        not fit in memory. Raises ``IndexError`` for a row below 0, which is no entity's.
        """
        if len(left) and min(int(np.min(left)), int(np.min(right))) < 0:
            raise IndexError("a pair has no row in its graph: look its ids up by pair_rows")
        found = out
        if found is None:
            found = np.empty((len(left), len(self.feature_names)), dtype=np.float32)
        for start in range(0, len(left), _PAIRS):
            part = slice(start, start + _PAIRS)
            found[part] = self._compute(np.asarray(left[part]), np.asarray(right[part]))
            progress("compare pairs", min(start + _PAIRS, len(left)), len(left))
        return found

    def _compute(self, left: Rows, right: Rows) -> Floats:
        columns = [_compare_names(self.left.names, self.right.names, self.texts, left, right)]
        for a, b in self.text_pairs:
            columns.append(_compare_texts(a, b, self.texts, left, right))
        for c, d in self.chosen.numbers:
            columns.append(_compare_amounts(c, d, self.texts, left, right))
        two_hops = _compare_sets(
            self.left.two_hops, self.right.two_hops, self.texts, left, right, best=False
        )
        columns.append(two_hops[:, :3])
        one, two = np.log1p(self.degrees[0][left]), np.log1p(self.degrees[1][right])
        columns.append(np.column_stack([one, two, -np.abs(one - two)]))
        return np.concatenate(columns, axis=1, dtype=np.float32)


def _fields_named(
    names: Sequence[str],
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Give the pairs of fields that features compare: those of strings, and those of amounts."""
    of_sets, of_amounts = f": {_SET[0]}", tuple(f": {kind[0]}" for kind in _AMOUNT.values())
    texts, numbers = [], []
    for name in names:
        a, between, b = name.rpartition(": ")[0].partition(" ~ ")
        if between and name.endswith(of_sets):
            texts.append((a, b))
        elif between and name.endswith(of_amounts):
            numbers.append((a, b))
    return texts, numbers


def first_scores(features: Floats, feature_names: Sequence[str]) -> Floats:
    """Guess probabilities from similarities alone, without a single link, (pairs,).

    A fixed sum in which every similarity counts in favour: how alike the names are, plus up to a
    fifth each for neighbours' and values' best matches, for telling strings both have, and for
    numbers, dates and durations that agree; words only one name has count against. The order of
    pairs is what it is for; as probabilities they are rough, until decisions teach a network.
    """
    position = {name: i for i, name in enumerate(feature_names)}

    def mean(names: list[str], otherwise: float) -> npt.NDArray[np.float64]:
        chosen = features[:, [position[name] for name in names]].astype(np.float64)
        days = [number for number, name in enumerate(names) if name.endswith(": days_apart")]
        apart = chosen[:, days]
        chosen[:, days] = np.where(np.isnan(apart), np.nan, apart == 0)  # the same day, or not
        known = ~np.isnan(chosen)
        total = np.where(known, chosen, 0).sum(axis=1)
        return np.where(known.any(axis=1), total / np.maximum(known.sum(axis=1), 1), otherwise)

    def of_groups(measure: str) -> list[str]:
        # that a neighbour bears the name of the other entity does not make the two the same
        return [
            name
            for name in feature_names
            if name.endswith(f": {measure}")
            and not name.startswith(("name", "two hops"))
            and "~ name:" not in name
        ]

    name = mean(["name: cosine", "name: word_cosine", "name: token_sort"], 0.0)
    around = mean(of_groups("mean_best"), 0.0)
    telling = of_groups("shared")
    strongest = np.nan_to_num(
        features[:, [position[t] for t in telling]].astype(np.float64), nan=0.0
    ).max(axis=1, initial=0.0)
    numbers = mean(["name: numbers_agree"], 0.5)
    amounts = [
        name
        for measure in ("closeness", "equal", "equal_year", "days_apart")
        for name in of_groups(measure)
    ]
    alone = mean(["name: rarest_left_word_alone", "name: rarest_right_word_alone"], 0.0)
    total = (
        name
        + 0.2 * around
        + 0.2 * np.minimum(strongest / 10, 1)  # ten nats: one in 22,000 says it
        + 0.1 * numbers
        + 0.2 * mean(amounts, 0.5)
        - 0.02 * alone
    )
    found: Floats = expit(12 * (total - 0.87)).astype(np.float32)
    return found


# ------------------------------------------------------------------------ names


def _compare_names(a: TextField, b: TextField, texts: Texts, left: Rows, right: Rows) -> Floats:
    """Compare the two names of a pair that are most alike, (pairs, len(_NAME))."""
    found = np.full((len(left), len(_NAME)), np.nan, dtype=np.float32)
    both = np.flatnonzero((a.counts(left) > 0) & (b.counts(right) > 0))
    found[:, _NAME.index("missing")] = (a.counts(left) == 0) * 1.0 + (b.counts(right) == 0) * 2.0
    if len(both) == 0:
        return found
    cosine, one, two = _most_alike(a, b, texts, left[both], right[both])
    # the same two names are compared once, however many pairs bear them
    distinct, place = np.unique(one * len(texts.strings) + two, return_inverse=True)
    one, two = distinct // len(texts.strings), distinct % len(texts.strings)
    words_1, words_2 = texts.words[one], texts.words[two]
    alone_1, alone_2, shared = _words_alone(words_1, words_2)
    total_1, total_2 = _sums(words_1), _sums(words_2)
    strings_1, strings_2 = _spellings(texts, one, two)
    length_1, length_2 = (np.array([len(s) for s in part]) for part in (strings_1, strings_2))
    # one is what the other is in Latin letters
    transliterated = np.array([a == b for a, b in zip(strings_1, strings_2, strict=True)], bool)
    alike = _words_alike(texts, one, two)
    uses = texts.key_weight[np.stack([texts.keys[one], texts.keys[two]])]
    measures = {
        **_fuzzy(strings_1, strings_2, _STRING_SCORERS),
        "word_cosine": _cosine(words_1, words_2),
        "word_jaccard": _ratio(shared, total_1 + total_2 - shared),
        "left_words_found": _ratio(shared, total_1),
        "right_words_found": _ratio(shared, total_2),
        "rarest_left_word_alone": _maxima(alone_1),
        "rarest_right_word_alone": _maxima(alone_2),
        "left_words_alike": alike[0],
        "right_words_alike": alike[1],
        "rarest_number_shared": _maxima(
            words_1.minimum(words_2).multiply(texts.numbers[one].minimum(texts.numbers[two]))
        ),
        "same_beginning": _fuzzy(strings_1, strings_2, {"prefix": Prefix.normalized_similarity})[
            "prefix"
        ],
        "equal": (one == two) | transliterated,
        "equal_words": (texts.keys[one] == texts.keys[two]) | transliterated,
        "first_word_equal": [
            x.split(" ", 1)[0] == y.split(" ", 1)[0]
            for x, y in zip(strings_1, strings_2, strict=True)
        ],
        "length_ratio": np.minimum(length_1, length_2)
        / np.maximum(1, np.maximum(length_1, length_2)),
        "words_difference": words_1.getnnz(axis=1) - words_2.getnnz(axis=1),
        "numbers_agree": _numbers_agree(texts, one, two),
        "left_namesakes": uses[0],
        "right_namesakes": uses[1],
    }
    for measure, values in measures.items():
        found[both, _NAME.index(measure)] = np.asarray(values, dtype=np.float32)[place]
    found[both, 0] = cosine
    return found


def _spellings(texts: Texts, one: Rows, two: Rows) -> tuple[list[str], list[str]]:
    """Give strings to compare one to one: in Latin letters where one side is in these alone."""
    mixed = texts.is_latin[one] != texts.is_latin[two]
    return (
        [texts.latin[c] if m else texts.strings[c] for c, m in zip(one, mixed, strict=True)],
        [texts.latin[c] if m else texts.strings[c] for c, m in zip(two, mixed, strict=True)],
    )


def _words_alike(texts: Texts, one: Rows, two: Rows) -> tuple[Floats, Floats]:
    """Give how much of either string's words has a like among the other's, by word weight.

    Each word counts with its best match's cosine of n-grams, so that "colour" finds "color", and
    an abbreviation a part of what it stands for (Monge and Elkan's measure, weighted).
    """
    left = np.full(len(one), np.nan, dtype=np.float32)
    right = left.copy()
    said = texts.few_words
    both = np.flatnonzero((said.counts(one) > 0) & (said.counts(two) > 0))
    for start in range(0, len(both), _PAIRS // 2):
        part = both[start : start + _PAIRS // 2]
        cosine, _, _, counts_1, counts_2 = _all_matches(
            said, said, texts.word_ngrams, one[part], two[part], most=len(said.codes)
        )
        of_left, of_right = _each_best(cosine, counts_1, counts_2)
        for found, best, rows, counts in (
            (left, of_left, one[part], counts_1),
            (right, of_right, two[part], counts_2),
        ):
            weight = texts.word_weight[said.codes[spread(said.offsets[rows], counts)]]
            starts = np.cumsum(counts) - counts
            found[part] = np.add.reduceat(best * weight, starts) / np.add.reduceat(weight, starts)
    return left, right


def _fuzzy(
    one: list[str], two: list[str], scorers: Mapping[str, Callable[..., float]]
) -> dict[str, npt.NDArray[np.float32]]:
    """Compare strings one to one by rapidfuzz, 0 to 1."""
    return {
        name: np.asarray(
            process.cpdist(
                one, two, scorer=scorer, dtype=np.float32, workers=min(2, os.cpu_count() or 1)
            ),
            np.float32,
        )
        / np.float32(1 if name in ("jaro_winkler", "prefix") else 100)
        for name, scorer in scorers.items()
    }


def _numbers_agree(texts: Texts, one: Rows, two: Rows) -> Floats:
    """Compare the numbers in strings (versions, sequels, years): 1 the same, 0 none in common.

    nan where neither has any, −1 where only one side has.
    """
    a, b = texts.numbers[one], texts.numbers[two]
    count_1, count_2 = a.getnnz(axis=1), b.getnnz(axis=1)
    shared = _sums(a.multiply(b))
    agree = _ratio(shared, count_1 + count_2 - shared)
    agree[(count_1 == 0) ^ (count_2 == 0)] = -1
    return agree


# ------------------------------------------------------------------------ groups


def _compared_as_strings(a: TextField, b: TextField) -> bool:
    """Tell whether two fields are short values of the entities' own, one to one."""
    return a.own and b.own and a.type is b.type is ValueType.STRING


def _compare_texts(a: TextField, b: TextField, texts: Texts, left: Rows, right: Rows) -> Floats:
    found = _compare_sets(a, b, texts, left, right, best=True)
    if not _compared_as_strings(a, b):
        return found
    strings = np.full((len(left), len(_STRING)), np.nan, dtype=np.float32)
    both = np.flatnonzero((a.counts(left) > 0) & (b.counts(right) > 0))
    if len(both):
        _, one, two = _most_alike(a, b, texts, left[both], right[both])
        distinct, place = np.unique(one * len(texts.strings) + two, return_inverse=True)
        one, two = distinct // len(texts.strings), distinct % len(texts.strings)
        scorers = {name: _STRING_SCORERS[name] for name in ("ratio", "token_set")}
        fuzzy = _fuzzy(*_spellings(texts, one, two), scorers)
        columns = [fuzzy["ratio"], fuzzy["token_set"], _numbers_agree(texts, one, two)]
        strings[both] = np.column_stack(columns)[place]
    return np.concatenate([found, strings], axis=1)


def _compare_sets(
    a: TextField, b: TextField, texts: Texts, left: Rows, right: Rows, *, best: bool
) -> Floats:
    """Compare the sets of strings two entities say, (pairs, len(_SET))."""
    found = np.full((len(left), len(_SET)), np.nan, dtype=np.float32)
    both = np.flatnonzero((a.counts(left) > 0) & (b.counts(right) > 0))
    if len(both) == 0:
        return found
    rows_1, place_1 = np.unique(left[both], return_inverse=True)
    rows_2, place_2 = np.unique(right[both], return_inverse=True)
    said_1, said_2 = _said(a, rows_1, texts), _said(b, rows_2, texts)

    keys_1, keys_2 = _keys(said_1, texts), _keys(said_2, texts)
    weight_1, weight_2 = (_weighed(keys, texts.key_weight) for keys in (keys_1, keys_2))
    shared = _paired_sum(weight_1, keys_2, place_1, place_2)
    found[both, 0] = shared
    found[both, 1] = _ratio(shared, _sums(weight_1)[place_1] + _sums(weight_2)[place_2] - shared)

    words_1, words_2 = (
        _columns_in_order(said_1 @ texts.words),
        _columns_in_order(said_2 @ texts.words),
    )
    once, kept = _pattern(words_2), _pattern(words_1)
    found[both, 5] = _ratio(_paired_sum(words_1, once, place_1, place_2), _sums(words_1)[place_1])
    found[both, 6] = _ratio(_paired_sum(kept, words_2, place_1, place_2), _sums(words_2)[place_2])

    grams_1, grams_2 = unit(said_1 @ texts.ngrams), unit(said_2 @ texts.ngrams)
    found[both, 2] = paired_cosine(grams_1, grams_2, place_1, place_2)
    if best:
        found[both, 3], found[both, 4] = _best(a, b, texts, left[both], right[both])
    return found


def _said(field: TextField, rows: Rows, texts: Texts) -> sp.csr_matrix:
    """Give which strings some rows say, (rows, strings)."""
    counts = field.counts(rows)
    codes = field.codes[spread(field.offsets[rows], counts)]
    ones = np.ones(len(codes), dtype=np.float32)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    return sp.csr_matrix((ones, codes, offsets), shape=(len(rows), len(texts.strings)))


def _keys(said: sp.csr_matrix, texts: Texts) -> sp.csr_matrix:
    """Give which keys are said, each once, whatever the order of the words, (rows, keys)."""
    keys = texts.keys[said.indices]
    real = keys >= 0
    found = sp.csr_matrix(
        # a copy: what follows takes entries out, and would shift the rows of `said` with it
        (real.astype(np.float32), np.where(real, keys, 0), said.indptr.copy()),
        shape=(said.shape[0], len(texts.key_weight)),
    )
    found.sum_duplicates()
    found.eliminate_zeros()
    found.data[:] = 1
    return found


def _best(
    a: TextField, b: TextField, texts: Texts, left: Rows, right: Rows
) -> tuple[Floats, npt.NDArray[np.float64]]:
    """Give the cosine of the two strings most alike, and the mean of each string's best match.

    The mean is over the side that says less: two of forty actors shared are all that a film with
    two actors can share.
    """
    cosine, _, _, counts_1, counts_2 = _all_matches(a, b, texts.ngrams, left, right)
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


def _most_alike(
    a: TextField, b: TextField, texts: Texts, left: Rows, right: Rows
) -> tuple[Floats, Rows, Rows]:
    """Give cosine and both codes of the two strings most alike of each pair; both say some."""
    cosine, one, two, counts_1, counts_2 = _all_matches(a, b, texts.ngrams, left, right)
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
    vectors: sp.csr_matrix,
    left: Rows,
    right: Rows,
    most: int = _MOST_ALIKE,
) -> tuple[Floats, Rows, Rows, Rows, Rows]:
    """Compare the first strings of the left with those of the right entity, for all pairs.

    ``vectors`` are those the codes of the groups stand for, of length 1.

    Gives cosine, left code and right code, (matches,), and the strings each side says, (pairs,).
    """
    counts_1 = np.minimum(a.counts(left), most)
    counts_2 = np.minimum(b.counts(right), most)
    elements = spread(a.offsets[left], counts_1)  # (left strings,)
    each = np.repeat(counts_2, counts_1)
    one = np.repeat(a.codes[elements], each)
    two = b.codes[spread(np.repeat(b.offsets[right], counts_1), each)]
    size = vectors.shape[0]
    distinct, place = np.unique(one * size + two, return_inverse=True)
    cosine = paired_cosine(vectors, vectors, distinct // size, distinct % size)[place]
    return cosine, one, two, counts_1, counts_2


# ------------------------------------------------------------------------ numbers and dates


def _compare_amounts(
    a: NumericField, b: NumericField, texts: Texts, left: Rows, right: Rows
) -> Floats:
    """Compare the two amounts of a pair that are closest, (pairs, measures of the kind).

    Where none can be read on either side, the strings are compared: equal or not.
    """
    measures = _AMOUNT[a.reading.type]
    found = np.full((len(left), len(measures)), np.nan, dtype=np.float32)
    both = np.flatnonzero((a.counts(left) > 0) & (b.counts(right) > 0))
    if not len(both):
        return found
    one, two = _closest(a, b, left[both], right[both])
    compared = _of_dates(one, two) if a.reading.type is ValueType.DATE else _of_numbers(one, two, a)
    unread = np.isnan(one[:, 0] + two[:, 0])
    if unread.any():
        rows = both[unread]
        compared[unread] = np.nan
        compared[unread, 1] = _share_a_string(a.text, b.text, texts, left[rows], right[rows])
    found[both] = compared
    return found


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
    tolerance = 1.0 if seconds else 1e-9 * np.maximum(larger, 1)
    third = np.log1p(apart) if seconds else log_ratio
    return np.column_stack([closeness, apart <= tolerance, third])


def _share_a_string(
    a: TextField, b: TextField, texts: Texts, left: Rows, right: Rows
) -> npt.NDArray[np.bool_]:
    """Tell whether two entities have a string in common, (pairs,)."""
    return (
        np.asarray(_said(a, left, texts).multiply(_said(b, right, texts)).sum(axis=1)).ravel() > 0
    )


# ------------------------------------------------------------------------ sparse rows


def _sums(matrix: sp.csr_matrix) -> Floats:
    return np.asarray(matrix.sum(axis=1), dtype=np.float32).ravel()


def _maxima(matrix: sp.csr_matrix) -> Floats:
    return np.asarray(matrix.max(axis=1).toarray(), dtype=np.float32).ravel()


def _ratio(part: npt.NDArray[np.floating], whole: npt.NDArray[np.floating]) -> Floats:
    found: Floats = np.full(len(part), np.nan, dtype=np.float32)
    np.divide(part, whole, out=found, where=np.asarray(whole) > 0, casting="same_kind")
    return found


def _cosine(one: sp.csr_matrix, two: sp.csr_matrix) -> Floats:
    lengths = np.sqrt(_sums(one.multiply(one)) * _sums(two.multiply(two)))
    return _ratio(_sums(one.multiply(two)), lengths)


def _words_alone(
    one: sp.csr_matrix, two: sp.csr_matrix
) -> tuple[sp.csr_matrix, sp.csr_matrix, Floats]:
    """Give the words only one side has, for either side, and the weight of those both have."""
    both = one.minimum(two)
    alone_1, alone_2 = (one - both).tocsr(), (two - both).tocsr()
    return alone_1, alone_2, _sums(both)


def _weighed(matrix: sp.csr_matrix, weights: Floats) -> sp.csr_matrix:
    """Multiply each column by its weight; the places are those of the matrix itself."""
    data = matrix.data * weights[matrix.indices]
    return sp.csr_matrix((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def _columns_in_order(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """Sort the entries of each row, as rows in pairs are multiplied quickest."""
    matrix.sort_indices()
    return matrix


def _pattern(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """Give 1 where a matrix has an entry; the places are its own, which nobody changes."""
    ones = np.ones(matrix.nnz, dtype=matrix.dtype)
    return sp.csr_matrix((ones, matrix.indices, matrix.indptr), shape=matrix.shape)


def _paired_sum(
    one: sp.csr_matrix, two: sp.csr_matrix, rows_one: Rows, rows_two: Rows
) -> npt.NDArray[np.float64]:
    """Multiply rows of two matrices pair by pair and add up, (pairs,)."""
    product = one.tocsr()[rows_one].multiply(two.tocsr()[rows_two])
    return np.asarray(product.sum(axis=1), dtype=np.float64).ravel()
