"""Which types correspond: by links, by their words, by what their entities say."""

from __future__ import annotations

import numpy as np
import pytest

from kgreview.graph.links import Links
from kgreview.graph.type_pairs import suggest_types
from kgreview.graph.values import Values


def linked(*pairs: tuple[int, int]) -> Links:
    left, right = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return Links.of_file(left, right, np.ones(len(left), dtype=np.int8))


def types(left, right, links=None):
    return suggest_types(left, right, Values.of(left, right), links)


def pairs(left, right, links=None):
    return [(pair.left, pair.right) for pair in types(left, right, links).pairs]


def many(graph_of, **counts: int):
    """So many entities of each type, without values, in the order of the types."""
    return graph_of([(f"{t}{i:03}", t) for t, n in sorted(counts.items()) for i in range(n)])


def test_types_of_the_same_name_correspond(graph_of):
    left, right = many(graph_of, film=1, person=1, genre=1), many(graph_of, film=1, person=1)
    assert pairs(left, right) == [("film", "film"), ("person", "person")]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Person", "person"),
        ("schema:Person", "foaf:Person"),
        ("http://schema.org/MusicAlbum", "music_album"),
        ("films", "Film"),
    ],
)
def test_types_of_the_same_words_correspond(graph_of, one, two):
    assert pairs(graph_of([("a", one)]), graph_of([("b", two)])) == [(one, two)]


def test_a_type_of_the_very_name_goes_before_others_of_the_same_words(graph_of):
    one, two = graph_of([("a", "person")]), graph_of([("b", "person"), ("c", "x:Person")])
    assert pairs(one, two) == [("person", "person"), ("person", "x:Person")]
    assert pairs(two, one) == [("person", "person"), ("x:Person", "person")]
    assert pairs(two, two) == [("person", "person"), ("x:Person", "x:Person")]


def test_types_that_links_join_correspond_the_most_joined_first(graph_of):
    left, right = many(graph_of, film=1, human=2), many(graph_of, movie=1, person=2)
    links = linked((0, 0), (1, 1), (2, 2))
    assert pairs(left, right, links) == [("human", "person"), ("film", "movie")]


def test_links_between_actors_and_persons_leave_persons_with_persons(graph_of):
    left, right = many(graph_of, actor=30, person=30), many(graph_of, person=60)
    links = linked(*((i, i) for i in range(30)))
    assert pairs(left, right, links) == [("actor", "person"), ("person", "person")]


def test_one_stray_link_among_twenty_one_pairs_no_types(graph_of):
    left, right = many(graph_of, person=21), many(graph_of, person=20, town=1)
    found = types(left, right, linked(*((i, i) for i in range(21))))
    assert [(p.left, p.right) for p in found.pairs] == [("person", "person")]
    assert found.alone_right == (("town", 1),)


def test_namesakes_part_where_the_links_of_both_lead_elsewhere(graph_of):
    left, right = many(graph_of, film=12, skin=12), many(graph_of, film=12, movie=12)
    # left films are movies there, and what is called film there is skin here
    links = linked(*((i, 12 + i) for i in range(12)), *((12 + i, i) for i in range(12)))
    assert pairs(left, right, links) == [("film", "movie"), ("skin", "film")]


def test_a_type_may_correspond_to_several_that_many_links_join(graph_of):
    left, right = many(graph_of, person=30), many(graph_of, actor=20, director=10)
    links = linked(*((i, i) for i in range(30)))
    assert pairs(left, right, links) == [("person", "actor"), ("person", "director")]


def test_films_and_movies_find_each_other_by_what_their_entities_say(graph_of):
    titles = ["Alien", "Brazil", "Casablanca", "Duel"]
    left = graph_of(
        [(f"f{i}", "film") for i in range(4)] + [("s", "song")],
        [(f"f{i}", "title", title) for i, title in enumerate(titles)] + [("s", "title", "Help!")],
    )
    right = graph_of(
        [(f"m{i}", "movie") for i in range(3)] + [("t", "track"), ("g", "guild")],
        [(f"m{i}", "name", title.upper()) for i, title in enumerate(titles[:3])]
        + [("t", "name", "Yesterday"), ("g", "name", "Duel")],
    )
    found = types(left, right)
    assert [(p.left, p.right) for p in found.pairs] == [("film", "movie")]
    assert found.alone_left == (("song", 1),)
    assert found.alone_right == (("guild", 1), ("track", 1))


def test_one_value_in_common_makes_no_types_alike(graph_of):
    left = graph_of([("a", "film")], [("a", "title", "Alien")])
    right = graph_of([("b", "ship")], [("b", "name", "Alien")])
    assert pairs(left, right) == []
