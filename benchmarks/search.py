"""Print what the search for candidates costs and finds, of a sample of left entities.

    python benchmarks/search.py FOLDER [--sample 20000]

FOLDER is that of a size in the folder of ``end_to_end.py``, imported. Each left entity of the
sample looks among all right entities of its type, by name and by context, as blocking does, which
looks from the right, too. So a million entities can be looked at in minutes. The time is that of
the products; what is made once of all right entities is not counted.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from end_to_end import PROJECT, true_rows

from kgreview.candidates import search as search_room
from kgreview.candidates.blocking import BlockingSettings
from kgreview.candidates.search import Search, targets_by_type
from kgreview.candidates.tfidf import vectors
from kgreview.graph.links import pair_keys
from kgreview.graph.sides import read_sides
from kgreview.pipeline.memory import peak_memory_mb
from kgreview.pipeline.project import Project


class Stopwatch:
    """Adds up what the products of searches take of the processors."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._timed = search_room._most_alike

    def __call__(self, *given: Any) -> Any:
        """Do as the function that is timed."""
        since = time.process_time()
        best = self._timed(*given)
        self.seconds += time.process_time() - since
        return best


def main() -> None:
    """Search and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sample", type=int, default=20_000)
    options = parser.parse_args()
    project = Project.open(options.folder / PROJECT)
    project.complete_schema()
    left, right, schema = project.left, project.right, project.schema
    started = time.process_time()
    one, two = vectors(left, right, schema, read_sides(left, right, schema))
    print(
        f"{left.num_entities:,} entities a side, vectors {time.process_time() - started:.0f} CPU s"
    )
    rng, settings = np.random.default_rng(0), BlockingSettings()
    share = min(1.0, options.sample / left.num_entities)
    asked, keys, shortened = [], [], 0
    cpu = dict.fromkeys((False, True), 0.0)
    types = [(pair.left, pair.right) for pair in schema.types]
    for rows, others in targets_by_type(left, right, types, two.order):
        some = np.sort(rng.choice(rows, max(1, int(share * len(rows))), replace=False))
        asked.append(some)
        for context, most in ((False, settings.by_name), (True, settings.by_context)):
            search = Search(one, two, some, others, most, context=context)
            stopwatch = Stopwatch()
            with mock.patch.object(search_room, "_most_alike", stopwatch):
                for _ in search.run():
                    pass
            cpu[context] += stopwatch.seconds
            keys.append(pair_keys(*search.found()))
            shortened += int(search.shortened.sum())
    entities = np.concatenate(asked)
    lefts, rights = true_rows(options.folder, project)
    theirs = np.isin(lefts, entities)
    found = np.isin(pair_keys(lefts[theirs], rights[theirs]), np.concatenate(keys))
    by_name, by_context = (1e6 * cpu[context] / len(entities) for context in (False, True))
    print(
        f"{len(entities):,} asked for: {by_name:,.0f} µs by name and {by_context:,.0f} by context, "
        f"{shortened / 2 / len(entities):.0%} of the searches by the rarest, recall from the left "
        f"{found.mean():.4f}, {peak_memory_mb():,.0f} MB"
    )


if __name__ == "__main__":
    main()
