"""Known matches and non-matches between two graphs."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kgreview.arrays import Bools, Rows


@dataclass(frozen=True, eq=False)
class Links:
    """Pairs of rows with a label: 1 the same entity, 0 not. Each pair stands once.

    What a link says of other pairs is a matter of the file it comes from. A file of matches only is
    *gold*: the other candidates of a left entity that it links are no matches. In any other file
    pairs are *judged* one by one, and of all others it says nothing: a file of non-matches only
    adds rejections, whatever stands in other files. Nor does a match of an entity that may have
    several counterparts say anything of others, see ``Counterparts.opened``.
    """

    left: Rows  # (links,)
    right: Rows  # (links,)
    label: npt.NDArray[np.int8]  # (links,)
    gold: Bools  # (links,) whether its left entity has no other counterpart

    def __len__(self) -> int:
        return len(self.left)

    @property
    def matches(self) -> Links:
        """Those that say that two entities are the same."""
        return self.take(self.label == 1)

    @property
    def keys(self) -> npt.NDArray[np.uint64]:
        """One integer for each link, (links,)."""
        return pair_keys(self.left, self.right)

    def labels(self, left: Rows, right: Rows) -> npt.NDArray[np.int8]:
        """Say what the links make of pairs of rows, (pairs,): 1, 0, or -1 where they are silent."""
        label = np.where(np.isin(left, self.left[self.gold]), 0, -1).astype(np.int8)
        keys = pair_keys(left, right)
        for value in (0, 1):
            label[np.isin(keys, self.take(self.label == value).keys)] = value
        return label

    def settle(self, left: Rows, right: Rows) -> Bools:
        """Say of pairs of rows whether the links tell their label, so that nobody is asked."""
        return self.labels(left, right) >= 0

    def take(self, where: npt.NDArray[np.integer] | Bools) -> Links:
        """Pick some of the links, by position or by a mask (links,)."""
        return Links(self.left[where], self.right[where], self.label[where], self.gold[where])

    @classmethod
    def of_file(cls, left: Rows, right: Rows, label: npt.NDArray[np.int8]) -> Links:
        """Make links of all that one file states, which is gold where it has no non-match."""
        return cls(left, right, label, np.full(len(label), bool(label.all())))

    @classmethod
    def empty(cls) -> Links:
        """No links at all."""
        none = np.empty(0, dtype=np.int64)
        return cls(none, none, none.astype(np.int8), none.astype(np.bool_))

    @classmethod
    def concatenate(cls, *parts: Links) -> Links:
        """Put links of different pairs one after another."""
        if not parts:
            return cls.empty()
        return cls(
            *(
                np.concatenate([getattr(part, column.name) for part in parts])
                for column in fields(cls)
            )
        )

    def save(self, path: Path) -> None:
        """Write the links into a ``.npz`` file."""
        np.savez(path, **{column.name: getattr(self, column.name) for column in fields(self)})


def pair_keys(
    left: npt.NDArray[np.integer], right: npt.NDArray[np.integer]
) -> npt.NDArray[np.uint64]:
    """Give one integer for each pair of rows (rows below 2³²), in the order of (left, right).

    With -1, the row of an id that a graph lacks, it is the integer of no pair of rows.
    """
    keys: npt.NDArray[np.uint64] = np.asarray(left).astype(np.uint64) << np.uint64(32)
    return keys | np.asarray(right).astype(np.uint64)


def rows_of_keys(keys: npt.NDArray[np.uint64]) -> tuple[Rows, Rows]:
    """Give the left and the right rows of ``pair_keys``."""
    return (keys >> np.uint64(32)).astype(np.int64), (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
