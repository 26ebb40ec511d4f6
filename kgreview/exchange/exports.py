"""The forms in which an alignment is handed on: told by the name of the file, or asked for."""

from __future__ import annotations

from collections.abc import Callable, Container
from pathlib import Path
from typing import NamedTuple

from kgreview.errors import InputError
from kgreview.exchange.alignment import What
from kgreview.exchange.export import Export
from kgreview.exchange.export_merged import TABLES, write_merged_tables, write_nquads
from kgreview.exchange.export_neo4j import NEO4J_FILES, write_neo4j
from kgreview.exchange.export_rdf import write_alignment, write_ntriples, write_turtle
from kgreview.exchange.export_sssom import write_sssom_json, write_sssom_table
from kgreview.exchange.export_tables import write_csv, write_ent_links, write_parquet
from kgreview.exchange.writing import (
    Target,
    check_free,
    check_free_folder,
    written_file,
    written_folder,
)
from kgreview.progress import Notice, Progress

Writer = Callable[[Target, Export], None]


class ExportForm(NamedTuple):
    """One form of export."""

    title: str  # what a page calls it
    endings: tuple[str, ...]  # of file names that mean it
    write: Writer
    has_note: bool = True  # whether the file itself says what it rests on
    only_matches: bool = False  # rejections and the like have no place in it
    qualified: bool = True  # where it has only matches: whether close ones and the like are some
    files: Container[str] | None = None  # names of what it writes, where it is a folder

    @property
    def is_folder(self) -> bool:
        """Whether it writes a folder."""
        return self.files is not None


FORMS: dict[str, ExportForm] = {
    "sssom": ExportForm("SSSOM, a table", (".sssom.tsv", ".tsv"), write_sssom_table),
    "sssom-json": ExportForm("SSSOM, JSON", (".sssom.json", ".json"), write_sssom_json),
    "ntriples": ExportForm("RDF triples, N-Triples", (".nt",), write_ntriples, only_matches=True),
    "turtle": ExportForm("RDF triples, Turtle", (".ttl",), write_turtle, only_matches=True),
    "alignment": ExportForm(
        "OAEI Alignment, RDF/XML",
        (".rdf", ".xml"),
        write_alignment,
        only_matches=True,
        qualified=False,
    ),
    "csv": ExportForm("Pairs, CSV", (".csv",), write_csv, has_note=False),
    "parquet": ExportForm("Pairs, Parquet", (".parquet",), write_parquet),
    "ent_links": ExportForm(
        "OpenEA's ent_links",
        ("ent_links",),
        write_ent_links,
        has_note=False,
        only_matches=True,
        qualified=False,
    ),
    "merged": ExportForm("Merged graph, a folder of tables", (), write_merged_tables, files=TABLES),
    "neo4j": ExportForm("Merged graph, Neo4j CSV", (), write_neo4j, files=NEO4J_FILES),
    "nquads": ExportForm("Merged graph, N-Quads", (".nq",), write_nquads),
}


def form_of(path: Path, asked: str | None = None) -> str:
    """Name the form to write: what is asked for, else by the file's name.

    Raises ``InputError`` for a name that means none.
    """
    if asked is not None:
        return asked
    name = path.name.lower().removesuffix(".gz")
    for form, how in FORMS.items():
        if name.endswith(how.endings):
            return form
    raise InputError(
        f"{path}: its name does not tell the form; give --format, one of {', '.join(FORMS)}"
    )


def note_beside(path: Path) -> Path:
    """Name the note beside a file that has no place for one."""
    return path.with_name(f"{path.name}.note.txt")


def check_target(path: Path, form: str, *, force: bool) -> None:
    """Raise ``InputError`` where an export could not be written there, before any work is done."""
    if (files := FORMS[form].files) is not None:
        check_free_folder(path, files, force=force)
        return
    check_free(path, force=force)
    if path.name.endswith(".parquet.gz"):
        raise InputError(f"{path}: Parquet is compressed in itself; leave .gz out")
    if not FORMS[form].has_note:
        check_free(note_beside(path), force=force)


def write_export(
    path: Path,
    form: str,
    export: Export,
    progress: Progress,
    notice: Notice,
    *,
    force: bool = False,
) -> None:
    """Write an export, whole or not at all; compressed where the name ends in ``.gz``."""
    check_target(path, form, force=force)
    how = FORMS[form]
    if how.only_matches and export.provenance.what is What.ALL:
        notice(f"{how.title} has no place for anything but matches: the rest is left out")

    def target(making: Path) -> Target:
        return Target(making, path.suffix == ".gz", progress, notice)

    if how.files is not None:
        with written_folder(path, how.files, force=force) as making:
            how.write(target(making), export)
        return
    with written_file(path, force=force) as making:
        how.write(target(making), export)
    if not how.has_note:
        with written_file(note_beside(path), force=force) as making:
            making.write_text("\n".join(export.provenance.lines()) + "\n", encoding="utf-8")
