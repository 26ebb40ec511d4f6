from __future__ import annotations

import numpy as np
import pytest

from kgreview.graph.links import Links
from kgreview.graph.shared_ids import links_of_shared_ids, shared_id_words, shared_ids


def of_ids(graph_of, *ids: str):
    return graph_of([(entity_id, "thing") for entity_id in ids])


def links(*rows: tuple[int, int, int]) -> Links:
    left, right, label = (np.array(column) for column in zip(*rows, strict=True))
    return Links.of_file(left, right, label.astype(np.int8))


def offered(graph_of, *ids: str) -> list[str]:
    graph = of_ids(graph_of, *ids)
    return shared_id_words(links_of_shared_ids(graph, graph, Links.empty()), graph, taken=False)


def test_entities_of_one_id_are_found_by_their_rows_on_either_side(graph_of):
    left, right = of_ids(graph_of, "a", "c", "d"), of_ids(graph_of, "b", "c", "d", "C")
    lefts, rights = shared_ids(left, right)
    assert [left.id(row) for row in lefts] == [right.id(row) for row in rights] == ["c", "d"]
    assert [len(rows) for rows in shared_ids(left, of_ids(graph_of))] == [0, 0]


def test_links_of_equal_ids_are_gold_matches(graph_of):
    graph = of_ids(graph_of, "a", "b")
    found = links_of_shared_ids(graph, graph, Links.empty())
    assert (found.left.tolist(), found.right.tolist()) == ([0, 1], [0, 1])
    assert found.label.all()
    assert found.gold.all()


@pytest.mark.parametrize(
    ("known", "left"),
    [
        ((0, 0, 1), [1, 2, 3]),  # states the pair
        ((0, 0, 0), [1, 2, 3]),  # rejects it
        ((0, 1, 1), [2, 3]),  # matches both with others
        ((0, 1, 0), [0, 1, 2, 3]),  # says nothing of either pair
    ],
)
def test_what_known_links_speak_of_is_left_to_them(graph_of, known, left):
    graph = of_ids(graph_of, "a", "b", "c", "d")
    assert links_of_shared_ids(graph, graph, links(known)).left.tolist() == left


@pytest.mark.parametrize(
    "entity_id",
    ["http://a.b/1", "HTTPS://a.b/1", "urn:x:1", "ex://1", "wikidata", "10000000", "é" * 8],
)
def test_ids_that_say_enough_are_offered(graph_of, entity_id):
    assert offered(graph_of, entity_id, "1") == [
        "1 id stands on both sides; if an id means the same thing in both, add --same-ids"
    ]


@pytest.mark.parametrize("entity_id", ["1", "42", "9999999", "0000000001", "Q42", "person1"])
def test_small_numbers_and_short_ids_are_not_offered(graph_of, entity_id):
    assert offered(graph_of, entity_id) == []


def test_many_are_counted_and_what_is_taken_is_told(graph_of):
    graph = of_ids(graph_of, *(f"http://a.b/{number}" for number in range(1204)), "7")
    found = links_of_shared_ids(graph, graph, Links.empty())
    assert shared_id_words(found, graph, taken=False)[0].startswith("1,204 ids stand on both sides")
    assert shared_id_words(found, graph, taken=True) == [
        "1,205 ids on both sides: known matches by --same-ids"
    ]
