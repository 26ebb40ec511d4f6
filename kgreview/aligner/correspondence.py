"""Which relations of one side stand for which of the other, learnt from known matches."""

from __future__ import annotations

import torch
from torch import Tensor, nn

_MOST_MET = 256  # relations whose meetings with others are kept, the most frequent


class Correspondence(nn.Module):
    """How much relations correspond, from where the shared neighbours of known matches stand.

    √(P(s | r) P(r | s)) over shared neighbours, of which one more is added for r = s: relations of
    one name correspond until something else is seen, as PARIS counts sub-relations.
    """

    def __init__(self, relations: int, met: int) -> None:
        """``met``: how many of the relation codes stand beside others in known matches."""
        super().__init__()
        self.place: Tensor  # (R,) of a relation in the table, ``met`` for those not in it
        self.table: Tensor  # (met + 1, met + 1)
        self.register_buffer("place", torch.full((relations,), met, dtype=torch.int64))
        self.register_buffer("table", torch.zeros(met + 1, met + 1))

    @classmethod
    def of(cls, relations: int, left: Tensor, right: Tensor) -> Correspondence:
        """Count relations (shared,) of shared neighbours on the left and on the right."""
        seen = torch.cat([left, right])
        codes, counts = torch.unique(seen, return_counts=True)
        kept = codes[torch.argsort(counts, descending=True, stable=True)[:_MOST_MET]].sort().values
        correspondence = cls(relations, len(kept))
        correspondence.place[kept] = torch.arange(len(kept))
        a, b = correspondence.place[left], correspondence.place[right]
        size = len(kept) + 1
        table = torch.bincount(a * size + b, minlength=size * size).view(size, size).float()
        table[-1], table[:, -1] = 0, 0
        table += torch.eye(size)
        rows, columns = table.sum(1, keepdim=True) + 1, table.sum(0, keepdim=True) + 1
        correspondence.table.copy_(table / (rows * columns).sqrt())
        correspondence.table[-1], correspondence.table[:, -1] = 0, 0
        return correspondence

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        """Give the strength of relations, 0 to 1, of any one shape."""
        at_first = 0.5 * (left == right)  # of a name that no known match has shown: 1 of 2
        return torch.maximum(self.table[self.place[left], self.place[right]], at_first)
