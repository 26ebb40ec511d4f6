"""Ids that stand on both sides: of a shared vocabulary, or of two numberings that begin alike."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.arrays import Rows
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.quoting import counted

_IRI = r"(?i)^(?:[a-z][a-z0-9+.\-]*://\S|urn:\S)"
_LONG = 8  # characters from which on two sources hardly give the same id to different things …
_SMALL_NUMBER = r"^0*[0-9]{1,7}$"  # … unless they count


def shared_ids(left: KnowledgeGraph, right: KnowledgeGraph) -> tuple[Rows, Rows]:
    """Give the rows of the entities that have the same id on both sides, (shared,) each."""
    rows = right.rows(left.ids)
    lefts = np.flatnonzero(rows >= 0)
    return lefts, rows[lefts]


def links_of_shared_ids(left: KnowledgeGraph, right: KnowledgeGraph, stated: Links) -> Links:
    """Give entities of the same id as gold matches, but those that known links speak of already.

    That is a pair which they state, and an entity which they match with another one.
    """
    lefts, rights = shared_ids(left, right)
    links = Links.of_file(lefts, rights, np.ones(len(lefts), dtype=np.int8))
    matches = stated.matches
    spoken_of = (
        np.isin(links.keys, stated.keys)
        | np.isin(lefts, matches.left)
        | np.isin(rights, matches.right)
    )
    return links.take(~spoken_of)


def shared_id_words(shared: Links, left: KnowledgeGraph, taken: bool) -> list[str]:
    """Say how many entities of paired types have the same id on both sides, a line or none.

    ``taken``: whether they count as known matches. If not, they are offered where an id says enough
    to mean the same thing in both: an IRI, or eight characters and more; small numbers never.
    """
    if taken and not len(shared):
        return ["no ids of paired types stand on both sides: --same-ids adds no known match"]
    if taken:
        return [f"{counted(len(shared), 'id')} on both sides: known matches by --same-ids"]
    count = _count_telling(left.ids.take(pa.array(shared.left)))
    if not count:
        return []
    stands = "id stands" if count == 1 else "ids stand"
    return [
        f"{count:,} {stands} on both sides; if an id means the same thing in both, add --same-ids"
    ]


def _count_telling(ids: pa.LargeStringArray) -> int:
    is_iri = pc.match_substring_regex(ids, _IRI)
    is_long = pc.greater_equal(pc.utf8_length(ids), _LONG)
    is_small = pc.match_substring_regex(ids, _SMALL_NUMBER)
    telling = pc.or_(is_iri, pc.and_not(is_long, is_small))
    return int(pc.sum(telling).as_py() or 0)
