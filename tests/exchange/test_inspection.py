"""What would be read is told, and nothing is made."""

from __future__ import annotations

import json

from kgreview.exchange.forms import SourceOptions
from kgreview.exchange.inspection import inspect_source, inspection_lines

TURTLE = """
@prefix : <http://ex.org/> .
:a a :Film ; :name "A" ; :by :p ; :tag "1", "2", "3", "4", "5" .
:b a :Film ; :name "B" ; :by :p .
:p a :Person ; :name "P\\nQ" .
:q :name "Q" .
"""


def inspected(folder):
    file = folder / "films.ttl"
    file.write_text(TURTLE)
    return inspect_source(file, SourceOptions())


def test_types_attributes_and_relations_are_counted_the_most_frequent_first(tmp_path):
    inspection = inspected(tmp_path)
    assert inspection.form == "Turtle"
    assert (inspection.entities, inspection.values, inspection.relations) == (4, 9, 2)
    assert list(inspection.by_type.items()) == [
        ("http://ex.org/Film", 2),
        ("http://ex.org/Person", 1),
        ("resource", 1),
    ]
    assert inspection.by_attribute == {"http://ex.org/tag": 5, "http://ex.org/name": 4}
    assert inspection.by_relation == {"http://ex.org/by": 2}


def test_examples_are_of_all_types_and_notes_say_what_was_guessed(tmp_path):
    inspection = inspected(tmp_path)
    assert {example.type for example in inspection.examples} == set(inspection.by_type)
    example = inspection.examples[0]
    assert example.id == "http://ex.org/a"
    assert example.relations == {"http://ex.org/by": ["http://ex.org/p"]}
    assert inspection.notes == ("entities without a stated type: 1; they get the type resource",)


def test_there_are_at_most_ten_examples(tmp_path):
    file = tmp_path / "many.nt"
    file.write_text("".join(f'<http://x/{n}> <http://x/p> "{n}" .\n' for n in range(30)))
    assert len(inspect_source(file, SourceOptions()).examples) == 10


def test_it_is_json_values(tmp_path):
    values = inspected(tmp_path).to_json()
    assert json.loads(json.dumps(values))["format"] == "turtle"


def test_lines_are_short_and_plain(tmp_path):
    lines = list(inspection_lines(inspected(tmp_path)))
    assert lines[0] == f"{tmp_path}/films.ttl: Turtle (--format turtle)"
    assert lines[1] == "4 entities, 9 values, 2 relations"
    assert "  Film                                2  http://ex.org/Film" in lines
    assert "    tag: '1', '2', '3', and 2 more" in lines
    assert "    name: 'P\\nQ'" in lines
    assert "    by → p" in lines
    assert lines[-1] == "note: entities without a stated type: 1; they get the type resource"


def test_nothing_is_written(tmp_path):
    inspected(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["films.ttl"]
