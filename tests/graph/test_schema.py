from __future__ import annotations

import doctest
import json
from pathlib import Path

import numpy as np
import pytest

from kgreview.errors import InputError
from kgreview.graph import schema
from kgreview.graph.links import Links
from kgreview.graph.readers import read_graph, read_links
from kgreview.graph.schema import (
    Schema,
    TypePair,
    infer_schema,
    name_attributes,
    read_schema,
    words_of,
)

BENCHMARKS = Path(__file__).parents[3] / "shared" / "benchmarks"


def linked(*pairs: tuple[int, int, int]) -> Links:
    left, right, label = np.array(pairs, dtype=np.int64).reshape(-1, 3).T
    return Links.of_file(left, right, label.astype(np.int8))


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(schema).failed == 0


@pytest.mark.parametrize(
    ("identifier", "words"),
    [
        ("rdfs:label", ["label"]),
        ("HTTPServerName", ["http", "server", "name"]),
        ("født_år", ["født", "år"]),
        ("http://x.org/o/", ["o"]),
        ("line2", ["line", "2"]),
        ("#", []),
    ],
)
def test_words_of_an_identifier(identifier, words):
    assert words_of(identifier) == words


def test_types_of_the_same_name_correspond(graph_of):
    left = graph_of([("a", "film"), ("b", "person"), ("c", "genre")])
    right = graph_of([("a", "person"), ("b", "film")])
    assert infer_schema(left, right).types == (
        TypePair("film", "film"),
        TypePair("person", "person"),
    )


def test_types_that_links_join_correspond_the_most_joined_first(graph_of):
    left = graph_of([("a", "film"), ("b", "human"), ("c", "human"), ("d", "film")])
    right = graph_of([("a", "person"), ("b", "person"), ("c", "movie"), ("d", "film")])
    links = linked((1, 0, 1), (2, 1, 1), (0, 2, 1), (3, 3, 0))
    assert infer_schema(left, right, links).types == (
        TypePair("human", "person"),
        TypePair("film", "movie"),
    )


def test_a_pair_of_types_is_shown_by_both_names_where_they_differ():
    assert str(TypePair("film", "film")) == "film"
    assert str(TypePair("film", "movie")) == "film / movie"


@pytest.mark.parametrize(
    ("attributes", "best_first"),
    [
        (["sortlabel", "name"], ["name", "sortlabel"]),
        (["title", "name", "year"], ["name", "title"]),
        (["rdfs:label", "skos:altLabel", "skos:prefLabel"], None),
        (["original_title", "title"], ["title", "original_title"]),
        (["Artist_Name", "Song_Name", "Genre"], ["Song_Name"]),
        (["first name", "full name"], ["full name", "first name"]),
        (["fileName", "alias"], ["alias", "fileName"]),
    ],
)
def test_attributes_that_say_they_name_come_best_first(graph_of, attributes, best_first):
    graph = graph_of([("a", "song"), ("b", "artist")], [("a", name, "x y") for name in attributes])
    expected = best_first or ["skos:prefLabel", "rdfs:label", "skos:altLabel"]
    assert list(name_attributes(graph)["song"]) == expected


def test_of_equally_good_attributes_the_more_widespread_comes_first(graph_of):
    graph = graph_of(
        [("a", "song"), ("b", "song")],
        [("a", "x:name", "1"), ("a", "y:name", "2"), ("b", "y:name", "3")],
    )
    assert name_attributes(graph) == {"song": ("y:name", "x:name")}


def test_without_such_an_attribute_the_one_that_tells_entities_apart_names(graph_of):
    graph = graph_of(
        [("a", "address"), ("b", "address"), ("c", "empty")],
        [
            ("a", "city", "los angeles"),
            ("b", "city", "los angeles"),
            ("a", "street", "435 s. la cienega"),
            ("b", "street", "12224 ventura"),
            ("a", "zip", "1"),
            ("b", "zip", "2"),
        ],
    )
    assert name_attributes(graph) == {"address": ("street",), "empty": ()}


def test_a_schema_survives_json(films):
    schema_ = infer_schema(films, films)
    assert Schema.from_json(json.loads(json.dumps(schema_.to_json()))) == schema_


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
    read = read_schema(path, films, films)
    assert read.types == (TypePair("film", "person"),)
    assert read.left_names == {"film": ("title",), "person": ("name", "alias")}
    assert read.right_names == {"film": ("title",), "person": ("alias",)}


EXAMPLE = (
    'write {"types": [["LEFT TYPE", "RIGHT TYPE"]], "names": {"left": {"TYPE": ["ATTRIBUTE"]}}}, '
    "names only where the guess is wrong"
)
NO_TYPES = f"'types' is no list of pairs; {EXAMPLE}"
NO_NAMES = f"'names' is no list of attributes by side and type; {EXAMPLE}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[]", NO_TYPES),
        (b"{}", NO_TYPES),
        (b'{"types": []}', NO_TYPES),
        (b'{"types": ["film"]}', NO_TYPES),
        (b'{"types": [["film", 1]]}', NO_TYPES),
        (b'{"types": [["film", "film"]], "names": []}', NO_NAMES),
        (b'{"types": [["film", "film"]], "names": {"left": {"film": "title"}}}', NO_NAMES),
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
            "is no JSON in UTF-8 (Expecting property name enclosed in double quotes: "
            f"line 1 column 2 (char 1)); {EXAMPLE}",
        ),
        (
            b"\xff",
            "is no JSON in UTF-8 ('utf-8' codec can't decode byte 0xff in position 0: "
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
        read_schema(path, films, films)
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
    left, right = (read_graph(BENCHMARKS / name / side) for side in ("left", "right"))
    links = read_links(BENCHMARKS / name / "links" / "train.tsv", left, right)
    found = infer_schema(left, right, links)
    assert found.types[0] == TypePair(*first_type)
    assert found.left_names[first_type[0]][0] == left_names
    assert found.right_names[first_type[1]][0] == right_names
