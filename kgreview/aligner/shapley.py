"""What each part adds to a whole, by Shapley values (Lundberg and Lee 2017): they add up to it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from math import factorial

import numpy as np
import numpy.typing as npt

Wide = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_EXACT = 8  # parts up to which all subsets are looked at
_ORDERS = 32  # of parts, drawn where there are more; each is walked both ways
_MOST_WALKED = 1_000  # subsets on the way through all orders, one way


def shapley_values(parts: int, worth: Callable[[Bools], Wide]) -> Wide:
    """Share out the worth of all ``parts`` among them, (parts,): it adds up exactly.

    ``worth`` gives what subsets of the parts, (subsets, parts), are worth, (subsets,).
    """
    return _exact(parts, worth) if parts <= _EXACT else _by_orders(parts, worth)


def _exact(parts: int, worth: Callable[[Bools], Wide]) -> Wide:
    """Look at all subsets."""
    subsets = list(itertools.product((False, True), repeat=parts))
    worths = worth(np.array(subsets, bool).reshape(-1, parts))
    by_subset = dict(zip(subsets, worths.tolist(), strict=True))
    values = np.zeros(parts)
    for subset in subsets:
        size = sum(subset)
        for part in np.flatnonzero(subset):
            without = (*subset[:part], False, *subset[part + 1 :])
            share = factorial(size - 1) * factorial(parts - size) / factorial(parts)
            values[part] += share * (by_subset[subset] - by_subset[without])
    return values


def _by_orders(parts: int, worth: Callable[[Bools], Wide]) -> Wide:
    """Take parts in one by one, in orders that are drawn, and back again; give the means."""
    rng = np.random.default_rng(0)  # the same whole is parted alike each time
    # of hundreds of parts few orders: what each adds is small, and somebody waits
    many = max(1, min(_ORDERS, _MOST_WALKED // (parts + 1)))
    orders = [order for _ in range(many) for order in _both_ways(rng.permutation(parts))]
    places = np.stack([np.argsort(order) for order in orders])[:, None]
    kept = (places < np.arange(parts + 1)[:, None]).reshape(-1, parts)
    worths = worth(kept).reshape(len(orders), parts + 1)
    values = np.zeros(parts)
    for order, along in zip(orders, worths, strict=True):
        values[order] += np.diff(along)
    return values / len(orders)


def _both_ways(order: Ints) -> tuple[Ints, Ints]:
    return order, order[::-1]
