from __future__ import annotations

import csv
import gzip
import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.errors import InputError
from kgreview.graph.readers import dialects, text_rows
from kgreview.graph.readers.dialects import LoneBackslashes, find_dialect
from kgreview.graph.readers.tables import read_table
from kgreview.graph.readers.text_rows import TSV, Dialect

COLUMNS = ("id", "value")
ESCAPED = r"a quote within a value stands behind a backslash (\"); read so, and \\ as one backslash"


def read(path: Path) -> tuple[list[tuple[str, ...]], list[str]]:
    """Give the rows of a table, and what was said of it."""
    notes: list[str] = []
    found: list[tuple[str, ...]] = []
    for rows in read_table(path, COLUMNS, values=COLUMNS, rows_needed=False, notice=notes.append):
        found += zip(*(rows.columns[name].to_pylist() for name in COLUMNS), strict=True)
    return found, notes


def table(folder: Path, body: bytes, name: str = "t.csv", header: bytes = b"id,value\n") -> Path:
    path = folder / name
    data = header + body
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


# ---------------------------------------------------------------- quotes


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
@pytest.mark.parametrize(
    ("body", "values"),
    [
        # valid under RFC 4180: a backslash is a character
        (rb'1,"C:\"' + b"\n" + rb'2,"D:\"' + b"\n", ["C:\\", "D:\\"]),
        (rb'1,"C:\""x"' + b"\n", [r"C:\"x"]),
        (rb"1,a\b" + b"\n" + rb"2,\\" + b"\n", [r"a\b", "\\\\"]),
        (b'1,"He said ""hi"" there"\n', ['He said "hi" there']),
        (b'1,""""\n2,""\n3,"a""\nb"\n', ['"', "", 'a"\nb']),
    ],
)
def test_what_is_valid_by_doubled_quotes_is_read_so_without_a_word(tmp_path, name, body, values):
    rows, notes = read(table(tmp_path, body, name))
    assert [value for _, value in rows] == values
    assert notes == []


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
@pytest.mark.parametrize(
    ("body", "values"),
    [
        (rb'1,"He said \"hi\" there"', ['He said "hi" there']),
        (rb'1,"a\",b"', ['a",b']),
        (rb'1,"\"a\" and C:\\"', ['"a" and C:\\']),
        (rb'1,"\"C:\new\""', [r'"C:\new"']),
        (rb'1,"\"a' + b'\nb"', ['"a\nb']),
        (rb'1,"both \" and """', ['both " and "']),
        (rb"1,5\" disk", ['5" disk']),
        (rb'1,"\"a\""' + b'\n2,5" disk', ['"a"', '5" disk']),
        (rb'1,"\\\""' + b"\n" + rb'2,"\\\\"', ['\\"', "\\\\"]),
    ],
)
def test_quotes_behind_backslashes_are_read_as_the_writer_meant_and_told(
    tmp_path, name, body, values
):
    rows, notes = read(table(tmp_path, body, name))
    assert [value for _, value in rows] == values
    assert notes == [f"{name}: {ESCAPED}"]


def test_quotes_in_values_that_are_not_quoted_are_characters_and_told(tmp_path):
    body = b'1,12" disk\n2,"a ""b"""\n3, "c"\n4,"""\\"\n'
    rows, notes = read(table(tmp_path, body))
    assert [value for _, value in rows] == ['12" disk', 'a "b"', ' "c"', '"\\']
    assert notes == [
        "t.csv: 2 values hold quotes without standing in quotes (the first in row 2); the quotes "
        "are read as characters"
    ]


@pytest.mark.parametrize(
    ("body", "row", "what"),
    [
        (b'1,a\n2,"Gone" Girl\n', 3, text_rows.GOES_ON),
        (b'1,"a\nb"\n2,"Gone" Girl\n', 4, text_rows.GOES_ON),
        (rb'1,"\"a\""' + b'\n2,"Gone" Girl\n', 3, text_rows.GOES_ON),
        (b'1,a\n2,"Gone Girl\n3,b\n', 3, text_rows.NOT_CLOSED),
        (rb'1,"\"a\""' + b'\n2,"C:\\"\n', 3, text_rows.NOT_CLOSED),
        (rb'1,"\"a\"",b' + b"\n", 2, text_rows.GOES_ON),
    ],
)
def test_what_fits_no_dialect_is_refused_with_its_row(tmp_path, body, row, what):
    path = table(tmp_path, body)
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(caught.value) == f"{path}, row {row}: {what}"


def test_a_tsv_has_quotes_and_backslashes_as_characters(tmp_path):
    path = table(tmp_path, b'1\t"a\\"\n2\t"\n', "t.tsv", b"id\tvalue\n")
    assert find_dialect(path) == TSV
    assert read(path) == ([("1", '"a\\"'), ("2", '"')], [])


@pytest.mark.parametrize(
    ("rows", "told"),
    [(b'1\t"a ""b"" c"\n2\tx\n', True), (b'1\t"Heroes" (live)\n2\t7" mix\n', False)],
)
def test_quotes_of_a_tsv_that_look_like_quoting_are_told(tmp_path, rows, told):
    values, notes = read(table(tmp_path, rows, "t.tsv", b"id\tvalue\n"))
    assert values[0][1].startswith('"')
    assert bool(notes) is told
    if told:
        assert notes == [
            "t.tsv: 6 quotes around or within values are read as characters, as in every .tsv; "
            "name the file .csv if they only enclose values"
        ]


# ---------------------------------------------------------------- delimiters and line ends


@pytest.mark.parametrize(
    ("delimiter", "name"), [(b";", "semicolons"), (b"\t", "tabs"), (b",", "commas")]
)
def test_a_csv_with_another_delimiter_is_recognised_by_its_header(tmp_path, delimiter, name):
    lines = [b'id;"value"', b"1;3,5", b'2;"a;b\t""c"""', b"3;,;"[:-1]]
    path = table(tmp_path, b"\r\n".join(lines).replace(b";", delimiter), header=b"")
    if delimiter == b",":
        path = table(tmp_path, b'id,value\r\n1,"3,5"\r\n', header=b"")
        assert read(path) == ([("1", "3,5")], [])
        return
    rows, notes = read(path)
    second = 'a;b\t"c"' if delimiter == b";" else 'a\tb\t"c"'
    assert rows == [("1", "3,5"), ("2", second), ("3", ",")]
    assert notes == [f"t.csv: its columns are separated by {name}, not commas"]


def test_a_comma_is_preferred_where_the_header_has_the_columns_by_it(tmp_path):
    path = table(tmp_path, b"1,a,b;c\n", header=b"id,value,x;y\n")
    assert find_dialect(path, COLUMNS) == Dialect(b",", quotes=True)
    assert read(path) == ([("1", "a")], ["t.csv: 1 column passed over ('x;y')"])


def test_line_ends_may_be_mixed(tmp_path):
    path = table(tmp_path, b'1,a\r\n2,"b\r\nc"\n3,d\r4,"e\rf"\r\n\r\n5,g')
    rows, notes = read(path)
    assert rows == [("1", "a"), ("2", "b\r\nc"), ("3", "d"), ("4", "e\rf"), ("5", "g")]
    assert notes == []


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.csv.gz"])
def test_utf_16_is_told_by_its_byte_order_mark(tmp_path, encoding, name):
    delimiter = "\t" if name.endswith(".tsv") else ","
    text = "\ufeffid,value\n1,é\n".replace(",", delimiter)
    path = table(tmp_path, text.encode(encoding), name, header=b"")
    assert read(path) == ([("1", "é")], [])


# ---------------------------------------------------------------- against another reader

cells = st.text(st.sampled_from('"\\,a\n é'), max_size=6)
bodies = st.binary(max_size=30).map(lambda data: bytes(b'"\\,a\n\r'[byte % 6] for byte in data))


RFC_4180 = re.compile(r'(?:(?:"(?:[^"]|"")*"|[^",\r\n]*)(?:,|\r\n?|\n|$))*')


def read_by_doubling(data: str) -> list[tuple[str, ...]] | None:
    """Read the rows below the header; ``None`` where a file is not valid under RFC 4180."""
    if not RFC_4180.fullmatch(data):
        return None
    return [tuple(row) for row in csv.reader(io.StringIO(data, newline="")) if row][1:]


@given(rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=5), every=st.booleans())
def test_what_a_writer_doubled_comes_back_as_it_was(tmp_path_factory, rows, every):
    text = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if every else csv.QUOTE_MINIMAL
    csv.writer(text, quoting=quoting).writerows([COLUMNS, *rows])
    path = tmp_path_factory.mktemp("t") / "t.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    assert read(path) == (rows, [])


@given(rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=5))
def test_what_a_writer_escaped_comes_back_as_it_was_unless_it_is_valid_by_doubling(
    tmp_path_factory, rows
):
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, doublequote=False, escapechar="\\")
    writer.writerows([COLUMNS, *rows])
    data = text.getvalue()
    path = tmp_path_factory.mktemp("t") / "t.csv"
    path.write_text(data, encoding="utf-8", newline="")
    doubled = read_by_doubling(data)
    if doubled is None:
        assert read(path) == (rows, [f"t.csv: {ESCAPED}"])
    elif all(len(row) == 2 for row in doubled):
        assert read(path) == (doubled, [])


@given(body=bodies, at_once=st.sampled_from([1, 3, 64]), longest=st.sampled_from([64, 4 * 2**20]))
def test_arrow_and_the_grammar_read_alike_whatever_a_file_holds(
    tmp_path_factory, body, at_once, longest
):
    path = table(tmp_path_factory.mktemp("t"), body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dialects, "_AT_ONCE", at_once)
        patch.setattr(text_rows, "LONGEST_ROW", longest)
        try:
            dialect = find_dialect(path, COLUMNS)
            rows, _ = read(path)
        except InputError:
            return
        _, *records = text_rows.records(path, dialect)
    assert rows == [
        tuple(text_rows.unquoted(field, dialect).decode() for field in fields)
        for _, fields in records
    ]
    doubled = read_by_doubling("id,value\n" + body.decode())
    if doubled is not None:
        assert (rows, dialect.escapes) == (doubled, False)


@given(st.lists(st.text(st.sampled_from('\\"a'), min_size=1, max_size=4)))
def test_lone_backslashes_are_doubled_wherever_stretches_end(stretches):
    transform = LoneBackslashes()
    doubled = b"".join(transform(stretch.encode()) for stretch in [*stretches, ""])
    pairs = re.findall(r'\\["\\]|.', "".join(stretches))
    assert doubled.decode() == "".join(r"\\" if pair == "\\" else pair for pair in pairs)
