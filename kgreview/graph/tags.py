"""Languages and datatypes of values: ``@de``, ``^^IRI of a datatype``, ``@de @en`` for several."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kgreview.arrays import Ints

Codes = npt.NDArray[np.integer[Any]]

XSD = "http://www.w3.org/2001/XMLSchema#"

_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_DATATYPE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|^`\\]+")


def languages(tag: str) -> list[str]:
    """Give the languages of a tag.

    >>> languages("@de @en-GB"), languages("^^urn:x")
    (['de', 'en-GB'], [])
    """
    return [part[1:] for part in tag.split() if part.startswith("@")]


def datatypes(tag: str) -> list[str]:
    """Give the IRIs of the datatypes of a tag."""
    return [part[2:] for part in tag.split() if part.startswith("^^")]


def joint_tag(*tags: str) -> str:
    """Give one tag that says what several do."""
    return " ".join(sorted({part for tag in tags for part in tag.split()}))


def tags_of_columns(language: pa.ChunkedArray, datatype: pa.ChunkedArray) -> tuple[pa.Array, int]:
    """Give the tag of each row of two columns of text, (rows,) as a dictionary array.

    A cell may hold several, with spaces between them; ``xsd:`` is the prefix of XML Schema. What is
    no language tag, and no IRI, is left out: also gives in how many rows.
    """
    mark = pa.scalar("\0", pa.large_string())
    together = pc.binary_join_element_wise(language, datatype, mark).combine_chunks()
    coded = together.dictionary_encode()
    read = [_tag(*text.split("\0", 1)) for text in coded.dictionary.to_pylist()]
    rows = np.bincount(coded.indices.to_numpy(zero_copy_only=False), minlength=len(read))
    wrong = sum(int(count) for count, (_, is_whole) in zip(rows, read, strict=True) if not is_whole)
    names = pa.array([tag for tag, _ in read], pa.large_string())
    return names.take(coded.indices).dictionary_encode(), wrong


def _tag(language: str, datatype: str) -> tuple[str, bool]:
    """Read two cells; also says whether all that they hold could be read."""
    expanded = [
        f"{XSD}{each[4:]}" if each.startswith("xsd:") else each for each in datatype.split()
    ]
    parts = [f"@{each}" for each in language.split() if _LANGUAGE.fullmatch(each)]
    parts += [f"^^{each}" for each in expanded if _DATATYPE.fullmatch(each)]
    return joint_tag(*parts), len(parts) == len(language.split()) + len(expanded)


def join_tags(
    entities: Codes, attributes: Codes, values: pa.Array, tags: Codes, names: list[str]
) -> tuple[Ints, list[str]]:
    """Give a value that is stated in several languages one tag of them all, ``"@de @en"``.

    ``entities``, ``attributes`` and ``tags`` are codes, (values,). The same value of one attribute
    of an entity counts once in a graph: so no language is lost with it. Gives the codes of tags,
    (values,), and their names, to which the joint ones are added.
    """
    key = entities.astype(np.int64) * (int(attributes.max(initial=0)) + 1) + attributes
    where = _beside_other_tags(key, tags)
    text = values.take(pa.array(where)).dictionary_encode().indices.to_numpy()
    order = np.lexsort((text, key[where]))
    again = (np.diff(key[where][order]) == 0) & (np.diff(text[order]) == 0)
    group = np.cumsum(np.concatenate([[0], ~again]))  # of each place in order, and one more
    several = np.append(again, False)[: len(order)] | np.concatenate([[False], again])[: len(order)]
    stated: dict[int, list[int]] = {}
    for position, number in zip(where[order][several], group[: len(order)][several], strict=True):
        stated.setdefault(int(number), []).append(int(position))
    joined = tags.astype(np.int64)
    code_of = {name: code for code, name in enumerate(names)}
    for positions in stated.values():
        together = " ".join(sorted({names[tag] for tag in tags[positions].tolist()} - {""}))
        joined[positions] = code_of.setdefault(together, len(code_of))
    return joined, list(code_of)


def _beside_other_tags(key: Codes, tags: Codes) -> Ints:
    """Give the positions of values of a key that has values with different tags."""
    order = np.argsort(key, kind="stable")
    same = np.diff(key[order]) == 0
    group = np.cumsum(np.concatenate([[False], ~same]))[: len(order)]
    differs = np.zeros(len(order) + 1, dtype=bool)
    differs[group[1:][same & (np.diff(tags[order]) != 0)]] = True
    return np.asarray(order[differs[group]])
