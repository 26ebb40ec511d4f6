"""From imported graphs to scores in three passes: what a run does, whoever holds its job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgreview.pipeline.blocking import BlockingReport, block_project
from kgreview.pipeline.project import Project
from kgreview.progress import Progress, silent

if TYPE_CHECKING:
    from kgreview.aligner.settings import AlignerSettings
    from kgreview.pipeline.version_entry import VersionReport


def block_train_score(
    project: Project,
    *,
    settings: AlignerSettings | None = None,
    device: str = "auto",
    progress: Progress = silent,
) -> tuple[BlockingReport, VersionReport]:
    """Find candidates, train a version and make its scores current. Only for who holds the job."""
    from kgreview.pipeline.scoring import score_project  # torch: where it is needed
    from kgreview.pipeline.training import train_project

    blocked = block_project(project, progress=progress)
    trained = train_project(project, settings=settings, device=device, progress=progress)
    score_project(project, trained.name, device=device, progress=progress)
    return blocked, trained
