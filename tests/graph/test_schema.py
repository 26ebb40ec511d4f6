from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from kgreview.errors import InputError
from kgreview.exchange.links import read_link_source
from kgreview.graph.cardinality import Cardinality
from kgreview.graph.links import Links
from kgreview.graph.readers import read_table_folder
from kgreview.graph.schema import AttributePair, Direction, RelationPair, Schema, TypePair
from kgreview.graph.schema_file import read_schema
from kgreview.graph.schema_json import schema_from_json, schema_to_json
from kgreview.graph.suggestion import infer_schema
from kgreview.text.readings import Reading, ValueType

BENCHMARKS = Path(__file__).parents[3] / "shared" / "benchmarks"


def linked(*pairs: tuple[int, int, int]) -> Links:
    left, right, label = np.array(pairs, dtype=np.int64).reshape(-1, 3).T
    return Links.of_file(left, right, label.astype(np.int8))


def test_a_pair_of_types_is_shown_by_both_names_where_they_differ():
    assert str(TypePair("film", "film")) == "film"
    assert str(TypePair("film", "movie")) == "film / movie"


def test_a_schema_survives_json(films):
    schema = infer_schema(films, films)
    assert schema_from_json(json.loads(json.dumps(schema_to_json(schema)))) == schema


def test_all_parts_of_a_schema_survive_json():
    film = TypePair("film", "movie")
    whole = Schema(
        (film,),
        {"film": ("title",)},
        {"movie": ("name", "alias")},
        (AttributePair(film, "year", "released", 0.9), AttributePair(film, "tag", "tag")),
        {"year": Reading(ValueType.DATE)},
        {},
        {},
        {"released": ("unknown", "?")},
        (
            RelationPair(film, Direction("writer"), Direction("wrote", True), 0.95),
            RelationPair(film, Direction("genre", True), Direction("genre", True)),
        ),
        ("nr",),
        ("link", "id"),
        {film: Cardinality.ONE_TO_MANY},
        (film,),
    )
    assert schema_from_json(json.loads(json.dumps(schema_to_json(whole)))) == whole


def test_a_schema_of_an_earlier_release_has_types_and_names_alone():
    old = {"types": [["film", "film"]], "names": {"left": {}, "right": {"film": ["title"]}}}
    assert schema_from_json(old) == Schema((TypePair("film", "film"),), {}, {"film": ("title",)})


def test_a_schema_somebody_wrote_overrides_the_guess(films, tmp_path):
    path = tmp_path / "schema.json"
    path.write_text(
        json.dumps(
            {
                "types": [["film", "person"], ["film", "person"]],
                "names": {"right": {"person": ["alias"]}},
            }
        )
    )
    read = read_schema(path, films, films, lambda types: infer_schema(films, films, types=types))
    assert read.types == (TypePair("film", "person"),)
    assert read.left_names == {"film": ("title",), "person": ("name", "alias")}
    assert read.right_names == {"film": ("title",), "person": ("alias",)}


def test_relations_and_ignored_attributes_somebody_wrote_are_taken_as_they_are(films, tmp_path):
    path = tmp_path / "schema.json"
    written = {
        "types": [["film", "film"]],
        "relations": [{"types": ["film", "film"], "left": "writer", "right": "remake of"}],
        "ignored": {"left": ["year"]},
    }
    path.write_text(json.dumps(written))
    read = read_schema(path, films, films, lambda types: infer_schema(films, films, types=types))
    assert [str(pair) for pair in read.relations] == ["writer ~ remake of"]
    assert (read.left_ignored, read.right_ignored) == (("year",), ())
    assert "year" not in {pair.left for pair in read.attributes}  # whatever was guessed


def test_a_guess_ignores_nothing_that_somebody_compares_or_names_by(films, tmp_path):
    path = tmp_path / "schema.json"
    film = ["film", "film"]
    written = {
        "types": [film],
        "names": {"right": {"film": ["title"]}},
        "attributes": [{"types": film, "left": "year", "right": "year"}],
    }
    path.write_text(json.dumps(written))
    guess = dataclasses.replace(
        infer_schema(films, films),
        left_names={},
        right_names={},
        left_ignored=("year", "alias"),
        right_ignored=("title", "alias"),
    )
    read = read_schema(path, films, films, lambda _: guess)
    assert (read.left_ignored, read.right_ignored) == (("alias",), ("alias",))


def test_counterparts_are_seen_from_both_ends_and_weak_ones_beside_strong_ones_left_out():
    film, person = TypePair("film", "movie"), TypePair("person", "person")

    def pair(left: str, right: str, strength: float | None) -> RelationPair:
        return RelationPair(film, Direction(left), Direction(right, right == "made"), strength)

    schema = Schema(
        (film, person),
        {},
        {},
        relations=(
            pair("buch", "writer", 0.8),
            pair("buch", "director", 0.3),
            pair("regie", "director", 0.9),
            pair("land", "country", 0.2),
            pair("firma", "made", None),
        ),
    )
    seen = [(str(a), str(b)) for a, b in schema.counterparts(film)]
    assert seen[::2] == [
        ("firma", "made inverse"),
        ("regie", "director"),
        ("buch", "writer"),
        ("land", "country"),
    ]
    assert seen[1::2] == [(f"{a} inverse", b) for a, b in [("firma", "made")]] + [
        (f"{a} inverse", f"{b} inverse") for a, b in seen[2::2]
    ]
    assert ("regie inverse", "director inverse") in [
        (str(a), str(b)) for a, b in schema.counterparts(person)
    ]


EXAMPLE = (
    'write {"types": [["LEFT TYPE", "RIGHT TYPE"]], "names": {"left": {"TYPE": ["ATTRIBUTE"]}}}, '
    "names only where the guess is wrong"
)
NO_TYPES = f"'types' is not a list of pairs; {EXAMPLE}"
NO_NAMES = f"'names' is not an object of sides, each an object; {EXAMPLE}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[]", f"is not an object; {EXAMPLE}"),
        (b"{}", NO_TYPES),
        (b'{"types": []}', NO_TYPES),
        (b'{"types": ["film"]}', NO_TYPES),
        (b'{"types": [["film", 1]]}', NO_TYPES),
        (b'{"types": [["film", "film"]], "names": []}', NO_NAMES),
        (
            b'{"types": [["film", "film"]], "names": {"left": {"film": "title"}}}',
            f"'names' is no list for 'film'; {EXAMPLE}",
        ),
        (
            b'{"types": [["film", "film"]], "attributes": [["year", "year"]]}',
            "'attributes' is not a list of pairs such as "
            f'{{"types": ["film", "movie"], "left": "year", "right": "released"}}; {EXAMPLE}',
        ),
        (
            b'{"types": [["film", "film"]], "relations": [{"left": "writer", "right": "writer"}]}',
            "'relations' is not a list of pairs such as "
            '{"types": ["film", "movie"], "left": "writer", "right": "wrote", '
            f'"right_inverse": true}}; {EXAMPLE}',
        ),
        (
            b'{"types": [["film", "film"]], "relations": '
            b'[{"types": ["film", "film"], "left": "writer", "right": "wrote"}]}',
            "the right graph has no relation 'wrote'; it has 'remake of', 'writer'",
        ),
        (
            b'{"types": [["film", "film"]], "ignored": ["year"]}',
            f"'ignored' is not an object of 'left' and 'right', each a list; {EXAMPLE}",
        ),
        (
            b'{"types": [["film", "film"]], "ignored": {"left": ["yaer"]}}',
            "the left graph has no attribute 'yaer'; it has 'alias', 'name', 'title', 'year'",
        ),
        (
            b'{"types": [["film", "film"]], "names": {"left": {"film": ["title"]}}, '
            b'"ignored": {"left": ["title"]}}',
            "the left attribute 'title' is ignored, and names or is compared; take it out of one "
            "of the two",
        ),
        (
            b'{"types": [["film", "film"]], "missing": {"left": {"yaer": ["?"]}}}',
            "the left graph has no attribute 'yaer'; it has 'alias', 'name', 'title', 'year'",
        ),
        (
            b'{"types": [["film", "film"]], "ask": [{"types": ["film", "song"], "ask": false}]}',
            """'ask' is no list such as {"types": ["film", "movie"], "ask": false} of paired """
            f"types; {EXAMPLE}",
        ),
        (
            b'{"types": [["film", "film"]], "name": {}}',
            f"'name' is no part of a schema; {EXAMPLE}",
        ),
        (
            b'{"types": [["film", "film"]], "names": {"rigth": {}}}',
            f"'rigth' is no part of a schema; {EXAMPLE}",
        ),
        (
            b'{"types": [["film", "movie"]]}',
            "the right graph has no type 'movie'; it has 'film', 'person'",
        ),
        (
            b'{"types": [["film", "film"]], "names": {"left": {"film": ["titel"]}}}',
            "the left graph has no attribute 'titel'; it has 'alias', 'name', 'title', 'year'",
        ),
        (
            b"{types}",
            "is not JSON in UTF-8 (Expecting property name enclosed in double quotes: "
            f"line 1 column 2 (char 1)); {EXAMPLE}",
        ),
        (
            b"\xff",
            "is not JSON in UTF-8 ('utf-8' codec can't decode byte 0xff in position 0: "
            f"invalid start byte); {EXAMPLE}",
        ),
        (None, "cannot be read (No such file or directory)"),
    ],
)
def test_a_schema_that_cannot_be_used_says_why(films, tmp_path, content, message):
    path = tmp_path / "schema.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_schema(path, films, films, lambda types: infer_schema(films, films, types=types))
    assert str(caught.value) == f"{path}: {message}"


@pytest.mark.benchmark_data
@pytest.mark.skipif(not BENCHMARKS.is_dir(), reason=f"benchmark graphs are absent: {BENCHMARKS}")
@pytest.mark.parametrize(
    ("name", "first_type", "left_names", "right_names"),
    [
        ("movies_imdb_dbpedia_d10", ("movie", "movie"), "title", "title"),
        ("music_bbc_dbpedia", ("artist", "artist"), "name", "name"),
        ("music_itunes_amazon", ("song", "song"), "Song_Name", "Song_Name"),
        ("oaei_restaurants", ("Restaurant", "Restaurant"), "name", "name"),
        ("products_amazon_google", ("record", "record"), "title", "title"),
    ],
)
def test_real_graphs_are_understood(name, first_type, left_names, right_names):
    left, right = (read_table_folder(BENCHMARKS / name / side) for side in ("left", "right"))
    links = read_link_source(BENCHMARKS / name / "links" / "train.tsv", left, right)
    found = infer_schema(left, right, links)
    assert found.types[0] == TypePair(*first_type)
    assert found.left_names[first_type[0]][0] == left_names
    assert found.right_names[first_type[1]][0] == right_names
