"""Known matches and non-matches between two graphs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Links:
    """Pairs of rows with a label: 1 the same entity, 0 not.

    *Gold* links hold matches only, and what is not listed is unknown or no match. *Judged* links
    hold both labels, and nothing outside them was looked at.
    """

    left: npt.NDArray[np.int64]  # (links,)
    right: npt.NDArray[np.int64]  # (links,)
    label: npt.NDArray[np.int8]  # (links,)

    def __len__(self) -> int:
        return len(self.left)

    @property
    def judged(self) -> bool:
        """Whether non-matches are among them."""
        return bool((self.label == 0).any())

    def take(self, where: npt.NDArray[np.integer] | npt.NDArray[np.bool_]) -> Links:
        """Pick some of the links, by position or by a mask (links,)."""
        return Links(self.left[where], self.right[where], self.label[where])

    @classmethod
    def empty(cls) -> Links:
        """No links at all."""
        none = np.empty(0, dtype=np.int64)
        return cls(none, none, none.astype(np.int8))

    @classmethod
    def concatenate(cls, *parts: Links) -> Links:
        """Put links one after another."""
        if not parts:
            return cls.empty()
        return cls(
            np.concatenate([part.left for part in parts]),
            np.concatenate([part.right for part in parts]),
            np.concatenate([part.label for part in parts]),
        )
