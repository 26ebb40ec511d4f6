"""How long a search for any entity takes, and what its index costs, on a made graph of names.

python benchmarks/entity_search.py --entities 20000 200000
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from kgreview.store.database import database
from kgreview.store.entities import EntityBatch, replace_entities
from kgreview.store.entity_search import find_entities

SYLLABLES = [
    a + b for a in "bcdfghklmnprstvwz" for b in ("a", "e", "i", "o", "u", "an", "er", "is")
]
FREQUENT = ["the", "of", "and", "station", "city", "new"]  # words that half of all names have
BATCH = 20_000


def batches(entities: int, seed: int) -> Iterator[EntityBatch]:
    """Make names of two or three words of which some are frequent."""
    rng = random.Random(seed)
    for start in range(0, entities, BATCH):
        numbers = range(start, min(start + BATCH, entities))
        names = [" ".join(_word(rng) for _ in range(rng.randint(2, 4))) for _ in numbers]
        ids = [f"http://example.org/e{number}" for number in numbers]
        yield EntityBatch("right", ids, names, ["film"] * len(ids), [["stars"]] * len(ids))


def _word(rng: random.Random) -> str:
    return rng.choice(FREQUENT) if rng.random() < 0.2 else "".join(rng.choices(SYLLABLES, k=3))


def slip(rng: random.Random, name: str) -> str:
    """Leave a letter out and exchange two others."""
    at = rng.randrange(len(name) - 1)
    swapped = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    gone = rng.randrange(len(swapped))
    return swapped[:gone] + swapped[gone + 1 :]


def main() -> None:
    """Print a line for each number of entities."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entities", type=int, nargs="+", default=[20_000, 200_000])
    parser.add_argument("--searches", type=int, default=200)
    options = parser.parse_args()
    for entities in options.entities:
        measure(entities, options.searches)


def measure(entities: int, searches: int) -> None:
    """Index so many entities and look for some of them, with a slip each."""
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "kgreview.db"
        with database(file) as db:
            started = time.perf_counter()
            replace_entities(db, batches(entities, 0), [])
            indexed = time.perf_counter() - started
            rows = db.execute("SELECT entity, name FROM entities").fetchall()
            seconds, first = [], 0
            for entity, name in rng.sample(rows, searches):
                started = time.perf_counter()
                found = find_entities(db, "right", slip(rng, name), types=["film"], most=9)
                seconds.append(time.perf_counter() - started)
                first += entity in [each.entity for each in found]
            size = file.stat().st_size / 2**20
        seconds.sort()
        print(
            f"{entities:>9,} entities: index {indexed:.1f} s, {size:.0f} MB; a search with two "
            f"slips {1000 * seconds[len(seconds) // 2]:.0f} ms (median), "
            f"{1000 * seconds[int(0.95 * len(seconds))]:.0f} ms (95 %), "
            f"{first / searches:.0%} found among the first nine",
            flush=True,
        )


if __name__ == "__main__":
    main()
