from __future__ import annotations

import csv
import io
import re

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.exchange.alignment import What
from kgreview.exchange.export_tables import (
    harmless,
    sheet_writer,
    write_csv,
    write_ent_links,
    write_parquet,
)
from kgreview.exchange.links import read_link_source
from kgreview.exchange.writing import Target
from kgreview.graph.schema import Schema, TypePair
from kgreview.progress import silent, unheard
from kgreview.store.outcomes import Outcome

from .conftest import decision


def written(tmp_path, write, export, name, notice=unheard):
    path = tmp_path / name
    write(Target(path, name.endswith(".gz"), silent, notice), export)
    return path


def test_a_row_a_pair_with_score_outcome_curator_and_time(tmp_path, make_export):
    path = written(tmp_path, write_csv, make_export(), "pairs.csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbfleft,left_name,right,right_name,outcome")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["left"], row["outcome"], row["basis"], row["score"]) for row in rows] == [
        ("lib:l0", "match", "decision", "0.875"),
        ("lib:l1", "match", "link", "0.25"),
        ("lib:l2", "match", "score", "0.9375"),
        ("lib:l3", "no_match", "decision", "0.75"),
        ("lib:l4", "unsure", "decision", "0.5"),
        ("lib:l5", "no_counterpart", "decision", ""),
    ]
    assert rows[0]["curator"] == "Ada L|ovelace; 0000-0002-1825-0097"
    assert rows[0]["decided_at"] == "2026-11-27T09:30:00.000+00:00"
    assert (rows[0]["reason"], rows[0]["note"]) == ("a|b", "same\tyear")
    assert len({row["group"] for row in rows}) == 5  # three of matches, one alone, and none
    assert [row["curator"] for row in rows[1:3]] == ["", ""]


def test_no_cell_is_a_formula(tmp_path, make_export):
    text = written(tmp_path, write_csv, make_export(), "pairs.csv").read_text("utf-8-sig")
    assert '"\'=Film, 0"' in text
    assert [harmless(v) for v in ("+1", "@a", "a=1", "a\0b", 3, None)] == [
        *("'+1", "'@a", "a=1", "ab", 3, None),
    ]


SIGNS = "-=+@\uff1d\uff0b\uff0d\uff20\u2212"


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize(
    "before", ["", "\n", "\r\n", "\t", " ", "\u3000", '"', "a;", "a\tb\n", "a; "]
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(before, sign):
    assert harmless(f"{before}{sign}1+1") == f"{before}'{sign}1+1"
    assert harmless(f"{before}{sign}cmd|' /C calc'!A0").startswith(f"{before}'{sign}")


@pytest.mark.parametrize("id", ["-1", "-abc", "-a.b:c#d", "-", "-Ä1", "a-b", "x=1", "a@b", "a;b"])
def test_an_id_stays_as_it_is(id):
    assert harmless(id) == id


@given(st.text(st.sampled_from(SIGNS + "';\"\n\t a1"), max_size=12))
def test_a_text_is_had_again_by_taking_one_apostrophe_from_before_each_sign(text):
    guarded = re.compile(rf"((?:^|[;\t\n\r])\s*(?:['\"]\s*)*)'(?=[{SIGNS}])")
    assert guarded.sub(r"\1", harmless(text)) == text
    assert list(csv.reader(io.StringIO(_row(text)))) == [[harmless(text), "1"]]


def _row(text):
    sheet = io.StringIO(newline="")
    sheet_writer(sheet, ())((text, 1))
    return sheet.getvalue().removeprefix("\r\n")


def test_parquet_has_the_same_rows_as_they_are_and_says_what_it_rests_on(tmp_path, make_export):
    table = pq.read_table(written(tmp_path, write_parquet, make_export(), "pairs.parquet"))
    assert table.num_rows == 6
    assert table["right_name"][0].as_py() == "=Film, 0"
    assert table["score"].to_pylist() == [0.875, 0.25, 0.9375, 0.75, 0.5, None]
    assert table.schema.metadata[b"kgreview"].startswith(b"Alignment of the project My films")
    empty = written(tmp_path, write_parquet, make_export(decisions=()), "empty.parquet")
    assert pq.read_table(empty).num_rows == 0


def test_ent_links_hold_the_ids_of_matches_and_are_read_back(tmp_path, make_export):
    export = make_export(What.PREDICTED)
    path = written(tmp_path, write_ent_links, export, "ent_links")
    assert path.read_text("utf-8").split("\n")[:2] == [
        *("lib:l0\thttp://two.example/m#r0", "lib:l1\thttp://two.example/m#r1"),
    ]
    links = read_link_source(path, export.left, export.right)
    assert links.left.tolist() == links.right.tolist() == [0, 1, 2]


@pytest.mark.parametrize("broken", ["a\tb", "a\nb", "a\rb"])
def test_ids_that_would_break_a_line_are_left_out_and_counted(
    tmp_path, make_export, make_graph, broken
):
    graphs = make_graph([(broken, "film"), ("b", "film")]), make_graph([("x", "film")])
    said = [decision(left, "x", Outcome.MATCH) for left in (broken, "b")]
    schema = Schema((TypePair("film", "film"),), {}, {})
    export = make_export(decisions=said, graphs=graphs, schema=schema)
    told: list[str] = []
    path = written(tmp_path, write_ent_links, export, "ent_links", told.append)
    assert path.read_bytes() == b"b\tx\n"
    assert told == ["1 matches left out: their ids hold a tab or a line break"]
