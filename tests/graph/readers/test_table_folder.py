from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgreview.errors import InputError
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.readers import read_table_folder, text_rows
from kgreview.graph.readers import tables as tables_module
from kgreview.text.placeholders import is_blank

SAMPLE_DATA = Path(__file__).resolve().parents[3] / "sample_data"
GOOD = {
    "entities.tsv": b"id\ttype\nf1\tfilm\nf2\tfilm\np\tperson\n",
    "attributes.tsv": b"entity\tattribute\tvalue\nf1\ttitle\tGawaahi\np\tname\tAditya Raj\n",
    "relations.tsv": b"head\trelation\ttail\nf1\twriter\tp\nf2\twriter\tp\n",
}


def write(folder: Path, changes: Mapping[str, bytes | None]) -> Path:
    """Write the good tables, those named in ``changes`` instead of the same table in ``GOOD``."""
    folder.mkdir(exist_ok=True)
    replaced = {name.split(".")[0] for name in changes}
    kept = {name: data for name, data in GOOD.items() if name.split(".")[0] not in replaced}
    for name, data in {**kept, **changes}.items():
        if data is not None:
            (folder / name).write_bytes(data)
    return folder


def stated(graph: KnowledgeGraph) -> tuple[list[tuple[str, str]], list[object], list[object]]:
    """Give entities, attribute values and relations of a graph as plain strings."""
    entities = [(graph.id(row), graph.type_of(row)) for row in range(graph.num_entities)]
    values = [
        (graph.id(row), name, value)
        for row in range(graph.num_entities)
        for name, found in graph.attributes(row).items()
        for value in found
    ]
    relations = [
        (graph.id(row), graph.relation(int(code))[0], graph.id(int(neighbour)))
        for row in range(graph.num_entities)
        for code, neighbour in zip(*graph.neighbourhood(row), strict=True)
        if not graph.relation(int(code))[1]
    ]
    return entities, values, relations


def test_a_folder_of_three_tables_is_a_graph(tmp_path):
    assert stated(read_table_folder(write(tmp_path, {}))) == (
        [("f1", "film"), ("f2", "film"), ("p", "person")],
        [("f1", "title", "Gawaahi"), ("p", "name", "Aditya Raj")],
        [("f1", "writer", "p"), ("f2", "writer", "p")],
    )


@pytest.mark.parametrize(
    "entities",
    [
        pytest.param(b"type\tid\nfilm\tf1\nfilm\tf2\nperson\tp\n", id="other order of columns"),
        pytest.param(b"id\ttype\np\tperson\nf2\tfilm\nf1\tfilm\n", id="other order of rows"),
        pytest.param(b" Type \tID\nfilm\tf1\nfilm\tf2\nperson\tp\n", id="other names"),
        pytest.param(b"id\ttype\r\nf1\tfilm\r\nf2\tfilm\r\np\tperson\r\n", id="CRLF"),
        pytest.param(b"\xef\xbb\xbfid\ttype\nf1\tfilm\nf2\tfilm\np\tperson\n", id="BOM"),
        pytest.param(b"\n\nid\ttype\n\nf1\tfilm\nf2\tfilm\n\r\n\np\tperson", id="blank lines"),
    ],
)
def test_tables_may_look_otherwise(tmp_path, entities):
    plain = read_table_folder(write(tmp_path / "plain", {}))
    other = read_table_folder(write(tmp_path / "other", {"entities.tsv": entities}))
    assert stated(other) == stated(plain)


def test_a_tsv_knows_no_quoting(tmp_path):
    table = b'entity\tattribute\tvalue\nf1\ttitle\t"Gone" Girl\nf1\ttitle\t"\nf2\ttitle\t""\n'
    graph = read_table_folder(write(tmp_path, {"attributes.tsv": table}))
    assert graph.attributes(0) == {"title": ['"', '"Gone" Girl']}
    assert graph.attributes(1) == {"title": ['""']}


def test_a_csv_quotes_commas_quotes_and_line_breaks(tmp_path):
    table = b'entity,attribute,value\nf1,title,"a, ""b""\nc"\nf2,title,12" disk\n'
    graph = read_table_folder(write(tmp_path, {"attributes.csv": table}))
    assert graph.attributes(0) == {"title": ['a, "b"\nc']}
    assert graph.attributes(1) == {"title": ['12" disk']}


def test_an_empty_value_says_nothing_and_words_for_null_are_words(tmp_path):
    table = b"entity\tattribute\tvalue\nf1\ttitle\t\nf1\ttitle\tNA\nf2\ttitle\tnull\n"
    graph = read_table_folder(write(tmp_path, {"attributes.tsv": table}))
    assert graph.attributes(0) == {"title": ["NA"]}
    assert graph.attributes(1) == {"title": ["null"]}


def test_rows_stated_twice_count_once(tmp_path):
    changes = {
        "attributes.tsv": GOOD["attributes.tsv"] + b"f1\ttitle\tGawaahi\nf1\ttitle\tWitness\n",
        "relations.tsv": GOOD["relations.tsv"] + b"f1\twriter\tp\np\twriter\tf1\n",
    }
    graph = read_table_folder(write(tmp_path, changes))
    assert graph.attributes(0) == {"title": ["Gawaahi", "Witness"]}
    assert graph.num_edges == 3


def test_parquet_columns_may_hold_numbers_dates_and_categories(tmp_path):
    table = pa.table(
        {
            "entity": pa.array(["f1", "f2", "p"]).dictionary_encode(),
            "attribute": ["year", "year", "year"],
            "value": pa.array([1989, 1990, None], pa.int64()),
        }
    )
    write(tmp_path, {"attributes.parquet": None})
    pq.write_table(table, tmp_path / "attributes.parquet")
    graph = read_table_folder(tmp_path)
    assert [graph.attributes(row) for row in range(3)] == [
        {"year": ["1989"]},
        {"year": ["1990"]},
        {},
    ]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_durations_of_parquet_are_read_in_seconds_whatever_their_unit(tmp_path, unit):
    lengths = [timedelta(hours=2, minutes=15), timedelta(seconds=-5), None]
    columns = {
        "id": ["a", "b", "c"],
        "type": ["film"] * 3,
        "length": pa.array(lengths, pa.duration(unit)),
    }
    pq.write_table(pa.table(columns), tmp_path / "entities.parquet")
    graph = read_table_folder(tmp_path)
    assert graph.values.to_pylist() == ["8100 s", "-5 s"]


def test_progress_is_in_bytes_of_each_table(tmp_path):
    reports: list[tuple[str, int, int | None]] = []
    folder = write(tmp_path / "left", {})
    read_table_folder(
        folder, lambda stage, done, total=None, **_: reports.append((stage, done, total))
    )
    last = {stage: (done, total) for stage, done, total in reports}
    assert last == {
        f"read left {name.split('.')[0]}": (len(data), len(data)) for name, data in GOOD.items()
    }


def test_reading_stops_where_progress_raises(tmp_path):
    def stop(*_: object, **__: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_table_folder(write(tmp_path, {}), stop)


# ---------------------------------------------------------------- round trip

ENDINGS = ("tsv", "tsv.gz", "csv", "csv.gz", "parquet", "parquet.gz")

# no NUL, no lone surrogate; a line break or tab only where the format can hold it
plain = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\t\n\r"), max_size=8)
quotable = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=8)


def is_visible_text(text: str) -> bool:
    return not is_blank(pa.array([text]))[0]


def encode(ending: str, names: tuple[str, ...], rows: list[tuple[str, ...]]) -> bytes:
    if ending.startswith("tsv"):
        data = "\n".join("\t".join(row) for row in [names, *rows]).encode()
    elif ending.startswith("csv"):
        text = io.StringIO(newline="")
        csv.writer(text).writerows([names, *rows])
        data = text.getvalue().encode()
    else:
        sink = io.BytesIO()
        columns = [pa.array([row[i] for row in rows], pa.string()) for i in range(len(names))]
        pq.write_table(pa.table(columns, names=list(names)), sink)
        data = sink.getvalue()
    return gzip.compress(data) if ending.endswith(".gz") else data


@pytest.mark.parametrize("ending", ENDINGS)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_a_graph_written_as_tables_is_read_as_it_was(ending, data, tmp_path_factory):
    any_text = plain if ending.startswith("tsv") else quotable
    name = any_text.filter(is_visible_text)
    ids = data.draw(st.lists(name, min_size=1, max_size=5, unique=True))
    entities = [(entity_id, data.draw(name)) for entity_id in ids]
    end = st.sampled_from(ids)
    values = data.draw(st.lists(st.tuples(end, name, any_text), min_size=1, max_size=8))
    relations = data.draw(st.lists(st.tuples(end, name, end), min_size=1, max_size=8))

    folder = tmp_path_factory.mktemp("graph")
    for table, names, rows in (
        ("entities", ("id", "type"), entities),
        ("attributes", ("entity", "attribute", "value"), values),
        ("relations", ("head", "relation", "tail"), relations),
    ):
        (folder / f"{table}.{ending}").write_bytes(encode(ending, names, rows))

    read_entities, read_values, read_relations = stated(read_table_folder(folder))
    assert read_entities == sorted(entities, key=lambda entity: entity[0].encode())
    assert sorted(read_values) == sorted({value for value in values if is_visible_text(value[2])})
    assert sorted(read_relations) == sorted(set(relations))


# ---------------------------------------------------------------- bad input

MIB = b"x" * 2**20
NO_ENTITY = "add it to the entities table or drop the row"
DAMAGED = "is cut off or damaged, or no gzip file; copy or compress it again"
NO_ENTITIES = "has no entities table; it needs entities.tsv, .csv or .parquet, plain or .gz"
GOES_ON = (
    "holds a value that goes on after its closing double quote; double each quote within a value "
    "that stands in quotes"
)
UNSEEN = "the entities table has this id with other white space or invisible characters"
FORM = "the entities table has this id in another Unicode form (NFC/NFD)"
WIDTH = "a value may hold no tab and no line break"


def parquet(**columns: object) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def many(rows: int, then: bytes) -> bytes:
    return b"head\trelation\ttail\n" + b"f1\twriter\tp\n" * rows + then


BAD: list[tuple[str, dict[str, bytes | None], str]] = [
    # the tables
    (
        "no table at all",
        {"entities.tsv": None, "attributes.tsv": None, "relations.tsv": None},
        f"FOLDER: {NO_ENTITIES}",
    ),
    (
        "no entities table, but one that may be meant for it",
        {"entities.tsv": None, "entity.tsv": GOOD["entities.tsv"]},
        f"FOLDER: {NO_ENTITIES}, and has 'entity.tsv'",
    ),
    (
        "two files for one table",
        {"entities.tsv": GOOD["entities.tsv"], "Entities.CSV.gz": b""},
        "FOLDER: has 2 entities tables (Entities.CSV.gz, entities.tsv); keep one",
    ),
    (
        "empty file",
        {"entities.tsv": b""},
        "FOLDER/entities.tsv: is empty; its first row must name the columns",
    ),
    (
        "blank file",
        {"entities.csv": b"\r\n\n"},
        "FOLDER/entities.csv: is empty; its first row must name the columns",
    ),
    (
        "entities with a header only",
        {"entities.tsv": b"id\ttype\n\n"},
        "FOLDER/entities.tsv: has no rows below its header; add them",
    ),
    (
        "entities with a header only, not ended",
        {"entities.csv": b"id,type"},
        "FOLDER/entities.csv: has no rows below its header; add them",
    ),
    (
        "entities with a header only, Parquet",
        {"entities.parquet": parquet(id=pa.array([], pa.string()), type=[])},
        "FOLDER/entities.parquet: has no rows below its header; add them",
    ),
    # columns
    (
        "missing column",
        {"entities.tsv": b"id\tkind\nf1\tfilm\n"},
        "FOLDER/entities.tsv, row 1, column 'type': is missing; "
        "name it in the header, which has 'id', 'kind'",
    ),
    (
        "missing column below blank lines",
        {"entities.tsv": b"\n\nid\tkind\nf1\tfilm\n"},
        "FOLDER/entities.tsv, row 3, column 'type': is missing; "
        "name it in the header, which has 'id', 'kind'",
    ),
    (
        "missing column, Parquet",
        {"entities.parquet": parquet(id=["f1"])},
        "FOLDER/entities.parquet, row 1, column 'type': is missing; "
        "name it in the header, which has 'id'",
    ),
    (
        "column twice",
        {"entities.csv": b"id,type,id\nf1,film,f1\n"},
        "FOLDER/entities.csv, row 1, column 'id': stands more than once; keep one",
    ),
    (
        "column twice, by names much alike",
        {"entities.csv": b"ID,type,Id\nf1,film,f1\n"},
        "FOLDER/entities.csv, row 1, column 'id': stands more than once; keep one",
    ),
    (
        "attribute column twice",
        {"entities.csv": b"id,type,year,year \nf1,film,1989,1990\n"},
        "FOLDER/entities.csv, row 1, column 'year': stands more than once; keep one",
    ),
    (
        "attribute column without a name",
        {"entities.csv": b",id,type\n0,f1,film\n"},
        "FOLDER/entities.csv, row 1: column 1 has no name; name it or drop it",
    ),
    (
        "quoted header in a table that knows no quoting",
        {"entities.tsv": b'"id"\t"type"\n"f1"\t"film"\n'},
        "FOLDER/entities.tsv, row 1, column 'id': is missing; name it in the header, which has "
        "'\"id\"', '\"type\"'; a .tsv knows no quoting: write it without quotes, or call it .csv",
    ),
    (
        "too many columns",
        {"entities.tsv": b"id\ttype\nf1\tfilm\n\nf2\tfilm\t1989\n"},
        f"FOLDER/entities.tsv, row 4: has 3 columns where the header names 2; {WIDTH}",
    ),
    (
        "too few columns",
        {"entities.tsv": b"id\ttype\nf1\tfilm\r\nf2\r\n"},
        f"FOLDER/entities.tsv, row 3: has 1 column where the header names 2; {WIDTH}",
    ),
    (
        "comma outside quotes",
        {"entities.csv": b'id,type\n"f\n1",film\nf2,film,1989\n'},
        "FOLDER/entities.csv, row 4: has 3 columns where the header names 2; "
        "put a value with a comma or a line break in double quotes",
    ),
    (
        "quote never closed, swallowing rows",
        {"entities.csv": b'type,id\nfilm,f1\nfilm,"f2\nperson,p\n'},
        "FOLDER/entities.csv, row 3: opens a double quote that is never closed; "
        "close it or double it",
    ),
    (
        "quote never closed, columns missing",
        {"entities.csv": b'id,type\nf1,film\n"f2,film\np,person\n'},
        "FOLDER/entities.csv, row 3: opens a double quote that is never closed; "
        "close it or double it",
    ),
    (
        "semicolon outside quotes",
        {"entities.csv": b"id;type\nf1;film\nf2;film;1989\n"},
        "FOLDER/entities.csv, row 3: has 3 columns where the header names 2; "
        "put a value with a semicolon or a line break in double quotes",
    ),
    (
        "a value that goes on after its closing quote",
        {"attributes.csv": b'entity,attribute,value\nf1,title,"a\nb"\nf2,title,"Gone" Girl\n'},
        f"FOLDER/attributes.csv, row 4: {GOES_ON}",
    ),
    (
        "quotes neither doubled nor escaped throughout",
        {"attributes.csv": b'entity,attribute,value\nf1,title,"\\"a\\" b"\nf2,title,"Gone" Girl\n'},
        f"FOLDER/attributes.csv, row 3: {GOES_ON}",
    ),
    (
        "quote never closed behind a backslash",
        {"attributes.csv": b'entity,attribute,value\nf1,title,"\\"a\\""\nf2,title,"C:\\"\n'},
        "FOLDER/attributes.csv, row 3: opens a double quote that is never closed; "
        "close it or double it",
    ),
    (
        "Parquet column of lists",
        {"entities.parquet": parquet(id=["f1"], type=[["film"]])},
        "FOLDER/entities.parquet, column 'type': holds list<element: string>; store text instead",
    ),
    # ids
    (
        "duplicate id",
        {"entities.tsv": b"id\ttype\nf1\tfilm\n\nf2\tfilm\nf1\tperson\n"},
        "FOLDER/entities.tsv, row 5, column 'id': the id 'f1' stands already in row 2; "
        "give each entity one row",
    ),
    (
        "duplicate id, Parquet",
        {"entities.parquet": parquet(id=["f1", "f2", "f2"], type=["film"] * 3)},
        "FOLDER/entities.parquet, row 4, column 'id': the id 'f2' stands already in row 3; "
        "give each entity one row",
    ),
    (
        "attribute of no entity",
        {"attributes.tsv": b"value\tattribute\tentity\nGawaahi\ttitle\tf9\n"},
        f"FOLDER/attributes.tsv, row 2, column 'entity': no entity has the id 'f9'; {NO_ENTITY}",
    ),
    (
        "head is no entity",
        {"relations.tsv": b"head\trelation\ttail\nf1\twriter\tp\nF1\twriter\tP\n"},
        f"FOLDER/relations.tsv, row 3, column 'head': no entity has the id 'F1'; {NO_ENTITY}",
    ),
    (
        "tail is no entity",
        {"relations.csv.gz": gzip.compress(b"head,relation,tail\nf1,writer,p\n\n\nf1,writer,p \n")},
        f"FOLDER/relations.csv.gz, row 5, column 'tail': no entity has the id 'p '; {UNSEEN}: "
        "'p', here it is 'p '; write it alike",
    ),
    (
        "id with a character that cannot be seen",
        {"relations.tsv": "head\trelation\ttail\nf1\twriter\t\u200bp\n".encode()},
        f"FOLDER/relations.tsv, row 2, column 'tail': no entity has the id '\\u200bp'; {UNSEEN}: "
        "'p', here it is '\\u200bp'; write it alike",
    ),
    (
        "id in another Unicode form",
        {
            "entities.tsv": "id\ttype\nCafe\u0301\tbar\nf1\tfilm\n".encode(),
            "attributes.tsv": "entity\tattribute\tvalue\nf1\ta\tb\nCaf\xe9\tname\tB\n".encode(),
        },
        f"FOLDER/attributes.tsv, row 3, column 'entity': no entity has the id 'Caf\xe9'; {FORM}: "
        "'Cafe\\u0301', here it is 'Caf\\xe9'; write it alike",
    ),
    (
        "id in another Unicode form, composed in the entities table",
        {
            "entities.tsv": "id\ttype\nCaf\xe9\tbar\nf1\tfilm\n".encode(),
            "attributes.tsv": "entity\tattribute\tvalue\nCafe\u0301\tname\tB\n".encode(),
        },
        "FOLDER/attributes.tsv, row 2, column 'entity': no entity has the id 'Cafe\u0301'; "
        f"{FORM}: 'Caf\\xe9', here it is 'Cafe\\u0301'; write it alike",
    ),
    (
        "long id of no entity",
        {"relations.tsv": b"head\trelation\ttail\nf1\twriter\t" + b"p" * 60_000 + b"\n"},
        "FOLDER/relations.tsv, row 2, column 'tail': no entity has the id "
        f"'{'p' * 60}…'; {NO_ENTITY}",
    ),
    (
        "id with control characters of no entity",
        {"relations.csv": b'head,relation,tail\nf1,writer,"p\n\x1b[2J"\n'},
        "FOLDER/relations.csv, row 2, column 'tail': no entity has the id "
        rf"'p\n\x1b[2J'; {NO_ENTITY}",
    ),
    (
        "far into a large table",
        {"relations.tsv": many(700_000, b"\n\nf1\twriter\tp\nf1\twriter\tq\n")},
        "FOLDER/relations.tsv, row 700005, column 'tail': no entity has the id 'q'; " + NO_ENTITY,
    ),
    (
        "wrong width far into a large table",
        {"relations.tsv.gz": gzip.compress(many(700_000, b"\n\nf1\twriter\n"), 1)},
        f"FOLDER/relations.tsv.gz, row 700004: has 2 columns where the header names 3; {WIDTH}",
    ),
    # empty names
    *(
        (
            f"empty {column}",
            {f"{table}.tsv": ("\t".join(row) + "\n" + "\t".join(row).replace(column, "")).encode()},
            f"FOLDER/{table}.tsv, row 2, column '{column}': is empty; fill it or drop the row",
        )
        for table, row in {
            "entities": ("id", "type"),
            "relations": ("head", "relation", "tail"),
        }.items()
        for column in row
    ),
    (
        "empty attribute",
        {"attributes.csv": b'entity,attribute,value\nf1,title,a\nf1,"",b\n'},
        "FOLDER/attributes.csv, row 3, column 'attribute': is empty; fill it or drop the row",
    ),
    (
        "null id, Parquet",
        {"entities.parquet": parquet(id=["f1", None], type=["film", "film"])},
        "FOLDER/entities.parquet, row 3, column 'id': is empty; fill it or drop the row",
    ),
    (
        "blank type",
        {"entities.tsv": "id\ttype\nf1\tfilm\nf2\t\u00a0\n".encode()},
        "FOLDER/entities.tsv, row 3, column 'type': is blank; fill it or drop the row",
    ),
    # bytes
    (
        "Latin-1",
        {"attributes.tsv": GOOD["attributes.tsv"] + "\nf2\ttitle\tAmélie\n".encode("latin-1")},
        "FOLDER/attributes.tsv, row 5, column 'value': is not UTF-8; convert the file to UTF-8",
    ),
    (
        "UTF-16 that ends within a character",
        {"entities.tsv": GOOD["entities.tsv"].decode().encode("utf-16")[:-1]},
        "FOLDER/entities.tsv, line 4 or soon after: is no utf-16, as it says; convert it",
    ),
    (
        "Latin-1 in a column that is an attribute",
        {"entities.csv": "id,type,title\nf1,film,Amélie\n".encode("latin-1")},
        "FOLDER/entities.csv, row 2, column 'title': is not UTF-8; convert the file to UTF-8",
    ),
    (
        "not UTF-8 in Parquet",
        {
            "entities.parquet": parquet(
                id=pa.Array.from_buffers(
                    pa.string(),
                    2,
                    [*pa.array(["f1", "fx"]).buffers()[:2], pa.py_buffer(b"f1f\xff")],
                ),
                type=["film", "film"],
            )
        },
        "FOLDER/entities.parquet, row 3, column 'id': is not UTF-8; convert the file to UTF-8",
    ),
    (
        "NUL in an id",
        {"entities.tsv": b"id\ttype\nf\x001\tfilm\n"},
        "FOLDER/entities.tsv, row 2, column 'id': holds a NUL byte; remove it",
    ),
    (
        "NUL in CSV",
        {"attributes.csv": b'entity,attribute,value\nf1,"ti\n\0tle",Gone\n'},
        "FOLDER/attributes.csv, row 2, column 'attribute': holds a NUL byte; remove it",
    ),
    # length
    (
        "an id a byte too long",
        {"entities.tsv": GOOD["entities.tsv"] + b"x" * 65537 + b"\tfilm\n"},
        "FOLDER/entities.tsv, row 5, column 'id': "
        "is longer than 64 KiB; shorten it or leave it out",
    ),
    (
        "an attribute of a megabyte in CSV",
        {"attributes.csv": b'entity,attribute,value\n\nf2,"' + MIB + b'",a\n'},
        "FOLDER/attributes.csv, row 3, column 'attribute': "
        "is longer than 64 KiB; shorten it or leave it out",
    ),
    (
        "a relation of a megabyte in Parquet",
        {"relations.parquet": parquet(head=["f1"], relation=[MIB.decode()], tail=["p"])},
        "FOLDER/relations.parquet, row 2, column 'relation': "
        "is longer than 64 KiB; shorten it or leave it out",
    ),
    (
        "a value of six megabytes",
        {"attributes.tsv": GOOD["attributes.tsv"] + b"f2\ttitle\t" + 6 * MIB + b"\n"},
        "FOLDER/attributes.tsv, row 4: is longer than 4 MiB; shorten it or leave it out",
    ),
    (
        "a row of five megabytes in CSV, over several lines",
        {"attributes.csv": b'entity,attribute,value\nf2,title,"' + b"x\n" * 2_500_000 + b'"\n'},
        "FOLDER/attributes.csv, row 2: is longer than 4 MiB; shorten it or leave it out",
    ),
    # compression
    (
        "truncated gzip",
        {"relations.tsv.gz": gzip.compress(GOOD["relations.tsv"] * 1000)[:-20]},
        f"FOLDER/relations.tsv.gz: {DAMAGED}",
    ),
    (
        "gzip without its end",
        {"relations.tsv.gz": gzip.compress(GOOD["relations.tsv"])[:-3]},
        f"FOLDER/relations.tsv.gz: {DAMAGED}",
    ),
    (
        "gzip with a wrong checksum",
        {"relations.tsv.gz": gzip.compress(GOOD["relations.tsv"])[:-8] + b"\0" * 8},
        f"FOLDER/relations.tsv.gz: {DAMAGED}",
    ),
    (
        "no gzip",
        {"relations.csv.gz": b"head,relation,tail\n"},
        f"FOLDER/relations.csv.gz: {DAMAGED}",
    ),
    (
        "truncated gzip, Parquet",
        {"entities.parquet.gz": gzip.compress(parquet(id=["f1"], type=["film"]))[:-9]},
        f"FOLDER/entities.parquet.gz: {DAMAGED}",
    ),
    (
        "truncated Parquet",
        {"entities.parquet": parquet(id=["f1"], type=["film"])[:4]},
        "FOLDER/entities.parquet: is no Parquet file or a damaged one (Parquet file size is 4 "
        "bytes, smaller than the minimum file footer (8 bytes)); write it again",
    ),
]


@pytest.mark.parametrize(
    ("changes", "message"), [pytest.param(*bad, id=name) for name, *bad in BAD]
)
def test_bad_input_is_one_line_that_names_the_place(tmp_path, changes, message):
    folder = write(tmp_path / "left", changes)
    with pytest.raises(InputError) as caught:
        read_table_folder(folder)
    assert str(caught.value) == message.replace("FOLDER", str(folder))
    assert "\n" not in str(caught.value)


def test_the_place_is_exact_whatever_the_size_of_a_stretch(tmp_path, monkeypatch):
    monkeypatch.setattr(tables_module, "ROWS_AT_ONCE", 1)
    rows = b"".join(b"f1\twriter\tp%d\n" % (i == 400_000) for i in range(400_002))
    table = b"head\trelation\ttail\n\n" + rows.replace(b"p0", b"p")
    folder = write(tmp_path / "left", {"relations.tsv": table})
    with pytest.raises(InputError) as caught:
        read_table_folder(folder)
    assert str(caught.value) == (
        f"{folder}/relations.tsv, row 400003, column 'tail': no entity has the id 'p1'; {NO_ENTITY}"
    )


# ---------------------------------------------------------------- what is not there


def read(folder: Path) -> tuple[KnowledgeGraph, list[str]]:
    notes: list[str] = []
    return read_table_folder(folder, notice=notes.append), notes


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"relations.tsv": None}, "has no relations table: no neighbours are compared"),
        (
            {"relations.tsv": None, "relation.tsv": GOOD["relations.tsv"], "x.txt": b""},
            "has no relations table: no neighbours are compared "
            "(not read: 'relation.tsv', 'x.txt')",
        ),
        (
            {"relations.tsv": b"head\trelation\ttail\n\n"},
            "relations.tsv has no rows: no neighbours are compared",
        ),
        (
            {"relations.csv": b"head,relation,tail"},
            "relations.csv has no rows: no neighbours are compared",
        ),
        (
            {"relations.parquet": parquet(head=pa.array([], pa.string()), relation=[], tail=[])},
            "relations.parquet has no rows: no neighbours are compared",
        ),
    ],
)
def test_a_graph_without_relations_is_a_graph(tmp_path, changes, note):
    graph, notes = read(write(tmp_path, changes))
    entities, values, relations = stated(graph)
    assert (len(entities), len(values), relations) == (3, 2, [])
    assert notes == [note]


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"attributes.tsv": None}, "has no attributes table: no values are compared"),
        (
            {"attributes.csv.gz": gzip.compress(b"value,entity,attribute\n")},
            "attributes.csv.gz has no rows: no values are compared",
        ),
    ],
)
def test_a_graph_without_attributes_is_a_graph(tmp_path, changes, note):
    graph, notes = read(write(tmp_path, changes))
    entities, values, relations = stated(graph)
    assert (len(entities), values, len(relations)) == (3, [], 2)
    assert notes == [note]


def test_entities_alone_are_a_graph_that_can_be_saved_and_opened(tmp_path):
    folder = write(tmp_path / "left", {"attributes.tsv": None, "relations.tsv": None})
    graph, notes = read(folder)
    assert len(notes) == 2
    graph.save(tmp_path / "saved")
    assert stated(KnowledgeGraph.open(tmp_path / "saved")) == stated(graph)


def test_tables_are_found_whatever_the_case_of_their_names(tmp_path):
    graph, notes = read(
        write(
            tmp_path,
            {
                "entities.tsv": None,
                "Entities.TSV": GOOD["entities.tsv"],
                "relations.tsv": None,
                "RELATIONS.tsv.GZ": gzip.compress(GOOD["relations.tsv"]),
            },
        )
    )
    assert (graph.num_entities, graph.num_edges, notes) == (3, 2, [])


# ---------------------------------------------------------------- other columns


@pytest.mark.parametrize("ending", ["tsv", "csv", "csv.gz", "parquet"])
def test_other_columns_of_entities_are_attributes(tmp_path, ending):
    rows = [
        ("f1", "Gawaahi", "film", "1989", ""),
        ("f2", "Gone, Girl", "film", "", " \u00a0"),
        ("p", "", "person", "", "a"),
    ]
    table = encode(ending, ("id", "title", "type", "Year ", "note"), rows)
    graph, notes = read(write(tmp_path, {f"entities.{ending}": table, "attributes.tsv": None}))
    assert [graph.attributes(row) for row in range(3)] == [
        {"title": ["Gawaahi"], "Year": ["1989"]},
        {"title": ["Gone, Girl"]},
        {"note": ["a"]},
    ]
    assert notes == [
        f"entities.{ending}: 3 other columns read as attributes ('title', 'Year', 'note'), "
        "with 4 values",
        f"entities.{ending}: 1 blank value left out",
        "has no attributes table: only the other columns of entities are compared",
    ]


def test_other_columns_stand_beside_the_attributes_table(tmp_path):
    entities = (
        b"id\ttype\ttitle\tyear\nf1\tfilm\tGawaahi\t1989\nf2\tfilm\tWitness\t\np\tperson\t\t\n"
    )
    graph, notes = read(write(tmp_path, {"entities.tsv": entities}))
    assert [graph.attributes(row) for row in range(3)] == [
        {"title": ["Gawaahi"], "year": ["1989"]},  # the title is stated in both tables
        {"title": ["Witness"]},
        {"name": ["Aditya Raj"]},
    ]
    assert notes == [
        "entities.tsv: 2 other columns read as attributes ('title', 'year'), with 3 values"
    ]


def test_a_table_of_sixteen_columns_keeps_what_it_says(tmp_path):
    names = [f"column {number}" for number in range(14)]
    rows = [("f1", "film", *names), ("f2", "film", *names)]
    table = encode("csv", ("id", "type", *names), rows)
    changes = {"entities.csv": table, "attributes.tsv": None, "relations.tsv": None}
    graph, _ = read(write(tmp_path, changes))
    assert graph.num_values == 28
    assert graph.attributes(1) == {name: [name] for name in names}


def test_other_columns_of_attributes_and_relations_are_passed_over_and_named(tmp_path):
    attributes = b"entity\tlang\tattribute\tvalue\t\nf1\ten\ttitle\tGawaahi\t\n"
    relations = b"n\thead\trelation\ttail\tn\n1\tf1\twriter\tp\t\xff\n"
    changes = {"attributes.tsv": attributes, "relations.tsv": relations}
    graph, notes = read(write(tmp_path, changes))
    assert (graph.num_values, graph.num_edges) == (1, 1)
    assert notes == [
        "attributes.tsv: 2 columns passed over ('lang', '')",
        "relations.tsv: 2 columns passed over ('n', 'n')",
    ]


def test_columns_of_parquet_that_hold_no_plain_text_are_passed_over_and_named(tmp_path):
    table = parquet(
        id=["f1", "f2", "p"],
        type=["film", "film", "person"],
        year=pa.array([1989.0, None, 1960.5]),
        seen=[True, False, None],
        vector=[[0.5], [], None],
        picture=[b"\xff", None, None],
        __index_level_0__=[5, 6, 7],
    )
    graph, notes = read(write(tmp_path, {"entities.parquet": table}))
    assert [graph.attributes(row) for row in range(3)] == [
        {"seen": ["true"], "title": ["Gawaahi"], "year": ["1989"]},
        {"seen": ["false"]},
        {"name": ["Aditya Raj"], "year": ["1960.5"]},
    ]
    assert notes == [
        "entities.parquet: 3 columns passed over ('vector', 'picture', '__index_level_0__')",
        "entities.parquet: 2 other columns read as attributes ('year', 'seen'), with 4 values",
    ]


# ---------------------------------------------------------------- values made fit


def test_values_beyond_the_limit_are_cut_where_a_character_ends(tmp_path):
    rows = [b"x" * 65536, b"y" * 65537, "é".encode() * 40_000, b"x" + "é".encode() * 40_000]
    table = b"entity\tattribute\tvalue\n\n" + b"".join(b"f1\ttitle\t" + row + b"\n" for row in rows)
    graph, notes = read(write(tmp_path, {"attributes.tsv": table}))
    assert graph.attributes(0) == {
        "title": ["x" * 65536, "x" + "é" * 32767, "y" * 65536, "é" * 32768]
    }
    assert notes == ["attributes.tsv: 3 values longer than 64 KiB cut there (the first in row 4)"]


@pytest.mark.parametrize("ending", ["csv.gz", "parquet"])
def test_a_value_of_megabytes_is_cut_in_every_format(tmp_path, ending):
    data = encode(ending, ("entity", "attribute", "value"), [("f1", "title", "a\n" * 1_000_000)])
    graph, notes = read(write(tmp_path, {f"attributes.{ending}": data}))
    assert graph.attributes(0) == {"title": ["a\n" * 32768]}
    assert notes == [
        f"attributes.{ending}: 1 value longer than 64 KiB cut there (the first in row 2)"
    ]


def test_the_first_value_that_is_cut_is_named_by_its_row_whatever_the_size_of_a_stretch(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(tables_module, "ROWS_AT_ONCE", 1)
    monkeypatch.setattr(text_rows, "LONGEST_ROW", 200_000)
    rows = [b"f1\ttitle\ta\n"] * 70_000 + [b"f1\ttitle\t" + b"x" * 65537 + b"\n"] * 5
    graph, notes = read(
        write(tmp_path, {"attributes.tsv": b"entity\tattribute\tvalue\n" + b"".join(rows)})
    )
    assert graph.num_values == 2
    assert notes == [
        "attributes.tsv: 5 values longer than 64 KiB cut there (the first in row 70002)"
    ]


def test_blank_values_are_left_out_and_counted(tmp_path):
    blank = [" ", "\u00a0", "\u200b", "\ufeff", "\u3000\u2009", "\u2060\u00ad", "\ufe0f", "\u2800"]
    kept = ["a", "\u00a0b ", "☀\ufe0f", "می\u200cخواهم", "·", "-"]
    rows = "".join(f"f1\ttitle\t{value}\n" for value in (*blank, "", *kept))
    table = f"entity\tattribute\tvalue\n{rows}".encode()
    graph, notes = read(write(tmp_path, {"attributes.tsv": table}))
    assert set(graph.attributes(0)["title"]) == set(kept)
    assert notes == [f"attributes.tsv: {len(blank)} blank values left out"]


def test_nul_bytes_are_removed_from_values_and_counted(tmp_path):
    table = b"entity\tattribute\tvalue\nf1\ttitle\tGone\0Girl\nf2\ttitle\t\0\nf2\ttitle\ta\n"
    graph, notes = read(write(tmp_path, {"attributes.tsv": table}))
    assert [graph.attributes(row) for row in range(2)] == [
        {"title": ["GoneGirl"]},
        {"title": ["a"]},
    ]
    assert notes == ["attributes.tsv: NUL bytes removed from 2 values"]


# ---------------------------------------------------------------- ids that look the same


def test_ids_that_differ_only_in_form_are_told_and_stay_two_entities(tmp_path):
    ids = ["Caf\xe9", "Cafe\u0301", "p", "p ", "f1", "f2", "\u212b", "\xc5", "A\u030a"]
    table = "id\ttype\n" + "".join(f"{entity_id}\tbar\n" for entity_id in ids)
    graph, notes = read(write(tmp_path, {"entities.tsv": table.encode()}))
    assert graph.num_entities == len(ids)
    assert notes == [
        "entities.tsv: 4 ids equal to another but for the Unicode form (NFC/NFD) or what cannot "
        "be seen, as 'Cafe\\u0301' and 'Caf\\xe9'; read as ids of different entities"
    ]


# ---------------------------------------------------------------- order


def shuffled(folder: Path, into: Path, seed: int) -> Path:
    """Write the tables of a folder with rows and columns in another order, as CSV."""
    rng = np.random.default_rng(seed)
    into.mkdir()
    for name in ("entities", "attributes", "relations"):
        rows = [
            line.split("\t")
            for line in (folder / f"{name}.tsv").read_text(encoding="utf-8").split("\n")[:-1]
        ]
        columns = rng.permutation(len(rows[0]))
        body = rng.permutation(len(rows) - 1) + 1
        with (into / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([rows[row][c] for c in columns] for row in (0, *body))
    return into


HOSTILE = {
    "entities.tsv": (
        "id\ttype\tname\tnote\nb\tfilm\tB\t\n10\tfilm\t\u00a0\tx\n9\tfilm\tTen\t\n"
        "é\tPerson\tE\tx\ne\u0301\tperson\tE\t\nB\tfilm\tB\t\n🎬\tfilm\t\t\n"
    ),
    "attributes.tsv": "entity\tattribute\tvalue\n"
    + "".join(
        f"{entity}\t{attribute}\t{value}\n"
        for entity in ("b", "é", "🎬", "10")
        for attribute in ("name", "Name", "alias")
        for value in ("z", "a", "", "Ä", "A\u0308", "z", "10", "9", "\u200b", "x" * 70_000, "B")
    ),
    "relations.tsv": "head\trelation\ttail\n"
    + "".join(
        f"{head}\t{relation}\t{tail}\n"
        for head in ("b", "B", "é", "🎬")
        for relation in ("r", "R", "r")
        for tail in ("9", "10", "é", "b")
    ),
}


@pytest.fixture(params=["sample left", "sample right", "hostile"])
def in_one_order(request, tmp_path) -> Path:
    if request.param == "hostile":
        changes = {name: table.encode() for name, table in HOSTILE.items()}
        return write(tmp_path / "one", changes)
    return SAMPLE_DATA / request.param.split()[1]


@pytest.mark.parametrize("seed", range(3))
def test_a_graph_is_the_same_to_the_bit_whatever_the_order_of_rows_and_columns(
    in_one_order, tmp_path, seed
):
    read_table_folder(in_one_order).save(tmp_path / "saved")
    read_table_folder(shuffled(in_one_order, tmp_path / "other", seed)).save(tmp_path / "again")
    files = sorted(path.name for path in (tmp_path / "saved").iterdir())
    assert len(files) == 10
    for file in files:
        one, other = (tmp_path / name / file for name in ("saved", "again"))
        assert one.read_bytes() == other.read_bytes(), file


@pytest.mark.parametrize(
    ("make", "message"),
    [
        ("nothing", "there is no such folder; give the folder that holds a graph"),
        (
            "file",
            "is a file; give the folder that holds the entities, attributes and relations tables",
        ),
    ],
)
def test_what_is_no_graph_is_an_input_error(tmp_path, make, message):
    path = tmp_path / "graph"
    if make == "file":
        path.write_bytes(b"")
    with pytest.raises(InputError) as caught:
        read_table_folder(path)
    assert str(caught.value) == f"{path}: {message}"


def test_languages_and_datatypes_are_kept_with_the_values(tmp_path):
    attributes = (
        b"entity,attribute,value,language,datatype,side\n"
        b"f1,title,Alien,de,,left\nf1,title,Alien,en-GB,,left\nf1,title,Obcy,pl,,right\n"
        b"f1,year,1979,,xsd:gYear,left\nf2,year,1980,,http://x.org/y,left\nf2,title,Alien,,,left\n"
        b"f2,note,a,German!,,left\nf2,note,b,,no type,left\n"
    )
    told: list[str] = []
    graph = read_table_folder(write(tmp_path, {"attributes.csv": attributes}), notice=told.append)
    year = "^^http://www.w3.org/2001/XMLSchema#gYear"
    assert graph.attributes(0) == {"title": ["Alien", "Obcy"], "year": ["1979"]}
    assert graph.tags(0) == {"title": ["@de @en-GB", "@pl"], "year": [year]}
    assert graph.tags(1) == {"note": ["", ""], "title": [""], "year": ["^^http://x.org/y"]}
    assert told == [
        "attributes.csv: 1 column passed over ('side')",
        "attributes.csv: 2 rows with a language that is no language tag (as de, en-GB) or a "
        "datatype that is no IRI, which is left out",
    ]


def test_a_language_alone_is_enough_and_none_is_as_no_column(tmp_path):
    table = b"entity\tattribute\tvalue\tLanguage\nf1\ttitle\tAlien\t%s\n"
    graph = read_table_folder(write(tmp_path / "one", {"attributes.tsv": table % b"de"}))
    assert graph.tags(0) == {"title": ["@de"]}
    graph = read_table_folder(write(tmp_path / "none", {"attributes.tsv": table % b""}))
    assert graph.value_tags is None
