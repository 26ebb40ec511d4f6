"""Pair folders: two graphs with their links in one folder, in any layout that is known here."""

from __future__ import annotations

from pathlib import Path

from kgreview.errors import InputError
from kgreview.exchange.left_right import LEFT_RIGHT
from kgreview.exchange.magellan import MAGELLAN
from kgreview.exchange.numbered_triples import NUMBERED
from kgreview.exchange.openea import OPENEA
from kgreview.exchange.pair_forms import PairFolder, PairForm, PairOptions

__all__ = ["PAIR_FORMS", "PairFolder", "PairOptions", "is_pair_folder", "open_pair", "refuse_pair"]

# the first that recognises a folder opens it
PAIR_FORMS: tuple[PairForm, ...] = (OPENEA, NUMBERED, MAGELLAN, LEFT_RIGHT)

_AS_IT_IS = PairOptions()


def is_pair_folder(path: Path) -> bool:
    """Whether a path is a folder in one of the layouts."""
    return any(form.recognises(path) for form in PAIR_FORMS)


def refuse_pair(path: Path) -> None:
    """Raise ``InputError`` for a pair folder in the place of one graph, where it can be no source.

    Folders of tables or RDF may be sources as well.
    """
    for form in (OPENEA, NUMBERED):
        if form.recognises(path):
            raise InputError.at(path, f"is {form.title} with both graphs; give it as --pair")


def open_pair(path: Path, options: PairOptions = _AS_IT_IS) -> PairFolder:
    """Look into a pair folder, whose graphs and links are read when they are asked for.

    Raises ``InputError`` where there is none, where a part of it is missing or stands twice, and
    for an option that its layout does not heed.
    """
    if not path.is_dir():
        raise InputError.at(path, "there is no such folder; check the path")
    for form in PAIR_FORMS:
        if form.recognises(path):
            return form.open(path, options)
    titles = ", ".join(form.title for form in PAIR_FORMS)
    raise InputError.at(path, f"is no pair of graphs that can be read; give {titles}")
