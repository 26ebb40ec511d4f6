"""The harness: the same pairs for every method, and nothing of the test links for any of them."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from kgreview.aligner.baselines import cosine as cosine_module
from kgreview.aligner.baselines.dataset import Dataset, Labelled, Scorer
from kgreview.aligner.baselines.registry import METHODS
from kgreview.cli import cli
from kgreview.errors import InputError
from kgreview.evaluation.calibration import Calibration
from kgreview.graph.links import Links
from kgreview.workflow import benchmark as harness
from kgreview.workflow.benchmark import (
    Truth,
    benchmark,
    leaking,
    measure,
    prepare,
    read_truth,
    run_method,
    table,
)

FILMS, PEOPLE = 24, 6  # of a side: a graph of 30 entities
ONE_OF_EACH_KIND = ["cosine", "paris", "magellan", "boosting-rivals", "rgcn"]
FIGURES = {
    "prauc",
    "f1",
    "precision",
    "recall",
    "recall_at_p95",
    "hits_at_1",
    "end_to_end_f1",
    "calibration_error",
    "train_seconds",
    "score_seconds",
    "pairs_per_second",
    "parameters",
    "peak_rss_mb",
}


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Several threads add up in an order that differs by the last digit from run to run."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def write_rows(path: Path, header: str, rows: list[tuple[object, ...]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [header.replace(" ", "\t"), *("\t".join(map(str, row)) for row in rows)]
    text = "\n".join(lines) + "\n"
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")


def write_pair(folder: Path, *, judged: bool) -> Path:
    """Films with a director each. Right titles lack a word; right row numbers say nothing."""
    rng = np.random.default_rng(7)
    words = ["red", "river", "night", "glass", "winter", "harbour", "stone", "letter", "garden"]
    titles = [" ".join(rng.choice(words, 3, replace=False)) for _ in range(FILMS)]
    people = ["Ada Moor", "Ben Holt", "Cleo Marsh", "Dan Firth", "Eve Lund", "Flo Beck"]
    order = rng.permutation(FILMS)  # right film i is left film order[i]
    for side, films in (("left", range(FILMS)), ("right", order)):
        names = [titles[n] if side == "left" else titles[n].rsplit(" ", 1)[0] for n in films]
        write_rows(
            folder / side / "entities.tsv.gz",
            "id type",
            [(f"f{i}", "film") for i in range(FILMS)]
            + [(f"p{i}", "person") for i in range(PEOPLE)],
        )
        write_rows(
            folder / side / "attributes.tsv.gz",
            "entity attribute value",
            [(f"f{i}", "title", name) for i, name in enumerate(names)]
            + [(f"f{i}", "year", 1960 + int(n)) for i, n in enumerate(films)]
            + [(f"p{i}", "name", name) for i, name in enumerate(people)],
        )
        write_rows(
            folder / side / "relations.tsv.gz",
            "head relation tail",
            [(f"f{i}", "director", f"p{int(n) % PEOPLE}") for i, n in enumerate(films)],
        )
    right_of = np.argsort(order)
    for split, films in (
        ("train", range(10)),
        ("valid", range(10, 15)),
        ("test", range(15, FILMS)),
    ):
        rows = [(f"f{n}", f"f{right_of[n]}", 1) for n in films]
        if judged:
            rows += [(f"f{n}", f"f{right_of[(n + k) % FILMS]}", 0) for n in films for k in (3, 6)]
        write_rows(folder / "links" / f"{split}.tsv", "left right label", rows)
    return folder


@pytest.fixture(scope="module", params=["gold", "judged"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pair(tmp_path_factory.mktemp(request.param), judged=request.param == "judged")


@pytest.fixture(scope="module")
def gold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pair(tmp_path_factory.mktemp("gold"), judged=False)


@pytest.fixture(scope="module")
def data(gold: Path, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return prepare(gold, tmp_path_factory.mktemp("prepared"))[0]


@pytest.mark.parametrize("name", METHODS)
def test_every_method_scores_all_candidates_and_a_seed_repeats(name: str, data: Dataset) -> None:
    first, cost = run_method(data, name, seed=3, device="cpu")
    again, _ = run_method(data, name, seed=3, device="cpu")
    assert first.shape == (len(data),)
    assert np.isfinite(first).all()
    np.testing.assert_array_equal(first, again)
    assert cost.train_seconds >= 0
    assert cost.pairs_per_second > 0
    assert cost.peak_rss_mb > 10


def test_what_is_learnt_tuned_and_tested_on_is_disjoint(pair: Path, tmp_path: Path) -> None:
    data, report = prepare(pair, tmp_path)
    truth = read_truth(pair, data)
    parts = [data.train.where, data.valid.where, truth.where]
    assert len(np.unique(np.concatenate(parts))) == sum(map(len, parts))
    assert truth.label.sum() + truth.missed == FILMS - 15
    judged = pair.parent.name.startswith("judged") or report.pairs == FILMS * 3
    assert report.pairs == (FILMS * 3 if judged else len(data))


def test_candidates_stand_once_and_in_order(pair: Path, tmp_path: Path) -> None:
    data, _ = prepare(pair, tmp_path)
    keys = data.left * 1000 + data.right
    assert (np.diff(keys) > 0).all()
    assert len(data.similarities) == len(data.name_similarity) == len(data)


def test_a_dataset_is_what_was_saved(data: Dataset, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    data.save(folder)
    opened = Dataset.open(folder)
    for name in ("left", "right", "similarities", "features", "name_similarity"):
        np.testing.assert_array_equal(getattr(opened, name), getattr(data, name))
    np.testing.assert_array_equal(opened.train.where, data.train.where)
    np.testing.assert_array_equal(opened.valid.label, data.valid.label)
    assert opened.schema == data.schema
    assert opened.similarity_names == data.similarity_names


def test_no_method_knows_the_test_links(pair: Path) -> None:
    assert leaking(pair, ONE_OF_EACH_KIND) == ()


@pytest.mark.slow
def test_none_of_the_others_knows_the_test_links_either(pair: Path) -> None:
    assert leaking(pair, [name for name in METHODS if name not in ONE_OF_EACH_KIND]) == ()


def test_a_method_that_reads_the_test_links_is_noticed(
    pair: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now: list[Path] = []
    prepared = harness.prepare

    def remember(folder: Path, *rest: Path) -> object:
        now.append(folder)
        return prepared(folder, *rest)

    def cheat(data: Dataset, seed: int, device: str, progress: object) -> Scorer:
        truth = read_truth(now.pop(0), data)
        scores = data.name_similarity.copy()
        scores[truth.where] += 0.01 * truth.label
        return Scorer(lambda: scores)

    monkeypatch.setattr(harness, "prepare", remember)
    monkeypatch.setattr(cosine_module, "cosine", cheat)
    assert leaking(pair, ["cosine"]) == ("cosine",)


def test_test_links_among_those_to_learn_from_are_noticed(
    gold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = harness._read_split

    def mixed(pair: Path, split: str, *graphs: object) -> Links:
        links = read(pair, split, *graphs)  # type: ignore[arg-type]
        if split != "train":
            return links
        return Links.concatenate(links, read(pair, "test", *graphs))  # type: ignore[arg-type]

    monkeypatch.setattr(harness, "_read_split", mixed)
    assert leaking(gold, ["cosine", "boosting"]) == ("boosting",)


def test_the_threshold_comes_from_validation_and_lost_links_are_misses(data: Dataset) -> None:
    toy = Dataset(
        data.left_graph,
        data.right_graph,
        data.schema,
        left=np.array([0, 1, 2, 2]),
        right=np.array([0, 1, 2, 3]),
        name_similarity=np.zeros(4, np.float32),
        similarities=np.zeros((4, 1), np.float32),
        similarity_names=("x",),
        features=data.features,
        train=Labelled(np.array([0]), np.array([1], np.int8)),
        valid=Labelled(np.array([0, 1]), np.array([1, 0], np.int8)),
    )
    truth = Truth(np.array([2, 3]), np.array([1, 0], np.int8), np.array([2, 4]), missed=1)
    figures = measure(
        toy, np.array([0.9, 0.5, 0.8, 0.75]), truth
    )  # threshold 0.7, from 0.9 and 0.5
    assert figures.prauc == 1
    assert (figures.precision, figures.recall) == (0.5, 1)
    assert math.isclose(figures.f1, 2 / 3)
    assert math.isclose(figures.end_to_end_f1, 2 / 4)  # one of two links found, two pairs called
    assert figures.hits_at_1 == 0.5  # the lost link's entity counts
    # Platt's scaling says about .55 of both, in one bin, of which half are matches
    said = Calibration.fit([0.9, 0.5], [1, 0]).apply([0.8, 0.75])
    assert 0.5 < said[1] < said[0] < 0.6
    assert math.isclose(figures.calibration_error, said.mean() - 0.5, rel_tol=1e-4)


def test_the_command_prints_a_table_and_writes_the_agreed_keys(pair: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    result = CliRunner().invoke(
        cli,
        f"benchmark {pair} --methods cosine,boosting --seeds 2 --json {out} --device cpu".split(),
        catch_exceptions=False,
    )
    assert result.exit_code == 0
    assert "| boosting " in result.output
    report = json.loads(out.read_text(encoding="utf-8"))
    assert set(report) == {"dataset", "candidates", "methods"}
    assert set(report["candidates"]) == {"pairs", "recall", "unpaired", "seconds"}
    assert [found["name"] for found in report["methods"]] == ["cosine", "boosting"]
    for found in report["methods"]:
        assert set(found) == {"name"} | FIGURES | {f"{key}_sd" for key in FIGURES}


def test_one_seed_has_no_deviation(gold: Path) -> None:
    (report,) = benchmark(gold, ["cosine"], device="cpu")
    assert set(report["methods"][0]) == {"name"} | FIGURES
    assert len({line.count("|") for line in table(report)[2:]}) == 1


def test_a_method_in_its_own_process_scores_as_in_this_one(gold: Path, data: Dataset) -> None:
    (report,) = benchmark(gold, ["magellan"], device="cpu")
    scores, _ = run_method(data, "magellan", seed=0)
    expected = measure(data, scores, read_truth(gold, data))
    assert report["methods"][0]["prauc"] == round(expected.prauc, 4)


def test_a_method_there_is_not_is_refused_before_anything_runs(gold: Path) -> None:
    with pytest.raises(InputError, match="there is no method 'crystal-ball'; there are cosine"):
        next(benchmark(gold, ["cosine", "crystal-ball"]))


def test_a_folder_without_test_links_is_refused(gold: Path, tmp_path: Path) -> None:
    for side in ("left", "right"):
        (tmp_path / side).symlink_to(gold / side)
    (tmp_path / "links").mkdir()
    for split in ("train", "valid"):
        text = (gold / "links" / f"{split}.tsv").read_text(encoding="utf-8")
        (tmp_path / "links" / f"{split}.tsv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"has no test\.tsv"):
        next(benchmark(tmp_path, ["cosine"]))


@pytest.mark.slow
def test_on_the_sample_similarities_beat_names_and_rivals_beat_both(
    records: Path, tmp_path: Path
) -> None:
    """On its artists and albums, with a quarter of the links: with all there is less to gain."""
    for part in ("left", "right"):
        (tmp_path / part).symlink_to(records / part)
    (tmp_path / "links").mkdir()
    for split, step in (("train", 4), ("valid", 1), ("test", 1)):
        table = (records / "links" / f"{split}.tsv").read_text(encoding="utf-8")
        header, *rows = table.splitlines(keepends=True)
        (tmp_path / "links" / f"{split}.tsv").write_text(
            "".join([header, *rows[::step]]), encoding="utf-8"
        )
    *_, report = benchmark(tmp_path, ["cosine", "boosting", "boosting-rivals"], device="cpu")
    prauc = {found["name"]: found["prauc"] for found in report["methods"]}
    assert prauc["cosine"] < prauc["boosting"] < prauc["boosting-rivals"]


@pytest.mark.slow
@pytest.mark.benchmark_data
def test_boosting_on_real_products_is_no_straw_man(benchmarks: Path) -> None:
    """Peers measured .790 with 40 to 270 similarities on exactly these pairs."""
    *_, report = benchmark(benchmarks / "products_amazon_google", ["boosting"], device="cpu")
    assert report["methods"][0]["prauc"] >= 0.78


def test_test_links_of_types_that_are_not_paired_count_as_missed_and_are_counted(
    gold: Path, tmp_path: Path
) -> None:
    pair = write_pair(tmp_path / "pair", judged=False)
    test = pair / "links" / "test.tsv"
    test.write_text(test.read_text(encoding="utf-8") + "p0\tf0\t1\n", encoding="utf-8")
    before = prepare(gold, _folder(tmp_path / "before"))[1]
    data, report = prepare(pair, _folder(tmp_path / "after"))
    assert (before.unpaired, report.unpaired) == (0, 1)
    tests = FILMS - 15
    assert report.recall == pytest.approx(before.recall * tests / (tests + 1))
    truth = read_truth(pair, data)
    assert truth.missed + int(truth.label.sum()) == tests + 1
    said = table({"dataset": "films", "candidates": vars(report), "methods": []})[0]
    assert "1 of the test matches joins types that are not paired)" in said


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
