import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from kgreview.aligner.explanation import NeighbourAttention, PairAttention, Waterfall
from kgreview.errors import InputError
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.schema import AttributePair, Schema, TypePair
from kgreview.store.questions import Question
from kgreview.text.readings import Reading, ValueType
from kgreview.ui.evidence import Evidence
from kgreview.ui.likeness import Verdict
from kgreview.ui.pair import pair_view


def film_and_actor(title: str) -> KnowledgeGraph:
    return KnowledgeGraph.from_columns(
        ids=pa.array(["f", "p"]),
        types=pa.array(["film", "person"]),
        value_entities=np.array([0, 1]),
        value_attributes=pa.array([title, "name"]),
        values=pa.array(["Heat", "Al"]),
        edge_heads=np.array([0]),
        edge_relations=pa.array(["actor"]),
        edge_tails=np.array([1]),
    )


LEFT, RIGHT = film_and_actor("title"), film_and_actor("label")
SCHEMA = Schema(
    (TypePair("film", "film"),),
    {"film": ("title",), "person": ("name",)},
    {"film": ("label",), "person": ("name",)},
)


def question(left: str = "f") -> Question:
    return Question(
        candidate=0,
        left=left,
        right="f",
        left_type="film",
        right_type="film",
        score=0.4,
        threshold=0.5,
        version="v1",
        strategy="uncertainty",
        why="It is near the threshold.",
        token="t",
    )


def test_a_pair_has_names_rows_neighbours_and_canvas() -> None:
    attention = PairAttention((NeighbourAttention(1, 0, 1.0, 1.0, 1.0),), ())
    view = pair_view(LEFT, RIGHT, SCHEMA, question(), attention)
    assert (view.left.name, view.right.name) == ("Heat", "Heat")
    assert [(r.left_attribute, r.right_attribute, r.likeness.verdict) for r in view.rows] == [
        ("title", "label", Verdict.EQUAL)
    ]
    assert view.left.neighbours[0].contribution == 1.0
    assert "40%" in view.heading()
    assert "Heat" in view.attributes()
    drawing = view.canvas(height=300, dark=True)
    assert "+1.00  Al" in [node["label"] for node in drawing.nodes]


def test_the_probability_opens_where_it_comes_from_unless_it_is_hidden() -> None:
    evidence = Evidence(waterfall=Waterfall(-1.0, (), 0.6, -0.4))
    view = replace(pair_view(LEFT, RIGHT, SCHEMA, question()), evidence=evidence)
    assert "Competing candidates" in view.heading()
    assert "<details" not in replace(view, hidden=True).heading()
    assert "<details" not in replace(view, evidence=None).heading()
    assert "<details" not in replace(view, question=replace(question(), score=None)).heading()


def test_without_a_network_what_neighbours_add_is_unknown() -> None:
    view = pair_view(LEFT, RIGHT, SCHEMA, question())
    assert not view.has_attention
    assert math.isnan(view.left.neighbours[0].contribution)


def test_an_entity_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match="no entity has the id 'gone'"):
        pair_view(LEFT, RIGHT, SCHEMA, question(left="gone"))


def test_the_attribute_table_is_by_the_schema_of_the_project() -> None:
    def person(born: str, day: str) -> KnowledgeGraph:
        return KnowledgeGraph.from_columns(
            ids=pa.array(["f"]),
            types=pa.array(["person"]),
            value_entities=np.array([0, 0]),
            value_attributes=pa.array([born, "mood"]),
            values=pa.array([day, "N/A"]),
            edge_heads=np.array([], dtype=np.int64),
            edge_relations=pa.array([], pa.string()),
            edge_tails=np.array([], dtype=np.int64),
        )

    types, date = TypePair("person", "person"), Reading(ValueType.DATE)
    schema = Schema(
        (types,),
        {},
        {},
        (AttributePair(types, "birthday", "date_of_birth"),),
        {"birthday": date},
        {"date_of_birth": date},
        {"mood": ("N/A",)},
    )
    left, right = person("birthday", "1962-07-11"), person("date_of_birth", "14/12/1968")
    rows = pair_view(left, right, schema, question()).rows
    assert [(r.left_attribute, r.right_attribute, r.likeness.words) for r in rows] == [
        ("birthday", "date_of_birth", "6 years apart"),
        ("mood", None, "neither"),
        (None, "mood", "only right"),
    ]


def test_many_attributes_take_the_room_that_few_neighbours_leave() -> None:
    view = pair_view(LEFT, RIGHT, SCHEMA, question())
    assert not view.is_tall, "its attributes have room"
    (row, *_) = view.rows
    many = replace(view, rows=(row,) * 8)
    assert many.is_tall
    (neighbour, *_) = view.left.neighbours
    crowd = tuple(replace(neighbour, id=f"p{i}") for i in range(11))
    assert not replace(many, left=replace(view.left, neighbours=crowd)).is_tall
