import numpy as np
import pytest

from kgreview.candidates import tfidf as vectors_module
from kgreview.candidates.blocking import (
    BlockingSettings,
    Candidates,
    block,
    blocking_recall,
    find,
    possible_pairs,
    reduction,
)
from kgreview.errors import InputError
from kgreview.exchange.links import read_link_source
from kgreview.graph.links import Links
from kgreview.graph.readers import read_table_folder
from kgreview.graph.schema import Schema, TypePair
from kgreview.graph.suggestion import infer_schema
from kgreview.pipeline.memory import peak_memory_mb


def pairs(candidates: Candidates) -> set[tuple[int, int]]:
    return set(zip(candidates.left.tolist(), candidates.right.tolist(), strict=True))


def named(make_graph, kind: str, *names: str):
    return make_graph(
        [(f"{kind}{i:06}", kind) for i in range(len(names))],
        [(f"{kind}{i:06}", "name", name) for i, name in enumerate(names) if name],
    )


def links(left: list[int], right: list[int]) -> Links:
    return Links.of_file(np.array(left), np.array(right), np.ones(len(left), dtype=np.int8))


def test_the_best_of_each_side_are_candidates_whatever_the_order_of_words(make_graph):
    left = named(make_graph, "person", "Tatyana Yegorova", "John Smith", "Aditya Raj")
    right = named(make_graph, "person", "Smith, John", "Raj Kapoor, Aditya", "Yegorova, Tatyana")
    found = block(left, right, infer_schema(left, right), BlockingSettings(1, 0, 0))
    assert pairs(found) == {(0, 2), (1, 0), (2, 1)}
    assert found.name_similarity[0] == pytest.approx(1)


def test_pairs_are_sorted_and_unique(make_graph):
    names = [f"name {i % 7}" for i in range(30)]
    left, right = named(make_graph, "thing", *names), named(make_graph, "thing", *names[::-1])
    found = block(left, right, infer_schema(left, right))
    keys = found.left * 100 + found.right
    assert (np.diff(keys) > 0).all()
    assert found.left.dtype == np.int64
    assert found.name_similarity.dtype == np.float32
    assert ((found.context_similarity >= 0) & (found.context_similarity <= 1)).all()


def film(make_graph, title: str, people: list[str]):
    return make_graph(
        [("f", "film"), ("g", "film"), *((f"p {person}", "person") for person in people)],
        [
            *([("f", "title", title)] if title else []),
            ("g", "title", "Something Else"),
            *((f"p {person}", "name", person) for person in people),
        ],
        [("f", "starring", f"p {person}") for person in people],
    )


def test_a_missing_name_does_not_end_it_where_neighbours_are_shared(make_graph):
    left = film(make_graph, "", ["Sambar Salsa", "Aditya Raj"])
    right = film(make_graph, "Dont Stop Dreaming", ["Raj, Aditya", "Salsa, Sambar"])
    found = block(left, right, infer_schema(left, right))
    assert (0, 0) in pairs(found)
    at = int(find(found, np.array([0]), np.array([0]))[0])
    assert found.name_similarity[at] == 0
    assert found.context_similarity[at] == pytest.approx(0.5)  # neighbours and keys, no name


def test_a_value_here_meets_a_neighbour_there(make_graph):
    left = make_graph(
        [("r", "place"), ("y", "city")],
        [("r", "name", "Chez Nous"), ("y", "name", "New York")],
        [("r", "in", "y")],
    )
    right = make_graph(
        [("s", "place"), ("t", "place")],
        [("s", "name", "Unser Haus"), ("s", "city", "new york"), ("t", "name", "Anderswo")],
    )
    assert (0, 0) in pairs(block(left, right, infer_schema(left, right)))


def test_types_that_do_not_correspond_give_nothing(make_graph):
    left, right = named(make_graph, "film", "Alien"), named(make_graph, "movie", "Alien")
    assert len(block(left, right, infer_schema(left, right))) == 0
    schema = Schema((TypePair("film", "movie"),), {"film": ("name",)}, {"movie": ("name",)})
    assert pairs(block(left, right, schema)) == {(0, 0)}


@pytest.mark.parametrize("names", [(), ("",), ("", "", "")])
def test_types_without_names_or_entities_give_nothing_and_no_error(make_graph, names):
    left, right = named(make_graph, "thing", *names), named(make_graph, "thing", "Alien")
    schema = Schema((TypePair("thing", "thing"),), {}, {"thing": ("name",)})
    found = block(left, right, schema)
    assert len(found) == 0
    assert np.isnan(blocking_recall(found, Links.empty()))


@pytest.mark.parametrize("preferred_last", [False, True])
def test_the_place_of_the_preferred_name_does_not_matter(make_graph, preferred_last):
    """Four other names stood before it, and only the first four were read."""
    people = [f"Person {chr(65 + i)}{chr(97 + j)}" for i in range(10) for j in range(10)]
    entities = [(f"p{i:03}", "person") for i in range(100)]
    alternatives = [
        (f"p{i:03}", "altLabel", f"Nick{i} Alias{i} {k}") for i in range(100) for k in range(12)
    ]
    names = [(f"p{i:03}", "prefLabel", name) for i, name in enumerate(people)]
    left = make_graph(entities, alternatives + names if preferred_last else names + alternatives)
    right = make_graph(entities, names)
    found = block(left, right, infer_schema(left, right), BlockingSettings(1, 1, 1))
    rows = list(range(100))
    assert blocking_recall(found, links(rows, rows)) == 1


@pytest.mark.parametrize(
    ("left_names", "right_names"),
    [
        (["مُحَمَّد", "فَاطِمَة", "أحمد", "علی", "کریم"], ["محمد", "فاطمة", "احمد", "علي", "كريم"]),
        (["שָׁלוֹם", "דָּוִד", "מֹשֶׁה"], ["שלום", "דוד", "משה"]),
        (["Москва", "Київ", "Тверь"], ["Moskva", "Kyiv", "Tver"]),
        (["Αθήνα", "Σπάρτη", "Κόρινθος"], ["Athina", "Sparti", "Korinthos"]),
        (["서울", "부산"], ["Seoul", "Busan"]),
        (["Ħamrun", "Łódź", "Şəki"], ["Hamrun", "Lodz", "Seki"]),
    ],
)
def test_a_name_is_found_in_another_spelling_or_script(make_graph, left_names, right_names):
    left, right = named(make_graph, "town", *left_names), named(make_graph, "town", *right_names)
    found = block(left, right, infer_schema(left, right), BlockingSettings(1, 0, 0))
    assert {(i, i) for i in range(len(left_names))} <= pairs(found)


@pytest.mark.parametrize("common", [0, 20])  # values that all of them have
def test_one_date_in_two_forms_is_a_key_of_both(make_graph, common):
    days = [f"19{50 + i}-04-2{i % 9}" for i in range(12)]
    turned = ["/".join(reversed(day.split("-"))) for day in days]

    def side(letter, values):
        return make_graph(
            [(f"{letter}{i:02}", "person") for i in range(12)],
            [(f"{letter}{i:02}", "name", "John Smith") for i in range(12)]
            + [(f"{letter}{i:02}", "born", value) for i, value in enumerate(values)]
            + [(f"{letter}{i:02}", "tag", f"tag {k}") for i in range(12) for k in range(common)],
        )

    left, right = side("l", days), side("r", turned)
    found = block(left, right, infer_schema(left, right), BlockingSettings(0, 1, 0))
    assert pairs(found) == {(i, i) for i in range(12)}


def test_hostile_names_are_only_strings(make_graph):
    names = ("<img src=x onerror=alert(1)>", "x" * 10_000, "\u202eevil", "🎬🎬", "!!!", "%s\\0")
    left, right = named(make_graph, "thing", *names), named(make_graph, "thing", *names)
    found = pairs(block(left, right, infer_schema(left, right)))
    assert {(i, i) for i in range(len(names))} <= found


def test_equals_are_not_ordered_by_their_rows(make_graph):
    """Were they, both sides being numbered alike would find all the true pairs."""
    names = ["The Same Name"] * 400
    left, right = named(make_graph, "thing", *names), named(make_graph, "thing", *names)
    found = block(left, right, infer_schema(left, right), BlockingSettings(5, 0, 0))
    assert (found.left == found.right).sum() < 30
    assert np.abs(found.left - found.right).mean() > 50


def test_a_far_larger_right_side_does_not_swamp_the_left(make_graph):
    left = named(make_graph, "thing", *(f"common {i}" for i in range(10)))
    right = named(make_graph, "thing", *(f"common word {i}" for i in range(1000)))
    found = block(left, right, infer_schema(left, right), BlockingSettings(3, 0, 0))
    assert len(found) <= 10 * 3 + 1000


def test_a_hub_counts_few_neighbours(make_graph):
    people = [f"p{i}" for i in range(200)]
    graph = make_graph(
        [("hub", "film"), *((p, "person") for p in people)],
        [(p, "name", p) for p in people],
        [("hub", "starring", p) for p in people],
    )
    one, _ = vectors_module.vectors(graph, graph, infer_schema(graph, graph))
    assert one.around[0].nnz == vectors_module.NEIGHBOURS


def test_it_reports_how_far_it_has_come(make_graph):
    left = named(make_graph, "thing", "Alien", "Aliens")
    seen = []
    block(
        left,
        left,
        infer_schema(left, left),
        progress=lambda stage, done, total=None, **_: seen.append((stage, done, total)),
    )
    assert {stage for stage, _, _ in seen} == {
        "turn names into vectors",
        "find candidates",
        "compare candidates",
    }
    last = {stage: (done, total) for stage, done, total in seen}
    assert all(done == total for done, total in last.values())


def test_recall_and_reduction_count_what_they_say(make_graph):
    left = named(make_graph, "thing", "Alien", "Brazil", "Casablanca", "Duel")
    found = block(left, left, infer_schema(left, left), BlockingSettings(1, 0, 0))
    assert blocking_recall(found, links([0, 1, 2, 3], [0, 1, 2, 0])) == 0.75
    assert possible_pairs(left, left, infer_schema(left, left)) == 16
    assert reduction(found, left, left, infer_schema(left, left)) == 1 - 4 / 16


def test_non_matches_do_not_count_in_recall(make_graph):
    left = named(make_graph, "thing", "Alien", "Brazil")
    found = block(left, left, infer_schema(left, left), BlockingSettings(1, 0, 0))
    judged = Links.of_file(np.array([0, 0]), np.array([0, 1]), np.array([1, 0], dtype=np.int8))
    assert blocking_recall(found, judged) == 1


def test_candidates_come_back_from_disk(make_graph, tmp_path):
    left = named(make_graph, "thing", "Alien", "Brazil")
    found = block(left, left, infer_schema(left, left))
    found.save(tmp_path / "candidates")
    back = Candidates.open(tmp_path / "candidates")
    for column in ("left", "right", "name_similarity", "context_similarity"):
        np.testing.assert_array_equal(getattr(back, column), getattr(found, column))
    assert isinstance(back.left.base, np.memmap)
    with pytest.raises(InputError, match="block again"):
        Candidates.open(tmp_path)


@pytest.mark.slow
@pytest.mark.benchmark_data
@pytest.mark.parametrize(
    ("name", "recall", "most"),
    [("movies_imdb_dbpedia_d10", 0.67, 12), ("music_bbc_dbpedia", 0.99, 18)],
)
def test_blocking_keeps_most_links_of_real_graphs(benchmarks, name, recall, most):
    folder = benchmarks / name
    left, right = read_table_folder(folder / "left"), read_table_folder(folder / "right")
    train, valid, test = (
        read_link_source(folder / "links" / f"{split}.tsv", left, right)
        for split in ("train", "valid", "test")
    )
    found = block(left, right, infer_schema(left, right, Links.concatenate(train, valid)))
    linked = np.isin(left.types, np.unique(left.types[train.left]))
    assert blocking_recall(found, test) >= recall
    assert linked[found.left].sum() / linked.sum() <= most
    assert peak_memory_mb() < 4096
