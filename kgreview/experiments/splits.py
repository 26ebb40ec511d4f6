"""Links of a pair folder by split, and few of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kgreview.errors import InputError
from kgreview.exchange.division import SPLITS
from kgreview.exchange.pair_folders import PairFolder
from kgreview.graph.counterparts import Counterparts
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.schema import TypePair
from kgreview.graph.suggestion import cardinality_of_types
from kgreview.progress import Notice, unheard

_FEWEST_VALID = 4  # links to validate with, however few there are to train with


class Splits(NamedTuple):
    """The links to learn from, to tune by and to test with."""

    train: Links
    valid: Links
    test: Links


def read_splits(
    pair: PairFolder, left: KnowledgeGraph, right: KnowledgeGraph, notice: Notice = unheard
) -> Splits:
    """Read the links of all splits; what those to test with label is in no other.

    So what test links tell is not learnt from, whatever other links tell of it. Where an entity may
    have several counterparts, a link tells of its own pair alone.
    """
    for split in SPLITS:
        if split not in pair.splits:
            raise InputError.at(
                pair.path, f"has no {split} links; a benchmark needs train, valid and test"
            )
    notes: list[str] = []
    train, valid, test = (read_split(pair, each, left, right, notes.append) for each in SPLITS)
    for text in dict.fromkeys(notes):  # one file may say something of several splits
        notice(text)
    if not (train.label == 1).any():
        raise InputError.at(pair.path, "holds no match to train with; add one to its train links")
    counterparts = _counterparts(left, right, Links.concatenate(train, valid))
    tells = [counterparts.opened(links) for links in (valid, test)]
    apart = [
        links.take(~other.settle(links.left, links.right))
        for links, other in zip((train, valid), tells, strict=True)
    ]
    apart[0] = apart[0].take(~tells[1].settle(apart[0].left, apart[0].right))
    if twice := len(train) + len(valid) - sum(map(len, apart)):
        notice(
            f"{pair.path}: {twice:,} links are about what links of a later split tell, of train, "
            "valid and test; they are left out, or what is tested would be learnt"
        )
    return Splits(apart[0], apart[1], test)


def _counterparts(left: KnowledgeGraph, right: KnowledgeGraph, links: Links) -> Counterparts:
    """Tell by links how many counterparts entities of the types that they join may have."""
    codes = np.unique(np.stack([left.types[links.left], right.types[links.right]]), axis=1)
    types = tuple(
        TypePair(left.type_names[one], right.type_names[other]) for one, other in codes.T.tolist()
    )
    return Counterparts.of(left, right, cardinality_of_types(left, right, links, types))


def few_links(splits: Splits, number: int, seed: int) -> Splits:
    """Draw some training links, and validation links in the proportion of all; keep test links.

    Of validation links four are kept, where there are so many; of judged pairs one of either label
    at least, in both. The more are drawn with a seed the more are added: none is left out again.
    """
    train, valid, test = splits
    held = max(_FEWEST_VALID, round(number * len(valid) / max(1, len(train))))
    rng = np.random.default_rng(seed)
    return Splits(_some(train, number, rng), _some(valid, held, rng), test)


def _some(links: Links, number: int, rng: np.random.Generator) -> Links:
    """Draw links at random, no more than there are, and one of either label before all others."""
    order = rng.permutation(len(links))
    of_label = [order[links.label[order] == value][:1] for value in (1, 0)]
    first = np.isin(order, np.concatenate(of_label))
    return links.take(np.concatenate([order[first], order[~first]])[:number])


def read_split(
    pair: PairFolder,
    split: str,
    left: KnowledgeGraph,
    right: KnowledgeGraph,
    notice: Notice = unheard,
) -> Links:
    """Read the links of one split."""
    return pair.read_links([split], left, right, notice=notice).links[split]
