"""A project small enough to count by hand, with any links."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kgreview.candidates.blocking import find
from kgreview.pipeline.blocking import block_project
from kgreview.pipeline.creation import create_project
from kgreview.pipeline.fingerprint import STAMP, fingerprint
from kgreview.pipeline.project import Project
from kgreview.store.deciding import decide
from kgreview.store.outcomes import Outcome
from kgreview.store.versions import add_version, promote, write_scores

FILMS = 20
MakeFilms = Callable[..., Project]
Say = Callable[..., None]
Score = Callable[..., None]


@pytest.fixture
def make_films(tmp_path: Path) -> MakeFilms:
    """Make a project of films l0, l1, …, each with the candidates r0, r1, … of its name and a
    remake s0, s1, … of nearly the same; and of a person p on the left and a town t on the right.

    Each table of links is a list of rows such as "l0 r0" or "l0 r1 0".
    """
    return partial(_make, tmp_path)


@pytest.fixture(scope="session")
def _made_films() -> dict[str, Path]:
    """The folders of projects that tests have asked for, by what they asked for."""
    return {}


@pytest.fixture
def same_films(
    _made_films: dict[str, Path], tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> MakeFilms:
    """Give the project that ``make_films`` makes, copied from one that is made once for all."""

    def make(*train: Sequence[str], **how: Any) -> Project:
        asked = json.dumps([train, how], sort_keys=True)
        if asked not in _made_films:
            folder = tmp_path_factory.mktemp("films")
            _make(folder, *train, **how)
            _made_films[asked] = folder
        shutil.copytree(_made_films[asked], tmp_path, dirs_exist_ok=True)
        return Project.open(tmp_path / "project")

    return make


def _write(file: Path, rows: Sequence[str]) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text("".join("\t".join(row.split(" ")) + "\n" for row in rows), "utf-8")
    return file


def _graph(folder: Path, prefixes: str, other: str) -> Path:
    films = [(f"{prefix}{i}", i, prefix) for prefix in prefixes for i in range(FILMS)]
    _write(folder / "entities.tsv", ["id type", *(f"{n} film" for n, _, _ in films), other])
    names = [f"{n} title {chr(97 + i) * 6}{'x' * (p == 's')}" for n, i, p in films]
    _write(folder / "attributes.tsv", ["entity attribute value", *names])
    edge = f"{other[0]} near {other[0]}"
    return _write(folder / "relations.tsv", ["head relation tail", edge]).parent


def _links(folder: Path, name: str, tables: Sequence[Sequence[str]]) -> list[Path]:
    files = []
    for number, rows in enumerate(tables):
        header = "left right label" if len(rows[0].split()) == 3 else "left right"
        files.append(_write(folder / f"{name}{number}.tsv", [header, *rows]))
    return files


def _make(
    folder: Path,
    *train: Sequence[str],
    valid: Sequence[Sequence[str]] = (),
    remakes: bool = True,
    audit: float = 0.0,
) -> Project:
    schema = folder / "schema.json"
    schema.write_text(json.dumps({"types": [["film", "film"]]}), encoding="utf-8")
    project = create_project(
        folder / "project",
        _graph(folder / "left", "l", "p person"),
        _graph(folder / "right", "rs" if remakes else "r", "t town"),
        links=_links(folder, "train", train),
        valid_links=_links(folder, "valid", valid),
        schema=schema,
        audit_share=audit,
    )
    block_project(project)
    return project


def say(project: Project, left: str, right: str, outcome: Outcome = Outcome.MATCH) -> None:
    """Save a decision on a pair of ids, which the graphs need not have."""
    with project.database() as db:
        decide(
            db,
            left=left,
            right=right,
            curator="Ada",
            outcome=outcome,
            strategy="uncertainty",
        )


@pytest.fixture
def say_film() -> Say:
    """Save a decision on a pair of ids, which the graphs need not have."""
    return say


@pytest.fixture
def score() -> Score:
    """Give candidates scores by a version: those of "l0 r0" as said, all others .05."""

    def scored(
        project: Project, scores: dict[str, float], threshold: float = 0.5, name: str = "v1"
    ) -> None:
        pairs = project.candidates()
        column = np.full(len(pairs), 0.05, dtype=np.float32)
        ids = [pair.split() for pair in scores]
        where = find(
            pairs,
            project.left.rows([left for left, _ in ids]),
            project.right.rows([right for _, right in ids]),
        )
        assert (where >= 0).all()
        column[where] = list(scores.values())
        with project.database() as db:
            add_version(
                db, name, parent=None, kind="", settings={}, figures={}, seed=0,
                threshold=threshold,
            )  # fmt: skip
            write_scores(db, name, [(np.arange(len(column)), column)])
            promote(db, name)
        folder = project.path / "models" / name
        folder.mkdir(parents=True)
        np.save(folder / "scores.npy", column)
        similarities = np.load(project.path / "candidates" / "similarities.npy")
        stamp = fingerprint(pairs.left, pairs.right, similarities)
        (folder / STAMP).write_text(stamp, encoding="utf-8")

    return scored
