"""Which features compare what two entities say of themselves."""

from __future__ import annotations

import pyarrow as pa

from kgreview.features.similarity import PairSimilarity
from kgreview.features.sources import own_columns, sides_of, unlike
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.suggestion import infer_schema


def songs(side: str) -> KnowledgeGraph:
    """Two songs with an artist as a value and as a neighbour, over a relation of the same name."""
    return KnowledgeGraph.from_columns(
        ids=pa.array([f"{side}{i}" for i in range(4)]),
        types=pa.array(["song", "song", "person", "person"]),
        value_entities=[0, 1, 2, 3, 0, 1],
        value_attributes=pa.array(["name"] * 4 + ["artist"] * 2),
        values=pa.array(["one song", "two songs", "Ada", "Bob", "Ada", "Bob"]),
        edge_heads=[0, 1],
        edge_relations=pa.array(["artist"] * 2),
        edge_tails=[2, 3],
    )


def test_a_value_and_a_neighbour_of_one_name_are_told_apart() -> None:
    left, right = songs("l"), songs("r")
    names = PairSimilarity.fit(left, right, infer_schema(left, right)).feature_names
    own = {names[column].rsplit(": ", 1)[0] for column in own_columns(names, left, right)}
    assert own == {"name", "artist ~ artist"}
    assert any("over artist" in name or "near person" in name for name in names)


def test_fields_with_a_tilde_in_their_names_are_read() -> None:
    assert sides_of("a ~ b ~ c: shared", ["a ~ b"], ["c"]) == ("a ~ b", "c")
    assert sides_of("a ~ b ~ c: shared", ["a"], ["b ~ c"]) == ("a", "b ~ c")
    assert sides_of("name: cosine", [], []) == ("name", "name")


def test_a_field_of_neighbours_bears_the_name_of_no_attribute() -> None:
    assert unlike("starring", ["genre"]) == "starring"
    assert unlike("artist", ["artist", "over artist"]) == "over over artist"
