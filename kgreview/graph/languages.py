"""In which language values come first, where they are given in several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kgreview.arrays import Ints

_COMMON = 0.5  # of the values of the most frequent language, that another needs to be common, too


def language_ranks(tag_names: Sequence[str], counts: npt.NDArray[np.integer[Any]]) -> Ints:
    """Give the place of each tag, (tags,): values without a language first, then by language.

    ``counts`` (tags,): how many values have it. Of the languages that are common in a graph,
    English comes first, since other graphs have it, too; then the most frequent. A value in several
    languages counts as one of the best of them; ``@en-GB`` is ``@en``.
    """
    languages = [
        [part[1:].lower().split("-")[0] for part in name.split() if part.startswith("@")]
        for name in tag_names
    ]
    totals: dict[str, int] = {}
    for of_tag, count in zip(languages, counts.tolist(), strict=True):
        for language in set(of_tag):
            totals[language] = totals.get(language, 0) + count
    common = _COMMON * max(totals.values(), default=0)

    def key(language: str) -> tuple[bool, int, str]:
        return not (language == "en" and totals["en"] >= common), -totals[language], language

    place = {language: rank for rank, language in enumerate(sorted(totals, key=key), start=1)}
    return np.array(
        [min((place[language] for language in of_tag), default=0) for of_tag in languages],
        dtype=np.int64,
    )
