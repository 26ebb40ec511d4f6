"""SSSOM out, as a table and as JSON: one row for each justification of a mapping.

A curator's row and the network's are two. Slots and values are those of SSSOM 1.1
(https://mapping-commons.github.io/sssom/).
"""

from __future__ import annotations

import csv
import itertools
import json
import math
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import yaml

from kgreview.exchange.export import AlignedPair, Export
from kgreview.exchange.identifiers import WELL_KNOWN, Naming, Prefixes, slug
from kgreview.exchange.orcid import orcid_of
from kgreview.exchange.sssom import (
    COMPOSITE,
    MANUAL,
    NO_TERM,
    QUALIFIED,
    REVIEW,
    TOOL,
    UNSPECIFIED,
    joined,
)
from kgreview.exchange.writing import Target, text_file
from kgreview.progress import Progress
from kgreview.store.annotator_agreement import ADJUDICATED
from kgreview.store.decisions import Decision
from kgreview.store.outcomes import Outcome

_SLOTS = (
    *("subject_id", "subject_label", "predicate_id", "predicate_modifier", "object_id"),
    *("object_label", "mapping_justification", "mapping_cardinality", "author_id"),
    *("author_label", "reviewer_id", "reviewer_label", "mapping_date", "confidence"),
    *("reviewer_agreement", "mapping_tool", "mapping_tool_version", "curation_rule_text"),
    "comment",
)
_LISTS = {"author_id", "author_label", "reviewer_id", "reviewer_label", "curation_rule_text"}
_PREDICATES = {"sameAs": "owl:sameAs", "exactMatch": "skos:exactMatch"}
_ORCID = "https://orcid.org/"
_AGREES = {Outcome.MATCH: "", Outcome.NO_MATCH: "Not"}

Mapping = dict[str, Any]


def write_sssom_table(target: Target, export: Export) -> None:
    """Write SSSOM/TSV with its metadata as YAML in comments at the top."""
    mappings = _Mappings(export, target.progress)
    with text_file(target.path, packed=target.packed) as file:
        metadata = mappings.metadata | {"curie_map": dict(mappings.prefixes.expansions)}
        text = yaml.safe_dump(metadata, sort_keys=False, allow_unicode=True, width=math.inf)
        file.writelines(f"#{line}\n" for line in text.splitlines())
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(_SLOTS)
        for mapping in mappings:
            writer.writerow([_cell(slot, mapping.get(slot)) for slot in _SLOTS])


def write_sssom_json(target: Target, export: Export) -> None:
    """Write SSSOM/JSON, with the prefixes as its JSON-LD context."""
    mappings = _Mappings(export, target.progress)
    context = {"@vocab": WELL_KNOWN["sssom"]} | dict(mappings.prefixes.expansions)
    head = {"@context": context, "@type": "MappingSet"} | mappings.metadata
    with text_file(target.path, packed=target.packed) as file:
        file.write(json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}"))
        file.write(',\n "mappings": [')
        for number, mapping in enumerate(mappings):
            slots = {slot: [v] if slot in _LISTS else v for slot, v in mapping.items()}
            file.write(f"{',' if number else ''}\n  {json.dumps(slots, ensure_ascii=False)}")
        file.write("\n ]\n}\n")


def _cell(slot: str, value: Any) -> str:
    if value is None:
        return ""
    return joined(str(value)) if slot in _LISTS else str(value)


class _Mappings:
    """The mappings of an export, one after another, and what is said of them all."""

    def __init__(self, export: Export, progress: Progress) -> None:
        self._export = export
        self._progress = progress
        self._predicate = _PREDICATES[export.settings.predicate]
        people = Naming(f"urn:kgreview:{slug(export.provenance.project)}:curator:")
        self._people = people
        self.prefixes = self._chosen_prefixes()
        self.metadata = self._metadata()

    def __iter__(self) -> Iterator[Mapping]:
        for pair in self._export.pairs(self._progress, "write mappings"):
            yield from self._of_pair(pair)
        names = self._export.names[0]
        for decision in self._export.alignment.no_counterpart:
            name = names[self._export.left.row(decision.left)].as_py()
            subject = self._curie(self._export.naming[0].iri(decision.left))
            yield _filled(
                subject_id=subject,
                subject_label=name,
                predicate_id=self._predicate,
                object_id=NO_TERM,
                mapping_cardinality="1:0",
                **self._by_person(decision),
            )

    def _of_pair(self, pair: AlignedPair) -> Iterator[Mapping]:
        ends = {
            "subject_id": self._curie(self._export.naming[0].iri(pair.left)),
            "subject_label": pair.left_name,
            "predicate_id": self._predicate,
            "object_id": self._curie(self._export.naming[1].iri(pair.right)),
            "object_label": pair.right_name,
        }
        unsure = [d for d in pair.decisions if d.outcome is Outcome.UNSURE]
        for decision in pair.decisions:
            if decision.outcome in QUALIFIED:
                predicate = {"predicate_id": QUALIFIED[decision.outcome]}
                yield _filled(**(ends | predicate), **self._by_person(decision))
            if decision.outcome in _AGREES:
                modifier = _AGREES[decision.outcome]
                yield _filled(**ends, predicate_modifier=modifier, **self._by_person(decision))
        if pair.basis == "link":
            modifier = "Not" if pair.state == "no_match" else ""
            yield _filled(**ends, predicate_modifier=modifier, mapping_justification=UNSPECIFIED)
        if pair.score is not None and (unsure or self._is_called(pair)):
            yield _filled(**ends, **self._by_network(pair.score, unsure[-1] if unsure else None))

    def _is_called(self, pair: AlignedPair) -> bool:
        """Whether the network, too, takes the pair for a match."""
        called = pair.score is not None and pair.score >= self._export.provenance.threshold
        return called and pair.state in ("match", "disputed")

    def _by_person(self, decision: Decision) -> Mapping:
        rules = decision.strategy == ADJUDICATED
        role = "reviewer" if rules else "author"
        return {
            "mapping_justification": REVIEW if rules else MANUAL,
            f"{role}_id": self._person(decision.curator),
            f"{role}_label": decision.curator,
            "mapping_date": decision.created_at[:10],
            "curation_rule_text": decision.reason,
            "comment": decision.note,
        }

    def _by_network(self, score: float, unsure: Decision | None) -> Mapping:
        mapping: Mapping = {
            "mapping_justification": COMPOSITE,
            "confidence": round(score, 6),
            "mapping_tool": TOOL,
            "mapping_tool_version": f"{self._export.provenance.release} "
            f"{self._export.provenance.version}",
        }
        if unsure is not None:  # who cannot tell neither agrees nor disagrees
            mapping |= {
                "reviewer_id": self._person(unsure.curator),
                "reviewer_label": unsure.curator,
                "reviewer_agreement": 0.0,
                "comment": unsure.note,
            }
        return mapping

    def _person(self, curator: str) -> str:
        """Give a curator as a CURIE: the ORCID where it is known, else one of the project's own."""
        orcid = orcid_of(self._export.settings.orcids.get(curator, curator))
        return self._curie(_ORCID + orcid if orcid else self._people.base + quote(curator, safe=""))

    def _curie(self, iri: str) -> str:
        # | parts the values of a cell
        return self.prefixes.curie(iri).replace("|", "%7C")

    def _chosen_prefixes(self) -> Prefixes:
        """Choose prefixes for all entities and people that are named."""
        export, alignment = self._export, self._export.alignment
        sides = zip((export.left, export.right), (alignment.left, alignment.right), export.naming,
                    strict=True)  # fmt: skip
        entities = itertools.chain(
            *(map(naming.iri, graph.ids.take(rows).to_pylist()) for graph, rows, naming in sides),
            (export.naming[0].iri(decision.left) for decision in alignment.no_counterpart),
        )
        chosen = Prefixes.of(entities).expansions
        used = {prefix: chosen[prefix] for prefix in chosen if prefix not in WELL_KNOWN}
        standard = {prefix: WELL_KNOWN[prefix] for prefix in ("owl", "semapv", "skos", "sssom")}
        people = {"curator": self._people.base, "orcid": _ORCID}
        return Prefixes(standard | people | used)

    def _metadata(self) -> dict[str, Any]:
        provenance = self._export.provenance
        first, *rest = provenance.lines()
        metadata: dict[str, Any] = {
            "sssom_version": "1.1",
            "mapping_set_id": f"urn:kgreview:{slug(provenance.project)}:mappings",
            "mapping_set_version": provenance.made_at,
            "mapping_set_title": provenance.project,
            "mapping_set_description": first,
            "license": self._export.settings.license,
            "publication_date": provenance.made_at[:10],
            "comment": ". ".join(rest),
        }
        if provenance.measured is not None and not math.isnan(provenance.measured.precision.value):
            metadata["mapping_set_confidence"] = round(provenance.measured.precision.value, 4)
        return metadata


def _filled(**slots: Any) -> Mapping:
    return {slot: slots[slot] for slot in _SLOTS if slots.get(slot) not in (None, "")}
