"""The made-up catalogues have the size, the truth and the habits that measurements rely on."""

import hashlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

SCRIPTS = Path(__file__).parents[2] / "benchmarks"
SIZE = 4_000
SIDES = ("left", "right")


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"benchmarks_{name}", SCRIPTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for it
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def catalogues() -> ModuleType:
    return script("made_up_catalogues")


@pytest.fixture(scope="module")
def pair(catalogues: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pair")
    catalogues.write_pair(folder, SIZE)
    return folder


def digests(folder: Path) -> dict[str, str]:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
    }


def table(pair: Path, side: str, name: str) -> pd.DataFrame:
    return pd.read_parquet(pair / side / f"{name}.parquet")


def names(pair: Path, side: str) -> pd.Series:
    said = table(pair, side, "attributes")
    naming = said[said["attribute"] == {"left": "title", "right": "label"}[side]]
    return naming.set_index("entity")["value"]


def test_a_seed_gives_the_same_files_and_another_seed_others(catalogues, pair, tmp_path):
    for folder, seed in (("again", 0), ("other", 1)):
        catalogues.write_pair(tmp_path / folder, SIZE, seed)
    assert digests(tmp_path / "again") == digests(pair)
    assert all(digests(tmp_path / "other")[file] != one for file, one in digests(pair).items())


def test_blocks_of_rows_hold_all_rows(catalogues, pair, tmp_path, monkeypatch):
    monkeypatch.setattr(catalogues, "ROWS", 999)
    catalogues.write_pair(tmp_path / "blocks", SIZE)
    for side in SIDES:
        pd.testing.assert_frame_equal(
            table(tmp_path / "blocks", side, "entities"), table(pair, side, "entities")
        )


@pytest.mark.parametrize("side", SIDES)
def test_a_side_has_as_many_entities_as_asked_each_once(pair, side):
    entities = table(pair, side, "entities")
    assert entities["id"].is_unique
    assert len(entities) == SIZE
    assert entities["type"].nunique() == 8


@pytest.mark.parametrize("side", SIDES)
def test_values_and_edges_are_of_entities_that_are_there(pair, side):
    ids = set(table(pair, side, "entities")["id"])
    assert set(table(pair, side, "attributes")["entity"]) <= ids
    edges = table(pair, side, "relations")
    assert set(edges["head"]) | set(edges["tail"]) <= ids
    assert len(edges) > 3 * SIZE


@pytest.mark.parametrize("side", SIDES)
def test_some_have_no_name_and_some_share_theirs(pair, side):
    named = names(pair, side)
    assert 0.02 < 1 - named.index.nunique() / SIZE < 0.09
    assert 0.02 < named.duplicated(keep=False).mean() < 0.3


def test_the_truth_joins_entities_of_corresponding_types_and_those_listed_twice(pair):
    truth = pd.read_parquet(pair / "truth.parquet")
    assert not truth.duplicated().any()
    left, right = (table(pair, side, "entities").set_index("id")["type"] for side in SIDES)
    joined = set(zip(left[truth["left"]], right[truth["right"]], strict=True))
    assert joined == {
        (kind, {"person": "human", "film": "movie"}.get(kind, kind)) for kind in left.unique()
    }
    assert truth["left"].nunique() == truth["right"].nunique() == int(0.7 * SIZE) + int(0.02 * SIZE)
    assert truth["left"].duplicated().any()
    assert truth["right"].duplicated().any()


def test_entities_told_are_told_with_all_their_matches(pair):
    truth = pd.read_parquet(pair / "truth.parquet")
    told = pd.read_csv(pair / "train.tsv", sep="\t")
    mine = truth[truth["left"].isin(told["left"])]
    assert sorted(map(tuple, told.values)) == sorted(map(tuple, mine.values))
    assert 0.15 < len(told) / len(truth) < 0.25


def test_as_many_are_told_as_asked_and_of_more_the_same_ones(catalogues, pair, tmp_path):
    catalogues.write_pair(tmp_path, SIZE, told=1_000)
    few, many = (pd.read_csv(each / "train.tsv", sep="\t") for each in (pair, tmp_path))
    assert set(map(tuple, few.values)) < set(map(tuple, many.values))
    assert many["right"].nunique() >= 1_000


def test_neither_ids_nor_order_tell_what_matches(pair):
    truth = pd.read_parquet(pair / "truth.parquet")
    left, right = (table(pair, side, "entities")["id"] for side in SIDES)
    place = [
        pd.Series(ids.index, ids)[truth[side]].to_numpy()
        for side, ids in zip(SIDES, (left, right), strict=True)
    ]
    number = [truth[side].str.extract(r"(\d+)")[0].astype(int) for side in SIDES]
    assert abs(pd.Series(place[0]).corr(pd.Series(place[1]))) < 0.1
    assert abs(number[0].corr(number[1])) < 0.1


def test_matches_are_written_in_the_habits_of_either_side(pair):
    truth = pd.read_parquet(pair / "truth.parquet")
    one, two = (names(pair, side) for side in SIDES)
    truth = truth[truth["left"].isin(one.index) & truth["right"].isin(two.index)]
    left, right = one[truth["left"]].to_numpy(), two[truth["right"]].to_numpy()
    both = list(zip(left, right, strict=True))
    assert 0.05 < sum(a == b for a, b in both) / len(both) < 0.5
    assert any(", The" in a and b.startswith("The ") for a, b in both)
    assert any(a.split(", ")[::-1] == b.split(" ") for a, b in both)
    assert any(a[1:3] == ". " and a[3:] == b.split(" ")[-1] for a, b in both)
    assert 0.03 < sum(any("а" <= letter <= "я" for letter in b) for _, b in both) / len(both) < 0.1


def test_few_relations_are_frequent_and_the_largest_hub_has_a_tenth_of_all(catalogues, pair):
    for side in SIDES:
        edges = table(pair, side, "relations")
        assert edges["relation"].value_counts(normalize=True).head(100).sum() > 0.5
        assert 0.08 < edges["tail"].value_counts().iloc[0] / SIZE < 0.2
    assert len(set(catalogues.Words.of(1).relations("left").to_pylist())) == 1_000


def test_a_third_of_the_relations_has_another_name_on_either_side(catalogues):
    words = catalogues.Words.of(1)
    left, right = (words.relations(side).to_pylist() for side in SIDES)
    assert sum(a != b for a, b in zip(left, right, strict=True)) == 334


def test_words_are_each_another_one(catalogues):
    written = catalogues.Words.of(100_000).written.to_pylist()
    assert len(set(written)) == 100_000
