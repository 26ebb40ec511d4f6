"""The check of *explain*: over many pairs, is what is shown of neighbours what decides?

Only where neighbours rank by what they are said to add as they rank by what leaving them out does,
a picture may be read as the reason. So it is measured, by version, on pairs like those that
curators are asked.
"""

from __future__ import annotations

import contextlib
import json
import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from kgreview.aligner.explanation import PairAttention, agreement, neighbours_of
from kgreview.arrays import Bools, Floats, Ints
from kgreview.errors import KGReviewError
from kgreview.pipeline.explanation import explain
from kgreview.pipeline.loaded_networks import load
from kgreview.pipeline.project import Project
from kgreview.progress import Progress, silent
from kgreview.ui.evidence import TRUSTED

_FILE = "agreement.json"
_FEWEST = 3  # neighbours of a pair: few say little of it, and no less of all pairs together
_AFTER_SCORING = 100  # pairs on which a new version is measured unasked
_ALIKE = 1e-9  # correlations nearer to each other than this are equal, but for rounding
_TELLING = 0.1  # log odds that a neighbour must change for its sign to be looked at
_NEAREST = 0.1  # share of the candidates, those nearest to the threshold, that are drawn from


@dataclass(frozen=True)
class Agreement:
    """How well contributions tell what decides. nan where no pair has enough neighbours to rank."""

    version: str
    pairs: int  # looked at
    ranked: int  # of them, with enough neighbours to rank
    rank_correlation: float  # Spearman's, the mean of the pairs
    low: float  # of the 95% interval of the mean; nan where all pairs have one correlation
    high: float
    trusted: float  # share of the ranked pairs whose correlation is at least 0.3
    first: float  # share of them whose neighbour with the most to say is the one that decides most
    telling: int  # neighbours that change the log odds by more than 0.1
    signs: float  # share of them that speak for or against the match as is shown

    def to_json(self) -> dict[str, Any]:
        """Give the figures as JSON values."""
        return {
            k: None if isinstance(v, float) and math.isnan(v) else v
            for k, v in asdict(self).items()
        }


def check(
    project: Project,
    version: str,
    *,
    sample: int = 200,
    seed: int = 0,
    progress: Progress = silent,
) -> Agreement:
    """Measure a version on pairs drawn from the tenth of candidates nearest to its threshold.

    The figures are kept in the version's folder. Raises what ``explain`` does.
    """
    progress("load the network", 0, 1)
    loaded = load(project, version)
    progress("load the network", 1, 1)
    drawn = draw_near(loaded.scores, loaded.explainer.checkpoint.threshold, sample, seed)
    correlations, first, signs = [], [], []
    for done, candidate in enumerate(drawn, 1):
        left, right = (
            int(loaded.candidates.left[candidate]),
            int(loaded.candidates.right[candidate]),
        )
        attention = explain(project, version, left, right).attention
        measured_agreement = agreement([attention.left, attention.right], _FEWEST)
        if not math.isnan(measured_agreement):
            correlations.append(measured_agreement)
            first.append(_first_decides(attention))
        signs += _signs(attention)
        progress("leave out", done, len(drawn))
    mean, low, high = _interval(np.array(correlations))
    measured = Agreement(
        version=version,
        pairs=len(drawn),
        ranked=len(correlations),
        rank_correlation=mean,
        low=low,
        high=high,
        trusted=_share(np.array(correlations) >= TRUSTED),
        first=_share(np.array(first)),
        telling=len(signs),
        signs=_share(np.array(signs)),
    )
    file = project.version_folder(version) / _FILE
    file.write_text(json.dumps(measured.to_json(), indent=1) + "\n", encoding="utf-8")
    return measured


def check_new(project: Project, version: str, progress: Progress = silent) -> None:
    """Measure a version that has just scored, if it has a network: after what somebody waits for.

    Where it cannot be measured there is no figure, and that is all.
    """
    if (project.version_folder(version) / "attention.npy").exists():
        with contextlib.suppress(KGReviewError):
            check(project, version, sample=_AFTER_SCORING, progress=progress)


def measured(project: Project, version: str) -> dict[str, Any] | None:
    """Read what ``check`` found of a version; ``None`` where it was not measured."""
    file = project.path / "models" / version / _FILE
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return values if isinstance(values, dict) else None


def evidence_words(project: Project, version: str) -> str | None:
    """Say for the Model page how far what is shown of neighbours decides, if it was measured."""
    figures = measured(project, version)
    if figures is None:
        return None
    correlation = figures.get("rank_correlation")
    if not isinstance(correlation, float):
        return "**Evidence of neighbours**: too few pairs have enough neighbours to be measured."
    if correlation >= 2 * TRUSTED:
        verdict = "the contributions shown are faithful"
    elif correlation >= TRUSTED:
        verdict = "the contributions shown are faithful for most pairs"
    else:
        verdict = "the contributions shown are often not faithful: go by the leave-one-out effect"
    return (
        f"**Evidence of neighbours** of {version}: {verdict}. Over {figures['ranked']:,} pairs "
        "near the threshold, contributions and leave-one-out effects have a rank correlation of "
        f"{correlation:.2f}{_range(figures)}; in {figures['trusted']:.0%} of them it "
        f"may be read as the reason.{_sign_words(figures)} The Review page says so pair by pair."
    )


def _sign_words(figures: dict[str, Any]) -> str:
    telling, signs = figures.get("telling"), figures.get("signs")
    if not isinstance(telling, int) or not isinstance(signs, float):
        return ""
    return (
        f" Of {telling:,} neighbours that change the log odds by more than {_TELLING}, "
        f"{signs:.0%} speak for or against a match as they are shown to."
    )


def _range(figures: dict[str, Any]) -> str:
    low, high = figures.get("low"), figures.get("high")
    if not isinstance(low, float) or not isinstance(high, float):
        return ""
    return f" (95%: {low:.2f} to {high:.2f})"


def draw_near(scores: npt.NDArray[np.float32], threshold: float, sample: int, seed: int) -> Ints:
    """Draw candidates like those that are asked; distance in log odds, as the curator's doubt."""
    odds = [np.log(p / (1 - p)) for p in (np.clip(scores, 1e-7, 1 - 1e-7), threshold)]
    near = np.argsort(np.abs(odds[0] - odds[1]), kind="stable")
    near = near[: max(sample, int(_NEAREST * len(scores)))]
    chosen = np.random.default_rng(seed).choice(near, min(sample, len(near)), replace=False)
    return np.sort(chosen)


def _first_decides(attention: PairAttention) -> bool:
    """Tell whether the neighbour with the most to say is the one that decides most."""
    everybody = [*neighbours_of(attention.left), *neighbours_of(attention.right)]
    return max(everybody, key=lambda n: abs(n.contribution)) is max(
        everybody, key=lambda n: abs(n.change.log_odds) if n.change else 0.0
    )


def _signs(attention: PairAttention) -> list[bool]:
    """Tell of each neighbour that changes something whether it is shown to speak as it does."""
    return [
        (n.contribution > 0) == (n.change.log_odds < 0)
        for side in (attention.left, attention.right)
        for n in neighbours_of(side)
        if n.change is not None and abs(n.change.log_odds) > _TELLING
    ]


def _share(true: Bools) -> float:
    return float(true.mean()) if len(true) else math.nan


def _interval(values: Floats) -> tuple[float, float, float]:
    """Give mean and 95% interval of the mean of correlations (Student's, since there may be few).

    No interval of equal ones: they tell nothing of how far others lie apart.
    """
    if not len(values):
        return math.nan, math.nan, math.nan
    mean = float(values.mean())
    if np.ptp(values) < _ALIKE:
        return mean, math.nan, math.nan
    half = stdtrit(len(values) - 1, 0.975) * float(values.std(ddof=1)) / math.sqrt(len(values))
    return mean, max(-1.0, mean - half), min(1.0, mean + half)
