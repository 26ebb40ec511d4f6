"""Neighbour sampling keeps what is rare; its probabilities are those of the formula."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import chisquare

from kgreview.aligner import HAS_DGL
from kgreview.aligner.joint import JointGraph
from kgreview.aligner.sampling import (
    NeighbourSampler,
    Pick,
    edge_weights,
    pick_with_dgl,
    pick_with_torch,
    seed_everything,
)

FILM, PERSON = 0, 1
STARS, DIRECTED_BY = 0, 2  # codes of the relations; + 1 is the inverse


def films(actors: int, count: int = 2) -> JointGraph:
    """``count`` films, each with one director and so many actors of its own."""
    edges: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    types = [FILM] * count
    for film in range(count):
        for relation in [DIRECTED_BY] + [STARS] * actors:
            person = len(types)
            types.append(PERSON)
            edges[film].append((relation, person))
            edges.append([(relation + 1, film)])
    degrees = [len(of_node) for of_node in edges]
    flat = [edge for of_node in edges for edge in of_node]
    return JointGraph(
        num_left=1,
        types=np.array(types),
        type_names=("film", "person"),
        edge_offsets=np.concatenate([[0], np.cumsum(degrees)]),
        edge_relations=np.array([relation for relation, _ in flat]),
        edge_neighbours=np.array([node for _, node in flat]),
        relation_names=("stars", "directed_by"),
    )


def test_a_weight_is_one_over_the_mean_number_of_such_neighbours_of_the_type() -> None:
    joint = films(actors=4)
    weights = edge_weights(joint)
    of_film = slice(int(joint.edge_offsets[0]), int(joint.edge_offsets[1]))
    assert weights[of_film].tolist() == pytest.approx([1, 1 / 4, 1 / 4, 1 / 4, 1 / 4])
    # of ten persons, two have directed and eight have starred in one film each
    of_director = int(joint.edge_offsets[2])
    assert weights[of_director] == pytest.approx(10 / 2)
    assert weights[of_director + 1] == pytest.approx(10 / 8)


def test_uniform_sampling_weighs_all_alike() -> None:
    assert set(edge_weights(films(actors=4), uniform=True).tolist()) == {1.0}


def test_one_draw_follows_the_probabilities_of_the_formula() -> None:
    """Pr(edge) ∝ 1 / avgN: the director half the time, each of four actors an eighth."""
    sampler = NeighbourSampler(films(actors=4), cap=1)
    seed_everything(1)
    drawn = torch.stack([sampler.sample(torch.tensor([0]))[0, 0] for _ in range(4000)])
    observed = np.bincount(drawn.numpy(), minlength=5)
    expected = 4000 * np.array([1 / 2, 1 / 8, 1 / 8, 1 / 8, 1 / 8])
    assert chisquare(observed, expected).pvalue > 0.001


def test_the_fixed_samples_over_many_seeds_follow_the_formula_too() -> None:
    joint = films(actors=4, count=300)
    first = np.concatenate(
        [
            (
                NeighbourSampler(joint, cap=1, seed=seed).fixed()[:300, 0].numpy()
                - joint.edge_offsets[:300]
            )
            for seed in range(5)
        ]
    )
    expected = len(first) * np.array([1 / 2, 1 / 8, 1 / 8, 1 / 8, 1 / 8])
    assert chisquare(np.bincount(first, minlength=5), expected).pvalue > 0.001


def test_a_director_is_kept_before_forty_actors() -> None:
    joint = films(actors=40, count=50)
    fixed = NeighbourSampler(joint, cap=5).fixed()[:50]
    kept = (torch.from_numpy(joint.edge_relations)[fixed] == DIRECTED_BY).any(dim=1)
    assert kept.float().mean() > 0.9


def test_nobody_is_drawn_twice_and_no_more_than_the_cap() -> None:
    sampler = NeighbourSampler(films(actors=40), cap=10)
    drawn = sampler.sample(torch.tensor([0, 1]))
    assert drawn.shape == (2, 10)
    assert all(len(set(row.tolist())) == 10 for row in drawn)


def test_fewer_neighbours_than_the_cap_are_all_taken_and_the_rest_is_empty() -> None:
    joint = films(actors=1)
    drawn = NeighbourSampler(joint, cap=4).sample(torch.tensor([0, 1, 2]))
    assert drawn.tolist() == [[0, 1, -1, -1], [2, 3, -1, -1], [4, -1, -1, -1]]


def test_fixed_samples_repeat_and_fresh_ones_repeat_for_a_seed() -> None:
    joint = films(actors=40)
    one, two = (NeighbourSampler(joint, cap=3, seed=7) for _ in range(2))
    assert torch.equal(one.fixed(), two.fixed())
    draws = []
    for sampler in (one, two):
        seed_everything(5)
        draws.append([sampler.sample(torch.tensor([0, 1])) for _ in range(3)])
    assert all(torch.equal(a, b) for a, b in zip(*draws, strict=True))
    assert not torch.equal(draws[0][0], draws[0][1])


def test_a_graph_without_edges_has_no_neighbours() -> None:
    none = np.empty(0, np.int64)
    joint = JointGraph(1, np.zeros(2, np.int64), ("a",), np.zeros(3, np.int64), none, none, ())
    sampler = NeighbourSampler(joint, cap=2)
    assert sampler.fixed().tolist() == [[-1, -1], [-1, -1]]
    assert sampler.sample(torch.tensor([1])).tolist() == [[-1, -1]]


def test_a_self_loop_is_a_neighbour_like_others() -> None:
    joint = JointGraph(
        1,
        np.zeros(1, np.int64),
        ("a",),
        np.array([0, 2]),
        np.array([0, 1]),
        np.array([0, 0]),
        ("knows",),
    )
    assert NeighbourSampler(joint, cap=3).fixed().tolist() == [[0, 1, -1]]


def test_of_two_long_casts_of_the_same_names_the_same_are_kept() -> None:
    """Two films with the same forty actors, who are other nodes on either side."""
    actors = 40
    film = np.repeat([0, 1], actors)
    people = 2 + np.arange(2 * actors)
    order = np.random.default_rng(0).permutation(actors)
    number = np.concatenate([np.arange(actors), order])  # who each node is
    joint = JointGraph(
        1,
        np.array([0, 0] + [1] * (2 * actors)),
        ("film", "person"),
        np.array([0, actors, 2 * actors] + [2 * actors] * (2 * actors)),
        np.zeros(2 * actors, np.int64),
        people,
        ("starring",),
    )
    assert len(film) == len(joint.edge_neighbours)
    alike = np.concatenate([[-1, -2], number]).astype(np.int64)
    fixed = NeighbourSampler(joint, cap=10, seed=3, alike=alike).fixed()[:2].numpy()
    kept = [set(number[edges].tolist()) for edges in fixed]
    assert kept[0] == kept[1]
    alone = NeighbourSampler(joint, cap=10, seed=3).fixed()[:2].numpy()
    assert set(number[alone[0]].tolist()) != set(number[alone[1]].tolist())


needs_dgl = pytest.mark.skipif(
    not HAS_DGL, reason="DGL is not installed: that torch draws as DGL does is not checked here"
)


def casts_with_twins(seed: int) -> tuple[JointGraph, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Films of 1 to 150 edges over four relations, many to people of the same name."""
    rng = np.random.default_rng(seed)
    films = 40
    degrees = np.concatenate([rng.integers(1, 151, films), np.zeros(60, np.int64)])
    edges = int(degrees.sum())
    joint = JointGraph(
        num_left=1,
        types=rng.integers(0, 2, films + 60),
        type_names=("film", "person"),
        edge_offsets=np.concatenate([[0], np.cumsum(degrees)]),
        edge_relations=rng.integers(0, 4, edges),
        edge_neighbours=rng.integers(films, films + 60, edges),
        relation_names=("stars", "directed_by"),
    )
    return joint, rng.integers(0, 12, films + 60)  # twelve names for sixty people


@needs_dgl
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("cap", [1, 3, 10, 64, 200])
def test_dgl_and_torch_draw_the_same_neighbours_for_a_seed(seed: int, cap: int) -> None:
    joint, names = casts_with_twins(seed)
    for alike in (None, names):
        with_dgl, with_torch = (
            NeighbourSampler(joint, cap, seed=seed, alike=alike, pick=pick)
            for pick in (pick_with_dgl, pick_with_torch)
        )
        assert torch.equal(with_dgl.fixed(), with_torch.fixed())
        drawn = []
        for sampler in (with_dgl, with_torch):
            seed_everything(seed)
            drawn.append([sampler.sample(torch.arange(0, 100, 3)) for _ in range(5)])
        assert all(torch.equal(a, b) for a, b in zip(*drawn, strict=True))
        assert (drawn[0][0] >= 0).any()


@pytest.mark.parametrize(
    "pick", [pytest.param(pick_with_dgl, marks=needs_dgl), pick_with_torch], ids=["dgl", "torch"]
)
def test_the_largest_keys_of_each_group_are_picked(pick: Pick) -> None:
    groups = torch.tensor([0, 0, 0, 1, 2, 2, 2, 2])
    keys = torch.tensor([0.5, 0.1, 0.9, -7.0, 1.0, 4.0, 3.0, 2.0], dtype=torch.float64)
    assert pick(groups, keys, 2).tolist() == [0, 2, 3, 5, 6]
    none = torch.empty(0, dtype=torch.int64)
    assert pick(none, none.to(torch.float64), 2).tolist() == []


def test_dgl_draws_where_it_is_installed_and_torch_elsewhere() -> None:
    expected = pick_with_dgl if HAS_DGL else pick_with_torch
    assert NeighbourSampler(films(actors=4), cap=2)._pick is expected


def test_of_twins_beyond_the_cap_the_first_are_kept() -> None:
    """Forty edges of one relation to one person: the keys are equal."""
    joint = JointGraph(
        1,
        np.array([0, 1]),
        ("film", "person"),
        np.array([0, 40, 40]),
        np.zeros(40, np.int64),
        np.ones(40, np.int64),
        ("stars",),
    )
    sampler = NeighbourSampler(joint, cap=3, alike=np.array([5, 6]))
    assert sampler.fixed()[0].tolist() == [0, 1, 2]
