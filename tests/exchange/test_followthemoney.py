"""FollowTheMoney: entities, relations told by their values, and links that become relations."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from kgreview.errors import InputError
from kgreview.exchange.sources import form_of, read_source

from .conftest import state

ANN = {"id": "p1", "schema": "Person", "properties": {"name": ["Ann", "Anna"]}}
ACME = {"id": "c1", "schema": "Company", "properties": {"name": ["Acme"]}}
OWNS = {
    "id": "o1",
    "schema": "Ownership",
    "properties": {"owner": ["p1"], "asset": ["c1"], "percentage": ["50"]},
}


def written(path, *entities, name="a.ftm"):
    file = path / name
    file.write_text("".join(json.dumps(entity) + "\n" for entity in entities), encoding="utf-8")
    return file


def read(file, notes=None):
    return state(read_source(file, notice=(lambda _: None) if notes is None else notes.append))


def test_a_link_schema_becomes_a_relation_between_its_ends(tmp_path):
    notes: list[str] = []
    file = written(tmp_path, ANN, ACME, OWNS)
    facts = read(file, notes)
    assert form_of(file).name == "ftm"
    assert facts.types == {"p1": "Person", "c1": "Company"}
    assert facts.values == {("p1", "name", "Ann"), ("p1", "name", "Anna"), ("c1", "name", "Acme")}
    assert facts.relations == {("p1", "Ownership", "c1")}
    assert notes == [
        "properties whose values are ids, read as relations: 'asset', 'owner'",
        "links read as 1 relation between their ends: Ownership 1; 1 value of theirs left out "
        "('percentage')",
    ]


def test_a_link_without_one_of_its_ends_stays_an_entity(tmp_path):
    gone = {"id": "o2", "schema": "Ownership", "properties": {"owner": ["p1"], "asset": ["gone"]}}
    notes: list[str] = []
    facts = read(written(tmp_path, ANN, ACME, OWNS, gone), notes)
    assert facts.types["o2"] == "Ownership"
    assert ("o2", "owner", "p1") in facts.relations
    assert ("o2", "asset", "gone") in facts.values
    assert "values of these that name no entity of the file, kept as values: 1" in notes


def test_any_property_whose_values_are_ids_is_a_relation_and_its_own_id_is_a_value(tmp_path):
    facts = read(
        written(
            tmp_path,
            {"id": "Q1", "schema": "Person", "properties": {"wikidataId": ["Q1"], "name": ["A"]}},
            {"id": "s", "schema": "Sanction", "properties": {"entity": ["Q1"], "program": ["X"]}},
        )
    )
    assert facts.relations == {("s", "entity", "Q1")}
    assert ("Q1", "wikidataId", "Q1") in facts.values
    assert facts.types["s"] == "Sanction"


def test_entities_may_stand_within_each_other_and_come_in_parts(tmp_path):
    nested = {**OWNS, "properties": {"owner": ["p1"], "asset": [ACME]}}
    facts = read(
        written(
            tmp_path,
            {**ANN, "properties": {"ownershipOwner": [nested]}},
            {"id": "p1", "schema": "Person", "properties": {"name": "Ann", "height": [1.5, None]}},
        )
    )
    assert facts.types == {"p1": "Person", "c1": "Company"}
    assert facts.relations == {("p1", "Ownership", "c1")}
    assert facts.values == {("p1", "name", "Ann"), ("p1", "height", "1.5"), ("c1", "name", "Acme")}


@pytest.mark.parametrize("name", ["a.ftm", "a.json", "a.jsonl", "a.ftm.gz", "entities"])
def test_it_is_recognised_by_what_it_holds(tmp_path, name):
    text = json.dumps(ANN).encode() + b"\r\n\r\n" + json.dumps(ACME).encode()
    file = tmp_path / name
    file.write_bytes(gzip.compress(text) if name.endswith("gz") else b"\xef\xbb\xbf" + text)
    assert form_of(file).name == "ftm"
    assert len(read(file).types) == 2


def test_json_ld_and_other_json_is_something_else(tmp_path):
    file = tmp_path / "a.json"
    file.write_text('{"@id": "http://x/a", "http://x/name": "A"}')
    assert form_of(file).name == "jsonld"
    file.write_text('{"id": "a", "name": "A"}\n')
    with pytest.raises(InputError, match="is no form of graph that can be read"):
        form_of(file)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{", ", line 2, column 2: is not JSON (Expecting property name"),
        (b"[]", ", line 2: is no entity; give an object with id, schema, properties"),
        (b'{"id": "x"}', ", line 2, 'schema': is missing or no text"),
        (b'{"id": " ", "schema": "P"}', ", line 2, 'id': is missing or no text"),
        (
            b'{"id": "x", "schema": "P", "properties": []}',
            ", line 2, 'properties': is not an object",
        ),
        (
            b'{"id": "x", "schema": "P", "properties": {"a": [[]]}}',
            ", line 2, 'a': holds a list within a list",
        ),
        (
            b'{"id": "x", "schema": "P", "properties": {"a": ["\\ud800"]}}',
            ", line 2: holds half a character",
        ),
        (b'{"id": "\xff"}', ", line 2: is not UTF-8"),
        (b"[" * 200_000, ", line 2: is nested too deep"),
    ],
)
def test_bad_input_is_named_by_its_line(tmp_path, line, message):
    file = tmp_path / "a.ftm"
    file.write_bytes(json.dumps(ANN).encode() + b"\n" + line + b"\n")
    with pytest.raises(InputError) as caught:
        read(file)
    assert str(caught.value).startswith(f"{file}{message}")


def test_a_file_that_is_named_so_is_refused_with_the_line_at_fault(tmp_path: Path) -> None:
    file = tmp_path / "people.ftm"
    file.write_text('{"id": "a", "schema": "Person"}\nnot json\n', encoding="utf-8")
    with pytest.raises(InputError, match="line 2"):
        read_source(file)
