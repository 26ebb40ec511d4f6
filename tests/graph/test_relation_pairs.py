"""Which relations correspond: by what probable matches say over both, and by their words."""

from __future__ import annotations

import numpy as np

from kgreview.graph.links import Links
from kgreview.graph.schema import Direction
from kgreview.graph.suggestion import infer_schema

FILMS = ["Alpha", "Beta", "Gamma", "Delta", "Omega"]
PEOPLE = ["Ann Ek", "Bo Li", "Cy Moe", "Di Poe", "Ed Roy", "Flo Sun"]


def films(graph_of, side: str, relations: dict[str, list[tuple[int, int]]], names=FILMS):
    """Films and people with names; (film, person) by relation, "~" before it turns it around."""
    entities = [(f"{side}f{i}", "film") for i in range(len(FILMS))]
    entities += [(f"{side}p{i}", "person") for i in range(len(PEOPLE))]
    values = [(f"{side}f{i}", "name", name) for i, name in enumerate(names)]
    values += [(f"{side}p{i}", "name", name) for i, name in enumerate(PEOPLE)]
    triples = []
    for name, pairs in relations.items():
        for film, person in pairs:
            ends = (f"{side}f{film}", f"{side}p{person}")
            head, tail = reversed(ends) if name.startswith("~") else ends
            triples.append((head, name.lstrip("~"), tail))
    return graph_of(entities, values, triples)


def found(left, right, links=None, near: str | None = None):
    return {
        str(pair): pair.strength
        for pair in infer_schema(left, right, links).relations
        if near in (None, pair.types.left)
    }


ALL = 0.714  # five of five, and two more in doubt
EACH = [(i, i) for i in range(5)]
TURNED = [(i, (i + 1) % 5) for i in range(5)]


def test_two_relations_find_their_counterparts_without_a_link(graph_of):
    left = films(graph_of, "l", {"regie": EACH, "buch": TURNED})
    right = films(graph_of, "r", {"writer": TURNED, "director": EACH})
    assert found(left, right) == {"buch ~ writer": ALL, "regie ~ director": ALL}


def test_what_holds_from_one_end_is_not_listed_again_from_the_other(graph_of):
    left, right = films(graph_of, "l", {"regie": EACH}), films(graph_of, "r", {"director": EACH})
    schema = infer_schema(left, right)
    assert [str(pair.types) for pair in schema.relations] == ["film"]
    person = next(pair for pair in schema.types if pair.left == "person")
    turned = (Direction("regie", True), Direction("director", True))
    assert schema.counterparts(person) == (turned,)


def test_a_relation_corresponds_to_the_inverse_of_one_that_points_the_other_way(graph_of):
    left, right = films(graph_of, "l", {"regie": EACH}), films(graph_of, "r", {"~made": EACH})
    assert found(left, right) == {"regie ~ made inverse": ALL}


def test_several_correspond_each_with_the_share_that_both_say(graph_of):
    # two of five directors write their film, too
    left = films(graph_of, "l", {"regie": EACH})
    right = films(graph_of, "r", {"director": EACH, "writer": [(0, 0), (1, 1), *TURNED[2:]]})
    assert found(left, right) == {"regie ~ director": ALL, "regie ~ writer": 0.286}


def test_a_part_of_the_cast_corresponds_to_the_whole(graph_of):
    cast = [(film, (film + step) % 6) for film in range(5) for step in range(4)]
    left = films(graph_of, "l", {"spielt": cast})
    right = films(graph_of, "r", {"starring": [(film, film) for film in range(5)]})
    assert found(left, right) == {"spielt ~ starring": ALL}


def test_known_links_tell_it_where_no_name_is_unique(graph_of):
    same = ["Untitled"] * 5
    left = films(graph_of, "l", {"regie": EACH}, same)
    right = films(graph_of, "r", {"director": EACH}, same)
    assert found(left, right, near="film") == {}
    rows = np.arange(5)
    links = Links.of_file(rows, rows, np.ones(5, dtype=np.int8))
    assert found(left, right, links, near="film") == {"regie ~ director": ALL}


def test_the_words_of_a_name_at_the_far_end_may_stand_in_another_order(graph_of):
    def side(prefix: str, kind: str, relation: str, people: list[str]):
        entities = [(f"{prefix}f{i}", "film") for i in range(5)]
        entities += [(f"{prefix}p{i}", kind) for i in range(5)]
        values = [(f"{prefix}f{i}", "name", name) for i, name in enumerate(FILMS)]
        values += [(f"{prefix}p{i}", "label", name) for i, name in enumerate(people)]
        return graph_of(
            entities, values, [(f"{prefix}f{i}", relation, f"{prefix}p{i}") for i in range(5)]
        )

    left = side("l", "agent", "regie", [", ".join(name.split()[::-1]) for name in PEOPLE[:5]])
    right = side("r", "human", "director", PEOPLE[:5])
    assert "regie ~ director" in found(left, right)


def test_relations_of_the_same_words_correspond_where_nothing_is_known(graph_of):
    left = films(graph_of, "l", {"shotBy": EACH}, ["A1", "B1", "C1", "D1", "E1"])
    right = films(graph_of, "r", {"x:shot_by": EACH, "lit_by": EACH}, ["F", "G", "H", "I", "J"])
    assert found(left, right, near="film") == {"shotBy ~ x:shot_by": None}


def test_words_turned_around_count_only_where_a_type_has_them_from_that_end_alone(graph_of):
    names = ["A1", "B1", "C1", "D1", "E1"], ["F", "G", "H", "I", "J"]
    left = films(graph_of, "l", {"author": EACH}, names[0])
    right = films(graph_of, "r", {"~author of": EACH}, names[1])
    assert found(left, right, near="film") == {"author ~ author of inverse": None}
    both = films(graph_of, "r", {"~author": EACH, "author": EACH}, names[1])
    assert found(left, both, near="film") == {"author ~ author": None}


def test_what_all_films_have_says_no_more_than_chance(graph_of):
    one = [(film, 0) for film in range(5)]
    left, right = films(graph_of, "l", {"land": one}), films(graph_of, "r", {"studio": one})
    assert found(left, right, near="film") == {}


def test_many_films_that_never_agree_refute_the_same_words(graph_of):
    def many(side: str, shift: int):
        entities = [(f"{side}f{i:02}", "film") for i in range(30)]
        entities += [(f"{side}p{i:02}", "person") for i in range(30)]
        values = [(f"{side}f{i:02}", "name", f"Film Number{i}") for i in range(30)]
        values += [(f"{side}p{i:02}", "name", f"Person Number{i}") for i in range(30)]
        edges = [(f"{side}f{i:02}", "maker", f"{side}p{(i + shift) % 30:02}") for i in range(30)]
        return graph_of(entities, values, edges)

    assert found(many("l", 0), many("r", 7)) == {}


def test_graphs_without_relations_have_none_that_correspond(graph_of):
    left, right = films(graph_of, "l", {}), films(graph_of, "r", {"director": EACH})
    assert found(left, right) == found(right, left) == found(left, left) == {}
