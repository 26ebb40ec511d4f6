from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.candidates.name_index import NOT_EQUAL, NameIndex
from kgreview.graph.knowledge_graph import KnowledgeGraph

MakeGraph = Callable[..., KnowledgeGraph]

NAMES = {"film": ("title", "alias")}


@pytest.fixture
def graph(make_graph: MakeGraph) -> KnowledgeGraph:
    return make_graph(
        [
            ("a", "film"),
            ("b", "film"),
            ("c", "film"),
            ("d", "place"),
            ("http://x/e#Long_Way", "film"),
        ],
        [
            ("a", "title", "The French Connection"),
            ("a", "alias", "Brennpunkt Brooklyn"),
            ("b", "title", "Сталкер"),
            ("c", "title", "French Kiss"),
            ("c", "alias", "  "),
            ("d", "title", "Frenchtown"),
        ],
    )


@pytest.fixture
def index(graph: KnowledgeGraph) -> NameIndex:
    return NameIndex.of(graph, NAMES)


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("the french connection", "a"),
        ("Connection, The French", "a"),
        ("Teh Frnech Conection", "a"),
        ("brennpunkt brooklin", "a"),
        ("Stalker", "b"),
        ("сталкер", "b"),
        ("long way", "http://x/e#Long_Way"),
        ("D", "d"),  # nothing names a place: the end of its id does
    ],
)
def test_a_name_is_found_in_another_order_script_or_spelling(
    graph: KnowledgeGraph, index: NameIndex, text: str, entity: str
) -> None:
    assert graph.id(index.similar(text, 1)[0].row) == entity


def test_only_an_equal_spelling_is_wholly_alike(graph: KnowledgeGraph, index: NameIndex) -> None:
    assert index.similar("FRENCH  kiss", 1)[0].similarity == 1
    assert index.similar("kiss french", 1)[0].similarity == pytest.approx(NOT_EQUAL)
    assert index.similar("Stalker", 1)[0].similarity == 1, "in Latin letters it is spelt so"


def test_entities_come_by_likeness_and_only_those_allowed(
    graph: KnowledgeGraph, index: NameIndex
) -> None:
    found = index.similar("french", 9)
    assert [graph.id(each.row) for each in found] == ["c", "a"]
    assert found[0].similarity > found[1].similarity > 0
    only_a = np.arange(graph.num_entities) == graph.row("a")
    assert [graph.id(each.row) for each in index.similar("french", 9, only_a)] == ["a"]
    assert index.similar("french", 9, skipped=1) == found[1:]


def test_parts_of_words_find_names_that_begin_so_first(
    graph: KnowledgeGraph, index: NameIndex
) -> None:
    assert [graph.id(row) for row in index.containing("fren")] == ["c", "a"]
    assert [graph.id(row) for row in index.containing("conn fren")] == ["a"]
    assert list(index.containing("fren", np.zeros(graph.num_entities, dtype=bool))) == []


@pytest.mark.parametrize("text", ["", "   ", "!!!", "zzz", "x" * 10_000])
def test_what_names_nothing_finds_nothing(index: NameIndex, text: str) -> None:
    assert index.similar(text, 5) == []
    assert list(index.containing(text)) == []


def test_any_text_may_be_asked_for(make_graph: MakeGraph) -> None:
    graph = make_graph([("a", "t"), ("b", "t")], [("a", "n", "Āéî 東京"), ("b", "n", "0")])
    index = NameIndex.of(graph, {"t": ("n",)})

    @given(st.text())
    def ask(text: str) -> None:
        for each in index.similar(text, 3):
            assert 0 < each.similarity <= 1
        index.containing(text)

    ask()


def test_an_empty_graph_has_no_names(make_graph: MakeGraph) -> None:
    index = NameIndex.of(make_graph([]), {})
    assert index.similar("a", 3) == []


@pytest.mark.parametrize(
    ("text", "entity"),
    [("Beirut", "a"), ("Beyrouth", "a"), ("Tel Aviv", "b"), ("موسكو", "c"), ("פריז", "d")],
)
def test_a_name_is_found_in_a_script_without_vowels_and_from_one(
    make_graph: MakeGraph, text: str, entity: str
) -> None:
    names = {"a": "بيروت", "b": "תל אביב", "c": "Moscow", "d": "Paris", "e": "Berlin", "f": "برلين"}
    graph = make_graph(
        [(each, "town") for each in names],
        [(each, "name", name) for each, name in names.items()],
    )
    first, *rest = NameIndex.of(graph, {"town": ("name",)}).similar(text, 6)
    assert graph.ids[first.row].as_py() == entity
    assert first.similarity <= NOT_EQUAL
    assert all(each.similarity < first.similarity for each in rest)
