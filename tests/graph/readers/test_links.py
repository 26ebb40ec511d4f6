from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kgreview.errors import InputError
from kgreview.graph.readers import read_links


@pytest.fixture
def sides(graph_of):
    return graph_of([("a", "t"), ("b", "t")]), graph_of([("x", "t"), ("y", "t")])


def test_links_with_labels(tmp_path, sides):
    path = tmp_path / "train.tsv"
    path.write_bytes(b"left\tright\tlabel\na\tx\t1\n\nb\ty\t0\na\tx\t1\n")
    links = read_links(path, *sides)
    assert links.left.tolist() == [0, 1]
    assert links.right.tolist() == [0, 1]
    assert links.label.tolist() == [1, 0]
    assert links.judged


def test_links_without_labels_are_matches(tmp_path, sides):
    path = tmp_path / "links.csv"
    path.write_bytes(b"right,left\nx,a\n")
    links = read_links(path, *sides)
    assert (links.left.tolist(), links.right.tolist(), links.label.tolist()) == ([0], [0], [1])


def test_links_from_parquet_may_have_numbers_as_labels(tmp_path, sides):
    sink = io.BytesIO()
    pq.write_table(pa.table({"left": ["a"], "right": ["x"], "label": [0]}), sink)
    path = tmp_path / "links.parquet"
    path.write_bytes(sink.getvalue())
    assert read_links(path, *sides).label.tolist() == [0]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("l.tsv", None, "l.tsv: there is no such file; give a table with columns left, right"),
        ("l.txt", b"", "l.txt: is no .tsv, .csv or .parquet file, plain or .gz; rename it"),
        ("l.tsv", b"", "l.tsv: is empty; its first row must name the columns"),
        ("l.tsv", b"left\tright\n", "l.tsv: has no rows below its header; add them"),
        (
            "l.tsv",
            b"a\tx\n",
            "l.tsv, row 1, column 'left': is missing; name it in the header, which has 'a', 'x'",
        ),
        (
            "l.tsv",
            b"left\tright\na\tx\nc\tx\n",
            "l.tsv, row 3, column 'left': no left entity has the id 'c'; "
            "correct it or drop the row",
        ),
        (
            "l.csv.gz.csv",
            b"left,right\n\na,a\n",
            "l.csv.gz.csv, row 3, column 'right': no right entity has the id 'a'; "
            "correct it or drop the row",
        ),
        (
            "l.csv.tsv",
            b"left\tright\tlabel\na\tx\tyes\n",
            "l.csv.tsv, row 2, column 'label': 'yes' is no label; write 1 (match) or 0 (not)",
        ),
        (
            "l.tsv",
            b"left\tright\tlabel\na\tx\t1\na\tx\t\n",
            "l.tsv, row 3, column 'label': '' is no label; write 1 (match) or 0 (not)",
        ),
        (
            "l.tsv",
            b"left\tright\tlabel\na\tx\t1\nb\tx\t1\n\na\tx\t0\n",
            "l.tsv, row 5, column 'label': the pair has the other label in row 2; "
            "keep one of the two",
        ),
        (
            "l.tsv.gz",
            b"left",
            "l.tsv.gz: is cut off or damaged, or no gzip file; copy or compress it again",
        ),
    ],
)
def test_bad_links_are_one_line_that_names_the_place(tmp_path, sides, name, content, message):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_links(path, *sides)
    assert str(caught.value) == f"{tmp_path}/{message}"
