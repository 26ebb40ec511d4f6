"""No result depends on the order of the rows of any table, nor on that of columns or files."""

from __future__ import annotations

import csv
import random
import shutil
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from kgreview.aligner.features import entity_features
from kgreview.candidates.blocking import block
from kgreview.features.similarity import PairSimilarity, first_scores
from kgreview.graph.readers import read_link_splits, read_table_folder
from kgreview.graph.schema_json import schema_to_json
from kgreview.graph.suggestion import infer_schema

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data"
TABLES = ("entities", "attributes", "relations")


def shuffled(source: Path, target: Path, seed: int) -> Path:
    """Copy a table folder with its rows, and those of its columns, in another order."""
    chance = random.Random(seed)
    target.mkdir(parents=True)
    for name in TABLES:
        with (source / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        columns = chance.sample(range(len(rows[0])), len(rows[0]))
        body = chance.sample(rows[1:], len(rows) - 1)
        lines = ["\t".join(row[c] for c in columns) for row in [rows[0], *body]]
        (target / f"{name}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target


def hostile(folder: Path) -> Path:
    """Two small graphs with doubles, many values and dates, other scripts, blanks and hubs."""
    chance = random.Random(7)
    words = [
        "Москва",
        "moskva",
        "café",
        "cafe\u0301",
        "山田太郎",
        "!!!",
        "unknown",
        "N/A",
        "9½",
        "أحمد",
    ]
    for side in ("left", "right"):
        (folder / side).mkdir(parents=True)
        ids = [f"{side}:{i:03}" for i in range(60)]
        kinds = ["film", "Person", "x:Town"]
        entities = ["id\ttype", *(f"{e}\t{kinds[i % 3]}" for i, e in enumerate(ids))]
        values = ["entity\tattribute\tvalue"]
        for i, entity in enumerate(ids):
            if i % 7:
                values += [f"{entity}\tname\t{words[i % 10]} {chance.choice(words)} {i % 20}"] * 2
            values += [f"{entity}\taltLabel\tother {chance.choice(words)} {k}" for k in range(12)]
            values += [f"{entity}\ttag\t{chance.choice(words)}{k}" for k in range(30)]
            values.append(f"{entity}\tborn\t{1 + i % 28:02}/{1 + i % 12:02}/19{50 + i % 40}")
            days = [date(1950, 1, 1) + timedelta(977 * i + 7 * k) for k in range(20)]
            form = "%Y-%m-%d" if side == "left" else "%d.%m.%Y"
            values += [f"{entity}\tseen\t{day:{form}}" for day in days]
            values.append(f"{entity}\tsize\t{1000 + 37 * i},5")
            values.append(f"{entity}\tblank\t\u00a0")
        edges = ["head\trelation\ttail", *(f"{ids[0]}\tstars\t{e}" for e in ids[1:])]
        edges += [f"{a}\tnear\t{chance.choice(ids)}" for a in ids for _ in range(3)]
        for name, rows in zip(TABLES, (entities, values, edges), strict=True):
            (folder / side / f"{name}.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def everything(folder: Path, links: tuple[Path, ...] = ()) -> dict[str, object]:
    """Give all that is computed of two graphs before a network learns, by ids."""
    left, right = read_table_folder(folder / "left"), read_table_folder(folder / "right")
    known = read_link_splits({"train": list(links)}, left, right)["train"] if links else None
    schema = infer_schema(left, right, known)
    candidates = block(left, right, schema)
    similarity = PairSimilarity.fit(left, right, schema)
    features = similarity.compute(candidates.left, candidates.right)
    return {
        "graphs": (left.ids.to_pylist(), right.ids.to_pylist(), left.values.to_pylist()),
        "schema": schema_to_json(schema),
        "pairs": list(
            zip(
                left.ids.take(candidates.left).to_pylist(),
                right.ids.take(candidates.right).to_pylist(),
                strict=True,
            )
        ),
        "names": similarity.feature_names,
        "features": features,
        "scores": first_scores(features, similarity.feature_names),
        "layer 0": entity_features(left, right, schema),
    }


def assert_same(one: dict[str, object], two: dict[str, object]) -> None:
    for what, value in one.items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(value, two[what], err_msg=what)
        else:
            assert value == two[what], what


@pytest.mark.parametrize("seed", range(3))
def test_a_hostile_pair_of_graphs_in_any_order_gives_the_same(tmp_path: Path, seed: int) -> None:
    source = hostile(tmp_path / "source")
    for side in ("left", "right"):
        shuffled(source / side, tmp_path / "turned" / side, seed)
    first = everything(source)
    assert len(first["pairs"]) > 100  # type: ignore[arg-type]
    assert_same(first, everything(tmp_path / "turned"))


@pytest.mark.slow
def test_the_sample_in_any_order_gives_the_same(tmp_path: Path) -> None:
    for side in ("left", "right"):
        shuffled(SAMPLE / side, tmp_path / side, 1)
    rows = (SAMPLE / "links" / "train.tsv").read_text(encoding="utf-8").splitlines()
    turned = tmp_path / "train.tsv"
    turned.write_text("\n".join([rows[0], *rows[:0:-1]]) + "\n", encoding="utf-8")
    assert_same(
        everything(SAMPLE, (SAMPLE / "links" / "train.tsv",)), everything(tmp_path, (turned,))
    )


@pytest.mark.slow
def test_scores_of_a_trained_network_are_the_same_in_any_order(
    records: Path, tmp_path: Path, few_steps: object
) -> None:
    from kgreview.pipeline.fingerprint import present_scores
    from kgreview.pipeline.project import Project
    from kgreview.pipeline.run import make_ready

    for side in ("left", "right"):
        shuffled(records / side, tmp_path / "turned" / side, 2)
    shutil.copytree(records / "links", tmp_path / "turned" / "links")
    scores = []
    for folder, name in ((records, "one"), (tmp_path / "turned", "two")):
        make_ready(tmp_path / name, folder, settings=few_steps, device="cpu")  # type: ignore[arg-type]
        scores.append(present_scores(Project.open(tmp_path / name), "v1"))
    assert scores[0] is not None
    assert scores[1] is not None
    np.testing.assert_allclose(scores[0], scores[1], atol=1e-5)
