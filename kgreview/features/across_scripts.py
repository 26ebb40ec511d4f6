"""What two strings are compared by of which one is in Latin letters and the other is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kgreview.features.fields import Texts
from kgreview.text.ngrams import BUCKETS, Rows, ngrams, paired_cosine, unit
from kgreview.text.skeletons import LATIN, skeletons

Floats = npt.NDArray[np.float32]


class _Group(NamedTuple):
    """Pairs of one family of scripts beside Latin letters."""

    where: Rows  # (pairs,) positions among all
    latin: pa.LargeStringArray  # (strings,) in Latin letters
    bones: pa.LargeStringArray  # (strings,) what is left of them
    one: Rows  # (pairs,) positions among the strings
    two: Rows


def across_scripts(texts: Texts, one: Rows, two: Rows) -> npt.NDArray[np.bool_]:
    """Tell which pairs of strings are in Latin letters on one side alone, (pairs,)."""
    if not texts.scripts.any():
        return np.zeros(len(one), np.bool_)
    return np.asarray((texts.scripts[one] == LATIN) != (texts.scripts[two] == LATIN))


def cosine_across(texts: Texts, one: Rows, two: Rows) -> Floats:
    """Compare pairs across scripts by n-grams of Latin letters and of skeletons, (pairs,)."""
    cosine = np.zeros(len(one), dtype=np.float32)
    for group in _groups(texts, one, two):
        grams = ngrams(group.latin, BUCKETS) + ngrams(group.bones, BUCKETS)
        grams.data[:] = 1
        vectors = unit(grams.tocsr())
        cosine[group.where] = paired_cosine(vectors, vectors, group.one, group.two)
    return cosine


def bones_across(texts: Texts, one: Rows, two: Rows) -> tuple[list[str], list[str]]:
    """Give what is left of the strings of pairs across scripts, to be compared one to one."""
    both = np.full((2, len(one)), "", dtype=object)
    for group in _groups(texts, one, two):
        bones = group.bones.to_numpy(zero_copy_only=False)
        both[0, group.where], both[1, group.where] = bones[group.one], bones[group.two]
    return both[0].tolist(), both[1].tolist()


def _groups(texts: Texts, one: Rows, two: Rows) -> Iterator[_Group]:
    scripts = np.maximum(texts.scripts[one], texts.scripts[two])  # Latin is the least
    for code in np.unique(scripts).tolist():
        where = np.flatnonzero(scripts == code)
        used, place = np.unique(np.concatenate([one[where], two[where]]), return_inverse=True)
        strings = pa.array([texts.strings[each] for each in used.tolist()], pa.large_string())
        place_1, place_2 = np.split(place, 2)
        yield _Group(where, *skeletons(strings, code), place_1, place_2)
