"""Which type an entity gets that states several: the most specific that many others have, too."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kgreview.arrays import Ints

Codes = npt.NDArray[np.integer[Any]]

_SHARE = 1 / 200  # of the entities, that must have a type before it can be chosen for its rarity
_GENERAL = frozenset(  # types of everything, which are chosen only where there is no other
    {
        "http://www.w3.org/2002/07/owl#Thing",
        "http://www.w3.org/2002/07/owl#NamedIndividual",
        "http://www.w3.org/2000/01/rdf-schema#Resource",
        "http://schema.org/Thing",
        "https://schema.org/Thing",
    }
)


def choose_types(
    num_entities: int,
    entities: Codes,
    types: Codes,
    names: Sequence[str],
    superclasses: Mapping[str, Iterable[str]] | None = None,
) -> tuple[npt.NDArray[np.int32], Ints]:
    """Give the type of each entity, (entities,), -1 where none is stated, and the statements left.

    ``entities`` and ``types`` (stated,) are codes, those of types into ``names``. Of several types
    of an entity, those are looked at that at least one in two hundred entities have: a subclass
    by ``superclasses`` comes before its superclass, else the rarer before the more frequent, then
    the first by name. Where no type is so frequent, the most frequent one is chosen. The second
    array holds the positions of the statements that were not chosen, each (entity, type) once.
    """
    pairs, first = np.unique(entities.astype(np.int64) * len(names) + types, return_index=True)
    entity, code = pairs // max(1, len(names)), pairs % max(1, len(names))
    counts = np.bincount(code, minlength=len(names))
    place = _order(counts, names, len(np.unique(entity)), superclasses or {})
    order = np.lexsort((place[code], entity))
    _, best = np.unique(entity[order], return_index=True)
    chosen = order[best]
    type_of = np.full(num_entities, -1, dtype=np.int32)
    type_of[entity[chosen]] = code[chosen]
    return type_of, np.delete(first, chosen)


def _order(
    counts: Codes,
    names: Sequence[str],
    num_typed: int,
    superclasses: Mapping[str, Iterable[str]],
) -> Ints:
    """Give the place of each type among all, the first to be chosen having place 0, (types,)."""
    frequent = [
        code
        for code, name in enumerate(names)
        if counts[code] >= _SHARE * num_typed and name not in _GENERAL
    ]
    rest = sorted(
        set(range(len(names))) - set(frequent),
        key=lambda code: (names[code] in _GENERAL, -counts[code], names[code]),
    )
    place = np.empty(len(names), dtype=np.int64)
    place[_subclasses_first(frequent, counts, names, superclasses) + rest] = np.arange(len(names))
    return place


def _subclasses_first(
    codes: list[int], counts: Codes, names: Sequence[str], superclasses: Mapping[str, Iterable[str]]
) -> list[int]:
    """Sort types, the rarer first, but none before its subclasses."""
    by_name = {names[code]: code for code in codes}
    above = {
        code: [by_name[name] for name in _ancestors(names[code], superclasses) if name in by_name]
        for code in codes
    }
    below = dict.fromkeys(codes, 0)  # subclasses that are still to come
    for ancestors in above.values():
        for code in ancestors:
            below[code] += 1
    rarest = sorted(codes, key=lambda code: (counts[code], names[code]))
    ready = [(counts[code], names[code], code) for code in rarest if not below[code]]
    heapq.heapify(ready)
    order: dict[int, None] = {}
    for start in rarest:  # the next that is free, or of a ring of superclasses the rarest
        while ready or start not in order:
            code = heapq.heappop(ready)[2] if ready else start
            if code in order:
                continue
            order[code] = None
            for ancestor in above[code]:
                below[ancestor] -= 1
                if not below[ancestor]:
                    heapq.heappush(ready, (counts[ancestor], names[ancestor], ancestor))
    return list(order)


def _ancestors(name: str, superclasses: Mapping[str, Iterable[str]]) -> set[str]:
    """Give all classes above one, itself left out."""
    above: set[str] = set()
    waiting = [name]
    while waiting:
        for superclass in superclasses.get(waiting.pop(), ()):
            if superclass not in above:
                above.add(superclass)
                waiting.append(superclass)
    return above - {name}
