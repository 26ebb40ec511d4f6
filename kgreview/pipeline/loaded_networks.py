"""Networks of versions in memory, ready to explain: loaded once, and in the background.

Torch takes a second or two to import, so the pages let a thread do it (``ready``) and show a pair
meanwhile as it is. The server of the pages has another process do it (``explain_elsewhere``).
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from kgreview.aligner.explanation import WEIGHTS, uses_network
from kgreview.candidates.blocking import Candidates
from kgreview.errors import InputError, KGReviewError
from kgreview.features.similarity import PairSimilarity
from kgreview.graph.columns import open_column
from kgreview.graph.quoting import one_line
from kgreview.pipeline.blocking import similarities, similarity_of
from kgreview.pipeline.labels import FEWEST_MATCHES
from kgreview.pipeline.project import SCHEMA, Project
from kgreview.pipeline.recent import Recent
from kgreview.store.added_pairs import added_pair

if TYPE_CHECKING:  # which imports torch
    from kgreview.aligner.leave_one_out import Explainer, Pair

_READ = (  # files of a version that an explanation rests on
    *("scores.npy", "samples.npy", "evidence.npy", "beliefs.npy", "own.npy", "logits.npy"),
    *("spread.npy", "network.json", WEIGHTS),
)
_SAME = 0.02  # a probability that differs more from the stored one is of something else


@dataclass(frozen=True, eq=False)
class Loaded:
    """A version's network in memory, with the columns it was scored with."""

    project: Project
    version: str
    explainer: Explainer
    candidates: Candidates
    compared: npt.NDArray[np.float32]  # (candidates, F)
    scores: npt.NDArray[np.float32]  # (candidates,)

    def pair(self, left: int, right: int) -> Pair:
        """Make a pair of rows ready to be judged."""
        where = self.explainer.position(left, right)
        values = compared(self.project, left, right) if where is None else self.compared[where]
        return self.explainer.pair(left, right, np.array(values))

    def check(self, left: int, right: int, probability: float) -> None:
        """Raise ``KGReviewError`` where a candidate's probability is not the stored one."""
        where = self.explainer.position(left, right)
        if where is not None and abs(probability - float(self.scores[where])) > _SAME:
            raise _stale(self.project, self.version)


class Elsewhere(Protocol):
    """A process that explains, see ``explanation_process``."""

    def ask(
        self,
        what: str,
        project: Project,
        version: str,
        pair: tuple[int, ...],
        patience: float | None = None,
    ) -> Any:
        """Give the answer; ``None`` where it is not there in so many seconds."""


VersionKey = tuple[str, str, int]
_Fit = tuple[str, int]
_versions: Recent[VersionKey, Loaded | KGReviewError] = Recent(2)
_started: set[VersionKey] = set()  # of versions, and of fits without a version
_starting = threading.Lock()  # around it, never held for long
_fits: Recent[_Fit, PairSimilarity] = Recent(1)
_elsewhere: Elsewhere | None = None
_loading = threading.Lock()  # one version at a time
_fitting = threading.Lock()  # one project at a time


def explain_elsewhere(process: Elsewhere | None) -> None:
    """Have pairs explained by another process; ``None``: by this one again."""
    global _elsewhere  # noqa: PLW0603 - one for the process, said once when the server starts
    _elsewhere = process


def elsewhere() -> Elsewhere | None:
    """Give the process that explains; ``None``: this one does."""
    return _elsewhere


def ready(project: Project, version: str) -> bool:
    """Tell whether ``explain`` answers at once; where not, begin to load what it needs."""
    if _elsewhere is not None:
        try:
            return _elsewhere.ask("load", project, version, (), 0.0) is not None
        except KGReviewError:  # said when the explanation is asked for
            return True
    key = version_key(project, version)
    if _versions.get(key) is not None:
        return True
    with _starting:
        if key in _started:
            return False
        _started.add(key)
    threading.Thread(target=_load_quietly, args=(project, version, key), daemon=True).start()
    return False


def ready_for_any(project: Project, version: str) -> bool:
    """Tell whether a pair that is no candidate is compared and explained at once, as ``ready``."""
    network = has_network(project, version)
    if _fits.get(_fit_key(project)) is not None:
        return not network or ready(project, version)
    key = ("", *_fit_key(project))
    with _starting:
        if key in _started:
            return False
        _started.add(key)
    threading.Thread(target=_fit_quietly, args=(project, key), daemon=True).start()
    if network:
        ready(project, version)
    return False


def has_network(project: Project, version: str) -> bool:
    """Tell whether a version has a network; raises ``InputError`` where its folder is gone."""
    return uses_network(project.version_folder(version))


def compared(project: Project, left: int, right: int) -> npt.NDArray[np.float32]:
    """Give how alike a pair of rows is that blocking has not proposed, (F,).

    What people added has it; for others, both graphs' strings are read the first time.
    """
    with project.database() as db:
        added = added_pair(db, project.left.id(left), project.right.id(right))
    if added is not None and added.candidate is not None and added.similarities is not None:
        return added.similarities
    values: npt.NDArray[np.float32] = _similarity(project).compute(
        np.array([left]), np.array([right])
    )[0]
    return values


def load(project: Project, version: str) -> Loaded:
    """Give a version's network, from memory if it is there; raises what ``explain`` does."""
    key = version_key(project, version)
    with _loading:
        there = _versions.get(key)
        if isinstance(there, KGReviewError):
            raise there
        if there is None:
            with faults_of_version(project, version):
                there = _read(project, version)
            _versions.keep(key, there)
        return there


def _load_quietly(project: Project, version: str, key: VersionKey) -> None:
    try:
        load(project, version)
    except KGReviewError as error:  # said when the explanation is asked for
        _versions.keep(key, error)
    finally:
        with _starting:
            _started.discard(key)


@contextlib.contextmanager
def faults_of_version(project: Project, version: str) -> Iterator[None]:
    """Have whatever a damaged column or weight leads to be told in one line."""
    try:
        yield
    except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise KGReviewError(
            f"{version} cannot be explained ({type(error).__name__}: {one_line(str(error))}); "
            f"`kgreview doctor {project.path}` says whether a file of it is damaged"
        ) from error


def _read(project: Project, version: str) -> Loaded:
    from kgreview.aligner.among_competitors import Scored
    from kgreview.aligner.checkpoint import Checkpoint
    from kgreview.aligner.inputs import NodeInputs, Pairs, choose_device
    from kgreview.aligner.joint_graph import join
    from kgreview.aligner.leave_one_out import Explainer
    from kgreview.pipeline.scoring import read_scores

    folder = project.version_folder(version)
    if not has_network(project, version):
        raise KGReviewError(
            f"{version} has no network yet: likeness of values gives its scores, until a first "
            f"network has learnt from {FEWEST_MATCHES} known matches, links and accepted pairs"
        )
    candidates = project.candidates()
    compared, names = similarities(project)
    try:
        features = open_column(project.features)
        samples, probabilities = (
            open_column(folder / f"{name}.npy") for name in ("samples", "scores")
        )
        scores = read_scores(folder)
    except (InputError, OSError, ValueError, EOFError) as error:  # gone, or cut short
        raise _stale(project, version) from error
    joint = join(project.left, project.right, project.schema)
    if len(features) != joint.num_nodes or len(scores.logits) != len(candidates):
        raise _stale(project, version)
    checkpoint = Checkpoint.load(folder)
    settings = checkpoint.model.settings
    scored = Scored(
        project.left,
        project.right,
        project.schema,
        NodeInputs(joint, features, settings, choose_device("cpu"), samples),
        Pairs(candidates.left, candidates.right, compared),
        names,
        scores,
    )
    return Loaded(
        project, version, Explainer(checkpoint, scored), candidates, compared, probabilities
    )


def _stale(project: Project, version: str) -> KGReviewError:
    return KGReviewError(
        f"{version} has not scored the candidates with what is in the project now; run "
        f"`kgreview score {project.path} --version {version}`"
    )


def _similarity(project: Project) -> PairSimilarity:
    key = _fit_key(project)
    with _fitting:
        fitted = _fits.get(key)
        if fitted is None:
            fitted = similarity_of(project)
            _fits.keep(key, fitted)
        return fitted


def _fit_quietly(project: Project, key: VersionKey) -> None:
    try:
        _similarity(project)
    finally:
        with _starting:
            _started.discard(key)


def _fit_key(project: Project) -> _Fit:
    """Name what blocking compared by: another blocking may compare by other things."""
    file = project.path / "candidates" / "similarities.npy"
    return str(project.path), file.stat().st_mtime_ns if file.exists() else 0


def version_key(project: Project, version: str) -> VersionKey:
    """Name a version as its files are now: scored again, or mended, it is another."""
    folder, candidates = project.version_folder(version), project.path / "candidates"
    files = [folder / name for name in _READ]
    files += [project.features, candidates / "similarities.npy", project.path / SCHEMA]
    return str(project.path), version, hash(tuple(map(_written, files)))


def _written(file: Path) -> tuple[int, int]:
    try:
        now = file.stat()
    except OSError:
        return 0, -1
    return now.st_mtime_ns, now.st_size
