from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch

from kgreview.aligner.explanation import Waterfall
from kgreview.aligner.features import word_codes
from kgreview.aligner.linear import LinearModel
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.pipeline.project import Project
from kgreview.pipeline.worth import attribute_worth, relation_worth, word_worth, worth
from kgreview.ui.worth import AttributeWorth, RelationWorth, WordWorth


@pytest.fixture
def songs(make_graph: Callable[..., KnowledgeGraph]) -> KnowledgeGraph:
    """Songs a and b by p, who wrote a too."""
    return make_graph(
        [("a", "song"), ("b", "song"), ("p", "person")],
        edges=[("a", "performer", "p"), ("b", "performer", "p"), ("a", "writer", "p")],
    )


def edges_of(graph: KnowledgeGraph, rows: list[int], cap: int = 3) -> np.ndarray:
    """Give the places of all edges of some rows (n, c), −1 where there are no more."""
    found = np.full((len(rows), cap), -1)
    for number, row in enumerate(rows):
        start, end = graph.edge_offsets[row : row + 2]
        found[number, : end - start] = np.arange(start, end)
    return found


def test_what_a_relation_adds_is_averaged_by_type_shared_or_missing(songs: KnowledgeGraph) -> None:
    rows = [0, 1, 1, 2]
    edges = edges_of(songs, rows)
    slots = np.zeros((4, 3, 3), np.float16)  # contribution, gate, stake
    slots[0, :2] = [(2.0, 0.9, 3.0), (0.5, 0.5, 1.0)]  # performer and writer of a
    slots[1, 0] = (1.0, 0.75, 3.0)  # performer of b
    slots[2, 0] = (-1.5, 0.25, 3.0)
    slots[3] = [(-1.0, 0.0, 1.0), (-3.0, 0.1, 4.0), (4.0, 1.0, 4.0)]  # all that p made
    found = relation_worth("right", songs, np.array(rows), edges, slots)
    assert sorted(found, key=lambda one: (one.type, one.relation)) == [
        RelationWorth("right", "person", "performer", True, 0.0, 0, -2.0, 2),
        RelationWorth("right", "person", "writer", True, 4.0, 1, 0.0, 0),
        RelationWorth("right", "song", "performer", False, 1.5, 2, -1.5, 1),
        RelationWorth("right", "song", "writer", False, 0.5, 1, 0.0, 0),
    ]


def test_entities_without_neighbours_tell_nothing(songs: KnowledgeGraph) -> None:
    edges, slots = np.full((1, 3), -1), np.zeros((1, 3, 3), np.float16)
    assert relation_worth("left", songs, np.array([0]), edges, slots) == []


def test_an_attribute_is_worth_what_it_adds_or_takes_away() -> None:
    types = ("song", "track")

    def fall(**shares: float) -> tuple[tuple[str, str], Waterfall]:
        return types, Waterfall(0.0, tuple(((n, n), v) for n, v in shares.items()), 0.0, 0.0)

    assert attribute_worth([fall(title=3.0, year=-1.0), fall(title=-2.0)]) == [
        AttributeWorth(types, ("title", "title"), 2.5, 2),
        AttributeWorth(types, ("year", "year"), 1.0, 1),
    ]
    rest = (types, Waterfall(0.0, (((None, None), 0.0),), 0.0, 0.0))
    assert attribute_worth([rest]) == [], "nothing else is compared"


def test_of_the_words_that_names_have_those_that_were_learnt_are_told() -> None:
    linear = LinearModel(2, 3, 0)
    codes = word_codes(pa.array(["upgrade", "live", "unseen"], pa.large_string()))
    order = np.argsort(codes)
    linear.words = torch.from_numpy(codes[order].astype(np.int32))
    weights = np.array([[[0.5, -2.0], [1.0, -0.5], [9, -9]], [[0.5, -1.0], [0, -0.5], [9, -9]]])
    linear.of_word = torch.from_numpy(weights[:, order])  # (members, words, 2)
    left = [{"upgrade", "live"}, {"live"}, {"other"}]
    right = [{"live"}, {"upgrade"}, {"other"}]
    assert word_worth(linear, (left, right)) == (
        WordWorth("upgrade", 0.5, 0, -1.5, 2),
        WordWorth("live", 0.5, 1, -0.5, 1),
    )


@pytest.mark.slow
def test_the_performer_tells_two_songs_apart_more_than_the_songwriter(sample: Path) -> None:
    found = worth(Project.open(sample), "v1")
    songs = {one.relation: one for one in found.relations if one.type == "song" and not one.inverse}

    def apart(left: str, right: str) -> float:
        """Give how far it lies apart whether an entity of both sides is shared or missing."""
        return songs[left].apart + songs[right].apart

    performer, writer = apart("performed_by", "performer"), apart("written_by", "songwriter")
    assert performer > writer
    assert apart("featuring", "featured_artist") > 1.25 * performer, "a guest tells most"
    attributes = [one for one in found.attributes if one.types == ("song", "song")]
    assert attributes[0].attributes == ("title", "name")
    assert found.pairs == 2000


def test_each_type_is_told_of_what_tells_most_first(small_sample: Path) -> None:
    found = worth(Project.open(small_sample), "v1")
    for of in {(one.type, one.side) for one in found.relations}:
        apart = [one.apart for one in found.relations if (one.type, one.side) == of]
        assert apart == sorted(apart, reverse=True)
    assert {one.side for one in found.relations} == {"left", "right"}
    assert {one.type for one in found.relations} == {"artist", "album"}
    assert found.attributes
