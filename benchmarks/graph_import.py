"""How long a large table folder takes to read, save and open, and how much memory.

    python benchmarks/graph_import.py [--entities 1000000] [--format tsv]

Makes up a graph with five attribute values and five relations an entity in a temporary folder and
prints seconds and the peak memory of this process.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet

from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.readers import read_table_folder
from kgreview.pipeline.memory import peak_memory_mb


def write_tables(folder: Path, entities: int, ending: str) -> None:
    """Write a graph of made-up names, its relations crowded around few entities."""
    rng = np.random.default_rng(0)

    def ids(rows: np.ndarray) -> pa.Array:
        names = pa.array(rows).cast(pa.string())
        return pa.compute.binary_join_element_wise("http://example.org/id/", names, "")

    def some(names: list[str], count: int) -> pa.Array:
        return pa.array(names).take(pa.array(rng.integers(0, len(names), count)))

    count = 5 * entities
    values = ids(rng.integers(0, count, count))
    popular = (entities * rng.random(count) ** 3).astype(np.int64)
    write(
        folder,
        "entities",
        ending,
        {
            "id": ids(rng.permutation(entities)),
            "type": some(["film", "person", "song", "album"], entities),
        },
    )
    write(
        folder,
        "attributes",
        ending,
        {
            "entity": ids(rng.integers(0, entities, count)),
            "attribute": some([f"attribute{i}" for i in range(50)], count),
            "value": values,
        },
    )
    write(
        folder,
        "relations",
        ending,
        {
            "head": ids(rng.integers(0, entities, count)),
            "relation": some([f"relation{i}" for i in range(1300)], count),
            "tail": ids(popular),
        },
    )


def write(folder: Path, name: str, ending: str, columns: dict[str, pa.Array]) -> None:
    """Write one table in the format its ending names."""
    table = pa.table(columns)
    path = folder / f"{name}.{ending}"
    if ending == "parquet":
        pa.parquet.write_table(table, path)
        return
    style = "needed" if ending.startswith("csv") else "none"
    delimiter = "," if ending.startswith("csv") else "\t"
    options = pa.csv.WriteOptions(delimiter=delimiter, quoting_style=style, quoting_header="none")
    with pa.output_stream(path) as sink:  # compresses by itself where the name ends in .gz
        pa.csv.write_csv(table, sink, options)


def main() -> None:
    """Make the tables in another process, so that their memory is not counted here."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entities", type=int, default=1_000_000)
    parser.add_argument("--format", default="tsv", choices=["tsv", "tsv.gz", "csv", "parquet"])
    parser.add_argument("--write-into", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write_into:
        write_tables(options.write_into, options.entities, options.format)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "left"
        folder.mkdir()
        subprocess.run([sys.executable, *sys.argv, "--write-into", str(folder)], check=True)
        size = sum(file.stat().st_size for file in folder.iterdir()) / 2**20
        print(f"{options.entities:,} entities, {size:,.0f} MiB of {options.format}")

        began = time.perf_counter()
        graph = read_table_folder(folder)
        print(f"read    {time.perf_counter() - began:8.2f} s")
        print(f"        {graph.num_values:,} values, {graph.num_edges:,} relations")
        began = time.perf_counter()
        graph.save(Path(name) / "saved")
        print(f"save    {time.perf_counter() - began:8.2f} s")
        wanted = graph.id(graph.num_entities // 2)
        began = time.perf_counter()
        opened = KnowledgeGraph.open(Path(name) / "saved")
        print(f"open    {1000 * (time.perf_counter() - began):8.2f} ms")
        began = time.perf_counter()
        opened.attributes(opened.row(wanted))
        print(f"look up {1000 * (time.perf_counter() - began):8.2f} ms")
        print(f"peak    {peak_memory_mb() / 1024:8.2f} GiB")


if __name__ == "__main__":
    main()
