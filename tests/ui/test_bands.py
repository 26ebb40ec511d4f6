"""Which relations stand side by side: one to one, in a colour that stays."""

from __future__ import annotations

from kgreview.graph.schema import Direction
from kgreview.ui.bands import Band, bands


def to(*names: str) -> list[Direction]:
    return [Direction(name.lstrip("~"), name.startswith("~")) for name in names]


def known(*pairs: tuple[str, str]):
    return tuple((to(a)[0], to(b)[0]) for a, b in pairs)


def test_relations_that_correspond_share_a_band_and_others_have_none():
    found = bands(to("regie", "buch", "land"), to("writer", "director"), KNOWN, 6)
    assert found == (
        Band(tuple(to("regie")), tuple(to("director")), 0),
        Band(tuple(to("buch")), tuple(to("writer")), 1),
    )


KNOWN = known(("regie", "director"), ("buch", "writer"), ("spielt", "~acted in"))


def test_a_relation_may_share_a_band_with_an_inverse():
    (found,) = bands(to("spielt"), to("~acted in", "acted in"), KNOWN, 6)
    assert found.right == tuple(to("~acted in"))


def test_a_relation_has_its_colour_whatever_else_there_is():
    (alone,) = bands(to("buch"), to("writer"), KNOWN, 6)
    assert alone.colour == 1


def test_no_colour_comes_twice_while_there_are_enough():
    many = known(*((f"a{i}", f"b{i}") for i in range(9)))
    found = bands(to("a0", "a6", "a7"), to("b0", "b6", "b7"), many, 6)
    assert sorted(band.colour for band in found) == [0, 1, 2]
    crowd = bands(to(*(f"a{i}" for i in range(9))), to(*(f"b{i}" for i in range(9))), many, 6)
    assert [band.colour for band in crowd] == [0, 1, 2, 3, 4, 5, 0, 1, 2]


def test_pairs_are_one_to_one_first_and_what_is_left_joins_its_strongest_counterpart():
    several = known(("maker", "artist"), ("maker", "producer"), ("label", "producer"))
    (one,) = bands(to("maker"), to("producer", "artist"), several, 6)
    assert one == Band(tuple(to("maker")), tuple(to("producer", "artist")), 0)
    two = bands(to("maker", "label"), to("producer", "artist"), several, 6)
    assert [(band.left, band.right) for band in two] == [
        (tuple(to("maker")), tuple(to("artist"))),
        (tuple(to("label")), tuple(to("producer"))),
    ]


def test_where_nothing_is_known_relations_of_one_name_and_direction_correspond():
    found = bands(to("a", "b", "~c"), to("b", "c"), (), 6)
    assert [band.left for band in found] == [tuple(to("b"))]


def test_bands_come_in_the_order_of_the_first_relation_of_either_side():
    found = bands(to("x", "y", "buch", "regie"), to("director", "writer"), KNOWN, 6)
    assert [band.left[0].relation for band in found] == ["regie", "buch"]
