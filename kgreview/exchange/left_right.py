"""The plainest pair folder: ``left`` and ``right``, sources in any form, and links beside them."""

from __future__ import annotations

import functools
from pathlib import Path

from kgreview.errors import InputError
from kgreview.exchange.files import entries_of
from kgreview.exchange.forms import SourceOptions
from kgreview.exchange.link_forms import TABLE, recognise
from kgreview.exchange.links import KnownLinks, read_known_links
from kgreview.exchange.pair_forms import (
    ALL,
    LinkFiles,
    PairFolder,
    PairForm,
    PairOptions,
    refuse_fold,
)
from kgreview.exchange.sources import read_source
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.readers.tables import is_table
from kgreview.progress import Notice, Progress

_TITLE = "a folder with left, right and links"
_SPLITS = ("train", "valid", "test")
_UNDIVIDED = ("links", "ent_links", "alignment")


def _stem(path: Path) -> str:
    return path.name.lower().split(".")[0]


def _recognises(path: Path) -> bool:
    stems = {_stem(entry) for entry in entries_of(path)} if path.is_dir() else set()
    return {"left", "right"} <= stems


def _open(path: Path, options: PairOptions) -> PairFolder:
    refuse_fold(path, _TITLE, options)
    entries = entries_of(path)
    left, right = (_one(path, entries, side) for side in ("left", "right"))
    folder = next((entry for entry in entries if entry.name == "links" and entry.is_dir()), None)
    links = _link_files(folder or path, folder is not None)
    read = {left, right, *(file for files in links.values() for file in files)}
    others = [entry for entry in entries if entry not in {*read, folder}]
    others += [entry for entry in entries_of(folder) if entry not in read] if folder else []
    return PairFolder(
        path,
        _TITLE,
        functools.partial(_read, left, options.left),
        functools.partial(_read, right, options.right),
        links,
        functools.partial(_read_link_files, options.links_format),
        tuple(entry.name for entry in others),
        (left, right),
    )


def _one(path: Path, entries: list[Path], stem: str) -> Path:
    matching = [entry for entry in entries if _stem(entry) == stem]
    if not matching:
        raise InputError.at(path, f"has no {stem}, a source such as {stem}/ or {stem}.ttl; add it")
    if len(matching) > 1:
        names = " and ".join(entry.name for entry in matching)
        raise InputError.at(path, f"holds {names}; keep one of them")
    return matching[0]


def _link_files(folder: Path, own: bool) -> LinkFiles:
    """Find the files of links by split, or those that name none; ``own``: it holds nothing else."""
    files = [entry for entry in entries_of(folder) if entry.is_file()]
    by_split = {split: [file for file in files if _is_of(file, split)] for split in _SPLITS}
    for split_files in by_split.values():
        if len(split_files) > 1:
            names = " and ".join(file.name for file in split_files)
            raise InputError.at(folder, f"holds {names}; keep one of them")
    if any(by_split.values()):
        return {split: tuple(split_files) for split, split_files in by_split.items() if split_files}
    undivided = [file for file in files if (_is_links(file) if own else _stem(file) in _UNDIVIDED)]
    return {ALL: tuple(undivided)} if undivided else {}


def _is_of(file: Path, split: str) -> bool:
    return _stem(file) in (split, f"{split}_links") and _is_links(file)


def _is_links(file: Path) -> bool:
    return is_table(file) or recognise(file) != TABLE


def _read(
    source: Path, options: SourceOptions, progress: Progress, notice: Notice
) -> KnowledgeGraph:
    return read_source(source, options, progress, notice)


def _read_link_files(
    links_format: str | None,
    files: LinkFiles,
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    progress: Progress,
    notice: Notice,
) -> KnownLinks:
    return read_known_links(files, left, right, progress, notice, links_format)


LEFT_RIGHT = PairForm(_TITLE, _recognises, _open)
