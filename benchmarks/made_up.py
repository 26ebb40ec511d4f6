"""Makes projects of a given number of candidates, to measure what must not grow. No script."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kgreview.candidates.blocking import Candidates
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.entity_index import index_entities
from kgreview.pipeline.project import Project
from kgreview.pipeline.run import make_ready
from kgreview.store.candidate_pairs import CandidateBatch, replace_candidates
from kgreview.store.database import set_meta
from kgreview.store.versions import add_version, promote, write_scores

ROOT = Path(__file__).resolve().parents[1]
PAIRS_AN_ENTITY = 10
KINDS = 7
NEIGHBOURS = 8
WORDS = ("river", "night", "garden", "station", "letter", "winter", "orchard", "harbour", "glass")
_BATCH = 50_000


def sample_or_copy(path: Path, given: Path | None) -> None:
    """Make a project to measure with: a copy of the one that is given, else the sample project."""
    if given is None:
        print("making the sample project …", file=sys.stderr)
        make_ready(path, ROOT / "sample_data")
    else:
        shutil.copytree(given, path)


def make_project(path: Path, candidates: int) -> Project:
    """Make a project whose left entities have ten candidates each, with random scores."""
    entities = max(KINDS, candidates // PAIRS_AN_ENTITY)
    for side in ("left", "right"):
        write_graph(path.parent / f"{path.name}-{side}", side, entities)
    project = create_project(
        path, path.parent / f"{path.name}-left", path.parent / f"{path.name}-right"
    )
    left = np.repeat(np.arange(entities), PAIRS_AN_ENTITY)[:candidates]
    # the ten right entities of the same type that come next
    step = np.tile(np.arange(PAIRS_AN_ENTITY), entities)[:candidates] * KINDS
    last = entities // KINDS * KINDS
    right = np.where(left < last, (left + step) % max(KINDS, last), left)
    kept = np.unique(left.astype(np.int64) << 32 | right)
    left, right = kept >> 32, kept & 0xFFFFFFFF
    nothing = np.zeros(len(left), np.float32)
    found = Candidates(left.astype(np.int32), right.astype(np.int32), nothing, nothing)
    found.save(project.path / "candidates")
    with project.database() as db:
        replace_candidates(db, _batches(project, left, right), audit_share=0.1, seed=0)
        set_meta(db, "blocking", "done")
        add_version(db, "v1", kind="similarity", seed=0, threshold=0.5)
        scores = np.random.default_rng(0).random(len(left))
        write_scores(db, "v1", [(np.arange(len(left)), scores)])
        promote(db, "v1")
    index_entities(project)
    return project


def write_graph(folder: Path, side: str, entities: int) -> None:
    """Write the tables of a graph of named things with eight relations each."""
    rng = np.random.default_rng(len(side))
    folder.mkdir()
    ids = [f"http://{side}.example/resource/Thing_{i}" for i in range(entities)]
    words = rng.choice(WORDS, (entities, 2))
    names = [f"The {a} of the {b} {i}" for i, (a, b) in enumerate(words)]
    years = [str(1900 + i % 120) for i in range(entities)]
    heads = np.repeat(np.arange(entities), NEIGHBOURS)
    tails = rng.integers(0, entities, len(heads))
    relations = [f"relation {i % 40}" for i in range(len(heads))]
    tables = {
        "entities": {"id": ids, "type": [f"type {i % KINDS}" for i in range(entities)]},
        "attributes": {
            "entity": ids + ids,
            "attribute": ["name"] * entities + ["year"] * entities,
            "value": names + years,
        },
        "relations": {
            "head": [ids[i] for i in heads],
            "relation": relations,
            "tail": [ids[i] for i in tails],
        },
    }
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")


def _batches(project: Project, left: np.ndarray, right: np.ndarray) -> Iterator[CandidateBatch]:
    for start in range(0, len(left), _BATCH):
        a, b = left[start : start + _BATCH], right[start : start + _BATCH]
        yield CandidateBatch(
            project.left.ids.take(pa.array(a)).to_pylist(),
            project.right.ids.take(pa.array(b)).to_pylist(),
            [project.left.type_of(row) for row in a],
            [project.right.type_of(row) for row in b],
        )
