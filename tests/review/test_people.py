"""What each role may do, tried by the verbs themselves: no button is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from kgreview.errors import KGReviewError
from kgreview.pipeline import imports, jobs, label_issues
from kgreview.pipeline.import_records import IMPORT, HowToRead
from kgreview.pipeline.imports import Given
from kgreview.pipeline.project import Project
from kgreview.review import (
    any_pair,
    assigning,
    bulk,
    export_preview,
    history,
    looking,
    people,
    quality,
    session,
)
from kgreview.review.curators import set_orcids
from kgreview.review.schema import save_schema, schema_stamp
from kgreview.review.settings import save_settings
from kgreview.store import label_issues as doubts
from kgreview.store.conflicts import Conflict
from kgreview.store.decisions import events, standing
from kgreview.store.drafts import Draft
from kgreview.store.history import HistoryFilter
from kgreview.store.outcomes import Outcome
from kgreview.store.pair_filter import EVERYTHING, PairFilter
from kgreview.store.questions import Question
from kgreview.store.rights import AUTH_VARIABLE, Identity, RightError, Role, acting
from tests.films import MakeFilms

ADA = Identity("https://id.example#ada", "Ada", "ada@example.org", Role.OWNER)
BOB = Identity("https://id.example#bob", "Bob")


class Call(NamedTuple):
    """What a verb is tried with."""

    project: Project
    name: str  # in which it is called
    question: Question
    of_ada: int  # a decision of hers


Verb = Callable[[Call], object]


def ask(project: Project, name: str, left: str) -> Question:
    view = session.given_pair(project, name, left, f"r{left[1:]}")
    assert view
    return view.question


def settle(c: Call) -> None:
    dispute = quality.disputes(c.project, "Ada")[0][0]
    quality.adjudicate(c.project, c.name, dispute, Outcome.MATCH, "seen")


def let_stand(c: Call) -> None:
    with c.project.database() as db:
        doubts.let_stand(db, c.name)


def switch(c: Call) -> object:
    aside = [Conflict("matched", "a match of Ada's", (c.of_ada,))]
    return session.decide(
        c.project, c.name, c.question, session.Answer(Outcome.MATCH), set_aside=aside
    )


VERBS: dict[str, tuple[Role, Verb]] = {
    "look through the queue": (
        Role.VIEWER,
        lambda c: looking.open_pair(c.project, EVERYTHING, 0),
    ),
    "look at a pair": (Role.VIEWER, lambda c: looking.given_pair(c.project, "l3", "r3")),
    "next pair": (Role.CURATOR, lambda c: session.next_pair(c.project, c.name)),
    "open a pair": (Role.CURATOR, lambda c: session.given_pair(c.project, c.name, "l3", "r3")),
    "decide": (
        Role.CURATOR,
        lambda c: session.decide(c.project, c.name, c.question, session.Answer(Outcome.MATCH)),
    ),
    "undo": (Role.CURATOR, lambda c: session.undo(c.project, c.name, "token")),
    "note": (
        Role.CURATOR,
        lambda c: session.keep_draft(c.project, c.name, c.question, Draft("a note")),
    ),
    "let stand": (Role.CURATOR, let_stand),
    "switch a match of another": (Role.ADJUDICATOR, switch),
    "decide a pair that is no candidate": (
        Role.CURATOR,
        lambda c: session.decide(
            c.project,
            c.name,
            any_pair.outside_question(c.project, c.name, "l4", "r9"),
            session.Answer(Outcome.NO_MATCH),
        ),
    ),
    "assign work": (
        Role.ADJUDICATOR,
        lambda c: assigning.assign(c.project, "Ada", PairFilter(low=0.5), by=c.name),
    ),
    "take assigned work back": (
        Role.ADJUDICATOR,
        lambda c: assigning.withdraw(c.project, 1, c.name),
    ),
    "settle a dispute": (Role.ADJUDICATOR, settle),
    "find label issues": (Role.ADJUDICATOR, lambda c: label_issues.find_doubts(c.project)),
    "undo of another": (Role.OWNER, lambda c: history.undo_decision(c.project, c.of_ada, c.name)),
    "revise of another": (
        Role.OWNER,
        lambda c: history.revise(c.project, c.of_ada, c.name, Outcome.UNSURE, "no"),
    ),
    "bulk": (
        Role.OWNER,
        lambda c: bulk.decide_all(
            c.project, c.name, bulk.Preview((), False, ()), Outcome.NO_MATCH, EVERYTHING
        ),
    ),
    "history as a file": (Role.OWNER, lambda c: history.history_csv(c.project, HistoryFilter())),
    "settings of exports": (
        Role.OWNER,
        lambda c: export_preview.save_settings(c.project, {"license": "https://x.example"}),
    ),
    "ORCIDs": (
        Role.OWNER,
        lambda c: set_orcids(c.project, {"Ada": "0000-0002-1825-0097"}),
    ),
    "schema": (
        Role.OWNER,
        lambda c: save_schema(c.project, c.project.schema, schema_stamp(c.project)),
    ),
    "settings": (Role.OWNER, lambda c: save_settings(c.project, {"finetune_after": 7})),
    "cancel a job": (Role.OWNER, lambda c: jobs.cancel(c.project, 1)),
    "roles": (Role.OWNER, lambda c: people.set_role(c.project, "x@y.example", Role.OWNER)),
}
# these start processes, or make files: who may is let through to the next check
STARTS: dict[str, Verb] = {
    "fine-tune": lambda c: jobs.start_finetuning(c.project),
    "run": lambda c: jobs.start_run(c.project),
    "promote": lambda c: jobs.make_current(c.project, "v9", c.name, ""),
}


@pytest.fixture
def project(same_films: MakeFilms, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Films where Ada, who owns it, and Bob differ on the first pair."""
    made = same_films()
    monkeypatch.setenv(AUTH_VARIABLE, "oidc")
    with acting(ADA):
        person = people.enter_person(made, ADA)
        assert person == people.Person("Ada", Role.OWNER)
        session.decide(made, "Ada", ask(made, "Ada", "l0"), session.Answer(Outcome.MATCH))
        session.decide(made, "Ada", ask(made, "Ada", "l1"), session.Answer(Outcome.MATCH))
    bob = replace(BOB, role=Role.CURATOR)
    with acting(bob):
        people.enter_person(made, bob)
        session.decide(made, "Bob", ask(made, "Bob", "l0"), session.Answer(Outcome.NO_MATCH))
    return made


@pytest.fixture
def question(project: Project) -> Question:
    with acting(replace(BOB, role=Role.CURATOR)):
        return ask(project, "Bob", "l2")


def of_ada(project: Project) -> int:
    with project.database() as db:
        return next(d.id for d in standing(db, curator="Ada", left="l1"))


def log(project: Project) -> list[int]:
    with project.database() as db:
        return [event.id for event in events(db)]


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_is_for_its_role_and_not_for_those_below(
    project: Project, question: Question, verb: str
) -> None:
    least, call = VERBS[verb]
    before = log(project)
    for role in (None, *Role):
        with acting(replace(BOB, role=role)):
            if role is least:
                call(Call(project, "Bob", question, of_ada(project)))
                return
            with pytest.raises(RightError, match=r"Bob, you may not .* that takes the role"):
                call(Call(project, "Bob", question, of_ada(project)))
        assert log(project) == before
        with project.database() as db:
            assert not list(db["added_pairs"].rows)


def test_an_owner_may_do_what_the_others_may() -> None:
    assert [role for role in Role if Role.OWNER.covers(role)] == list(Role)
    assert [role for role in Role if Role.CURATOR.covers(role)] == [Role.VIEWER, Role.CURATOR]


def test_what_trains_or_promotes_is_for_owners(project: Project, question: Question) -> None:
    for role in (None, Role.VIEWER, Role.CURATOR, Role.ADJUDICATOR):
        for call in STARTS.values():
            with acting(replace(BOB, role=role)), pytest.raises(RightError, match="role owner"):
                call(Call(project, "Bob", question, 0))


def test_new_projects_are_for_owners_by_their_sign_in(tmp_path: Path) -> None:
    calls: list[Callable[[], object]] = [
        lambda: imports.new_import(tmp_path, "new", Given(), Given(), limit=1),
        lambda: imports.new_pair_import(tmp_path, "new", Given(), limit=1),
        lambda: imports.read_otherwise(tmp_path, "new", HowToRead()),
        lambda: imports.start(tmp_path, "new", IMPORT),
        lambda: imports.cancel(tmp_path, "new"),
        lambda: imports.discard(tmp_path, "new"),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(AUTH_VARIABLE, "header")
        for call in calls:
            with acting(replace(BOB, role=Role.ADJUDICATOR)), pytest.raises(RightError):
                call()
        with acting(ADA), pytest.raises(KGReviewError, match="give files, or a path"):
            calls[0]()
    assert not (tmp_path / "new").exists()


def test_with_nobody_signed_in_nothing_is_done(project: Project, question: Question) -> None:
    before, decision = log(project), of_ada(project)
    for call in [*(call for _, call in VERBS.values()), *STARTS.values()]:
        with pytest.raises(RightError, match="nobody is signed in"):
            call(Call(project, "Ada", question, decision))
    assert log(project) == before


def test_nobody_acts_in_anothers_name(project: Project, question: Question) -> None:
    before, decision = log(project), of_ada(project)
    names = ("next pair", "decide", "undo", "note", "let stand", "undo of another", "bulk")
    for call in [*(VERBS[name][1] for name in names), STARTS["promote"]]:
        with acting(replace(BOB, role=Role.OWNER)), pytest.raises(RightError, match="somebody"):
            call(Call(project, "Ada", question, decision))
    assert log(project) == before


def test_the_projects_list_counts_before_the_sign_in(project: Project) -> None:
    with acting(ADA):
        people.set_role(project, BOB.subject, Role.VIEWER)
    bob = replace(BOB, role=Role.OWNER)
    assert people.enter_person(project, bob) == people.Person("Bob", Role.VIEWER)
    with acting(bob), pytest.raises(RightError, match="you have the role viewer"):
        session.next_pair(project, "Bob")


def test_an_address_that_nobody_verified_gives_no_role(project: Project) -> None:
    with acting(ADA):
        people.set_role(project, "cleo@example.org", Role.OWNER)
    cleo = Identity("s3", "Cleo", "")
    assert people.enter_person(project, cleo) is None
    known = replace(cleo, email="Cleo@Example.org")
    assert people.enter_person(project, known) == people.Person("Cleo", Role.OWNER)


def test_every_decision_bears_whom_the_sign_in_verified(project: Project) -> None:
    with project.database() as db:
        assert {(d.curator, d.subject) for d in events(db)} == {
            ("Ada", ADA.subject),
            ("Bob", BOB.subject),
        }
    with acting(ADA):
        session.undo(project, "Ada", "t")
    with project.database() as db:
        assert events(db)[0].undoes is not None
        assert events(db)[0].subject == ADA.subject


def test_an_orcid_of_the_sign_in_is_kept_for_exports(project: Project) -> None:
    people.enter_person(project, replace(ADA, orcid="https://orcid.org/0000-0002-1825-0097"))
    assert Project.open(project.path).settings.export.orcids == {"Ada": "0000-0002-1825-0097"}
    people.enter_person(project, replace(ADA, orcid="no ORCID"))
    assert Project.open(project.path).settings.export.orcids == {"Ada": "0000-0002-1825-0097"}
