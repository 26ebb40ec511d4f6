"""Print how well names are found across scripts: by letters, by sounds, by consonants, too.

    python benchmarks/scripts.py [LANGUAGE…]

Names of territories, languages and currencies of Unicode's CLDR, in English and in each language;
the last two rows are names with random vowel points against the same without. A name is looked for
among all of the other language by the cosine of its character 3-grams, weighed as blocking does.
Found first: its counterpart is nearer than every other name; among ten: than all but nine. By
letters: n-grams of the names as they are; by sounds: and in Latin letters; by consonants: in Latin
letters and of skeletons, as names that have another script than the other side's are looked for.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
from babel import Locale

from kgreview.text.ngrams import inverse_frequency, ngrams, unit
from kgreview.text.skeletons import FAMILIES, scripts, skeletons
from kgreview.text.strings import normalise, transliterate

LANGUAGES = ("ru", "ko", "ar", "ja", "el", "he", "uk", "zh", "hi")
POINTS = {
    "ar": "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652",
    "he": "\u05b0\u05b4\u05b5\u05b6\u05b7\u05b8\u05b9\u05bb\u05bc",
}


def main(languages: list[str]) -> None:
    """Print a row for each language."""
    print(
        "| names | pairs | first by letters | sounds | consonants | among ten by letters | sounds"
        " | consonants | µs a name | sounds | consonants |"
    )
    print(f"|{'---|' * 11}")
    english = names("en")
    for language in languages or LANGUAGES:
        others = names(language)
        both = sorted(english.keys() & others.keys())
        print_row(f"en, {language}", [english[key] for key in both], [others[key] for key in both])
    for language, points in POINTS.items():
        plain = sorted(set(names(language).values()))
        print_row(f"{language}, pointed", [pointed(name, points) for name in plain], plain)


def names(language: str) -> dict[tuple[str, str], str]:
    """Give the names of a language by kind and code."""
    locale = Locale.parse(language)
    kinds = {
        "territory": locale.territories,
        "language": locale.languages,
        "currency": locale.currencies,
    }
    return {(kind, code): name for kind, named in kinds.items() for code, name in named.items()}


def pointed(name: str, points: str) -> str:
    """Put a vowel point behind each letter, any one, the same at each run."""
    drawn = np.random.default_rng(len(name)).choice(list(points), len(name))
    return "".join(c + p if c.isalpha() else c for c, p in zip(name, drawn, strict=True))


def print_row(title: str, left: list[str], right: list[str]) -> None:
    """Print what is found, and what each spelling takes."""
    first, spelling = timed(normalise, [left, right])
    second, sounding = timed(transliterate, first)
    code = max(int(scripts(side).max()) for side in first)
    bones, parting = timed(partial(skeletons, code=code or len(FAMILIES)), first)
    spelt = (
        [union(side) for side in first],
        [union(*each) for each in zip(first, second, strict=True)],
        [union(*each) for each in bones],
    )
    hits = [share_found(*counts) for counts in spelt]
    cells = [f"{found[rank]:.3f}" for rank in (0, 1) for found in hits]
    count = len(left) + len(right)
    times = " | ".join(f"{1e6 * seconds / count:.1f}" for seconds in (spelling, sounding, parting))
    print(f"| {title} | {len(left):,} | {' | '.join(cells)} | {times} |")


def timed(spell: Callable[[Any], Any], sides: Sequence[Any]) -> tuple[list[Any], float]:
    """Spell both sides; give the processor seconds of the fastest of three runs, too."""
    seconds = []
    for _ in range(3):
        began = time.process_time()
        spelt = [spell(side) for side in sides]
        seconds.append(time.process_time() - began)
    return spelt, min(seconds)


def union(*spellings: pa.LargeStringArray) -> sp.csr_matrix:
    """Give 1 for each n-gram of any spelling, (names, n-grams)."""
    counts = sp.csr_matrix(sum(ngrams(each) for each in spellings))
    counts.data[:] = 1
    return counts


def share_found(left: sp.csr_matrix, right: sp.csr_matrix) -> tuple[float, float]:
    """Give the share of rows whose counterpart, the same row, comes first and among ten."""
    weights = sp.diags(inverse_frequency(left, right))
    cosines = (unit(left @ weights) @ unit(right @ weights).T).toarray()  # (names, names)
    own = np.diag(cosines)
    others = (cosines >= own[:, None] - 1e-6).sum(axis=1) - 1  # at least as near
    found = own > 0
    return float((found & (others < 1)).mean()), float((found & (others < 10)).mean())


if __name__ == "__main__":
    main(sys.argv[1:])
