"""How long the Export page takes to read and count once, and for each move of its threshold.

    python benchmarks/export_threshold.py [--entities 80000] [--candidates 10]

Makes up films of two graphs with so many candidates each; one of them is a film's match. Prints
seconds of one core and counts, by threshold.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pyarrow as pa

from kgreview.evaluation.audit import MISSED, NONE, RIGHT, alignment_figures
from kgreview.exchange.alignment import ScoredPairs, Settled, What
from kgreview.exchange.groups import Groups, troubles
from kgreview.exchange.threshold_counts import ThresholdCounts
from kgreview.graph.cardinality import Cardinality
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.schema import TypePair

FILMS = TypePair("film", "film")
NEAR = 200  # films from which the other candidates of a film are drawn
LINKED = 40  # every so manieth film has a known link
SAMPLED = 200  # audited films


def films(side: str, count: int) -> KnowledgeGraph:
    """Make up films that say nothing."""
    none, nowhere = pa.array([], pa.large_string()), np.empty(0, np.int64)
    return KnowledgeGraph.from_columns(
        ids=pa.array([f"{side}{number:08}" for number in range(count)], pa.large_string()),
        types=pa.array(["film"] * count),
        value_entities=nowhere,
        value_attributes=none,
        values=none,
        edge_heads=nowhere,
        edge_relations=none,
        edge_tails=nowhere,
    )


def scored_pairs(entities: int, candidates: int) -> ScoredPairs:
    """Make up candidates: those of a film lie near it, and its match has a high score."""
    rng = np.random.default_rng(0)
    left = np.repeat(np.arange(entities), candidates)
    away = rng.integers(0, NEAR, len(left))
    away[::candidates] = 0
    keys = np.unique(left * entities + (left + away) % entities)
    left, right = keys // entities, keys % entities
    score = np.where(left == right, rng.beta(8, 1, len(keys)), rng.beta(0.3, 6, len(keys)))
    return ScoredPairs(left, right, score)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entities", type=int, default=80_000)
    parser.add_argument("--candidates", type=int, default=10)
    given = parser.parse_args()
    graphs = films("l", given.entities), films("r", given.entities)
    scored = scored_pairs(given.entities, given.candidates)
    linked = np.arange(0, given.entities, LINKED)
    known = Links(linked, linked, np.ones(len(linked), np.int8), np.zeros(len(linked), np.bool_))
    cardinality = {FILMS: Cardinality.ONE_TO_ONE}
    began = time.perf_counter()
    settled = Settled.of(*graphs, [], known, scored, cardinality)
    counts = ThresholdCounts.of(settled)
    print(f"{len(scored.left):,} pairs: read and counted in {time.perf_counter() - began:.1f} s")
    rng = np.random.default_rng(1)
    sample = rng.random(SAMPLED), rng.choice([RIGHT, MISSED, NONE], SAMPLED, p=[0.9, 0.05, 0.05])
    others = rng.random(given.entities)
    for threshold in (0.9, 0.5, 0.3, 0.2, 0.1, 0.05):
        began = time.perf_counter()
        found = counts.at(threshold)
        figures = alignment_figures(others, *sample, threshold)
        part = (whole := settled.at(threshold)).part(What.PREDICTED)
        groups = Groups.of(part, *graphs)
        odds = troubles(part, groups, *graphs, cardinality, whole=whole)
        seconds = time.perf_counter() - began
        print(
            f"{threshold:4.2f}: {seconds:.2f} s · {found.pairs:,} pairs, {found.contested:,} "
            f"contested, {found.chains:,} chains · {whole.gave_way:,} gave way, "
            f"{len(odds.large):,} groups too large, precision {figures.precision.value:.2f}"
        )


if __name__ == "__main__":
    main()
