from __future__ import annotations

from kgreview.graph.schema import AttributePair, Direction, RelationPair, Schema, TypePair
from kgreview.text.readings import Reading, ValueType
from kgreview.ui.schema_text import schema_lines


def test_iris_are_shortened_and_a_type_of_the_same_local_name_stands_once():
    types = TypePair("http://a.org/Film", "http://b.org#Film")
    label, year = "http://www.w3.org/2000/01/rdf-schema#label", "http://b.org#year"
    schema = Schema(
        (types,),
        {types.left: (label,)},
        {types.right: (label,)},
        (AttributePair(types, "http://a.org/released", year, 0.5),),
        right_readings={year: Reading(ValueType.DATE)},
        relations=(
            RelationPair(
                types, Direction("http://a.org/by"), Direction("http://b.org#made", True), 0.9
            ),
        ),
        right_ignored=("http://b.org#id",),
    )
    lines = list(schema_lines(schema))
    assert lines[:3] == [
        "types that correspond: Film",
        "Film: named by label (left), label (right)",
        "Film: attributes that correspond: released ~ year 0.50",
    ]
    assert lines[3] == "Film: relations that correspond: by ~ made inverse 0.90"
    assert lines[4].startswith("right values read as year: ")
    assert lines[5] == "right attributes that are not compared: id"
