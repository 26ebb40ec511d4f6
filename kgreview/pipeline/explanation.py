"""Why a version judges a pair as it does: computed when the pair is looked at, and then kept.

Not beside the scores: that would judge each candidate once more for each of its parts, though most
are never opened. And not in the way of a pair: torch takes a second or two to import, so the pages
let a thread do it (``ready``) and show the pair meanwhile as it is. After that an explanation takes
some ten milliseconds (benchmarks/explanations.py), and none a second time. The server of the pages
has another process do either (``elsewhere``).
"""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from kgreview.aligner.explanation import (
    WEIGHTS,
    Counterfactual,
    PairExplanation,
    uses_network,
)
from kgreview.candidates.blocking import Candidates
from kgreview.errors import InputError, KGReviewError
from kgreview.features.similarity import PairSimilarity
from kgreview.graph.columns import open_column
from kgreview.graph.quoting import one_line
from kgreview.pipeline.blocking import similarities, similarity_of
from kgreview.pipeline.labels import FEWEST_MATCHES
from kgreview.pipeline.project import SCHEMA, Project
from kgreview.store.added_pairs import added_pair
from kgreview.store.versions import current_version, scores_of
from kgreview.ui.comparison import AttributeRow, compare_entities
from kgreview.ui.counterfactual import Contender
from kgreview.ui.entity_summary import side_of
from kgreview.ui.evidence import Evidence
from kgreview.ui.pair import PairView
from kgreview.ui.pair import explained as add_explanation
from kgreview.ui.waterfall import bars_of

if TYPE_CHECKING:  # which imports torch
    from kgreview.aligner.leave_one_out import Explainer, Pair

_MOST_VERSIONS, _MOST_PAIRS, _MOST_FITS = 2, 512, 1  # that are kept in memory
_READ = (  # files of a version that an explanation rests on
    *("scores.npy", "samples.npy", "evidence.npy", "beliefs.npy", "own.npy", "logits.npy"),
    *("spread.npy", "network.json", WEIGHTS),
)
_PATIENCE = 0.25  # s that a page waits for an explanation before it shows the pair without
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
    """A process that explains, see ``explaining``."""

    def ask(
        self,
        what: str,
        project: Project,
        version: str,
        pair: tuple[int, ...],
        patience: float | None = None,
    ) -> Any:
        """Give the answer; ``None`` where it is not there in so many seconds."""


_Key = tuple[str, str, int]
_PairKey = tuple[str, str, int, int, int]
_Fit = tuple[str, int]
_T = TypeVar("_T")
_lock = threading.Lock()  # around what follows, never held for long
_versions: OrderedDict[_Key, Loaded | KGReviewError] = OrderedDict()
_started: set[_Key] = set()  # of versions, and of fits without a version
_fits: OrderedDict[_Fit, PairSimilarity] = OrderedDict()
_explanations: OrderedDict[_PairKey, PairExplanation] = OrderedDict()
_flips: OrderedDict[_PairKey, Counterfactual] = OrderedDict()
_elsewhere: Elsewhere | None = None
_loading = threading.Lock()  # one version at a time
_fitting = threading.Lock()  # one project at a time


def elsewhere(explaining: Elsewhere | None) -> None:
    """Have pairs explained by another process; ``None``: by this one again."""
    global _elsewhere  # noqa: PLW0603 - one for the process, said once when the server starts
    _elsewhere = explaining


def explained(project: Project, view: PairView) -> tuple[PairView, bool]:
    """Add the explanation to a pair that is shown, if it is to be had at once.

    Gives the view, and whether it is worth asking again in a moment. Without a network, without
    scores or where scores are hidden there is nothing to add.
    """
    question = view.question
    if view.hidden or question.score is None or question.version is None:
        return view, False
    if not (project.path / "models" / question.version).is_dir():
        return view, False
    left, right = project.left.row(question.left), project.right.row(question.right)
    try:
        found = _explain_soon(project, question.version, left, right)
    except KGReviewError:  # the pair can be decided without; the page Explain says what is wrong
        return view, False
    if found is None:
        return view, True
    graphs = project.left, project.right
    return add_explanation(view, *graphs, project.schema, found, project.urls), False


def _explain_soon(project: Project, version: str, left: int, right: int) -> PairExplanation | None:
    """Explain a pair if that is to be had at once; raises what ``explain`` does."""
    if _elsewhere is None:
        return explain(project, version, left, right) if ready(project, version) else None
    key = (*_key(project, version), left, right)
    found = _kept(_explanations, key)
    if found is None:
        found = _elsewhere.ask("explain", project, version, (left, right), _PATIENCE)
        if found is not None:
            _keep(_explanations, key, found)
    return found


def ready(project: Project, version: str) -> bool:
    """Tell whether ``explain`` answers at once; where not, begin to load what it needs."""
    if _elsewhere is not None:
        try:
            return _elsewhere.ask("load", project, version, (), 0.0) is not None
        except KGReviewError:  # said when the explanation is asked for
            return True
    key = _key(project, version)
    with _lock:
        if key in _versions:
            return True
        if key in _started:
            return False
        _started.add(key)
    threading.Thread(target=_load_quietly, args=(project, version, key), daemon=True).start()
    return False


def ready_for_any(project: Project, version: str) -> bool:
    """Tell whether a pair that is no candidate is compared and explained at once, as ``ready``."""
    network = has_network(project, version)
    if _kept(_fits, _fit_key(project)) is not None:
        return not network or ready(project, version)
    key = ("", *_fit_key(project))
    with _lock:
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
    found: npt.NDArray[np.float32] = _similarity(project).compute(
        np.array([left]), np.array([right])
    )[0]
    return found


def explain(project: Project, version: str, left: int, right: int) -> PairExplanation:
    """Say what the version's network would say of a pair of rows without each of its parts.

    For any pair; one that is no candidate takes as long as comparing the graphs does, the first
    time. Raises ``KGReviewError`` where the version has no network, or was scored by something
    else than what is there now.
    """
    key = (*_key(project, version), left, right)
    found = _kept(_explanations, key)
    if found is None and _elsewhere is not None:
        found = _elsewhere.ask("explain", project, version, (left, right))
        _keep(_explanations, key, found)
    elif found is None:
        loaded = load(project, version)
        with told_of_version(project, version):
            found = loaded.explainer.explain(
                loaded.pair(left, right), attributes_of(project, left, right)
            )
        loaded.check(left, right, found.probability)
        _keep(_explanations, key, found)
    return found


def flip(project: Project, version: str, left: int, right: int) -> Counterfactual:
    """Say what would move a pair of rows across the threshold; raises what ``explain`` does."""
    key = (*_key(project, version), left, right)
    found = _kept(_flips, key)
    if found is None and _elsewhere is not None:
        found = _elsewhere.ask("flip", project, version, (left, right))
        _keep(_flips, key, found)
    elif found is None:
        loaded = load(project, version)
        with told_of_version(project, version):
            pair = loaded.pair(left, right)
            found = loaded.explainer.flip(pair, attributes_of(project, left, right))
        _keep(_flips, key, found)
    return found


def contender(project: Project, version: str, left: int, right: int) -> Contender:
    """Put all evidence for a pair of rows together; raises what ``explain`` does."""
    found = explain(project, version, left, right)
    graphs, names = (project.left, project.right), project.schema
    return Contender(
        left=side_of(project.left, left, names.left_names, found.attention.left),
        right=side_of(project.right, right, names.right_names, found.attention.right),
        rows=_rows(project, left, right),
        evidence=Evidence.of(found, *graphs),
        probability=found.probability,
        relations={
            part: graphs[part.side].relation(part.relation)
            for part in found.changes
            if part.kind == "relation"
        },
    )


def strongest_competitor(project: Project, version: str, left: str, right: str) -> Contender | None:
    """Put the evidence for the best scored other candidate of either entity together."""
    with project.database() as db:
        found = [*scores_of(db, left=left), *scores_of(db, right=right)]
    others = [pair for pair in found if (pair.left, pair.right) != (left, right)]
    if not others:
        return None
    best = max(others, key=lambda pair: pair.score)
    return contender(project, version, project.left.row(best.left), project.right.row(best.right))


def version_to_explain(project: Project, wanted: str | None = None) -> str:
    """Name the version that explains: the current one unless another is wanted.

    Raises ``InputError`` for one that is not there, ``KGReviewError`` where there is none yet.
    """
    if wanted is not None:
        return project.version_folder(wanted).name
    with project.database() as db:
        current = current_version(db)
    if current is None:
        raise KGReviewError(f"{project.path}: has no scores yet; run `kgreview run` first")
    return current.name


def explain_ids(project: Project, version: str, left: str, right: str) -> dict[str, Any]:
    """Say why a pair of ids is judged so, as JSON values; raises what ``explain`` does."""
    rows = project.left.row(left), project.right.row(right)
    this = contender(project, version, *rows)
    flips = flip(project, version, *rows)
    found = explain(project, version, *rows)
    ranked = sorted(found.changes.items(), key=lambda each: each[1].log_odds)
    return {
        "version": version,
        "left": {"id": left, "name": this.left.name},
        "right": {"id": right, "name": this.right.name},
        "probability": found.probability,
        "threshold": found.threshold,
        "log_odds": found.waterfall.log_odds,
        "made_of": [
            {
                "step": bar.words,
                "log_odds": bar.value,
                "parts": [{"step": part.words, "log_odds": part.value} for part in bar.parts],
            }
            for bar in bars_of(this.evidence, (this.left, this.right))
        ],
        "flipped_by": [this.name_of(part) for part in flips.parts],
        "probability_flipped": flips.probability if flips.parts else None,
        "without": [
            {
                "part": this.name_of(part),
                "kind": part.kind,
                "change_of_probability": change.probability,
                "change_of_log_odds": change.log_odds,
            }
            for part, change in ranked
        ],
    }


def load(project: Project, version: str) -> Loaded:
    """Give a version's network, from memory if it is there; raises what ``explain`` does."""
    key = _key(project, version)
    with _loading:
        there = _kept(_versions, key)
        if isinstance(there, KGReviewError):
            raise there
        if there is None:
            with told_of_version(project, version):
                there = _read(project, version)
            _keep(_versions, key, there, _MOST_VERSIONS)
        return there


def _load_quietly(project: Project, version: str, key: _Key) -> None:
    try:
        load(project, version)
    except KGReviewError as error:  # said when the explanation is asked for
        _keep(_versions, key, error, _MOST_VERSIONS)
    finally:
        with _lock:
            _started.discard(key)


@contextlib.contextmanager
def told_of_version(project: Project, version: str) -> Iterator[None]:
    """Have whatever a damaged column or weight leads to be told in one line."""
    try:
        yield
    except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise KGReviewError(
            f"{version} cannot be explained ({type(error).__name__}: {one_line(str(error))}); "
            f"`kgreview doctor {project.path}` says whether a file of it is damaged"
        ) from error


def _read(project: Project, version: str) -> Loaded:
    from kgreview.aligner.checkpoint import Checkpoint
    from kgreview.aligner.inputs import NodeInputs, Pairs, choose_device
    from kgreview.aligner.joint_graph import join
    from kgreview.aligner.leave_one_out import Explainer, Scored
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


def attributes_of(project: Project, left: int, right: int) -> list[tuple[str | None, str | None]]:
    """Give the attributes that are left out together: those on one row of the page's table."""
    return [(row.left_attribute, row.right_attribute) for row in _rows(project, left, right)]


def _rows(project: Project, left: int, right: int) -> tuple[AttributeRow, ...]:
    return compare_entities(project.left, left, project.right, right, project.schema)


def _similarity(project: Project) -> PairSimilarity:
    key = _fit_key(project)
    with _fitting:
        fitted = _kept(_fits, key)
        if fitted is None:
            fitted = similarity_of(project)
            _keep(_fits, key, fitted, _MOST_FITS)
        return fitted


def _fit_quietly(project: Project, key: _Key) -> None:
    try:
        _similarity(project)
    finally:
        with _lock:
            _started.discard(key)


def _fit_key(project: Project) -> _Fit:
    """Name what blocking compared by: another blocking may compare by other things."""
    file = project.path / "candidates" / "similarities.npy"
    return str(project.path), file.stat().st_mtime_ns if file.exists() else 0


def _key(project: Project, version: str) -> _Key:
    """Name a version as its files are now: scored again, or mended, it is another."""
    folder, candidates = project.version_folder(version), project.path / "candidates"
    files = [folder / name for name in _READ]
    files += [project.features, candidates / "similarities.npy", project.path / SCHEMA]
    return str(project.path), version, hash(tuple(map(_written, files)))


def _written(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return 0, -1
    return found.st_mtime_ns, found.st_size


def _kept(kept: OrderedDict[Any, _T], key: object) -> _T | None:
    with _lock:
        if key in kept:
            kept.move_to_end(key)
        return kept.get(key)


def _keep(kept: OrderedDict[Any, _T], key: object, value: _T, most: int = _MOST_PAIRS) -> None:
    with _lock:
        kept[key] = value
        while len(kept) > most:
            kept.popitem(last=False)
