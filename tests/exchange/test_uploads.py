"""What a browser sends: files come into their folder and nowhere else, and no more than may."""

from __future__ import annotations

import gzip
import io
import stat
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.errors import InputError
from kgreview.exchange import uploads
from kgreview.exchange.uploads import MB, Budget, Upload, check_name, files_in, save_uploads

HOSTILE = (
    "../evil.ttl",
    "..",
    "/etc/passwd",
    "a/b.ttl",
    "..\\evil.ttl",
    "C:evil.ttl",
    ".hidden",
    "-rf",
    "~root",
    "",
    " ",
    "a\0b.ttl",
    "a\nb.ttl",
    "\u202egpj.ttl",
    "\ud800.ttl",
    "x" * 300,
    "dot.",
)


def upload(name: str, content: bytes = b"x") -> Upload:
    return Upload(name, io.BytesIO(content))


def zipped(
    *entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    packed = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(packed, "w", method) as archive:
        warnings.simplefilter("ignore")  # of a name that is there twice
        for name, content in entries:
            archive.writestr(name, content)
    return packed.getvalue()


def listing(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Save uploads into a folder of a folder, so that what gets out of it is seen."""

    def save(*files: Upload, size: int = MB, most: int = 1000) -> Path:
        return save_uploads(files, tmp_path / "all" / "left", Budget(size, most))

    return save


Save = Callable[..., Path]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_of_a_file_is_refused_in_one_line(
    name: str, save: Save, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as refused:
        save(upload(name))
    assert "\n" not in str(refused.value)
    str(refused.value).encode()
    assert listing(tmp_path) == []


@pytest.mark.parametrize("name", [name for name in HOSTILE if not name.startswith(".h")])
def test_a_hostile_name_in_a_zip_is_refused_and_nothing_is_outside(
    name: str, save: Save, tmp_path: Path
) -> None:
    entry = zipfile.ZipInfo("placeholder")
    entry.filename = name
    if name == "a/b.ttl":
        entry.filename = "a/../../../b.ttl"
    try:
        content = zipped(("fine.ttl", b"x"), (entry, b"evil"))
    except UnicodeEncodeError:
        pytest.skip("no zip can hold this name")
    with pytest.raises(InputError) as refused:
        save(upload("graph.zip", content))
    assert "\n" not in str(refused.value)
    assert set(listing(tmp_path)) <= {"all/left/fine.ttl"}


@given(st.text(max_size=40))
def test_a_name_is_refused_or_one_part_of_a_path(name: str) -> None:
    try:
        given_back = check_name(name, "file")
    except InputError:
        return
    assert given_back == name
    path = Path("/folder") / name
    assert path.parent == Path("/folder")
    assert path.name == name


def test_one_file_is_the_source_and_several_are_a_folder(tmp_path: Path) -> None:
    one = save_uploads([upload("a.ttl")], tmp_path / "one", Budget(MB))
    assert one == tmp_path / "one" / "a.ttl"
    two = save_uploads([upload("a.tsv"), upload("b.tsv")], tmp_path / "two", Budget(MB))
    assert two == tmp_path / "two"
    assert [file.name for file in files_in(two)] == ["a.tsv", "b.tsv"]


def test_a_zip_becomes_the_innermost_folder_that_holds_all_of_it(save: Save) -> None:
    content = zipped(("data/v1/", b""), ("data/v1/a.tsv", b"1"), ("./data/v1/sub/b.tsv", b"2"))
    source = save(upload("Data.ZIP", content))
    assert source.name == "v1"
    assert listing(source) == ["a.tsv", "sub/b.tsv"]


def test_what_systems_hide_in_a_zip_is_left_out_and_counted(tmp_path: Path) -> None:
    content = zipped(("a.ttl", b"1"), ("__MACOSX/a.ttl", b"2"), (".DS_Store", b"3"))
    told: list[str] = []
    source = save_uploads([upload("a.zip", content)], tmp_path / "x", Budget(MB), told.append)
    assert source.name == "a.ttl"
    assert told == ["a.zip: 2 hidden files left out"]


def test_a_link_in_a_zip_is_refused(save: Save, tmp_path: Path) -> None:
    entry = zipfile.ZipInfo("link.ttl")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(InputError, match="is a link or no file"):
        save(upload("a.zip", zipped((entry, b"/etc/passwd"))))
    assert listing(tmp_path) == []


def test_a_link_in_the_way_is_not_followed(save: Save, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (tmp_path / "all" / "left").mkdir(parents=True)
    (tmp_path / "all" / "left" / "a.ttl").symlink_to(outside)
    with pytest.raises(InputError, match="leads out"):
        uploads._save(io.BytesIO(b"x"), tmp_path / "all" / "left", ["a.ttl"], Budget(MB))
    assert not outside.exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("big.ttl", b"x" * 2_000),
        ("bomb.zip", zipped(("bomb.ttl", b"0" * 100_000))),
        ("bomb.ttl.gz", gzip.compress(b"0" * 100_000)),
        ("told-otherwise.ttl", gzip.compress(b"0" * 100_000)),
        ("twice.zip", zipped(("bomb.ttl.gz", gzip.compress(b"0" * 100_000)))),
    ],
)
def test_more_than_the_limit_is_refused_while_it_is_unpacked(
    name: str, content: bytes, save: Save, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="hold more than"):
        save(upload(name, content), size=1_000)
    assert sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file()) <= 1_000


def test_a_zip_whose_header_lies_about_its_size_is_refused_all_the_same(save: Save) -> None:
    content = bytearray(zipped(("bomb.ttl", b"0" * 100_000)))
    true_size = (100_000).to_bytes(4, "little")
    assert content.count(true_size) == 2
    content = content.replace(true_size, (10).to_bytes(4, "little"))
    with pytest.raises(InputError):
        save(upload("a.zip", bytes(content)), size=1_000)


def test_the_limit_holds_for_all_sources_of_a_project_together(tmp_path: Path) -> None:
    budget = Budget(1_000)
    save_uploads([upload("a.ttl", b"x" * 600)], tmp_path / "left", budget)
    with pytest.raises(InputError, match="hold more than"):
        save_uploads([upload("a.ttl", b"x" * 600)], tmp_path / "right", budget)


def test_too_many_files_are_refused(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    many = zipped(*((f"{number}.ttl", b"x") for number in range(5)))
    with pytest.raises(InputError, match="files; send fewer"):
        save(upload("a.zip", many), most=4)


def test_a_zip_that_lists_more_than_could_be_read_is_refused_unread(
    save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = io.BytesIO(zipped(*((f"{number}.ttl", b"x") for number in range(5))))
    monkeypatch.setattr(uploads, "_LARGEST_DIRECTORY", 100)
    monkeypatch.setattr(uploads.zipfile, "ZipFile", lambda *_: pytest.fail("it was read"))
    with pytest.raises(InputError, match="lists more than"):
        save(Upload("a.zip", content))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no zip at all", "is no whole zip"),
        (zipped(("a.ttl", b"x" * 1000), method=zipfile.ZIP_STORED)[50:], "is no whole zip"),
        (zipped(("a.ttl", b"x"), method=zipfile.ZIP_BZIP2), "packed otherwise"),
        (zipped(("a.ttl", b"x"), ("a.ttl", b"y")), "is there twice"),
        (zipped(("a", b"x"), ("a/b.ttl", b"y")), "is there twice"),
        (zipped(), "hold nothing"),
    ],
)
def test_a_zip_that_cannot_be_unpacked_is_said_in_one_line(
    content: bytes, words: str, save: Save
) -> None:
    with pytest.raises(InputError, match=words):
        save(upload("a.zip", content))


def test_a_zip_with_a_password_is_said_in_one_line(save: Save) -> None:
    content = bytearray(zipped(("a.ttl", b"x")))
    content[6] |= 1  # of the local header
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(InputError, match="has a password"):
        save(upload("a.zip", bytes(content)))


def test_a_zip_of_folders_in_folders_without_end_is_refused(save: Save) -> None:
    with pytest.raises(InputError, match="2,001 folders deep"):
        save(upload("a.zip", zipped(("a/" * 2_000 + "b.ttl", b"x"))))


def test_two_files_of_one_name_are_refused(save: Save) -> None:
    with pytest.raises(InputError, match="is there twice"):
        save(upload("a.ttl", b"1"), upload("a.ttl", b"2"))


def test_a_damaged_gzip_is_left_to_its_reader(save: Save) -> None:
    assert save(upload("a.ttl.gz", gzip.compress(b"x" * 1000)[:20])).name == "a.ttl.gz"
