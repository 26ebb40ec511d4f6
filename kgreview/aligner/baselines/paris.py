"""PARIS (Suchanek et al., VLDB 2011): entities and relations aligned together, unsupervised.

Two entities are the same if facts that hardly anything else shares say so (equation 13):

    Pr(x ≡ x') = 1 − Π (1 − Pr(r' ⊆ r) fun⁻¹(r) Pr(y ≡ y')) (1 − Pr(r ⊆ r') fun⁻¹(r') Pr(y ≡ y'))

over facts r(x, y) and r'(x', y'). Literals are the same if their words are, in any order. In each
round an entity's probabilities are those of its likeliest counterpart alone, as published, and so
are those of the relations, which are learnt from them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.aligner.baselines.dataset import BATCH, Dataset, Rows, Scorer
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.progress import Progress
from kgreview.text.columns import distinct_numbers
from kgreview.text.strings import normalise, sort_words

_ROUNDS = 6
_START = 0.1  # Pr(r ⊆ r') before anything is known, θ as published
_MOST_SHARING = 100  # pairs of entities one literal may bring up; those of the candidates count too
_LEAST = 0.01  # a probability below it is none
_CERTAIN = 1 - 1e-6

Probabilities = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Facts:
    """r(x, y) of one graph, by x and then y, which is a literal's code or beyond those an entity's.

    ``keys`` are those of (x, y), ascending, by which the facts of a pair are found.
    """

    subject: Rows  # (facts,)
    thing: Rows  # (facts,)
    relation: Rows  # (facts,) attributes, then relations and their inverses
    things: int  # codes there are: literals of both graphs, entities of this one
    offsets: Rows  # (entities + 1,)
    keys: Rows  # (facts,)
    inverse_functionality: Probabilities  # (relations,) distinct y over facts

    @classmethod
    def of(cls, graph: KnowledgeGraph, literal: Rows, literals: int) -> Facts:
        """Gather the facts of a graph whose values have the codes ``literal``, -1 for none."""
        literal_values = np.flatnonzero(literal >= 0)
        subject = np.concatenate([graph.value_entities[literal_values], graph.edge_entities])
        relation = np.concatenate(
            [
                graph.value_attributes[literal_values],
                graph.edge_relations + len(graph.attribute_names),
            ]
        )
        thing = np.concatenate(
            [literal[literal_values], graph.edge_neighbours.astype(np.int64) + literals]
        )
        things = literals + graph.num_entities
        relations = len(graph.attribute_names) + 2 * graph.num_relations
        # each fact counts once
        facts = distinct_numbers((subject * things + thing) * relations + relation)
        keys, relation = facts // relations, facts % relations
        subject, thing = keys // things, keys % things
        stated = np.bincount(relation, minlength=relations)
        distinct = distinct_numbers(relation * things + thing) // things
        return cls(
            subject,
            thing,
            relation,
            things,
            np.searchsorted(subject, np.arange(graph.num_entities + 1)),
            keys,
            np.bincount(distinct, minlength=relations) / np.maximum(stated, 1),
        )

    def stating(self, subject: Rows, thing: Rows) -> tuple[Rows, Rows]:
        """Find the facts of each (x, y): (which of those asked for, fact)."""
        asked = subject * self.things + thing
        first = np.searchsorted(self.keys, asked, side="left")
        number = np.searchsorted(self.keys, asked, side="right") - first
        return spread(first, number)


@dataclass(frozen=True, eq=False)
class Counterparts:
    """For each thing (literal or entity) of a side the likeliest one of the other, and how sure."""

    thing: Rows  # (things,) -1 where there is none
    probability: Probabilities  # (things,)


def paris(data: Dataset, seed: int, device: str, progress: Progress) -> Scorer:  # noqa: ARG001
    """Align without a single label; scores are −ln(1 − Pr(x ≡ x')), which never tie at one."""
    graphs = data.left_graph, data.right_graph
    codes, literals = _literals(*graphs)
    left, right = (
        Facts.of(graph, code, literals) for graph, code in zip(graphs, codes, strict=True)
    )
    pairs = _worth_a_look(data, left, right, literals)
    contains = np.full(
        (2, len(left.inverse_functionality), len(right.inverse_functionality)), _START
    )  # Pr(r ⊆ r') and Pr(r' ⊆ r)
    sizes = literals + graphs[0].num_entities, literals + graphs[1].num_entities
    same = _only_literals(sizes[0], literals)
    evidence = np.zeros(len(pairs[0]))
    for number in range(_ROUNDS):
        evidence = _evidence(pairs, left, right, same, contains)
        there = _likeliest(pairs[0], pairs[1], evidence, literals, sizes[0])
        back = _likeliest(pairs[1], pairs[0], evidence, literals, sizes[1])
        contains = np.stack(
            [_contained(left, right, there, literals), _contained(right, left, back, literals).T]
        )
        same = there
        progress("train", number + 1, _ROUNDS)
    evidence = _evidence(pairs, left, right, same, contains)
    likeliest = _stands_out(pairs[0], evidence) & _stands_out(pairs[1], evidence)
    evidence = np.where(likeliest, 1 + evidence, evidence / (1 + evidence))

    def score() -> Probabilities:
        width = graphs[1].num_entities
        keys = pairs[0] * width + pairs[1]
        return evidence[np.searchsorted(keys, data.left * width + data.right)]

    return Scorer(score, contains.size)


def _literals(left: KnowledgeGraph, right: KnowledgeGraph) -> tuple[tuple[Rows, Rows], int]:
    """Code the values of both sides, the same code where their words are the same.

    What stands in brackets at the end tells namesakes apart within a source, "The Return (1996)".
    """
    plain = [
        pc.replace_substring_regex(graph.values, r"(\S)\s*\([^()]*\)\s*$", r"\1")
        for graph in (left, right)
    ]
    words = pa.array(
        [word for values in plain for word in sort_words(normalise(values))],
        type=pa.large_string(),
    ).dictionary_encode()
    codes = words.indices.to_numpy().astype(np.int64)
    empty = pc.index(words.dictionary, "").as_py()
    codes[codes == empty] = -1
    return (codes[: left.num_values], codes[left.num_values :]), len(words.dictionary)


def _worth_a_look(data: Dataset, left: Facts, right: Facts, literals: int) -> tuple[Rows, Rows]:
    """Give the pairs that are looked at: candidates, and whatever shares a telling literal."""
    sides = []
    for facts in (left, right):
        values = np.flatnonzero(facts.thing < literals)
        statements = np.unique(np.stack([facts.thing[values], facts.subject[values]]), axis=1)
        sides.append((statements[1], np.searchsorted(statements[0], np.arange(literals + 1))))
    (ones, start_1), (twos, start_2) = sides
    count_1, count_2 = np.diff(start_1), np.diff(start_2)
    rare = np.flatnonzero((count_1 * count_2 > 0) & (count_1 * count_2 <= _MOST_SHARING))
    size = count_1[rare] * count_2[rare]
    which, nth = spread(np.zeros_like(size), size)
    which = rare[which]
    lefts = ones[start_1[which] + nth // count_2[which]]
    rights = twos[start_2[which] + nth % count_2[which]]
    width = data.right_graph.num_entities
    keys = distinct_numbers(
        np.concatenate([data.left * width + data.right, lefts * width + rights])
    )
    return keys // width, keys % width


def _only_literals(things: int, literals: int) -> Counterparts:
    thing = np.full(things, -1)
    thing[:literals] = np.arange(literals)
    probability = np.zeros(things)
    probability[:literals] = 1
    return Counterparts(thing, probability)


def _stands_out(entities: Rows, evidence: Probabilities) -> npt.NDArray[np.bool_]:
    """Tell which pairs have the most evidence among those of the same entity, (pairs,)."""
    _, group = np.unique(entities, return_inverse=True)
    most = np.zeros(int(group.max(initial=-1)) + 1)
    np.maximum.at(most, group, evidence)
    stands_out: npt.NDArray[np.bool_] = (evidence == most[group]) & (evidence > 0)
    return stands_out


def _likeliest(
    near: Rows, far: Rows, evidence: Probabilities, literals: int, things: int
) -> Counterparts:
    """Find each entity's likeliest counterpart; among equals none is, rather than the first."""
    counterparts = _only_literals(things, literals)
    order = np.lexsort((-evidence, near))
    entity, value = near[order], evidence[order]
    first = np.flatnonzero(np.r_[True, entity[1:] != entity[:-1]][: len(entity)])
    after = np.minimum(first + 1, len(order) - 1)
    tied = (after != first) & (entity[after] == entity[first]) & (value[after] == value[first])
    probability = 1 - np.exp(-value[first])
    chosen = first[(probability >= _LEAST) & ~tied]
    counterparts.thing[entity[chosen] + literals] = far[order[chosen]] + literals
    counterparts.probability[entity[chosen] + literals] = 1 - np.exp(-value[chosen])
    return counterparts


def _evidence(
    pairs: tuple[Rows, Rows],
    left: Facts,
    right: Facts,
    same: Counterparts,
    contains: Probabilities,
) -> Probabilities:
    """Give −ln(1 − Pr(x ≡ x')) of each pair, (pairs,)."""
    evidence = np.zeros(len(pairs[0]))
    for start in range(0, len(evidence), BATCH):
        part = slice(start, start + BATCH)
        of_pair, one, two = _meeting(pairs[0][part], pairs[1][part], left, right, same)
        r, s = left.relation[one], right.relation[two]
        sure = same.probability[left.thing[one]]
        factor = contains[1, r, s] * left.inverse_functionality[r] * sure
        other = contains[0, r, s] * right.inverse_functionality[s] * sure
        doubt = np.log1p(-np.minimum(factor, _CERTAIN)) + np.log1p(-np.minimum(other, _CERTAIN))
        # relations that say the same of the same thing (a name twice) are one piece of evidence
        size = right.things
        distinct, place = np.unique(of_pair * size + right.thing[two], return_inverse=True)
        strongest = np.zeros(len(distinct))
        np.minimum.at(strongest, place, doubt)
        evidence[part] = -np.bincount(distinct // size, strongest, minlength=len(evidence[part]))
    return evidence


def _meeting(
    lefts: Rows, rights: Rows, left: Facts, right: Facts, same: Counterparts
) -> tuple[Rows, Rows, Rows]:
    """Find facts of either side whose things are the same: (pair, left fact, right fact)."""
    first = left.offsets[lefts]
    of_pair, one = spread(first, left.offsets[lefts + 1] - first)
    wanted = same.thing[left.thing[one]]
    some = np.flatnonzero(wanted >= 0)
    of_pair, one, wanted = of_pair[some], one[some], wanted[some]
    again, two = right.stating(rights[of_pair], wanted)
    return of_pair[again], one[again], two


def _contained(near: Facts, far: Facts, same: Counterparts, literals: int) -> Probabilities:
    """Give Pr(r ⊆ r') for each relation of one side and each of the other (equation 12).

    Σ Pr(x ≡ x') Pr(y ≡ y') over facts r(x, y) of which the other side states r'(x', y'), by the
    same sum over all facts whose x and y have counterparts.
    """
    subject, thing = same.thing[near.subject + literals], same.thing[near.thing]
    both = np.flatnonzero((subject >= 0) & (thing >= 0))
    sure = same.probability[near.subject[both] + literals] * same.probability[near.thing[both]]
    shape = len(near.inverse_functionality), len(far.inverse_functionality)
    whole = np.bincount(near.relation[both], sure, minlength=shape[0])
    which, fact = far.stating(subject[both] - literals, thing[both])
    cell = near.relation[both][which] * shape[1] + far.relation[fact]
    stated = np.bincount(cell, sure[which], minlength=shape[0] * shape[1]).reshape(shape)
    return np.minimum(1, stated / np.maximum(whole, 1e-9)[:, None])


def spread(starts: Rows, counts: Rows) -> tuple[Rows, Rows]:
    """Give start, start + 1 … for each start, as many as its count: (which start, number)."""
    which = np.repeat(np.arange(len(starts)), counts)
    before = np.cumsum(counts) - counts
    return which, np.arange(len(which)) - before[which] + starts[which]
