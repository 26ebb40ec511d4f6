"""Which amounts of an entity are compared, where it has more than anybody can look at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from kgreview.graph.canonical import canonical_order
from kgreview.graph.sides import SideValues
from kgreview.graph.values import Ints, Rows, best_of_each

MOST_AMOUNTS = 8  # of one entity in one field


@dataclass(frozen=True, eq=False)
class AmountOrder:
    """Keeps the same amounts of an entity on both sides, in whatever form they are written."""

    left: SideValues
    right: SideValues

    @cached_property
    def _places(self) -> tuple[Ints, Ints]:
        return canonical_order(self.left, self.right)

    def kept(self, side: SideValues, where: Ints) -> Rows:
        """Keep of the amounts of one attribute, at ascending positions, those that come first.

        Gives them by entity. Where no entity has too many, nothing is compared over both graphs.
        """
        owners = side.graph.value_entities
        owner = owners[where]
        if not (owner[MOST_AMOUNTS:] == owner[:-MOST_AMOUNTS]).any():
            return best_of_each(owners, where, MOST_AMOUNTS, side.values.order[side.codes[where]])
        places = self._places[0 if side is self.left else 1]
        return best_of_each(owners, where, MOST_AMOUNTS, places[where])
