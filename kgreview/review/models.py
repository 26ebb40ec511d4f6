"""The versions of the model, what waits to be learnt, and the jobs at work."""

from __future__ import annotations

import math
from dataclasses import dataclass

from kgreview.pipeline.labels import still_missing
from kgreview.pipeline.project import Project
from kgreview.store import decisions
from kgreview.store.jobs import Job
from kgreview.store.versions import Version, versions


@dataclass(frozen=True)
class ModelState:
    """The versions of the model, the newest first, and what waits to be learnt."""

    versions: tuple[Version, ...]
    unseen: int  # decisions to learn from that the current version has not seen
    usable: int  # decisions to learn from in all
    missing: str | None  # what a first network still needs

    @property
    def current(self) -> Version | None:
        """The version that scores the queue."""
        return next((version for version in self.versions if version.current), None)


def model_state(project: Project) -> ModelState:
    """Sum up the versions and the decisions that the current one has not seen."""
    with project.database() as db:
        all_versions = versions(db)
        current = next((version for version in all_versions if version.current), None)
        usable = len(decisions.training_decisions(db))
        unseen = usable if current is None else decisions.unseen_decisions(db, current.name)
        return ModelState(tuple(all_versions), unseen, usable, still_missing(project, db))


def job_title(job: Job) -> str:
    """Give what a job does as the words a sentence begins with."""
    return _TITLES.get(job.kind, job.kind.capitalize())


_TITLES = {
    "fine-tune": "Fine-tuning",
    "block": "Blocking",
    "train": "Training",
    "score": "Scoring",
    "promote": "Making a version current",
    "run": "The run of blocking, training and scoring",
    "inspect": "Looking at the sources",
    "import": "The import",
}


def job_progress(job: Job) -> tuple[float, str]:
    """Say how far a job is: the share of its stage that is over, and the stage with figures."""
    parts = [job.stage or "starting"]
    if job.done:
        parts.append(f"{job.done:,}" + (f" of {job.total:,}" if job.total else ""))
    parts += [f"{name} {x:.3g}" for name, x in job.figures.items() if math.isfinite(x)]
    return (min(1.0, job.done / job.total) if job.total else 0.0), " · ".join(parts)
