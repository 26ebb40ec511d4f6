"""The published network's equations (FIELD: WWW'20) against slow, literal versions."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from torch import Tensor

from kgreview.aligner.baselines.published import (
    AveragingLayer,
    CollectiveLayer,
    Neighbours,
    PublishedNetwork,
    PublishedSettings,
    RelationalMessage,
    Side,
    masked_softmax,
)

RELATIONS, WIDTH, HALF, CAP = 5, 6, 4, 3
SETTINGS = PublishedSettings(width=2 * HALF, bases=2)


@pytest.fixture(autouse=True)
def _repeatable() -> None:
    torch.manual_seed(0)


def some_neighbours(n: int = 4) -> tuple[Tensor, Neighbours]:
    """Give random states of neighbours, the second node with one slot empty, the last with none."""
    mask = torch.ones(n, CAP, dtype=torch.bool)
    mask[1, 2] = False
    mask[-1] = False
    relations = torch.randint(RELATIONS, (n, CAP)) * mask
    return torch.randn(n, CAP, WIDTH), Neighbours(torch.zeros(n, CAP).long(), relations, mask)


def random_side(n: int = 4) -> tuple[Tensor, Tensor, Neighbours]:
    states, neighbours = some_neighbours(n)
    return torch.randn(n, WIDTH), states, neighbours


def dense_matrix(message: RelationalMessage, relation: int) -> Tensor:
    """W_r as the matrix it stands for, (w, h)."""
    weights = message.mixture.weight[relation]
    return sum(
        (weights[b] * message.basis[b] for b in range(len(weights))), torch.zeros(WIDTH, HALF)
    )


def test_a_message_is_the_relations_matrix_times_the_neighbours_state() -> None:
    message = RelationalMessage(RELATIONS, 2, WIDTH, HALF)
    states, neighbours = some_neighbours()
    messages = message.each(states, neighbours)
    for i in range(4):
        for j in range(CAP):
            matrix = dense_matrix(message, int(neighbours.relations[i, j]))
            expected = states[i, j] @ matrix if neighbours.mask[i, j] else torch.zeros(HALF)
            torch.testing.assert_close(messages[i, j], expected)


def test_the_mean_of_messages_is_the_same_taken_before_or_after_the_matrices() -> None:
    message = RelationalMessage(RELATIONS, 2, WIDTH, HALF)
    states, neighbours = some_neighbours()
    each = message.each(states, neighbours)
    counts = neighbours.mask.sum(1, keepdim=True).clamp(min=1)
    torch.testing.assert_close(message.mean(states, neighbours), each.sum(1) / counts)


def test_the_same_neighbour_over_another_relation_sends_another_message() -> None:
    message = RelationalMessage(RELATIONS, 2, WIDTH, HALF)
    states = torch.randn(1, 1, WIDTH).expand(1, 2, WIDTH)
    neighbours = Neighbours(
        torch.zeros(1, 2).long(), torch.tensor([[0, 1]]), torch.ones(1, 2).bool()
    )
    messages = message.each(states, neighbours)
    assert not torch.allclose(messages[0, 0], messages[0, 1])


def test_an_averaging_layer_combines_half_from_the_entity_and_half_from_its_neighbours() -> None:
    layer = AveragingLayer(RELATIONS, 2, WIDTH, HALF)
    own = torch.randn(4, WIDTH)
    states, neighbours = some_neighbours()
    combined = layer(own, states, neighbours)
    assert combined.shape == (4, 2 * HALF)
    torch.testing.assert_close(combined[:, :HALF], torch.relu(layer.own(own)))
    assert (combined[-1, HALF:] == 0).all(), "an isolated entity has nothing from neighbours"


def literal_collective(
    layer: CollectiveLayer,
    left: tuple[Tensor, list[Tensor], list[int]],
    right: tuple[Tensor, list[Tensor], list[int]],
) -> tuple[list[Tensor], list[float], list[float]]:
    """The last layer as FIELD writes it, for one pair: both states, α and β of the left."""
    sides = []
    for own, states, relations in (left, right):
        z_i = layer.own(own)
        z = [s @ dense_matrix(layer.message, r) for s, r in zip(states, relations, strict=True)]
        energy = [
            torch.nn.functional.leaky_relu(layer.edge.weight[r] @ torch.cat([z_i, z_j]), 0.2)
            for z_j, r in zip(z, relations, strict=True)
        ]
        total = sum(math.exp(e) for e in energy)
        sides.append((z_i, z, [math.exp(e) / total for e in energy]))
    affinity = [[math.exp(-float((p - q).norm())) for q in sides[1][1]] for p in sides[0][1]]
    everything = sum(map(sum, affinity))
    alphas = [
        [sum(row) / everything for row in affinity],
        [sum(row[q] for row in affinity) / everything for q in range(len(sides[1][1]))],
    ]
    states = []
    for (z_i, z, beta), alpha in zip(sides, alphas, strict=True):
        product = [a * b for a, b in zip(alpha, beta, strict=True)]
        weight = [x / sum(product) for x in product]
        gathered = sum((w * z_j for w, z_j in zip(weight, z, strict=True)), torch.zeros(HALF))
        states.append(torch.relu(torch.cat([z_i, gathered])))
    return states, alphas[0], sides[0][2]


@torch.no_grad()
def test_the_last_layer_is_the_published_equations() -> None:
    model = PublishedNetwork(WIDTH, 1, RELATIONS, dataclasses.replace(SETTINGS, layers=1))
    layer = model.collective
    own_left, own_right = torch.randn(WIDTH), torch.randn(WIDTH)
    left_states, right_states = torch.randn(2, WIDTH), torch.randn(3, WIDTH)
    left_relations, right_relations = [0, 3], [3, 1, 4]

    def padded(own: Tensor, states: Tensor, relations: list[int]) -> Side:
        n = len(relations)
        mask = torch.tensor([[slot < n for slot in range(CAP)]])
        filled = torch.cat([states, torch.randn(CAP - n, WIDTH)])[None]
        codes = torch.tensor([relations + [0] * (CAP - n)])
        return layer.side(own[None], filled, Neighbours(torch.zeros(1, CAP).long(), codes, mask))

    left = padded(own_left, left_states, left_relations)
    right = padded(own_right, right_states, right_relations)
    expected, alpha, beta = literal_collective(
        layer,
        (own_left, list(left_states), left_relations),
        (own_right, list(right_states), right_relations),
    )
    assert layer.cross(left, right)[0][0].tolist() == pytest.approx([*alpha, 0], abs=1e-4)
    assert left.beta[0].tolist() == pytest.approx([*beta, 0], abs=1e-4)
    for states, literal in zip(layer(left, right), expected, strict=True):
        torch.testing.assert_close(states[0], literal, atol=1e-4, rtol=0)
    distance = float((expected[0] - expected[1]).norm())
    assert float(model(left, right)) == pytest.approx(distance, abs=1e-4)


@pytest.mark.parametrize("cross", [True, False])
@pytest.mark.parametrize("own", [True, False])
def test_attention_sums_to_one_over_the_neighbours_there_are(cross: bool, own: bool) -> None:
    settings = dataclasses.replace(SETTINGS, cross_attention=cross, self_attention=own)
    layer = CollectiveLayer(RELATIONS, settings, WIDTH)
    left, right = (layer.side(*random_side()) for _ in range(2))
    for weights in (*layer.cross(left, right), left.beta, right.beta):
        torch.testing.assert_close(weights.sum(1), torch.tensor([1.0, 1.0, 1.0, 0.0]))
        assert (weights[1, 2] == 0).item(), "an empty slot gets no attention"


def test_without_both_attentions_the_neighbours_count_the_same() -> None:
    settings = dataclasses.replace(SETTINGS, cross_attention=False, self_attention=False)
    layer = CollectiveLayer(RELATIONS, settings, WIDTH)
    left, right = (layer.side(*random_side()) for _ in range(2))
    counts = left.mask.sum(1, keepdim=True).clamp(min=1)
    mean = torch.relu(left.messages.sum(1) / counts)
    torch.testing.assert_close(layer(left, right)[0][:, HALF:], mean)


def test_an_entity_without_neighbours_leaves_its_partner_with_the_mean() -> None:
    layer = CollectiveLayer(RELATIONS, SETTINGS, WIDTH)
    own, states, neighbours = random_side()
    lonely = Neighbours(
        neighbours.nodes, neighbours.relations * 0, torch.zeros_like(neighbours.mask)
    )
    left, right = layer.side(own, states, neighbours), layer.side(own, states, lonely)
    assert layer.cross(left, right)[0][0].tolist() == pytest.approx([1 / 3] * 3)
    h_left, h_right = layer(left, right)
    assert torch.isfinite(h_left).all()
    assert (h_right[:, HALF:] == 0).all()


def test_the_order_of_the_neighbours_changes_nothing() -> None:
    layer = CollectiveLayer(RELATIONS, SETTINGS, WIDTH)
    own, states, neighbours = random_side()
    other = layer.side(*random_side())
    turned = torch.tensor([2, 0, 1])
    shuffled = Neighbours(*(column[:, turned] for column in neighbours))
    straight = layer(layer.side(own, states, neighbours), other)
    mixed = layer(layer.side(own, states[:, turned], shuffled), other)
    for one, two in zip(straight, mixed, strict=True):
        torch.testing.assert_close(one, two)


def test_left_and_right_may_be_exchanged() -> None:
    model = PublishedNetwork(WIDTH, 1, RELATIONS, dataclasses.replace(SETTINGS, layers=1))
    left, right = (model.collective.side(*random_side()) for _ in range(2))
    torch.testing.assert_close(model(left, right), model(right, left))


def test_equal_neighbourhoods_have_a_gradient() -> None:
    """Two neighbours that agree are at distance zero, where a naive root has no derivative."""
    model = PublishedNetwork(WIDTH, 1, RELATIONS, dataclasses.replace(SETTINGS, layers=1))
    given = random_side()
    model(model.collective.side(*given), model.collective.side(*given)).sum().backward()
    gradients = [p.grad for p in model.collective.parameters() if p.grad is not None]
    assert gradients
    assert all(torch.isfinite(gradient).all() for gradient in gradients)


def test_a_softmax_over_nothing_is_zero() -> None:
    mask = torch.tensor([[True, False], [False, False]])
    assert masked_softmax(torch.tensor([[5.0, 100.0], [1.0, 2.0]]), mask).tolist() == [
        [1.0, 0.0],
        [0.0, 0.0],
    ]


def test_the_settings_have_the_published_figures() -> None:
    settings = PublishedSettings()
    assert (settings.layers, settings.cap, settings.negatives, settings.batch) == (2, 10, 20, 32)
    assert (settings.learning_rate, settings.margin, settings.weight_decay) == (3e-3, 1.0, 0)
    assert settings.cross_attention
    assert settings.self_attention
    assert not settings.uniform_sampling
