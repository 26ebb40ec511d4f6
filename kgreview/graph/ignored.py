"""Which attributes are not to be compared: numbers of rows, addresses and times of an import.

They tell entities of one source apart, and say nothing of the other's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.graph.attribute_pairs import Agreement
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.values import Ints, by_attribute
from kgreview.text.iris import words_of

_ENOUGH = 20  # values, and probable matches, from which on an attribute is judged
_FEWEST = 2  # matches that agree in it and in another, from which on it may say something
_LIFT = 0.02  # agreement beyond chance, likewise
_MOST = 0.9  # of the values look so
_DISTINCT = 0.99  # share of different values of a key
_DENSE = 2  # numbers of rows lie among so many times as many whole numbers, at the most
_MOST_VALUES = 5_000  # of an attribute that are looked at

# an attribute of these words alone is a key of its source; an IMDb id may be known to both
_KEY_WORDS = frozenset(
    {"id", "ids", "identifier", "key", "uuid", "guid", "rowid", "row", "index", "number"}
    | {"source", "record", "entity", "internal", "local", "primary"}
)
_ADDRESS = r"^\s*[A-Za-z][A-Za-z0-9+.\-]*://\S+\s*$"
_ADDRESSES = "addresses"
_HASH = r"^\s*\{?[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12,}\}?\s*$"
_TIME = r"^\s*\d{4}-\d\d-\d\d[T ]\d\d:\d\d"
_MIDNIGHT = r"[T ]00:00"
_WHOLE = r"^\d{1,15}$"


@dataclass(frozen=True)
class Ignored:
    """An attribute that is not to be compared, and what its values are."""

    name: str
    what: str  # "row numbers", "keys", "addresses", "times"


def suggest_ignored(
    graph: KnowledgeGraph,
    other: KnowledgeGraph,
    side: str,
    agreements: list[Agreement],
    naming: Ints,
) -> Iterator[Ignored]:
    """Find attributes whose values are keys, addresses or times that agree with nothing.

    Only where enough probable matches have one, and none of the other side's attributes says the
    same of them more often than by chance; addresses only where the other side has none at all,
    since one page has many. ``naming`` (values,) is -1 where a value does not name.
    """
    addresses = any(
        _share(_some(other, where), _ADDRESS) >= _MOST for _, where in by_attribute(other)
    )
    silent = _agree_with_nothing(side, agreements)
    for name, where in by_attribute(graph):
        if name not in silent or len(where) < _ENOUGH or (naming[where] >= 0).any():
            continue
        what = _what(name, graph.values.take(pa.array(where)), _some(graph, where))
        if what and not (what == _ADDRESSES and addresses):
            yield Ignored(name, what)


def _agree_with_nothing(side: str, agreements: list[Agreement]) -> set[str]:
    """Name the attributes of a side that many probable matches have and none agrees in."""
    matches: dict[str, int] = {}
    telling: set[str] = set()
    for agreement in agreements:
        agrees = (agreement.equal >= _FEWEST) & (np.nan_to_num(agreement.lift) >= _LIFT)
        tells_some = np.any(agrees, axis=1 if side == "left" else 0).tolist()
        counts = getattr(agreement, f"{side}_matches").tolist()
        for name, count, tells in zip(getattr(agreement, side), counts, tells_some, strict=True):
            matches[name] = matches.get(name, 0) + count
            if tells:
                telling.add(name)
    return {name for name, count in matches.items() if count >= _ENOUGH} - telling


def _some(graph: KnowledgeGraph, where: Ints) -> pa.LargeStringArray:
    """Give the values at some positions, an even sample of many."""
    return graph.values.take(pa.array(where[:: max(1, -(-len(where) // _MOST_VALUES))]))


def _what(name: str, values: pa.LargeStringArray, some: pa.LargeStringArray) -> str:
    """Say what values are that tell only their own source's entities apart; '' for others."""
    if _share(some, _ADDRESS) >= _MOST:
        return _ADDRESSES
    if _share(some, _TIME) >= _MOST and _share(some, _MIDNIGHT) < 1 - _MOST:
        return "times"
    if pc.count_distinct(values).as_py() < _DISTINCT * len(values):
        return ""
    if _share(some, _HASH) >= _MOST or _is_key(name):
        return "keys"
    return "row numbers" if _number_rows(values) else ""


def _is_key(name: str) -> bool:
    words = set(words_of(name))
    return bool(words) and words <= _KEY_WORDS


def _share(values: pa.LargeStringArray, pattern: str) -> float:
    return float(pc.mean(pc.match_substring_regex(values, pattern).cast(pa.int8())).as_py() or 0)


def _number_rows(values: pa.LargeStringArray) -> bool:
    """Tell whether values are whole numbers that hardly leave one out."""
    if not pc.all(pc.match_substring_regex(values, _WHOLE)).as_py():
        return False
    limits = pc.min_max(values.cast(pa.int64()))
    span = limits["max"].as_py() - limits["min"].as_py() + 1
    return bool(span <= _DENSE * len(values))
