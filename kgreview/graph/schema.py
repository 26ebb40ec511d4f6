"""Which types and attributes of two graphs correspond, which name, and how values are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from kgreview.graph.cardinality import Cardinality
from kgreview.text.readings import Reading

SIDES = ("left", "right")

Names = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class TypePair:
    """Entities of these two types may be the same."""

    left: str
    right: str

    def __str__(self) -> str:
        return self.left if self.left == self.right else f"{self.left} / {self.right}"


@dataclass(frozen=True)
class AttributePair:
    """Two attributes that say the same of entities of two types that correspond."""

    types: TypePair
    left: str
    right: str
    agreement: float | None = None  # share of probable matches where both say it that agree

    def __str__(self) -> str:
        return f"{self.left} ~ {self.right}"


class Direction(NamedTuple):
    """A relation as it is seen from one of its ends."""

    relation: str
    inverse: bool = False  # seen from its tail

    @property
    def turned(self) -> Direction:
        """The same relation, seen from the other end."""
        return Direction(self.relation, not self.inverse)

    def __str__(self) -> str:
        return f"{self.relation} inverse" if self.inverse else self.relation


@dataclass(frozen=True)
class RelationPair:
    """Two relations that lead to the same from entities of two types that correspond.

    Seen from the other end it holds as well.
    """

    types: TypePair
    left: Direction
    right: Direction
    # share of what one says that the other says too, less where little is said; none: sure
    strength: float | None = None

    def __str__(self) -> str:
        return f"{self.left} ~ {self.right}"


@dataclass(frozen=True)
class Schema:
    """What corresponds between the sides, and how values are read.

    Attributes that are not in ``left_readings`` or ``right_readings`` are strings. Values in
    ``left_missing`` and ``right_missing`` are placeholders: they stand for no value. Nor does any
    value of an attribute in ``left_ignored`` or ``right_ignored`` when entities are compared.
    """

    types: tuple[TypePair, ...]
    left_names: Names  # by type, the attributes that name an entity, the best first
    right_names: Names
    attributes: tuple[AttributePair, ...] = ()
    left_readings: Mapping[str, Reading] = field(default_factory=dict)  # by attribute
    right_readings: Mapping[str, Reading] = field(default_factory=dict)
    left_missing: Names = field(default_factory=dict)  # by attribute
    right_missing: Names = field(default_factory=dict)
    relations: tuple[RelationPair, ...] = ()
    left_ignored: tuple[str, ...] = ()  # attributes
    right_ignored: tuple[str, ...] = ()
    cardinality: Mapping[TypePair, Cardinality] = field(default_factory=dict)  # none: unknown
    not_asked: tuple[TypePair, ...] = ()  # scored and exported, but no curator is asked about them

    def counterparts(self, types: TypePair) -> tuple[tuple[Direction, Direction], ...]:
        """Give relations that lead to the same from entities of two types, the strongest first.

        Also those known from the other end. Left out is what is less than half as strong as what
        else one of the two corresponds to: who writes a film is no director, though many are both.
        """
        strengths: dict[tuple[Direction, Direction], float] = {}
        near = [(p.left, p.right, p.strength) for p in self.relations if p.types == types]
        far = [(p.left.turned, p.right.turned, p.strength) for p in self.relations]
        for left, right, strength in near + far:
            strengths.setdefault((left, right), 1.0 if strength is None else strength)
        best: dict[tuple[str, Direction], float] = {}
        for (left, right), strength in strengths.items():
            for end in (("left", left), ("right", right)):
                best[end] = max(strength, best.get(end, 0.0))
        kept = (
            pair
            for pair, strength in strengths.items()
            if strength >= max(best["left", pair[0]], best["right", pair[1]]) / 2
        )
        return tuple(sorted(kept, key=lambda pair: -strengths[pair]))
