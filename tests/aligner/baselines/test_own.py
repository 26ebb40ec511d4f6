"""A method of the user's own is found, called, and said to be at fault in one line."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from kgreview.aligner.baselines.own import load_own
from kgreview.aligner.baselines.registry import method
from kgreview.errors import InputError, KGReviewError
from kgreview.progress import silent

DATA = SimpleNamespace(
    left=np.arange(3),
    right=np.arange(3),
    left_graph=SimpleNamespace(id=lambda row: f"l{row}"),
    right_graph=SimpleNamespace(id=lambda row: f"r{row}"),
)
HEAD = "def score(data, seed, device, progress):\n    "


class Data(SimpleNamespace):
    def __len__(self) -> int:
        return 3


@pytest.fixture
def data() -> Data:
    return Data(**vars(DATA))


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A name for a module in the current folder, which is not imported yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return f"own_{tmp_path.name.replace('-', '_')}"


def write(module: str, text: str) -> str:
    Path(f"{module}.py").write_text(text, encoding="utf-8")
    return f"{module}:score"


def test_an_array_or_a_scorer_are_scores(module: str, data: Data) -> None:
    text = (
        "import numpy as np\n"
        "from kgreview.aligner.baselines.dataset import Scorer\n"
        "def score(data, seed, device, progress):\n    return np.arange(3) + seed\n"
        "def fit(data, seed, device, progress):\n    return Scorer(lambda: [1, 2, 3], 7)\n"
    )
    place = write(module, text)
    assert method(place)(data, 2, "cpu", silent).score().tolist() == [2, 3, 4]
    scorer = load_own(f"{module}:fit")(data, 2, "cpu", silent)
    assert (scorer.score().tolist(), scorer.parameters) == ([1, 2, 3], 7)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import no_such_module_at_all\n", "cannot be imported (ModuleNotFoundError: No module"),
        ("1 / 0\n", "cannot be imported (ZeroDivisionError: division by zero"),
        ("def score(:\n", "cannot be imported (SyntaxError"),
        ("import sys\nsys.exit(3)\n", "cannot be imported (SystemExit: 3"),
        ("def other():\n    pass\n", "has no 'score'; its functions are 'other'"),
        ("score = 3\n", "is of type int, and no function"),
        ("def score(data):\n    pass\n", "must take (data, seed, device, progress); too many"),
    ],
)
def test_what_cannot_be_called_is_said_before_anything_runs(
    text: str, message: str, module: str
) -> None:
    place = write(module, text)
    with pytest.raises(InputError) as raised:
        load_own(place)
    assert message in str(raised.value)
    assert str(raised.value).startswith(f"{place}: ")
    assert "\n" not in str(raised.value)


def test_a_module_there_is_not_is_said_with_where_it_was_looked_for(
    module: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="there is no module 'nowhere', neither in"):
        load_own("nowhere.at.all:score")
    with pytest.raises(InputError, match="there is no module"):
        load_own(f"{module}:score")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return [1, 2]", "gave scores of shape (2,); give one for each candidate, (3,)"),
        ("return [[1], [2], [3]]", "gave scores of shape (3, 1)"),
        ("return None", "gave scores of shape ()"),
        ("return [[1], 2, 3]", "gave no column of numbers"),
        ("return ['a', 'b', 'c']", "gave scores of type <U1, which are no numbers"),
        ("return [1, float('nan'), float('inf')]", "gave NaN or infinity for 2 of 3 candidates, "
         "first for candidate 1, 'l1' and 'r1'"),
        ("return {}['x']", "failed (KeyError: 'x', "),
    ],
)  # fmt: skip
def test_what_is_no_column_of_scores_is_said_in_one_line(
    body: str, message: str, module: str, data: Data
) -> None:
    place = write(module, f"{HEAD}{body}\n")
    with pytest.raises(KGReviewError) as raised:
        load_own(place)(data, 0, "cpu", silent)
    assert str(raised.value).startswith(f"{place}: {message}")
    assert "\n" not in str(raised.value)


def test_what_fails_is_placed_in_the_users_own_file(module: str, data: Data) -> None:
    place = write(module, f"import numpy as np\n{HEAD}return np.linalg.inv(np.zeros((2, 2)))\n")
    with pytest.raises(KGReviewError, match=rf"{module}\.py, line 3\)"):
        load_own(place)(data, 0, "cpu", silent)
