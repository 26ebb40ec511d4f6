"""The query plan of a version: what its scores, the graphs and the decisions say to ask next."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.active.query_plan import DEFAULT_SHARES, query_plan, shares_now
from kgreview.active.strategies import Pool, Side
from kgreview.aligner.explanation import uses_network
from kgreview.arrays import Floats, Ints
from kgreview.candidates.blocking import find
from kgreview.errors import KGReviewError
from kgreview.graph.columns import open_column
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import pair_keys
from kgreview.graph.names import entity_names
from kgreview.graph.pair_rows import pair_rows
from kgreview.pipeline.blocking import similarities
from kgreview.pipeline.labels import teaching_links
from kgreview.pipeline.project import Project
from kgreview.store.database import Database
from kgreview.store.decisions import standing, training_decisions
from kgreview.store.match_likeness import match_likeness
from kgreview.store.outcomes import Outcome
from kgreview.store.stored_plan import askable, write_plan
from kgreview.store.versions import version as version_named
from kgreview.text.strings import normalise

SPREAD = "spread.npy"  # in a version's folder: how far its network's members differ, (pairs,)

_COMPARED = 200_000  # candidates that are compared with known matches, about
_FEWEST_MATCHES = 5  # known ones

_LABELS = {Outcome.MATCH: 1, Outcome.NO_MATCH: 0}


def plan_queue(
    project: Project, db: Database, version: str, scores: npt.NDArray[np.floating]
) -> None:
    """Put the pairs that teach most in order, by a version's scores (pairs,) of all candidates.

    Costs some seconds for a million candidates. Decisions made since count from the next
    version on, but what they close is not asked. The version may be current or not yet.
    """
    candidates = project.candidates()
    left = np.asarray(candidates.left, dtype=np.int64)
    right = np.asarray(candidates.right, dtype=np.int64)
    allowed = np.zeros(len(left), dtype=np.bool_)
    allowed[askable(db, version)] = True
    spread = project.version_folder(version) / SPREAD
    counterparts = project.counterparts
    pool = Pool(
        left,
        right,
        scores.astype(np.float64),
        version_named(db, version).threshold,
        allowed,
        _labels(project, db, left, right),
        open_column(spread).astype(np.float64) if spread.exists() else None,
        (Side.of(project.left), Side.of(project.right)),
        _alike(project, db, left, right),
        (counterparts.of_left(left, right), counterparts.of_right(left, right)),
    )
    network = uses_network(project.version_folder(version))
    shares = shares_now(project.settings.strategies or DEFAULT_SHARES, pool.label, network=network)
    types = len(project.right.type_names)
    plan = query_plan(
        pool,
        shares,
        kind=project.left.types[left].astype(np.int64) * types + project.right.types[right],
        groups=[
            _names(project.left, project.schema.left_names)[left],
            _names(project.right, project.schema.right_names)[right],
        ],
        seed=project.settings.seed,
    )
    write_plan(db, version, plan)


def _alike(project: Project, db: Database, left: Ints, right: Ints) -> Floats | None:
    """Say how much candidates look like known matches, those of left entities drawn at random.

    Nothing where hardly any match is known.
    """
    matches = (d for d in training_decisions(db) if d.label)
    decided = pair_rows(project.left, project.right, matches)
    accepted = pair_keys(decided.left, decided.right)
    linked = teaching_links(project, "train").matches.keys
    is_match = np.isin(pair_keys(left, right), np.concatenate([linked, accepted]))
    if is_match.sum() < _FEWEST_MATCHES:
        return None
    try:
        compared = similarities(project)[0]
    except (KGReviewError, OSError):
        return None  # of candidates that came without any
    seed = project.settings.seed
    chance = np.random.default_rng([seed, 2]).random(project.left.num_entities)
    some = np.flatnonzero(chance[left] < _COMPARED / len(left))
    alike = np.full(len(left), np.nan)
    alike[some] = match_likeness(compared, np.flatnonzero(is_match), some, seed)
    return alike


def _labels(project: Project, db: Database, left: Ints, right: Ints) -> npt.NDArray[np.int8]:
    """Say what links and decisions make of the candidates: 1, 0, or -1 where they say nothing."""
    label = project.all_links().labels(left, right)
    labelled = (d for d in standing(db) if d.outcome in _LABELS)
    decided = pair_rows(project.left, project.right, labelled)
    where = find(project.candidates(), decided.left, decided.right)
    there = where >= 0
    labels = np.array([_LABELS[d.outcome] for d in decided.pairs], dtype=np.int8)
    label[where[there]] = labels[there]
    return label


def _names(graph: KnowledgeGraph, names: Mapping[str, tuple[str, ...]]) -> Ints:
    """Number entities (entities,) so that namesakes have one number; who has no name has no one's.

    What names are not compared by, such as case and accents, does not tell them apart.
    """
    written = normalise(entity_names(graph, names))
    codes: Ints = (
        written.dictionary_encode().indices.to_numpy(zero_copy_only=False).astype(np.int64)
    )
    nameless = pc.equal(written, pa.scalar("", pa.large_string())).to_numpy(zero_copy_only=False)
    codes[nameless] = -1 - np.flatnonzero(nameless)
    return codes
