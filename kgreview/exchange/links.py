"""Known links in whatever form they come: tables, SSSOM, RDF, alignments, ``ent_links``.

A file is first read into statements about its own ids; then the entities that these mean are looked
up in both graphs, in whichever order the file has them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kgreview.errors import InputError
from kgreview.exchange.link_forms import FORMS, TABLE, recognise
from kgreview.exchange.resolved_links import Judged, NoCounterpart, ResolvedLinks
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.readers import LinkFile, read_link_splits, read_link_table
from kgreview.progress import Notice, Progress, silent, unheard


@dataclass(frozen=True)
class KnownLinks:
    """All that files of links tell, by split."""

    links: Mapping[str, Links]
    no_counterpart: tuple[NoCounterpart, ...] = ()
    judged: tuple[Judged, ...] = ()


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
        resolved = ResolvedLinks.of(path, statements, one, other, say)
        alone.extend(resolved.no_counterpart)
        judged.extend(resolved.judged)
        return resolved.file

    links = read_link_splits(files, left, right, progress, notice, read)
    return KnownLinks(links, tuple(dict.fromkeys(alone)), tuple(dict.fromkeys(judged)))
