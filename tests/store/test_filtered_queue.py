"""The queue under filters, on eight pairs that can be checked by hand."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from kgreview.active.query_plan import QueryPlan
from kgreview.store import queue_walks
from kgreview.store.candidate_pairs import CandidateBatch, replace_candidates
from kgreview.store.deciding import undo
from kgreview.store.decisions import Decision
from kgreview.store.entities import EntityBatch, has_entities, kinds, replace_entities
from kgreview.store.outcomes import Outcome
from kgreview.store.pair_filter import PairFilter
from kgreview.store.queue import matching, next_question
from kgreview.store.search import search_terms
from kgreview.store.stored_plan import planned, write_plan
from kgreview.store.versions import add_version, promote, write_scores

Say = Callable[..., Decision]

LEFT = {
    "f1": ("Heat", "film", ["directed"]),
    "f2": ("Zoë's Heatwave", "film", []),
    "f3": ("東京物語", "film", ["directed"]),
    "p1": ('Al "Script" Pacino <img>', "person", ["stars"]),
}
RIGHT = {
    "m1": ("Heat", "movie", ["director"]),
    "m2": ("Tokyo Story", "movie", ["director", "cast"]),
    "a1": ("Al Pacino", "actor", ["cast"]),
    "a2": ("", "actor", []),
}
#        id, score; the threshold is .5
PAIRS = {
    ("f1", "m1"): 0.95,
    ("f1", "m2"): 0.1,
    ("f2", "m1"): 0.45,
    ("f2", "m2"): 0.19,
    ("f3", "m1"): 0.3,
    ("f3", "m2"): 0.6,
    ("p1", "a1"): 0.8,
    ("p1", "a2"): 0.4,
}


@pytest.fixture
def films(fresh_db: Database) -> Database:
    pairs = list(PAIRS)
    batch = CandidateBatch(
        [a for a, _ in pairs],
        [b for _, b in pairs],
        [LEFT[a][1] for a, _ in pairs],
        [RIGHT[b][1] for _, b in pairs],
    )
    replace_candidates(fresh_db, [batch], audit_share=0, seed=0)
    add_version(
        fresh_db, "v1", parent=None, kind="trained", settings={}, figures={}, seed=0, threshold=0.5
    )
    write_scores(fresh_db, "v1", [(np.arange(len(pairs)), np.array(list(PAIRS.values())))])
    promote(fresh_db, "v1")
    replace_entities(
        fresh_db,
        [
            EntityBatch(
                side,
                list(entities),
                [name for name, _, _ in entities.values()],
                [kind for _, kind, _ in entities.values()],
                [relations for _, _, relations in entities.values()],
            )
            for side, entities in (("left", LEFT), ("right", RIGHT))
        ],
        [],
    )
    return fresh_db


def asked(db: Database, say: Say, wanted: PairFilter) -> list[tuple[str, str]]:
    """Answer until nothing is left; take it all back."""
    found = []
    while (shown := next_question(db, "ann", wanted)) is not None:
        found.append((shown.left, shown.right))
        say(db, "ann", shown.left, shown.right, Outcome.UNSURE, question=shown.token)
    while undo(db, "ann") is not None:
        pass
    return found


F1M1, F1M2, F2M1, F2M2, F3M1, F3M2, P1A1, P1A2 = PAIRS
NEAREST = [F2M1, F3M2, P1A2, F3M1, P1A1, F2M2, F1M2, F1M1]


@pytest.mark.parametrize(
    ("wanted", "pairs"),
    [
        (PairFilter(), NEAREST),
        (PairFilter(order="likely"), sorted(PAIRS, key=lambda p: -PAIRS[p])),
        (PairFilter(order="unlikely"), sorted(PAIRS, key=lambda p: PAIRS[p])),
        (PairFilter(order="audit"), []),
        (PairFilter(low=0.3, high=0.8), [F2M1, F3M2, P1A2, F3M1, P1A1]),
        (PairFilter(low=0.7), [P1A1, F1M1]),
        (PairFilter(high=0.2), [F2M2, F1M2]),
        (PairFilter(low=0.5, high=0.5), []),
        (PairFilter(types=("person", "actor")), [P1A2, P1A1]),
        (PairFilter(types=("person", "movie")), []),
        (PairFilter(types=("film", "movie"), low=0.5, order="unlikely"), [F3M2, F1M1]),
        (PairFilter(text="heat"), [F2M1, F3M1, F2M2, F1M2, F1M1]),
        (PairFilter(text="HEAT zoe"), [F2M1, F2M2]),
        (PairFilter(text="東京"), [F3M2, F3M1]),
        (PairFilter(text="物語"), [F3M2, F3M1]),
        (PairFilter(text="dongjing"), [F3M2, F3M1]),
        (PairFilter(text="eatwav"), [F2M1, F2M2]),
        (PairFilter(text="Zoe\u0308s HEATWAVE"), [F2M1, F2M2]),
        (PairFilter(text="f3"), [F3M2, F3M1]),
        (PairFilter(text="pacino", types=("film", "movie")), []),
        (PairFilter(text="heat", order="likely", high=0.5), [F2M1, F3M1, F2M2, F1M2]),
        (PairFilter(relation=("left", "stars")), [P1A2, P1A1]),
        (PairFilter(relation=("right", "cast")), [F3M2, P1A1, F2M2, F1M2]),
        (PairFilter(relation=("right", "stars")), []),
        (PairFilter(relation=("right", "cast"), text="tokyo"), [F3M2, F2M2, F1M2]),
        (PairFilter(conflict=True), []),
        (PairFilter(text="nothing like it"), []),
        (PairFilter(text="…"), []),
    ],
)
def test_a_filter_asks_what_it_says_in_its_order(
    films: Database, say: Say, wanted: PairFilter, pairs: list[tuple[str, str]]
) -> None:
    assert asked(films, say, wanted) == pairs
    counted = matching(films, "ann", wanted, 100)
    assert counted is not None
    assert sorted(list(PAIRS)[candidate] for candidate in counted) == sorted(
        pairs if wanted.order != "audit" else PAIRS
    )


@pytest.mark.parametrize(
    ("wanted", "pairs"),
    [
        ({}, [P1A1, F2M1, F1M2]),
        ({"order": "likely"}, [P1A1, F2M1, F1M2]),
        ({"order": "unlikely"}, [F1M2, F2M1, P1A1]),
        ({"order": "uncertainty"}, [F2M1, P1A1, F1M2]),
        ({"types": ("film", "movie")}, [F2M1, F1M2]),
        ({"low": 0.2}, [P1A1, F2M1]),
        ({"text": "heat"}, [F2M1, F1M2]),
        ({"relation": ("left", "stars")}, [P1A1]),
        ({"order": "audit"}, []),
    ],
)
def test_a_strategy_shows_what_it_has_put_into_the_plan(
    films: Database, say: Say, wanted: dict[str, Any], pairs: list[tuple[str, str]]
) -> None:
    numbers = [list(PAIRS).index(pair) for pair in (P1A1, F3M2, F2M1, F1M2)]
    by = ("margin", "uncertainty", "margin", "margin")
    write_plan(films, "v1", QueryPlan(np.array(numbers), by, np.array([0.7, np.nan, 0.4, 0.1])))
    assert planned(films) == {"margin": 3, "uncertainty": 1}
    only = PairFilter(strategy="margin", **wanted)
    shown = next_question(films, "ann", only)
    assert (shown.strategy if shown else "margin") == "margin"
    assert asked(films, say, only) == pairs
    if only.order != "audit":
        assert len(matching(films, "ann", only, 100) or []) == len(pairs)
    assert asked(films, say, PairFilter(strategy="coverage", **wanted)) == []


@pytest.mark.parametrize(
    "wanted",
    [
        PairFilter(text="heat"),
        PairFilter(text="物"),
        PairFilter(text="oes eat"),
        PairFilter(text="f3"),
        PairFilter(relation=("right", "cast")),
        PairFilter(relation=("right", "cast"), text="tokyo"),
        PairFilter(text="heat", types=("film", "movie"), low=0.2, order="likely"),
    ],
)
@pytest.mark.parametrize("walk", [2_000, 1])
def test_a_walk_for_what_many_have_asks_the_same_as_sorting_what_few_have(
    films: Database,
    say: Say,
    wanted: PairFilter,
    walk: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sorted_ones = asked(films, say, wanted)
    assert sorted_ones
    monkeypatch.setattr(queue_walks, "FEW_ENTITIES", 0)
    monkeypatch.setattr(
        queue_walks, "LONGEST_WALK", walk
    )  # of one pair, and then sort all the same
    walked = asked(films, say, wanted)
    assert sorted(walked) == sorted(sorted_ones)
    if walk > 1:
        assert walked == sorted_ones
    assert matching(films, "ann", wanted, 100) is None
    assert matching(films, "ann", wanted, 100, bulk=True)


def test_pairs_at_odds_with_a_match_follow_each_decision(films: Database, say: Say) -> None:
    at_odds = PairFilter(conflict=True)
    say(films, "bob", "f1", "m1", Outcome.MATCH)
    assert asked(films, say, at_odds) == [F2M1, F3M1, F1M2]
    assert asked(films, say, PairFilter(conflict=True, text="tokyo")) == [F1M2]
    say(films, "bob", "f1", "m2", Outcome.NO_MATCH)
    assert asked(films, say, at_odds) == [F2M1, F3M1]
    undo(films, "bob")
    undo(films, "bob")
    assert asked(films, say, at_odds) == []


def test_known_links_are_matches_too(films: Database, say: Say) -> None:
    replace_entities(films, [], [("f1", "m1", "film", "movie")])
    assert asked(films, say, PairFilter(conflict=True)) == [F2M1, F3M1, F1M2]


def test_an_answer_to_many_leaves_the_audit_slice_alone(films: Database) -> None:
    films.execute("UPDATE candidates SET audit = 1 WHERE left = 'f1'")
    films.execute("UPDATE scores SET audit = 1 WHERE candidate IN (0, 1)")
    for wanted in (PairFilter(text="heat"), PairFilter(types=("film", "movie"))):
        assert not {0, 1} & set(matching(films, "ann", wanted, 9, bulk=True) or [])
    assert {0, 1} < set(matching(films, "ann", PairFilter(text="heat"), 9) or [])


def test_another_filter_asks_another_pair_and_the_same_one_the_same(films: Database) -> None:
    first = next_question(films, "ann", PairFilter(text="pacino"))
    assert first is not None
    assert first.filter == "q=pacino"
    assert next_question(films, "ann", PairFilter(text="pacino")) == first
    other = next_question(films, "ann", PairFilter(text="tokyo"))
    assert other is not None
    assert (other.left, other.right) == F3M2


def test_a_filter_hands_no_pair_to_two_curators(films: Database) -> None:
    wanted = PairFilter(text="pacino")
    shown = [next_question(films, name, wanted) for name in ("ann", "bob", "cem")]
    assert [each and (each.left, each.right) for each in shown] == [P1A2, P1A1, None]


def test_the_index_of_names_is_replaced_whole(films: Database) -> None:
    assert has_entities(films)
    assert kinds(films) == [("film", "movie"), ("person", "actor")]
    replace_entities(films, [EntityBatch("left", ["f1"], ["Ronin"], ["film"], [["shot"]])], [])
    assert matching(films, "ann", PairFilter(text="ronin"), 9) == [1, 0]
    assert matching(films, "ann", PairFilter(text="heat"), 9) == []
    assert matching(films, "ann", PairFilter(relation=("left", "shot")), 9) == [1, 0]


@pytest.mark.parametrize("few", [queue_walks.FEW_ENTITIES, 0])
def test_an_id_typed_whole_is_found_and_nothing_else(
    films: Database, say: Say, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_walks, "FEW_ENTITIES", few)
    iri = "http://example.org/film/Heat?v=1#it"
    films.execute("UPDATE candidates SET left = ? WHERE left = 'f1'", [iri])
    films.execute("UPDATE entities SET entity = ? WHERE entity = 'f1'", [iri])
    assert asked(films, say, PairFilter(text=iri)) == [(iri, "m2"), (iri, "m1")]
    assert asked(films, say, PairFilter(text=iri[:-1])) == []


@given(st.text(max_size=40))
def test_no_search_is_a_syntax_error(text: str) -> None:
    db = Database(memory=True)
    db.execute("CREATE VIRTUAL TABLE words USING fts5 (name)")
    db.execute("SELECT * FROM words WHERE words MATCH ?", [search_terms(text)])
    db.close()


@pytest.mark.parametrize(
    "text",
    [
        '"',
        "'; DROP TABLE decisions; --",
        "NEAR(",
        "name:x OR *",
        "{{7*7}}",
        "A" * 200,
        "\0",
        "\ud800",
        "\u0301",
        "🎬",
    ],
)
def test_a_hostile_search_finds_nothing_and_breaks_nothing(films: Database, text: str) -> None:
    assert next_question(films, "ann", PairFilter(text=text)) is None
    assert matching(films, "ann", PairFilter(text=text), 9) == []


@pytest.mark.slow
def test_filters_cost_the_same_among_many_pairs(
    fresh_db: Database, steps: Callable[[Database, Callable[[], object]], int]
) -> None:
    """In steps of SQLite's machine, among 5,000 and among 50,000 pairs."""
    wanted = (
        PairFilter(types=("t3", "u3")),
        PairFilter(low=0.7, high=0.75),
        PairFilter(conflict=True, order="likely"),
        PairFilter(text="name7"),
        PairFilter(relation=("left", "r1"), types=("t1", "u1")),
    )
    cost: dict[int, list[int]] = {}
    for size in (5_000, 50_000):
        numbers = range(size)
        batch = CandidateBatch(
            [f"l{i // 10}" for i in numbers],
            [f"r{i}" for i in numbers],
            [f"t{i // 10 % 7}" for i in numbers],
            [f"u{i // 10 % 7}" for i in numbers],
        )
        replace_candidates(fresh_db, [batch], audit_share=0.1, seed=0)
        ids = [f"l{i}" for i in range(size // 10)]
        kinds_of = [f"t{i % 7}" for i in range(size // 10)]
        relations = [[f"r{i % 7}"] for i in range(size // 10)]
        names = [f"name{i}" if i < 100 else "name other" for i in range(size // 10)]
        entities = EntityBatch("left", ids, names, kinds_of, relations)
        replace_entities(fresh_db, [entities], [("l5", "r9", "t5", "u5")])
        add_version(
            fresh_db,
            f"v{size}",
            parent=None,
            kind="trained",
            settings={},
            figures={},
            seed=0,
            threshold=0.5,
        )
        scores = np.random.default_rng(0).random(size)
        write_scores(fresh_db, f"v{size}", [(np.arange(size), scores)])
        promote(fresh_db, f"v{size}")
        cost[size] = [steps(fresh_db, lambda each=each: ask(fresh_db, each)) for each in wanted]
    for small, large, each in zip(cost[5_000], cost[50_000], wanted, strict=True):
        assert large < 2 * small + 20_000, each


def ask(db: Database, wanted: PairFilter) -> None:
    assert next_question(db, f"{time.time()}", wanted) is not None
