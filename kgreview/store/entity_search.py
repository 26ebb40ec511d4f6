"""Any entity of a graph, candidate or not, by its name or id; slips are forgiven.

What is found at all, the index of words tells (see ``search``): an id typed whole, a name typed
whole, names and ids that have each word typed as a part, and such as have many parts of three
letters in common with it. No question costs more than a bounded part of the index, however many
entities there are. The few hundred found so are put in order by how alike the strings are.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz
from sqlite_utils import Database

from kgreview.store.database import rows
from kgreview.store.entities import last_part, mark, whole_names
from kgreview.store.search import search_grams, search_terms, storable
from kgreview.text.strings import normalise_one, transliterate_one

_MOST_TEXT = 200  # characters typed that are looked at
_MOST_WHOLE = 300  # entities of the same name, and of those with all words typed
_MOST_GRAMS = 24
_RARE = 2_000  # entities that have a part of three letters, up to which all of them are counted
_MOST_PAIRS = 10  # of parts that are all frequent: two by two they are rare
_LOOKED_AT = 300  # entities with the most parts in common, which are compared letter by letter
_SHORTEST_PART, _SMALLEST_PART = 4, 0.3  # letters of a part, and as a share of the whole
_OF_A_PART = 0.9  # what it counts that one is a part of the other
_ALIKE = 70.0  # of 100, from which on a name with slips is taken for the one typed

_MATCH = "SELECT rowid FROM entity_words WHERE entity_words MATCH ? LIMIT ?"


@dataclass(frozen=True)
class FoundEntity:
    """An entity that was found."""

    entity: str  # its id
    name: str  # '' where it has none


def find_entities(
    db: Database, side: str, text: str, *, types: Sequence[str] | None = None, most: int = 20
) -> list[FoundEntity]:
    """Find entities of a side by name or id, the likeliest first; nothing typed finds nothing.

    ``types``: only such of these types.
    """
    typed = " ".join(storable(text[:_MOST_TEXT]).replace("\0", " ").split())
    if not normalise_one(typed):
        return []
    wanted = [mark(side, "s")] if types is None else [mark(side, "t", each) for each in types]
    if not wanted:
        return []
    among = f"({' OR '.join(wanted)})"
    whole = " OR ".join(whole_names(side, typed))
    exact = set(_rows_of_id(db, side, typed, among))
    names = set(_matching(db, f"({whole}) AND {among}", _MOST_WHOLE))
    parts = set(_matching(db, f"{search_terms(typed)} AND {among}", _MOST_WHOLE))
    entities = _entities(db, sorted(exact | names | parts | set(_with_slips(db, typed, among))))
    spellings = _spellings(typed)
    ranked = []
    for number, entity, name in entities:
        likeness = _likeness(spellings, name, entity)
        sure = (number in exact, number in names, number in parts and _begins(spellings, name))
        if any(sure) or number in parts or likeness >= _ALIKE:
            ranked.append(((sure, number in parts, likeness), name, entity))
    ranked.sort(key=lambda each: (each[1], each[2]))
    ranked.sort(key=lambda each: each[0], reverse=True)
    return [FoundEntity(entity, name) for _, name, entity in ranked[:most]]


def _rows_of_id(db: Database, side: str, entity: str, among: str) -> list[int]:
    """Give the number of an id typed whole, if it is of a wanted type."""
    sql = """
        SELECT id FROM entities WHERE side = ? AND entity = ?
        AND id IN (SELECT rowid FROM entity_words WHERE entity_words MATCH ? AND rowid = id)"""
    return [number for (number,) in db.execute(sql, [side, entity, among])]


def _matching(db: Database, query: str, most: int) -> list[int]:
    return [number for (number,) in db.execute(_MATCH, [query, most])]


def _with_slips(db: Database, typed: str, among: str) -> list[int]:
    """Give the entities with most parts of three letters in common with a text.

    Only rare parts are counted, for a frequent one tells little and costs much; where hardly any is
    rare, two frequent ones together are.
    """
    votes: Counter[int] = Counter()
    frequent, rare = [], 0
    for gram in search_grams(typed, _MOST_GRAMS):
        numbers = _matching(db, f"{gram} AND {among}", _RARE + 1)
        if len(numbers) > _RARE:
            frequent.append(gram)
        elif numbers:
            votes.update(numbers)
            rare += 1
    if rare < 2:
        pairs = itertools.islice(itertools.combinations(frequent, 2), _MOST_PAIRS)
        for one, other in pairs:
            votes.update(_matching(db, f"{one} AND {other} AND {among}", _RARE))
    return [number for number, _ in votes.most_common(_LOOKED_AT)]


def _entities(db: Database, numbers: Sequence[int]) -> list[tuple[int, str, str]]:
    marks = ",".join("?" * len(numbers))
    sql = f"SELECT id, entity, name FROM entities WHERE id IN ({marks}) AND side <> 'gone'"
    return [(row["id"], row["entity"], row["name"]) for row in rows(db, sql, numbers)]


def _spellings(text: str) -> list[str]:
    spelling = normalise_one(text)
    return list(dict.fromkeys((spelling, transliterate_one(spelling))))


def _likeness(typed: Sequence[str], name: str, entity: str) -> float:
    """Give how alike what was typed is to a name or the end of an id, the best of all spellings."""
    others = [*_spellings(name), normalise_one(last_part(entity))]
    return max(_alike(one, other) for one in typed for other in others)


def _alike(one: str, other: str) -> float:
    """Compare two spellings, 0 to 100: whole, in any order of words, or one as a part of the other.

    A word or two in common are not enough: a part must be of some length.
    """
    alike = max(fuzz.ratio(one, other), fuzz.token_sort_ratio(one, other))
    short, long = sorted((len(one), len(other)))
    if short < _SHORTEST_PART or short < _SMALLEST_PART * long:
        return alike
    return max(alike, _OF_A_PART * fuzz.partial_ratio(one, other))


def _begins(typed: Sequence[str], name: str) -> bool:
    return any(other.startswith(one) for one in typed for other in _spellings(name))
