"""Ids that look the same and are not: in another Unicode form, or with what cannot be seen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_PLAIN = "^[!-~]+$"  # visible ASCII has one form only
_UNSEEN = r"^[\s\p{Z}]+|[\s\p{Z}]+$|[\p{Cc}\p{Cf}]+"
_MOST = 60  # characters of an id that are spelled out


def twins(ids: pa.Array) -> tuple[int, tuple[str, str]]:
    """Count the ids that equal another but for their form, and give an example of both.

    Canonically equal ones (Café in NFC and in NFD) and those that differ in white space around
    them or in characters that cannot be seen have one form.
    """
    odd = ids.filter(pc.invert(pc.match_substring_regex(ids, _PLAIN)))
    forms = _form(odd)
    changed = pc.not_equal(forms, odd)
    odd, forms = odd.filter(changed), forms.filter(changed)
    plain = _positions(forms, ids)
    first = _positions(forms, forms)
    again = np.flatnonzero((plain >= 0) | (first != np.arange(len(forms))))
    if not len(again):
        return 0, ("", "")
    one = int(again[0])
    other = ids[int(plain[one])] if plain[one] >= 0 else odd[int(first[one])]
    return len(again), (odd[one].as_py(), other.as_py())


def repeated(ids: pa.Array) -> tuple[int, int] | None:
    """Give where an id stands again for the first time, and where it stood first."""
    first = pc.index_in(ids, value_set=ids).to_numpy()
    again = np.flatnonzero(first != np.arange(len(ids)))
    return (int(again[0]), int(first[again[0]])) if len(again) else None


def no_entity(
    entity_id: str,
    ids: pa.Array,
    remedy: str = "add it to the entities table or drop the row",
    side: str = "",
) -> str:
    """Say that no entity (of a ``side``) has the id, or which one has it in another form."""
    other = _other_form(entity_id, ids)
    who = f"no {side} entity" if side else "no entity"
    if other is None:
        return f"{who} has the id {{}}; {remedy}"
    what = f"{spelled(other)}, here it is {spelled(entity_id)}; write it alike"
    if _normalised(entity_id) == _normalised(other):
        what = f"in another Unicode form (NFC/NFD): {what}"
    else:
        what = f"with other white space or invisible characters: {what}"
    where = "the graph" if side else "the entities table"
    return f"{who} has the id {{}}; {where} has this id {what}"


def spelled(entity_id: str) -> str:
    """Show an id so that its form is seen, whatever the font.

    >>> print(spelled("Caf\\xe9"), spelled("Cafe\\u0301"))
    'Caf\\xe9' 'Cafe\\u0301'
    """
    return ascii(entity_id[:_MOST])


def _other_form(entity_id: str, ids: pa.Array) -> str | None:
    form = _form(pa.array([entity_id], ids.type))
    place = int(_positions(form, ids)[0])
    if place < 0:
        odd = pc.invert(pc.match_substring_regex(ids, _PLAIN))
        ids = ids.filter(odd)
        place = int(_positions(form, _form(ids))[0])
    return str(ids[place].as_py()) if place >= 0 else None


def _normalised(entity_id: str) -> str:
    return str(pc.utf8_normalize(pa.scalar(entity_id), form="NFC").as_py())


def _form(ids: pa.Array) -> pa.Array:
    # an accent joins its letter once what stands unseen between them is gone
    return pc.utf8_normalize(pc.replace_substring_regex(ids, _UNSEEN, ""), form="NFC")


def _positions(wanted: pa.Array, ids: pa.Array) -> npt.NDArray[np.int32]:
    return np.asarray(pc.fill_null(pc.index_in(wanted, value_set=ids), -1), dtype=np.int32)
