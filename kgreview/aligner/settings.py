"""What can be chosen about the network, with the defaults that won on validation links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal


@dataclass(frozen=True)
class AlignerSettings:
    """Settings of network and training; ``PAPER`` has those of the publication."""

    # the network
    head: Literal["comparison", "distance"] = "comparison"  # "distance": as published
    width: int = 64  # m, of an entity state; half of it from the entity, half from its neighbours
    layers: int = 2  # K; all but the last average their neighbours
    bases: int = 4  # matrices that the relations of one layer share
    cross_attention: bool = True  # α, WWW'20 section 3.2; else the mean
    self_attention: bool = True  # β, WWW'20 section 3.3; else the mean
    heads: int = 8  # small networks side by side that judge a pair, whose mean counts
    hidden: int = 32  # width of each
    dropout: float = 0.1  # of their hidden layers
    missing: float = 0.1  # share of the similarities that training takes away
    bins: int = 10  # pieces of the piecewise linear encoding of a similarity
    trees: int = 300  # boosted trees beside each head, whose word counts as much as the head's

    # rivals
    members: int = 2  # networks, each trained on all parts of the entities but one
    rivals: bool = True  # False: each pair is decided alone, as published
    rival_epochs: int = 10  # of the head that sets pairs against their rivals
    rival_steps: int = 1200  # of it, at the fewest
    told: bool = True  # it sees what is known of the rivals
    telling: int = 12  # similarities by which a pair is compared with its rivals at once

    # the sampler
    cap: int = 10  # neighbours kept of an entity
    uniform_sampling: bool = False  # True: ignore how common a relation is

    # training
    learning_rate: float = 1e-3  # of all that leads to entity states; at its height in one cycle
    head_learning_rate: float = 1e-2  # of what judges figures, which bears and needs more
    one_cycle: bool = True  # the rate rises and falls over the whole training
    weight_decay: float = 1e-2
    batch: int = 512  # pairs in a step at most; as published matches, each with its negatives
    negatives: int = 10  # non-matches drawn for each of them, half for either entity
    margin: float = 1.0  # γ of the hinge loss
    epochs: int = 8
    steps: int = 400  # at the fewest, however few the matches
    patience: int = 8  # epochs without a better validation PRAUC before it stops
    seed: int = 0

    def to_json(self) -> dict[str, Any]:
        """Give the settings as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> AlignerSettings:
        """Rebuild what ``to_json`` gave; settings this release does not know are left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})


PAPER = AlignerSettings(
    head="distance",
    width=128,
    members=1,
    rivals=False,
    learning_rate=3e-3,
    one_cycle=False,
    epochs=30,
    patience=4,
    negatives=20,
    batch=32,
    weight_decay=0.0,
    dropout=0.0,
)

# for a demonstration: the sample is learnt within a minute
QUICK = AlignerSettings(steps=200, rival_steps=500, trees=100)
