"""Links are divided by left entity, in fixed shares, whatever stands on the right."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kgreview.exchange.division import divide, set_aside
from kgreview.graph.links import Links

ROWS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=60, unique=True)


def links_of(rows: list[tuple[int, int]], label: int = 1) -> Links:
    left, right = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    return Links.of_file(left, right, np.full(len(rows), label, dtype=np.int8))


@given(ROWS)
def test_each_link_is_in_one_part_and_no_left_entity_in_two(rows: list[tuple[int, int]]) -> None:
    for parts in (divide(links_of(rows)), set_aside(links_of(rows))):
        keys = np.concatenate([part.keys for part in parts.values()])
        assert sorted(keys) == sorted(links_of(rows).keys)
        lefts = [set(part.left.tolist()) for part in parts.values()]
        assert sum(map(len, lefts)) == len(set().union(*lefts))


@given(ROWS)
def test_what_stands_on_the_right_makes_no_difference(rows: list[tuple[int, int]]) -> None:
    other = [(left, 100 - right) for left, right in rows]
    for split, part in divide(links_of(rows)).items():
        assert part.left.tolist() == divide(links_of(other))[split].left.tolist()


def test_the_shares_are_those_of_openea() -> None:
    parts = divide(links_of([(n, n) for n in range(15_000)]))
    assert [len(part) for part in parts.values()] == [3_000, 1_500, 10_500]


def test_rejections_take_no_match_from_training() -> None:
    both = Links.concatenate(
        links_of([(n, n) for n in range(10)]), links_of([(n, n) for n in range(10, 100)], 0)
    )
    parts = divide(both)
    assert [len(part.matches) for part in parts.values()] == [2, 1, 7]
