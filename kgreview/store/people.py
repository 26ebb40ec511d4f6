"""Who takes part in a project: the names that decisions bear, whose they are, and roles."""

from __future__ import annotations

from hashlib import blake2b

from sqlite_utils import Database

from kgreview.errors import InputError
from kgreview.store.database import rows, writing
from kgreview.store.decisions import IMPORTED, now
from kgreview.store.history import curators
from kgreview.store.rights import Identity, Right, Role, permit
from kgreview.text.person_names import looks, name_form, tidy_name

_ENTER = "INSERT INTO people (name, subject, entered_at) VALUES (?, ?, ?)"
_LONGEST_WHO = 200  # characters


def known_names(db: Database) -> dict[str, str | None]:
    """Give all names that are taken, with the subject that a sign-in verified for each."""
    entered = {row["name"]: row["subject"] for row in rows(db, "SELECT name, subject FROM people")}
    decided = (name for name in curators(db) if name != IMPORTED)
    return dict.fromkeys(decided) | entered


def enter_name(db: Database, typed: str) -> str:
    """Give the name under which somebody who does not sign in decides: the one that is known.

    Names that differ in capitals, or in what nobody sees, are one. Raises ``InputError`` for what
    is no name, what looks like another's, and the name of somebody who signs in.
    """
    if typed in _unverified(db):  # decided under in an earlier release, whatever it looks like
        return typed
    name = tidy_name(typed)
    with writing(db):
        names = known_names(db)
        same = _of_one_form(name, names)
        if same is not None and names[same] is not None:
            raise InputError(
                f"'{same}' is somebody who signs in to this project; sign in, or give another name"
            )
        if same is not None:
            return same
        _refuse_alike(name, names)
        db.execute(_ENTER, [name, None, now()])
    return name


def known_as(db: Database, typed: str) -> str:
    """Give the spelling by which a name is known here; one that is not known, as it is kept.

    Raises ``InputError`` for what is no name.
    """
    names = known_names(db)
    if typed in names:
        return typed
    name = tidy_name(typed)
    return _of_one_form(name, names) or name


def enter_person(db: Database, who: Identity) -> str:
    """Give the name under which somebody who signed in decides, the same one each time.

    It is what they are called; where somebody else is, or was before anybody signed in, with what
    tells them apart.
    """
    mine = rows(db, "SELECT name FROM people WHERE subject = ?", [who.subject])
    if mine:
        return str(mine[0]["name"])
    with writing(db):
        names = known_names(db)
        name = next(name for name in _proposals(who) if _is_free(name, names))
        db.execute(_ENTER, [name, who.subject, now()])
    return name


def rename(db: Database, who: Identity, typed: str) -> str:
    """Give somebody who signed in another name, as long as no decision bears the one they have.

    Raises ``InputError`` otherwise, and for a name that is none or is taken.
    """
    permit(db, Right.LOOK)
    name = tidy_name(typed)
    with writing(db):
        names = known_names(db)
        before = next((each for each, subject in names.items() if subject == who.subject), None)
        if before is not None and before in curators(db):
            raise InputError(
                f"decisions bear the name {before}, which stays yours: a decision is never changed"
            )
        names.pop(before or "", None)
        if _of_one_form(name, names) is not None:
            raise InputError(f"'{name}' is somebody else in this project; give another name")
        _refuse_alike(name, names)
        db.execute("DELETE FROM people WHERE subject = ?", [who.subject])
        db.execute(_ENTER, [name, who.subject, now()])
    return name


def roles(db: Database) -> dict[str, Role]:
    """Give the project's list of roles, by subject or e-mail address."""
    all_roles = rows(db, "SELECT who, role FROM roles ORDER BY who")
    return {row["who"]: Role(row["role"]) for row in all_roles}


def set_role(db: Database, who: str, role: Role | None) -> None:
    """Put somebody on the project's list, by subject or e-mail address; ``None`` takes them off.

    Raises ``InputError`` for what is neither.
    """
    permit(db, Right.MANAGE)
    who = who.strip()
    if not who or len(who) > _LONGEST_WHO or not who.isprintable():
        raise InputError("a role goes with a subject or an e-mail address of a sign-in; give one")
    who = who.lower() if "@" in who and ":" not in who else who
    with writing(db):
        db.execute("DELETE FROM roles WHERE who = ?", [who])
        if role is not None:
            db.execute("INSERT INTO roles (who, role) VALUES (?, ?)", [who, role.value])


def _unverified(db: Database) -> set[str]:
    return {name for name, subject in known_names(db).items() if subject is None}


def _of_one_form(name: str, names: dict[str, str | None]) -> str | None:
    if name in names:
        return name
    form = name_form(name)
    return next((each for each in names if name_form(each) == form), None)


def _refuse_alike(name: str, names: dict[str, str | None]) -> None:
    alike = next((each for each in names if looks(each) & looks(name)), None)
    if alike is not None:
        raise InputError(
            f"'{name}' looks like '{alike}', who takes part in this project, and is written with "
            "other letters; give a name that cannot be taken for it"
        )


def _is_free(name: str, names: dict[str, str | None]) -> bool:
    alike = any(looks(each) & looks(name) for each in names)
    return not alike and _of_one_form(name, names) is None


def _proposals(who: Identity) -> list[str]:
    """Give names for somebody, the best first; the last one nobody else has."""
    mark = blake2b(who.subject.encode(errors="surrogatepass"), digest_size=8).hexdigest()
    proposals = _fit(who.name)
    if proposals:
        proposals += _fit(f"{proposals[0]} ({who.email})") if who.email else []
    proposals += _fit(who.email)
    proposals += _fit(f"{proposals[0][:50]} ({mark})") if proposals else []
    return [*proposals, f"signed in as {mark}"]


def _fit(typed: str) -> list[str]:
    try:
        return [tidy_name(typed)]
    except InputError:
        return []
