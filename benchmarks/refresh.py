"""Print how long new rows take, beside a full run on the same graphs, and how far the two differ.

    python benchmarks/refresh.py [ENTITIES [NEW]]

Two made-up graphs of films and people of ENTITIES each (100,000), a tenth of them linked. The left
one gets NEW films more (1,000). The full run is `kgreview run` on the graphs with the new rows:
blocking, a short training, scoring. What both say is compared: which candidates, and with the
version that the refresh went on with, which scores.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from kgreview.aligner.explanation import uses_network
from kgreview.aligner.settings import QUICK
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import pair_keys
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.fingerprint import present_scores
from kgreview.pipeline.memory import peak_memory_mb
from kgreview.pipeline.project import Project
from kgreview.pipeline.refresh import refresh_project
from kgreview.pipeline.run import run_project
from kgreview.pipeline.scoring import scored

_T = TypeVar("_T")
CAST = 2  # actors of a film, beside its director
SYLLABLES = (
    "ba",
    "ko",
    "ri",
    "tel",
    "mo",
    "san",
    "dur",
    "vi",
    "ga",
    "lep",
    "nor",
    "zu",
    "fi",
    "hem",
)


def main(entities: int = 100_000, new: int = 1_000) -> None:
    """Measure a refresh with so many new films of projects of so many entities a side."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        films = entities * 9 // 10
        people = entities - films
        left = write(path / "left", "l", films, people)
        right = write(path / "right", "r", films + new, people)
        later = write(path / "later", "l", films + new, people)
        links = path / "links.tsv"
        linked = range(0, films, 10)
        links.write_text(
            "left\tright\n" + "".join(f"l{n}\tr{n}\n" for n in linked), encoding="utf-8"
        )
        project = create_project(path / "project", left, right, links=[links])
        run_project(project, settings=QUICK)
        report, refreshed = timed(lambda: refresh_project(project, left=later))
        print(
            f"{entities:,} entities a side, {new:,} new: refreshed in {refreshed}; "
            f"{report.candidates:,} candidates, {report.added:,} added, {report.removed:,} "
            f"removed, {report.compared:,} compared and {report.scored:,} scored anew"
        )
        fresh = create_project(path / "fresh", later, right, links=[links])
        _, full = timed(lambda: run_project(fresh, settings=QUICK))
        print(
            f"a full run: {full}; {full.seconds / refreshed.seconds:.1f} times as long, "
            f"{full.worked / refreshed.worked:.1f} times the work"
        )
        compare(Project.open(project.path), fresh, films)
        print(f"peak memory {peak_memory_mb():,.0f} MB")


class Taken(NamedTuple):
    """What something took."""

    seconds: float
    worked: float  # seconds of all processors: what others do on the machine does not count

    def __str__(self) -> str:
        """Say it in words."""
        return f"{self.seconds:.1f} s ({self.worked:.1f} s of processors)"


def timed(work: Callable[[], _T]) -> tuple[_T, Taken]:
    """Do some work and say what it took."""
    started, worked = time.perf_counter(), time.process_time()
    found = work()
    return found, Taken(time.perf_counter() - started, time.process_time() - worked)


def compare(refreshed: Project, fresh: Project, films: int) -> None:
    """Print how far candidates and scores differ from those made of everything."""
    one, two = (keys(project) for project in (refreshed, fresh))
    print(
        f"candidates of the full blocking that the refresh has: {np.isin(two, one).mean():.4%}; "
        f"that it has beyond: {(~np.isin(one, two)).mean():.4%} of its own"
    )
    is_new = np.isin(two, new_pairs(fresh, films))
    print(f"of those of new films: {np.isin(two[is_new], one).mean():.4%}")
    (version,) = (folder.name for folder in (refreshed.path / "models").iterdir())
    folder = refreshed.path / "models" / version
    kind = "a network" if uses_network(folder) else "likeness alone"
    kept = np.array(present_scores(refreshed, version))
    (folder / "candidates.txt").unlink()
    whole = scored(refreshed, version)
    differ = np.abs(kept - whole)
    print(
        f"scores by {kind} against those of all candidates scored anew: "
        f"{np.mean(differ > 0.01):.3%} differ by more than .01, "
        f"{np.mean(differ > 0.1):.3%} by more than .1; mean {differ.mean():.5f}"
    )


def keys(project: Project) -> npt.NDArray[np.uint64]:
    """Give the candidates as one number each, which both projects share: their graphs agree."""
    found = project.candidates()
    return pair_keys(found.left, found.right)


def new_pairs(project: Project, films: int) -> npt.NDArray[np.uint64]:
    """Give the candidates of new films."""
    graph: KnowledgeGraph = project.left
    found = project.candidates()
    ids = graph.ids.to_pylist()
    new = np.array([entity[0] == "l" and int(entity[1:]) >= films for entity in ids])
    some: npt.NDArray[np.uint64] = keys(project)[new[found.left]]
    return some


def write(folder: Path, side: str, films: int, people: int) -> Path:
    """Write a graph in which the film of a number is the same on either side."""
    folder.mkdir()
    names = [f"{word(n, 3).title()} {word(7 * n + 1, 3).title()}" for n in range(people)]
    # four films of each title, so that people and years decide
    titles = [
        f"The {word(3 * (n // 4), 4).title()} of {word(n // 4, 2).title()}" for n in range(films)
    ]
    if side == "r":  # a letter is another one in a third of them
        titles = [t if n % 3 else t.replace("o", "0", 1) for n, t in enumerate(titles)]
    rng = np.random.default_rng(1)  # the same on either side, for the films that both have
    cast = rng.integers(0, people, (films, CAST + 1))
    lines = {
        "entities": ["id\ttype"]
        + [f"{side}{n}\tfilm" for n in range(films)]
        + [f"p{n}\tperson" for n in range(people)],
        "attributes": ["entity\tattribute\tvalue"]
        + [f"{side}{n}\ttitle\t{title}" for n, title in enumerate(titles)]
        + [
            f"{side}{n}\tyear\t{1920 + n * 7 % 100 + (side == 'r' and n % 5 == 0)}"
            for n in range(films)
        ]
        + [f"p{n}\tname\t{name}" for n, name in enumerate(names)],
        "relations": ["head\trelation\ttail"]
        + [f"{side}{n}\tdirector\tp{row[0]}" for n, row in enumerate(cast)]
        + [f"{side}{n}\tstarring\tp{each}" for n, row in enumerate(cast) for each in row[1:]],
    }
    for table, text in lines.items():
        (folder / f"{table}.tsv").write_text("\n".join(text) + "\n", encoding="utf-8")
    return folder


def word(number: int, length: int) -> str:
    """Make up a word, another one for each of many numbers."""
    mixed = (number * 2_654_435_761) % 2**32
    return "".join(SYLLABLES[(mixed >> (4 * place)) % len(SYLLABLES)] for place in range(length))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
