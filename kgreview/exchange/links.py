"""Known links in whatever form they come: tables, SSSOM, RDF, alignments, ``ent_links``.

A file is first read into statements about its own ids; then the entities that these mean are looked
up in both graphs, in whichever order the file has them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kgreview.errors import InputError
from kgreview.exchange import rdf_links, sssom
from kgreview.exchange.identifiers import Lookup
from kgreview.exchange.link_messages import nothing_fits, tell_how, tell_left_out
from kgreview.exchange.statements import Statements, beginning, open_bytes
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.quoting import one_line, quoted
from kgreview.graph.readers import LinkFile, read_link_splits, read_link_table
from kgreview.graph.readers.tables import is_table
from kgreview.progress import Notice, Progress, silent, unheard
from kgreview.store.outcomes import Outcome

Rows = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

TABLE = "table"


class NoCounterpart(NamedTuple):
    """A left entity that a file says has no counterpart on the right."""

    left: str  # its id
    curator: str  # '' where the file names nobody
    note: str
    reason: str = ""


class Judged(NamedTuple):
    """What a person said of a pair in another project."""

    left: str  # ids
    right: str
    outcome: Outcome
    curator: str
    reason: str
    note: str


@dataclass(frozen=True)
class KnownLinks:
    """All that files of links tell, by split."""

    links: Mapping[str, Links]
    no_counterpart: tuple[NoCounterpart, ...] = ()
    judged: tuple[Judged, ...] = ()


class LinkForm(NamedTuple):
    """One form in which links come, beside the table."""

    title: str
    recognises: Callable[[Path], bool]
    read: Callable[[Path, Progress], Statements]


# ---------------------------------------------------------------- OpenEA's ent_links


def _is_ent_links(path: Path) -> bool:
    """Whether a file holds two ids a line, parted by a tab, and no header."""
    lines = beginning(path).splitlines()[:20]
    if not lines or set(lines[0].split("\t")) == {"left", "right"}:
        return False
    if path.name.split(".")[0] in ("ent_links", "train_links", "valid_links", "test_links"):
        return True
    return not is_table(path) and all(line.count("\t") == 1 for line in lines if line)


def _read_ent_links(path: Path, progress: Progress = silent) -> Statements:
    first: list[str] = []
    second: list[str] = []
    rows: list[int] = []
    try:
        with open_bytes(path) as file:
            for number, line in enumerate(file, start=1):
                cells = _text(path, line, number).rstrip("\r\n").split("\t")
                if len(cells) == 2:
                    first.append(cells[0])
                    second.append(cells[1])
                    rows.append(number)
                elif any(cells):
                    what = f"has {len(cells)} columns; write two ids with a tab between them"
                    raise InputError.at(path, what, row=number)
    except (OSError, EOFError) as error:
        raise InputError.at(path, f"cannot be read ({one_line(str(error))})") from error
    progress("read links", len(first), len(first))
    label = np.ones(len(first), dtype=np.int8)
    return Statements(first, second, label, np.array(rows, dtype=np.int64), open_world=False)


def _text(path: Path, line: bytes, number: int) -> str:
    try:
        return line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError:
        raise InputError.at(path, "is not UTF-8; convert the file", row=number) from None


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


def read_link_source(
    path: Path,
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    progress: Progress = silent,
    notice: Notice = unheard,
    form: str | None = None,
) -> Links:
    """Read links from one file in any of the forms; raises what ``read_known_links`` does."""
    files = {"links": [path]}
    return read_known_links(files, left, right, progress, notice, form).links["links"]


def read_known_links(
    files: Mapping[str, Sequence[Path]],
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    progress: Progress = silent,
    notice: Notice = unheard,
    form: str | None = None,
    *,
    leave_out_unknown: bool = False,
) -> KnownLinks:
    """Read the files of several splits, as ``{"train": [...], "valid": [...]}``, in any form.

    ``form``: one of ``FORM_NAMES``, where it is not to be recognised. What a file says of other
    entities than those of the two graphs is left out where its form is one that speaks of many
    graphs, or with ``leave_out_unknown``, and ``notice`` hears how many. Raises ``InputError`` for
    a file none of whose links fits, and for all that ``read_link_splits`` refuses.
    """
    alone: list[NoCounterpart] = []
    judged: list[Judged] = []

    def read(
        path: Path, one: KnowledgeGraph, other: KnowledgeGraph, tell: Progress, say: Notice
    ) -> LinkFile:
        if not path.is_file():
            raise InputError.at(path, "there is no such file; give a file of links")
        named = recognise(path) if form is None else form
        if named == TABLE:
            return read_link_table(path, one, other, tell, say)
        statements = FORMS[named].read(path, tell)
        if leave_out_unknown:
            statements = dataclasses.replace(statements, open_world=True)
        resolved = _Resolved.of(path, statements, one, other, say)
        alone.extend(resolved.no_counterpart)
        judged.extend(resolved.judged)
        return resolved.file

    links = read_link_splits(files, left, right, progress, notice, read)
    return KnownLinks(links, tuple(dict.fromkeys(alone)), tuple(dict.fromkeys(judged)))


# ---------------------------------------------------------------- whom the ids mean


@dataclass(frozen=True, eq=False)
class _Found:
    """Rows of what stands first and second, in either graph, -1 where it is not there."""

    first: tuple[Rows, Rows]  # (statements,) in the left graph, in the right one
    second: tuple[Rows, Rows]

    @property
    def forward(self) -> Bools:
        """Whether the first is a left entity and the second a right one."""
        return (self.first[0] >= 0) & (self.second[1] >= 0)

    @property
    def backward(self) -> Bools:
        return (self.first[1] >= 0) & (self.second[0] >= 0)


@dataclass(frozen=True)
class _Resolved:
    """The links of a file, by rows of the graphs."""

    file: LinkFile
    no_counterpart: list[NoCounterpart] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        path: Path,
        statements: Statements,
        left: KnowledgeGraph,
        right: KnowledgeGraph,
        notice: Notice,
    ) -> _Resolved:
        """Look all ids up. Raises ``InputError`` where none fits, or one must and does not."""
        tell_left_out(path, statements, notice)
        found, guessed = _look_up(statements, left, right)
        swapped = int(found.backward.sum()) > int(found.forward.sum())
        backward = found.backward & (~found.forward | swapped)
        fits = found.forward | backward
        alone, elsewhere = _alone(statements, left, swapped=swapped, guess=guessed)
        judged = _judged(statements, left, right, swapped=swapped, guess=guessed)
        if not fits.any() and not alone and not judged:
            raise nothing_fits(path, statements, elsewhere, left, right)
        if not statements.open_world and not fits.all():
            raise _first_unknown(path, statements, found, fits, swapped=swapped)
        tell_how(path, fits, backward, elsewhere, notice, guessed=guessed)
        lefts = np.where(backward, found.second[0], found.first[0])[fits]
        rights = np.where(backward, found.first[1], found.second[1])[fits]
        kept = np.flatnonzero(fits)
        links = Links.of_file(lefts, rights, statements.label[fits])
        file = LinkFile(path, links, _row_of(statements, kept), statements.column)
        return cls(file, alone, judged)


def _look_up(
    statements: Statements, left: KnowledgeGraph, right: KnowledgeGraph
) -> tuple[_Found, bool]:
    """Find the entities, by a guess at the end of their ids where nothing else fits."""
    look = Lookup(statements.prefixes)

    def find(texts: Sequence[str], graph: KnowledgeGraph, *, guess: bool) -> Rows:
        return look.rows(texts, graph, guess=guess)

    def find_all(*, guess: bool) -> _Found:
        first = find(statements.first, left, guess=guess)
        second = find(statements.second, right, guess=guess)
        nowhere = np.full(len(statements), -1, dtype=np.int64)
        if ((first >= 0) & (second >= 0)).all():  # nothing is the other way round
            return _Found((first, nowhere), (nowhere, second))
        turned = (
            find(statements.first, right, guess=guess),
            find(statements.second, left, guess=guess),
        )
        return _Found((first, turned[0]), (turned[1], second))

    found = find_all(guess=False)
    if (found.forward | found.backward).any() or not len(statements):
        return found, False
    guessed = find_all(guess=True)
    return (guessed, True) if (guessed.forward | guessed.backward).any() else (found, False)


def _alone(
    statements: Statements, left: KnowledgeGraph, *, swapped: bool, guess: bool
) -> tuple[list[NoCounterpart], int]:
    """Give the left entities without a counterpart, and how many are said of others."""
    told = [each for each in statements.alone if each.first is not swapped]
    if not len(statements):  # no pair tells which side stands first
        told = list(statements.alone)
    rows = Lookup(statements.prefixes).rows([each.entity for each in told], left, guess=guess)
    found = [
        NoCounterpart(left.id(row), each.curator, each.note, each.reason)
        for row, each in zip(rows.tolist(), told, strict=True)
        if row >= 0
    ]
    return found, len(statements.alone) - len(found)


def _judged(
    statements: Statements,
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    *,
    swapped: bool,
    guess: bool,
) -> list[Judged]:
    """Give what people said of pairs that the graphs have, each the way round that fits.

    ``swapped`` tells it where both ways do.
    """
    told = statements.judged
    ends = [each.first for each in told], [each.second for each in told]
    look = Lookup(statements.prefixes)
    first, second = (
        tuple(look.rows(texts, graph, guess=guess) for graph in (left, right)) for texts in ends
    )
    forward = (first[0] >= 0) & (second[1] >= 0)
    backward = (first[1] >= 0) & (second[0] >= 0) & (~forward | swapped)
    return [
        Judged(
            left.id(int(second[0][at] if turned else first[0][at])),
            right.id(int(first[1][at] if turned else second[1][at])),
            each.outcome.turned if turned else each.outcome,
            *(each.curator, each.reason, each.note),
        )
        for at, (each, fits, turned) in enumerate(
            zip(told, (forward | backward).tolist(), backward.tolist(), strict=True)
        )
        if fits
    ]


def _row_of(statements: Statements, kept: Rows) -> Callable[[int], int | None]:
    def row_of(number: int) -> int | None:
        return None if statements.rows is None else int(statements.rows[kept[number]])

    return row_of


def _first_unknown(
    path: Path, statements: Statements, found: _Found, fits: Bools, *, swapped: bool
) -> InputError:
    """Name the first id that no graph has, as the reader of tables does."""
    at = int(np.flatnonzero(~fits)[0])
    sides = [("left", found.first[0], statements.first), ("right", found.second[1],
             statements.second)]  # fmt: skip
    if swapped:
        sides = [("right", found.first[1], statements.first), ("left", found.second[0],
                 statements.second)]  # fmt: skip
    side, _, texts = next(each for each in sides if each[1][at] < 0)
    row = None if statements.rows is None else int(statements.rows[at])
    what = f"no {side} entity has the id {quoted(texts[at])}; correct it or drop the row"
    return InputError.at(path, what, row=row)
