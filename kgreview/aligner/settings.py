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
    hidden: int = 64  # width of the comparison head
    dropout: float = 0.2  # of the comparison head's inputs and hidden layer
    bins: int = 8  # pieces of the piecewise linear encoding of a similarity

    # rivals
    members: int = 2  # networks, each trained on all parts of the entities but one
    rounds: int = 2  # of correction by rivals; 0: each pair is decided alone, as published
    rival_hidden: int = 32
    telling: int = 8  # similarities by which a pair is compared with its rivals at once

    # the sampler
    cap: int = 10  # neighbours kept of an entity
    uniform_sampling: bool = False  # True: ignore how common a relation is

    # training
    learning_rate: float = 3e-3
    weight_decay: float = 1e-4
    batch: int = 64  # matches in a step
    negatives: int = 10  # non-matches drawn for each of them, half for either entity
    margin: float = 1.0  # γ of the hinge loss
    epochs: int = 30
    patience: int = 4  # epochs without a better validation PRAUC before it stops
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
    rounds=0,
    negatives=20,
    batch=32,
    weight_decay=0.0,
    dropout=0.0,
)
