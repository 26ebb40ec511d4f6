"""The layout of DBP15K, SRPRS and JAPE: ``triples_1`` of numbers that ``ent_ids_1`` explains."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kgreview.errors import InputError
from kgreview.exchange.files import entries_of
from kgreview.exchange.identifiers import without_brackets
from kgreview.exchange.links import KnownLinks
from kgreview.exchange.pair_forms import (
    ALL,
    LinkFiles,
    PairFolder,
    PairForm,
    PairOptions,
    refuse_fold,
    refuse_source_options,
)
from kgreview.exchange.tab_lines import (
    find_file,
    needed_file,
    read_lines,
    read_numbers,
    read_values,
)
from kgreview.exchange.triple_graph import TripleGraph
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.quoting import counted, quoted
from kgreview.graph.readers import LinkFile, read_link_splits
from kgreview.progress import Notice, Progress

_TITLE = "a folder of numbered triples"
_LINKS = {  # the first that is there counts
    "train": ("sup_ent_ids", "sup_pairs", "train_ent_ids"),
    "valid": ("valid_ent_ids", "dev_ent_ids", "valid_pairs"),
    "test": ("ref_ent_ids", "ref_pairs", "test_ent_ids"),
}
_UNDIVIDED = ("ill_ent_ids", "ref_ent_ids", "ref_pairs")
_TWICE = frozenset(name for names in (*_LINKS.values(), _UNDIVIDED) for name in names)


class _Side(NamedTuple):
    """The files of one side."""

    number: int
    entities: Path
    triples: Path
    relations: Path | None
    values: Path | None

    @property
    def files(self) -> list[Path]:
        return [file for file in self[1:] if isinstance(file, Path)]


def _recognises(path: Path) -> bool:
    """Whether there are the ids of one side: what else it needs, its reader says."""
    names = {entry.name.split(".")[0] for entry in entries_of(path)} if path.is_dir() else set()
    return bool(names & {"ent_ids_1", "ent_ids_2"})


def _open(path: Path, options: PairOptions) -> PairFolder:
    refuse_source_options(path, _TITLE, options)
    refuse_fold(path, _TITLE, options)
    left, right = (_side(path, number) for number in (1, 2))
    links = _link_files(path)
    read_files = {file.name for file in (*left.files, *right.files)}
    others = tuple(
        entry.name
        for entry in entries_of(path)
        if entry.name not in read_files and entry.name.split(".")[0] not in _TWICE
    )
    reads = [functools.partial(_read, side) for side in (left, right)]
    read_links = functools.partial(_read_link_files, (left.entities, right.entities))
    return PairFolder(path, _TITLE, reads[0], reads[1], links, read_links, others)


def _side(path: Path, number: int) -> _Side:
    return _Side(
        number,
        needed_file(path, _TITLE, f"ent_ids_{number}"),
        needed_file(path, _TITLE, f"triples_{number}"),
        find_file(path, f"rel_ids_{number}"),
        find_file(path, f"attr_triples_{number}", f"att_triples_{number}"),
    )


def _link_files(path: Path) -> LinkFiles:
    files = {split: find_file(path, *names) for split, names in _LINKS.items()}
    if files["train"] is None:
        file = find_file(path, *_UNDIVIDED)
        return {} if file is None else {ALL: (file,)}
    return {split: (file,) for split, file in files.items() if file is not None}


# ---------------------------------------------------------------- graphs


def _read(side: _Side, progress: Progress, notice: Notice) -> KnowledgeGraph:
    ids = _names_of(side.entities)
    relations = {} if side.relations is None else _names_of(side.relations)
    if side.relations is None:
        notice(f"there is no rel_ids_{side.number}; relations have numbers for names")
    _tell_of_twins(side.entities, ids, notice)
    graph = TripleGraph()
    graph.add_entities(ids.values())
    progress(f"read {side.triples.name}", 0, None)
    graph.add_relations(_triples(side.triples, ids, relations))
    if side.values is None:
        notice("there are no values of attributes; nothing is compared but relations and names")
    else:
        progress(f"read {side.values.name}", 0, None)
        others: set[str] = set()
        graph.add_values(_values(side.values, ids, others))
        if others:
            notice(
                f"{side.values.name}: values of {counted(len(others), 'id')} that "
                f"{side.entities.name} lacks are left out (as {quoted(min(others))})"
            )
    return graph.build(notice)


def _names_of(path: Path) -> dict[int, str]:
    """Read a file of numbers and what they stand for. Raises ``InputError`` for one told twice."""
    names: dict[int, str] = {}
    for row, line in read_lines(path):
        number, _, name = line.strip().partition("\t")
        name = without_brackets(name.strip())
        if not (number.isascii() and number.isdecimal() and len(number) <= 18 and name):
            raise InputError.at(path, "has no number and id with a tab between them", row=row)
        if names.setdefault(int(number), name) != name:
            raise InputError.at(path, f"the number {number} stands for another id already", row=row)
    if not names:
        raise InputError.at(path, "is empty; it tells what the numbers stand for")
    return names


def _tell_of_twins(path: Path, ids: Mapping[int, str], notice: Notice) -> None:
    if twins := len(ids) - len(set(ids.values())):
        notice(f"{path.name}: numbers that stand for the same id as another: {twins:,}; one entity")


def _triples(
    path: Path, ids: Mapping[int, str], relations: Mapping[int, str]
) -> Iterator[tuple[str, str, str]]:
    for row, (head, relation, tail) in read_numbers(path, 3):
        if head not in ids or tail not in ids:
            lacking = head if head not in ids else tail
            raise InputError.at(path, f"the number {lacking} stands for no entity", row=row)
        if relations and relation not in relations:
            raise InputError.at(path, f"the number {relation} stands for no relation", row=row)
        yield ids[head], relations.get(relation, f"relation {relation}"), ids[tail]


def _values(
    path: Path, ids: Mapping[int, str], others: set[str]
) -> Iterator[tuple[str, str, str, str]]:
    names = set(ids.values())
    for _, entity, attribute, value, tag in read_values(path):
        named = ids.get(int(entity), entity) if _is_number(entity) else entity
        if named in names:
            yield named, attribute, value, tag
        else:
            others.add(named)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18


# ---------------------------------------------------------------- links


def _read_link_files(
    entities: tuple[Path, Path],
    files: LinkFiles,
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    progress: Progress,
    notice: Notice,
) -> KnownLinks:
    ids = [_names_of(path) for path in entities]

    def read(
        path: Path, one: KnowledgeGraph, other: KnowledgeGraph, tell: Progress, _: Notice
    ) -> LinkFile:
        rows: list[int] = []
        texts: tuple[list[str], list[str]] = [], []
        for row, cells in _pairs(path):
            rows.append(row)
            for side, cell in enumerate(cells):
                name = ids[side].get(int(cell)) if _is_number(cell) else cell
                texts[side].append(cell if name is None else name)
        tell("read links", len(rows), len(rows))
        sides = [graph.rows(column) for graph, column in zip((one, other), texts, strict=True)]
        _refuse_unknown(path, rows, sides, texts)
        links = Links.of_file(sides[0], sides[1], np.ones(len(rows), dtype=np.int8))
        return LinkFile(path, links, rows.__getitem__)

    return KnownLinks(read_link_splits(files, left, right, progress, notice, read))


def _pairs(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Give the pairs of a file, numbers or ids, with tabs or spaces between them."""
    for row, line in read_lines(path):
        cells = [without_brackets(cell.strip()) for cell in line.split("\t")]
        if len(cells) != 2:
            cells = line.split()
        if len(cells) != 2:
            what = f"has {counted(len(cells), 'column')}, not the two of a pair"
            raise InputError.at(path, what, row=row)
        yield row, cells


def _refuse_unknown(
    path: Path, rows: list[int], sides: list[np.ndarray], texts: tuple[list[str], list[str]]
) -> None:
    for side, at, column in zip(("left", "right"), sides, texts, strict=True):
        if len(wrong := np.flatnonzero(at < 0)):
            first = int(wrong[0])
            what = f"no {side} entity is {quoted(column[first])}; correct it or drop the row"
            raise InputError.at(path, what, row=rows[first])


NUMBERED = PairForm(_TITLE, _recognises, _open)
