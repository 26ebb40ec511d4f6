from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kgreview.graph.links import Links, pair_keys

Triple = tuple[int, int, int]


def file(*links: Triple) -> Links:
    left, right, label = (np.array(column, np.int64) for column in zip(*links, strict=True))
    return Links.of_file(left, right, label.astype(np.int8))


def rows(*pairs: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    left, right = zip(*pairs, strict=True)
    return np.array(left), np.array(right)


# candidates: two of the left entity 0, two of 1, one of 2
CANDIDATES = rows((0, 5), (0, 6), (1, 5), (1, 7), (2, 8))
GOLD = file((0, 5, 1))
JUDGED = file((1, 7, 1), (2, 8, 0))
REJECTIONS = file((2, 8, 0), (0, 6, 0))


def test_a_file_is_gold_where_it_has_no_non_match():
    assert GOLD.gold.tolist() == [True]
    assert JUDGED.gold.tolist() == [False, False]
    assert not REJECTIONS.gold.any()
    assert not len(Links.empty().gold)


def test_gold_links_settle_all_candidates_of_their_left_entities():
    assert GOLD.labels(*CANDIDATES).tolist() == [1, 0, -1, -1, -1]
    assert GOLD.settle(*CANDIDATES).tolist() == [True, True, False, False, False]


def test_judged_links_settle_their_pairs_alone():
    assert JUDGED.labels(*CANDIDATES).tolist() == [-1, -1, -1, 1, 0]


def test_rejections_settle_their_pairs_alone():
    assert REJECTIONS.labels(*CANDIDATES).tolist() == [-1, 0, -1, -1, 0]


def test_rejections_from_another_file_take_nothing_from_gold_links():
    both = Links.concatenate(GOLD, REJECTIONS)
    assert both.labels(*CANDIDATES).tolist() == [1, 0, -1, -1, 0]
    everything = Links.concatenate(GOLD, REJECTIONS, JUDGED.take(JUDGED.label == 1))
    assert everything.labels(*CANDIDATES).tolist() == [1, 0, -1, 1, 0]


def test_an_entity_may_have_two_matches_one_in_each_file():
    both = Links.concatenate(GOLD, file((0, 6, 1), (2, 8, 0)))
    assert both.labels(*CANDIDATES).tolist() == [1, 1, -1, -1, 0]


def test_no_links_settle_nothing_and_no_candidates_are_settled():
    assert Links.empty().labels(*CANDIDATES).tolist() == [-1] * 5
    none = np.empty(0, np.int64)
    assert len(GOLD.labels(none, none)) == 0


def test_links_are_put_one_after_another_each_with_its_kind():
    together = Links.concatenate(GOLD, Links.empty(), JUDGED)
    assert together.left.tolist() == [0, 1, 2]
    assert together.label.tolist() == [1, 1, 0]
    assert together.gold.tolist() == [True, False, False]
    assert together.matches.left.tolist() == [0, 1]
    assert len(Links.concatenate()) == 0


def test_links_are_written_with_their_kind(tmp_path: Path):
    Links.concatenate(GOLD, JUDGED).save(tmp_path / "train.npz")
    with np.load(tmp_path / "train.npz", allow_pickle=False) as columns:
        assert {name: column.tolist() for name, column in columns.items()} == {
            "left": [0, 1, 2],
            "right": [5, 7, 8],
            "label": [1, 1, 0],
            "gold": [True, False, False],
        }


def test_the_row_of_an_id_that_a_graph_lacks_is_in_no_pair():
    keys = pair_keys(*rows((0, 0), (0, 2**32 - 2), (2**32 - 2, 0), (7, 6)))
    lacking = pair_keys(*rows((-1, 0), (0, -1), (-1, -1), (-1, 6), (7, -1)))
    assert not np.isin(lacking, keys).any()


small = st.integers(0, 4)
pairs = st.lists(st.tuples(small, small), min_size=1, max_size=12, unique=True)


@given(pairs, pairs, pairs)
def test_more_rejections_never_settle_less(matches, rejected, candidates):
    """The fault that a non-match anywhere once was: it made all links of any file judged."""
    gold = file(*((a, b, 1) for a, b in matches))
    non_matches = [(a, b, 0) for a, b in rejected if (a, b) not in matches]
    before = gold.labels(*rows(*candidates))
    after = Links.concatenate(gold, *([file(*non_matches)] if non_matches else [])).labels(
        *rows(*candidates)
    )
    assert (after[before >= 0] == before[before >= 0]).all()
    fresh = {candidates[i] for i in np.flatnonzero(after != before)}
    assert fresh <= {(a, b) for a, b, _ in non_matches}
