"""Scores of another program: found by ids, checked row by row, laid over the candidates."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kgreview.errors import InputError
from kgreview.experiments.given_scores import read_scores, scores_option


@pytest.fixture
def sides(make_graph):
    return tuple(make_graph([(f"{side}{n}", "film") for n in range(4)]) for side in "lr")


def write(path: Path, *rows: str) -> Path:
    path.write_text("".join(row.replace(" ", "\t") + "\n" for row in ("left right score", *rows)))
    return path


def test_candidates_without_a_score_stand_below_all_with_one(sides, tmp_path: Path) -> None:
    given = read_scores("mine", write(tmp_path / "s.tsv", "l0 r0 -3", "l1 r1 2e1"), *sides)
    data = SimpleNamespace(left=np.array([0, 0, 1]), right=np.array([0, 1, 1]))
    scores, there = given.on_candidates(data)
    assert there.tolist() == [True, False, True]
    assert scores[1] < scores[0] < scores[2]


def test_what_has_no_score_and_what_is_no_candidate_is_counted(sides, tmp_path: Path) -> None:
    file = write(tmp_path / "s.tsv", "l0 r0 1", "l3 r3 1", "l3 r2 1")
    given = read_scores("mine", file, *sides)

    class Data(SimpleNamespace):
        def __len__(self) -> int:
            return 3

    notes: list[str] = []
    data = Data(left=np.array([0, 0, 1]), right=np.array([0, 1, 1]))
    assert given.tell(data, np.array([0, 1]), notes.append) == 1
    assert notes == [
        f"mine: 1 of the 2 tested pairs and 2 of all 3 candidates have no score in {file}; they "
        "stand below all that have one",
        f"mine: 2 pairs of {file} are no candidates here; they count in the ranks among all "
        "entities alone",
    ]


def test_parquet_holds_numbers(sides, tmp_path: Path) -> None:
    table = pa.table({"score": [0.1, 0.2], "right": ["r1", "r0"], "left": ["l1", "l0"]})
    pq.write_table(table, tmp_path / "s.parquet")
    given = read_scores("mine", tmp_path / "s.parquet", *sides)
    assert given.pairs.left.tolist() == [0, 1]
    assert given.pairs.score.tolist() == [0.2, 0.1]


def test_a_pair_may_be_stated_twice_alike(sides, tmp_path: Path) -> None:
    file = write(tmp_path / "s.tsv", "l0 r0 1", "l0 r0 1.0", "l0 r1 2")
    assert len(read_scores("mine", file, *sides).pairs.left) == 2


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["l0 r0 1", "l9 r0 1"], "row 3, column 'left': no left entity has the id 'l9'"),
        (["l0 r9 1", "l1 r8 1"], "row 2, column 'right': no right entity has the id 'r9'; correct "
         "it or drop the row; so it is with 1 more of these rows"),
        (["l0 r0 high"], "row 2, column 'score': 'high' is not a number"),
        (["l0 r0 nan"], "row 2, column 'score': 'nan' is not a number"),
        (["l0 r0 inf"], "row 2, column 'score': 'inf' is not a number"),
        (["l0 r0 1", "l0 r0 2"], "row 3, column 'score': the pair has another score in row 2"),
        ([], "has no rows below its header"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_row(
    rows: list[str], message: str, sides, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"s\.tsv") as raised:
        read_scores("mine", write(tmp_path / "s.tsv", *rows), *sides)
    assert message in str(raised.value)


def test_a_file_that_is_not_there_or_no_table_is_named(sides, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        read_scores("mine", tmp_path / "s.tsv", *sides)
    (tmp_path / "s.txt").write_text("x")
    with pytest.raises(InputError, match="rename it"):
        read_scores("mine", tmp_path / "s.txt", *sides)


@pytest.mark.parametrize("given", ["mine", "=s.tsv", "mine=", ""])
def test_the_option_needs_a_name_and_a_file(given: str) -> None:
    assert scores_option("my bert=a=b.tsv") == ("my bert", Path("a=b.tsv"))
    with pytest.raises(InputError, match=r"as mine=scores\.tsv"):
        scores_option(given)
