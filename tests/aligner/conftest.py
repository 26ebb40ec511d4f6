"""Small graphs in which only the neighbours tell who is who, and an aligner fitted to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pytest
import torch

from kgreview.aligner.features import entity_features
from kgreview.aligner.fitting import Fit, fit_aligner
from kgreview.aligner.inputs import LabelledPairs, NodeInputs, Pairs
from kgreview.aligner.joint_graph import join
from kgreview.aligner.settings import AlignerSettings
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import Schema
from kgreview.graph.suggestion import infer_schema

FILMS = 40
FEW = AlignerSettings(members=2, trees=20, last_trees=20, steps=100, epochs=3, ranked=1, pull=0)


@dataclass(frozen=True)
class Twins:
    """Films that all have one of two titles; the name of the director tells them apart."""

    left: KnowledgeGraph
    right: KnowledgeGraph
    schema: Schema
    pairs: LabelledPairs
    valid: LabelledPairs

    @property
    def candidates(self) -> Pairs:
        """All pairs, each other's competitors."""
        return Pairs(
            *(
                np.concatenate([getattr(part, name) for part in (self.pairs, self.valid)])
                for name in ("left", "right", "similarities")
            )
        )


def graph(side: str, order: np.ndarray, relation: str) -> KnowledgeGraph:
    """Film number ``order[i]`` has row ``i``, its director row ``FILMS + i``."""
    syllables = ["ka", "mo", "ri", "tu", "se", "lo", "vi", "na"]
    rng = np.random.default_rng(3)
    directors = ["".join(rng.choice(syllables, 4)) for _ in range(FILMS)]
    rows = np.arange(2 * FILMS)
    return KnowledgeGraph.from_columns(
        ids=pa.array([f"{side}{i:02}" for i in range(2 * FILMS)]),
        types=pa.array(["film"] * FILMS + ["person"] * FILMS),
        value_entities=rows,
        value_attributes=pa.array(["name"] * 2 * FILMS),
        values=pa.array(
            [f"the {'return' if n % 2 else 'visit'}" for n in order] + [directors[n] for n in order]
        ),
        edge_heads=rows[:FILMS],
        edge_relations=pa.array([relation] * FILMS),
        edge_tails=rows[FILMS:],
    )


@pytest.fixture(scope="session")
def twins() -> Twins:
    rng = np.random.default_rng(1)
    order = [rng.permutation(FILMS) for _ in range(2)]
    left, right = graph("l", order[0], "director"), graph("r", order[1], "directed_by")
    where = np.argsort(order[1])  # right row of a film's number
    lefts, rights, labels = [], [], []
    for row in range(FILMS):
        number = order[0][row]
        same_title = [n for n in range(FILMS) if n % 2 == number % 2 and n != number]
        for other in [number, *rng.choice(same_title, 5, replace=False)]:
            lefts.append(row)
            rights.append(int(where[other]))
            labels.append(int(other == number))
    similarities = np.ones((len(lefts), 1), np.float32)  # the titles agree in every pair
    everything = LabelledPairs(
        np.array(lefts),
        np.array(rights),
        similarities,
        np.array(labels, np.int8),
        np.ones(len(lefts), np.float32),
    )
    held = everything.left >= FILMS * 3 // 4
    return Twins(
        left,
        right,
        infer_schema(left, right),
        everything.take(np.flatnonzero(~held)),
        everything.take(np.flatnonzero(held)),
    )


@dataclass(frozen=True)
class Fitted:
    """What was fitted, and what to."""

    inputs: NodeInputs
    candidates: Pairs
    pairs: LabelledPairs
    valid: LabelledPairs
    fit: Fit


def inputs_on(twins: Twins, settings: AlignerSettings, device: str | torch.device) -> NodeInputs:
    features = entity_features(twins.left, twins.right, twins.schema)
    joint = join(twins.left, twins.right, twins.schema)
    return NodeInputs(joint, features, settings, torch.device(device))


def fitted(twins: Twins, **changes: object) -> Fitted:
    """Fit an aligner to the films, with some settings changed."""
    settings = replace(FEW, **changes)
    inputs = inputs_on(twins, settings, "cpu")
    fit = fit_aligner(inputs, twins.candidates, twins.pairs, twins.valid, (0,), settings)
    return Fitted(inputs, twins.candidates, twins.pairs, twins.valid, fit)


@pytest.fixture(scope="session")
def films_with(twins: Twins) -> Callable[..., Fitted]:
    """Fit an aligner with some settings changed."""
    return lambda **changes: fitted(twins, **changes)


@pytest.fixture(scope="session")
def films(films_with: Callable[..., Fitted]) -> Fitted:
    return films_with()


def film_of(side: str, actors: int) -> KnowledgeGraph:
    """One film (row 0), its director (row 1) and its actors, whom the other side does not know."""
    people = 1 + actors
    return KnowledgeGraph.from_columns(
        ids=pa.array([f"{side}{i}" for i in range(1 + people)]),
        types=pa.array(["film", *["person"] * people]),
        value_entities=np.arange(1 + people),
        value_attributes=pa.array(["name"] * (1 + people)),
        values=pa.array(["The Return", *[f"{side} person {i}" for i in range(people)]]),
        edge_heads=np.zeros(people, np.int64),
        edge_relations=pa.array(["director", *["actor"] * actors]),
        edge_tails=np.arange(1, 1 + people),
    )


@pytest.fixture(scope="session")
def crowded() -> NodeInputs:
    """A film with 2 actors on the left, with 12 on the right; five neighbours are sampled."""
    left, right = film_of("l", 2), film_of("r", 12)
    schema = infer_schema(left, right)
    features = entity_features(left, right, schema)
    settings = replace(FEW, cap=5)
    return NodeInputs(join(left, right, schema), features, settings, torch.device("cpu"))
