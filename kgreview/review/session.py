"""The review desk: what its pages do, in plain calls. Each opens the database for itself."""

from __future__ import annotations

import getpass
import os
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kgreview.aligner.explanation import PairAttention
from kgreview.errors import InputError, KGReviewError
from kgreview.pipeline.asked_types import ask_by_schema
from kgreview.pipeline.entity_index import indexed
from kgreview.pipeline.entity_names import name_of
from kgreview.pipeline.jobs import finetune_if_due
from kgreview.pipeline.project import Project
from kgreview.progress import Notice, unheard
from kgreview.review import any_pair
from kgreview.store import (
    annotator_agreement,
    deciding,
    decisions,
    drafts,
    label_issues,
    questions,
    queue,
    stored_plan,
)
from kgreview.store.asked_types import not_asked
from kgreview.store.conflicts import Conflict, conflicts
from kgreview.store.database import Database, writing
from kgreview.store.decisions import Decision
from kgreview.store.drafts import NO_DRAFT, Draft
from kgreview.store.entities import kinds
from kgreview.store.outcomes import CLOSING, Outcome
from kgreview.store.pair_filter import EVERYTHING, PairFilter
from kgreview.store.questions import NO_CANDIDATE, Question
from kgreview.store.second_looks import draw_second_looks
from kgreview.store.versions import scores_of
from kgreview.ui.pair import PairView, pair_view
from kgreview.ui.past_decision import decided_words, disputed_words

PROJECT_VARIABLE = "KGREVIEW_PROJECT"  # names the project folder to the app
MOST_COMPETITORS = 9  # one for each key from 1 to 9
SAVED = "What you decided is saved"


@dataclass(frozen=True)
class Answer:
    """What a curator says to a question."""

    outcome: Outcome
    seconds: float | None = None  # from question to answer
    hidden: bool = False  # whether score and evidence were hidden
    draft: Draft = NO_DRAFT  # note, reason and flag


class AtOddsError(KGReviewError):
    """An answer contradicts what its curator was not told of. Nothing was saved."""

    def __init__(self, conflicts: Sequence[Conflict]) -> None:
        self.conflicts = list(conflicts)
        super().__init__(" ".join(each.words for each in conflicts) + " Nothing was saved")


@dataclass(frozen=True)
class Competitor:
    """Another candidate of an entity of the pair."""

    left: str
    right: str
    side: str  # of the entity that takes the other's place
    name: str  # of that entity
    score: float | None  # None where scores are hidden
    open: bool


def project_of_app() -> Project:
    """Open the project that ``kgreview review`` named. Raises ``InputError`` without one."""
    named = os.environ.get(PROJECT_VARIABLE, "")
    if not named:
        raise InputError("no project is open; start the app with `kgreview review PROJECT`")
    return Project.open(Path(named))


def login_name() -> str:
    """Give the name of who is logged in, for decisions made without the app."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as somebody without a name
        return "command line"


def next_pair(
    project: Project, curator: str, wanted: PairFilter = EVERYTHING, *, hidden: bool = False
) -> PairView | None:
    """Give the pair the curator is asked next, ready to be shown; ``None`` when none is left.

    The same one until it is answered, also after a reload. ``hidden``: without score and evidence.
    """
    if wanted.narrows:
        indexed(project)
    with project.database() as db:
        ask_by_schema(project, db)
        draw_second_looks(db, project.settings.double_share, project.settings.seed)
        every = project.settings.audit_every
        question = queue.next_question(db, curator, wanted, audit_every=every)
    return None if question is None else view_of(project, question, hidden)


def given_pair(
    project: Project, curator: str, left: str, right: str, *, hidden: bool = False
) -> PairView | None:
    """Give a certain pair, ready to be shown; ``None`` where ``refused`` says why it cannot be.

    What stands of it is told to who opened it: of a dispute without the others' names. A pair that
    is no candidate becomes one when it is decided; ``scored_at_once`` adds its score.
    """
    with project.database() as db:
        question = questions.question(db, left, right, curator)
        # who is asked by the queue decides without knowing what others said
        open_to_all = question is not None and question.strategy == "chosen" and not hidden
        standing = decisions.standing(db, left=left, right=right) if open_to_all else []
        differ = open_to_all and annotator_agreement.disputed(db, left, right)
    if question is None:
        return _outside(project, curator, left, right, hidden)
    decided = disputed_words(standing, curator) if differ else decided_words(standing)
    return replace(view_of(project, question, hidden), decided=decided)


def refused(project: Project, left: str, right: str) -> str | None:
    """Say why a pair cannot be opened: an entity is unknown, or their types are not paired."""
    return any_pair.refusal(project, left, right)


def scored_at_once(project: Project, view: PairView) -> tuple[PairView, bool]:
    """Add the score to a pair that is no candidate, if it is to be had at once.

    Gives the view, and whether it is worth asking again in a moment.
    """
    if view.question.candidate != NO_CANDIDATE or view.hidden:
        return view, False
    question, soon = any_pair.scored_at_once(project, view.question)
    return replace(view, question=question), soon


def decide(
    project: Project,
    curator: str,
    question: Question,
    answer: Answer,
    *,
    set_aside: Iterable[Conflict] = (),
    seen: Iterable[Conflict] | None = None,
    notice: Notice = unheard,
) -> Decision:
    """Save the answer to a question as it was shown. A second answer to it changes nothing.

    ``set_aside``: the conflicts whose decisions are taken back with it. ``seen``: those that the
    curator has been told of; where the answer is at odds with anything else as it is saved, it is
    not, and ``AtOddsError`` is raised. Without it nobody asks. Who skips a second look is asked no
    other until doubts are looked for again; what they said stays, and is what is given. An answer
    to a pair that is no candidate makes it one, unless it says nothing of the pair. ``notice``: is
    told what failed after the answer was saved.
    """
    project = project.as_it_is()  # the page may have been drawn before it got new rows
    shown = None if seen is None else list(seen)
    if question.candidate == NO_CANDIDATE and answer.outcome in CLOSING:
        with project.database() as db:
            _refuse_unseen(db, curator, question, answer.outcome, shown)
        question = any_pair.add(project, curator, question)
    with project.database() as db, writing(db):
        _refuse_unseen(db, curator, question, answer.outcome, shown)
        if question.strategy == decisions.DOUBT and answer.outcome is Outcome.SKIP:
            own = decisions.standing(db, left=question.left, right=question.right, curator=curator)
            if own and not decisions.is_answered(db, question.token):
                label_issues.let_stand(db, curator)
                return own[-1]
        saved = deciding.decide(
            db,
            left=question.left,
            right=question.right,
            curator=curator,
            outcome=answer.outcome,
            seconds=None if answer.seconds is None else round(answer.seconds, 2),
            version=question.version,
            score=question.score,
            hidden=answer.hidden,
            strategy=question.strategy,
            question=question.token,
            note=answer.draft.note or None,
            reason=answer.draft.reason or None,
            flagged=answer.draft.flagged,
            filter=question.filter,
            set_aside=dict.fromkeys(id for each in set_aside for id in each.decisions),
        )
    finetune_after(project, notice)
    return saved


def draft_of(project: Project, curator: str, question: Question) -> Draft:
    """Give what the curator has put down beside a pair; it outlives the page."""
    with project.database() as db:
        return drafts.draft_of(db, curator, question.left, question.right)


def keep_draft(project: Project, curator: str, question: Question, draft: Draft) -> None:
    """Keep what the curator puts down beside a pair until they have decided it."""
    with project.database() as db:
        drafts.keep_draft(db, curator, question.left, question.right, draft)


def at_odds(project: Project, curator: str, question: Question, outcome: Outcome) -> list[Conflict]:
    """Give what an answer would contradict, but for the curator's own of this pair.

    That one is replaced, and a second look is not to tell what it was. Who is asked for a second
    opinion is not told what others said of the pair either: to differ from it is no mistake.
    """
    with project.database() as db:
        return _odds(db, curator, question, outcome)


def _odds(db: Database, curator: str, question: Question, outcome: Outcome) -> list[Conflict]:
    left, right = question.left, question.right
    all_conflicts = conflicts(db, left, right, (question.left_type, question.right_type), outcome)
    whose = None if question.strategy == questions.SECOND else curator  # None: everybody
    decided = decisions.standing(db, left=left, right=right, curator=whose)
    untold = {decision.id for decision in decided}
    return [
        each
        for each in all_conflicts
        if not each.decisions or not untold.issuperset(each.decisions)
    ]


def _refuse_unseen(
    db: Database,
    curator: str,
    question: Question,
    outcome: Outcome,
    seen: Sequence[Conflict] | None,
) -> None:
    """Raise ``AtOddsError`` where an answer is at odds with what its curator was not told of."""
    if seen is None or decisions.is_answered(db, question.token):
        return
    at_odds_now = _odds(db, curator, question, outcome)
    if any(each not in seen for each in at_odds_now):
        raise AtOddsError(at_odds_now)


def finetune_after(project: Project, notice: Notice) -> None:
    """Start the fine-tuning that is due after an answer, which is saved whatever comes of this."""
    try:
        finetune_if_due(project)
    except KGReviewError as error:
        notice(f"{SAVED}, but no fine-tuning was started: {error}")
    except Exception as error:
        traceback.print_exc()
        notice(f"{SAVED}, but no fine-tuning was started ({type(error).__name__}: {error})")


def undo(project: Project, curator: str, token: str) -> Decision | None:
    """Take back the curator's last decision; ``token`` makes a held key take back only one."""
    with project.database() as db:
        return deciding.undo(db, curator, question=token)


def competitors(project: Project, question: Question, *, hidden: bool = False) -> list[Competitor]:
    """Give the other candidates of both entities, the likeliest first, at most one for each key.

    Where scores are hidden their order would tell them, so names order them.
    """
    with project.database() as db:
        of_left = scores_of(db, left=question.left)
        of_right = scores_of(db, right=question.right)
    ranked = [("right", pair) for pair in of_left if pair.right != question.right]
    ranked += [("left", pair) for pair in of_right if pair.left != question.left]
    ranked = sorted(ranked, key=lambda each: -each[1].score)[:MOST_COMPETITORS]
    listed = [
        Competitor(
            pair.left,
            pair.right,
            side,
            name_of(project, side, pair.right if side == "right" else pair.left),
            None if hidden else pair.score,
            pair.open,
        )
        for side, pair in ranked
    ]
    return sorted(listed, key=lambda each: (each.side, each.name)) if hidden else listed


def filter_choices(
    project: Project,
) -> tuple[list[tuple[str, str]], list[tuple[str, str]], dict[str, int]]:
    """Give the pairs of types there are, (side, relation) of all relations, and strategies.

    Strategies come with the number of open pairs that the current version's query plan has by them.
    """
    with project.database() as db:
        types, planned = kinds(db), stored_plan.planned(db)
    sides = (("left", project.left), ("right", project.right))
    return types, [(side, name) for side, graph in sides for name in graph.relation_names], planned


def types_not_asked(project: Project) -> list[tuple[str, str]]:
    """Give the pairs of types that nobody is asked about."""
    with project.database() as db:
        return not_asked(db)


def _outside(
    project: Project, curator: str, left: str, right: str, hidden: bool
) -> PairView | None:
    if any_pair.refusal(project, left, right) is not None:
        return None
    return view_of(project, any_pair.outside_question(project, curator, left, right), hidden)


def view_of(project: Project, question: Question, hidden: bool) -> PairView:
    """Give the pair of a question, ready to be shown."""
    attention = None if hidden else _attention(project, question)
    view = pair_view(project.left, project.right, project.schema, question, attention, project.urls)
    return replace(view, hidden=hidden)


def _attention(project: Project, question: Question) -> PairAttention | None:
    """Read what the network looked at; a version that only compares strings looked at nothing."""
    if question.score is None:  # not scored yet: what it looked at was of other candidates
        return None
    if question.version is None or not (project.path / "models" / question.version).is_dir():
        return None
    try:
        return project.attention(question.version, question.candidate)
    except KGReviewError:  # the pair can be decided without; doctor and Explain say what is wrong
        return None
