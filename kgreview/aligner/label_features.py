"""What is already known of a pair's competitors: the labels of other pairs of its two entities.

Once an entity has its counterpart, its other candidates are hardly one, too; and each that was
rejected makes the others likelier. No look at values or neighbourhoods says so.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from kgreview.graph.links import pair_keys

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

# of a pair: matches and non-matches known of its left, and of its right entity
LABEL_FEATURES = 4
_ALIKE = 0.5  # of the pairs learnt from, so many times as many must be told on others


class LabelFeatures(nn.Module):
    """Labelled pairs, and what they tell of other pairs of their entities."""

    def __init__(self, matches: int) -> None:
        """``matches``: of how many pairs the label is known."""
        super().__init__()
        self.left: Tensor  # (known,) rows of the graphs
        self.right: Tensor  # (known,)
        self.label: Tensor  # (known,) 1 match, 0 none
        self.sides: Tensor  # (2,) whether it tells of pairs with the same left, the same right
        self.register_buffer("left", torch.zeros(matches, dtype=torch.int64))
        self.register_buffer("right", torch.zeros(matches, dtype=torch.int64))
        self.register_buffer("label", torch.zeros(matches, dtype=torch.int8))
        self.register_buffer("sides", torch.zeros(2, dtype=torch.bool))

    @classmethod
    def by(
        cls,
        left: Rows,
        right: Rows,
        label: npt.NDArray[np.int8],
        others: tuple[Rows, Rows] | None,
    ) -> LabelFeatures:
        """Keep labels (known,), and find out for which side they may tell.

        ``others`` are pairs whose labels are held out, as rows of either side. Where links are held
        out by entity, none of the other candidates of that entity is labelled, and a head that
        had learnt to look there would look in vain: that side does not tell. Without held-out
        pairs to see this by, none does.
        """
        label_features = cls(len(label))
        label_features.left.copy_(torch.from_numpy(left))
        label_features.right.copy_(torch.from_numpy(right))
        label_features.label.copy_(torch.from_numpy(label))
        if others is not None and len(others[0]):
            label_features.sides.fill_(True)
            learnt, held = label_features.of(left, right), label_features.of(*others)
            for side in range(2):
                mine = slice(2 * side, 2 * side + 2)
                share, enough = ((some[:, mine] > 0).any(1).mean() for some in (held, learnt))
                label_features.sides[side] = bool(share >= _ALIKE * enough)
        return label_features

    @property
    def pairs(self) -> tuple[Rows, Rows, npt.NDArray[np.int8]]:
        """Give left rows, right rows and labels of the pairs it keeps, (known,) each."""
        left, right, label = (
            column.cpu().numpy() for column in (self.left, self.right, self.label)
        )
        return left, right, label

    def keep(self, left: Rows, right: Rows, label: npt.NDArray[np.int8]) -> None:
        """Keep these pairs in place of its own, as where the rows of entities have changed."""
        device = self.label.device
        self.left, self.right, self.label = (
            torch.from_numpy(np.ascontiguousarray(column)).to(device)
            for column in (left.astype(np.int64), right.astype(np.int64), label.astype(np.int8))
        )

    def of(self, left: Rows, right: Rows) -> Floats:
        """Count what is known of pairs' competitors, (pairs, 4); of a pair itself nothing."""
        left_known, right_known, label, sides = (
            column.cpu().numpy() for column in (self.left, self.right, self.label, self.sides)
        )
        has_match = (left_known, right_known)
        features = np.zeros((len(left), LABEL_FEATURES), np.float32)
        if not len(label):
            return features
        keys, wanted = pair_keys(*has_match), pair_keys(left, right)
        order = np.argsort(keys)
        at = order[np.searchsorted(keys, wanted, sorter=order).clip(max=len(keys) - 1)]
        own = keys[at] == wanted
        for side, entities in enumerate((left, right)):
            if not sides[side]:
                continue
            size = 1 + max(has_match[side].max(), entities.max(initial=0))
            for column, wants in enumerate((1, 0)):
                each = np.bincount(has_match[side][label == wants], minlength=size)[entities]
                itself = own & (label[at] == wants)
                features[:, 2 * side + column] = each - itself
        return features
