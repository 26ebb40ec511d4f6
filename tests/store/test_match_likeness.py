import numpy as np
import pytest

from kgreview.store.match_likeness import match_likeness

NAN = np.nan


@pytest.fixture
def columns() -> np.ndarray:
    """A thousand pairs: two similarities, of which the first ten pairs, matches, are near 1."""
    rng = np.random.default_rng(0)
    values = rng.uniform(0, 0.8, (1_000, 2)).astype(np.float32)
    values[:10] = 0.95
    return values


def test_what_has_the_values_of_matches_resembles_them(columns: np.ndarray) -> None:
    found = match_likeness(columns, np.arange(5), np.arange(len(columns)))
    assert found[:10] == pytest.approx(found.max()), "the five that are not told, too"
    assert (found >= found[0] - 1e-9).mean() < 0.05, "and hardly another"


def test_what_is_missing_says_nothing(columns: np.ndarray) -> None:
    columns[5:300, 0] = NAN  # no known match lacks it
    found = match_likeness(columns, np.arange(5), np.arange(len(columns)))
    assert (found[10:] > found[5]).mean() < 0.05
    assert found[0] > found[5] > np.quantile(found[10:300], 0.8), "others that lack it, too"


def test_a_pair_of_which_nothing_is_known_is_neither_like_nor_unlike(columns: np.ndarray) -> None:
    columns[7] = NAN
    assert match_likeness(columns, np.arange(5), np.array([7])).tolist() == [0.0]


def test_a_similarity_that_says_the_same_of_all_or_is_hardly_there_counts_nothing(
    columns: np.ndarray,
) -> None:
    before = match_likeness(columns, np.arange(5), np.arange(20))
    rare = np.full(len(columns), NAN, np.float32)
    rare[:20] = 1.0
    more = np.column_stack([columns, np.ones(len(columns), np.float32), rare])
    assert match_likeness(more, np.arange(5), np.arange(20)) == pytest.approx(before, abs=1e-3)
