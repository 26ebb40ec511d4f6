"""Neo4j's CSV is read as its import tool reads it."""

from __future__ import annotations

import gzip

import pytest

from kgreview.errors import InputError
from kgreview.exchange.forms import SourceOptions
from kgreview.exchange.neo4j_headers import fields_of
from kgreview.exchange.sources import form_of, read_source

from .conftest import state

MOVIES = (
    "movieId:ID,title,year:int,tags:string[],:LABEL\n"
    "m1,Alien,1979,horror;sf,Movie\n"
    "m2,Solaris,,sf,Movie;Sequel\n"
)
ACTORS = 'personId:ID,name,:LABEL\np1,"Weaver, S.",Actor\n'
ROLES = ":START_ID,role,:END_ID,:TYPE\np1,Ripley,m1,ACTED_IN\n"


def folder_of(path, files):
    for name, text in files.items():
        (path / name).write_text(text, encoding="utf-8")
    return path


def read(path, notes=None, **options):
    return state(
        read_source(
            path, SourceOptions(**options), notice=[].append if notes is None else notes.append
        )
    )


def refused(path, **options):
    with pytest.raises(InputError) as caught:
        read(path, **options)
    return str(caught.value).removeprefix(f"{path}/")


def test_nodes_labels_properties_arrays_and_relationships(tmp_path):
    folder = folder_of(tmp_path, {"m.csv": MOVIES, "a.csv": ACTORS, "r.csv": ROLES})
    notes: list[str] = []
    facts = read(folder, notes)
    assert form_of(folder).name == "neo4j"
    assert facts.types == {"m1": "Movie", "m2": "Sequel", "p1": "Actor"}
    assert facts.values == {
        ("m1", "title", "Alien"),
        ("m1", "year", "1979"),
        ("m1", "tags", "horror"),
        ("m1", "tags", "sf"),
        ("m2", "title", "Solaris"),
        ("m2", "tags", "sf"),
        ("m2", "label", "Movie"),
        ("p1", "name", "Weaver, S."),
    }
    assert facts.relations == {("p1", "ACTED_IN", "m1")}
    assert "properties of relationships left out: 1 column ('role')" in notes


def test_headers_may_stand_apart_and_data_in_parts(tmp_path):
    header, *rows = MOVIES.splitlines()
    (tmp_path / "movies-part2.csv.gz").write_bytes(gzip.compress(f"{rows[1]}\n".encode()))
    folder = folder_of(
        tmp_path,
        {
            "movies-header.csv": header + "\n",
            "movies-part1.csv": rows[0] + "\n",
            "roles_header.csv": ":START_ID,:END_ID\n",
            "roles.csv": "m1,m2\n",
            "readme.txt": "nothing",
        },
    )
    notes: list[str] = []
    facts = read(folder, notes)
    assert set(facts.types) == {"m1", "m2"}
    assert facts.relations == {("m1", "roles", "m2")}
    assert any("passed over: 1 ('readme.txt')" in note for note in notes)


def test_a_fault_beneath_a_header_apart_has_the_row_of_its_own_file(tmp_path):
    files = {"m-header.csv": ":ID,a\n", "m1.csv": "x,1\ny,2\n", "m2.csv": "z,1\nx,2\n"}
    assert refused(folder_of(tmp_path, files)) == (
        "m2.csv, row 2, column ':ID': the id 'x' stands already in m1.csv, row 1; give each node "
        "one row"
    )


def test_ids_of_two_spaces_may_be_the_same(tmp_path):
    files = {
        "a.csv": "x:ID(Film),:LABEL\n1,Film\n",
        "b.csv": "x:ID(Person-ID),:LABEL\n1,Person\n",
        "r.csv": ":START_ID(Person-ID),:END_ID(Film),:TYPE\n1,1,MADE\n",
    }
    facts = read(folder_of(tmp_path, files))
    assert facts.types == {"Film:1": "Film", "Person-ID:1": "Person"}
    assert facts.relations == {("Person-ID:1", "MADE", "Film:1")}


def test_the_sign_between_values_is_asked_for_or_told_by_a_script(tmp_path):
    folder = folder_of(tmp_path, {"n.tsv": "a:ID\tt:string[]\t:LABEL\nx\tp;q|r\tT\n"})
    assert read(folder).values == {("x", "t", "p"), ("x", "t", "q|r")}
    assert read(folder, separator="|").values == {("x", "t", "p;q"), ("x", "t", "r")}
    (folder / "import.sh").write_text("neo4j-admin import --array-delimiter='|' --nodes=n.tsv")
    assert read(folder).values == {("x", "t", "p;q"), ("x", "t", "r")}


def test_a_label_that_lacks_is_the_name_of_the_file(tmp_path):
    notes: list[str] = []
    facts = read(folder_of(tmp_path, {"films.csv": ":ID;n:string\nx;N\n"}), notes)
    assert facts.types == {"x": "films"}
    assert notes == ["films.csv: has no :LABEL, so its nodes are 'films', as the file is called"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"m.csv": MOVIES, "r.csv": ":START_ID,:END_ID,:TYPE\nm1,m9,X\n"},
            "r.csv, row 2, column ':END_ID': no node has the id 'm9'; add it or drop the row",
        ),
        (
            {"m.csv": MOVIES, "r.csv": ":START_ID(P),:END_ID,:TYPE\nm1,m1,X\n"},
            "r.csv, row 1, column ':START_ID(P)': names ids of the space 'P', which no file of "
            "nodes has; those there are 'node'",
        ),
        (
            {"m.csv": MOVIES, "r.csv": ":START_ID,:TYPE\nm1,X\n"},
            "r.csv, row 1: has no columns :END_ID; it needs one",
        ),
        (
            {"m.csv": MOVIES + ",a,1,b,Movie\n"},
            "m.csv, row 4, column 'movieId:ID': is empty; fill it or drop the row",
        ),
        (
            {"m.csv": MOVIES + "m3,a\n"},
            "m.csv, row 4: has 2 columns where the header names 5; put a value with a comma or a "
            "line break in double quotes",
        ),
    ],
)
def test_bad_input_is_named_by_file_row_and_column(tmp_path, files, message):
    assert refused(folder_of(tmp_path, files)) == message


def test_relationships_alone_are_no_graph(tmp_path):
    folder = folder_of(tmp_path, {"r.csv": ROLES})
    with pytest.raises(InputError, match="has no nodes; a file of nodes has a column :ID"):
        read(folder)


def test_a_table_folder_with_an_attribute_called_like_an_id_stays_one(tmp_path):
    folder = folder_of(tmp_path, {"entities.csv": "id,type,imdb:ID\na,film,tt1\n"})
    assert form_of(folder).name == "tables"


def test_names_of_fields_may_hold_colons():
    names = ["http://x/y", "http://x/z:int", "a:ID(S){id-type:int}", "t:datetime{timezone:+01:00}"]
    assert [(field.name, field.kind, field.space) for field in fields_of(names)] == [
        ("http://x/y", "string", ""),
        ("http://x/z", "int", ""),
        ("a", "ID", "S"),
        ("t", "datetime", ""),
    ]
