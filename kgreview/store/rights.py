"""Who may do what in a project: roles, and the one question that every verb asks first.

Where nobody signs in, whoever holds the machine may do everything. Where people do, what runs in
the app's server knows who asks (``who_asks``), and what nobody asked for is refused.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum, StrEnum

from sqlite_utils import Database

from kgreview.errors import KGReviewError

AUTH_VARIABLE = "KGREVIEW_AUTH"  # how people sign in to the app that this process is of; '' not


class RightError(KGReviewError):
    """Whoever asks may not do this."""


class Role(StrEnum):
    """What somebody is in a project, each more than the one before."""

    VIEWER = "viewer"
    CURATOR = "curator"
    ADJUDICATOR = "adjudicator"
    OWNER = "owner"

    def covers(self, other: Role) -> bool:
        """Whether this one may do all that the other may."""
        return _ORDER.index(self) >= _ORDER.index(other)


_ORDER = list(Role)


class Right(Enum):
    """What may be done, with the least role that may, and the words for it."""

    LOOK = Role.VIEWER, "see the project"
    DECIDE = Role.CURATOR, "decide"
    ASSIGN = Role.ADJUDICATOR, "assign work"
    ADJUDICATE = Role.ADJUDICATOR, "settle what curators differ on, or find label issues"
    MANY = Role.OWNER, "give many pairs one answer"
    OTHERS = Role.OWNER, "take back or replace what others decided"
    EXPORT = Role.OWNER, "export"
    MANAGE = Role.OWNER, "change settings or the schema, train, or say which version is current"

    @property
    def role(self) -> Role:
        """The least role that has it."""
        return self.value[0]


@dataclass(frozen=True)
class Identity:
    """Somebody whose sign-in was verified."""

    subject: str  # what the provider knows them by, with the provider: it never changes
    name: str  # as they are called
    email: str = ""  # '' where it is not verified
    role: Role | None = None  # by the sign-in, in all projects; None: by none
    orcid: str = ""


_acting: ContextVar[Identity | None] = ContextVar("acting", default=None)
_asks: list[Callable[[], Identity | None]] = []  # at most one


def set_identity_source(find: Callable[[], Identity | None]) -> None:
    """Have the server's pages tell who asks, in the thread in which somebody does."""
    _asks[:] = [find]


@contextmanager
def acting(identity: Identity | None) -> Iterator[None]:
    """Do what is in the block for somebody."""
    token = _acting.set(identity)
    try:
        yield
    finally:
        _acting.reset(token)


def signing_in() -> bool:
    """Whether people sign in to the app that this process is of."""
    return bool(os.environ.get(AUTH_VARIABLE))


def who_asks() -> Identity | None:
    """Give who is signed in where this is called, ``None`` for nobody."""
    return _acting.get() or (_asks[0]() if _asks else None)


def role_in(db: Database, who: Identity) -> Role | None:
    """Give somebody's role in a project: that of its list, else that of the sign-in."""
    role = db.execute(
        "SELECT role FROM roles WHERE who IN (?, ?) ORDER BY who = ? DESC",
        [who.subject, who.email.lower() or who.subject, who.subject],
    ).fetchone()
    return who.role if role is None else Role(role[0])


def permit(db: Database | None, right: Right, curator: str | None = None) -> None:
    """Pass who may do this; ``curator``: in whose name. ``db``: of the project, ``None`` for none.

    Raises ``RightError`` for all others, and for who would do it in another's name.
    """
    if not signing_in():
        return
    who = who_asks()
    if who is None:
        raise RightError("nobody is signed in; sign in, then try again")
    role = who.role if db is None else role_in(db, who)
    if role is None or not role.covers(right.role):
        raise RightError(
            f"{who.name}, you may not {right.value[1]} here: that takes the role "
            f"{right.role.value}, and you have {f'the role {role.value}' if role else 'none'}; "
            "ask an owner of the project"
        )
    if curator is not None and db is not None and not _is_theirs(db, curator, who):
        raise RightError(f"{who.name}, that would be in the name of somebody else: {curator}")


def _is_theirs(db: Database, curator: str, who: Identity) -> bool:
    sql = "SELECT 1 FROM people WHERE name = ? AND subject = ?"
    return db.execute(sql, [curator, who.subject]).fetchone() is not None
