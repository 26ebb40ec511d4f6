import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from kgreview.aligner.explanation import (
    Change,
    NeighbourAttention,
    PairAttention,
    PairExplanation,
    Part,
    Waterfall,
)
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.ui.entity_summary import Neighbour, Side
from kgreview.ui.evidence import Evidence, Share, caution, in_full, points

NOTHING = Change(0.0, 0.0)
NOBODY = PairAttention((), ())
WATERFALL = Waterfall(-1.0, (), 0.5, -0.5)


def neighbour(slot: int, adds: float, without: float) -> Neighbour:
    """Give a neighbour by what it adds to the log odds, and by their change without it."""
    change = Change(without / 10, without)
    return Neighbour(f"n{slot}", f"n{slot}", "film", "r", False, adds, slot=slot, change=change)


def side(*adds_and_without: tuple[float, float]) -> Side:
    neighbours = (neighbour(i, *each) for i, each in enumerate(adds_and_without))
    return Side("e", "e", "film", tuple(neighbours))


def explained(changes: dict[Part, Change], attention: PairAttention = NOBODY) -> PairExplanation:
    return PairExplanation(0.5, WATERFALL, 0.5, attention, ((0.5,),), changes)


def empty_graph() -> KnowledgeGraph:
    nothing, none = pa.array([], pa.string()), np.array([], np.int64)
    return KnowledgeGraph.from_columns(
        ids=nothing,
        types=nothing,
        value_entities=none,
        value_attributes=nothing,
        values=nothing,
        edge_heads=none,
        edge_relations=nothing,
        edge_tails=none,
    )


@pytest.fixture
def film_and_actor() -> KnowledgeGraph:
    return KnowledgeGraph.from_columns(
        ids=pa.array(["f", "a"]),
        types=pa.array(["film", "person"]),
        value_entities=np.array([], np.int64),
        value_attributes=pa.array([], pa.string()),
        values=pa.array([], pa.string()),
        edge_heads=np.array([0]),
        edge_relations=pa.array(["actor"]),
        edge_tails=np.array([1]),
    )


def test_codes_become_the_names_of_the_side(film_and_actor: KnowledgeGraph) -> None:
    changes = {
        Part("relation", 0, relation=0): Change(-0.1, -1.0),
        Part("relation", 1, relation=1): Change(0.2, 2.0),
        Part("attribute", attributes=("a", None)): Change(0.3, 3.0),
        Part("neighbourhood"): Change(0.4, 4.0),
        Part("neighbour", 0, slot=0): NOTHING,
    }
    found = Evidence.of(explained(changes), film_and_actor, film_and_actor)
    assert found.relation(0, "actor", False) == Change(-0.1, -1.0)
    assert found.relation(1, "actor", True) == Change(0.2, 2.0)
    assert found.relation(1, "actor", False) is None
    assert found.attributes == ((("a", None), Change(0.3, 3.0)),)
    assert found.row("a", None) == Change(0.3, 3.0)
    assert found.row("a", "b") is None
    assert found.neighbourhood == Change(0.4, 4.0)


def test_what_all_neighbours_add_is_kept_by_side_and_relation(
    film_and_actor: KnowledgeGraph,
) -> None:
    one, two = NeighbourAttention(1, 0, 0.75, 1, 1, 3), NeighbourAttention(0, 1, -0.25, 0, 1, 0)
    attention = PairAttention((one,), (two,))
    found = Evidence.of(explained({}, attention), film_and_actor, film_and_actor)
    assert found.shares == (
        Share(0, 3, "actor", False, 0.75),
        Share(1, 0, "actor", True, -0.25),
    )
    assert found.waterfall == WATERFALL
    assert found.agreement is None, "too few to rank"


def test_agreement_is_of_all_neighbours_by_what_they_add_and_what_is_lost_without(
    film_and_actor: KnowledgeGraph,
) -> None:
    def attention(sign: int) -> PairAttention:
        each = [
            NeighbourAttention(slot, 0, adds, 1, 1, slot, Change(0.0, -sign * adds))
            for slot, adds in enumerate((-0.5, 0.25, 0.5, 1.0, 2.0))
        ]
        return PairAttention(tuple(each[:3]), tuple(each[3:]))

    for sign in (1, -1):
        found = Evidence.of(explained({}, attention(sign)), film_and_actor, film_and_actor)
        assert found.agreement == pytest.approx(sign)


def test_it_tells_what_an_attribute_is_compared_with() -> None:
    evidence = Evidence(compared=(("year", "released"), ("year", "x"), ("name", "name")))
    assert evidence.partners(0, "year") == ["released", "x"]
    assert evidence.partners(1, "x") == ["year"]
    assert evidence.partners(1, "year") == []


def test_each_others_best_by_far_are_linked_the_strongest_first() -> None:
    left, right = (side((0.5, 0.0), (0.5, 0.0)).neighbours for _ in range(2))
    evidence = Evidence(affinity=((0.1, 0.7), (0.9, 0.3)))
    assert evidence.strongest(left, right) == [(1, 0, 0.9), (0, 1, 0.7)]
    assert evidence.strongest(left, ()) == []


@pytest.mark.parametrize(
    ("affinity", "why"),
    [
        (((0.9,), (0.85,)), "either may be it"),
        (((0.45,), (0.0,)), "they are rather not the same"),
        (((math.nan,), (0.05,)), "nobody looked"),
    ],
)
def test_who_is_not_clearly_somebodys_counterpart_is_not_linked(
    affinity: tuple[tuple[float, ...], ...], why: str
) -> None:
    left, right = side((0.5, 0.0), (0.5, 0.0)).neighbours, side((1.0, 0.0)).neighbours
    assert Evidence(affinity=affinity).strongest(left, right) == [], why


def test_a_best_counterpart_that_has_a_better_one_is_not_linked() -> None:
    left, right = side((0.5, 0.0), (0.5, 0.0)).neighbours, side((1.0, 0.0)).neighbours
    assert Evidence(affinity=((0.6,), (0.9,))).strongest(left, right) == [(1, 0, 0.9)]


def test_neighbours_that_say_nothing_of_the_pair_are_not_linked() -> None:
    silent, says = side((0.001, 0.0)).neighbours, side((-0.4, 0.0)).neighbours
    evidence = Evidence(affinity=((0.9,),))
    assert evidence.strongest(silent, silent) == []
    assert evidence.strongest(silent, says) == [(0, 0, 0.9)]


def test_who_stands_there_over_several_relations_is_linked_once() -> None:
    one, other = neighbour(0, 0.5, 0.0), neighbour(1, 0.5, 0.0)
    twice = [one, replace(other, id=one.id)]
    evidence = Evidence(affinity=((0.9, 0.9), (0.8, 0.9)))
    assert evidence.strongest(twice, twice) == [(0, 0, 0.9)]


def test_a_neighbour_that_was_not_sampled_has_no_counterpart() -> None:
    unsampled = Neighbour("x", "x", "film", "r", False)
    sampled = side((1.0, 0.0)).neighbours[0]
    evidence = Evidence(affinity=((0.9,),))
    assert math.isnan(evidence.between(unsampled, sampled))
    assert evidence.strongest([unsampled], [sampled]) == []


def test_only_as_many_links_as_can_be_told_apart_are_drawn() -> None:
    many = side(*[(0.1, 0.0)] * 30).neighbours
    evidence = Evidence(affinity=tuple(tuple(np.eye(30)[i] * 0.9) for i in range(30)))
    assert len(evidence.strongest(many, many)) == 10


def test_the_page_says_when_what_is_shown_is_not_the_reason() -> None:
    moving, whole = side((0.5, -3.0)), Change(-0.2, -2.0)
    turned, same = (Evidence(neighbourhood=whole, agreement=found) for found in (-1.0, 0.9))
    assert "rank correlation −1.00" in str(caution([moving], turned))
    assert caution([moving], same) is None
    assert caution([moving], Evidence(neighbourhood=whole)) is None, "too few to rank"
    assert caution([moving], None) is None
    assert caution([moving], Evidence()) is None, "nobody has neighbours"


def test_the_page_says_when_the_neighbours_decide_nothing() -> None:
    idle = side((0.5, 0.001), (0.5, 0.002))
    assert "the score stays" in str(caution([idle], Evidence(neighbourhood=NOTHING)))


def test_where_no_probability_moves_changes_are_log_odds() -> None:
    graph = empty_graph()
    certain, open_ = (
        Evidence.of(explained({part: change}), graph, graph)
        for part, change in (
            (Part("neighbour", 0, slot=0), Change(-0.0001, -2.5)),
            (Part("attribute", attributes=("a", "b")), Change(-0.2, -2.5)),
        )
    )
    assert certain.figure(Change(-0.0001, -2.5)) == "−2.50"
    assert open_.figure(Change(-0.2, -2.5)) == "−20%"
    assert open_.figure(None) == ""


@pytest.mark.parametrize(
    ("share", "written"),
    [(0.0, "±0%"), (-0.0004, "±0%"), (0.0123, "+1.2%"), (-0.0997, "−10%"), (-0.5, "−50%")],
)
def test_changes_are_points_of_probability_with_their_sign(share: float, written: str) -> None:
    assert points(Change(share, 0.0)) == written
    assert in_full(Change(share, -0.25)) == f"without it: {written} probability, −0.25 log odds"
