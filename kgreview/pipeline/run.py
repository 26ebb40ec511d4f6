"""The verb *run*: block, train and score, one after another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgreview.exchange.pair_folders import open_pair
from kgreview.pipeline.blocking import BlockingReport
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.jobs import in_foreground
from kgreview.pipeline.memory import peak_memory_mb
from kgreview.pipeline.passes import block_train_score
from kgreview.pipeline.project import Project
from kgreview.pipeline.status import is_ready
from kgreview.progress import Progress, silent

if TYPE_CHECKING:
    from kgreview.aligner.settings import AlignerSettings
    from kgreview.pipeline.version_entry import VersionReport


@dataclass(frozen=True)
class RunReport:
    """What a run came to, and the memory it took."""

    candidates: BlockingReport
    training: VersionReport
    peak_memory_mb: float  # of the whole process, from its start

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended the training; the best weights so far have scored."""
        return self.training.interrupted

    def to_json(self) -> dict[str, Any]:
        """Give the report as JSON values."""
        return {
            "candidates": self.candidates.to_json(),
            "training": self.training.to_json(),
            "peak_memory_mb": round(self.peak_memory_mb),
        }


def run_project(
    project: Project,
    *,
    settings: AlignerSettings | None = None,
    device: str = "auto",
    progress: Progress = silent,
) -> RunReport:
    """Block, train and score a project, as one job."""
    with in_foreground(project, "run", progress) as tell:
        blocked, trained = block_train_score(
            project, settings=settings, device=device, progress=tell
        )
    return RunReport(blocked, trained, peak_memory_mb())


def make_ready(
    path: Path,
    pair: Path,
    *,
    name: str | None = None,
    settings: AlignerSettings | None = None,
    device: str = "auto",
    progress: Progress = silent,
) -> RunReport | None:
    """Make a project of a pair folder and run it, so that its pairs can be reviewed.

    Train and valid links are used, test links never. A project that is there stays as it is; what
    an interruption left undone is done now. Gives ``None`` where there was nothing to run.
    """
    if not path.exists():
        create_project(
            path,
            pair=open_pair(pair),
            name=name,
            progress=progress,
        )
    project = Project.open(path)
    if is_ready(project):
        return None
    return run_project(project, settings=settings, device=device, progress=progress)
