"""How long wide graphs take: thousands of types, attributes or relations, few of each.

    python benchmarks/wide.py [types|renamed|attributes|relations] [--names 3000] [--profile]

Makes up two graphs, and prints the processor seconds of `create` and `block`, of opening a pair and
drawing its table, and the peak memory of this process.
"""

from __future__ import annotations

import argparse
import contextlib
import cProfile
import json
import pstats
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from kgreview.pipeline.blocking import block_project
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.memory import peak_memory_mb
from kgreview.pipeline.project import Project
from kgreview.store.questions import Question
from kgreview.ui.pair import pair_view

ROWS = 30  # entities of a side, where there is one of each name at the most


def types(names: int, right_ending: str = "") -> Iterator[tuple[str, str, str]]:
    """Give rows of entities, values and relations: as many types as entities."""
    for i in range(names):
        kind = f"kind_{i}_of_thing" + right_ending
        for j in range(3):
            yield "entities", f"e{i}-{j}", kind
            yield "attributes", f"e{i}-{j}\tname", f"title {(3 * i + j) * 7919 % 100_003:x}"


def attributes(names: int, right_ending: str = "") -> Iterator[tuple[str, str, str]]:
    """Give entities of one type, each with every attribute."""
    for i in range(ROWS):
        yield "entities", f"e{i}", "thing"
        yield "attributes", f"e{i}\tname", f"title {i * 7919 % 100_003:x}"
        for j in range(names):
            attribute = f"measure_{j}_of_run" + right_ending * (j % 2)
            yield "attributes", f"e{i}\t{attribute}", f"value {(i * 31 + j) % 977}"


def relations(names: int, right_ending: str = "") -> Iterator[tuple[str, str, str]]:
    """Give entities of one type, each with a hundred of the relations."""
    for i in range(ROWS * 10):
        yield "entities", f"e{i}", "thing"
        yield "attributes", f"e{i}\tname", f"title {i * 7919 % 100_003:x}"
        for j in range(100):
            relation = f"link_{(i * 101 + j) % names}_of_run" + right_ending * (j % 2)
            yield "relations", f"e{i}\t{relation}", f"e{(i + j + 1) % (ROWS * 10)}"


SHAPES: dict[str, tuple[Callable[..., Iterator[tuple[str, str, str]]], str]] = {
    "types": (types, ""),
    "renamed": (types, "_too"),
    "attributes": (attributes, "_too"),
    "relations": (relations, "_too"),
}
HEADERS = {
    "entities": "id\ttype",
    "attributes": "entity\tattribute\tvalue",
    "relations": "head\trelation\ttail",
}


def write(folder: Path, rows: Iterator[tuple[str, str, str]]) -> Path:
    """Write a table folder."""
    folder.mkdir()
    lines = {table: [header] for table, header in HEADERS.items()}
    for table, *cells in rows:
        lines[table].append("\t".join(cells))
    for table, written in lines.items():
        (folder / f"{table}.tsv").write_text("\n".join(written) + "\n", encoding="utf-8")
    return folder


@contextlib.contextmanager
def timed(figures: dict[str, float], step: str, profile: bool) -> Iterator[None]:
    """Note the processor seconds of a step."""
    profiler = cProfile.Profile()
    start = time.process_time()
    if profile:
        profiler.enable()
    yield
    figures[step] = round(time.process_time() - start, 2)
    if profile:
        profiler.disable()
        pstats.Stats(profiler, stream=sys.stderr).sort_stats("cumtime").print_stats(45)


def main() -> None:
    """Measure one shape."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("--names", type=int, default=3000)
    parser.add_argument("--profile", action="store_true", help="Say where the time goes.")
    given = parser.parse_args()
    make, ending = SHAPES[given.shape]
    figures: dict[str, float] = {"names": given.names}
    with tempfile.TemporaryDirectory() as folder:
        left = write(Path(folder) / "left", make(given.names))
        right = write(Path(folder) / "right", make(given.names, ending))
        with timed(figures, "create", given.profile):
            create_project(Path(folder) / "p", left, right)
        project = Project.open(Path(folder) / "p")
        with timed(figures, "block", given.profile):
            block_project(project)
        project = Project.open(Path(folder) / "p")
        pairs = project.candidates()
        a, b = int(np.asarray(pairs.left)[0]), int(np.asarray(pairs.right)[0])
        question = Question(
            0,
            project.left.id(a),
            project.right.id(b),
            project.left.type_of(a),
            project.right.type_of(b),
            None,
            None,
            "chosen",
            "",
            "",
            "",
        )
        with timed(figures, "first pair", given.profile):
            pair_view(project.left, project.right, project.schema, question).attributes()
        with timed(figures, "next pair", given.profile):
            pair_view(project.left, project.right, project.schema, question).attributes()
    figures["peak MB"] = round(peak_memory_mb())
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
