from __future__ import annotations

import numpy as np

from kgreview.graph.links import Links


def links(*labels: int) -> Links:
    rows = np.arange(len(labels))
    return Links(rows, rows + 10, np.array(labels, dtype=np.int8))


def test_links_with_non_matches_among_them_are_judged():
    assert links(1, 0).judged
    assert not links(1, 1).judged
    assert not Links.empty().judged


def test_links_are_put_one_after_another():
    together = Links.concatenate(links(1), Links.empty(), links(0, 1))
    assert len(together) == 3
    assert together.left.tolist() == [0, 0, 1]
    assert together.label.tolist() == [1, 0, 1]
    assert len(Links.concatenate()) == 0
