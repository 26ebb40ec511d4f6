"""Groups: what accepted pairs join, which of them are too large, and how one came about.

A group has the entities that links and decisions say are the same, directly or through others; what
scores say joins nothing here. One with more entities than its types allow asks for a look: one of
its pairs may be wrong, or it is right and kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np
import pyarrow as pa

from kgreview.arrays import Rows
from kgreview.exchange.groups import Groups, allowed_sizes
from kgreview.exchange.growth import what_joined
from kgreview.graph.counterparts import Counterparts
from kgreview.pipeline.counterparts import cardinality_by_type
from kgreview.pipeline.entity_names import name_of
from kgreview.pipeline.project import Project
from kgreview.store.database import Database
from kgreview.store.deciding import undo_decision as take_back
from kgreview.store.decisions import Decision, standing
from kgreview.store.joined import (
    KeptGroup,
    ask_again,
    joined_pairs,
    keep_group,
    kept_groups,
    links_of,
)
from kgreview.store.outcomes import QUALIFIED, Outcome
from kgreview.store.versions import scores_of

TO_LOOK_AT, KEPT, ALL = SHOWN = ("to look at", "kept", "all")
MOST_OTHERS = 200  # pairs inside a group that are listed besides its matches

_TWO = 2  # entities of a group that is no more than a pair


@dataclass(frozen=True, eq=False)
class JoinedGroups:
    """All groups of more than two entities, the largest first, with those too large before."""

    project: Project
    groups: Groups
    numbers: Rows  # (listed,) of the groups
    sizes: Rows  # (listed,)
    allowed: Rows  # (listed,) entities that their types allow

    @classmethod
    def of(cls, project: Project) -> JoinedGroups:
        """Join all entities anew; seconds for a million decisions."""
        with project.database() as db:
            ids = joined_pairs(db)
        left, right = project.left.rows(ids[0]), project.right.rows(ids[1])
        there = (left >= 0) & (right >= 0)
        left, right = left[there], right[there]
        groups = Groups.joined(left, right, project.left.num_entities, project.right.num_entities)
        counterparts = Counterparts.of(
            project.left, project.right, cardinality_by_type(project, left, right)
        )
        largest = project.settings.export.largest_group
        allowed = allowed_sizes(groups, left, right, counterparts, largest)
        sizes = groups.sizes
        large = np.flatnonzero(sizes > _TWO)
        order = np.lexsort((large, -sizes[large], sizes[large] <= allowed[large]))
        numbers = large[order].astype(np.int64)
        return cls(project, groups, numbers, sizes[numbers], allowed[numbers])

    @cached_property
    def _members(self) -> tuple[_BySide, _BySide]:
        return _BySide.of(self.groups.left, self.groups.count), _BySide.of(
            self.groups.right, self.groups.count
        )

    def members(self, place: int) -> Members:
        """Give the entities of the group at a place of the list."""
        number = int(self.numbers[place])
        left, right = (each.of_group(number) for each in self._members)
        return Members(
            tuple(sorted(self.project.left.ids.take(pa.array(left)).to_pylist())),
            tuple(sorted(self.project.right.ids.take(pa.array(right)).to_pylist())),
            int(self.allowed[place]),
        )

    @property
    def too_large(self) -> int:
        """How many have more entities than their types allow; they are the first of the list."""
        return int((self.sizes > self.allowed).sum())

    @cached_property
    def _keys(self) -> list[str]:
        """What names the members of each that is too large."""
        return [self.members(place).key for place in range(self.too_large)]

    def places(self, shown: str) -> range | list[int]:
        """Give the places of the groups to show, one of ``SHOWN``; of kept ones as they are now."""
        if shown == ALL:
            return range(len(self.numbers))
        with self.project.database() as db:
            kept = kept_groups(db)
        wanted = shown == KEPT
        return [place for place, key in enumerate(self._keys) if (key in kept) is wanted]


@dataclass(frozen=True, eq=False)
class _BySide:
    """Entities of a side in the order of their groups."""

    order: Rows  # (entities,)
    bounds: Rows  # (groups + 1,)

    @classmethod
    def of(cls, group: Rows, count: int) -> _BySide:
        counts = np.bincount(group, minlength=count)
        bounds = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return cls(np.argsort(group, kind="stable").astype(np.int64), bounds)

    def of_group(self, number: int) -> Rows:
        return self.order[self.bounds[number] : self.bounds[number + 1]]


@dataclass(frozen=True)
class Members:
    """The entities of one group, by their ids."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    allowed: int

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.left) + len(self.right)

    @property
    def key(self) -> str:
        """What names them: another name as soon as one comes or goes."""
        digest = hashlib.blake2b(digest_size=12)
        for side, ids in (("left", self.left), ("right", self.right)):
            for each in ids:
                digest.update(f"{side}\0{each}\0".encode(errors="surrogatepass"))
        return digest.hexdigest()


@dataclass(frozen=True)
class Step:
    """A pair that joined something, and by whose word."""

    left: str  # ids
    right: str
    left_name: str
    right_name: str
    decisions: tuple[Decision, ...]  # that say match, the oldest first; none: a known link
    linked: bool
    score: float | None  # by the current version
    joined: tuple[int, int, bool]  # see ``what_joined``


@dataclass(frozen=True)
class Inside:
    """A pair of a group that no match joins directly."""

    left: str  # ids
    right: str
    left_name: str
    right_name: str
    decisions: tuple[Decision, ...]  # that stand on it
    score: float | None  # by the current version; None: no candidate, or not scored

    @property
    def rejected(self) -> bool:
        """Whether somebody has said that the two are not the same."""
        return any(each.outcome is Outcome.NO_MATCH for each in self.decisions)


@dataclass(frozen=True)
class GroupView:
    """One group with all that is said of its pairs."""

    members: Members
    names: dict[tuple[str, str], str]  # by side and id
    steps: tuple[Step, ...]  # links first, then decisions by time
    inside: tuple[Inside, ...]  # rejected pairs first, then the likeliest
    more: int  # pairs inside that are not listed
    kept: KeptGroup | None


def view(project: Project, members: Members) -> GroupView:
    """Say how a group came about, and what stands between those of its pairs that are no match."""
    rights = set(members.right)
    steps: list[Step] = []
    inside: list[Inside] = []
    names = {("left", each): name_of(project, "left", each) for each in members.left}
    names |= {("right", each): name_of(project, "right", each) for each in members.right}
    with project.database() as db:
        kept = kept_groups(db).get(members.key)
        for left in members.left:
            for pair in _pairs_of(db, left, rights):
                both = left, pair.right, names["left", left], names["right", pair.right]
                if pair.joins:
                    matches = tuple(d for d in pair.decisions if d.outcome is Outcome.MATCH)
                    steps.append(Step(*both, matches, pair.linked, pair.score, (0, 0, False)))
                elif pair.decisions or pair.score is not None:
                    inside.append(Inside(*both, pair.decisions, pair.score))
    steps.sort(key=lambda step: (not step.linked, step.decisions[0].id if step.decisions else 0))
    joined = what_joined((step.left, step.right) for step in steps)
    joining_steps = [replace(step, joined=each) for step, each in zip(steps, joined, strict=True)]
    others = len(members.left) * len(members.right) - len(steps) - len(inside)
    if others + len(inside) <= MOST_OTHERS:
        listed = {(each.left, each.right) for each in steps}
        listed |= {(each.left, each.right) for each in inside}
        inside += [
            Inside(*pair, names["left", pair[0]], names["right", pair[1]], (), None)
            for pair in product(members.left, members.right)
            if pair not in listed
        ]
        others = 0
    inside.sort(key=lambda pair: (not pair.rejected, -(pair.score or -1.0), pair.left, pair.right))
    more = others + max(0, len(inside) - MOST_OTHERS)
    return GroupView(members, names, tuple(joining_steps), tuple(inside[:MOST_OTHERS]), more, kept)


@dataclass(frozen=True)
class _Pair:
    right: str
    linked: bool
    decisions: tuple[Decision, ...]
    score: float | None
    joins: bool


def _pairs_of(db: Database, left: str, rights: set[str]) -> Iterator[_Pair]:
    """Give what is known of the pairs of a left entity with these right ones."""
    linked = links_of(db, left)
    decided: dict[str, list[Decision]] = {}
    alone = False
    for decision in standing(db, left=left):
        alone |= decision.outcome is Outcome.NO_COUNTERPART
        decided.setdefault(decision.right, []).append(decision)
    scores = {each.right: each.score for each in scores_of(db, left=left)}
    for right in sorted((linked | decided.keys() | scores.keys()) & rights):
        decisions = tuple(decided.get(right, ()))
        outcomes = {each.outcome for each in decisions}
        accepted = Outcome.MATCH in outcomes or (right in linked and outcomes.isdisjoint(QUALIFIED))
        joins = accepted and not alone and Outcome.NO_MATCH not in outcomes
        yield _Pair(right, right in linked, decisions, scores.get(right), joins)


def undo(project: Project, decision: int, curator: str) -> Decision:
    """Take back a decision that joins a group. Raises what ``store.decisions`` does."""
    with project.database() as db:
        return take_back(db, decision, curator)


def keep(project: Project, members: Members, curator: str, note: str) -> None:
    """Note that a group is right as it is."""
    with project.database() as db:
        keep_group(db, members.key, members.size, curator=curator, note=note)


def look_again(project: Project, kept: KeptGroup, curator: str) -> None:
    """Take back that a group is kept."""
    with project.database() as db:
        ask_again(db, kept.id, curator=curator)
