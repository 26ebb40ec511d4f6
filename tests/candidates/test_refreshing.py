"""Candidates of what changed, held against a blocking of everything."""

from __future__ import annotations

import numpy as np
import pytest

from kgreview.candidates.blocking import Candidates, block
from kgreview.candidates.refreshing import Earlier, refresh_candidates
from kgreview.graph.changes import Changes
from kgreview.graph.schema import Schema, TypePair
from tests.conftest import MakeGraph

WORDS = ("harbour", "orchard", "lantern", "glacier", "meadow", "quarry", "thicket", "sparrow")
SCHEMA = Schema((TypePair("film", "film"),), {"film": ("title",)}, {"film": ("title",)})


@pytest.fixture
def graphs(make_graph: MakeGraph):  # type: ignore[no-untyped-def]
    """Two graphs of sixty films, every film with a title of three words of its own."""

    def graph(side: str, seed: int):  # type: ignore[no-untyped-def]
        rng = np.random.default_rng(seed)
        ids = [f"{side}{n:02}" for n in range(60)]
        titles = [" ".join([*rng.choice(WORDS, 3), f"{n}{side}"]) for n in range(60)]
        return make_graph(
            [(film, "film") for film in ids],
            [(film, "title", title) for film, title in zip(ids, titles, strict=True)],
        )

    return graph("l", 1), graph("r", 2)


def keys(pairs: Candidates) -> set[tuple[int, int]]:
    return set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))


@pytest.mark.parametrize("seed", range(4))
def test_what_was_never_a_candidate_is_found_as_a_whole_blocking_finds_it(
    graphs,  # type: ignore[no-untyped-def]
    seed: int,
) -> None:
    left, right = graphs
    whole = block(left, right, SCHEMA)
    rng = np.random.default_rng(seed)
    touched = tuple(rng.random(60) < share for share in (0.1, 0.05))
    # as if the touched had not been there: nobody has them for a candidate
    known = whole.take(np.flatnonzero(~touched[0][whole.left] & ~touched[1][whole.right]))
    nothing = np.zeros(len(known), np.bool_)
    found = refresh_candidates(left, right, SCHEMA, Earlier(known, nothing), touched)
    assert found.stays.all()
    assert keys(known) | keys(found.added) >= keys(whole)
    beyond = (keys(known) | keys(found.added)) - keys(whole)
    assert all(touched[0][a] or touched[1][b] for a, b in beyond)
    both = {pair: place for place, pair in enumerate(zip(whole.left, whole.right, strict=True))}
    for a, b, name, context in zip(
        found.added.left,
        found.added.right,
        found.added.name_similarity,
        found.added.context_similarity,
        strict=True,
    ):
        if (a, b) in both:
            place = both[a, b]
            assert name == pytest.approx(whole.name_similarity[place], abs=1e-6)
            assert context == pytest.approx(whole.context_similarity[place], abs=1e-6)


def test_a_pair_that_is_hardly_alike_any_more_goes_unless_somebody_has_decided_it(
    make_graph: MakeGraph,
) -> None:
    def graph(side: str, first: str):  # type: ignore[no-untyped-def]
        titles = [first, *(f"{word} {word[::-1]}" for word in WORDS * 2)]
        ids = [f"{side}{n:02}" for n in range(len(titles))]
        return make_graph(
            [(film, "film") for film in ids],
            [(film, "title", title) for film, title in zip(ids, titles, strict=True)],
        )

    right = graph("r", "castle on the hill")
    before = block(graph("l", "castle on the hill"), right, SCHEMA)
    old, new = graph("l", "castle on the hill"), graph("l", "harbour ruobrah")
    changes = Changes.of(old, new)
    touched = changes.touched, np.zeros(right.num_entities, np.bool_)
    assert changes.touched.sum() == 1
    pair = int(np.flatnonzero((before.left == 0) & (before.right == 0))[0])
    for decided in (False, True):
        kept = np.zeros(len(before), np.bool_)
        kept[pair] = decided
        found = refresh_candidates(new, right, SCHEMA, Earlier(before, kept), touched)
        assert found.stays[pair] == decided
    assert found.pairs.name_similarity[pair] < 0.2, "it is compared as it is now"
    assert {b for a, b in keys(found.added) if a == 0} >= {1, 9}


def test_who_lost_a_candidate_gets_the_next_one(make_graph: MakeGraph) -> None:
    titles = [f"harbour {word}" for word in WORDS for _ in range(3)]
    left = make_graph([("l0", "film")], [("l0", "title", "harbour meadow")])
    ids = [f"r{n:02}" for n in range(len(titles))]

    def right(kept: range):  # type: ignore[no-untyped-def]
        return make_graph(
            [(ids[n], "film") for n in kept], [(ids[n], "title", titles[n]) for n in kept]
        )

    old, new = right(range(24)), right(range(12))
    before = block(left, old, SCHEMA)
    changes = Changes.of(old, new)
    moved = Candidates(
        before.left,
        changes.to_new[before.right],
        before.name_similarity,
        before.context_similarity,
    )
    nothing = np.zeros(len(before), np.bool_)
    found = refresh_candidates(
        left, new, SCHEMA, Earlier(moved, nothing), (np.array([False]), changes.touched)
    )
    after = keys(moved.take(found.stays)) | keys(found.added)
    assert after >= keys(block(left, new, SCHEMA))
    assert all(b >= 0 for _, b in after)
