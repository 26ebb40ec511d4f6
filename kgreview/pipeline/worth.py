"""What tells things apart: what a version makes of each relation, attribute and word of names.

Over candidates near the threshold, like those that curators are asked. A relation's neighbour is
*shared* where it has a counterpart on the other side more likely than not, else *missing*; what it
adds to the log odds in either case is in the version's columns. What attributes add, by their
Shapley values, is computed, so for fewer pairs. Of words the linear model's weights are read, and
what these words are from the names of the pairs.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kgreview.aligner.explanation import Waterfall
from kgreview.aligner.features import word_codes
from kgreview.arrays import Bools, Ints
from kgreview.graph.columns import open_column
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.pipeline.explanation import attributes_of
from kgreview.pipeline.faithfulness import draw_near
from kgreview.pipeline.loaded_networks import Loaded, load
from kgreview.pipeline.project import Project
from kgreview.progress import Progress, silent
from kgreview.text.strings import normalise
from kgreview.ui.worth import AttributeWorth, RelationWorth, SideName, WordWorth, Worth

if TYPE_CHECKING:
    from kgreview.aligner.linear import LinearModel  # with torch, which the pages do without

MOST_PAIRS, MOST_EXPLAINED = 2000, 200
MOST_WORDS = 24
FEWEST = 5  # neighbours of a relation, or pairs of an attribute, that say something of it
_SHARED = 0.5  # gate from which on a neighbour is taken for shared


def worth(project: Project, version: str, progress: Progress = silent) -> Worth:
    """Measure what a version makes of each relation and attribute; raises what ``explain`` does."""
    progress("load the network", 0, 1)
    loaded, folder = load(project, version), project.version_folder(version)
    progress("load the network", 1, 1)
    threshold = loaded.explainer.checkpoint.threshold
    drawn = draw_near(loaded.scores, threshold, MOST_PAIRS, seed=0)
    samples, slots = (open_column(folder / f"{name}.npy") for name in ("samples", "attention"))
    left, right = (
        np.asarray(side)[drawn] for side in (loaded.candidates.left, loaded.candidates.right)
    )
    shift = len(project.left.edge_neighbours)
    shares = [
        *relation_worth("left", project.left, left, samples[left], slots[drawn, 0]),
        *relation_worth(
            "right",
            project.right,
            right,
            samples[right + project.left.num_entities] - shift,
            slots[drawn, 1],
        ),
    ]
    some = draw_near(loaded.scores, threshold, MOST_EXPLAINED, seed=0)
    attributes = attribute_worth(list(_waterfalls(loaded, some, progress)))
    relations = [one for one in shares if one.num_shared + one.num_missing >= FEWEST]
    often = [one for one in attributes if one.pairs >= FEWEST]
    linear = loaded.explainer.checkpoint.model.own.linear
    names = _names(project, "left", left), _names(project, "right", right)
    words = word_worth(linear, names)
    return Worth(
        version=version,
        pairs=len(drawn),
        explained=len(some),
        relations=tuple(sorted(relations, key=lambda one: (one.type, one.side, -one.apart))),
        attributes=tuple(sorted(often, key=lambda one: (one.types, -one.size))),
        rare=len(shares) - len(relations) + len(attributes) - len(often),
        words=words[:MOST_WORDS],
        more_words=len(linear.words) - len(words[:MOST_WORDS]),
    )


def relation_worth(
    side: SideName,
    graph: KnowledgeGraph,
    rows: npt.NDArray[np.integer],
    edges: npt.NDArray[np.integer],
    slots: npt.NDArray[np.floating],
) -> list[RelationWorth]:
    """Average what neighbours add by type of the entity and relation, shared or missing.

    ``rows`` (n,) of the entities in their graph, ``edges`` (n, c) their sampled edges, below 0
    where a slot is empty, ``slots`` (n, c, 3) contribution, gate and stake.
    """
    there = edges >= 0
    relations = np.asarray(graph.edge_relations)[edges[there]]
    types = np.broadcast_to(np.asarray(graph.types)[rows][:, None], edges.shape)[there]
    adds, gates = (np.asarray(slots[there][:, column], np.float64) for column in (0, 1))
    kinds, kind = np.unique(np.stack([types, relations]), axis=1, return_inverse=True)
    kind = kind.ravel()

    def mean(chosen: Bools) -> tuple[list[float], list[int]]:
        counts = np.bincount(kind[chosen], minlength=kinds.shape[1])
        sums = np.bincount(kind[chosen], adds[chosen], minlength=kinds.shape[1])
        return (sums / np.maximum(counts, 1)).tolist(), counts.tolist()

    shared, missing = mean(gates >= _SHARED), mean(gates < _SHARED)
    return [
        RelationWorth(side, graph.type_names[int(of_type)], *graph.relation(int(relation)), *each)
        for of_type, relation, *each in zip(*kinds, *shared, *missing, strict=True)
    ]


def attribute_worth(
    explained: list[tuple[tuple[str, str], Waterfall]],
) -> list[AttributeWorth]:
    """Average the size of what attributes add, by the types of the pairs and row of the table."""
    sizes: dict[tuple[tuple[str, str], tuple[str | None, str | None]], list[float]] = {}
    for types, waterfall in explained:
        for attributes, value in waterfall.attributes:
            if attributes == (None, None) and not value:
                continue  # where nothing else is compared, and nothing comes of it
            sizes.setdefault((types, attributes), []).append(abs(value))
    return [
        AttributeWorth(types, attributes, math.fsum(values) / len(values), len(values))
        for (types, attributes), values in sizes.items()
    ]


def word_worth(
    linear: LinearModel, names: tuple[list[set[str]], list[set[str]]]
) -> tuple[WordWorth, ...]:
    """Read off what the linear model makes of words in the names of pairs, (pairs,) of each side.

    The mean of its members, what tells most apart first.
    """
    in_both, in_one = Counter[str](), Counter[str]()
    for left, right in zip(*names, strict=True):
        in_both.update(left & right)
        in_one.update(left ^ right)
    words = sorted(in_both.keys() | in_one.keys())
    learnt = linear.words.cpu().numpy()
    place = {int(code): at for at, code in enumerate(learnt)}
    weights = linear.of_word.mean(dim=0).cpu().numpy()  # (V, 2)
    word_figures = []
    for word, code in zip(words, word_codes(pa.array(words, pa.large_string())), strict=True):
        if int(code) in place:
            shared, alone = weights[place[int(code)]].tolist()
            word_figures.append(WordWorth(word, shared, in_both[word], alone, in_one[word]))
    return tuple(sorted(word_figures, key=lambda one: -abs(one.apart)))


def _names(project: Project, side: SideName, rows: npt.NDArray[np.integer]) -> list[set[str]]:
    """Give the words of the names of entities, (rows,)."""
    graph = project.left if side == "left" else project.right
    naming = project.schema.left_names if side == "left" else project.schema.right_names
    texts = []
    for row in rows.tolist():
        values = graph.attributes(row)
        texts.append(
            [v for name in naming.get(graph.type_of(row), ()) for v in values.get(name, ())]
        )
    spelt = iter(normalise([text for each in texts for text in each]).to_pylist())
    return [{word for _ in each for word in next(spelt).split()} for each in texts]


def _waterfalls(
    loaded: Loaded, candidates: Ints, progress: Progress
) -> Iterator[tuple[tuple[str, str], Waterfall]]:
    project = loaded.project
    for done, candidate in enumerate(candidates, 1):
        left, right = (
            int(side[candidate]) for side in (loaded.candidates.left, loaded.candidates.right)
        )
        types = project.left.type_of(left), project.right.type_of(right)
        pair = loaded.pair(left, right)
        yield types, pair.waterfall(pair.look([()]), attributes_of(project, left, right))
        progress("explain", done, len(candidates))
