"""Each file of a project damaged in each way: every page and command tells it in one line."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kgreview.errors import KGReviewError
from kgreview.pipeline import explanation, loaded_networks
from kgreview.pipeline.doctor import examine
from kgreview.pipeline.guard import in_one_line
from kgreview.pipeline.project import Project
from kgreview.pipeline.scoring import score_project
from tests.damage import DAMAGES, VIEWS, files_of, review

GRAPH = [
    *("ids.arrow", "values.arrow", "graph.json", "types.npy", "id_order.npy"),
    *("value_offsets.npy", "value_attributes.npy"),
    *("edge_offsets.npy", "edge_relations.npy", "edge_neighbours.npy"),
]
VERSION = [
    *("attention.npy", "beliefs.npy", "evidence.npy", "logits.npy", "own.npy", "samples.npy"),
    *("scores.npy", "spread.npy", "seen.npy"),
    *("network.json", "weights.safetensors", "candidates.txt"),
]
CANDIDATES = [
    *("left.npy", "right.npy", "name_similarity.npy", "context_similarity.npy"),
    *("similarities.npy", "similarities.json", "schema.json"),
]
FILES = [
    *(f"{side}/{name}" for side in ("left", "right") for name in GRAPH),
    *(f"models/v1/{name}" for name in VERSION),
    *(f"candidates/{name}" for name in CANDIDATES),
    *("links/train.npz", "links/valid.npz"),
    *("kgreview.json", "kgreview.db", "schema.json", "notes.json", "features.npy"),
]
# the pair can be decided without
ASIDE = [
    *(f"models/v1/{name}" for name in VERSION),
    *("features.npy", "notes.json", "links/valid.npz"),
]


@pytest.fixture(autouse=True)
def _nothing_is_kept() -> Iterator[None]:
    yield
    for kept in (loaded_networks._versions, explanation._explanations, explanation._flips):
        kept.clear()


def damaged(project: Path, file: str) -> Iterator[str]:
    """Damage a file in one way after another."""
    whole = (project / file).read_bytes()
    for name, how in DAMAGES.items():
        for beside in project.glob("kgreview.db-*"):
            beside.unlink(missing_ok=True)
        put(project / file, how(whole))
        yield name
    put(project / file, whole)


def put(file: Path, content: bytes) -> None:
    """Replace a file: what has the one before memory-mapped would be killed, were it cut."""
    making = file.with_name(f"{file.name}.made")
    making.write_bytes(content)
    making.replace(file)


def test_all_files_are_tried(small_sample: Path) -> None:
    assert set(files_of(small_sample)) == set(FILES)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of numbers that are none
@pytest.mark.parametrize("file", FILES)
def test_a_damaged_file_is_told_in_one_line_wherever_it_is_needed(
    file: str, small_sample: Path
) -> None:
    for name in damaged(small_sample, file):
        if (file, name) == ("kgreview.db", "emptied"):
            continue  # a database that is empty is another matter
        for view, look in VIEWS.items():
            _look(small_sample, look, f"{file}, {name}: {view}")


def _look(path: Path, look: object, what: str) -> None:
    for kept in (loaded_networks._versions, explanation._explanations, explanation._flips):
        kept.clear()
    failed: Exception | None = None
    try:
        look(Project.open(path))  # type: ignore[operator]
    except Exception as error:
        failed = error
    if failed is not None:
        told = in_one_line(failed, path)
        assert told is not None, f"{what} fails: {type(failed).__name__}: {failed}"
        assert "\n" not in str(told), what
        assert "/" in str(told), f"{what} does not say which file: {told}"


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("file", ASIDE)
def test_a_pair_is_shown_without_what_only_explains_it(file: str, small_sample: Path) -> None:
    for _ in damaged(small_sample, file):
        review(Project.open(small_sample))


@pytest.mark.parametrize("file", [f for f in FILES if not f.endswith(("notes.json", ".txt"))])
def test_the_doctor_names_a_file_that_is_cut_or_emptied(file: str, small_sample: Path) -> None:
    assert not examine(small_sample).faults
    for name in damaged(small_sample, file):
        if name in ("cut", "emptied", "garbage"):
            found = [str(each) for each in examine(small_sample).faults]
            of_folder = file.endswith((".arrow", ".json", ".safetensors"))
            near = file.rpartition("/")[0] if of_folder else file
            assert any(near in each for each in found), (name, found)
            assert all("\n" not in each for each in found)


def test_the_doctor_names_files_that_belong_to_nothing_and_harms_nobody(
    small_sample: Path,
) -> None:
    (small_sample / "models" / "v9").mkdir()
    (small_sample / "models" / "v9" / "scores.npy").write_bytes(b"")
    (small_sample / "features.npy.new").write_bytes(b"")
    before = {name: (small_sample / name).read_bytes() for name in files_of(small_sample)}
    found = examine(small_sample)
    assert not found.faults
    said = " ".join(found.lines())
    assert "models/v9/scores.npy" in said
    assert "features.npy.new" in said
    assert {name: (small_sample / name).read_bytes() for name in before} == before


def test_the_doctor_tells_of_a_folder_without_a_project(tmp_path: Path) -> None:
    assert any("kgreview.json" in str(each) for each in examine(tmp_path).faults)
    with contextlib.suppress(KGReviewError):
        examine(tmp_path / "nothing")
        pytest.fail("there is no such folder")


def test_a_file_that_ends_before_it_begins_is_no_interruption(
    small_sample: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from kgreview.cli import main

    (small_sample / "left" / "types.npy").write_bytes(b"")
    monkeypatch.setattr("sys.argv", ["kgreview", "status", str(small_sample)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "interrupted" not in said
    assert "left/types.npy: is empty, cut short or damaged" in said


def test_a_defect_in_a_project_that_is_whole_is_not_hidden(small_sample: Path) -> None:
    shutil.rmtree(small_sample / "exports", ignore_errors=True)
    assert in_one_line(IndexError("a defect"), small_sample) is None


@pytest.mark.parametrize("file", ["features.npy", *(f"models/v1/{name}" for name in VERSION[:8])])
@pytest.mark.parametrize("how", ["gone", "cut"])
def test_what_explain_advises_mends_what_is_missing_and_is_seen_at_once(
    file: str, how: str, small_sample: Path
) -> None:
    project = Project.open(small_sample)
    pairs = project.candidates()
    rows = int(pairs.left[0]), int(pairs.right[0])
    whole = (small_sample / file).read_bytes()
    if how == "gone":
        (small_sample / file).unlink()
    else:
        put(small_sample / file, whole[: len(whole) // 2])
    with contextlib.suppress(KGReviewError):  # of some files nothing is needed to explain
        explanation.explain(project, "v1", *rows)
    loaded_networks._load_quietly(project, "v1", loaded_networks.version_key(project, "v1"))
    score_project(Project.open(small_sample), "v1", device="cpu")  # as the line says
    explanation.explain(project, "v1", *rows)
    assert not examine(small_sample).faults


def test_an_error_is_forgotten_when_the_file_is_back(small_sample: Path) -> None:
    project = Project.open(small_sample)
    pairs = project.candidates()
    rows = int(pairs.left[0]), int(pairs.right[0])
    kept = (small_sample / "features.npy").read_bytes()
    (small_sample / "features.npy").unlink()
    loaded_networks._load_quietly(project, "v1", loaded_networks.version_key(project, "v1"))
    with pytest.raises(KGReviewError, match="kgreview score"):
        explanation.explain(project, "v1", *rows)
    (small_sample / "features.npy").write_bytes(kept)
    explanation.explain(project, "v1", *rows)


def test_too_little_memory_is_one_line(
    small_sample: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from kgreview.cli import main

    def ask_for_too_much(project: Project) -> None:
        raise MemoryError

    monkeypatch.setattr("kgreview.pipeline.status.project_status", ask_for_too_much)
    monkeypatch.setattr("sys.argv", ["kgreview", "status", str(small_sample)])
    with pytest.raises(SystemExit):
        main()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "memory of this machine is not enough" in lines[0]
