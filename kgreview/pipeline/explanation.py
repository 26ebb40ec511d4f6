"""Why a version judges a pair as it does: computed when the pair is looked at, and then kept.

Not beside the scores: that would judge each candidate once more for each of its parts, though most
are never opened. And not in the way of a pair, while ``loaded_networks`` loads the network. After
that an explanation takes some ten milliseconds (benchmarks/explanations.py), a second time none.
"""

from __future__ import annotations

from typing import Any

from kgreview.aligner.explanation import Counterfactual, PairExplanation
from kgreview.errors import KGReviewError
from kgreview.pipeline.loaded_networks import elsewhere, faults_of_version, load, ready, version_key
from kgreview.pipeline.project import Project
from kgreview.pipeline.recent import Recent
from kgreview.store.versions import current_version, scores_of
from kgreview.ui.comparison import AttributeRow, compare_entities
from kgreview.ui.counterfactual import Contender
from kgreview.ui.entity_summary import side_of
from kgreview.ui.evidence import Evidence
from kgreview.ui.pair import PairView
from kgreview.ui.pair import explained as add_explanation
from kgreview.ui.waterfall import bars_of

_PATIENCE = 0.25  # s that a page waits for an explanation before it shows the pair without

_PairKey = tuple[str, str, int, int, int]
_explanations: Recent[_PairKey, PairExplanation] = Recent(512)
_flips: Recent[_PairKey, Counterfactual] = Recent(512)


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
        explanation = _explain_soon(project, question.version, left, right)
    except KGReviewError:  # the pair can be decided without; the page Explain says what is wrong
        return view, False
    if explanation is None:
        return view, True
    graphs = project.left, project.right
    return add_explanation(view, *graphs, project.schema, explanation, project.urls), False


def _explain_soon(project: Project, version: str, left: int, right: int) -> PairExplanation | None:
    """Explain a pair if that is to be had at once; raises what ``explain`` does."""
    process = elsewhere()
    if process is None:
        return explain(project, version, left, right) if ready(project, version) else None
    key = (*version_key(project, version), left, right)
    explanation = _explanations.get(key)
    if explanation is None:
        explanation = process.ask("explain", project, version, (left, right), _PATIENCE)
        if explanation is not None:
            _explanations.keep(key, explanation)
    return explanation


def explain(project: Project, version: str, left: int, right: int) -> PairExplanation:
    """Say what the version's network would say of a pair of rows without each of its parts.

    For any pair; one that is no candidate takes as long as comparing the graphs does, the first
    time. Raises ``KGReviewError`` where the version has no network, or was scored by something
    else than what is there now.
    """
    key = (*version_key(project, version), left, right)
    explanation, process = _explanations.get(key), elsewhere()
    if explanation is None and process is not None:
        explanation = process.ask("explain", project, version, (left, right))
        _explanations.keep(key, explanation)
    elif explanation is None:
        loaded = load(project, version)
        with faults_of_version(project, version):
            explanation = loaded.explainer.explain(
                loaded.pair(left, right), attributes_of(project, left, right)
            )
        loaded.check(left, right, explanation.probability)
        _explanations.keep(key, explanation)
    return explanation


def flip(project: Project, version: str, left: int, right: int) -> Counterfactual:
    """Say what would move a pair of rows across the threshold; raises what ``explain`` does."""
    key = (*version_key(project, version), left, right)
    counterfactual, process = _flips.get(key), elsewhere()
    if counterfactual is None and process is not None:
        counterfactual = process.ask("flip", project, version, (left, right))
        _flips.keep(key, counterfactual)
    elif counterfactual is None:
        loaded = load(project, version)
        with faults_of_version(project, version):
            pair = loaded.pair(left, right)
            counterfactual = loaded.explainer.flip(pair, attributes_of(project, left, right))
        _flips.keep(key, counterfactual)
    return counterfactual


def contender(project: Project, version: str, left: int, right: int) -> Contender:
    """Put all evidence for a pair of rows together; raises what ``explain`` does."""
    explanation = explain(project, version, left, right)
    graphs, names = (project.left, project.right), project.schema
    return Contender(
        left=side_of(project.left, left, names.left_names, explanation.attention.left),
        right=side_of(project.right, right, names.right_names, explanation.attention.right),
        rows=_rows(project, left, right),
        evidence=Evidence.of(explanation, *graphs),
        probability=explanation.probability,
        relations={
            part: graphs[part.side].relation(part.relation)
            for part in explanation.changes
            if part.kind == "relation"
        },
    )


def strongest_competitor(project: Project, version: str, left: str, right: str) -> Contender | None:
    """Put the evidence for the best scored other candidate of either entity together."""
    with project.database() as db:
        candidates = [*scores_of(db, left=left), *scores_of(db, right=right)]
    others = [pair for pair in candidates if (pair.left, pair.right) != (left, right)]
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
    explanation = explain(project, version, *rows)
    ranked = sorted(explanation.changes.items(), key=lambda each: each[1].log_odds)
    return {
        "version": version,
        "left": {"id": left, "name": this.left.name},
        "right": {"id": right, "name": this.right.name},
        "probability": explanation.probability,
        "threshold": explanation.threshold,
        "log_odds": explanation.waterfall.log_odds,
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


def attributes_of(project: Project, left: int, right: int) -> list[tuple[str | None, str | None]]:
    """Give the attributes that are left out together: those on one row of the page's table."""
    return [(row.left_attribute, row.right_attribute) for row in _rows(project, left, right)]


def _rows(project: Project, left: int, right: int) -> tuple[AttributeRow, ...]:
    return compare_entities(project.left, left, project.right, right, project.schema)
