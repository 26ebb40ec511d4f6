"""Names that decisions bear: one spelling each, and whose they are."""

from __future__ import annotations

import pytest
from sqlite_utils import Database

from kgreview.errors import InputError
from kgreview.store.deciding import decide
from kgreview.store.decisions import events
from kgreview.store.outcomes import Outcome
from kgreview.store.people import enter_name, enter_person, known_as, rename, roles, set_role
from kgreview.store.rights import AUTH_VARIABLE, Identity, RightError, Role, acting

ANNA = Identity("https://id.example#1", "Anna", "anna@example.org")
OTHER = Identity("https://id.example#2", "Anna", "other@example.org")


def say(db: Database, curator: str) -> None:
    decide(
        db,
        left="l0",
        right="r0",
        curator=curator,
        outcome=Outcome.MATCH,
        strategy="chosen",
    )


@pytest.mark.parametrize("typed", ["Anna", "anna", " ANNA ", "An\u200bna", "Ａnna"])
def test_a_name_in_any_spelling_is_the_one_that_is_known(db: Database, typed: str) -> None:
    assert enter_name(db, "Anna") == "Anna"
    assert enter_name(db, typed) == "Anna"
    assert known_as(db, typed) == "Anna"


@pytest.mark.parametrize(
    ("known", "typed"), [("Copa", "Сора"), ("Anna", "\u0410nna"), ("Bob", "B0b"), ("Al", "AI")]
)
def test_a_name_that_looks_like_anothers_is_refused(db: Database, known: str, typed: str) -> None:
    enter_name(db, known)
    with pytest.raises(InputError, match=r"looks like|mixes letters"):
        enter_name(db, typed)


def test_a_name_of_decisions_of_an_earlier_release_is_known(db: Database) -> None:
    say(db, "Anna")
    say(db, "anna")  # two, as they were; each goes on as it is
    assert enter_name(db, "Anna") == "Anna"
    assert enter_name(db, "anna") == "anna"
    assert enter_name(db, "ANNA") in ("Anna", "anna")
    with pytest.raises(InputError, match="mixes letters"):
        enter_name(db, "\u0410nna")


def test_who_signs_in_has_one_name_that_nobody_else_gets(db: Database) -> None:
    assert enter_person(db, ANNA) == "Anna"
    assert enter_person(db, OTHER) == "Anna (other@example.org)"
    assert enter_person(db, ANNA) == "Anna"
    with pytest.raises(InputError, match="signs in to this project"):
        enter_name(db, "anna")


def test_who_signs_in_does_not_become_who_decided_unverified(db: Database) -> None:
    say(db, "anna")
    assert enter_person(db, ANNA) == "Anna (anna@example.org)"


def test_a_name_that_can_be_none_is_replaced_by_what_is_known_of_its_owner(db: Database) -> None:
    assert enter_person(db, Identity("s1", "\u200b", "")).startswith("signed in as ")
    assert enter_person(db, Identity("s2", "\u0410nna", "a@b.example")) == "a@b.example"


def test_a_name_changes_until_a_decision_bears_it(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter_person(db, ANNA)
    enter_person(db, OTHER)
    set_role(db, ANNA.subject, Role.CURATOR)
    monkeypatch.setenv(AUTH_VARIABLE, "oidc")
    with acting(ANNA):
        assert rename(db, ANNA, "Anna Müller") == "Anna Müller"
        with pytest.raises(InputError, match="is somebody else"):
            rename(db, ANNA, "anna (OTHER@example.org)")
        assert rename(db, ANNA, "Anna M") == enter_person(db, ANNA)
        say(db, "Anna M")
        with pytest.raises(InputError, match="decisions bear the name Anna M"):
            rename(db, ANNA, "Anna")
        with pytest.raises(RightError, match="in the name of somebody else"):
            say(db, "Anna (other@example.org)")
    assert [event.subject for event in events(db)] == [ANNA.subject]


def test_without_sign_in_no_decision_claims_a_subject(db: Database) -> None:
    enter_person(db, ANNA)
    say(db, "Anna")
    assert [event.subject for event in events(db)] == [None]


def test_roles_go_by_subject_or_address_however_it_is_written(db: Database) -> None:
    set_role(db, " Anna@Example.org ", Role.OWNER)
    set_role(db, "https://id.example#1", Role.VIEWER)
    assert roles(db) == {"anna@example.org": Role.OWNER, "https://id.example#1": Role.VIEWER}
    set_role(db, "anna@example.org", None)
    assert list(roles(db)) == ["https://id.example#1"]
    for wrong in ("", "x" * 201, "a\nb"):
        with pytest.raises(InputError, match="a subject or an e-mail address"):
            set_role(db, wrong, Role.OWNER)
