"""What every method of a benchmark is given, and what it gives back.

Nothing in here knows a test label, nor which candidates are tested: a method cannot use what it is
never handed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from kgreview.evaluation.decision_rule import DecisionRule
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import Schema
from kgreview.graph.schema_json import schema_from_json, schema_to_json
from kgreview.progress import Progress

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

BATCH = 100_000  # candidates scored at once


@dataclass(frozen=True, eq=False)
class Labelled:
    """Some candidates whose label is known."""

    where: Rows  # (pairs,) positions among the candidates
    label: npt.NDArray[np.int8]  # (pairs,) 1 match, 0 none


@dataclass(frozen=True, eq=False)
class Dataset:
    """Two graphs, the candidates between them, and the labels to learn and to tune with."""

    left_graph: KnowledgeGraph
    right_graph: KnowledgeGraph
    schema: Schema  # inferred from training and validation links
    left: Rows  # (candidates,) rows of the left graph; pairs ascend and stand once
    right: Rows  # (candidates,)
    name_similarity: Floats  # (candidates,)
    similarities: Floats  # (candidates, F), nan where a value is missing
    similarity_names: tuple[str, ...]  # F
    features: Floats  # (left + right entities, w) layer 0 of the networks
    train: Labelled
    valid: Labelled

    def __len__(self) -> int:
        return len(self.left)

    def save(self, folder: Path) -> None:
        """Write everything into a folder, for the process that runs a method."""
        self.left_graph.save(folder / "left")
        self.right_graph.save(folder / "right")
        for name, column in self._columns().items():
            path = folder / f"{name}.npy"
            if not path.exists():  # a column that was computed in place is there already
                np.save(path, column)
        values = {"schema": schema_to_json(self.schema), "similarities": self.similarity_names}
        (folder / "dataset.json").write_text(json.dumps(values), encoding="utf-8")

    @classmethod
    def open(cls, folder: Path) -> Dataset:
        """Open what ``save`` wrote; large columns are memory-mapped."""
        values = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))

        def column(name: str) -> npt.NDArray[np.generic]:
            return np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r"))

        return cls(
            left_graph=KnowledgeGraph.open(folder / "left"),
            right_graph=KnowledgeGraph.open(folder / "right"),
            schema=schema_from_json(values["schema"]),
            left=column("candidates_left"),  # type: ignore[arg-type]
            right=column("candidates_right"),  # type: ignore[arg-type]
            name_similarity=column("name_similarity"),  # type: ignore[arg-type]
            similarities=column("similarities"),  # type: ignore[arg-type]
            similarity_names=tuple(values["similarities"]),
            features=column("features"),  # type: ignore[arg-type]
            train=Labelled(column("train_where"), column("train_label")),  # type: ignore[arg-type]
            valid=Labelled(column("valid_where"), column("valid_label")),  # type: ignore[arg-type]
        )

    def _columns(self) -> dict[str, npt.NDArray[np.generic]]:
        return {
            "candidates_left": self.left,
            "candidates_right": self.right,
            "name_similarity": self.name_similarity,
            "similarities": self.similarities,
            "features": self.features,
            "train_where": self.train.where,
            "train_label": self.train.label,
            "valid_where": self.valid.where,
            "valid_label": self.valid.label,
        }


@dataclass(frozen=True)
class Scorer:
    """A fitted method."""

    score: Callable[[], npt.NDArray[np.floating]]  # (candidates,) of all, the larger the more alike
    parameters: int = 0  # numbers that were fitted
    rule: DecisionRule | None = None  # how it decides itself, by training and validation labels


class Method(Protocol):
    """Fits to a dataset. The same seed gives the same scores."""

    def __call__(self, data: Dataset, seed: int, device: str, progress: Progress) -> Scorer:
        """Learn from ``data.train``, tune on ``data.valid``."""


def in_batches(
    candidates: int, score: Callable[[slice], npt.NDArray[np.floating]], progress: Progress
) -> Floats:
    """Score candidates a batch at a time, so that memory does not grow with their features."""
    scores = np.empty(candidates, np.float32)
    for start in range(0, candidates, BATCH):
        part = slice(start, min(start + BATCH, candidates))
        scores[part] = score(part)
        progress("score", part.stop, candidates)
    return scores
