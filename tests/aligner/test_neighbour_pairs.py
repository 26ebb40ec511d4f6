"""Which neighbours of a pair may be the same."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import torch

from kgreview.aligner.features import entity_features
from kgreview.aligner.inputs import NodeInputs, word_rarity
from kgreview.aligner.joint_graph import join
from kgreview.aligner.neighbour_pairs import CandidateIndex, find_neighbour_pairs, shared_words
from kgreview.aligner.settings import AlignerSettings
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.suggestion import infer_schema


def test_candidates_are_found_in_any_order():
    index = CandidateIndex(torch.tensor([5, 0, 5]), torch.tensor([9, 9, 2]))
    found = index.find(torch.tensor([0, 5, 5, 0]), torch.tensor([9, 2, 9, 2]))
    assert found.tolist() == [1, 2, 0, -1]
    in_order = CandidateIndex(torch.tensor([0, 5, 5]), torch.tensor([9, 2, 9]))
    assert in_order.find(torch.tensor([5, 5]), torch.tensor([9, 3])).tolist() == [2, -1]
    nothing = CandidateIndex(torch.empty(0, dtype=torch.int64), torch.empty(0, dtype=torch.int64))
    assert nothing.find(torch.tensor([1]), torch.tensor([2])).tolist() == [-1]


def test_directors_of_one_name_may_be_the_same_and_no_others(films):
    left = torch.from_numpy(np.array(films.pairs.left))
    right = torch.from_numpy(films.inputs.joint.right_node(films.pairs.right))
    found = find_neighbour_pairs(films.inputs, left, right, CandidateIndex(left, right))
    matches = np.flatnonzero(films.pairs.label == 1)
    same = found.alike > 0.99
    assert sorted(found.pair[same].tolist()) == matches.tolist()
    assert (found.candidate == -1).all()  # the candidates are films


def test_a_word_is_the_rarer_the_fewer_names_have_it():
    words = np.array([[7, 3], [7, 0], [7, 9]], np.int32)
    rarity = word_rarity(words)
    np.testing.assert_allclose(rarity, np.log([[4 / 3, 4], [4 / 3, 1], [4 / 3, 4]]), rtol=1e-6)


def film_by(side: str, people: list[str]) -> KnowledgeGraph:
    """A film (row 0) and who wrote it (rows 1 and on)."""
    return KnowledgeGraph.from_columns(
        ids=pa.array([f"{side}{i}" for i in range(1 + len(people))]),
        types=pa.array(["film", *["person"] * len(people)]),
        value_entities=np.arange(1 + len(people)),
        value_attributes=pa.array(["name"] * (1 + len(people))),
        values=pa.array(["The Return", *people]),
        edge_heads=np.zeros(len(people), np.int64),
        edge_relations=pa.array(["writer"] * len(people)),
        edge_tails=np.arange(1, 1 + len(people)),
    )


def test_a_name_within_a_longer_one_may_be_the_same():
    left = film_by("l", ["Satyajit Ray, from a story by Premendra Mitra", "Mira Nair", "Ray Bell"])
    right = film_by("r", ["Ray, Satyajit", "Mira Sorvino", *(f"Ray {x}" for x in "ABCDEFGH")])
    schema = infer_schema(left, right)
    inputs = NodeInputs(
        join(left, right, schema),
        entity_features(left, right, schema),
        AlignerSettings(),
        torch.device("cpu"),
    )
    rays, ray = torch.tensor([1, 2, 3]), torch.tensor([5, 5, 5])  # all with "Ray, Satyajit"
    share, rarity = shared_words(inputs, rays, ray).unbind(1)
    assert share[0] == 1
    assert rarity[0] == inputs.name_rarity[5]
    assert share[1] == rarity[1] == 0
    assert 0 < share[2] < 0.5  # a word that many have, of two
    nothing = torch.empty(0, dtype=torch.int64)
    found = find_neighbour_pairs(
        inputs, torch.tensor([0]), torch.tensor([4]), CandidateIndex(nothing, nothing)
    )
    pairs = [
        inputs.neighbours[node][slots] for node, slots in zip((0, 4), found.slots, strict=True)
    ]
    at = (torch.tensor([1, 5]) == torch.stack(pairs).T).all(1).nonzero()
    assert len(at) == 1  # kept, though
    assert found.alike[at] < 0.5


def test_neighbours_know_whether_both_entities_have_names():
    left, right = film_by("l", ["Mira Nair"]), film_by("r", ["Mira Nair", ""])
    schema = infer_schema(left, right)
    joint = join(left, right, schema)
    features = entity_features(left, right, schema)
    inputs = NodeInputs(joint, features, AlignerSettings(), torch.device("cpu"))
    assert inputs.named.tolist() == [1, 1, 1, 1, 0]
