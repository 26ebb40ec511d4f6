"""OpenEA's layout of pair folders: ``rel_triples_1``, ``attr_triples_1``, ``ent_links``, folds."""

from __future__ import annotations

import functools
import re
from pathlib import Path

from kgreview.errors import InputError
from kgreview.exchange.files import entries_of
from kgreview.exchange.links import read_known_links
from kgreview.exchange.pair_forms import (
    ALL,
    LinkFiles,
    PairFolder,
    PairForm,
    PairOptions,
    refuse_source_options,
)
from kgreview.exchange.tab_lines import find_file, needed_file, read_cells, read_values
from kgreview.exchange.triple_graph import TripleGraph
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.quoting import listed
from kgreview.progress import Notice, Progress

_TITLE = "an OpenEA folder"
_USUAL = "721_5fold"
_FOLDS = re.compile(r"\w*fold")
# links of entities without a triple are left out, as OpenEA leaves them out
_READ_LINKS = functools.partial(read_known_links, form="ent_links", leave_out_unknown=True)
_SPLITS = {"train": "train_links", "valid": "valid_links", "test": "test_links"}


def _recognises(path: Path) -> bool:
    """Whether there are the relations of one side: what else it needs, its reader says."""
    names = {entry.name.split(".")[0] for entry in entries_of(path)} if path.is_dir() else set()
    return bool(names & {"rel_triples_1", "rel_triples_2"})


def _open(path: Path, options: PairOptions) -> PairFolder:
    refuse_source_options(path, _TITLE, options)
    triples = [needed_file(path, _TITLE, f"rel_triples_{side}") for side in (1, 2)]
    values = [find_file(path, f"attr_triples_{side}") for side in (1, 2)]
    reads = [functools.partial(_read, triples[side], values[side]) for side in (0, 1)]
    links = _link_files(path, options.fold)
    read = {*triples, *values, *(file for files in links.values() for file in files)}
    others = tuple(
        entry.name for entry in entries_of(path) if entry not in read and not _is_of_links(entry)
    )
    return PairFolder(path, _TITLE, reads[0], reads[1], links, _READ_LINKS, others)


def _is_of_links(entry: Path) -> bool:
    """Whether it holds the links, too, in another division of them."""
    return entry.name.split(".")[0] == "ent_links" or (
        entry.is_dir() and _FOLDS.fullmatch(entry.name) is not None
    )


def _link_files(path: Path, fold: str | None) -> LinkFiles:
    """Find the files of links of a fold, or else ``ent_links``."""
    chosen = _fold(path, fold)
    if chosen is None:
        return {ALL: (needed_file(path, _TITLE, "ent_links"),)}
    return {split: (needed_file(chosen, _TITLE, name),) for split, name in _SPLITS.items()}


def _fold(path: Path, fold: str | None) -> Path | None:
    """Find the folder of a fold, by default the first; ``None`` where the folder has no folds."""
    divisions = sorted(
        entry for entry in entries_of(path) if entry.is_dir() and _FOLDS.fullmatch(entry.name)
    )
    usual = [entry for entry in divisions if entry.name == _USUAL] or divisions
    if fold is None:
        if len(usual) > 1:
            names = listed(entry.name for entry in usual)
            raise InputError.at(path, f"holds {names}; choose one, as --fold {usual[0].name}/1")
        if usual:
            return _first(usual[0])
        return path if find_file(path, *_SPLITS.values()) else None
    places = [path / fold] if "/" in fold else [division / fold for division in usual]
    there = [place for place in places if place.is_dir() and place.resolve() != path.resolve()]
    if not there or not there[0].resolve().is_relative_to(path.resolve()):
        all_folds = [f"{d.name}/{n.name}" for d in divisions for n in _numbered(d)]
        have = f"it has {listed(all_folds)}" if all_folds else "it has no folds"
        raise InputError.at(path, f"has no fold '{fold}'; {have}")
    return there[0]


def _first(division: Path) -> Path:
    folds = _numbered(division)
    if not folds:
        raise InputError.at(division, "holds no fold, a folder such as 1; add it")
    return folds[0]


def _numbered(division: Path) -> list[Path]:
    folds = [entry for entry in entries_of(division) if entry.is_dir() and entry.name.isdecimal()]
    return sorted(folds, key=lambda entry: (len(entry.name), entry.name))


def _read(triples: Path, values: Path | None, progress: Progress, notice: Notice) -> KnowledgeGraph:
    graph = TripleGraph()
    progress(f"read {triples.name}", 0, None)
    rows = (cells for _, cells in read_cells(triples, 3))
    graph.add_relations((head, relation, tail) for head, relation, tail in rows)
    if values is None:
        notice("there are no values of attributes; nothing is compared but relations and names")
    else:
        progress(f"read {values.name}", 0, None)
        graph.add_values(row[1:] for row in read_values(values))
    if not graph.num_entities:
        raise InputError.at(triples, "holds no triple, nor does a file of values beside it")
    return graph.build(notice)


OPENEA = PairForm(_TITLE, _recognises, _open)
