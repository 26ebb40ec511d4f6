"""What every export is made of: the alignment, the graphs, and a note of what it rests on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from kgreview.arrays import Rows
from kgreview.errors import InputError
from kgreview.evaluation.audit import UNKNOWN, Interval
from kgreview.exchange.alignment import BASES, STATES, Alignment, What
from kgreview.exchange.groups import Groups, Troubles
from kgreview.exchange.identifiers import Naming
from kgreview.exchange.orcid import check_orcids
from kgreview.graph.cardinality import Cardinality
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.names import entity_names
from kgreview.graph.quoting import counted, quoted
from kgreview.graph.schema import Schema, TypePair
from kgreview.progress import Notice, Progress, silent
from kgreview.store.decisions import Decision
from kgreview.store.outcomes import QUALIFIED

FORM_NAMES = (
    *("sssom", "sssom-json", "ntriples", "turtle", "alignment", "csv", "parquet", "ent_links"),
    *("merged", "neo4j", "nquads"),
)
PREDICATES = ("sameAs", "exactMatch")
RULES = ("keep_both", "left", "right", "newest", "most_frequent")
UNSPECIFIED_LICENSE = "https://w3id.org/sssom/license/unspecified"

_AT_ONCE = 20_000  # pairs
_WORST_SHOWN = 3  # groups


@dataclass(frozen=True)
class ExportSettings:
    """What a project says of its exports, under ``export`` in ``kgreview.json``."""

    form: str = "sssom"  # one of FORM_NAMES, in which the page begins
    license: str = UNSPECIFIED_LICENSE  # IRI
    predicate: str = "sameAs"  # one of PREDICATES
    values: str = "keep_both"  # one of RULES, for values of the merged graph that differ
    left_changed: str = ""  # attribute with the date of an entity's last change, for "newest"
    right_changed: str = ""
    left_iri: str = ""  # put before ids of the left graph that are no IRIs
    right_iri: str = ""
    orcids: Mapping[str, str] = field(default_factory=dict)  # by curator
    largest_group: int = 10  # entities, where an entity may have several counterparts

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for a setting that makes no sense."""
        _check(self)

    @classmethod
    def from_json(cls, values: object) -> ExportSettings:
        """Read settings. Raises ``ValueError`` that says what is wrong."""
        if not isinstance(values, dict):
            raise ValueError("'export' is not an object")
        for name in values:
            if name not in {each.name for each in fields(cls)} and name != _MOVED:
                raise ValueError(f"{quoted(str(name))} is no setting of 'export'")
        if values.get(_MOVED):
            raise InputError(
                f"kgreview.json: '{_MOVED}' is no setting of 'export' any more, since it decides "
                "what is learnt, too: set it on the Schema page or under 'cardinality' in "
                "schema.json, and take it out here"
            )
        return cls(**{name: value for name, value in values.items() if name != _MOVED})


_MOVED = "cardinality"  # earlier releases kept it here, and wrote it where it was not set, too
_TEXTS = (
    *("form", "license", "predicate", "values", "left_changed", "right_changed"),
    *("left_iri", "right_iri"),
)


def _check(settings: ExportSettings) -> None:
    for name in _TEXTS:
        if not isinstance(getattr(settings, name), str):
            raise ValueError(f"'{name}' of 'export' is not a text")
    one_of = {"form": FORM_NAMES, "predicate": PREDICATES, "values": RULES}
    for name, choices in one_of.items():
        if getattr(settings, name) not in choices:
            raise ValueError(f"'{name}' of 'export' is none of {', '.join(choices)}")
    given = settings.orcids
    if not isinstance(given, dict) or not all(isinstance(v, str) for v in given.values()):
        raise ValueError("'orcids' of 'export' is not an object of texts")
    check_orcids(settings.orcids)
    if not isinstance(settings.largest_group, int) or settings.largest_group < 2:
        raise ValueError("'largest_group' of 'export' is not a number from 2 on")


@dataclass(frozen=True)
class Measured:
    """How precise an alignment is."""

    precision: Interval
    on: str  # what it was measured on
    recall: Interval = UNKNOWN  # of the matches among the candidates


@dataclass(frozen=True)
class Provenance:
    """What an export rests on."""

    project: str
    made_at: str  # UTC, ISO 8601
    release: str  # of kgreview
    version: str | None  # of the model; None: nothing is scored
    has_network: bool  # whether the version is more than the likeness of values
    threshold: float
    threshold_words: str  # where it comes from
    measured: Measured | None
    what: What
    counts: Mapping[str, int]
    cardinality: Mapping[TypePair, Cardinality]
    troubles: Troubles
    overruled: int
    gave_way: int
    orphaned: int

    def lines(self) -> list[str]:
        """Say it in lines of plain text."""
        held = ", ".join(f"{count:,} {words}" for words, count in self.counts.items() if count)
        return [
            f"Alignment of the project {self.project}, part {self.what.value}, by kgreview "
            f"{self.release} at {self.made_at}",
            f"Holds {held or 'nothing'}",
            *self._on_scores(),
            "Counterparts: "
            + ", ".join(f"{pair} {which.value}" for pair, which in self.cardinality.items()),
            *self.at_odds(),
        ]

    def _on_scores(self) -> Iterator[str]:
        if self.version is None:
            yield "Nothing is scored, so nothing is predicted"
            return
        if self.what is not What.ACCEPTED:
            by = f"version {self.version}" + ("" if self.has_network else ", likeness of values,")
            score = f"{self.threshold:.4g} on ({self.threshold_words})"
            yield f"Predicted by {by} from the score {score}"
        if self.what is What.ACCEPTED:
            yield "Nothing is predicted: these are matches by curators and known links alone"
        elif self.measured is None:
            yield "Precision is not measured: answer questions of the audit sample"
        else:
            yield f"Precision {percent(self.measured.precision)} by {self.measured.on}"
            if not math.isnan(self.measured.recall.low):
                recall = percent(self.measured.recall)
                yield f"Recall {recall} of the matches among the candidates by the same"

    def at_odds(self) -> Iterator[str]:
        """Say what conflicts with what, a line each."""
        large, troubles = self.troubles.large, self.troubles
        if large:
            sizes = ", ".join(str(group.size) for group in large[:_WORST_SHOWN])
            more = ", …" if len(large) > _WORST_SHOWN else ""
            groups = counted(len(large), "group is", "groups are")
            yield f"{groups} larger than allowed ({sizes}{more} entities)"
        if troubles.several:
            entities = counted(troubles.several, "entity has", "entities have")
            yield f"{entities} several matches where one is allowed"
        if troubles.rejected_within:
            pairs = counted(troubles.rejected_within, "rejected pair is", "rejected pairs are")
            yield f"{pairs} joined by other matches"
        if troubles.disputed and self.what is not What.ALL:
            pairs = counted(troubles.disputed, "pair is", "pairs are")
            yield f"{pairs} left out: curators differ on them"
        if self.gave_way:
            pairs = counted(self.gave_way, "pair", "pairs")
            yield f"{pairs} above the threshold gave way to a better one"
        if self.overruled:
            yield f"{counted(self.overruled, 'known link', 'known links')} overruled by decisions"
        if self.orphaned:
            orphaned = counted(self.orphaned, "decision", "decisions")
            yield f"{orphaned} left out, on entities that are gone"


Names = tuple[pa.LargeStringArray, pa.LargeStringArray]


def names_of(left: KnowledgeGraph, right: KnowledgeGraph, schema: Schema) -> Names:
    """Give what the entities are called, (left entities,) and (right entities,)."""
    return entity_names(left, schema.left_names), entity_names(right, schema.right_names)


class AlignedPair(NamedTuple):
    """A pair of an alignment as an export writes it."""

    left: str  # ids
    right: str
    left_name: str  # '' where there is none
    right_name: str
    state: str  # one of STATES
    basis: str  # one of BASES
    score: float | None
    decisions: tuple[Decision, ...]
    group: int


@dataclass(frozen=True, eq=False)
class Export:
    """An alignment that is handed on, and all that is told with it."""

    left: KnowledgeGraph
    right: KnowledgeGraph
    schema: Schema
    alignment: Alignment
    provenance: Provenance
    settings: ExportSettings
    read_names: Callable[[], Names] | None = None  # where others read the names, too

    @cached_property
    def groups(self) -> Groups:
        """The groups that its matches make."""
        return Groups.of(self.alignment, self.left, self.right)

    @cached_property
    def group_ids(self) -> list[str]:
        """The lasting id of each group."""
        return self.groups.ids(self.left, self.right)

    @cached_property
    def naming(self) -> tuple[Naming, Naming]:
        """How ids of the left and of the right graph become IRIs."""
        project = self.provenance.project
        return (
            Naming.of_side(project, "left", self.settings.left_iri),
            Naming.of_side(project, "right", self.settings.right_iri),
        )

    @cached_property
    def names(self) -> Names:
        """What the entities are called, (left entities,) and (right entities,)."""
        if self.read_names is not None:
            return self.read_names()
        return names_of(self.left, self.right, self.schema)

    def pairs(
        self,
        progress: Progress = silent,
        stage: str = "write pairs",
        places: slice = slice(None),
    ) -> Iterator[AlignedPair]:
        """Give the pairs one after another, a few thousand of them in memory at a time.

        ``places``: which of them, by their places in the alignment.
        """
        first, end, _ = places.indices(len(self.alignment))
        for start in range(first, end, _AT_ONCE):
            stop = min(start + _AT_ONCE, end)
            yield from self.take(np.arange(start, stop))
            progress(stage, stop - first, end - first)

    def take(self, where: Rows) -> list[AlignedPair]:
        """Give the pairs at some positions of the alignment."""
        alignment = self.alignment
        left, right = alignment.left[where], alignment.right[where]
        columns = (
            self.left.ids.take(pa.array(left)).to_pylist(),
            self.right.ids.take(pa.array(right)).to_pylist(),
            self.names[0].take(pa.array(left)).to_pylist(),
            self.names[1].take(pa.array(right)).to_pylist(),
            [STATES[code] for code in alignment.state[where].tolist()],
            [BASES[code] for code in alignment.basis[where].tolist()],
            [None if math.isnan(s) else s for s in alignment.score[where].tolist()],
            [
                alignment.decisions.get(pair, ())
                for pair in zip(left.tolist(), right.tolist(), strict=True)
            ],
            self.groups.left[left].tolist(),
        )
        return [AlignedPair(*row) for row in zip(*columns, strict=True)]

    def matches(self, progress: Progress) -> Iterator[AlignedPair]:
        """Give the pairs that are taken for matches."""
        return (pair for pair in self.pairs(progress) if pair.state == "match")

    def tell_qualified(self, notice: Notice) -> None:
        """Say how many qualified matches a form has no place for."""
        count = int(self.alignment.qualified.sum())
        if count:
            left_out = counted(count, "pair that is", "pairs that are")
            notice(
                f"{left_out} close, broader, narrower or related left out: this form has matches "
                "alone; SSSOM, RDF and tables keep them"
            )

    def mappings(self, progress: Progress) -> Iterator[AlignedPair]:
        """Give the pairs that are taken for matches, and qualified ones."""
        states = {"match", *(each.value for each in QUALIFIED)}
        return (pair for pair in self.pairs(progress) if pair.state in states)


def percent(figure: Interval) -> str:
    """Write a share with its 95 % interval."""
    limits = f"{100 * figure.low:.1f} to {100 * figure.high:.1f} %"
    return limits if math.isnan(figure.value) else f"{100 * figure.value:.1f} % ({limits}; 95 %)"
