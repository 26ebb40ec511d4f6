"""The verb *create*: two graphs and their known links become a project folder."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from kgreview.errors import InputError, KGReviewError
from kgreview.exchange.division import set_aside
from kgreview.exchange.links import KnownLinks, read_known_links
from kgreview.exchange.pair_folders import PairFolder, refuse_pair
from kgreview.exchange.sources import SourceOptions, read_source
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.paired import of_paired_types, unpaired_words
from kgreview.graph.schema import Schema
from kgreview.graph.schema_file import read_schema
from kgreview.graph.schema_json import schema_to_json
from kgreview.graph.shared_ids import links_of_shared_ids, shared_id_words
from kgreview.graph.suggestion import cardinality_words, infer_schema
from kgreview.pipeline import swap
from kgreview.pipeline.leftovers import clear_killed
from kgreview.pipeline.project import NOTES, SCHEMA, SETTINGS, SPLITS, Project, write_json
from kgreview.pipeline.project_settings import FORMAT, ProjectSettings, settings_of
from kgreview.progress import Notice, Progress, about, silent
from kgreview.store.database import database
from kgreview.store.deciding import FileDecision, enter_decisions
from kgreview.store.outcomes import Outcome

_AS_IT_IS = SourceOptions()


def create_project(
    path: Path,
    left: Path | None = None,
    right: Path | None = None,
    *,
    pair: PairFolder | None = None,
    links: Sequence[Path] = (),
    valid_links: Sequence[Path] = (),
    same_ids: bool = False,
    links_format: str | None = None,
    schema: Path | None = None,
    name: str | None = None,
    seed: int = 0,
    audit_share: float = 0.1,
    left_options: SourceOptions = _AS_IT_IS,
    right_options: SourceOptions = _AS_IT_IS,
    progress: Progress = silent,
) -> Project:
    """Import two graphs and their known links into a new project folder.

    The graphs come in any form that ``read_source`` knows, which the options may name; the links
    in any that ``read_link_source`` knows, which ``links_format`` may name. With ``same_ids``,
    entities of paired types that have the same id on both sides are links, too. Left entities that
    a file of links says have no counterpart are entered as decisions. Without ``valid_links`` a
    fifth of the links is set aside for validation. ``pair`` stands in the place of graphs and
    links: of its links those for training and validation are used. The project is made
    beside its place and renamed into it, so that whatever happens there is a whole one or none.
    Raises ``InputError`` where ``path`` exists or the input is at fault.
    """
    if os.path.lexists(path):  # a link that leads nowhere too
        raise InputError(f"{path}: exists already; choose another name or remove it first")
    settings = _new_settings(name or path.name, seed, audit_share)
    with _made_beside(path) as making:
        notes: list[str] = []  # what was cut, guessed or left out
        if pair is not None:
            sides = pair.read_graphs(progress, notes.append)
            stated = pair.read_links(SPLITS, *sides, progress, notes.append)
        else:
            sides = _read_sides(
                (left, left_options), (right, right_options), progress, notes.append
            )
            files = {"train": links, "valid": valid_links}
            stated = read_known_links(files, *sides, progress, notes.append, links_format)
        for side, graph in zip(("left", "right"), sides, strict=True):
            graph.save(making / side)
        chosen, splits = _schema_and_links(sides, dict(stated.links), schema, same_ids, notes)
        divided = valid_links or (pair is not None and "valid" in pair.splits)
        _save_links(making / "links", splits if divided else set_aside(splits["train"], seed))
        write_json(making / SCHEMA, schema_to_json(chosen))
        write_json(making / NOTES, notes)
        write_json(making / SETTINGS, {"format": FORMAT, **asdict(settings)})
        # made now, so that a first look finds it
        with database(making / swap.DATABASE, create=True) as db:
            enter_decisions(db, _decisions_of(stated))
    return Project.open(path)


@contextlib.contextmanager
def _made_beside(path: Path) -> Iterator[Path]:
    """Make a folder in which a project is made; whole, it is renamed, else nothing is left."""
    making = path.with_name(f".{path.name}.{os.getpid()}.new")
    made: list[Path] = []  # folders above it that were not there, the lowest first
    try:
        clear_killed(path)
        made = [above for above in path.parents if not above.exists()]
        making.mkdir(parents=True)
        yield making
        _rename(making, path)
    except OSError as error:
        raise KGReviewError(
            f"{path}: cannot be written ({error.strerror or error}); free space or choose another "
            "folder"
        ) from error
    finally:
        shutil.rmtree(making, ignore_errors=True)
        for above in made:
            with contextlib.suppress(OSError):
                above.rmdir()  # fails, as it should, where something stands in it


def _schema_and_links(
    sides: tuple[KnowledgeGraph, KnowledgeGraph],
    splits: dict[str, Links],
    schema: Path | None,
    same_ids: bool,
    notes: list[str],
) -> tuple[Schema, dict[str, Links]]:
    """Read or suggest the schema, and put shared ids beside the links, as far as it lets them.

    Raises ``InputError`` for a schema at fault, and where no types correspond.
    """
    links = Links.concatenate(*splits.values())
    shared = links_of_shared_ids(*sides, links)
    joined = Links.concatenate(links, shared) if same_ids else links
    suggested = functools.partial(infer_schema, *sides, joined)
    chosen = (
        suggested(notice=notes.append) if schema is None else read_schema(schema, *sides, suggested)
    )
    if not chosen.types:
        raise InputError(
            "no type of the left graph corresponds to one of the right graph; give links, or "
            'name the pairs with --schema FILE: {"types": [["LEFT TYPE", "RIGHT TYPE"]]}'
        )
    notes += unpaired_words(links, *sides, chosen)
    notes += cardinality_words(*sides, joined, chosen)
    shared = shared.take(of_paired_types(shared, *sides, chosen))
    notes += shared_id_words(shared, sides[0], same_ids)
    if same_ids:
        splits["train"] = Links.concatenate(splits["train"], shared)
    return chosen, splits


def _new_settings(name: str, seed: int, audit_share: float) -> ProjectSettings:
    # to the microsecond: no other project has it
    created_at = datetime.now(UTC).isoformat(timespec="microseconds")
    values = {"name": name, "created_at": created_at, "seed": seed, "audit_share": audit_share}
    try:
        return settings_of(values)
    except ValueError as error:
        raise InputError(str(error)) from error


def _decisions_of(known_links: KnownLinks) -> Iterator[FileDecision]:
    """Give the decisions that files of links tell."""
    for nobody in known_links.no_counterpart:
        yield FileDecision(nobody.left, "", Outcome.NO_COUNTERPART, *nobody[1:])
    for each in known_links.judged:
        yield FileDecision(
            each.left, each.right, each.outcome, each.curator, each.note, each.reason
        )


def _read_sides(
    left: tuple[Path | None, SourceOptions],
    right: tuple[Path | None, SourceOptions],
    progress: Progress,
    note: Notice,
) -> tuple[KnowledgeGraph, KnowledgeGraph]:
    def read(source: Path | None, options: SourceOptions) -> KnowledgeGraph:
        if source is None:
            raise InputError("give both graphs, left and right, or a pair folder")
        refuse_pair(source)
        return read_source(source, options, progress, about(source, note))

    return read(*left), read(*right)


def _rename(making: Path, path: Path) -> None:
    try:
        making.rename(path)  # fails where somebody else was faster, since the folder is not empty
    except OSError as error:
        if path.exists():
            raise InputError(f"{path}: exists already; choose another name") from error
        raise


def _save_links(folder: Path, splits: Mapping[str, Links]) -> None:
    folder.mkdir()
    for split, links in splits.items():
        links.save(folder / f"{split}.npz")
