"""The review desk: what its pages do, in plain calls. Each opens the database for itself."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path

from kgreview.aligner.explanation import PairAttention
from kgreview.errors import InputError
from kgreview.review import decisions, queue
from kgreview.review.candidate_pairs import candidate_count
from kgreview.review.decisions import Decision
from kgreview.review.jobs import Job
from kgreview.review.outcomes import Outcome
from kgreview.review.queue import Question
from kgreview.review.versions import Version, current_version, versions
from kgreview.views.pair import PairView, pair_view
from kgreview.views.text import clip
from kgreview.workflow.project import Project

PROJECT_VARIABLE = "KGREVIEW_PROJECT"  # names the project folder to the app


@dataclass(frozen=True)
class Standing:
    """How far the review has come."""

    mine: int  # standing decisions of the curator
    everybody: int
    open: int  # pairs nobody has settled
    candidates: int
    version: str | None  # the current one; None too while it has not scored the candidates

    def figures(self, curator: str) -> dict[str, int]:
        """Give the counters by their words on the page."""
        return {
            f"by {clip(curator, 14)}": self.mine,
            "by all": self.everybody,
            "open": self.open,
        }


@dataclass(frozen=True)
class Models:
    """The versions of the model, the newest first, and what waits to be learnt."""

    versions: tuple[Version, ...]
    unseen: int  # decisions to learn from that the current version has not seen
    usable: int  # decisions to learn from in all

    @property
    def current(self) -> Version | None:
        """The version that scores the queue."""
        return next((version for version in self.versions if version.current), None)


def project_of_app() -> Project:
    """Open the project that ``kgreview review`` named. Raises ``InputError`` without one."""
    named = os.environ.get(PROJECT_VARIABLE, "")
    if not named:
        raise InputError("no project is open; start the app with `kgreview review PROJECT`")
    return Project.open(Path(named))


def next_pair(project: Project, curator: str) -> PairView | None:
    """Give the pair the curator is asked next, ready to be shown; ``None`` when none is left.

    The same one until it is answered, also after a reload.
    """
    with project.database() as db:
        question = queue.next_question(db, curator)
    return None if question is None else _view(project, question)


def given_pair(project: Project, curator: str, left: str, right: str) -> PairView | None:
    """Give a certain pair, ready to be shown; ``None`` where it is no candidate."""
    with project.database() as db:
        question = queue.question(db, left, right, curator)
    return None if question is None else _view(project, question)


def decide(
    project: Project,
    curator: str,
    question: Question,
    outcome: Outcome,
    seconds: float | None = None,
) -> Decision:
    """Save the answer to a question as it was shown. A second answer to it changes nothing."""
    with project.database() as db:
        return decisions.decide(
            db,
            left=question.left,
            right=question.right,
            curator=curator,
            outcome=outcome,
            seconds=None if seconds is None else round(seconds, 2),
            version=question.version,
            score=question.score,
            hidden=False,
            strategy=question.strategy,
            question=question.token,
        )


def undo(project: Project, curator: str, token: str) -> Decision | None:
    """Take back the curator's last decision; ``token`` makes a held key take back only one."""
    with project.database() as db:
        return decisions.undo(db, curator, question=token)


def standing(project: Project, curator: str) -> Standing:
    """Count what is done and what is left."""
    with project.database() as db:
        current = current_version(db)
        return Standing(
            mine=_settled(decisions.counts(db, curator)),
            everybody=_settled(decisions.counts(db)),
            open=queue.open_count(db),
            candidates=candidate_count(db),
            version=current.name if current is not None and current.scored else None,
        )


def models(project: Project) -> Models:
    """Sum up the versions and the decisions that the current one has not seen."""
    with project.database() as db:
        found = sorted(versions(db), key=lambda version: version.created_at, reverse=True)
        current = next((version for version in found if version.current), None)
        usable = len(decisions.training_decisions(db))
        unseen = usable if current is None else decisions.unseen_decisions(db, current.name)
        return Models(tuple(found), unseen, usable)


def job_title(job: Job) -> str:
    """Give what a job does as the words a sentence begins with."""
    return _TITLES.get(job.kind, job.kind.capitalize())


_TITLES = {
    "fine-tune": "Fine-tuning",
    "block": "Blocking",
    "train": "Training",
    "score": "Scoring",
    "run": "The run of blocking, training and scoring",
}


def job_progress(job: Job) -> tuple[float, str]:
    """Say how far a job is: the share of its stage that is over, and the stage with figures."""
    parts = [job.stage or "starting"]
    if job.done:
        parts.append(f"{job.done:,}" + (f" of {job.total:,}" if job.total else ""))
    parts += [f"{name} {x:.3g}" for name, x in job.figures.items() if math.isfinite(x)]
    return (min(1.0, job.done / job.total) if job.total else 0.0), " · ".join(parts)


def _settled(counts: dict[Outcome, int]) -> int:
    return sum(count for outcome, count in counts.items() if outcome is not Outcome.SKIP)


def _view(project: Project, question: Question) -> PairView:
    return pair_view(
        project.left, project.right, project.schema, question, _attention(project, question)
    )


def _attention(project: Project, question: Question) -> PairAttention | None:
    """Read what the network looked at; a version that only compares strings looked at nothing."""
    if question.score is None:  # not scored yet: what it looked at was of other candidates
        return None
    if question.version is None or not (project.path / "models" / question.version).is_dir():
        return None
    return project.attention(question.version, question.candidate)
