from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.errors import InputError
from kgreview.graph import knowledge_graph
from kgreview.graph.knowledge_graph import KnowledgeGraph

text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)


def neighbours(graph: KnowledgeGraph, entity_id: str) -> list[tuple[str, bool, str]]:
    relations, rows = graph.neighbourhood(graph.row(entity_id))
    return [
        (*graph.relation(int(code)), graph.id(int(row)))
        for code, row in zip(relations, rows, strict=True)
    ]


def test_it_counts_what_it_holds(films):
    assert (films.num_entities, films.num_values, films.num_edges) == (4, 5, 3)
    assert films.describe() == {
        "entities": 4,
        "values": 5,
        "relations": 3,
        "by_type": {"film": 3, "person": 1},
        "by_attribute": {"alias": 2, "name": 1, "title": 1, "year": 1},
        "by_relation": {"remake of": 1, "writer": 2},
    }
    json.dumps(films.describe())


def test_rows_are_in_the_order_of_their_ids_and_ids_find_them(films):
    assert [films.id(row) for row in range(4)] == ["k:f1", "k:f2", "k:p", "k:x"]
    assert [films.row(entity_id) for entity_id in ("k:f1", "k:f2", "k:p", "k:x")] == [0, 1, 2, 3]
    assert films.rows(["k:p", "gone", "k:f2"]).tolist() == [2, -1, 1]
    assert films.rows(pa.chunked_array([["k:p"], ["k:x"]])).tolist() == [2, 3]
    assert films.rows([]).tolist() == []


def test_few_ids_of_a_large_graph_are_found_without_hashing_all_of_them(graph_of, monkeypatch):
    graph = graph_of([(f"k:{number:03}", "film") for number in range(500)])
    monkeypatch.setattr(knowledge_graph.pc, "index_in", None)
    assert graph.rows(["k:499", "gone", "k:000", "k:499"]).tolist() == [499, -1, 0, 499]
    assert graph.rows([]).tolist() == []


@given(ids=st.sets(text, min_size=1), asked=st.lists(text | st.none()))
def test_a_few_ids_and_many_are_found_alike(graph_of, ids, asked):
    graph = graph_of([(entity_id, "film") for entity_id in ids])
    asked = [*asked, *ids, "", "no entity has it"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(knowledge_graph, "_FEW", 0)
        few = graph.rows(asked)
        patch.setattr(knowledge_graph, "_FEW", graph.num_entities)
        many = graph.rows(asked)
    assert few.dtype == many.dtype
    assert few.tolist() == many.tolist()
    assert [graph.id(row) if row >= 0 else None for row in few] == [
        entity_id if entity_id in ids else None for entity_id in asked
    ]


@pytest.mark.parametrize("entity_id", ["", "k:f", "k:zzz", "a", "\udc80"])
def test_an_id_that_no_entity_has_is_an_input_error(films, entity_id):
    with pytest.raises(InputError, match="no entity has the id '"):
        films.row(entity_id)


def test_a_long_unknown_id_is_shortened_in_the_message(films):
    with pytest.raises(InputError) as caught:
        films.row("x" * 1_000_000)
    assert str(caught.value) == "no entity has the id '" + "x" * 60 + "…'"


def test_types(films):
    assert films.type_names == ("film", "person")
    assert films.type_of(2) == "person"
    assert films.rows_of_type("film").tolist() == [0, 1, 3]
    assert films.rows_of_type("song").tolist() == []


def test_values_come_by_attribute_in_the_order_of_their_bytes(films):
    assert list(films.attributes(films.row("k:p")).items()) == [
        ("alias", ["A. Raj", "Aditya"]),
        ("name", ["Aditya Raj"]),
    ]
    assert films.attributes(films.row("k:x")) == {}
    assert films.value_entities.tolist() == [0, 0, 2, 2, 2]


def test_a_relation_is_seen_from_both_ends(films):
    assert neighbours(films, "k:f1") == [("writer", False, "k:p")]
    assert neighbours(films, "k:p") == [("writer", True, "k:f1"), ("writer", True, "k:f2")]
    assert neighbours(films, "k:x") == []
    assert films.edge_entities.tolist() == [0, 1, 1, 1, 2, 2]


def test_an_entity_related_to_itself_sees_the_relation_and_its_inverse_once(films):
    assert neighbours(films, "k:f2") == [
        ("remake of", False, "k:f2"),
        ("writer", False, "k:p"),
        ("remake of", True, "k:f2"),
    ]
    assert films.degree(films.row("k:f2")) == 3


def test_what_is_stated_twice_counts_once(graph_of):
    graph = graph_of(
        [("a", "t"), ("b", "t")],
        [("a", "n", "2"), ("a", "n", "1"), ("a", "m", "2"), ("b", "n", "2"), ("a", "n", "2")],
        [("a", "r", "b"), ("b", "r", "a"), ("a", "s", "b"), ("a", "r", "b")],
    )
    assert graph.attributes(0) == {"m": ["2"], "n": ["1", "2"]}
    assert graph.attributes(1) == {"n": ["2"]}
    assert graph.num_edges == 3


few = st.sampled_from(["a", "b", "B", "é", "e\u0301", "a b", "10", "9", "\U0001f3ac", ""])


@given(data=st.data())
def test_nothing_depends_on_the_order_of_the_source(data, graph_of):
    entities = [(entity_id, data.draw(few)) for entity_id in data.draw(st.sets(few, min_size=1))]
    end = st.sampled_from([entity_id for entity_id, _ in entities])
    values = data.draw(st.lists(st.tuples(end, few, few), max_size=20))
    relations = data.draw(st.lists(st.tuples(end, few, end), max_size=20))
    one = graph_of(entities, values, relations)
    other = graph_of(*(data.draw(st.permutations(rows)) for rows in (entities, values, relations)))
    assert same(one, other)
    assert one.ids.to_pylist() == sorted((entity_id for entity_id, _ in entities), key=str.encode)
    stated = [
        (one.id(row), name, value)
        for row in range(one.num_entities)
        for name, texts in one.attributes(row).items()
        for value in texts
    ]
    assert stated == sorted(set(values), key=lambda value: [part.encode() for part in value])


def same(one: KnowledgeGraph, other: KnowledgeGraph) -> bool:
    return (
        one.ids.to_pylist() == other.ids.to_pylist()
        and one.values.to_pylist() == other.values.to_pylist()
        and (one.type_names, one.attribute_names, one.relation_names)
        == (other.type_names, other.attribute_names, other.relation_names)
        and all(
            getattr(one, name).tolist() == getattr(other, name).tolist()
            for name in (
                "types",
                "value_offsets",
                "value_attributes",
                "edge_offsets",
                "edge_relations",
                "edge_neighbours",
                "id_order",
            )
        )
    )


@given(data=st.data())
def test_a_saved_graph_opens_as_it_was(data, graph_of, tmp_path_factory):
    ids = data.draw(st.lists(text, unique=True, max_size=6))
    entities = [(entity_id, data.draw(text)) for entity_id in ids]
    end = st.sampled_from(ids or [""])
    most = 8 if ids else 0
    graph = graph_of(
        entities,
        data.draw(st.lists(st.tuples(end, text, text), max_size=most)),
        data.draw(st.lists(st.tuples(end, text, end), max_size=most)),
    )
    folder = tmp_path_factory.mktemp("graph") / "left"
    graph.save(folder)
    opened = KnowledgeGraph.open(folder)
    assert same(graph, opened)
    in_order = sorted(ids, key=str.encode)
    assert [opened.row(entity_id) for entity_id in in_order] == list(range(len(ids)))


def tagged(values):
    """Give a graph of one entity with one attribute, its values with tags."""
    texts, tags = zip(*values, strict=True)
    return KnowledgeGraph.from_columns(
        ids=pa.array(["b"]),
        types=pa.array(["city"]),
        value_entities=np.zeros(len(values), dtype=np.int64),
        value_attributes=pa.array(["label"] * len(values)),
        values=pa.array(texts),
        value_tags=pa.array(tags),
        edge_heads=np.empty(0, dtype=np.int64),
        edge_relations=pa.array([], pa.string()),
        edge_tails=np.empty(0, dtype=np.int64),
    )


def test_languages_are_saved_with_their_values(tmp_path):
    tagged([("Rom", "@de"), ("Rome", "@en"), ("1", "")]).save(tmp_path / "graph")
    graph = KnowledgeGraph.open(tmp_path / "graph")
    assert graph.value_tags is not None
    tags = [graph.tag_names[code] for code in graph.value_tags]
    assert list(zip(graph.values.to_pylist(), tags, strict=True)) == [
        ("1", ""),
        ("Rome", "@en"),
        ("Rom", "@de"),
    ]


def test_a_graph_of_plain_strings_has_no_tags_and_no_file_of_them(tmp_path):
    graph = tagged([("Rom", ""), ("Rome", "")])
    assert (graph.value_tags, graph.tag_names) == (None, ())
    graph.save(tmp_path / "graph")
    assert not (tmp_path / "graph" / "value_tags.npy").exists()
    assert KnowledgeGraph.open(tmp_path / "graph").value_tags is None


def test_a_graph_saved_before_there_were_tags_opens(films, tmp_path):
    films.save(tmp_path / "graph")
    header = tmp_path / "graph" / "graph.json"
    values = json.loads(header.read_text())
    del values["tag_names"]
    header.write_text(json.dumps(values))
    assert KnowledgeGraph.open(tmp_path / "graph").value_tags is None


def test_a_graph_of_an_earlier_release_keeps_its_order_and_finds_its_ids(films, tmp_path):
    earlier = KnowledgeGraph(
        ids=pa.array(["k:f2", "k:f1"], pa.large_string()),
        types=np.array([0, 0], np.int32),
        type_names=("film",),
        value_offsets=np.array([0, 2, 2]),
        value_attributes=np.array([1, 0], np.int32),
        values=pa.array(["b", "a"], pa.large_string()),
        attribute_names=("alias", "title"),
        edge_offsets=np.zeros(3, np.int64),
        edge_relations=np.empty(0, np.int32),
        edge_neighbours=np.empty(0, np.int32),
        relation_names=(),
        id_order=np.array([1, 0]),
    )
    earlier.save(tmp_path / "left")
    opened = KnowledgeGraph.open(tmp_path / "left")
    assert same(opened, earlier)
    assert [opened.row("k:f1"), opened.row("k:f2")] == [1, 0]
    assert opened.rows(["k:f2", "k:f0", "k:f1"]).tolist() == [0, -1, 1]
    assert opened.attributes(0) == {"title": ["b"], "alias": ["a"]}


def test_an_opened_graph_is_a_read_only_map_of_its_files(films, tmp_path):
    films.save(tmp_path / "left")
    opened = KnowledgeGraph.open(tmp_path / "left")
    assert not opened.edge_neighbours.flags.writeable
    assert isinstance(opened.edge_neighbours.base, np.memmap)
    assert neighbours(opened, "k:f2") == neighbours(films, "k:f2")
    assert opened.attributes(2) == films.attributes(2)
    assert opened.describe() == films.describe()
    assert opened.rows(["k:x"]).tolist() == [3]


def test_a_graph_is_not_written_over_another(films, tmp_path):
    films.save(tmp_path / "left")
    with pytest.raises(FileExistsError):
        films.save(tmp_path / "left")


@pytest.mark.parametrize("file", ["graph.json", "types.npy", "values.arrow"])
@pytest.mark.parametrize("damage", ["gone", "cut off"])
def test_a_damaged_saved_graph_is_an_input_error(films, tmp_path, file, damage):
    folder = tmp_path / "left"
    films.save(folder)
    path: Path = folder / file
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:9])
    with pytest.raises(InputError) as caught:
        KnowledgeGraph.open(folder)
    message = str(caught.value)
    assert message.startswith(str(folder))
    assert "is no whole saved graph (" in message or message.startswith(f"{path}: is ")
    assert "; restore it from a backup, or " in message
    assert "\n" not in message


@pytest.mark.parametrize("written", [-1, 10**15])
def test_strings_that_overlap_or_end_beyond_the_file_are_told_when_it_is_opened(
    films, tmp_path, written
):
    """To read one of them would end the process."""
    films.save(tmp_path / "left")
    path = tmp_path / "left" / "ids.arrow"
    _, offsets, _ = films.ids.buffers()
    before, size = path.read_bytes(), 8 * (len(films.ids) + 1)
    at = before.index(offsets.to_pybytes()[:size]) + 16  # where the third id begins
    path.write_bytes(before[:at] + written.to_bytes(8, "little", signed=True) + before[at + 8 :])
    with pytest.raises(InputError, match=r"ids\.arrow: is damaged; restore it from a backup"):
        KnowledgeGraph.open(tmp_path / "left")


def test_a_graph_saved_in_another_format_is_an_input_error(films, tmp_path):
    folder = tmp_path / "left"
    films.save(folder)
    header = json.loads((folder / "graph.json").read_text())
    (folder / "graph.json").write_text(json.dumps({**header, "format": 99}))
    with pytest.raises(InputError) as caught:
        KnowledgeGraph.open(folder)
    assert str(caught.value) == f"{folder}: is in format 99, not 1; create the project again"


def test_languages_and_datatypes_stand_in_the_order_of_the_values(make_graph):
    graph = make_graph(
        [("b", "city"), ("n", "city")],
        [("b", "name", "Berlin"), ("b", "name", "Berlino"), ("b", "area", "891"), ("n", "x", "y")],
        tags=["@de @en", "@it", "^^urn:number", ""],
    )
    assert graph.attributes(0) == {"area": ["891"], "name": ["Berlin", "Berlino"]}
    assert graph.tags(0) == {"area": ["^^urn:number"], "name": ["@de @en", "@it"]}
    assert graph.tags(1) == {"x": [""]}
    assert make_graph([("b", "city")], [("b", "name", "Berlin")]).tags(0) == {}
