import numpy as np
import pytest

from kgreview.candidates.blocking import BlockingSettings, block
from kgreview.candidates.tfidf import vectors
from kgreview.graph.suggestion import infer_schema

BUCKETS = 1 << 20  # columns of names alone

ARABIC = {
    "القاهرة": "Cairo", "بيروت": "Beirut", "باريس": "Paris", "لندن": "London", "برلين": "Berlin",
    "طهران": "Tehran", "بغداد": "Baghdad", "دمشق": "Dimashq", "مدريد": "Madrid", "الرباط": "Rabat",
}  # fmt: skip
HEBREW = {"תל אביב": "Tel Aviv", "פריז": "Paris", "ירושלים": "Yerushalayim", "חיפה": "Haifa"}
JAPANESE = {"ロンドン": "London", "パリ": "Paris", "ベルリン": "Berlin", "ローマ": "Roma"}
RUSSIAN = {"Москва": "Moscow", "Харьков": "Kharkiv", "Ереван": "Yerevan", "Тверь": "Tver"}


def towns(make_graph, letter, names):
    """A graph of towns, each with the names of one string, parted by bars."""
    return make_graph(
        [(f"{letter}{i:02}", "town") for i in range(len(names))],
        [
            (f"{letter}{i:02}", "name", each)
            for i, several in enumerate(names)
            for each in several.split("|")
            if each
        ],
    )


def found(one, two):
    """The best right entity of each left one, and the best left one of each right one, by name."""
    pairs = block(one, two, infer_schema(one, two), BlockingSettings(1, 0, 0))
    return set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))


def both_vectors(left, right):
    return vectors(left, right, infer_schema(left, right))


@pytest.mark.parametrize("pairs", [ARABIC, HEBREW, JAPANESE, RUSSIAN], ids=lambda p: next(iter(p)))
def test_names_of_another_script_meet_latin_ones_on_either_side(make_graph, pairs):
    others, latin = towns(make_graph, "l", list(pairs)), towns(make_graph, "r", pairs.values())
    same = {(i, i) for i in range(len(pairs))}
    assert found(others, latin) == same
    assert found(latin, others) == same


def test_latin_names_alone_get_no_columns(make_graph):
    one = towns(make_graph, "l", ["Cairo", "Beirut", "München"])
    two = towns(make_graph, "r", ["Cairo", "Beyrouth", "Munich"])
    assert [side.names.shape[1] for side in both_vectors(one, two)] == [BUCKETS, BUCKETS]


def test_one_script_on_both_sides_gets_no_columns(make_graph):
    one, two = (towns(make_graph, letter, list(ARABIC)) for letter in "lr")
    assert [side.names.shape[1] for side in both_vectors(one, two)] == [BUCKETS, BUCKETS]


def test_what_is_added_makes_two_latin_names_neither_more_nor_less_alike(make_graph):
    one = towns(make_graph, "l", ["بيروت", "باريس", "Berlin", "Barlin"])
    two = towns(make_graph, "r", ["Beirut", "Paris", "Berlin", "Borlon"])
    vectors_1, vectors_2 = both_vectors(one, two)
    assert vectors_1.names.shape[1] > BUCKETS
    added = (vectors_1.names[:, BUCKETS:] @ vectors_2.names[:, BUCKETS:].T).toarray()
    assert (added[2:] == 0).all()
    assert (added[:2].argmax(axis=1) == [0, 1]).all()
    same = (vectors_1.names[2] @ vectors_2.names[2].T).toarray()
    np.testing.assert_allclose(same, 1, rtol=1e-6)


def test_an_entity_that_has_a_latin_name_too_is_met_by_that(make_graph):
    both = [f"{other}|{latin}" for other, latin in ARABIC.items()]
    one, two = towns(make_graph, "l", both), towns(make_graph, "r", ARABIC.values())
    assert [side.names.shape[1] for side in both_vectors(one, two)] == [BUCKETS, BUCKETS]


def test_types_of_latin_names_are_left_alone_beside_those_of_others(make_graph):
    def side(letter, names):
        return make_graph(
            [*((f"{letter}{i}", "town") for i in range(4)), (f"{letter}9", "river")],
            [*((f"{letter}{i}", "name", name) for i, name in enumerate(names)),
             (f"{letter}9", "name", "Nile")],
        )  # fmt: skip

    one, two = side("l", list(HEBREW)), side("r", HEBREW.values())
    sides = both_vectors(one, two)
    assert [vectors.names[4, BUCKETS:].nnz for vectors in sides] == [0, 0]
    assert [vectors.names[0, BUCKETS:].nnz > 0 for vectors in sides] == [True, True]


def test_neighbours_meet_across_scripts(make_graph):
    def side(letter, names):
        people = [(f"{letter}p{i}", "person") for i in range(len(names))]
        return make_graph(
            [(f"{letter}f", "film"), (f"{letter}g", "film"), *people],
            [(person, "name", name) for (person, _), name in zip(people, names, strict=True)],
            [
                (f"{letter}{'fg'[i % 2]}", "starring", person)
                for i, (person, _) in enumerate(people)
            ],
        )

    one, two = side("l", list(HEBREW)), side("r", HEBREW.values())
    pairs = block(one, two, infer_schema(one, two), BlockingSettings(0, 1, 1))
    films = set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    assert {(0, 0), (1, 1)} <= films
