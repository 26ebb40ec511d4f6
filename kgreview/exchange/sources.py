"""Sources: a file or folder in any form of graph that is known here becomes a graph."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from kgreview.errors import InputError
from kgreview.exchange.followthemoney import FOLLOW_THE_MONEY
from kgreview.exchange.forms import Form, SourceOptions
from kgreview.exchange.neo4j import NEO4J
from kgreview.exchange.plain_tables import PLAIN_TABLES
from kgreview.exchange.rdf import RDF_FORMS
from kgreview.exchange.sssom import is_sssom_table
from kgreview.exchange.table_folder import TABLE_FOLDER
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.progress import Notice, Progress, silent, unheard

__all__ = ["FORMS", "Form", "SourceOptions", "form_of", "read_source"]

# The first that recognises a path reads it: put a more particular form before a more general one.
FORMS: tuple[Form, ...] = (
    NEO4J,
    TABLE_FOLDER,
    FOLLOW_THE_MONEY,
    *RDF_FORMS,
    PLAIN_TABLES,
)

_AS_IT_IS = SourceOptions()


def read_source(
    path: Path,
    options: SourceOptions = _AS_IT_IS,
    progress: Progress = silent,
    notice: Notice = unheard,
) -> KnowledgeGraph:
    """Read a graph in whatever form it comes; ``notice`` is told what was cut or left out.

    Raises ``InputError`` for what ``form_of`` refuses, for an option that the form does not heed,
    and for a source that is at fault.
    """
    form = form_of(path, options)
    for option in dataclasses.fields(options):
        given = getattr(options, option.name) not in (None, ())
        if given and option.name != "format" and option.name not in form.options:
            raise InputError.at(path, f"is read as {form.title}, without --{option.name}")
    return form.read(path, options, progress, notice)


def form_of(path: Path, options: SourceOptions = _AS_IT_IS) -> Form:
    """Tell in which form a graph comes, by its content and name, or as ``options`` say.

    Raises ``InputError`` where there is nothing, and for a form that is not known.
    """
    if not path.exists():
        raise InputError.at(path, "there is no such file or folder; check the path")
    if options.format is None and path.is_file() and is_sssom_table(path):
        raise InputError.at(path, "is SSSOM, which holds links and no graph; give it to --links")
    for form in FORMS:
        if form.name == options.format or (options.format is None and form.recognises(path)):
            return form
    if options.format is not None:
        names = ", ".join(form.name for form in FORMS)
        raise InputError(f"--format {options.format}: there is no such form; give {names}")
    titles = ", ".join(form.title for form in FORMS)
    raise InputError.at(path, f"is no form of graph that can be read; give {titles}")
