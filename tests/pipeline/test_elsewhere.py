"""What others make of partitions is what one process makes of them, to the last bit."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kgreview.aligner import own, scored_together
from kgreview.aligner.settings import AlignerSettings
from kgreview.candidates import search
from kgreview.features import similarity
from kgreview.partitions import on
from kgreview.pipeline.passes import block_train_score
from kgreview.pipeline.project import Project
from kgreview.pipeline.refresh import refresh_project


class Elsewhere:
    """Workers that get all things as a cluster's do: pickled, and only to be read.

    They begin with the last partition, and count them by what was to be done.
    """

    elsewhere = True

    def __init__(self) -> None:
        self.done: dict[str, int] = {}

    def share(self, value: Any) -> Any:
        return value

    def each(
        self, work: Callable[..., Any], shared: tuple[Any, ...], partitions: Iterable[Any]
    ) -> Iterator[Any]:
        found = []
        for partition in reversed(list(partitions)):
            doing, *given = sent((work, *shared, partition))
            found.append(sent(doing(*given)))
            self.done[work.__qualname__] = self.done.get(work.__qualname__, 0) + 1
        return reversed(found)


def sent(value: Any) -> Any:
    """Give what comes of a value at the other end."""
    buffers: list[pickle.PickleBuffer] = []
    text = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    return pickle.loads(text, buffers=[bytes(buffer.raw()) for buffer in buffers])


@pytest.fixture(autouse=True)
def _small_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "_AT_ONCE", 500)
    monkeypatch.setattr(scored_together, "AT_ONCE", {"cpu": 300, "cuda": 500})
    monkeypatch.setattr(similarity, "AT_ONCE", 500)
    monkeypatch.setattr(search, "_QUERIES", 100)


def columns(project: Path) -> dict[str, bytes]:
    """Give all columns of a project."""
    files = project.rglob("*.npy")
    return {str(file.relative_to(project)): np.load(file).tobytes() for file in files}


def both(project: Path, work: Callable[[Project], object]) -> dict[str, int]:
    """Do some work here and on a copy elsewhere; give how many partitions of what there were."""
    other, workers = Path(shutil.copytree(project, project.with_name("other"))), Elsewhere()
    work(Project.open(project))
    with on(workers):
        work(Project.open(other))
    here, there = columns(project), columns(other)
    assert len(here) > 12
    assert here.keys() == there.keys()
    assert [name for name in here if here[name] != there[name]] == []
    return workers.done


def test_a_run(small_sample: Path, few_steps: AlignerSettings) -> None:
    done = both(
        small_sample,
        lambda project: block_train_score(project, settings=few_steps, device="cpu"),
    )
    assert done.keys() == {"_most_alike", "PairSimilarity._halved", "_judged", "weigh"}
    assert all(count > 4 for count in done.values())


def test_a_refresh(small_sample: Path, records: Path, tmp_path: Path) -> None:
    left = Path(shutil.copytree(records / "left", tmp_path / "left"))
    values = left / "attributes.tsv"
    rows = values.read_text(encoding="utf-8").splitlines()
    changed = [f"{row} again" if number % 60 == 7 else row for number, row in enumerate(rows)]
    values.write_text("\n".join(changed) + "\n", encoding="utf-8")
    done = both(small_sample, lambda project: refresh_project(project, left=left, device="cpu"))
    assert done.keys() == {"_most_alike", "PairSimilarity._halved", "_judged", "weigh"}
