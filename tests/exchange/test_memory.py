"""Small files that unpack to more than the memory holds are refused before they do."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kgreview.errors import InputError
from kgreview.exchange.links import read_link_source
from kgreview.exchange.sources import read_source
from kgreview.graph.readers import unpacking
from kgreview.graph.readers.unpacking import TIMES, Allowance

FREE = 2**20
TOO_MUCH = "far more than a file of its size does"
ROWS = {  # header, and a row that is repeated
    "rows.csv.gz": (b"id,type,name\n", b"i1,t,n\n"),
    "rows.tsv.gz": (b"id\ttype\tname\n", b"i1\tt\tn\n"),
    "rows.nt.gz": (b"", b'<http://x/a> <http://x/name> "b" .\n'),
    "rows.ttl.gz": (b"", b'<http://x/a> <http://x/name> "b" .\n'),
    "rows.ftm.json.gz": (b"", b'{"id":"a","schema":"Person","properties":{"name":["b"]}}\n'),
}


@pytest.fixture(autouse=True)
def _little_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have what is refused be small enough to be made and read in a moment."""
    monkeypatch.setattr(unpacking, "FREE", FREE)


def packed(file: Path, header: bytes, row: bytes) -> Path:
    with gzip.open(file, "wb") as out:
        out.write(header + row * (4 * FREE // len(row)))
    return file


@pytest.mark.parametrize("name", ROWS)
def test_equal_rows_that_pack_to_nothing_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=TOO_MUCH):
        read_source(packed(tmp_path / name, *ROWS[name]))


def test_zeros_in_the_place_of_a_packed_parquet_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=TOO_MUCH):
        read_source(packed(tmp_path / "zeros.parquet.gz", b"", b"\0" * 64))


def test_links_that_pack_to_nothing_are_refused(tmp_path: Path) -> None:
    (tmp_path / "few.csv").write_text("id,type,name\na,t,n\n", encoding="utf-8")
    graph = read_source(tmp_path / "few.csv")
    with pytest.raises(InputError, match=TOO_MUCH):
        read_link_source(packed(tmp_path / "l.tsv.gz", b"left\tright\n", b"a\tb\n"), graph, graph)


def test_one_value_of_a_dictionary_is_not_written_out_for_every_row(tmp_path: Path) -> None:
    rows, file = 60_000, tmp_path / "values.parquet"
    once = pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(rows, np.int32)), pa.array(["x" * 1_000_000])
    )
    ids = pa.array(["a"] * rows)
    pq.write_table(pa.table({"id": ids, "type": ids, "name": once}), file, compression="zstd")
    assert file.stat().st_size < 20_000, "60 GB if it were written out"
    with pytest.raises(InputError, match=TOO_MUCH):
        read_source(file)


def test_a_file_may_hold_as_much_as_its_size_speaks_for(tmp_path: Path) -> None:
    file = tmp_path / "large"
    file.write_bytes(b"\0" * (FREE // TIMES + 1_000))
    allowance = Allowance(file)
    allowance.take(FREE + 1_000)
    with pytest.raises(InputError, match=TOO_MUCH):
        allowance.take(FREE)
