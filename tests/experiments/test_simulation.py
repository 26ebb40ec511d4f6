"""A curator who answers from known links: what is asked, what is measured, what is left."""

from __future__ import annotations

import dataclasses
import doctest
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from kgreview.aligner.settings import AlignerSettings
from kgreview.cli import cli
from kgreview.errors import InputError, KGReviewError
from kgreview.evaluation.stopping import StopSignal
from kgreview.experiments import simulated_curator, simulation
from kgreview.experiments.simulation import shares_of, simulate
from kgreview.experiments.simulation_report import table
from kgreview.graph.links import Links
from kgreview.pipeline import training
from kgreview.store.decisions import standing
from kgreview.store.outcomes import Outcome
from tests.films import MakeFilms

SAMPLE_DATA = Path(__file__).resolve().parents[2] / "sample_data"
FILMS, TRAIN, TEST = 45, range(25), range(25, 45)
Simulate = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Several threads add up in an order that differs by the last digit from run to run."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Films of few words and a year; on the right a word of the title is missing."""
    folder = tmp_path_factory.mktemp("films")
    rng = np.random.default_rng(7)
    words = ["red", "river", "night", "glass", "winter", "harbour", "stone", "letter", "garden"]
    titles = [" ".join(rng.choice(words, 3, replace=False)) for _ in range(FILMS)]
    order = rng.permutation(FILMS)  # right film i is left film order[i]

    def write(name: str, header: str, rows: Sequence[Sequence[object]]) -> None:
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        lines = [header.replace(" ", "\t"), *("\t".join(map(str, row)) for row in rows)]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")

    for side, films in (("left", range(FILMS)), ("right", order)):
        names = [titles[n] if side == "left" else titles[n].rsplit(" ", 1)[0] for n in films]
        ids = [f"{side[0]}{i}" for i in range(FILMS)]
        people = [(f"p{n}", "person") for n in range(5)]
        write(f"{side}/entities.tsv", "id type", [*((one, "film") for one in ids), *people])
        values = [(one, "title", name) for one, name in zip(ids, names, strict=True)]
        values += [(one, "year", str(1960 + n)) for one, n in zip(ids, films, strict=True)]
        write(f"{side}/attributes.tsv", "entity attribute value", values)
        directed = [(one, "director", f"p{n % 5}") for one, n in zip(ids, films, strict=True)]
        write(f"{side}/relations.tsv", "head relation tail", directed)
    right_of = np.argsort(order)
    for split, films in (("train", TRAIN), ("test", TEST)):
        rows = [(f"l{n}", f"r{right_of[n]}", 1) for n in films]
        write(f"links/{split}.tsv", "left right label", rows)
    return folder


@pytest.fixture
def quick(
    pair: Path, few_steps: AlignerSettings, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., list[dict[str, Any]]]:
    """Simulate with networks trained in few steps; gives all reports, the last one whole."""

    def small(**given: Any) -> AlignerSettings:
        return dataclasses.replace(few_steps, **given)

    monkeypatch.setattr(training, "AlignerSettings", small)

    known = {"matches": 20, "prauc": 0.9, "f1": 0.8, "seconds": 1.0}

    def nothing(*_: Any, **__: Any) -> None:
        raise KGReviewError("a network needs 10 matches to learn from")

    def quick(
        *strategies: str, whole: bool = False, train: bool = True, **given: Any
    ) -> list[dict[str, Any]]:
        if not whole:  # the training on all links is measured in one test
            monkeypatch.setattr(simulation, "_with_all_links", lambda *_: known)
        if not train:
            monkeypatch.setattr(simulation, "finetune_project", nothing)
        options = {"budget": 30, "batch": 30, "device": "cpu", "settings": few_steps} | given
        return list(simulate(pair, strategies or ("default",), **options))

    return quick


def links_of(pair: Path) -> set[tuple[str, ...]]:
    lines = (pair / "links" / "train.tsv").read_text(encoding="utf-8").splitlines()
    return {tuple(line.split("\t")[:2]) for line in lines[1:]}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Note every decision that is saved."""
    saved: list[dict[str, Any]] = []
    decide = simulated_curator.decide

    def noted(db: Any, **decision: Any) -> Any:
        saved.append(decision)
        return decide(db, **decision)

    monkeypatch.setattr(simulated_curator, "decide", noted)
    return saved


def test_a_report_grows_with_each_round_and_measures_the_test_links(
    quick: Callable[..., list[dict[str, Any]]],
) -> None:
    reports = quick("default", whole=True, batch=15)
    assert [sum(len(run["points"]) for run in report["runs"]) for report in reports] == [*range(4)]
    last = reports[-1]
    assert (last["dataset"][:5], last["budget"], last["noise"]) == ("films", 30, 0.0)
    assert last["all_links"]["matches"] == 20, "a fifth of the train links validates"
    assert [row["name"] for row in last["strategies"]] == ["default"]
    for run in last["runs"]:
        assert [point["decisions"] for point in run["points"]] == [0, 15, 30]
        assert all(0 <= point["prauc"] <= 1 for point in run["points"])
    first, *_ = last["strategies"]
    assert first["area"] == pytest.approx(
        (first["prauc"][0] / 2 + first["prauc"][1] + first["prauc"][2] / 2) / 2
    )
    json.dumps(last)


def test_nothing_is_asked_that_the_train_links_do_not_tell(
    quick: Callable[..., list[dict[str, Any]]], asked: list[dict[str, Any]], pair: Path
) -> None:
    quick(train=False)
    assert len(asked) == 30
    assert {decision["left"] for decision in asked} <= {f"l{n}" for n in TRAIN}
    known = links_of(pair)
    for decision in asked:
        is_match = (decision["left"], decision["right"]) in known
        assert decision["outcome"] is (Outcome.MATCH if is_match else Outcome.NO_MATCH)


def test_the_queue_is_the_apps_with_its_opening_and_its_audit_slice(
    quick: Callable[..., list[dict[str, Any]]], asked: list[dict[str, Any]]
) -> None:
    quick(budget=10, batch=10, train=False)
    strategies = [decision["strategy"] for decision in asked]
    assert strategies[9] == "audit"
    assert "cold-start" in strategies[:9]


def test_in_random_order_everything_but_the_audit_slice_is_learnt_from(
    quick: Callable[..., list[dict[str, Any]]], asked: list[dict[str, Any]]
) -> None:
    quick("random", budget=10, batch=10, train=False)
    assert [decision["strategy"] for decision in asked] == [*["random"] * 9, "audit"]


def test_noise_turns_as_many_answers_as_it_says(
    quick: Callable[..., list[dict[str, Any]]], asked: list[dict[str, Any]], pair: Path
) -> None:
    known = links_of(pair)
    for noise in (1.0, 0.3):
        asked.clear()
        report = quick(noise=noise, budget=60, batch=60, train=False)[-1]
        wrong = [
            (d["outcome"] is Outcome.MATCH) != ((d["left"], d["right"]) in known) for d in asked
        ]
        assert np.mean(wrong) == pytest.approx(noise, abs=0.15)
        assert report["runs"][0]["doubts"]["wrong"] == sum(wrong)
        assert 0 <= report["runs"][0]["doubts"]["found"] <= 1


def test_a_seed_repeats_and_another_differs(
    quick: Callable[..., list[dict[str, Any]]], asked: list[dict[str, Any]]
) -> None:
    once, again = (quick("random", budget=90, batch=90)[-1]["runs"][0]["points"] for _ in range(2))
    order = [(decision["left"], decision["right"]) for decision in asked]
    assert order[:90] == order[90:]
    assert [point["prauc"] for point in once] == [point["prauc"] for point in again]
    assert once[1]["version"] == "v2"
    quick("random", seeds=2, budget=15, train=False)
    order += [(decision["left"], decision["right"]) for decision in asked[180:]]
    assert order[180:195] == order[:15]
    assert order[195:] != order[:15]


def test_the_curator_looks_every_ten_answers_whether_to_stop(
    quick: Callable[..., list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []

    class Quality:
        stop = StopSignal(True, ())

    def quality(project: Any) -> Any:
        with project.database() as db:
            looked.append(len(standing(db)))
        return Quality if looked[-1] >= 25 else real(project)

    real = simulated_curator.quality
    monkeypatch.setattr(simulated_curator, "quality", quality)
    (run,) = quick("random", budget=45, batch=15, train=False)[-1]["runs"]
    assert looked == [10, 15, 25], "and no longer once it was told to"
    assert run["stop"] == 25


@pytest.mark.slow
def test_runs_in_processes_of_their_own_come_to_the_same(
    pair: Path, few_steps: AlignerSettings, asked: list[dict[str, Any]]
) -> None:
    given = {"budget": 4, "batch": 2, "settings": few_steps, "device": "cpu"}  # hardly a match
    *_, one = simulate(pair, ("random",), **given)
    *_, several = simulate(pair, ("random",), jobs=3, seeds=2, **given)
    assert len(asked) == 4, "the others answer elsewhere"
    assert several["all_links"]["prauc"] == pytest.approx(one["all_links"]["prauc"], abs=1e-3)
    points = {
        run["seed"]: [(p["decisions"], p["matches"]) for p in run["points"]]
        for run in several["runs"]
    }
    assert sorted(points) == [0, 1]
    assert points[0] == [(p["decisions"], p["matches"]) for p in one["runs"][0]["points"]]


def test_a_round_without_anything_to_learn_from_leaves_the_version_as_it_is(
    quick: Callable[..., list[dict[str, Any]]],
) -> None:
    points = quick(train=False)[-1]["runs"][0]["points"]
    assert {point["version"] for point in points} == {"v1"}
    assert len({point["prauc"] for point in points}) == 1


def test_a_queue_that_is_empty_ends_a_run(
    quick: Callable[..., list[dict[str, Any]]], asked: list[dict[str, Any]]
) -> None:
    points = quick("random", budget=100_000, batch=600, train=False)[-1]["runs"][0]["points"]
    assert points[-1]["decisions"] == len(asked) < 100_000


# ---------------------------------------------------------------- means and words


def run(strategy: str, *points: tuple[int, float]) -> dict[str, Any]:
    made = [
        {
            "decisions": n,
            "matches": n,
            "prauc": prauc,
            "f1": 0.5,
            "version": "v1",
            "held": False,
            "seconds": n,
        }
        for n, prauc in points
    ]
    stop = next((n for n, _ in points if n >= 100), None)
    return {"strategy": strategy, "seed": 0, "stop": stop, "points": made}


def test_means_are_over_the_decisions_that_all_seeds_have_reached() -> None:
    report = {
        "dataset": "films",
        "all_links": {"prauc": 0.8, "f1": 0.7},
        "runs": [
            run("default", (0, 0.4), (50, 0.7), (100, 0.8)),
            run("random", (0, 0.4), (50, 0.5)),
            run("default", (0, 0.4), (50, 0.9)),
        ],
    }
    summed = simulation.summed_up(report)
    default, chance = summed["strategies"]
    assert default["decisions"] == [0, 50]
    assert default["prauc"] == pytest.approx([0.4, 0.8])
    assert default["area"] == pytest.approx(0.6)
    assert default["reaches_95_percent"] == 50, "of 0.8: from 0.76 on"
    assert default["seconds"] == pytest.approx((50 + 100 + 50) / 3)
    assert (default["seeds"], chance["seeds"]) == (2, 1)
    assert chance["reaches_95_percent"] is None
    lines = table(summed)
    assert "0.8000 ±0.1414 (0.500)   50" in lines[3], "mean, deviation, F1, matches"
    assert lines[3].endswith("0.5000 (0.500)   50"), "of one seed there is no deviation"
    assert "PRAUC from 50 decisions on" in lines[5]
    assert (
        "90% of its last PRAUC first after 50 decisions, within 0.005 of it first after 50"
        in lines[6]
    )
    assert "default: decisions after which the app says to stop, by seed: 100, not yet" in lines
    assert "not reached" in lines[8]
    assert "wrong answers" not in "".join(lines), "nobody answered wrongly"


def test_how_many_wrong_answers_the_doubts_find_is_averaged() -> None:
    runs = [run("default", (0, 0.4)) | {"doubts": {"found": share}} for share in (0.5, 0.75)]
    report = {"dataset": "films", "all_links": {"prauc": 0.8, "f1": 0.7}, "runs": runs}
    lines = table(simulation.summed_up(report))
    assert lines[-1].startswith("default: 62% of the wrong answers")


def test_a_report_without_a_run_can_be_written_too() -> None:
    report = {"dataset": "films", "all_links": {"prauc": 0.8, "f1": 0.7}, "runs": []}
    assert table(simulation.summed_up(report))[-1] == "all train links: 0.8000 (0.700)"
    early = simulation.summed_up(report | {"all_links": None, "runs": [run("default", (0, 0.4))]})
    assert "all train links: not measured so far" in table(early)
    assert early["strategies"][0]["reaches_95_percent"] is None


def test_the_examples_in_the_documentation_are_true() -> None:
    assert doctest.testmod(simulation).failed == 0


@pytest.mark.parametrize("strategy", ["margins", "margin=much", "margin=-1", "", "margin=nan"])
def test_a_strategy_there_is_not_is_said_in_one_line(strategy: str) -> None:
    with pytest.raises(InputError) as error:
        shares_of(strategy)
    assert "\n" not in str(error.value)


def test_a_folder_without_links_is_refused(pair: Path, tmp_path: Path) -> None:
    for side in ("left", "right"):
        (tmp_path / side).symlink_to(pair / side)
    with pytest.raises(InputError, match="links"):
        next(iter(simulate(tmp_path, device="cpu")))


# ---------------------------------------------------------------- the command


def test_ctrl_c_leaves_the_figures_so_far(
    quick: Callable[..., list[dict[str, Any]]],
    pair: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = []
    finetune = simulation.finetune_project

    def interrupted(*given: Any, **options: Any) -> Any:
        calls.append(given)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return finetune(*given, **options)

    monkeypatch.setattr(simulation, "finetune_project", interrupted)
    known = {"matches": 20, "prauc": 0.9, "f1": 0.8, "seconds": 1.0}
    monkeypatch.setattr(simulation, "_with_all_links", lambda *_: known)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    file = tmp_path / "curves.json"
    options = ["--budget", "30", "--batch", "10", "--device", "cpu", "--json", str(file)]
    result = CliRunner().invoke(cli, ["simulate", str(pair), *options])
    assert result.exit_code == 0, result.output
    assert "interrupted: these are the figures so far" in result.output
    assert "default, seed 0: 10 decisions" in result.output
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert [point["decisions"] for point in kept["runs"][0]["points"]] == [0, 10]
    assert list(tmp_path.iterdir()) == [file], "no project is left behind"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--noise", "nan"], "--noise nan"),
        (["--json", "no/such/folder/x.json"], "its folder does not exist"),
        (["--strategy", "margins"], "there is no strategy 'margins'"),
    ],
)
def test_what_makes_no_sense_is_said_before_anything_is_computed(
    pair: Path, options: list[str], says: str
) -> None:
    result = CliRunner().invoke(cli, ["simulate", str(pair), *options])
    assert isinstance(result.exception, InputError)
    assert says in str(result.exception)


@pytest.mark.slow
def test_sixty_decisions_teach_the_sample_more_than_similarity_knows(
    few_steps: AlignerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        training, "AlignerSettings", lambda **given: dataclasses.replace(few_steps, **given)
    )
    *_, report = simulate(
        SAMPLE_DATA, ("default",), budget=60, batch=60, settings=few_steps, device="cpu"
    )
    first, last = report["runs"][0]["points"]
    assert 10 <= last["matches"] <= 50, "both answers"
    assert last["prauc"] > first["prauc"]


def test_what_is_measured_is_what_test_links_settle_and_blocking_lost_is_missed(
    make_films: MakeFilms,
) -> None:
    project = make_films()
    ids = {"known": [("l5", "s5")], "gold": [("l5", "r5"), ("l6", "r1")]}
    judged = [("l7", "r7", 0), ("l8", "r2", 1)]

    def links(*rows: tuple[Any, ...]) -> Links:
        label = np.array([row[2] if len(row) > 2 else 1 for row in rows], np.int8)
        left, right = [row[0] for row in rows], [row[1] for row in rows]
        return Links.of_file(project.left.rows(left), project.right.rows(right), label)

    tested = Links.concatenate(links(*ids["gold"]), links(*judged))
    found = simulation._test(project, tested, links(*ids["known"]))
    candidates = project.candidates()
    pairs = [
        f"{project.left.id(int(candidates.left[at]))} {project.right.id(int(candidates.right[at]))}"
        for at in found.where
    ]
    assert dict(zip(pairs, found.label.tolist(), strict=True)) == {
        "l5 r5": 1,
        "l5 s5": 1,  # another match, which the curator knows
        "l6 r6": 0,
        "l6 s6": 0,
        "l7 r7": 0,
    }
    assert found.missed == 2
