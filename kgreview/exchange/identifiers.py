"""Ids of entities as IRIs and CURIEs, and back: what other tools call what a graph calls by its id.

An id that is an IRI stays as it is. Any other is put behind a base, by default a URN that names the
project and the side, so that it is found again however it comes back.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote, unquote

import numpy as np
import pyarrow as pa

from kgreview.arrays import Rows
from kgreview.graph.knowledge_graph import KnowledgeGraph

_IRI = re.compile(r"(?:[a-z][a-z0-9+.-]*://|urn:|tag:|mailto:)[^\s]", re.IGNORECASE)
_UNSAFE = re.compile(r"[\x00-\x20<>\"{}|^`\\\x7f]")  # what no IRI may hold
_KEPT = "/:@!$&'()*+,;=~-._"  # beside letters and digits, what an id keeps within an IRI
_OWN = re.compile(r"urn:kgreview:[^:]+:(?:left|right):(.+)")
_PREFIX = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_MOST_PREFIXES = 100  # of one file
_BOUNDARIES = "/#:"

WELL_KNOWN = {
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "semapv": "https://w3id.org/semapv/vocab/",
    "sssom": "https://w3id.org/sssom/",
}
_USUAL = {
    "http://dbpedia.org/resource/": "dbr",
    "http://www.wikidata.org/entity/": "wd",
    "https://orcid.org/": "orcid",
}


@dataclass(frozen=True)
class Naming:
    """How the ids of one side become IRIs."""

    base: str  # put before what is no IRI

    @classmethod
    def of_side(cls, project: str, side: str, base: str = "") -> Naming:
        """Name the ids of a side of a project; ``base``: the IRI that a user wants before them."""
        return cls(base or f"urn:kgreview:{slug(project)}:{side}:")

    def iri(self, entity_id: str) -> str:
        """Give the IRI of an id; what an IRI may not hold is percent-encoded."""
        if is_iri(entity_id):
            return _UNSAFE.sub(lambda found: quote(found.group()), entity_id)
        return self.base + quote(entity_id, safe=_KEPT)


def is_iri(text: str) -> bool:
    """Whether an id is an IRI as it stands, and no bare word such as ``lib:p1``."""
    return _IRI.match(text) is not None


def slug(text: str) -> str:
    """Give a name as a part of an IRI.

    >>> slug("Films & series (2026)")
    'films-series-2026'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "project"


# ---------------------------------------------------------------- CURIEs


@dataclass(frozen=True)
class Prefixes:
    """Short names of the beginnings of IRIs: what a file calls its prefix map."""

    expansions: Mapping[str, str]  # by prefix

    @classmethod
    def of(cls, iris: Iterable[str]) -> Prefixes:
        """Choose prefixes for IRIs: one for each beginning that many of them share."""
        spaces = Counter(_namespace(iri) for iri in iris)
        chosen = dict(WELL_KNOWN)
        taken = {expansion: prefix for prefix, expansion in chosen.items()}
        for space, _ in spaces.most_common(_MOST_PREFIXES):
            if space not in taken:
                prefix = _free(_prefix_of(space), chosen)
                chosen[prefix], taken[space] = space, prefix
        for space, _ in spaces.most_common()[_MOST_PREFIXES:]:  # the rest by their scheme alone
            scheme = space[: space.index(":") + 1] + ("//" if "://" in space else "")
            if scheme not in taken:
                prefix = _free(f"iri_{space.split(':')[0]}", chosen)
                chosen[prefix], taken[scheme] = scheme, prefix
        return cls(chosen)

    def curie(self, iri: str) -> str:
        """Shorten an IRI by the longest beginning that has a prefix; it stays where none has."""
        end = len(iri)
        while (end := max(iri.rfind(mark, 0, end) for mark in _BOUNDARIES)) >= 0:
            prefix = self._by_expansion.get(iri[: end + 1])
            if prefix is not None and end + 1 < len(iri):
                return f"{prefix}:{iri[end + 1 :]}"
        return iri

    def expand(self, curie: str) -> str:
        """Give the IRI that a CURIE stands for; what has no known prefix stays."""
        prefix, colon, local = curie.partition(":")
        if not colon or local.startswith("//"):
            return curie
        expansion = self.expansions.get(prefix)
        return curie if expansion is None else expansion + local

    @cached_property
    def _by_expansion(self) -> dict[str, str]:
        return {expansion: prefix for prefix, expansion in self.expansions.items()}


def _namespace(iri: str) -> str:
    """Give the beginning of an IRI up to its last boundary that something follows."""
    return iri[: max(iri.rfind(mark, 0, len(iri) - 1) for mark in _BOUNDARIES) + 1]


def _prefix_of(space: str) -> str:
    if space in _USUAL:
        return _USUAL[space]
    for part in reversed(re.split(r"[/#:]+", space)):
        word = re.sub(r"[^A-Za-z0-9_.-]+", "", part).strip(".-")
        if _PREFIX.fullmatch(word) and word.lower() not in ("http", "https", "urn"):
            return word
    return "ns"


def _free(prefix: str, taken: Mapping[str, str]) -> str:
    if prefix not in taken:
        return prefix
    number = 2
    while f"{prefix}{number}" in taken:
        number += 1
    return f"{prefix}{number}"


# ---------------------------------------------------------------- back to the ids of a graph


class Lookup:
    """Finds the entities that a file means, whatever spelling of their ids it uses."""

    def __init__(self, prefixes: Prefixes) -> None:
        self._prefixes = prefixes

    def rows(self, texts: Sequence[str], graph: KnowledgeGraph, *, guess: bool = False) -> Rows:
        """Give the row of each text, -1 where none is meant (texts,).

        A text is an id as it stands, a CURIE of it, its IRI, be it in < and >, or the IRI that an
        export gave it.
        ``guess``: or it ends in an id, behind a beginning that the graph does not have.
        """
        coded = pa.array(texts, pa.large_string()).dictionary_encode()
        distinct: list[str] = coded.dictionary.to_pylist()
        rows = np.full(len(distinct), -1, dtype=np.int64)
        if guess:
            rows = _fill(rows, distinct, graph, _local)
        else:
            # what an export wrote is no other entity's id, even if it looks like one
            rows = _fill(rows, distinct, graph, self._own)
            rows = np.where(rows < 0, graph.rows(distinct), rows)
            for spelt in (self._prefixes.expand, self._unquoted, without_brackets):
                rows = _fill(rows, distinct, graph, spelt)
        of_text: Rows = coded.indices.to_numpy()
        return rows[of_text]

    def _unquoted(self, text: str) -> str:
        return unquote(self._prefixes.expand(text))

    def _own(self, text: str) -> str:
        own = _OWN.fullmatch(self._prefixes.expand(text))
        return unquote(own.group(1)) if own else text


def _fill(
    rows: Rows, texts: Sequence[str], graph: KnowledgeGraph, spelt: Callable[[str], str]
) -> Rows:
    """Look what has no row yet up in a spelling that is not the one of the file."""
    others = [(at, spelt(texts[at])) for at in np.flatnonzero(rows < 0).tolist()]
    others = [(at, text) for at, text in others if text != texts[at]]
    if not others:
        return rows
    filled: Rows = rows.copy()
    filled[[at for at, _ in others]] = graph.rows([text for _, text in others])
    return filled


def without_brackets(text: str) -> str:
    """Give the IRI within ``<`` and ``>``, as triples have it, any other text as it is."""
    return text[1:-1] if text.startswith("<") and text.endswith(">") else text


def _local(text: str) -> str:
    """Give what follows the last boundary of an IRI, or the prefix of a CURIE."""
    end = max(text.rfind(mark, 0, len(text) - 1) for mark in "/#")
    local = text[end + 1 :] if end >= 0 else text.partition(":")[2] or text
    return unquote(local)
