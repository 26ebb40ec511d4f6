"""How known links are divided where nobody has: by left entity, so that no pair gives one away."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kgreview.graph.links import Links

SPLITS = ("train", "valid", "test")
SHARES = (0.2, 0.1)  # to train and to validate, the rest to test: as OpenEA divides
_SEED = 0


def divide(links: Links) -> dict[str, Links]:
    """Divide links 20 : 10 : 70 into train, valid and test, the same way each time.

    What stands on the right plays no part in it.
    """
    train, valid, test = _parts(links, _SEED, SHARES)
    return {"train": train, "valid": valid, "test": test}


def set_aside(links: Links, seed: int = _SEED) -> dict[str, Links]:
    """Keep the links of a fifth of the left entities for validation."""
    valid, train = _parts(links, seed, (0.2,), least=0)
    return {"train": train, "valid": valid}


def _parts(links: Links, seed: int, shares: Sequence[float], least: int = 1) -> list[Links]:
    """Part links by their left entities; the last part is what the shares leave.

    Entities with a match and others are divided alike, so that rejections take no match's place.
    ``least``: so many entities a part has, if there are any.
    """
    matched = np.unique(links.matches.left)
    rng = np.random.default_rng(seed)
    part_of = np.full(int(links.left.max(initial=-1)) + 1, len(shares))
    for entities in (matched, np.setdiff1d(links.left, matched)):
        order = rng.permutation(entities)
        start = 0
        for part, share in enumerate(shares):
            # in hundredths: a share has no exact double
            size = max(least, len(entities) * round(100 * share) // 100)
            part_of[order[start : start + size]] = part
            start += size
    return [links.take(part_of[links.left] == part) for part in range(len(shares) + 1)]
