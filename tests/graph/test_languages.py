from __future__ import annotations

import numpy as np

from kgreview.graph.languages import language_ranks


def ranked(**counts):
    """Give tags by rank, those of the same rank sorted; _ stands for a plain string."""
    names = [name.replace("and", " @").replace("_", "") for name in counts]
    names = [f"@{name}" if name else "" for name in names]
    ranks = language_ranks(names, np.array(list(counts.values())))
    return [
        sorted(n for n, r in zip(names, ranks, strict=True) if r == k) for k in sorted({*ranks})
    ]


def test_values_without_a_language_come_first_then_the_most_frequent_language():
    assert ranked(fr=3, de=9, _=1) == [[""], ["@de"], ["@fr"]]


def test_english_comes_first_where_it_is_about_as_frequent():
    assert ranked(de=9, en=5) == [["@en"], ["@de"]]
    assert ranked(de=9, en=4) == [["@de"], ["@en"]]


def test_a_value_in_two_languages_counts_as_the_better():
    assert ranked(de=9, fr=1, deandfr=1) == [["@de", "@de @fr"], ["@fr"]]


def test_regions_and_datatypes_make_no_difference():
    ranks = language_ranks(["@en-GB", "@en", "^^http://x/date"], np.array([1, 2, 3]))
    assert ranks.tolist() == [1, 1, 0]
    assert language_ranks([], np.array([], dtype=int)).tolist() == []
