"""Plain tables: what they say is read, and what they do not say is guessed and told."""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgreview.errors import InputError
from kgreview.exchange.forms import SourceOptions
from kgreview.exchange.sources import form_of, read_source

from .conftest import state

FILMS = "film_id,title,director_id,year\n1,Alien,2,1979\n2,Amélie,1.0,2001\n3,Heat,,1995\n"
PEOPLE = "id\tname\n1\tJeunet\n2\tScott\n4\tMann\n"
CAST = "film_id,person_id,role\n1,2,x\n1,4,y\n2,1,z\n"


def folder_of(path, **files):
    for name, text in files.items():
        (path / name.replace("_tsv", ".tsv").replace("_csv", ".csv")).write_text(text)
    return path


def file_of(path, text, name="films.csv", encoding="utf-8"):
    file = path / name
    data = text.encode(encoding)
    file.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return file


def read(path, notes=None, **options):
    hear = (lambda _: None) if notes is None else notes.append
    return state(read_source(path, SourceOptions(**options), notice=hear))


def refused(path, **options):
    with pytest.raises(InputError) as caught:
        read(path, **options)
    return str(caught.value).removeprefix(f"{path.parent}/").removeprefix(f"{path}/")


# ---------------------------------------------------------------- one table


def test_ids_and_the_type_are_guessed_and_told(tmp_path):
    notes: list[str] = []
    file = file_of(tmp_path, "id,title,year\nf1,Alien,1979\nf2,,\n")
    facts = read(file, notes)
    assert form_of(file).name == "records"
    assert facts.types == {"f1": "films", "f2": "films"}
    assert facts.values == {("f1", "title", "Alien"), ("f1", "year", "1979")}
    assert notes == [
        "films.csv: ids are the column 'id'; --id names another",
        "films.csv: the type of its entities is 'films', the name of the file; --type names a "
        "column, or a type",
    ]


def test_what_is_asked_for_is_not_guessed(tmp_path):
    notes: list[str] = []
    file = file_of(tmp_path, "id,nr,kind,title,x\n1,a,film,A;B,p\n1,b,,C,q\n")
    facts = read(file, notes, id="nr", type="kind", columns=("title",), separator=";")
    assert facts.types == {"a": "film", "b": "films"}
    assert facts.values == {("a", "title", "A"), ("a", "title", "B"), ("b", "title", "C")}
    assert notes == []
    assert set(read(file, id="nr", type="movie").types.values()) == {"movie"}


def test_a_column_that_is_called_id_but_repeats_is_none(tmp_path):
    notes: list[str] = []
    facts = read(file_of(tmp_path, "id,imdbId,t\n1,tt1,a\n1,tt2,b\n"), notes)
    assert set(facts.types) == {"tt1", "tt2"}
    facts = read(file_of(tmp_path, "id,t\n1,a\n1,b\n"), notes)
    assert set(facts.types) == {"films:1", "films:2"}
    assert any("so ids are numbers of rows (films:1…)" in note for note in notes)


def test_types_are_a_column_of_few_values_that_is_called_so(tmp_path):
    rows = "".join(f"{n},{'film' if n % 2 else 'series'},{n}\n" for n in range(12))
    facts = read(file_of(tmp_path, f"id,Type,class\n{rows}"))
    assert set(facts.types.values()) == {"film", "series"}
    assert {attribute for _, attribute, _ in facts.values} == {"class"}


def test_bars_split_cells_and_semicolons_are_asked_about(tmp_path):
    notes: list[str] = []
    file = file_of(tmp_path, "id,genres,names\na,horror| sf,A;B\nb,sf,C;D\n")
    facts = read(file, notes)
    assert {value for _, name, value in facts.values if name == "genres"} == {"horror", "sf"}
    assert ("a", "names", "A;B") in facts.values
    assert any("cells are split at '|' in 'genres'" in note for note in notes)
    assert any("many cells hold ';' in 'names'; give --separator" in note for note in notes)


def test_columns_without_a_name_are_passed_over_and_those_of_one_name_are_one_attribute(tmp_path):
    notes: list[str] = []
    facts = read(file_of(tmp_path, ",id,author,author\n0,a,X,Y\n1,b,Z,\n"), notes)
    assert facts.values == {("a", "author", "X"), ("a", "author", "Y"), ("b", "author", "Z")}
    assert notes[0] == (
        "films.csv: 1 column without a name, or of no plain values, passed over ('1')"
    )


def test_a_row_may_point_to_another_row_of_its_table(tmp_path):
    facts = read(file_of(tmp_path, "id,sequel_of,same\nf1,,f1\nf2,f1,f2\nf3,f2,f3\n"))
    assert facts.relations == {("f2", "sequel_of", "f1"), ("f3", "sequel_of", "f2")}
    assert ("f1", "same", "f1") in facts.values


def test_parquet_has_numbers_and_lists(tmp_path):
    path = tmp_path / "films.parquet"
    table = pa.table(
        {
            "id": [1, 2],
            "year": [1979.0, None],
            "tags": [["a", " b "], None],
            "blob": [b"x", b"y"],
            "seen": pa.array(["yes", "no"]).dictionary_encode(),
        }
    )
    pq.write_table(table, path)
    notes: list[str] = []
    assert read(path, notes).values == {
        *(("1", "year", "1979"), ("1", "tags", "a"), ("1", "tags", "b")),
        *(("1", "seen", "yes"), ("2", "seen", "no")),
    }
    assert any("passed over ('blob')" in note for note in notes)


# ---------------------------------------------------------------- any text that is a table


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "\x01"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_delimiters_and_byte_order_marks_are_told_by_content(tmp_path, delimiter, encoding):
    text = "id,title,year\r\na,Amélie: yes,2001\r\nb,B,1999\r\n".replace(",", delimiter)
    for name in ("films.csv", "films.tsv", "films.txt.gz"):
        facts = read(file_of(tmp_path, text, name, encoding))
        assert ("a", "title", "Amélie: yes") in facts.values


def test_an_encoding_or_a_delimiter_that_nothing_tells_is_named(tmp_path):
    file = file_of(tmp_path, "id*title\na*Amélie\n", encoding="cp1252")
    facts = read(file, delimiter="*", encoding="windows-1252")
    assert facts.values == {("a", "title", "Amélie")}
    assert refused(file, delimiter="*") == (
        "films.csv, row 2, column 'title': is not UTF-8; convert the file to UTF-8, or name its "
        "encoding, as in --encoding windows-1252"
    )
    assert refused(file, encoding="klingon").startswith("--encoding klingon: is no encoding")
    assert refused(file, delimiter="ab") == "--delimiter ab: give one ASCII character, or tab"


def test_tabs_may_part_values_in_quotes_or_values_that_hold_quotes(tmp_path):
    quoted = file_of(tmp_path, 'id\tt\na\t"x\ty ""z"""\n', "films.tsv")
    assert read(quoted).values == {("a", "t", 'x\ty "z"')}
    plain = file_of(tmp_path, 'id\tt\na\t"x\nb\ty"\nc\t12" disk\n', "films.tsv")
    assert read(plain).values == {("a", "t", '"x'), ("b", "t", 'y"'), ("c", "t", '12" disk')}


cells = st.text(
    st.characters(codec="utf-8", exclude_characters="\0|"), min_size=1, max_size=8
).filter(lambda text: bool(text.strip()) and text.isprintable())
cells |= st.sampled_from(['"', '""', "a,b", 'x "y" z', "1;2", "\n", "a\nb", "é\t", "'", "\\"]).map(
    lambda text: f"v{text}v"
)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(cells, cells), min_size=1, max_size=6),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-16"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_csv_writes_is_read_back(rows, delimiter, encoding, quoting, end):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writerow(["id", "title", "note"])
    writer.writerows([f"e{n}", *row] for n, row in enumerate(rows))
    with tempfile.TemporaryDirectory() as folder:
        file = file_of(Path(folder), text.getvalue(), encoding=encoding)
        facts = read(file, delimiter=delimiter)
    assert facts.values == {
        (f"e{n}", name, value)
        for n, row in enumerate(rows)
        for name, value in zip(("title", "note"), row, strict=True)
    }


# ---------------------------------------------------------------- several tables


def test_keys_of_other_tables_are_relations_and_a_table_of_two_keys_is_relations_alone(tmp_path):
    notes: list[str] = []
    folder = folder_of(tmp_path, films_csv=FILMS, people_tsv=PEOPLE, cast_csv=CAST)
    facts = read(folder, notes, references=("director_id=people",))
    assert form_of(folder).name == "records"
    assert facts.types["films:1"] == "films"
    assert facts.types["people:4"] == "people"
    assert facts.relations == {
        ("films:1", "director_id", "people:2"),
        ("films:2", "director_id", "people:1"),
        ("films:1", "cast", "people:2"),
        ("films:1", "cast", "people:4"),
        ("films:2", "cast", "people:1"),
    }
    assert [note for note in notes if "relation" in note] == [
        "cast.csv: its rows are relations between films.csv and people.tsv; other columns left "
        "out: 'role'",
        "cast.csv: 'film_id' holds ids of films.csv: 3 relations",
        "cast.csv: 'person_id' holds ids of people.tsv: 3 relations",
        "films.csv: 'director_id' holds ids of people.tsv: 2 relations",
    ]
    assert (
        "ids that stand in several tables: 2; the table goes before each id, as in films:1" in notes
    )


def test_a_table_of_two_keys_and_much_else_is_entities(tmp_path):
    roles = "film_id,person_id,role,fee,day\n1,2,x,9,3\n1,2,y,9,4\n2,1,z,9,5\n"
    facts = read(folder_of(tmp_path, films_csv=FILMS, people_tsv=PEOPLE, roles_csv=roles))
    assert ("roles:2", "film_id", "films:1") in facts.relations
    assert ("roles:2", "day", "4") in facts.values


def test_small_numbers_that_are_among_the_ids_of_several_tables_are_values_and_told(tmp_path):
    notes: list[str] = []
    people = "id\tname\n1\tJeunet\n2\tScott\n3\tMann\n"
    facts = read(folder_of(tmp_path, films_csv=FILMS, people_tsv=people), notes)
    assert facts.relations == set()
    assert any("'director_id' are ids of several tables ('films', 'people')" in n for n in notes)


def test_ids_of_their_own_need_no_name(tmp_path):
    films = "id,title,country\nf1,Alien,c-us\nf2,Amélie,c-fr\n"
    countries = "id,name\nc-us,USA\nc-fr,France\n"
    facts = read(folder_of(tmp_path, films_csv=films, countries_csv=countries))
    assert facts.relations == {("f1", "country", "c-us"), ("f2", "country", "c-fr")}
    assert set(facts.types) == {"f1", "f2", "c-us", "c-fr"}


def test_each_table_may_have_its_own_column_of_ids_named(tmp_path):
    flights = "id,carrier\n1,AA\n2,UA\n3,AA\n"
    folder = folder_of(tmp_path, flights_csv=flights, airlines_csv="carrier,n\nAA,A\nUA,U\n")
    facts = read(folder, id="airlines.carrier")
    assert facts.types == dict.fromkeys("123", "flights") | {"AA": "airlines", "UA": "airlines"}
    assert ("3", "carrier", "AA") in facts.relations
    assert refused(folder, id="airlines.nr").endswith(
        "--id airlines.nr: there is no such column; there are 'carrier', 'n', 'id', 'carrier'"
    )


def test_keys_that_are_named_may_lead_nowhere(tmp_path):
    notes: list[str] = []
    films = "id,title,country\nf1,Alien,c-us\nf2,Amélie,c-xx\n"
    folder = folder_of(tmp_path, films_csv=films, countries_csv="id,name\nc-us,USA\n")
    assert read(folder).relations == set()
    facts = read(folder, notes, references=("country=countries",))
    assert facts.relations == {("f1", "country", "c-us")}
    assert ("f2", "country", "c-xx") in facts.values
    assert notes[-1] == (
        "films.csv: 'country' holds ids of countries.csv: 1 relation; 1 value that are no id "
        "there, kept as values"
    )


def test_tables_without_relations_and_without_rows_are_no_fault(tmp_path):
    notes: list[str] = []
    folder = folder_of(tmp_path, a_csv="id,x\np,1\n", b_csv="id,x\nq,2\n", c_csv="id,x\n")
    facts = read(folder, notes)
    assert facts.types == {"p": "a", "q": "b"}
    assert facts.relations == set()
    assert "tables without rows: 1 ('c.csv')" in notes


def test_a_table_folder_of_our_own_is_one(tmp_path):
    folder = folder_of(tmp_path, entities_csv="id,type\na,film\n", others_csv="id,x\np,1\n")
    assert form_of(folder).name == "tables"


# ---------------------------------------------------------------- faults


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("", {}, "films.csv: is empty; its first row must name the columns"),
        ("id,t\n", {}, "films.csv: has no rows below its header; add them"),
        (
            "id,t\na,1\nb\n",
            {},
            "films.csv, row 3: has 1 column where the header names 2; put a value with a comma or "
            "a line break in double quotes",
        ),
        (
            "id,t\na,1\n\nb,2\na,3\n",
            {"id": "id"},
            "films.csv, row 5, column 'id': the id 'a' stands already in row 2; give each entity "
            "one row, or --id another column",
        ),
        (
            "id,t\na,1\n,2\n",
            {"id": "id"},
            "films.csv, row 3, column 'id': is empty; fill it or drop the row",
        ),
        (
            "id,t\na,1\n",
            {"id": "nr"},
            "films.csv: --id nr: there is no such column; there are 'id', 't'",
        ),
        (
            "id,t\na,1\n",
            {"columns": ("t", "u")},
            "films.csv: --columns u: there is no such column; there are 'id', 't'",
        ),
        (
            "id,t\na,1\n",
            {"references": ("t=people",)},
            "films.csv: --references t=people: give COLUMN=TABLE, where the tables are 'films'",
        ),
        (
            'id,t\na,"1\nb,2\n',
            {},
            "films.csv, row 2: opens a double quote that is never closed; close it or double it",
        ),
    ],
)
def test_bad_input_is_named_by_file_row_and_column(tmp_path, text, options, message):
    assert refused(file_of(tmp_path, text), **options) == message


def test_two_tables_of_one_name_are_refused(tmp_path):
    file_of(tmp_path, "id\na\n", "films.csv")
    file_of(tmp_path, "id\na\n", "films.tsv")
    with pytest.raises(InputError, match="has 2 tables 'films'; keep one"):
        read(tmp_path)
