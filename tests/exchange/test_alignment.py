from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from kgreview.exchange.alignment import BASES, STATES, Alignment, ScoredPairs, Settled, What
from kgreview.exchange.groups import Groups, Large, troubles
from kgreview.graph.cardinality import Cardinality
from kgreview.graph.links import Links
from kgreview.graph.schema import TypePair
from kgreview.store.decisions import Decision
from kgreview.store.outcomes import Outcome

FILMS = TypePair("film", "movie")
ONE, MANY = Cardinality.ONE_TO_ONE, Cardinality.MANY_TO_MANY
TO_MANY = Cardinality.ONE_TO_MANY
MATCH, NO_MATCH, UNSURE = Outcome.MATCH, Outcome.NO_MATCH, Outcome.UNSURE
NOBODY, SKIP = Outcome.NO_COUNTERPART, Outcome.SKIP


@pytest.fixture
def graphs(make_graph):
    """Films l0 … l5 and movies r0 … r5."""
    return (
        make_graph([(f"l{n}", "film") for n in range(6)]),
        make_graph([(f"r{n}", "movie") for n in range(6)]),
    )


def said(left: str, right: str, outcome: Outcome, curator: str = "Ada") -> Decision:
    return Decision(
        *(0, left, right, curator, outcome, None, None, "2026-01-01", None, "v1", None, False),
        *("uncertainty", None, None),
    )


def links(*pairs: tuple[int, int, int], gold: bool = False) -> Links:
    columns = np.array(pairs, dtype=np.int64).reshape(-1, 3)
    return Links(
        columns[:, 0], columns[:, 1], columns[:, 2].astype(np.int8), np.full(len(pairs), gold)
    )


def scores(*pairs: tuple[int, int, float]) -> ScoredPairs:
    columns = np.array(pairs, dtype=np.float64).reshape(-1, 3)
    return ScoredPairs(columns[:, 0].astype(int), columns[:, 1].astype(int), columns[:, 2])


def made(
    graphs,
    decisions: Sequence[Decision] = (),
    known: Links | None = None,
    scored: ScoredPairs | None = None,
    cardinality: Cardinality = ONE,
) -> Alignment:
    settled = Settled.of(
        *graphs, decisions, known or links(), scored or scores(), {FILMS: cardinality}
    )
    return settled.at(0.5)


def words(alignment: Alignment) -> list[str]:
    return [
        f"{left} {right} {STATES[state]} {BASES[basis]}"
        for left, right, state, basis in zip(
            *(alignment.left, alignment.right, alignment.state, alignment.basis), strict=True
        )
    ]


# ---------------------------------------------------------------- what counts


def test_decisions_win_over_links_and_both_over_scores(graphs):
    found = made(
        graphs,
        [said("l0", "r0", NO_MATCH), said("l1", "r1", MATCH), said("l2", "r3", MATCH)],
        links((0, 0, 1), (1, 1, 0), (2, 2, 1), (3, 3, 1)),
        scores((0, 0, 0.99), (2, 3, 0.1), (4, 4, 0.9), (5, 5, 0.4)),
    )
    assert words(found) == [
        "0 0 no_match decision",
        "1 1 match decision",
        "2 2 match link",
        "2 3 match decision",
        "3 3 match link",
        "4 4 match score",
    ]
    assert found.overruled == 2
    np.testing.assert_array_equal(found.score, [0.99, np.nan, np.nan, 0.1, np.nan, 0.9])


def test_who_has_no_counterpart_gets_none(graphs):
    found = made(
        graphs,
        [said("l0", "r0", NOBODY), said("l5", "", NOBODY)],
        links((5, 5, 1)),
        scores((0, 0, 0.9), (0, 1, 0.9), (1, 0, 0.9)),
    )
    assert words(found) == ["1 0 match score"]
    assert [decision.left for decision in found.no_counterpart] == ["l0", "l5"]
    assert found.overruled == 1


def test_what_curators_differ_on_is_disputed_and_no_score_settles_it(graphs):
    decisions = [
        *(said("l0", "r0", MATCH), said("l0", "r0", NO_MATCH, "Bob")),
        *(said("l1", "r1", MATCH), said("l1", "r2", NOBODY, "Bob")),
        *(said("l2", "r2", UNSURE), said("l2", "r2", MATCH, "Bob")),
        *(said("l3", "r3", UNSURE), said("l4", "r4", SKIP)),
    ]
    found = made(graphs, decisions, scored=scores(*((n, n, 0.9) for n in range(5)), (1, 5, 0.9)))
    assert words(found) == [
        "0 0 disputed decision",
        "1 1 disputed decision",
        "2 2 match decision",
        "3 3 unsure decision",
        "4 4 match score",
    ]
    assert found.no_counterpart == ()
    assert found.counts() == {
        "accepted": 1,
        "known links": 0,
        "predicted": 1,
        "qualified": 0,
        "rejected": 0,
        "cannot be told": 1,
        "disputed": 2,
        "without a counterpart": 0,
    }


def test_a_link_tells_what_a_curator_could_not(graphs):
    assert words(made(graphs, [said("l0", "r0", UNSURE)], links((0, 0, 1)))) == ["0 0 match link"]


def test_decisions_on_entities_that_are_gone_are_counted(graphs):
    found = made(graphs, [said("gone", "r0", MATCH), said("l0", "gone", NO_MATCH)])
    assert (len(found), found.orphaned) == (0, 2)


def test_gold_links_leave_no_other_candidate_of_their_left_entity(graphs):
    known = links((0, 0, 1), gold=True)
    found = made(graphs, known=known, scored=scores((0, 1, 0.9)))
    assert words(found) == ["0 0 match link"]
    assert found.gave_way == 0  # what a link settles is no question for scores


def test_gold_links_of_an_entity_with_several_counterparts_leave_the_others_to_scores(graphs):
    known = links((0, 0, 1), gold=True)
    found = made(graphs, known=known, scored=scores((0, 1, 0.9), (1, 0, 0.8)), cardinality=TO_MANY)
    assert words(found) == ["0 0 match link", "0 1 match score"]  # r0 has its counterpart


# ---------------------------------------------------------------- one or several counterparts


def test_one_to_one_takes_the_likeliest_assignment_as_a_whole(graphs):
    found = made(
        graphs, scored=scores((0, 0, 0.8), (0, 1, 0.75), (1, 0, 0.75), (2, 2, 0.99), (2, 3, 0.7))
    )
    assert words(found) == ["0 1 match score", "1 0 match score", "2 2 match score"]
    assert found.gave_way == 2
    # one sure pair is likelier than two that are hardly above chance
    found = made(graphs, scored=scores((0, 0, 0.99), (0, 1, 0.55), (1, 0, 0.55)))
    assert words(found) == ["0 0 match score"]


def test_one_to_one_gives_nobody_a_second_match_after_a_decision_or_a_link(graphs):
    found = made(
        graphs,
        [said("l0", "r0", MATCH)],
        links((1, 1, 1)),
        scores((0, 2, 0.9), (2, 0, 0.9), (1, 3, 0.9), (3, 1, 0.9), (4, 4, 0.9)),
    )
    assert [word for word in words(found) if "score" in word] == ["4 4 match score"]


def test_many_to_many_takes_every_pair_from_the_threshold_on(graphs):
    found = made(graphs, scored=scores((0, 0, 0.5), (0, 1, 0.9), (1, 0, 0.49)), cardinality=MANY)
    assert words(found) == ["0 0 match score", "0 1 match score"]


def test_a_left_entity_with_several_counterparts_shares_none_of_them(graphs):
    pairs = scores((0, 0, 0.9), (0, 1, 0.8), (1, 1, 0.7), (1, 2, 0.6))
    found = made(graphs, scored=pairs, cardinality=TO_MANY)
    assert words(found) == ["0 0 match score", "0 1 match score", "1 2 match score"]
    assert found.gave_way == 1
    turned = made(graphs, scored=pairs, cardinality=Cardinality.MANY_TO_ONE)
    assert words(turned) == ["0 0 match score", "1 1 match score"]


# ---------------------------------------------------------------- what is handed on


def test_parts_of_an_alignment(graphs):
    whole = made(
        graphs,
        [said("l0", "r0", MATCH), said("l1", "r1", NO_MATCH), said("l2", "r2", NOBODY)],
        links((3, 3, 1)),
        scores((4, 4, 0.9)),
    )
    assert words(whole.part(What.ACCEPTED)) == ["0 0 match decision", "3 3 match link"]
    assert words(whole.part(What.PREDICTED))[2:] == ["4 4 match score"]
    assert whole.part(What.PREDICTED).no_counterpart == ()
    assert whole.part(What.ALL) is whole


def test_groups_are_what_matches_join_and_singles_are_groups(graphs):
    left, right = graphs
    found = made(graphs, [said("l1", "r0", MATCH), said("l1", "r4", MATCH)])
    groups = Groups.of(found, left, right)
    assert groups.count == 10
    assert groups.left.tolist() == [0, 1, 2, 3, 4, 5]
    assert groups.right.tolist() == [1, 6, 7, 8, 1, 9]
    assert [side.tolist() for side in groups.members(1)] == [[1], [0, 4]]
    assert groups.sizes.tolist() == [1, 3, 1, 1, 1, 1, 1, 1, 1, 1]


def test_a_group_keeps_its_id_when_others_change_and_when_rows_do(graphs, make_graph):
    left, right = graphs
    before = Groups.of(made(graphs, [said("l1", "r0", MATCH)]), left, right)
    ids = before.ids(left, right, "g-")
    assert len(set(ids)) == before.count
    assert all(each.startswith("g-") for each in ids)
    fewer = make_graph([(f"l{n}", "film") for n in (5, 1, 0, 7)])
    said_now = [said("l1", "r4", MATCH), said("l1", "r0", MATCH), said("l5", "r1", MATCH)]
    after = Groups.of(made((fewer, right), said_now), fewer, right)
    new = after.ids(fewer, right, "g-")
    row = {entity: fewer.row(entity) for entity in ("l1", "l5")}
    assert new[after.left[row["l1"]]] == ids[before.left[1]]  # which has one more member
    assert new[after.left[row["l5"]]] == ids[before.left[5]]
    assert new[after.right[5]] == ids[before.right[5]]


def test_a_group_of_several_left_entities_is_named_by_the_first_in_the_alphabet(make_graph):
    left, right = make_graph([("b", "film"), ("a", "film")]), make_graph([("r", "movie")])
    both = Groups.of(
        made((left, right), [said("a", "r", MATCH), said("b", "r", MATCH)]), left, right
    )
    single = Groups.of(made((left, right)), left, right)
    assert both.ids(left, right) == [single.ids(left, right)[left.row("a")]]


def test_chains_and_conflicts_are_counted(graphs):
    left, right = graphs
    found = made(
        graphs,
        [
            *(said("l0", "r0", MATCH), said("l0", "r1", MATCH), said("l1", "r1", MATCH)),
            said("l1", "r0", NO_MATCH),
            said("l2", "r2", MATCH),
        ],
    )
    groups = Groups.of(found, left, right)
    told = troubles(found, groups, left, right, {FILMS: ONE})
    assert told.large == (Large(0, 4, 2),)
    assert told.several == 2  # l0 and r1
    assert told.rejected_within == 1
    told = troubles(found, groups, left, right, {FILMS: TO_MANY})
    assert (told.large, told.several) == ((), 1)  # r1
    told = troubles(found, groups, left, right, {FILMS: MANY})
    assert (told.large, told.several, told.rejected_within) == ((), 0, 1)
    assert troubles(found, groups, left, right, {FILMS: MANY}, 3).large == (Large(0, 4, 3),)


def test_a_qualified_pair_is_no_match_is_handed_on_and_takes_no_entity(graphs):
    decisions = [
        *(said("l0", "r0", Outcome.BROADER), said("l0", "r1", MATCH)),
        *(said("l1", "r1", Outcome.CLOSE), said("l1", "r1", NO_MATCH, "Bob")),
        *(said("l2", "r2", Outcome.RELATED), said("l2", "r2", MATCH, "Bob")),
        said("l3", "r3", Outcome.NARROWER),
    ]
    found = made(graphs, decisions, scored=scores(*((n, n, 0.9) for n in range(4)), (3, 4, 0.9)))
    assert words(found) == [
        "0 0 broader decision",
        "0 1 match decision",
        "1 1 close decision",
        "2 2 match decision",
        "3 3 narrower decision",
        "3 4 match score",
    ]
    assert found.counts()["qualified"] == 3
    accepted = found.part(What.ACCEPTED)
    assert (int(accepted.matches.sum()), int(accepted.qualified.sum())) == (2, 3)


def test_who_qualifies_a_known_link_overrules_it(graphs):
    one = np.array([0])
    known = Links(one, one, np.ones(1, np.int8), np.array([False]))
    found = made(graphs, [said("l0", "r0", Outcome.CLOSE)], known=known)
    assert words(found) == ["0 0 close decision"]
    assert found.overruled == 1
