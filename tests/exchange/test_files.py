"""Files as bytes, whatever they are packed or written in."""

from __future__ import annotations

import gzip

import pytest

from kgreview.errors import InputError
from kgreview.exchange import files
from kgreview.exchange.files import beginning, entries_of, lines_of, parts_of, the_one


def test_gzip_is_told_by_its_first_bytes_not_by_its_name(tmp_path):
    file = tmp_path / "a.txt"
    file.write_bytes(gzip.compress(b"hello"))
    assert beginning(file) == b"hello"
    assert b"".join(parts_of(file)) == b"hello"
    assert list(lines_of(file)) == [(1, "hello")]
    file.write_bytes(b"plain")
    assert b"".join(parts_of(file)) == b"plain"


def test_the_beginning_of_what_cannot_be_read_is_empty(tmp_path):
    assert beginning(tmp_path / "none") == b""
    assert beginning(tmp_path) == b""


def test_hidden_files_are_no_entries_and_no_folder_has_none(tmp_path):
    for name in ("b", "a", ".hidden"):
        (tmp_path / name).touch()
    assert [entry.name for entry in entries_of(tmp_path)] == ["a", "b"]
    with pytest.raises(InputError, match="cannot be read"):
        entries_of(tmp_path / "none")


def test_what_cannot_be_read_is_one_line(tmp_path):
    for read in (parts_of, lines_of):
        with pytest.raises(InputError, match=r"none: cannot be read \(No such file or directory\)"):
            list(read(tmp_path / "none"))


def test_a_gzip_file_that_is_cut_off_is_named(tmp_path):
    file = tmp_path / "a.gz"
    file.write_bytes(gzip.compress(b"one\ntwo\n")[:-4])
    for read in (parts_of, lines_of):
        with pytest.raises(InputError, match=r"a\.gz: is cut off or damaged"):
            list(read(file))


def test_lines_have_numbers_and_the_first_no_byte_order_mark(tmp_path):
    file = tmp_path / "a.txt"
    file.write_bytes(b"\xef\xbb\xbfone\r\n\ntwo")
    assert list(lines_of(file)) == [(1, "one\r\n"), (2, "\n"), (3, "two")]
    file.write_bytes(b"one\n\xff\n")
    with pytest.raises(InputError, match=r"a\.txt, row 2: is not UTF-8"):
        list(lines_of(file))


def test_of_several_files_in_one_place_none_is_chosen(tmp_path):
    assert the_one(tmp_path, []) is None
    assert the_one(tmp_path, [tmp_path / "a"]) == tmp_path / "a"
    with pytest.raises(InputError, match="holds a and b; keep one of them"):
        the_one(tmp_path, [tmp_path / "a", tmp_path / "b"])


def test_a_large_file_is_read_in_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "PART", 10)
    file = tmp_path / "a.gz"
    file.write_bytes(gzip.compress(b"x" * 95))
    seen = []
    assert [len(part) for part in parts_of(file, seen.append)] == [10] * 9 + [5]
    assert seen[-1] == file.stat().st_size
