"""A graph of relation and attribute triples, as data sets for entity alignment have them.

They state types seldom, and names only in what their ids end in: both are made of what there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from kgreview.exchange.graph_builder import GraphBuilder
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.naming import says_name
from kgreview.graph.quoting import quoted
from kgreview.progress import Notice
from kgreview.text.iris import is_worded, name_of

ENTITY = "entity"  # the type of all where none is stated
LABEL = "label"  # the attribute of names that are taken from ids

_TYPES = frozenset(
    {
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#type",
        "rdf:type",
        "http://www.wikidata.org/entity/P31",
        "http://www.wikidata.org/prop/direct/P31",
        "wdt:P31",
    }
)
_ENOUGH = 1 / 2  # of the entities that must state a type, and of the ids that must be worded
_AT_ONCE = 100_000

T = TypeVar("T")


class TripleGraph:
    """Collects the triples of one side."""

    def __init__(self) -> None:
        self._builder = GraphBuilder()
        self._entities: set[str] = set()
        self._typed: list[tuple[str, str, str]] = []  # triples that state a type
        self._named: set[str] = set()  # entities with a value that says its name

    @property
    def num_entities(self) -> int:
        """How many entities have been named so far."""
        return len(self._entities)

    def add_relations(self, triples: Iterable[tuple[str, str, str]]) -> None:
        """Add triples (head, relation, tail)."""
        for batch in batches(triples):
            plain = [triple for triple in batch if triple[1] not in _TYPES]
            self._typed += [triple for triple in batch if triple[1] in _TYPES]
            if plain:
                heads, relations, tails = zip(*plain, strict=True)
                self._entities.update(heads, tails)
                self._builder.add_relations(heads, relations, tails)

    def add_values(self, values: Iterable[tuple[str, str, str, str]]) -> None:
        """Add values (entity, attribute, value, tag)."""
        naming: dict[str, bool] = {}
        for batch in batches(values):
            self._typed += [(e, a, value) for e, a, value, _ in batch if a in _TYPES]
            plain = [row for row in batch if row[1] not in _TYPES]
            for entity, attribute, value, _ in plain:
                if attribute not in naming:
                    naming[attribute] = says_name(attribute)
                if naming[attribute] and value.strip():
                    self._named.add(entity)
            if plain:
                entities, attributes, texts, tags = zip(*plain, strict=True)
                self._entities.update(entities)
                self._builder.add_values(entities, attributes, texts, tags)

    def add_entities(self, ids: Iterable[str]) -> int:
        """Add entities of which nothing may be stated; gives how many were not there."""
        before = len(self._entities)
        for batch in batches(ids):
            self._entities.update(batch)
            self._builder.add_entities(batch, None)
        return len(self._entities) - before

    def build(self, notice: Notice) -> KnowledgeGraph:
        """Make the graph; ``notice`` hears what its types and names are made of."""
        self._settle_types(notice)
        self._name_by_ids(notice)
        return self._builder.build(untyped=ENTITY, notice=notice)

    def _settle_types(self, notice: Notice) -> None:
        """Take the types where at least half of the entities state one, else one type for all."""
        heads = {head for head, _, _ in self._typed}
        everyone = len(self._entities | heads)
        if heads and len(heads) >= _ENOUGH * everyone:
            self._entities |= heads
            self._builder.add_entities([h for h, _, _ in self._typed], [t for *_, t in self._typed])
            return
        if heads:
            notice(
                f"types are stated of {len(heads):,} of {everyone:,} entities, too few to part "
                "them by: read as relations"
            )
            self._entities.update(heads, (tail for *_, tail in self._typed))
            self._builder.add_relations(*map(list, zip(*self._typed, strict=True)))
        notice(f"no types: all entities are of the type {ENTITY}")
        self._builder.add_entities(sorted(self._entities), ENTITY)

    def _name_by_ids(self, notice: Notice) -> None:
        """Name entities without a name by what their ids end in, unless those are codes."""
        nameless = sorted(self._entities - self._named)
        names = [name_of(entity) for entity in nameless]
        worded = sum(map(is_worded, names))
        if not nameless or worded < _ENOUGH * len(nameless):
            if nameless:
                notice(
                    f"entities without a name: {len(nameless):,}; what their ids end in are codes "
                    f"(as {quoted(names[0])}), which name nothing"
                )
            return
        notice(
            f"entities named by what their ids end in: {len(nameless):,} (as {quoted(names[0])}), "
            f"as values of {LABEL}"
        )
        for batch in batches(zip(nameless, names, strict=True)):
            entities, texts = zip(*batch, strict=True)
            self._builder.add_values(entities, LABEL, texts)


def batches(rows: Iterable[T]) -> Iterator[Sequence[T]]:
    """Give rows a hundred thousand at a time, which is what a builder takes best."""
    waiting = iter(rows)
    while batch := list(islice(waiting, _AT_ONCE)):
        yield batch
