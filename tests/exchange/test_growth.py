from __future__ import annotations

import numpy as np
import pytest

from kgreview.exchange.alignment import ScoredPairs, Settled, What
from kgreview.exchange.export import Export, ExportSettings, Provenance
from kgreview.exchange.groups import Groups, troubles
from kgreview.exchange.growth import growth, large_groups
from kgreview.graph.cardinality import Cardinality
from kgreview.graph.links import Links
from kgreview.graph.schema import Schema, TypePair
from kgreview.store.outcomes import Outcome

from .conftest import decision

FILMS = TypePair("film", "movie")


@pytest.fixture
def export(make_graph) -> Export:
    """a – A by a link, b – B by a decision, a – B, b – A and c – B by scores; d – D alone."""
    left = make_graph([(each, "film") for each in "abcd"])
    right = make_graph([(each, "movie") for each in "ABCD"])
    one = np.array([0])
    known = Links(one, one, np.ones(1, np.int8), np.array([False]))
    rows = np.array([(0, 1), (1, 0), (2, 1), (3, 3)])
    scored = ScoredPairs(rows[:, 0], rows[:, 1], np.array([0.9, 0.6, 0.7, 0.8]))
    many = {FILMS: Cardinality.MANY_TO_MANY}
    decisions = [decision("b", "B", Outcome.MATCH)]
    made = Settled.of(left, right, decisions, known, scored, many).at(0.5)
    groups = Groups.of(made, left, right)
    provenance = Provenance(
        *("films", "", "", "v1", True, 0.5, "", None, What.PREDICTED, made.counts(), many),
        *(troubles(made, groups, left, right, many, 4), 0, 0, 0),
    )
    return Export(left, right, Schema((FILMS,), {}, {}), made, provenance, ExportSettings())


def test_a_group_is_told_step_by_step_from_what_is_surest(export):
    (number,) = large_groups(export).tolist()
    found = growth(export, number, 10)
    assert (found.size, found.left, found.allowed, found.more) == (5, 3, 4, 0)
    assert found.id == export.group_ids[number]
    assert [
        f"{step.pair.left}{step.pair.right} {step.pair.basis} {step.left_size}+{step.right_size}"
        f"{' closes' * step.closes}"
        for step in found.steps
    ] == ["aA link 1+1", "bB decision 1+1", "aB score 2+2", "cB score 1+4", "bA score 5+5 closes"]
    assert found.steps[1].pair.decisions[0].curator == "Ada L|ovelace"
    assert found.steps[2].pair.score == 0.9


def test_of_a_large_group_the_first_steps_are_told_and_the_rest_counted(export):
    found = growth(export, int(large_groups(export)[0]), 2)
    assert (len(found.steps), found.more) == (2, 3)
