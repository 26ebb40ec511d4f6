"""The forms in which links come, and how one is recognised."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kgreview.errors import InputError
from kgreview.exchange import rdf_links, sssom
from kgreview.exchange.files import beginning_as_text
from kgreview.exchange.statements import Statements
from kgreview.exchange.tab_lines import read_lines
from kgreview.graph.readers.tables import is_table
from kgreview.progress import Progress, silent

TABLE = "table"


class LinkForm(NamedTuple):
    """One form in which links come, beside the table."""

    title: str
    recognises: Callable[[Path], bool]
    read: Callable[[Path, Progress], Statements]


def _is_ent_links(path: Path) -> bool:
    """Whether a file holds two ids a line, parted by a tab, and no header."""
    lines = beginning_as_text(path).splitlines()[:20]
    if not lines or set(lines[0].split("\t")) == {"left", "right"}:
        return False
    if path.name.split(".")[0] in ("ent_links", "train_links", "valid_links", "test_links"):
        return True
    return not is_table(path) and all(line.count("\t") == 1 for line in lines if line)


def _read_ent_links(path: Path, progress: Progress = silent) -> Statements:
    first: list[str] = []
    second: list[str] = []
    rows: list[int] = []
    for number, line in read_lines(path):
        cells = line.split("\t")
        if len(cells) != 2:
            what = f"has {len(cells)} columns; write two ids with a tab between them"
            raise InputError.at(path, what, row=number)
        first.append(cells[0])
        second.append(cells[1])
        rows.append(number)
    progress("read links", len(first), len(first))
    label = np.ones(len(first), dtype=np.int8)
    return Statements(first, second, label, np.array(rows, dtype=np.int64), open_world=False)


# the first that recognises a file reads it, and where none does it is the two-column table
FORMS: dict[str, LinkForm] = {
    "sssom": LinkForm("SSSOM as a table", sssom.is_sssom_table, sssom.read_table),
    "sssom-json": LinkForm("SSSOM as JSON", sssom.is_sssom_json, sssom.read_json),
    "alignment": LinkForm("an OAEI alignment", rdf_links.is_alignment, rdf_links.read_alignment),
    "triples": LinkForm("RDF triples", rdf_links.is_rdf, rdf_links.read_triples),
    "ent_links": LinkForm("OpenEA's ent_links", _is_ent_links, _read_ent_links),
}


FORM_NAMES = (TABLE, *FORMS)


def recognise(path: Path) -> str:
    """Name the form of a file of links, one of ``FORM_NAMES``, by its content and name."""
    return next((name for name, form in FORMS.items() if form.recognises(path)), TABLE)
