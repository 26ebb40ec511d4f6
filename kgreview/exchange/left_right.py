"""The plainest pair folder: ``left`` and ``right``, sources in any form, and links beside them."""

from __future__ import annotations

import functools
from pathlib import Path

from kgreview.errors import InputError
from kgreview.exchange.files import entries_of, the_one
from kgreview.exchange.link_forms import TABLE, recognise
from kgreview.exchange.links import read_known_links
from kgreview.exchange.pair_forms import (
    ALL,
    LinkFiles,
    PairFolder,
    PairForm,
    PairOptions,
    links_by_split,
    refuse_fold,
    stem,
)
from kgreview.exchange.sources import read_source
from kgreview.graph.readers.tables import is_table

_TITLE = "a folder with left, right and links"
_SPLITS = {split: (split, f"{split}_links") for split in ("train", "valid", "test")}
_UNDIVIDED = ("links", "ent_links", "alignment")


def _recognises(path: Path) -> bool:
    stems = {stem(entry) for entry in entries_of(path)} if path.is_dir() else set()
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
        functools.partial(read_source, left, options.left),
        functools.partial(read_source, right, options.right),
        links,
        functools.partial(read_known_links, form=options.links_format),
        tuple(entry.name for entry in others),
        (left, right),
    )


def _one(path: Path, entries: list[Path], side: str) -> Path:
    source = the_one(path, (entry for entry in entries if stem(entry) == side))
    if source is None:
        raise InputError.at(path, f"has no {side}, a source such as {side}/ or {side}.ttl; add it")
    return source


def _link_files(folder: Path, own: bool) -> LinkFiles:
    """Find the files of links by split, or those that name none; ``own``: it holds nothing else."""
    files = [entry for entry in entries_of(folder) if entry.is_file()]
    if links := links_by_split(folder, filter(_is_links, files), _SPLITS):
        return links
    undivided = [file for file in files if (_is_links(file) if own else stem(file) in _UNDIVIDED)]
    return {ALL: undivided} if undivided else {}


def _is_links(file: Path) -> bool:
    return is_table(file) or recognise(file) != TABLE


LEFT_RIGHT = PairForm(_TITLE, _recognises, _open)
