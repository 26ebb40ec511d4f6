"""Which relations of two neighbourhoods stand side by side, in one colour: those that correspond.

What is known of relations comes strongest first (``Schema.counterparts``); where nothing is, those
of the same name correspond.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kgreview.graph.schema import Direction

Counterparts = tuple[tuple[Direction, Direction], ...]


@dataclass(frozen=True)
class Band:
    """Relations of both sides that lead to the same."""

    left: tuple[Direction, ...]
    right: tuple[Direction, ...]
    colour: int  # place in a palette; the same pair of relations has the same one if it can


def bands(
    left: Sequence[Direction], right: Sequence[Direction], counterparts: Counterparts, colours: int
) -> tuple[Band, ...]:
    """Pair the relations of two neighbourhoods, each in the order it has there.

    One to one as far as that goes; what is left joins the band of its strongest counterpart.
    ``colours``: how many there are. The bands come in the order of the first relation of either.
    """
    counterparts = counterparts or tuple((each, each) for each in left if each in right)
    there = [(a, b) for a, b in counterparts if a in left and b in right]
    of_left: dict[Direction, int] = {}
    of_right: dict[Direction, int] = {}
    for a, b in there:
        if a not in of_left and b not in of_right:
            of_left[a] = of_right[b] = len(of_left)
    for a, b in there:
        if a not in of_left:
            of_left[a] = of_right[b]
        elif b not in of_right:
            of_right[b] = of_left[a]
    numbers = sorted(set(of_left.values()), key=_first(left, of_left, right, of_right))
    all_bands = [
        (
            tuple(each for each in left if of_left.get(each) == number),
            tuple(each for each in right if of_right.get(each) == number),
        )
        for number in numbers
    ]
    chosen = _colours([of_band[0][0] for of_band in all_bands], counterparts, colours)
    return tuple(Band(*of_band, colour) for of_band, colour in zip(all_bands, chosen, strict=True))


def _first(
    left: Sequence[Direction],
    of_left: dict[Direction, int],
    right: Sequence[Direction],
    of_right: dict[Direction, int],
) -> Callable[[int], tuple[int, int]]:
    """Give a key that orders bands by the place of their first relation on either side."""
    places: dict[int, int] = {}
    for side, of_side in ((left, of_left), (right, of_right)):
        for place, each in enumerate(side):
            if each in of_side:
                number = of_side[each]
                places[number] = min(place, places.get(number, place))
    return lambda number: (places[number], number)


def _colours(firsts: Sequence[Direction], counterparts: Counterparts, colours: int) -> list[int]:
    """Choose a colour for each band by its first left relation, none twice if there are enough.

    The one that the relation has in every neighbourhood, or the next that is free.
    """
    order = list(dict.fromkeys(a for a, _ in counterparts))
    taken: list[int] = []
    for first in firsts:
        wanted = order.index(first)
        free = (wanted + step for step in range(colours))
        colour = next((c % colours for c in free if c % colours not in taken), wanted % colours)
        taken.append(colour)
    return taken
