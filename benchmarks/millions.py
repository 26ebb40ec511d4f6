"""Print what methods take in memory and time as candidate pairs grow to ten millions.

    python benchmarks/millions.py [--pairs 1000000 10000000] [--methods boosting,kgreview]

Each set is made up: two graphs with a tenth as many entities a side, ten candidates for each left
entity, forty similarities of a pair; 4,000 left entities are labelled. Every method runs as in
``kgreview benchmark``, in a process of its own. Printed are its peak memory and seconds, and from
the second size on the bytes that each further pair took: what is kept of a pair are numbers in
columns, a Python object for each would take more than all of them.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from made_up import PAIRS_AN_ENTITY, write_graph

from kgreview.aligner.baselines.dataset import Dataset, Labelled
from kgreview.aligner.features import WIDTH
from kgreview.experiments.benchmark import in_own_process
from kgreview.graph.readers import read_table_folder
from kgreview.graph.suggestion import infer_schema
from kgreview.progress import silent

FIGURES = 40
LABELLED = 4_000  # left entities, three quarters of them to learn from
ROWS = 500_000  # pairs made up at once


def made_up(folder: Path, pairs: int) -> Dataset:
    """Make a set of so many candidates, the first of each left entity its match."""
    rng = np.random.default_rng(0)
    entities = pairs // PAIRS_AN_ENTITY
    for side in ("left", "right"):
        write_graph(folder / f"{side}-tables", side, entities)
    left, right = (read_table_folder(folder / f"{side}-tables") for side in ("left", "right"))
    lefts = np.repeat(np.arange(entities), PAIRS_AN_ENTITY)
    ahead = np.tile(np.arange(PAIRS_AN_ENTITY), entities)
    rights = (lefts + ahead) % entities
    order = np.lexsort((rights, lefts))
    lefts, rights, match = lefts[order], rights[order], (ahead == 0)[order]
    shape = (pairs, FIGURES)
    similarities = np.lib.format.open_memmap(
        folder / "similarities.npy", mode="w+", dtype=np.float32, shape=shape
    )
    telling = np.linspace(0, 1, FIGURES, dtype=np.float32)  # how much each figure says
    for start in range(0, pairs, ROWS):
        part = slice(start, start + ROWS)
        noise = rng.standard_normal((len(lefts[part]), FIGURES), dtype=np.float32)
        similarities[part] = noise + match[part, None] * telling
    similarities.flush()
    some = np.flatnonzero(lefts < LABELLED)
    learnt = lefts[some] % 4 > 0
    return Dataset(
        left_graph=left,
        right_graph=right,
        schema=infer_schema(left, right),
        left=lefts,
        right=rights,
        name_similarity=np.array(similarities[:, -1]),
        similarities=similarities,
        similarity_names=tuple(f"figure {number}" for number in range(FIGURES)),
        features=rng.standard_normal((2 * entities, WIDTH), dtype=np.float32),
        train=Labelled(some[learnt], match[some[learnt]].astype(np.int8)),
        valid=Labelled(some[~learnt], match[some[~learnt]].astype(np.int8)),
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--pairs", type=int, nargs="+", default=[1_000_000, 10_000_000], help="multiples of ten"
    )
    parser.add_argument("--methods", default="cosine,boosting,boosting-rivals,kgreview")
    options = parser.parse_args()
    if any(pairs % PAIRS_AN_ENTITY for pairs in options.pairs):
        parser.error(f"--pairs: each left entity has {PAIRS_AN_ENTITY} candidates")
    print("      pairs  method             peak MB   train s   score s    pairs/s  bytes a pair")
    before: dict[str, tuple[int, float]] = {}
    for pairs in options.pairs:
        with tempfile.TemporaryDirectory() as work:
            folder = Path(work)
            made_up(folder, pairs).save(folder)
            for name in options.methods.split(","):
                cost = in_own_process(folder, name, 0, "cpu", silent).cost
                more = ""
                if name in before:
                    fewer, memory = before[name]
                    more = f"{(cost.peak_rss_mb - memory) * 1e6 / (pairs - fewer):,.0f}"
                before[name] = pairs, cost.peak_rss_mb
                print(
                    f"{pairs:>11,}  {name:15s} {cost.peak_rss_mb:>10,.0f} "
                    f"{cost.train_seconds:>9.1f} {cost.score_seconds:>9.1f} "
                    f"{cost.pairs_per_second:>10,.0f} {more:>13}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
