"""A project and a simulation are made of a pair folder in any layout, its test links unseen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from kgreview.cli import cli
from kgreview.errors import InputError
from kgreview.exchange.pair_folders import PairOptions, open_pair
from kgreview.experiments.simulation import simulate
from kgreview.pipeline.creation import create_project

from ..exchange.pair_files import (
    FILMS,
    ONE,
    write_left_right,
    write_magellan,
    write_numbered,
    write_openea,
)


@pytest.mark.parametrize(
    ("write", "links"),
    [
        (write_openea, {"train": 8, "valid": 4}),
        (write_numbered, {"train": 10, "valid": 2}),
        (write_magellan, {"train": 16, "valid": 8}),
        (write_left_right, {"train": 8, "valid": 4}),
    ],
)
def test_a_project_has_the_links_to_train_and_to_validate(
    write: Callable[[Path], Path], links: dict[str, int], tmp_path: Path
) -> None:
    pair = open_pair(write(tmp_path / "pair"))
    for file in pair.link_files["test"]:
        file.write_text("no link at all")
    project = create_project(tmp_path / "project", pair=pair)
    assert {split: len(project.links(split)) for split in links} == links
    assert min(project.left.num_entities, project.right.num_entities) >= FILMS


def test_a_pair_without_links_makes_a_project_without_any(tmp_path: Path) -> None:
    pair = open_pair(write_left_right(tmp_path / "pair")).without_links()
    assert len(create_project(tmp_path / "project", pair=pair).all_links()) == 0


def test_a_project_needs_both_graphs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="give both graphs"):
        create_project(tmp_path / "project", write_left_right(tmp_path / "pair") / "left.ttl")
    assert not (tmp_path / "project").exists()


@pytest.mark.parametrize("write", [write_openea, write_numbered])
def test_a_folder_of_both_graphs_is_none_of_them(
    write: Callable[[Path], Path], tmp_path: Path
) -> None:
    folder = write(tmp_path / "pair")
    with pytest.raises(InputError, match="with both graphs; give it as --pair"):
        create_project(tmp_path / "project", folder, folder)


def run(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(cli, [str(word) for word in words])
    return result.exit_code, result.output + str(result.exception or "")


def test_the_command_says_what_it_made_of_a_fold(tmp_path: Path) -> None:
    folder = write_openea(tmp_path / "pair")
    status, said = run("create", tmp_path / "p", "--pair", folder, "--fold", 2)
    assert status == 0
    assert "24 left and 24 right entities" in said
    assert f"note: {folder}, left: no types: all entities are of the type entity" in said
    assert "has no fold '7'" in run("create", tmp_path / "q", "--pair", folder, "--fold", 7)[1]
    sources = ["--left", folder, "--right", folder]
    assert "leave it out" in run("create", tmp_path / "q", *sources, "--fold", 1)[1]


def test_inspect_describes_both_graphs_and_counts_the_links(tmp_path: Path) -> None:
    status, said = run("inspect", write_magellan(tmp_path / "pair"))
    assert status == 0
    assert "a DeepMatcher folder (--pair)" in said
    assert said.count("20 entities, 40 values, 0 relations") == 2
    assert "  test                                8  and 8 non-matches" in said


def test_inspect_takes_a_form_that_is_named_for_a_source(tmp_path: Path) -> None:
    folder = write_left_right(tmp_path / "pair")
    (folder / "train.nt").unlink()
    assert "a folder of RDF files (--format rdf)" in run("inspect", folder, "--format", "rdf")[1]


def test_a_curator_is_simulated_on_a_fold_of_openea(tmp_path: Path) -> None:
    folder = write_openea(tmp_path / "pair")
    given = {"budget": 4, "batch": 4, "device": "cpu"}
    *_, report = simulate(folder, ("random",), fold="2", **given)
    assert report["dataset"] == "pair"
    assert [point["decisions"] for point in report["runs"][0]["points"]] == [0, 4]
    with pytest.raises(InputError, match="has no fold '3'"):
        next(simulate(folder, ("random",), fold="3", **given))


def test_ids_of_openea_are_the_iris_that_its_links_name(tmp_path: Path) -> None:
    pair = open_pair(write_openea(tmp_path / "pair"), PairOptions(fold="1"))
    left = create_project(tmp_path / "project", pair=pair).left
    assert left.id(0) == f"{ONE}F0"
