"""Who works on a project: by a name that was typed, or signed in, with a role."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from kgreview.errors import InputError, KGReviewError
from kgreview.exchange.orcid import read_orcid
from kgreview.graph.quoting import quoted
from kgreview.pipeline.project import Project
from kgreview.pipeline.project_folder import Listing
from kgreview.store import people
from kgreview.store.rights import Identity, Right, RightError, Role, permit, role_in, signing_in


@dataclass(frozen=True)
class Person:
    """Somebody who signed in, as a project knows them."""

    name: str  # that their decisions bear
    role: Role


def enter_curator(project: Project, typed: str) -> str:
    """Give the name of who works here without signing in. Raises what ``enter_name`` does."""
    with project.database() as db:
        return people.enter_name(db, typed)


def enter_person(project: Project, who: Identity) -> Person | None:
    """Give who signed in their name and role here; ``None``: they have none.

    An ORCID of the sign-in is kept for exports.
    """
    with project.database() as db:
        role = role_in(db, who)
        if role is None:
            return None
        name = people.enter_person(db, who)
    if who.orcid:
        _keep_orcid(project, name, who.orcid)
    return Person(name, role)


def rename_person(project: Project, who: Identity, typed: str) -> None:
    """Give who signed in another name. Raises what ``rename`` does."""
    with project.database() as db:
        people.rename(db, who, typed)


def list_roles(project: Project) -> dict[str, Role]:
    """Give the project's own list: roles by subject or e-mail address."""
    with project.database() as db:
        return people.roles(db)


def set_role(project: Project, who: str, role: Role | None) -> None:
    """Put somebody on the project's list, or take them off. Raises what ``set_role`` there does."""
    with project.database() as db:
        people.set_role(db, who, role)


def read_role(given: str) -> Role | None:
    """Read a role; 'none' takes somebody off the list. Raises ``InputError`` for another word."""
    if given == "none":
        return None
    try:
        return Role(given)
    except ValueError:
        words = ", ".join(role.value for role in Role)
        raise InputError(f"{quoted(given)} is no role; there are {words} and none") from None


def seen(listing: Listing, folder: Path) -> Listing:
    """Leave of the projects of a folder those that who asks may see."""
    if not signing_in() or may(None, Right.LOOK):
        return listing
    seen = (line for line in listing.lines if not line.problem and _may_see(folder / line.name))
    return Listing(tuple(seen))


def _may_see(path: Path) -> bool:
    try:
        return may(Project.open(path), Right.LOOK)
    except KGReviewError:
        return False


def may(project: Project | None, right: Right) -> bool:
    """Whether who asks may do something, for what is not to be offered in vain."""
    try:
        if project is None:
            permit(None, right)
        else:
            with project.database() as db:
                permit(db, right)
    except RightError:
        return False
    return True


def _keep_orcid(project: Project, name: str, given: str) -> None:
    try:
        orcid = read_orcid(name, given)
    except ValueError:  # of a provider that sends something else by that name
        return
    if project.settings.export.orcids.get(name) == orcid:
        return
    fresh = Project.open(project.path)
    orcids = {**fresh.settings.export.orcids, name: orcid}
    fresh.save_settings(export=replace(fresh.settings.export, orcids=orcids))
    project.settings = fresh.settings
