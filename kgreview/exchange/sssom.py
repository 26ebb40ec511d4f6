"""SSSOM, the Simple Standard for Sharing Ontological Mappings, read from TSV and JSON.

A row is one mapping with one justification (https://mapping-commons.github.io/sssom/). An exact
predicate states a match, and with ``predicate_modifier`` ``Not`` a non-match. ``sssom:NoTermFound``
in the place of an entity says that the other one has no counterpart.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from kgreview.errors import InputError
from kgreview.exchange.files import beginning_as_text, lines_of, parts_of
from kgreview.exchange.identifiers import WELL_KNOWN, Prefixes
from kgreview.exchange.statements import Alone, Judgement, Statements
from kgreview.graph.quoting import one_line, quoted
from kgreview.progress import Progress, silent
from kgreview.store.outcomes import Outcome

TOOL = "kgreview"  # mapping_tool of rows that an export wrote of the network's own
NO_TERM = "sssom:NoTermFound"
EXACT = {
    "owl:sameAs",
    "skos:exactMatch",
    "owl:equivalentClass",
    "owl:equivalentProperty",
}
QUALIFIED = {
    Outcome.CLOSE: "skos:closeMatch",
    Outcome.BROADER: "skos:broadMatch",
    Outcome.NARROWER: "skos:narrowMatch",
    Outcome.RELATED: "skos:relatedMatch",
}
MANUAL = "semapv:ManualMappingCuration"
REVIEW = "semapv:MappingReview"
COMPOSITE = "semapv:CompositeMatching"
UNSPECIFIED = "semapv:UnspecifiedMatching"
INVERSION = "semapv:MappingInversion"

_NEEDED = ("subject_id", "predicate_id", "object_id")
_EXACT_IRIS = {Prefixes(WELL_KNOWN).expand(each) for each in EXACT}
_QUALIFIED_IRIS = {Prefixes(WELL_KNOWN).expand(name): each for each, name in QUALIFIED.items()}
_NO_TERM_IRI = Prefixes(WELL_KNOWN).expand(NO_TERM)
_COMPOSITE_IRI = Prefixes(WELL_KNOWN).expand(COMPOSITE)
_BY_PEOPLE = {Prefixes(WELL_KNOWN).expand(each) for each in (MANUAL, REVIEW)}
_OF_NO_TOOL = _BY_PEOPLE | {Prefixes(WELL_KNOWN).expand(each) for each in (UNSPECIFIED, INVERSION)}
_EVERY = 50_000  # rows between two reports

Row = Mapping[str, str]


def is_sssom_table(path: Path) -> bool:
    """Whether a file is SSSOM as a table: its header names subject and object."""
    lines = beginning_as_text(path).splitlines()
    header = next((line for line in lines if not line.startswith("#") and line.strip()), "")
    return {"subject_id", "object_id"} <= set(_cells(header))


def is_sssom_json(path: Path) -> bool:
    """Whether a file is SSSOM as JSON: an object with mappings."""
    text = beginning_as_text(path).lstrip()
    return text.startswith("{") and '"mappings"' in text


def read_table(path: Path, progress: Progress = silent) -> Statements:
    """Read SSSOM/TSV (or CSV) with its metadata as YAML in comments at the top.

    Raises ``InputError`` for a header without its columns, metadata that is no YAML, and a row
    that is cut short.
    """
    lines = (line for _, line in lines_of(path))
    metadata, header, line = _metadata(path, lines)
    prefixes = _prefixes(path, metadata.get("curie_map"))
    rows = _table_rows(path, lines, header, line, progress)
    return _statements(rows, prefixes, "predicate_modifier", own=_is_own(metadata))


def read_json(path: Path, progress: Progress = silent) -> Statements:
    """Read SSSOM/JSON. Raises ``InputError`` for what is no such file."""
    try:
        mapping_set = json.loads(b"".join(parts_of(path)))
    except (ValueError, RecursionError) as error:
        raise InputError.at(path, f"is not JSON in UTF-8 ({one_line(str(error))})") from error
    mappings = mapping_set.get("mappings") if isinstance(mapping_set, dict) else None
    if not isinstance(mappings, list) or not all(isinstance(each, dict) for each in mappings):
        raise InputError.at(path, "is no SSSOM: it has no list of 'mappings'; export it again")
    context = _context(mapping_set.get("@context"))
    given = mapping_set.get("curie_map") or mapping_set.get("prefix_map") or {}
    prefixes = _prefixes(path, context | (given if isinstance(given, dict) else {}))
    progress("read links", len(mappings), len(mappings))
    rows = ((None, _as_texts(each)) for each in mappings)
    return _statements(rows, prefixes, None, own=_is_own(mapping_set))


def _is_own(metadata: Mapping[str, Any]) -> bool:
    """Whether a project wrote the file, so that each row of a person is a decision of its own."""
    return str(metadata.get("mapping_set_id", "")).startswith("urn:kgreview:")


# ---------------------------------------------------------------- the form


def _cells(line: str) -> list[str]:
    return line.rstrip("\r\n").split("\t" if "\t" in line else ",")


def _metadata(path: Path, lines: Iterator[str]) -> tuple[dict[str, Any], str, int]:
    """Give the metadata, the header, and the number of its line."""
    comments: list[str] = []
    for number, line in enumerate(lines, start=1):
        if line.startswith("#"):
            comments.append(line[1:])
        elif line.strip():
            return _yaml(path, comments), line, number
    raise InputError.at(path, "has no header; SSSOM names its columns below the comments")


def _yaml(path: Path, comments: list[str]) -> dict[str, Any]:
    indents = {len(line) - len(line.lstrip(" ")) for line in comments if line.strip()}
    common = min(indents, default=0)  # "# key: value" beside "#key: value"
    text = "\n".join(line[common:].rstrip() for line in comments)
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        what = f"has metadata that is no YAML ({one_line(str(error))}); mend the comments"
        raise InputError.at(path, what) from error
    return values if isinstance(values, dict) else {}


def _prefixes(path: Path, given: Any) -> Prefixes:
    if given is None:
        given = {}
    if not isinstance(given, dict):
        raise InputError.at(path, "has a curie_map that is no map of prefixes; mend it")
    return Prefixes(WELL_KNOWN | {str(prefix): str(iri) for prefix, iri in given.items()})


def _context(context: Any) -> dict[str, str]:
    """Give the prefixes of a JSON-LD context."""
    if not isinstance(context, dict):
        return {}
    named = {
        key: value.get("@id") if isinstance(value, dict) and value.get("@prefix") else value
        for key, value in context.items()
    }
    return {
        key: value
        for key, value in named.items()
        if isinstance(value, str) and not key.startswith("@")
    }


def _table_rows(
    path: Path, lines: Iterator[str], header: str, line: int, progress: Progress
) -> Iterator[tuple[int | None, Row]]:
    """Give each row with the number of the line at which it begins."""
    comma = "\t" not in header
    names = next(csv.reader([header.rstrip("\r\n")], delimiter="," if comma else "\t"))
    for needed in _NEEDED:
        if needed not in names:
            raise InputError.at(path, "is missing; SSSOM needs it", row=line, column=needed)
    reader = csv.reader(lines, delimiter="," if comma else "\t")
    at = line + 1
    try:
        for count, cells in enumerate(reader):
            if any(cells):
                if len(cells) > len(names):
                    what = f"has {len(cells)} columns where the header names {len(names)}"
                    raise InputError.at(path, what, row=at)
                yield at, dict(zip(names, cells, strict=False))
            at = line + 1 + reader.line_num
            if count % _EVERY == 0:
                progress("read links", count)
    except csv.Error as error:
        raise InputError.at(path, f"cannot be read ({error})", row=at) from error


def _as_texts(mapping: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: "|".join(joined(str(each)) for each in value)
        if isinstance(value, list)
        else str(value)
        for name, value in mapping.items()
        if value is not None
    }


# ---------------------------------------------------------------- the meaning


def _statements(
    rows: Iterator[tuple[int | None, Row]], prefixes: Prefixes, column: str | None, *, own: bool
) -> Statements:
    """Tell matches, non-matches and entities without a counterpart from all else.

    ``own``: an export of a project, whose decisions are given, too.
    """
    first: list[str] = []
    second: list[str] = []
    label: list[int] = []
    places: list[int] = []
    ruled: list[bool] = []
    by_tool: list[bool] = []
    alone: list[Alone] = []
    judged: list[Judgement] = []
    left_out: Counter[str] = Counter()
    for place, row in rows:
        subject, target = row.get("subject_id", ""), row.get("object_id", "")
        gone = _no_term(subject, prefixes), _no_term(target, prefixes)
        why = _left_out(row, prefixes, gone)
        judgement = _judgement(row, prefixes) if own and not any(gone) else None
        if judgement is not None:
            judged.append(judgement)
            if judgement.outcome in QUALIFIED:  # no match, and kept as what it is
                continue
        if why is not None:
            left_out[why] += 1
        elif any(gone):
            alone.append(_alone(row, target if gone[0] else subject, first=gone[1]))
        else:
            first.append(subject)
            second.append(target)
            label.append(int(not _negated(row)))
            places.append(-1 if place is None else place)
            ruled.append(row.get("mapping_justification") == REVIEW)
            by_tool.append(_is_of_a_tool(row, prefixes))
    kept = _without_contradictions(first, second, label, ruled, left_out)
    return Statements(
        [first[at] for at in kept],
        [second[at] for at in kept],
        np.array([label[at] for at in kept], dtype=np.int8),
        np.array([places[at] for at in kept], dtype=np.int64) if column else None,
        tuple(alone),
        tuple(judged),
        prefixes,
        left_out,
        column=column,
        by_tools=sum(by_tool[at] for at in kept),
    )


def _left_out(row: Row, prefixes: Prefixes, gone: tuple[bool, bool]) -> str | None:
    """Say why a row states neither a match nor a non-match, ``None`` where it does."""
    own = row.get("mapping_tool", "").lower() == TOOL
    if own and prefixes.expand(row.get("mapping_justification", "")) == _COMPOSITE_IRI:
        return "a network's own prediction"
    if _is_disputed(row):
        return "its reviewer does not agree (reviewer_agreement)"
    predicate = row.get("predicate_id", "")
    if not all(gone) and not any(gone) and prefixes.expand(predicate) not in _EXACT_IRIS:
        return f"the predicate {quoted(predicate)}, which is no exact match"
    if not row.get("subject_id") or not row.get("object_id"):
        return "no subject or no object"
    return "no entity on either side" if all(gone) else None


def _is_disputed(row: Row) -> bool:
    """Whether a reviewer is against a mapping (-1), or neither for nor against it (0)."""
    try:
        return float(row.get("reviewer_agreement") or 1) <= 0
    except ValueError:
        return False


def _is_of_a_tool(row: Row, prefixes: Prefixes) -> bool:
    """Whether a tool found a mapping and nobody put a name to it."""
    justification = prefixes.expand(row.get("mapping_justification", ""))
    return bool(justification) and justification not in _OF_NO_TOOL and not _person(row)


def _negated(row: Row) -> bool:
    return row.get("predicate_modifier", "").strip().lower() == "not"


def _no_term(entity: str, prefixes: Prefixes) -> bool:
    return prefixes.expand(entity) == _NO_TERM_IRI


def _alone(row: Row, entity: str, *, first: bool) -> Alone:
    return Alone(entity, first, _person(row), row.get("comment", ""), _reason(row))


def _judgement(row: Row, prefixes: Prefixes) -> Judgement | None:
    """Give what a person said, ``None`` where a row is of nobody."""
    justification = prefixes.expand(row.get("mapping_justification", ""))
    if justification in _BY_PEOPLE:
        predicate = prefixes.expand(row.get("predicate_id", ""))
        outcome = Outcome.NO_MATCH if _negated(row) else Outcome.MATCH
        if predicate in _QUALIFIED_IRIS:
            if _negated(row):
                return None  # that they are not close says nothing of whether they are the same
            outcome = _QUALIFIED_IRIS[predicate]
        elif predicate not in _EXACT_IRIS:
            return None
    elif justification == _COMPOSITE_IRI and row.get("reviewer_agreement", "") in ("0", "0.0"):
        outcome = Outcome.UNSURE  # who neither agrees nor disagrees with the network
    else:
        return None
    who = _person(row)
    ends = row.get("subject_id", ""), row.get("object_id", "")
    return Judgement(*ends, outcome, who, _reason(row), row.get("comment", "")) if who else None


def _person(row: Row) -> str:
    slots = ("author_label", "author_id", "reviewer_label", "reviewer_id")
    return ", ".join(parted(next(filter(None, map(row.get, slots)), None) or ""))


def _reason(row: Row) -> str:
    return ", ".join(parted(row.get("curation_rule_text", "")))


def parted(cell: str) -> list[str]:
    r"""Give the values of a cell that may hold several: a bar parts them, one after \ does not.

    >>> parted(r"Alice\|Bob|Charlie")
    ['Alice|Bob', 'Charlie']
    """
    values = re.findall(r"(?:[^\\|]|\\.|\\$)+", cell)
    return [re.sub(r"\\([\\|])", r"\1", value) for value in values]


def joined(value: str) -> str:
    """Give a value as a cell that may hold several, of which it is one."""
    return value.replace("\\", "\\\\").replace("|", "\\|")


def _without_contradictions(
    first: list[str],
    second: list[str],
    label: list[int],
    ruled: list[bool],
    left_out: Counter[str],
) -> list[int]:
    """Give the positions of what stands: a review before all else, and none where two differ."""
    predicates: dict[tuple[str, str], set[tuple[bool, int]]] = {}
    for pair, which in zip(zip(first, second, strict=True), zip(ruled, label, strict=True),
                           strict=True):  # fmt: skip
        predicates.setdefault(pair, set()).add(which)
    kept = []
    for at, pair in enumerate(zip(first, second, strict=True)):
        of_pair = predicates[pair]
        if len(of_pair) > 1:
            rulings = {which for by_review, which in of_pair if by_review}
            stands = rulings or {which for _, which in of_pair}
            if len(stands) > 1:
                left_out["a pair that is stated as a match and as none"] += 1
                continue
            if label[at] not in stands:
                left_out["overruled by a review"] += 1
                continue
        kept.append(at)
    return kept
