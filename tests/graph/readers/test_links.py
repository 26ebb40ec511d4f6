from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kgreview.errors import InputError
from kgreview.graph.readers import read_link_splits


def read_links(path, left, right):
    return read_link_splits({"links": [path]}, left, right)["links"]


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
    assert not links.gold.any()


def test_links_without_labels_are_matches(tmp_path, sides):
    path = tmp_path / "links.csv"
    path.write_bytes(b"right,left\nx,a\n")
    links = read_links(path, *sides)
    assert (links.left.tolist(), links.right.tolist(), links.label.tolist()) == ([0], [0], [1])
    assert links.gold.all()


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
            "l.tsv",
            b"left\tright\tlabel\na\tx\t1\na\tx\t0\nb\tx\t0\nb\tx\t1\nb\tx\t1\n",
            "l.tsv, row 3, column 'label': the pair has the other label in row 2; "
            "keep one of the two; so it is with 2 more",
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


@pytest.fixture
def write(tmp_path):
    def written(name, *rows):
        path = tmp_path / name
        path.write_text("\n".join("\t".join(row.split()) for row in rows) + "\n")
        return path

    return written


def listed(links):
    columns = (links.left, links.right, links.label, links.gold.astype(int))
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_each_file_is_gold_or_judged_by_itself(write, sides):
    matches = write("matches.tsv", "left right", "a x")
    rejections = write("rejections.tsv", "left right label", "b x 0")
    found = read_link_splits({"train": [matches, rejections], "valid": []}, *sides)
    assert listed(found["train"]) == [(0, 0, 1, 1), (1, 0, 0, 0)]
    assert len(found["valid"]) == 0


def test_a_pair_of_several_files_counts_once_and_is_gold_where_one_of_them_is(write, sides):
    judged = write("judged.tsv", "left right label", "a x 1", "b x 0")
    gold = write("gold.tsv", "left right", "a x", "b y")
    assert listed(read_link_splits({"train": [judged, gold]}, *sides)["train"]) == [
        (0, 0, 1, 1),
        (1, 0, 0, 0),
        (1, 1, 1, 1),
    ]
    again = read_link_splits({"train": [gold, gold]}, *sides)["train"]
    assert listed(again) == [(0, 0, 1, 1), (1, 1, 1, 1)]


def test_a_pair_of_both_splits_counts_in_the_later_one_and_is_told_of(write, sides):
    train = write("train.tsv", "left right", "a x", "b y")
    valid = write("valid.tsv", "left right", "a x")
    notes = []
    found = read_link_splits({"train": [train], "valid": [valid]}, *sides, notice=notes.append)
    assert [listed(found[split]) for split in ("train", "valid")] == [
        [(1, 1, 1, 1)],
        [(0, 0, 1, 1)],
    ]
    assert notes == [
        "1 known pair stands in two of the splits train, valid; it counts in the later one alone"
    ]


@pytest.mark.parametrize("splits", [("train", "train"), ("train", "valid")])
def test_a_contradiction_across_files_names_both(write, sides, tmp_path, splits):
    first = write("first.tsv", "left right", "b y", "a x")
    second = write("second.tsv", "left right label", "", "b x 1", "a x 0")
    files = {"train": [], "valid": []}
    for split, file in zip(splits, (first, second), strict=True):
        files[split].append(file)
    with pytest.raises(InputError) as caught:
        read_link_splits(files, *sides)
    assert str(caught.value) == (
        f"{tmp_path}/second.tsv, row 4, column 'label': the pair has the other label in "
        f"{tmp_path}/first.tsv, row 3; keep one of the two"
    )


def test_a_contradiction_names_no_column_that_is_not_there(write, sides, tmp_path):
    first = write("first.tsv", "left right label", "a x 0")
    second = write("second.tsv", "left right", "a x")
    with pytest.raises(InputError, match=rf"^{tmp_path}/second.tsv, row 2: the pair has the other"):
        read_link_splits({"train": [first, second]}, *sides)


def test_no_files_are_no_links(sides):
    assert len(read_link_splits({"train": [], "valid": []}, *sides)["valid"]) == 0


def test_an_id_in_another_unicode_form_is_named_as_such(tmp_path, make_graph):
    left = make_graph([("caf\u00e9", "film")])
    path = tmp_path / "links.tsv"
    path.write_text("left\tright\ncafe\u0301\tx\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_links(path, left, make_graph([("x", "film")]))
    assert "row 2, column 'left': no left entity has the id" in str(caught.value)
    assert r"another Unicode form (NFC/NFD): 'caf\xe9', here it is 'cafe\u0301'" in str(
        caught.value
    )
