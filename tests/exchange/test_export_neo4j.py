"""The merged graph for Neo4j: read back, it is the same graph."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgreview.errors import InputError
from kgreview.exchange.export_merged import write_merged_tables
from kgreview.exchange.export_neo4j import NEO4J_FILES, write_neo4j
from kgreview.exchange.exports import write_export
from kgreview.exchange.sources import form_of, read_source
from kgreview.exchange.writing import Target
from kgreview.graph.schema import Schema, TypePair
from kgreview.progress import silent, unheard
from kgreview.store.outcomes import Outcome
from kgreview.text.placeholders import is_blank

from .conftest import decision, state


def both(tmp_path, export, notice=unheard):
    """Write the merged graph as Neo4j CSV and as a table folder, and read both."""
    graphs = []
    for name, write in (("neo4j", write_neo4j), ("tables", write_merged_tables)):
        (tmp_path / name).mkdir()
        write(Target(tmp_path / name, False, silent, notice), export)
        graphs.append(state(read_source(tmp_path / name)))
    return graphs


def test_read_back_it_is_the_graph_that_the_table_folder_holds(tmp_path, make_export):
    neo4j, tables = both(tmp_path, make_export())
    assert form_of(tmp_path / "neo4j").name == "neo4j"
    assert neo4j == tables
    assert set(tables.types.values()) == {"film", "movie"}


def test_several_values_types_and_relations_come_back(tmp_path, make_export, make_graph):
    left = make_graph(
        [("a", "film; long"), ("b", "person"), ("c", "person")],
        [
            *(("a", "title", 'say "A", or\nB'), ("a", "genre", "x;y"), ("a", "genre", "z")),
            *(("b", "http://ex.org/name:ID", "Ann"), ("c", "name", "=1")),
        ],
        [("a", "made by", "b"), ("a", "made by", "c")],
    )
    right = make_graph([("m", "movie")], [("m", "title", "A"), ("m", "genre", "z")])
    export = make_export(
        decisions=[decision("a", "m", Outcome.MATCH)],
        graphs=(left, right),
        schema=Schema((TypePair("film; long", "movie"),), {}, {}),
    )
    notes: list[str] = []
    neo4j, tables = both(tmp_path, export, notes.append)
    assert neo4j == tables
    assert len(neo4j.relations) == 2
    assert any("U+001F stands between the values" in note for note in notes)
    args = (tmp_path / "neo4j" / "import.args").read_text().splitlines()
    assert args[-2:] == ["--array-delimiter=U+001F", "--multiline-fields=true"]
    assert {line.partition("=")[2] for line in args[:3]} == {
        "nodes-1-film-long.csv",
        "nodes-2-person.csv",
        "relationships.csv",
    }


def test_a_sign_that_no_array_can_hold_is_blanked_and_counted(tmp_path, make_export, make_graph):
    left = make_graph([("a", "film")], [("a", "t", "x;y"), ("a", "t", "p\x1fq")])
    export = make_export(
        decisions=[],
        graphs=(left, make_graph([("m", "movie")])),
        schema=Schema((TypePair("film", "movie"),), {}, {}),
    )
    notes: list[str] = []
    neo4j, _ = both(tmp_path, export, notes.append)
    assert {value for _, _, value in neo4j.values} == {"x;y", "p q"}
    assert "U+001F within 1 value of arrays became a blank" in notes


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0\x1f"), min_size=1, max_size=6)


def is_said(text: str) -> bool:
    return not is_blank(pa.chunked_array([[text]]))[0]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcd"),
            st.sampled_from(["t", "n;m", 'q"', "a:int", "id"]),
            texts.filter(is_said),
        ),
        max_size=8,
        unique=True,
    ),
    st.lists(st.sampled_from(["film", "per;son"]), min_size=4, max_size=4),
)
def test_any_values_come_back_as_from_a_table_folder(make_export, make_graph, values, types):
    left = make_graph(list(zip("abcd", types, strict=True)), values, [("a", "of", "b")])
    export = make_export(
        decisions=[],
        graphs=(left, make_graph([("m", "movie")])),
        schema=Schema((TypePair("film", "movie"),), {}, {}),
    )
    with tempfile.TemporaryDirectory() as folder:
        neo4j, tables = both(Path(folder), export)
    assert neo4j == tables


def test_with_force_it_takes_the_place_of_an_older_one_and_of_nothing_else(tmp_path, make_export):
    path = tmp_path / "out"
    write_export(path, "neo4j", make_export(), silent, unheard)
    write_export(path, "neo4j", make_export(), silent, unheard, force=True)
    assert all(file.name in NEO4J_FILES for file in path.iterdir())
    (path / "mine.csv").write_text("x")
    with pytest.raises(InputError, match=r"holds mine\.csv, which no export wrote"):
        write_export(path, "neo4j", make_export(), silent, unheard, force=True)
    assert "nodes.csv" not in NEO4J_FILES
