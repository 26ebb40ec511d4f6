from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgreview.errors import InputError
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.readers import read_graph, read_table_folder
from kgreview.graph.readers import tables as tables_module

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
        pytest.param(b"type\tid\nfilm\tf1\nfilm\tf2\nperson\tp\n", id="other order"),
        pytest.param(
            b"n\tid\tx\ttype\tn\n1\tf1\t\xff\tfilm\t\n2\tf2\t\tfilm\t\n3\tp\t\tperson\t\n",
            id="extra columns, whatever is in them",
        ),
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
    assert graph.attributes(0) == {"title": ['"Gone" Girl', '"']}
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


def test_a_value_of_exactly_64_kib_is_read(tmp_path):
    table = b"entity\tattribute\tvalue\nf1\ttitle\t" + b"x" * 65536 + b"\n"
    graph = read_table_folder(write(tmp_path, {"attributes.tsv": table}))
    assert len(graph.attributes(0)["title"][0]) == 65536


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
    name = any_text.filter(bool)
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

    read_entities, read_values, read_relations = stated(read_graph(folder))
    assert read_entities == entities
    assert sorted(read_values) == sorted({value for value in values if value[2]})
    assert sorted(read_relations) == sorted(set(relations))


# ---------------------------------------------------------------- bad input

MIB = b"x" * 2**20
NO_ENTITY = "add it to the entities table or drop the row"
DAMAGED = "is cut off or damaged, or no gzip file; copy or compress it again"
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
        "missing table",
        {"relations.tsv": None},
        "FOLDER: has no relations table; it needs relations.tsv, .csv or .parquet, plain or .gz",
    ),
    (
        "two files for one table",
        {"entities.tsv": GOOD["entities.tsv"], "entities.csv.gz": b""},
        "FOLDER: has 2 entities tables (entities.tsv, entities.csv.gz); keep one",
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
        "header only",
        {"attributes.tsv": b"entity\tattribute\tvalue\n\n"},
        "FOLDER/attributes.tsv: has no rows below its header; add them",
    ),
    (
        "header only, not ended",
        {"relations.csv": b"head,relation,tail"},
        "FOLDER/relations.csv: has no rows below its header; add them",
    ),
    (
        "header only, Parquet",
        {"relations.parquet": parquet(head=pa.array([], pa.string()), relation=[], tail=[])},
        "FOLDER/relations.parquet: has no rows below its header; add them",
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
        f"FOLDER/relations.csv.gz, row 5, column 'tail': no entity has the id 'p '; {NO_ENTITY}",
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
    # bytes
    (
        "Latin-1",
        {"attributes.tsv": GOOD["attributes.tsv"] + "\nf2\ttitle\tAmélie\n".encode("latin-1")},
        "FOLDER/attributes.tsv, row 5, column 'value': is not UTF-8; convert the file to UTF-8",
    ),
    (
        "UTF-16",
        {"entities.tsv": GOOD["entities.tsv"].decode().encode("utf-16")},
        "FOLDER/entities.tsv, row 1: is not UTF-8; convert the file to UTF-8",
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
        "NUL",
        {"attributes.tsv": GOOD["attributes.tsv"] + b"f2\ttitle\tGone\0Girl\n"},
        "FOLDER/attributes.tsv, row 4, column 'value': holds a NUL byte; remove it",
    ),
    (
        "NUL in CSV",
        {"attributes.csv": b'entity,attribute,value\nf1,"ti\n\0tle",Gone\n'},
        "FOLDER/attributes.csv, row 2, column 'attribute': holds a NUL byte; remove it",
    ),
    # length
    (
        "a byte too long",
        {"attributes.tsv": GOOD["attributes.tsv"] + b"f2\ttitle\t" + b"x" * 65537 + b"\n"},
        "FOLDER/attributes.tsv, row 4, column 'value': "
        "is longer than 64 KiB; shorten it or leave it out",
    ),
    (
        "a value of a megabyte",
        {"attributes.tsv": GOOD["attributes.tsv"] + b"f2\ttitle\t" + MIB + b"\n"},
        "FOLDER/attributes.tsv, row 4, column 'value': "
        "is longer than 64 KiB; shorten it or leave it out",
    ),
    (
        "a value of a megabyte in CSV",
        {"attributes.csv": b'entity,attribute,value\n\nf2,title,"' + MIB + b'"\n'},
        "FOLDER/attributes.csv, row 3: holds a value longer than 64 KiB; "
        "shorten it or leave it out",
    ),
    (
        "a value of a megabyte in Parquet",
        {"attributes.parquet": parquet(entity=["f1"], attribute=["t"], value=[MIB.decode()])},
        "FOLDER/attributes.parquet, row 2, column 'value': "
        "is longer than 64 KiB; shorten it or leave it out",
    ),
    (
        "a value of six megabytes",
        {"attributes.tsv": GOOD["attributes.tsv"] + b"f2\ttitle\t" + 6 * MIB + b"\n"},
        "FOLDER/attributes.tsv, row 4: is longer than 4 MiB; shorten it or leave it out",
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
        read_graph(folder)
    assert str(caught.value) == message.replace("FOLDER", str(folder))
    assert "\n" not in str(caught.value)


def test_the_place_is_exact_whatever_the_size_of_a_stretch(tmp_path, monkeypatch):
    monkeypatch.setattr(tables_module, "_ROWS_AT_ONCE", 1)
    rows = b"".join(b"f1\twriter\tp%d\n" % (i == 400_000) for i in range(400_002))
    table = b"head\trelation\ttail\n\n" + rows.replace(b"p0", b"p")
    folder = write(tmp_path / "left", {"relations.tsv": table})
    with pytest.raises(InputError) as caught:
        read_graph(folder)
    assert str(caught.value) == (
        f"{folder}/relations.tsv, row 400003, column 'tail': no entity has the id 'p1'; {NO_ENTITY}"
    )


@pytest.mark.parametrize(
    ("make", "read", "message"),
    [
        ("nothing", read_graph, "there is no such file or folder; check the path"),
        (
            "nothing",
            read_table_folder,
            "there is no such folder; give the folder that holds a graph",
        ),
        ("file", read_graph, "is no form of graph that can be read; give a table folder"),
        (
            "file",
            read_table_folder,
            "is a file; give the folder that holds the entities, attributes and relations tables",
        ),
    ],
)
def test_what_is_no_graph_is_an_input_error(tmp_path, make, read, message):
    path = tmp_path / "graph"
    if make == "file":
        path.write_bytes(b"")
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(caught.value) == f"{path}: {message}"
