"""Names in scripts that leave out or merge letters, beside names in Latin ones.

Where entities of a type have no Latin name, and those they are looked for among have, the two meet
by names in Latin letters and by their skeletons (``kgreview.text.skeletons``). In columns of their
own for either direction, so that two names in one script meet as they do anyhow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import scipy.sparse as sp

from kgreview.graph.schema import Schema
from kgreview.graph.sides import Sides
from kgreview.text.columns import distinct_numbers
from kgreview.text.ngrams import indicator, inverse_frequency, ngrams, unit
from kgreview.text.skeletons import FAMILIES, LATIN, Codes, scripts, skeletons

Bools = npt.NDArray[np.bool_]

_FEW = 0.01  # of the entities of a type, below which a script among them is a stray
_NO_SCRIPT = len(FAMILIES) + 1


@dataclass(frozen=True, eq=False)
class AcrossScripts:
    """What is added to the names of one side's entities."""

    columns: sp.csr_matrix  # (entities, n-grams) of length 1 in each direction; none if not needed
    foreign: Bools  # (entities,) whose names meet Latin ones by these columns alone


def across_scripts(
    names_of: tuple[sp.csr_matrix, sp.csr_matrix], sides: Sides, schema: Schema, buckets: int
) -> tuple[AcrossScripts, AcrossScripts]:
    """Find the names that are to meet across scripts; ``names_of``: (entities, strings), 0 or 1."""
    used = distinct_numbers(np.concatenate([each.indices for each in names_of]))
    strings = sides[0].values.strings.take(pa.array(used))
    codes = scripts(strings)
    foreign = tuple(np.zeros(each.shape[0], np.bool_) for each in names_of)
    columns = [[sp.csr_matrix((each.shape[0], 0), dtype=np.float32)] for each in names_of]
    if codes.max(initial=LATIN) > LATIN:
        named = names_of[0][:, used], names_of[1][:, used]
        of_entities = _scripts_of(named[0], codes), _scripts_of(named[1], codes)
        for code in range(1, len(FAMILIES) + 1):
            for near in (0, 1):
                meeting = _meeting(sides, schema, of_entities, code, near)
                if meeting is None:
                    continue
                foreign[near][meeting[near] & _alone(sides, schema, of_entities, near)] = True
                grams = _grams(strings, codes, code, buckets)
                both = [
                    # a product takes the rows' own names alone
                    sp.csr_matrix(sp.diags(meeting[side].astype(np.float32)) @ named[side] @ grams)
                    for side in (0, 1)
                ]
                for matrix in both:
                    matrix.data[:] = 1
                weights = sp.diags(inverse_frequency(both[0], both[1]))
                for side in (0, 1):
                    columns[side].append(unit(both[side] @ weights))
    one, two = (
        AcrossScripts(sp.hstack(parts, format="csr", dtype=np.float32), rows)
        for parts, rows in zip(columns, foreign, strict=True)
    )
    return one, two


def _scripts_of(named: sp.csr_matrix, codes: Codes) -> Codes:
    """Give the script of each entity's names, (entities,): Latin where one of them is."""
    owners = np.repeat(np.arange(named.shape[0]), np.diff(named.indptr))
    first = np.full(named.shape[0], _NO_SCRIPT, dtype=np.int8)
    np.minimum.at(first, owners, codes[named.indices])
    return first


def _alone(sides: Sides, schema: Schema, of_entities: tuple[Codes, Codes], near: int) -> Bools:
    """Tell which entities of a side are looked for among hardly any but Latin names, (entities,).

    Else they meet others by how their letters sound, as one in Greek and one in Cyrillic ones do.
    """
    alone = np.ones(len(of_entities[near]), np.bool_)
    for pair in schema.types:
        names = (pair.left, pair.right)
        others = sides[1 - near].graph.rows_of_type(names[1 - near])
        codes = of_entities[1 - near][others]
        if ((codes != LATIN) & (codes != _NO_SCRIPT)).sum() >= _FEW * max(1, len(others)):
            alone[sides[near].graph.rows_of_type(names[near])] = False
    return alone


def _meeting(
    sides: Sides, schema: Schema, of_entities: tuple[Codes, Codes], code: int, near: int
) -> tuple[Bools, Bools] | None:
    """Tell which entities meet, (entities,) of either side; ``None`` where none do.

    Those of side ``near`` have names of the script ``code``, those of the other side Latin ones.
    """
    wanted = [code, LATIN] if near == 0 else [LATIN, code]
    meeting = tuple(np.zeros(len(each), np.bool_) for each in of_entities)
    for pair in schema.types:
        rows = [
            side.graph.rows_of_type(name)
            for side, name in zip(sides, (pair.left, pair.right), strict=True)
        ]
        there = [
            mine[of_entity[mine] == script]
            for mine, of_entity, script in zip(rows, of_entities, wanted, strict=True)
        ]
        if all(
            len(some) and len(some) >= _FEW * len(mine)
            for some, mine in zip(there, rows, strict=True)
        ):
            for mask, some in zip(meeting, there, strict=True):
                mask[some] = True
    return (meeting[0], meeting[1]) if meeting[0].any() else None


def _grams(strings: pa.LargeStringArray, codes: Codes, code: int, buckets: int) -> sp.csr_matrix:
    """Give the n-grams of names of one script, or of Latin ones, in Latin letters and skeletons."""
    some = np.flatnonzero((codes == code) | (codes == LATIN))
    latin, bones = skeletons(strings.take(pa.array(some)), code)
    grams = sp.csr_matrix(ngrams(latin, buckets) + ngrams(bones, buckets))
    return sp.csr_matrix(indicator(some, np.arange(len(some)), (len(strings), len(some))) @ grams)
