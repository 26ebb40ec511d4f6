"""Who decides in a project, and the ORCID by which exports name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kgreview.errors import InputError
from kgreview.exchange.orcid import read_orcid
from kgreview.pipeline.project import Project
from kgreview.store.decisions import decided_count
from kgreview.store.history import curators as curators_of_decisions
from kgreview.store.people import known_as
from kgreview.store.rights import Right, permit


@dataclass(frozen=True)
class CuratorLine:
    """One curator."""

    name: str
    decisions: int  # that stand, but for what was put off
    orcid: str  # '' where none is known


def list_curators(project: Project) -> list[CuratorLine]:
    """Give who has decided, and who has an ORCID and has not, by name."""
    orcids = project.settings.export.orcids
    with project.database() as db:
        names = sorted({*curators_of_decisions(db), *orcids})
        return [CuratorLine(name, decided_count(db, name), orcids.get(name, "")) for name in names]


def set_orcids(project: Project, given: Mapping[str, str]) -> list[str]:
    """Keep ORCIDs of curators; ``''`` takes one away, and all others stay.

    Gives a note for each name that nobody has decided under: it may be a slip. Raises
    ``InputError`` for what is no ORCID, of which nothing is kept then, ``RightError`` for who may
    not.
    """
    fresh = Project.open(project.path)  # somebody else may have saved others meanwhile
    orcids = dict(fresh.settings.export.orcids)
    with project.database() as db:
        permit(db, Right.MANAGE)
        names = {known_as(db, name): text.strip() for name, text in given.items()}
    for name, text in names.items():
        if not text:
            orcids.pop(name, None)
            continue
        try:
            orcids[name] = read_orcid(name, text)
        except ValueError as error:
            raise InputError(f"not saved: {error}") from error
    if orcids != fresh.settings.export.orcids:
        fresh.save_settings(export=replace(fresh.settings.export, orcids=orcids))
    project.settings = fresh.settings
    with project.database() as db:
        curators = set(curators_of_decisions(db))
    return [
        f"nobody called {name} has decided here yet; it may be a slip"
        for name, text in names.items()
        if text and name not in curators
    ]
