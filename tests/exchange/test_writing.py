from __future__ import annotations

import pytest

from kgreview.errors import InputError
from kgreview.exchange.writing import written_file, written_folder

NAMES = frozenset({"a.csv"})


def begin(making, error=KeyboardInterrupt):
    making.write_text("half")
    raise error


def left(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError, InputError])
def test_whatever_ends_the_writing_nothing_half_written_is_left(tmp_path, error):
    with pytest.raises(error), written_file(tmp_path / "a.csv") as making:
        begin(making, error)
    assert left(tmp_path) == []
    with pytest.raises(error), written_folder(tmp_path / "f", NAMES) as making:
        begin(making / "a.csv", error)
    assert left(tmp_path) == []


def test_what_is_there_is_replaced_by_force_alone_and_stays_where_that_fails(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old")
    with pytest.raises(InputError, match="exists already; choose another name, or --force"):
        written_file(path).__enter__()
    with pytest.raises(KeyboardInterrupt), written_file(path, force=True) as making:
        begin(making)
    assert path.read_text() == "old"
    with written_file(path, force=True) as making:
        making.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert left(tmp_path) == ["a.csv"]


def test_who_was_faster_keeps_the_name(tmp_path):
    with pytest.raises(InputError, match="exists already"), written_file(tmp_path / "a"):
        (tmp_path / "a").write_text("yours")
    assert (tmp_path / "a").read_text() == "yours"
    assert left(tmp_path) == ["a"]


def test_a_folder_is_replaced_only_where_an_export_wrote_all_of_it(tmp_path):
    folder = tmp_path / "merged"
    folder.mkdir()
    (folder / "a.csv").write_text("old")
    with pytest.raises(InputError, match="exists already"):
        written_folder(folder, NAMES).__enter__()
    with pytest.raises(KeyboardInterrupt), written_folder(folder, NAMES, force=True) as making:
        begin(making / "a.csv")
    assert (folder / "a.csv").read_text() == "old"
    with written_folder(folder, NAMES, force=True) as making:
        (making / "a.csv").write_text("new")
    assert (folder / "a.csv").read_text() == "new"
    (folder / "thesis.doc").write_text("mine")
    with pytest.raises(InputError, match=r"holds thesis\.doc, which no export wrote"):
        written_folder(folder, NAMES, force=True).__enter__()
    assert left(tmp_path) == ["merged"]


def test_places_where_nothing_can_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    for name, message in [("no/a", "its folder does not exist"), (".", "is a folder")]:
        with pytest.raises(InputError, match=message):
            written_file(tmp_path / name, force=True).__enter__()
    for name, message in [("no/a", "does not exist"), ("file", "is no folder")]:
        with pytest.raises(InputError, match=message):
            written_folder(tmp_path / name, NAMES, force=True).__enter__()
