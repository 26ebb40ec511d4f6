"""What links of one type teach about another: train on artists, test on records, and back.

    python benchmarks/transfer.py [PAIR_FOLDER] [--links 0,50,200] [--methods a,b] [--seeds N]

Of a pair of graphs with two linked types, all training and validation links of one type are given
and the first few training links of the other; tested are the test links of the other. Prints PRAUC
and F1, mean and standard deviation over seeds. The threshold and the calibration are those of the
first type.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kgreview.exchange.pair_folders import open_pair
from kgreview.experiments.benchmark import benchmark
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links


def of_type(links: Links, left: KnowledgeGraph, right: KnowledgeGraph, name: str) -> Links:
    """Keep the links between entities of a type, which has the same name on both sides."""
    of_left = left.types[links.left] == left.type_names.index(name)
    of_right = right.types[links.right] == right.type_names.index(name)
    return links.take(np.flatnonzero(of_left & of_right))


def write(links: Links, left: KnowledgeGraph, right: KnowledgeGraph, path: Path) -> None:
    """Write links as a table of ids."""
    columns = {
        "left": left.ids.take(pa.array(links.left)),
        "right": right.ids.take(pa.array(links.right)),
        "label": pa.array(links.label).cast(pa.string()),
    }
    pq.write_table(pa.table(columns), path)


def main() -> None:
    """Run the experiment in both directions."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    default = Path("../shared/benchmarks/music_bbc_dbpedia")
    parser.add_argument("pair", nargs="?", type=Path, default=default)
    parser.add_argument("--links", default="0,50,200", help="links of the other type")
    parser.add_argument("--methods", default="boosting,boosting-rivals,kgreview")
    parser.add_argument("--types", default="artist,record", help="the two types")
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    pair = open_pair(options.pair)
    left, right = pair.read_graphs()
    splits = pair.read_links(("train", "valid", "test"), left, right).links
    one, two = options.types.split(",")
    print("known    tested   links  method              PRAUC    sd      F1    sd")
    for known, tested in ((one, two), (two, one)):
        for number in map(int, options.links.split(",")):
            with tempfile.TemporaryDirectory() as work:
                folder = Path(work) / "pair"
                (folder / "links").mkdir(parents=True)
                for side in ("left", "right"):
                    (folder / side).symlink_to((options.pair / side).resolve())
                few = of_type(splits["train"], left, right, tested)
                order = np.random.default_rng(0).permutation(len(few.left))[:number]
                given = Links.concatenate(
                    of_type(splits["train"], left, right, known), few.take(order)
                )
                write(given, left, right, folder / "links" / "train.parquet")
                held = of_type(splits["valid"], left, right, known)
                write(held, left, right, folder / "links" / "valid.parquet")
                asked = of_type(splits["test"], left, right, tested)
                write(asked, left, right, folder / "links" / "test.parquet")
                methods = options.methods.split(",")
                *_, report = benchmark(folder, methods, seeds=options.seeds)
            for row in report["methods"]:
                print(
                    f"{known:8s} {tested:8s} {number:5d}  {row['name']:18s} "
                    f"{row['prauc']:.4f} {row.get('prauc_sd', 0):.4f}  "
                    f"{row['f1']:.3f} {row.get('f1_sd', 0):.3f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
