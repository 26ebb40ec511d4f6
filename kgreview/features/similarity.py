"""How alike the entities of a pair are on their face: one row of numbers for each pair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Prefix
from scipy.special import expit

from kgreview.features.amount_similarity import AMOUNT_MEASURES, compare_amounts
from kgreview.features.choice import (
    Chosen,
    choose_fields,
    compared_relations,
    named_fields,
)
from kgreview.features.fields import Fields, TextField, Texts, read_fields
from kgreview.features.sparse_rows import (
    Bools,
    Floats,
    row_cosine,
    row_maxima,
    row_ratio,
    row_sums,
)
from kgreview.features.text_similarity import (
    EQUAL_MEASURES,
    SET_MEASURES,
    STRING_MEASURES,
    STRING_SCORERS,
    compare_equals,
    compare_strings,
    compare_texts,
    compared_as_strings,
    most_alike,
    numbers_agree,
    spellings,
    words_alike,
    words_alone,
)
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import Schema
from kgreview.graph.sides import Sides, read_sides
from kgreview.partitions import over
from kgreview.progress import Progress, silent
from kgreview.text.ngrams import Rows

AT_ONCE = 50_000  # pairs that are compared at once
_LARGEST = 60_000.0  # half precision ends soon after
_USED = 0.05  # of the candidates of two types, that can be compared by a field of neighbours

_NAME = (
    "cosine",
    *STRING_SCORERS,
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
    types: tuple[Rows, Rows]  # (entities,) of either side
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
        similarity = cls(
            left=one,
            right=two,
            texts=texts,
            chosen=choose_fields(one, two, texts, schema, left, right)
            if names is None
            else named_fields(one, two, texts_of, numbers_of),
            degrees=(np.diff(left.edge_offsets), np.diff(right.edge_offsets)),
            types=(left.types, right.types),
            only=only,
        )
        if names is not None and similarity.feature_names != tuple(names):
            raise ValueError("fields are read otherwise than before")
        return similarity

    def covers(self, left: Rows, right: Rows) -> Bools:
        """Tell which pairs of rows can be compared, (pairs,)."""
        if self.only is None:
            return np.ones(len(left), np.bool_)
        return self.only[0][left] & self.only[1][right]

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
            names += [f"{what}: {measure}" for measure in SET_MEASURES]
            if compared_as_strings(a, b):
                names += [f"{what}: {measure}" for measure in STRING_MEASURES]
        for c, d in self.chosen.numbers:
            names += [
                f"{c.name} ~ {d.name}: {measure}" for measure in AMOUNT_MEASURES[c.reading.type]
            ]
        names += [f"two hops: {measure}" for measure in EQUAL_MEASURES]
        names += [f"structure: {measure}" for measure in _STRUCTURE]
        return tuple(names)

    def used_by(self, left: Rows, right: Rows) -> PairSimilarity:
        """Leave out fields of neighbours that next to none of some pairs of rows have.

        Of a thousand relations most are so rare that no pair has them on both sides. One stays that
        enough pairs of any two types have, so that rare types keep theirs. What entities say of
        themselves is always compared: a number that few have may be all that tells.
        """
        width = 1 + int(self.types[1].max(initial=0))
        kinds = self.types[0][left].astype(np.int64) * width + self.types[1][right]
        _, kind = np.unique(kinds, return_inverse=True)
        pairs = np.bincount(kind)

        def is_used(a: TextField, b: TextField) -> bool:
            if a.own and b.own:
                return True
            have = (np.diff(a.offsets) > 0)[left] & (np.diff(b.offsets) > 0)[right]
            return bool((np.bincount(kind[have], minlength=len(pairs)) > _USED * pairs).any())

        texts = tuple(pair for pair in self.chosen.texts if is_used(*pair))
        return replace(self, chosen=replace(self.chosen, texts=texts))

    def compute(self, left: Rows, right: Rows, progress: Progress = silent) -> Floats:
        """Compare pairs of rows: float32 (pairs, features), nan where a value is missing.

        The values are those that half precision has, as ``in_parts`` gives them. Raises
        ``IndexError`` for a row below 0, which is no entity's.
        """
        features = np.empty((len(left), len(self.feature_names)), dtype=np.float32)
        done = 0
        for part in self.in_parts(left, right, progress):
            features[done : done + len(part)] = part
            done += len(part)
        return features

    def in_parts(
        self, left: Rows, right: Rows, progress: Progress = silent
    ) -> Iterator[npt.NDArray[np.float16]]:
        """Compare pairs of rows, a part of them after another: ten million do not fit in memory.

        In half precision, which has three digits: trees, which part values into 255, see no more.
        """
        if len(left) and min(int(np.min(left)), int(np.min(right))) < 0:
            raise IndexError("a pair has no row in its graph: look its ids up by pair_rows")
        parts = [slice(start, start + AT_ONCE) for start in range(0, len(left), AT_ONCE)]
        rows = ((np.asarray(left[part]), np.asarray(right[part])) for part in parts)
        for part, compared in zip(parts, over(PairSimilarity._halved, (self,), rows), strict=True):
            yield compared
            progress("compare pairs", min(part.stop, len(left)), len(left))

    def _halved(self, rows: tuple[Rows, Rows]) -> npt.NDArray[np.float16]:
        return np.clip(self._compute(*rows), -_LARGEST, _LARGEST).astype(np.float16)

    def _compute(self, left: Rows, right: Rows) -> Floats:
        columns = [_compare_names(self.left.names, self.right.names, self.texts, left, right)]
        for a, b in self.text_pairs:
            columns.append(compare_texts(a, b, self.texts, left, right))
        for c, d in self.chosen.numbers:
            columns.append(compare_amounts(c, d, self.texts, left, right))
        two_hops = self.left.two_hops, self.right.two_hops
        columns.append(compare_equals(*two_hops, self.texts, left, right))
        one, two = np.log1p(self.degrees[0][left]), np.log1p(self.degrees[1][right])
        columns.append(np.column_stack([one, two, -np.abs(one - two)]))
        return np.concatenate(columns, axis=1, dtype=np.float32)


def _fields_named(
    names: Sequence[str],
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Give the pairs of fields that features compare: those of strings, and those of amounts."""
    of_sets, of_amounts = (
        f": {SET_MEASURES[0]}",
        tuple(f": {kind[0]}" for kind in AMOUNT_MEASURES.values()),
    )
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
        present = ~np.isnan(chosen)
        total = np.where(present, chosen, 0).sum(axis=1)
        return np.where(present.any(axis=1), total / np.maximum(present.sum(axis=1), 1), otherwise)

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
    scores: Floats = expit(12 * (total - 0.87)).astype(np.float32)
    return scores


# ------------------------------------------------------------------------ names


def _compare_names(a: TextField, b: TextField, texts: Texts, left: Rows, right: Rows) -> Floats:
    """Compare the two names of a pair that are most alike, (pairs, len(_NAME))."""
    features = np.full((len(left), len(_NAME)), np.nan, dtype=np.float32)
    both = np.flatnonzero((a.counts(left) > 0) & (b.counts(right) > 0))
    features[:, _NAME.index("missing")] = (a.counts(left) == 0) * 1.0 + (b.counts(right) == 0) * 2.0
    if len(both) == 0:
        return features
    cosine, one, two = most_alike(a, b, texts, left[both], right[both])
    # the same two names are compared once, however many pairs bear them
    distinct, place = np.unique(one * len(texts.strings) + two, return_inverse=True)
    one, two = distinct // len(texts.strings), distinct % len(texts.strings)
    words_1, words_2 = texts.words[one], texts.words[two]
    alone_1, alone_2, shared = words_alone(words_1, words_2)
    total_1, total_2 = row_sums(words_1), row_sums(words_2)
    strings_1, strings_2 = spellings(texts, one, two)
    length_1, length_2 = (np.array([len(s) for s in part]) for part in (strings_1, strings_2))
    # one is what the other is in Latin letters
    transliterated = np.array([a == b for a, b in zip(strings_1, strings_2, strict=True)], bool)
    alike = words_alike(texts, one, two)
    uses = texts.key_weight[np.stack([texts.keys[one], texts.keys[two]])]
    beginnings = compare_strings(texts, one, two, {"prefix": Prefix.normalized_similarity})
    measures = {
        **compare_strings(texts, one, two, STRING_SCORERS),
        "word_cosine": row_cosine(words_1, words_2),
        "word_jaccard": row_ratio(shared, total_1 + total_2 - shared),
        "left_words_found": row_ratio(shared, total_1),
        "right_words_found": row_ratio(shared, total_2),
        "rarest_left_word_alone": row_maxima(alone_1),
        "rarest_right_word_alone": row_maxima(alone_2),
        "left_words_alike": alike[0],
        "right_words_alike": alike[1],
        "rarest_number_shared": row_maxima(
            words_1.minimum(words_2).multiply(texts.numbers[one].minimum(texts.numbers[two]))
        ),
        "same_beginning": beginnings["prefix"],
        "equal": (one == two) | transliterated,
        "equal_words": (texts.keys[one] == texts.keys[two]) | transliterated,
        "first_word_equal": [
            x.split(" ", 1)[0] == y.split(" ", 1)[0]
            for x, y in zip(strings_1, strings_2, strict=True)
        ],
        "length_ratio": np.minimum(length_1, length_2)
        / np.maximum(1, np.maximum(length_1, length_2)),
        "words_difference": words_1.getnnz(axis=1) - words_2.getnnz(axis=1),
        "numbers_agree": numbers_agree(texts, one, two),
        "left_namesakes": uses[0],
        "right_namesakes": uses[1],
    }
    for measure, values in measures.items():
        features[both, _NAME.index(measure)] = np.asarray(values, dtype=np.float32)[place]
    features[both, 0] = cosine
    return features
