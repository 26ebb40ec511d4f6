"""A job in a process of its own, which ``jobs`` starts."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kgreview.errors import KGReviewError
from kgreview.pipeline.job_reports import AS_IT_WAS, Cancelled, end_job, fault_in_words, reporter
from kgreview.pipeline.leftovers import clear_leftovers
from kgreview.pipeline.project import Project
from kgreview.progress import Progress
from kgreview.store.database import StoreError
from kgreview.store.decisions import now
from kgreview.store.jobs import adopt, fail, finish, job, latest_jobs, stop
from kgreview.text.terminal import for_terminal

_TRIES = 5  # at writing how a job ended, of half a minute each where another holds the database


def run(path: Path, job_id: int, words: Sequence[str] = ()) -> int:
    """Do a job that was started, in this process; give the exit status.

    ``words``: of a promotion the version, the curator and the reason; none of a fine-tuning.
    """
    project = Project.open(path)
    measured = None
    with project.database() as db:
        log, kind = "", ""
        try:
            this = job(db, job_id)
            kind, log = this.kind, this.log
            with contextlib.suppress(StoreError):  # whoever started it says so, too
                adopt(db, job_id, os.getpid())
            clear_leftovers(project)
            done, measured = _work(project, kind, words, _into_the_log(reporter(db, job_id)))
        except Cancelled:
            end_job(project, db, job_id, stop, f"cancelled; {_left(kind)}")
            return 1
        except KGReviewError as error:
            end_job(project, db, job_id, fail, str(error))
            return 1
        except BaseException as error:
            traceback.print_exc()  # into the job's log
            end_job(project, db, job_id, fail, fault_in_words(error, log))
            return 1
        for _ in range(_TRIES):
            if end_job(project, db, job_id, finish, done):
                break
        _log(done)
    if measured is not None:
        _measure_attention(project, measured, job_id)
    return 0


def _work(
    project: Project, kind: str, words: Sequence[str], progress: Progress
) -> tuple[str, str | None]:
    """Do it; give what came of it, and the new version where its attention is to be measured."""
    # torch: in the job's process only
    from kgreview.pipeline.passes import block_train_score
    from kgreview.pipeline.scoring import score_project
    from kgreview.pipeline.training import finetune_project

    if kind == "run":
        _, first = block_train_score(project, progress=progress)
        missing = f". It compares values only: {first.missing}" if first.missing else ""
        return _outcome(first.name, first.figures, None, first.measured_on) + missing, first.name
    if words:
        version, curator, reason = words
        score_project(project, version, curator=curator, reason=reason, progress=progress)
        return f"{version} is current now", version
    made = finetune_project(project, progress=progress)
    outcome = _outcome(made.name, made.figures, made.held, made.measured_on)
    return outcome, None if made.held else made.name


def _left(kind: str) -> str:
    """Say what a job leaves that was cancelled."""
    if kind == "run":
        return "decisions are as they were; run it again to have scores of all candidates"
    return AS_IT_WAS


def _measure_attention(project: Project, version: str, job_id: int) -> None:
    """Measure what the new version's attention is worth, when the job is over: nobody waits for it.

    It gives way to a job that starts meanwhile, for which somebody does.
    """
    from kgreview.pipeline.faithfulness import check_new  # what draws pairs: not needed before

    def give_way(  # called like any other progress
        stage: str,  # noqa: ARG001
        done: int,  # noqa: ARG001
        total: int | None = None,  # noqa: ARG001
        **figures: float,  # noqa: ARG001
    ) -> None:
        with project.database() as db:
            if latest_jobs(db, limit=1)[0].id != job_id:
                raise Cancelled

    os.nice(10)
    with contextlib.suppress(Cancelled):
        check_new(project, version, give_way)


def _outcome(name: str, figures: dict[str, Any], held: str | None, on: str | None) -> str:
    if held is not None:
        return (
            f"{name} was not promoted: {held}. The version before stays current; {name} can still "
            "be made current below"
        )
    words = f"{name} is current now"
    if "prauc" in figures:
        words += f": PRAUC {figures['prauc']:.3f} and F1 {figures['f1']:.3f} on {on}"
    return words


def _log(words: str) -> None:
    """Write a line where the process that runs a job writes, which is the job's log."""
    sys.stdout.write(for_terminal(f"{now()} {words}") + "\n")
    sys.stdout.flush()


def _into_the_log(tell: Progress) -> Progress:
    """Write a line where a stage begins, beside what is reported."""
    stages: list[str] = []

    def both(stage: str, done: int, total: int | None = None, **figures: float) -> None:
        if stages[-1:] != [stage]:
            stages.append(stage)
            _log(stage)
        tell(stage, done, total, **figures)

    return both


if __name__ == "__main__":
    os.nice(10)  # who decides meanwhile comes first
    sys.exit(run(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
