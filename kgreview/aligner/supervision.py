"""What the network learns from: links, judged pairs, curators' decisions and random non-matches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links, pair_keys
from kgreview.graph.schema import Schema
from kgreview.text.columns import distinct_numbers

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Supervision:
    """Pairs with a label and a weight in the loss; each pair stands once."""

    left: Rows  # (pairs,)
    right: Rows  # (pairs,)
    label: npt.NDArray[np.int8]  # (pairs,)
    weight: npt.NDArray[np.float32]  # (pairs,)

    def __len__(self) -> int:
        return len(self.left)


def from_links(left: Rows, right: Rows, links: Links, others: Links | None = None) -> Supervision:
    """Label the candidates (``left``, ``right``) that known links settle.

    ``others``: further links, which tell of these candidates, too, but not which they are: where a
    left entity has two matches, one in either, neither is a non-match.
    """
    where = np.flatnonzero(links.settle(left, right))
    labelled = links if others is None else Links.concatenate(links, others)
    label = labelled.labels(left[where], right[where])
    return Supervision(left[where], right[where], label, np.ones(len(where), np.float32))


def from_lost_links(left: Rows, right: Rows, links: Links, weight: float) -> Supervision:
    """Take the links that name none of the candidates (``left``, ``right``), each by itself."""
    lost = links.take(~np.isin(links.keys, pair_keys(left, right)))
    return Supervision(
        lost.left, lost.right, lost.label, np.full(len(lost), weight, dtype=np.float32)
    )


def combine(*parts: Supervision) -> Supervision:
    """Put labelled pairs together; of a pair that stands in several, the last part counts."""
    left = np.concatenate([part.left for part in parts])
    right = np.concatenate([part.right for part in parts])
    label = np.concatenate([part.label for part in parts])
    weight = np.concatenate([part.weight for part in parts])
    # the first of the reversed order is the last one given
    _, first = np.unique(pair_keys(left, right)[::-1], return_index=True)
    kept = np.sort(len(left) - 1 - first)
    return Supervision(left[kept], right[kept], label[kept], weight[kept])


def random_non_matches(
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    schema: Schema,
    number: int,
    *,
    supervision: Supervision,
    seed: int,
) -> Supervision:
    """Draw pairs of corresponding types at random, which hardly ever are the same entity.

    Pairs in ``supervision`` are left out. Fewer come back where the graphs are tiny.
    """
    rng = np.random.default_rng(seed)
    sides = [
        (left.rows_of_type(pair.left), right.rows_of_type(pair.right)) for pair in schema.types
    ]
    sides = [(a, b) for a, b in sides if len(a) and len(b)]
    size = np.array([min(len(a), len(b)) for a, b in sides], dtype=np.float64)
    if not len(size) or number <= 0:
        none = np.empty(0, np.int64)
        return Supervision(none, none, none.astype(np.int8), none.astype(np.float32))
    counts = rng.multinomial(number, size / size.sum())
    lefts = np.concatenate([rng.choice(a, n) for (a, _), n in zip(sides, counts, strict=True)])
    rights = np.concatenate([rng.choice(b, n) for (_, b), n in zip(sides, counts, strict=True)])
    _, first = np.unique(pair_keys(lefts, rights), return_index=True)
    fresh = first[
        ~np.isin(
            pair_keys(lefts[first], rights[first]), pair_keys(supervision.left, supervision.right)
        )
    ]
    return Supervision(
        lefts[fresh],
        rights[fresh],
        np.zeros(len(fresh), np.int8),
        np.ones(len(fresh), np.float32),
    )


def hold_out(pairs: Supervision, share: float, seed: int) -> tuple[Supervision, Supervision]:
    """Part pairs by left entity into those to learn from and a ``share`` to validate with.

    Of entities with a match and of others alike: where matches are few, none is left to chance. An
    entity has the same place in the order for all that is said of others, so that hardly any is
    learnt from by one version and held out by the next.
    """
    matched = distinct_numbers(pairs.left[pairs.label == 1])
    # a stream of its own: the parts of the members come from the seed alone
    chance = np.random.default_rng([seed, 1]).random(int(pairs.left.max(initial=-1)) + 1)
    held = [
        entities[np.argsort(chance[entities])][: round(share * len(entities))]
        for entities in (matched, np.setdiff1d(pairs.left, matched))
    ]
    there = np.isin(pairs.left, np.concatenate(held))
    return take(pairs, np.flatnonzero(~there)), take(pairs, np.flatnonzero(there))


def take(pairs: Supervision, where: npt.NDArray[np.integer]) -> Supervision:
    """Pick some of the pairs."""
    return Supervision(
        pairs.left[where], pairs.right[where], pairs.label[where], pairs.weight[where]
    )
