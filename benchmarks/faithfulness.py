"""Print how far what is shown of neighbours is what decides, beside explanations that know less.

    python benchmarks/faithfulness.py PROJECT… [--sample 200] [--version v1]

Pairs are drawn from the tenth of candidates nearest to the threshold; those with two neighbours or
more count. Each explanation ranks the neighbours of a pair: by their contribution, by their degree
(rare ones first), or at random. Its better half is the explanation.

- *rank*: Spearman's correlation with what leaving out one neighbour does, with the sign where an
  explanation has one, the mean of pairs with three neighbours or more;
- *signs*: of neighbours that change the log odds by more than 0.1, those that are shown to speak as
  they do;
- *fidelity+*: share of pairs whose call changes without the explanation, higher is better;
- *fidelity−*: share of pairs whose call changes with nothing but it, lower is better;
- *unfaithfulness*: 1 − exp(−KL(p ‖ p with nothing but it)), the mean, lower is better (Agarwal et
  al. 2023; all three as in ``torch_geometric.explain.metric``).
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.special import rel_entr

from kgreview.aligner.explanation import Part, neighbours_of
from kgreview.evaluation.rank_agreement import rank_correlation
from kgreview.pipeline.faithfulness import draw_near
from kgreview.pipeline.loaded_networks import load
from kgreview.pipeline.project import Project

Shown = list[tuple[Part, float, float]]  # neighbour, its contribution, its degree
FIGURES = {
    "rank": "rank",
    "signs": "signs",
    "plus": "fidelity+",
    "minus": "fidelity−",
    "unfaithful": "unfaithfulness",
}
FEWEST_TO_RANK = 3
TELLING = 0.1  # log odds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("projects", type=Path, nargs="+", metavar="PROJECT")
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--version", default="v1")
    options = parser.parse_args()
    print(
        "| project | explanation | pairs | rank | signs | fidelity+ | fidelity− | unfaithfulness |"
    )
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    for path in options.projects:
        for line in rows(Project.open(path), options.version, options.sample):
            print(line, flush=True)


def rows(project: Project, version: str, sample: int) -> list[str]:
    """Measure one project; give a row for each explanation."""
    rng = np.random.default_rng(0)
    by: dict[str, Callable[[Shown], list[float]]] = {
        "contribution": lambda shown: [value for _, value, _ in shown],
        "degree": lambda shown: [1 / degree for _, _, degree in shown],
        "random": lambda shown: rng.random(len(shown)).tolist(),
    }
    figures: dict[str, dict[str, list[float]]] = {name: {} for name in by}
    loaded = load(project, version)
    threshold = loaded.explainer.checkpoint.threshold
    pairs = 0
    for candidate in draw_near(loaded.scores, threshold, sample, 0):
        pair = loaded.pair(
            int(loaded.candidates.left[candidate]), int(loaded.candidates.right[candidate])
        )
        whole = pair.look([()])
        attention = pair.attention(whole, {})
        graphs = (project.left, project.right)
        shown = [
            (Part("neighbour", side, slot=n.slot), n.contribution, float(graph.degree(n.row)))
            for side, (graph, of_side) in enumerate(
                zip(graphs, (attention.left, attention.right), strict=True)
            )
            for n in neighbours_of(of_side)
        ]
        if len(shown) < 2:
            continue
        pairs += 1
        single = pair.look([(part,) for part, _, _ in shown])
        effects = float(whole.log_odds[0]) - single.log_odds
        for name, ranker in by.items():
            worth = np.array(ranker(shown))
            signed = name == "contribution"
            kept = set(np.argsort(-np.abs(worth), kind="stable")[: (len(shown) + 1) // 2].tolist())
            without = tuple(part for at, (part, _, _) in enumerate(shown) if at in kept)
            alone = tuple(part for at, (part, _, _) in enumerate(shown) if at not in kept)
            p, p_without, p_alone = (
                float(x) for x in (whole.probability[0], *pair.look([without, alone]).probability)
            )
            found = figures[name]
            found.setdefault("plus", []).append((p >= threshold) != (p_without >= threshold))
            found.setdefault("minus", []).append((p >= threshold) != (p_alone >= threshold))
            divergence = float(rel_entr([p, 1 - p], [p_alone, 1 - p_alone]).sum())
            found.setdefault("unfaithful", []).append(1 - np.exp(-divergence))
            if len(shown) >= FEWEST_TO_RANK:
                rank = rank_correlation(worth, effects if signed else np.abs(effects))
                found.setdefault("rank", []).append(0.0 if np.isnan(rank) else rank)
            if signed:
                telling = np.abs(effects) > TELLING
                found.setdefault("signs", []).extend(((worth > 0) == (effects > 0))[telling])
    return [
        f"| {project.path.name} | {name} | {pairs} | "
        + " | ".join(_mean(of.get(figure, [])) for figure in FIGURES)
        + " |"
        for name, of in figures.items()
    ]


def _mean(values: list[float]) -> str:
    return f"{statistics.mean(map(float, values)):.3f}" if values else ""


if __name__ == "__main__":
    main()
