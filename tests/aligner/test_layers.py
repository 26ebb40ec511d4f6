"""The layers shown are those of scoring, and the two screws do what they say."""

import dataclasses

import numpy as np
import pytest

from kgreview.aligner.explanation import Layers
from kgreview.aligner.layers import LayerView
from kgreview.aligner.leave_one_out import Explainer

from .test_leave_one_out import FILMS, Small, small


@pytest.fixture(scope="module")
def version() -> Small:
    return small()


def look(version: Small, left: int, right: int, **screws: float) -> Layers:
    view = LayerView(Explainer(version.checkpoint, version.scored))
    compared = version.scored.candidates.similarities[version.position(left, right)]
    return view.look(left, right, compared, **screws)  # type: ignore[arg-type]


@pytest.mark.parametrize(("left", "right"), [(0, 0), (1, 4), (FILMS - 1, 2)])
def test_untouched_the_layers_end_in_the_probability_of_scoring(
    version: Small, left: int, right: int
) -> None:
    explained = version.explain(left, right)
    shown = look(version, left, right)
    assert shown.probability == pytest.approx(explained.probability, abs=1e-6)
    assert look(version, left, right, cap=3).probability == pytest.approx(shown.probability)
    for number, seen in enumerate((explained.attention.left, explained.attention.right)):
        sides = [(network.left, network.right)[number] for network in shown.networks]
        for place, neighbour in enumerate(seen):
            mean = np.mean([side.neighbours[place].weight for side in sides])
            assert mean == pytest.approx(neighbour.weight, abs=1e-6)
            assert sides[0].neighbours[place].row == neighbour.row


def test_the_vectors_are_as_far_apart_as_is_said(version: Small) -> None:
    for network in look(version, 1, 2).networks:
        apart = np.subtract(network.left.vector, network.right.vector)
        assert network.distance == pytest.approx(float(np.linalg.norm(apart)), abs=1e-5)


def test_a_cap_looks_at_so_many_and_a_larger_one_at_those_and_more(version: Small) -> None:
    view = LayerView(Explainer(version.checkpoint, version.scored))
    for node in range(version.inputs.joint.num_nodes):
        stored = version.inputs.samples[node]
        assert view.sample(node, 3).tolist() == stored[stored >= 0].tolist()
        assert set(view.sample(node, 1)) <= set(view.sample(node, 2)) <= set(view.sample(node, 9))
    few = look(version, 0, 0, cap=1)
    assert [len(network.left.neighbours) for network in few.networks] == [1, 1]
    assert few.networks[0].left.degree == 3
    assert few.networks[0].left.neighbours[0].weight == pytest.approx(1)


def test_chances_are_the_sampling_weights_by_relation(version: Small) -> None:
    # of the 12 films of both graphs, 6 edges are directed_by and 20 are actor
    shown = look(version, 0, 0).networks[0].left
    director = version.scored.left.relation_names.index("directed_by")
    chances = {n.relation == director: n.chance for n in shown.neighbours}
    assert chances[True] / chances[False] == pytest.approx((12 / 6) / (12 / 20))
    assert sum(n.chance for n in shown.neighbours) == pytest.approx(1)


def test_temperature_sharpens_and_evens_out_attention(version: Small) -> None:
    def spread(temperature: float) -> float:
        shown = look(version, 1, 2, temperature=temperature).networks[0].left
        return float(np.ptp([n.weight for n in shown.neighbours]))

    assert spread(0.25) > spread(1.0) > spread(4.0)
    cold, warm = (look(version, 1, 2, temperature=t).networks[0] for t in (0.5, 1.0))
    np.testing.assert_allclose(np.array(cold.affinity), np.array(warm.affinity) ** 2, atol=1e-5)
    assert sum(n.cross for n in cold.left.neighbours) == pytest.approx(1, abs=1e-5)
    assert sum(n.self_ for n in cold.left.neighbours) == pytest.approx(1, abs=1e-5)


def test_what_arrives_by_relation_is_the_weighed_sum_of_its_messages(version: Small) -> None:
    for network in look(version, 1, 2).networks:
        for side in (network.left, network.right):
            for code, length in side.by_relation:
                mine = [n for n in side.neighbours if n.relation == code]
                assert 0 < length <= sum(n.weight * n.message for n in mine) + 1e-5
                if len(mine) == 1:
                    assert length == pytest.approx(mine[0].weight * mine[0].message, abs=1e-5)


def test_entities_without_neighbours_and_rivals_have_layers_too(version: Small) -> None:
    person = FILMS  # in no candidate
    nobody = np.full_like(version.scored.samples, -1)
    scored = dataclasses.replace(version.scored, samples=nobody)
    view = LayerView(Explainer(version.checkpoint, scored))
    shown = view.look(person, person, np.zeros_like(scored.candidates.similarities[0]))
    assert shown.networks[0].affinity == ()
    assert np.isfinite(shown.networks[0].left.vector).all()
    assert 0 <= shown.probability <= 1
