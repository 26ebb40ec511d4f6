"""What the search for the most alike gives, however it is cut up and shortened."""

import numpy as np
import pytest
import scipy.sparse as sp

from kgreview.candidates.blocking import BlockingSettings, Candidates, block, is_candidate
from kgreview.candidates.search import _of_columns, _rarest, _used_columns
from kgreview.graph.suggestion import infer_schema

SEARCH = "kgreview.candidates.search"


def named(make_graph, *names: str):
    return make_graph(
        [(f"{i:03}", "thing") for i in range(len(names))],
        [(f"{i:03}", "name", name) for i, name in enumerate(names)],
        [],
    )


def pairs(candidates: Candidates) -> set[tuple[int, int]]:
    return set(zip(candidates.left.tolist(), candidates.right.tolist(), strict=True))


def shortened(monkeypatch, whole: int, rarest: int, alone: int) -> None:
    for name, most in (("_WHOLE", whole), ("_RAREST", rarest), ("_RAREST_ALONE", alone)):
        monkeypatch.setattr(f"{SEARCH}.{name}", most)


def test_blocks_of_the_product_give_what_the_whole_gives(make_graph, monkeypatch):
    rng = np.random.default_rng(0)
    words = ["red", "green", "blue", "house", "river", "stone", "moon"]
    names = [" ".join(rng.choice(words, 3)) + f" {i}" for i in range(60)]
    left, right = named(make_graph, *names), named(make_graph, *names[::-1])
    schema = infer_schema(left, right)
    whole = block(left, right, schema)
    monkeypatch.setattr("kgreview.candidates.search._QUERIES", 7)
    monkeypatch.setattr("kgreview.candidates.search._TARGETS", 11)
    parts = block(left, right, schema)
    # equals at the last place may fall either way: the similarities found are the same
    assert len(parts) == pytest.approx(len(whole), rel=0.02)
    assert is_candidate(parts, whole.left, whole.right).mean() > 0.95


def test_the_rarest_ngrams_alone_still_find_the_pair_and_it_is_told(make_graph, monkeypatch):
    names = [f"the common beginning {word}" for word in ("aardvark", "zebra", "llama", "okapi")]
    graph = named(make_graph, *names)
    shortened(monkeypatch, whole=40, rarest=4, alone=4)
    notices: list[str] = []
    found = block(
        graph,
        graph,
        infer_schema(graph, graph),
        BlockingSettings(1, 0, 0),
        notice=notices.append,
    )
    assert {(i, i) for i in range(4)} <= pairs(found)
    assert [notice.split(" searches")[0] for notice in notices] == ["8 of 8"]


def test_what_is_looked_up_whole_is_told_to_nobody(make_graph):
    graph = named(make_graph, "Alien", "Brazil")
    notices: list[str] = []
    block(graph, graph, infer_schema(graph, graph), notice=notices.append)
    assert notices == []


def test_what_the_rarest_bring_is_compared_by_all_there_is(make_graph, monkeypatch):
    """Two share the rare word; which of them has the common ones, too, the product is not told."""
    left = named(make_graph, "the old zebra house", *(f"the old house {i}" for i in range(40)))
    right = named(
        make_graph, "zebra", "the old zebra house", *(f"the old house {i}" for i in range(40))
    )
    schema = infer_schema(left, right)
    whole = block(left, right, schema, BlockingSettings(1, 0, 0))
    shortened(monkeypatch, whole=60, rarest=20, alone=20)
    assert {(0, 1)} <= pairs(whole) & pairs(block(left, right, schema, BlockingSettings(1, 0, 0)))


def test_shortened_searches_do_not_hang_on_the_order_of_rows(make_graph, monkeypatch):
    rng = np.random.default_rng(0)
    words = ["red", "green", "blue", "house", "river", "stone", "moon"]
    names = [" ".join(rng.choice(words, 3)) + f" {i}" for i in range(60)]
    order = rng.permutation(60)
    left, right = named(make_graph, *names), named(make_graph, *names[::-1])
    moved = named(make_graph, *(names[i] for i in order))
    shortened(monkeypatch, whole=100, rarest=40, alone=100)
    schema = infer_schema(left, right)
    found = block(left, right, schema)
    again = block(moved, right, schema)
    assert pairs(found) == {(int(order[i]), j) for i, j in pairs(again)}


@pytest.mark.parametrize(("most", "kept"), [(100, [0, 1, 2]), (6, [1, 2]), (2, [2]), (0, [])])
def test_of_a_row_the_rarest_columns_are_kept_up_to_what_one_search_may_cost(
    monkeypatch, most, kept
):
    asked = sp.csr_matrix(np.array([[0.1, 0.2, 0.3]], np.float32))
    offered = np.zeros((9, 3), np.float32)
    offered[:9, 0] = offered[:4, 1] = offered[:2, 2] = 1
    shortened(monkeypatch, whole=most, rarest=most, alone=most)
    lighter, cut = _rarest(asked, sp.csr_matrix(offered.T))
    assert lighter.indices.tolist() == kept
    assert cut.tolist() == [len(kept) < 3]


def test_a_row_without_columns_stays_one(monkeypatch):
    asked = sp.csr_matrix(np.array([[0, 0], [1, 1], [0, 0]], np.float32))
    shortened(monkeypatch, whole=1, rarest=1, alone=1)
    lighter, cut = _rarest(asked, sp.csr_matrix(np.array([[1, 1, 1], [1, 0, 0]], np.float32)))
    assert lighter.toarray().tolist() == [[0, 0], [0, 1], [0, 0]]
    assert cut.tolist() == [False, True, False]


def test_columns_that_are_numbered_anew_give_the_same_products() -> None:
    """Of thousands of types each uses few of a million n-grams."""
    rng = np.random.default_rng(0)
    offered = sp.random(30, 5_000, 0.01, "csr", np.float32, rng)
    asked = sp.random(20, 5_000, 0.01, "csr", np.float32, rng)
    fewer, used = _used_columns(offered)
    assert fewer.shape[1] == len(used) < 5_000
    product = _of_columns(asked, used) @ fewer.T
    assert np.array_equal(product.toarray(), (asked @ offered.T).toarray())
