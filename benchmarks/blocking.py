"""Print what blocking finds in real graph pairs, how long it takes and what memory.

    python benchmarks/blocking.py FOLDER…

FOLDER holds left/, right/ and links/{train,valid,test}.tsv, or several folders which do.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from kgreview.candidates.blocking import Candidates, block, blocking_recall, reduction
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.readers import read_link_splits, read_table_folder
from kgreview.graph.suggestion import infer_schema
from kgreview.pipeline.memory import peak_memory_mb


def main(folders: list[str]) -> None:
    """Block every pair of graphs in the folders and print one line for each."""
    if not folders:
        sys.exit(__doc__)
    print(
        f"{'graphs':28}{'pairs':>10}{'a left entity':>15}{'reduction':>11}"
        f"{'train':>8}{'valid':>8}{'test':>8}{'seconds':>9}{'peak MB':>9}"
    )
    for folder in map(Path, folders):
        inside = [folder] if (folder / "left").is_dir() else sorted(folder.iterdir())
        for pair in inside:
            if (pair / "left").is_dir():
                measure(pair)


def measure(folder: Path) -> None:
    """Block one pair of graphs; the schema is inferred from train and valid links only."""
    left, right = read_table_folder(folder / "left"), read_table_folder(folder / "right")
    files = {s: [folder / "links" / f"{s}.tsv"] for s in ("train", "valid", "test")}
    links = read_link_splits(files, left, right)
    schema = infer_schema(left, right, Links.concatenate(links["train"], links["valid"]))
    start = time.perf_counter()
    candidates = block(left, right, schema)
    seconds = time.perf_counter() - start
    recalls = "".join(f"{blocking_recall(candidates, links[split]):8.4f}" for split in links)
    print(
        f"{folder.name:28}{len(candidates):10,}{each_linked(candidates, left, links):15.2f}"
        f"{reduction(candidates, left, right, schema):11.5f}{recalls}{seconds:9.1f}"
        f"{peak_memory_mb():9.0f}"
    )


def each_linked(candidates: Candidates, left: KnowledgeGraph, links: dict[str, Links]) -> float:
    """Give the mean number of candidates of left entities whose type has links."""
    linked = np.unique(left.types[np.concatenate([part.left for part in links.values()])])
    of_type = np.isin(left.types, linked)
    return float(of_type[candidates.left].sum() / of_type.sum())


if __name__ == "__main__":
    main(sys.argv[1:])
