"""Which part of the queue a curator wants to see, and in which order."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from kgreview.active.strategies import AUDIT, STRATEGIES

ORDERS = ("uncertainty", "likely", "unlikely", AUDIT)
SIDES = ("left", "right")
MOST_TEXT = 200  # characters of a search that are looked at


@dataclass(frozen=True)
class PairFilter:
    """What a pair must be like to be asked. The empty filter is the whole queue in its own mix."""

    order: str = ""  # one of ORDERS; "": the mix of uncertainty and the audit sample
    types: tuple[str, str] | None = None  # of the left and of the right entity
    low: float = 0.0  # the score lies between the two, both included
    high: float = 1.0
    relation: tuple[str, str] | None = None  # side and name: the entity of that side stands in it
    conflict: bool = False  # an entity of the pair is matched to another already
    text: str = ""  # what one of the two entities is found by, see ``search``
    strategy: str = ""  # one of STRATEGIES: what it has put into the version's query plan

    @property
    def narrows(self) -> bool:
        """Whether it leaves out any pair."""
        return self != PairFilter(order=self.order)

    @property
    def count(self) -> int:
        """How many things it asks for; a range of scores is one."""
        scores = (self.low, self.high) != (0.0, 1.0)
        asked = (
            self.order,
            self.types,
            scores,
            self.relation,
            self.conflict,
            self.strategy,
            self.text,
        )
        return sum(map(bool, asked))

    @property
    def key(self) -> str:
        """Give the filter as one string, the same for the same filter; '' for the empty one."""
        return urlencode(self.parameters(), errors="replace")

    def parameters(self) -> dict[str, str]:
        """Give the filter as parameters of an address, the form ``from_parameters`` takes."""
        given = {
            "order": self.order,
            "ltype": self.types[0] if self.types else "",
            "rtype": self.types[1] if self.types else "",
            "low": f"{self.low:g}" if self.low > 0 else "",
            "high": f"{self.high:g}" if self.high < 1 else "",
            "relation": ":".join(self.relation) if self.relation else "",
            "conflict": "1" if self.conflict else "",
            "strategy": self.strategy,
            "q": self.text,
        }
        return {name: value for name, value in given.items() if value}

    @classmethod
    def from_parameters(cls, given: Mapping[str, str]) -> PairFilter:
        """Read a filter from an address. What makes no sense is left out: anybody may type one."""
        order, strategy = given.get("order", ""), given.get("strategy", "")
        types = given.get("ltype", ""), given.get("rtype", "")
        side, _, relation = given.get("relation", "").partition(":")
        low, high = _share(given.get("low"), 0.0), _share(given.get("high"), 1.0)
        return cls(
            order=order if order in ORDERS else "",
            types=types if all(types) else None,
            low=min(low, high),
            high=max(low, high),
            relation=(side, relation) if side in SIDES and relation else None,
            conflict=given.get("conflict") == "1",
            strategy=strategy if strategy in STRATEGIES else "",
            text=" ".join(given.get("q", "").replace("\0", " ").split())[:MOST_TEXT].strip(),
        )


EVERYTHING = PairFilter()
PARAMETERS = ("order", "ltype", "rtype", "low", "high", "relation", "conflict", "strategy", "q")


def _share(text: str | None, otherwise: float) -> float:
    try:
        value = float(text or "nan")
    except ValueError:
        return otherwise
    return otherwise if math.isnan(value) else min(max(value, 0.0), 1.0)
