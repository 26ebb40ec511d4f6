"""The harness: the same pairs for every method, and nothing of the test links for any of them."""

from __future__ import annotations

import dataclasses
import gzip
import itertools
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import torch
from click.testing import CliRunner

from kgreview.aligner.baselines import cosine as cosine_module
from kgreview.aligner.baselines.dataset import Dataset, Labelled, Scorer
from kgreview.aligner.baselines.registry import METHODS, MISSING, RUNNABLE
from kgreview.cli import cli
from kgreview.errors import InputError
from kgreview.evaluation.calibration import Calibration
from kgreview.evaluation.metrics import average_precision
from kgreview.exchange.pair_folders import PairFolder, open_pair
from kgreview.experiments import benchmark as harness
from kgreview.experiments.benchmark import Extras, benchmark, prepare, prepare_links, run_method
from kgreview.experiments.benchmark_table import table
from kgreview.experiments.measuring import Truth, measure, read_truth
from kgreview.experiments.splits import Splits, few_links, read_splits
from kgreview.graph.cardinality import Cardinality
from kgreview.graph.links import Links
from tests.experiments import leaks
from tests.experiments.leaks import leaking

from ..exchange.pair_files import write_left_right, write_magellan, write_numbered, write_openea

ROOT = Path(__file__).resolve().parents[2]
FILMS, PEOPLE = 24, 6  # of a side: a graph of 30 entities
KINDS = ("cosine", "paris", "magellan", "boosting-rivals", "rgcn")
ONE_OF_EACH_KIND = [name for name in KINDS if name in RUNNABLE]
NOT_HERE = pytest.mark.skip(reason="DGL is not installed: this method is not checked here")
LAYOUTS: dict[str, Callable[[Path], Path]] = {
    "OpenEA": write_openea,
    "numbered": write_numbered,
    "DeepMatcher": write_magellan,
    "left and right": write_left_right,
}
FIGURES = {
    "prauc",
    "f1",
    "precision",
    "recall",
    "recall_at_p95",
    "hits_at_1",
    "end_to_end_f1",
    "calibration_error",
    "hits_at_1_all",
    "hits_at_10_all",
    "mrr_all",
    "hits_at_1_tested",
    "hits_at_10_tested",
    "mrr_tested",
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
    return prepare(open_pair(gold), tmp_path_factory.mktemp("prepared"))[0]


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[NOT_HERE] if name in MISSING else []) for name in METHODS],
)
def test_every_method_scores_all_candidates_and_a_seed_repeats(name: str, data: Dataset) -> None:
    run = run_method(data, name, seed=3, device="cpu")
    first, again = run.scores, run_method(data, name, seed=3, device="cpu").scores
    assert first.shape == (len(data),)
    assert np.isfinite(first).all()
    np.testing.assert_array_equal(first, again)
    assert run.cost.train_seconds >= 0
    assert run.cost.pairs_per_second > 0
    assert run.cost.peak_rss_mb > 10


def test_what_is_learnt_tuned_and_tested_on_is_disjoint(pair: Path, tmp_path: Path) -> None:
    data, report = prepare(open_pair(pair), tmp_path)
    truth = read_truth(open_pair(pair), data)
    parts = [data.train.where, data.valid.where, truth.where]
    assert len(np.unique(np.concatenate(parts))) == sum(map(len, parts))
    assert truth.label.sum() + truth.missed == FILMS - 15
    judged = pair.parent.name.startswith("judged") or report.pairs == FILMS * 3
    assert report.pairs == (FILMS * 3 if judged else len(data))


def test_candidates_stand_once_and_in_order(pair: Path, tmp_path: Path) -> None:
    data, _ = prepare(open_pair(pair), tmp_path)
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


@pytest.mark.slow  # sixteen methods, twice
def test_no_method_knows_the_test_links(pair: Path) -> None:
    assert leaking(open_pair(pair), ONE_OF_EACH_KIND) == ()


@pytest.mark.slow
def test_none_of_the_others_knows_the_test_links_either(pair: Path) -> None:
    assert (
        leaking(open_pair(pair), [name for name in RUNNABLE if name not in ONE_OF_EACH_KIND]) == ()
    )


def test_a_method_that_reads_the_test_links_is_noticed(
    pair: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now: list[PairFolder] = []
    prepared = harness.prepare

    def remember(folder: PairFolder, *rest: Path) -> object:
        now.append(folder)
        return prepared(folder, *rest)

    def cheat(data: Dataset, seed: int, device: str, progress: object) -> Scorer:
        truth = read_truth(now.pop(0), data)
        scores = data.name_similarity.copy()
        scores[truth.where] += 0.01 * truth.label
        return Scorer(lambda: scores)

    monkeypatch.setattr(leaks, "prepare", remember)
    monkeypatch.setattr(cosine_module, "cosine", cheat)
    assert leaking(open_pair(pair), ["cosine"]) == ("cosine",)


def test_test_links_among_those_to_learn_from_are_noticed(
    gold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = harness.prepare

    def mixed(pair: PairFolder, *rest: Path) -> tuple[Dataset, object]:
        data, report = prepared(pair, *rest)
        truth = read_truth(pair, data)
        train = Labelled(
            np.concatenate([data.train.where, truth.where]),
            np.concatenate([data.train.label, truth.label]),
        )
        return dataclasses.replace(data, train=train), report

    monkeypatch.setattr(leaks, "prepare", mixed)
    assert leaking(open_pair(gold), ["cosine", "boosting"]) == ("boosting",)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_test_links_of_no_layout_are_learnt_from(layout: str, tmp_path: Path) -> None:
    pair = open_pair(LAYOUTS[layout](tmp_path / "pair"))
    assert leaking(pair, ["cosine", "boosting"]) == ()


def test_links_that_test_links_repeat_are_not_learnt_from_and_it_is_said(tmp_path: Path) -> None:
    folder = write_pair(tmp_path / "pair", judged=False)
    train = folder / "links" / "train.tsv"
    tested = (folder / "links" / "test.tsv").read_text().splitlines()[1:3]
    train.write_text(train.read_text() + "\n".join(tested) + "\n")
    notes: list[str] = []
    data, _ = prepare(open_pair(folder), _folder(tmp_path / "work"), notice=notes.append)
    truth = read_truth(open_pair(folder), data)
    assert not np.intersect1d(data.train.where, truth.where).size
    assert "2 links are about what links of a later split tell" in notes[-1]


def add_links(folder: Path, split: str, *pairs: tuple[str, str]) -> None:
    file = folder / "links" / f"{split}.tsv"
    file.write_text(file.read_text() + "".join(f"{a}\t{b}\t1\n" for a, b in pairs))


def first_links(folder: Path, split: str, number: int) -> list[tuple[str, str]]:
    lines = (folder / "links" / f"{split}.tsv").read_text().splitlines()[1 : number + 1]
    return [(line.split("\t")[0], line.split("\t")[1]) for line in lines]


def pairs_of(data: Dataset, where: np.ndarray) -> set[tuple[str, str]]:
    return {(data.left_graph.id(data.left[i]), data.right_graph.id(data.right[i])) for i in where}


def test_a_link_of_another_split_is_no_non_match_to_test_with(tmp_path: Path) -> None:
    folder = write_pair(tmp_path / "pair", judged=False)
    data, _ = prepare(open_pair(folder), _folder(tmp_path / "before"))
    truth = read_truth(open_pair(folder), data)
    other = next(pair for pair in pairs_of(data, truth.where[truth.label == 0]) if pair[0] == "f15")
    add_links(folder, "train", other)
    data, _ = prepare(open_pair(folder), _folder(tmp_path / "after"))
    again = read_truth(open_pair(folder), data)
    assert pairs_of(data, truth.where) - pairs_of(data, again.where) == {other}
    assert again.label.sum() == truth.label.sum()
    # f15 is tested, and films have one counterpart: the link is left out
    assert other not in pairs_of(data, data.train.where)


def test_links_of_an_entity_with_several_counterparts_are_kept_in_each_split(
    tmp_path: Path,
) -> None:
    folder = write_pair(tmp_path / "pair", judged=False)
    tested = first_links(folder, "test", 1)[0]
    rights = [right for _, right in first_links(folder, "test", 5)[1:]]
    lefts = [*(left for left, _ in first_links(folder, "train", 3)), tested[0]]
    add_links(folder, "train", *zip(lefts, rights, strict=True))
    data, _ = prepare(open_pair(folder), _folder(tmp_path / "work"))
    assert set(data.schema.cardinality.values()) == {Cardinality.ONE_TO_MANY}
    splits = read_splits(open_pair(folder), data.left_graph, data.right_graph)
    assert len(splits.train) == 14
    truth = read_truth(open_pair(folder), data)
    assert tested in pairs_of(data, truth.where[truth.label == 1])
    assert (tested[0], rights[3]) not in pairs_of(data, truth.where)


def test_few_links_are_drawn_in_proportion_and_those_to_test_with_are_kept(gold: Path) -> None:
    splits = read_splits(open_pair(gold), *open_pair(gold).read_graphs())  # 10, 5 and 9 links
    train, valid, test = few_links(splits, 8, seed=1)
    assert (len(train), len(valid)) == (8, 4)
    assert len(few_links(splits, 10, seed=1).valid) == 5
    assert len(few_links(splits, 2, seed=1).valid) == 4
    assert len(few_links(splits, 99, seed=1).train) == 10
    assert set(train.keys) < set(splits.train.keys)
    assert set(valid.keys) < set(splits.valid.keys)
    assert test is splits.test


def test_a_seed_repeats_a_draw_and_a_longer_one_only_adds_to_it(pair: Path) -> None:
    splits = read_splits(open_pair(pair), *open_pair(pair).read_graphs())
    draws = [few_links(splits, number, seed=3) for number in (2, 2, 4, 8)]
    np.testing.assert_array_equal(draws[0].train.keys, draws[1].train.keys)
    for fewer, more in itertools.pairwise(draws):
        assert set(fewer.train.keys) <= set(more.train.keys)
        assert set(fewer.valid.keys) <= set(more.valid.keys)
    drawn = {tuple(sorted(few_links(splits, 4, seed).train.keys)) for seed in range(5)}
    assert len(drawn) > 1


@pytest.mark.parametrize("seed", range(5))
def test_of_judged_pairs_one_of_either_label_is_drawn(seed: int) -> None:
    rows = np.arange(20)
    judged = Links.of_file(rows, rows, (rows == 0).astype(np.int8))
    train, valid, _ = few_links(Splits(judged, judged, judged), 5, seed)
    for part in (train, valid):
        assert len(set(part.keys)) == len(part) == 5
        assert part.label.sum() == 1


def test_with_few_links_only_candidates_that_they_settle_are_labelled(
    gold: Path, tmp_path: Path
) -> None:
    left, right = open_pair(gold).read_graphs()
    few = few_links(read_splits(open_pair(gold), left, right), 3, seed=0)
    data, _ = prepare_links(left, right, few, tmp_path)
    for labelled, links in ((data.train, few.train), (data.valid, few.valid)):
        assert set(data.left[labelled.where]) == set(links.left)
        assert set(labelled.label) == {0, 1}
    assert len(read_truth(open_pair(gold), data).links_left) == FILMS - 15


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
    truth = Truth(
        np.array([2, 3]), np.array([1, 0], np.int8), np.array([2, 4]), np.array([2, 5]), missed=1
    )
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
    assert set(report["candidates"]) == {
        "pairs",
        "recall",
        "unpaired",
        "presumed",
        "doubtful",
        "seconds",
    }
    assert [found["name"] for found in report["methods"]] == ["cosine", "boosting"]
    for found in report["methods"]:
        assert set(found) == {"name"} | FIGURES | {f"{key}_sd" for key in FIGURES}


def test_one_seed_has_no_deviation(gold: Path) -> None:
    (report,) = benchmark(gold, ["cosine"], device="cpu")
    assert set(report["methods"][0]) == {"name"} | FIGURES
    assert len({line.count("|") for line in table(report)[2:]}) == 1


def test_a_method_in_its_own_process_scores_as_in_this_one(gold: Path, data: Dataset) -> None:
    (report,) = benchmark(gold, ["boosting"], device="cpu")
    run = run_method(data, "boosting", seed=0)
    expected = measure(data, run.scores, read_truth(open_pair(gold), data))
    assert report["methods"][0]["prauc"] == round(expected.prauc, 4)


def test_the_example_of_an_own_method_is_measured_as_any_other(
    gold: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    rows = tmp_path / "rows.parquet"
    place = "examples.own_method:score"
    (report,) = benchmark(gold, [place], extras=Extras(per_pair=rows), device="cpu")
    assert report["methods"][0]["name"] == place
    assert report["methods"][0]["prauc"] > 0.9
    assert f"| {place} " in "\n".join(table(report))
    written = pq.read_table(rows)
    assert set(written["method"].to_pylist()) == {place}
    tested = written.filter(pc.equal(written["split"], "test"))
    scored = tested.filter(pc.is_valid(tested["score"]))
    prauc = average_precision(scored["label"].to_numpy(), scored["score"].to_numpy())
    assert report["methods"][0]["prauc"] == round(prauc, 4)


def test_given_scores_are_a_row_and_pairs_without_one_stand_below(
    gold: Path, tmp_path: Path
) -> None:
    test = (gold / "links" / "test.tsv").read_text().splitlines()[1:]
    file = tmp_path / "mine.tsv"
    rows = [line.split("\t")[:2] for line in test[:-1]]  # all test links but one
    write_rows(file, "left right score", [(*row, 0.9) for row in rows])
    notes: list[str] = []
    (report,) = benchmark(gold, [], extras=Extras(scores=(("mine", file),)), notice=notes.append)
    (row,) = report["methods"]
    links = FILMS - 15
    assert row["hits_at_1_all"] == pytest.approx((links - 1 + 1 / FILMS) / links, abs=1e-4)
    assert row["train_seconds"] is None
    assert row["unscored"] > 0
    assert "mine: " in notes[0]
    assert "have no score in" in notes[0]
    lines = "\n".join(table(report))
    assert "| mine " in lines
    assert f"mine: {row['unscored']:,} of the tested pairs have no score" in lines


@pytest.mark.parametrize("layout", ["OpenEA", "DeepMatcher"])
def test_the_command_takes_any_pair_folder(layout: str, tmp_path: Path) -> None:
    folder = LAYOUTS[layout](tmp_path / "pair")
    fold = ["--fold", "2"] if layout == "OpenEA" else []
    result = CliRunner().invoke(
        cli, ["benchmark", str(folder), "--methods", "cosine", *fold], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    assert "| cosine " in result.output


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
    with pytest.raises(
        InputError, match="has no test links; a benchmark needs train, valid and test"
    ):
        next(benchmark(tmp_path, ["cosine"]))


@pytest.mark.slow
def test_on_the_sample_similarities_beat_names_and_competitors_beat_both(
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
    before = prepare(open_pair(gold), _folder(tmp_path / "before"))[1]
    data, report = prepare(open_pair(pair), _folder(tmp_path / "after"))
    assert (before.unpaired, report.unpaired) == (0, 1)
    tests = FILMS - 15
    assert report.recall == pytest.approx(before.recall * tests / (tests + 1))
    truth = read_truth(open_pair(pair), data)
    assert truth.missed + int(truth.label.sum()) == tests + 1
    said = table({"dataset": "films", "candidates": vars(report), "methods": []})[0]
    assert "1 of the test matches joins types that are not paired)" in said


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
