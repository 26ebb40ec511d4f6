"""What can be chosen about the aligner, with the defaults that won on validation links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class AlignerSettings:
    """Settings of the aligner and of its training."""

    # own features: names and attributes
    members: int = 5  # models, each grown on all parts of the labelled entities but one
    trees: int = 150  # of each
    leaves: int = 8  # of a tree at most
    rate: float = 0.1  # how much of what each tree finds counts
    ranked: int = 12  # features by which a pair is compared with its competing candidates
    label_features: bool = True  # what is known of competing candidates is looked at

    # evidence of neighbours
    evidence: bool = True  # False: neighbours say nothing
    cross_attention: bool = True  # False: all neighbours of a pair have the same gate
    self_attention: bool = True  # False: all neighbours have the same stake
    rounds: int = 2  # in each, what was believed of neighbours in the one before is evidence
    hidden: int = 24  # units of the small networks
    relation_width: int = 6  # of what is learnt of a relation

    # competing candidates
    competitors: bool = True  # False: each pair is decided alone
    last_trees: int = 100  # of each member of the last ones, which see own features again
    last_leaves: int = 31
    last_rate: float = 0.1

    # the sampler
    cap: int = 10  # neighbours kept of an entity
    uniform_sampling: bool = False  # True: ignore how common a relation is

    # training
    most_matches: int = 10_000  # of links that are learnt from: time and memory grow with them
    learning_rate: float = 1e-2  # at its height, in one cycle
    pull: float = 300.0  # towards the weights at first, for each match that is learnt from
    batch: int = 2048  # pairs in a step at most
    epochs: int = 12  # of each round
    steps: int = 600  # of each round, at the fewest, however few the pairs
    seed: int = 0

    def to_json(self) -> dict[str, Any]:
        """Give the settings as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> AlignerSettings:
        """Rebuild what ``to_json`` gave; settings this release does not know are left out."""
        names = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in names})


# for a demonstration: the sample is learnt within seconds
QUICK = AlignerSettings(members=3, steps=300, last_trees=50)
