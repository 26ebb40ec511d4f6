"""All attributes of both sides in one table, those that correspond on one row."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum

from rapidfuzz import fuzz, process

from kgreview.graph.schema import words_of
from kgreview.views.text import local_name, plain

_MOST_VALUES = 20  # values of one attribute that are compared and shown
_MOST_CHARACTERS = 240  # of a value that are shown
_SIMILAR = 0.7
# words that say little beside others: a birth date is no release date
_WEAK_WORDS = frozenset(
    {"has", "is", "of", "the", "in", "by", "my", "a", "an", "id", "date", "year", "minutes"}
)
# other words of catalogues for the same thing, where an attribute has no other name
_SAME_MEANING = {
    "year": "release",
    "released": "release",
    "published": "release",
    "publication": "release",
    "runtime": "duration",
    "length": "duration",
    "born": "birth",
    "died": "death",
    "genres": "genre",
}


class Verdict(str, Enum):
    """How the values of one row compare."""

    EQUAL = "equal"
    SIMILAR = "similar"
    DIFFERENT = "different"
    ONLY_LEFT = "only left"
    ONLY_RIGHT = "only right"


@dataclass(frozen=True)
class AttributeRow:
    """One row: attributes that correspond, or one that only a side has."""

    left_attribute: str | None
    right_attribute: str | None
    left: tuple[str, ...]
    right: tuple[str, ...]
    verdict: Verdict
    similarity: float | None  # 0 to 1; None where a side has no value


def compare_attributes(
    left: Mapping[str, Sequence[str]],
    right: Mapping[str, Sequence[str]],
    left_names: Sequence[str] = (),
    right_names: Sequence[str] = (),
) -> tuple[AttributeRow, ...]:
    """Lay the values of two entities side by side.

    ``left`` and ``right``: values by attribute. ``left_names`` and ``right_names``: the attributes
    that name the entities (``Schema.left_names``). Attributes correspond when both name, have the
    same name, share a word of it, or have an equal value, in this order; each attribute stands on
    one row only. Names come first, then what both have, then what one has.
    """
    rows = [
        _row(a, b, left[a], right[b])
        for a, b in _correspondences(left, right, left_names, right_names)
    ]
    paired_left = {row.left_attribute for row in rows}
    paired_right = {row.right_attribute for row in rows}
    rows += [
        AttributeRow(a, None, tuple(values), (), Verdict.ONLY_LEFT, None)
        for a, values in left.items()
        if a not in paired_left
    ]
    rows += [
        AttributeRow(None, b, (), tuple(values), Verdict.ONLY_RIGHT, None)
        for b, values in right.items()
        if b not in paired_right
    ]
    return tuple(rows)


def value_similarity(left: Sequence[str], right: Sequence[str]) -> float:
    """Say how alike two sets of values are, 0 to 1.

    Each value counts with its best counterpart on the other side, by normalised edit distance and
    by tokens in any order; the shorter side decides, since catalogues differ in how much they list.
    """
    a = [_folded(value) for value in left[:_MOST_VALUES]]
    b = [_folded(value) for value in right[:_MOST_VALUES]]
    table = process.cdist(a, b, scorer=_alike)
    best = table.max(axis=1) if len(a) <= len(b) else table.max(axis=0)
    return float(best.mean()) / 100


# ---------------------------------------------------------------- which attributes correspond


def _correspondences(
    left: Mapping[str, Sequence[str]],
    right: Mapping[str, Sequence[str]],
    left_names: Sequence[str],
    right_names: Sequence[str],
) -> list[tuple[str, str]]:
    """Pair attributes one to one, the surest reason first."""
    found = []
    words = {name: _telling_words(name) for name in (*left, *right)}
    left_values = {name: _folded_set(values) for name, values in left.items()}
    right_values = {name: _folded_set(values) for name, values in right.items()}
    for a in left:
        for b in right:
            names = a in left_names and b in right_names
            common = len(words[a] & words[b]) / max(1, len(words[a] | words[b]))
            equal = not left_values[a].isdisjoint(right_values[b])
            if names or a == b or common or equal:
                rank = (left_names.index(a) + right_names.index(b)) if names else 0
                found.append(((not names, a != b, -common, not equal, rank), a, b))
    pairs: list[tuple[tuple[bool, bool, float, bool, int], str, str]] = []
    for reason, a, b in sorted(found, key=lambda each: each[0]):
        if all(a != one and b != other for _, one, other in pairs):
            pairs.append((reason, a, b))
    order = {attribute: place for place, attribute in enumerate(left)}
    pairs.sort(key=lambda each: (each[0][0], each[0][4], order[each[1]]))
    return [(a, b) for _, a, b in pairs]


def _telling_words(attribute: str) -> frozenset[str]:
    words = frozenset(words_of(attribute))
    return frozenset(_SAME_MEANING.get(word, word) for word in words - _WEAK_WORDS or words)


def _folded_set(values: Sequence[str]) -> frozenset[str]:
    return frozenset(_folded(value) for value in values[:_MOST_VALUES]) - {""}


# ---------------------------------------------------------------- how alike values are


def _row(a: str, b: str, left: Sequence[str], right: Sequence[str]) -> AttributeRow:
    similarity = value_similarity(left, right)
    if similarity >= 0.9999:
        verdict = Verdict.EQUAL
    else:
        verdict = Verdict.SIMILAR if similarity >= _SIMILAR else Verdict.DIFFERENT
    return AttributeRow(a, b, tuple(left), tuple(right), verdict, similarity)


def _alike(left: str, right: str, **_: object) -> float:
    """Compare two values as dates, as numbers or as strings; 0 to 100."""
    if left == right:
        return 100.0
    dates = _DATE.fullmatch(left), _DATE.fullmatch(right)
    if dates[0] and dates[1]:
        years = abs(int(dates[0][1]) - int(dates[1][1]))
        vague = not (dates[0][2] and dates[1][2])  # a year against a date in it
        return max(0.0, 100.0 - 15 * years) if years else 90.0 if vague else 80.0
    numbers = _number(left), _number(right)
    if numbers[0] is not None and numbers[1] is not None:  # 199 and 119 are not ⅔ the same
        largest = max(abs(numbers[0]), abs(numbers[1]), 1e-9)
        return max(0.0, 100 - 1000 * abs(numbers[0] - numbers[1]) / largest)
    return max(fuzz.ratio(left, right), fuzz.token_sort_ratio(left, right))


_DATE = re.compile(r"(1\d{3}|20\d\d)(-\d\d?(?:-\d\d?)?)?(?:t[\d:.z+-]*)?")


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", text) else None


def _folded(value: str) -> str:
    return " ".join(value[:2000].casefold().split())


# ---------------------------------------------------------------- as HTML


def attributes_html(rows: Sequence[AttributeRow]) -> str:
    """Write the rows as an HTML table: every value escaped, differing characters marked.

    Its looks are in ``desk_css``.
    """
    body = "".join(_row_html(row) for row in rows)
    if not rows:
        body = '<tr><td colspan="4" class="kg-none">Neither entity has attributes.</td></tr>'
    return (
        '<table class="kg-attributes"><colgroup><col><col><col><col></colgroup>'
        f"<tbody>{body}</tbody></table>"
    )


def _row_html(row: AttributeRow) -> str:
    both = row.left_attribute is not None and row.right_attribute is not None
    if both:
        left, right = _marked(row.left, row.right)
    else:
        left, right = _plain_values(row.left), _plain_values(row.right)
    verdict = row.verdict.value
    # beside "different" a figure could mean how similar or how different
    figure = f" {row.similarity:.0%}" if row.verdict is Verdict.SIMILAR else ""
    return (
        f'<tr class="kg-{verdict.replace(" ", "-")}"><th>{_name_html(row)}</th>'
        f"<td>{left or _MISSING}</td><td>{right or _MISSING}</td>"
        f'<td class="kg-verdict">{verdict}{figure}</td></tr>'
    )


_MISSING = '<span class="kg-none">missing</span>'


def _name_html(row: AttributeRow) -> str:
    names = list(
        dict.fromkeys(
            plain(local_name(name), 60)
            for name in (row.left_attribute, row.right_attribute)
            if name is not None
        )
    )
    full = " / ".join(plain(n, 300) for n in (row.left_attribute, row.right_attribute) if n)
    return f'<span title="{html.escape(full)}">{html.escape(" / ".join(names))}</span>'


def _plain_values(values: Sequence[str]) -> str:
    shown = [
        f"<bdi>{html.escape(plain(value, _MOST_CHARACTERS))}</bdi>"
        for value in values[:_MOST_VALUES]
    ]
    return _joined(shown, len(values))


def _joined(shown: list[str], count: int) -> str:
    more = f' <span class="kg-none">+{count - len(shown)} more</span>' if count > len(shown) else ""
    return '<span class="kg-or"> · </span>'.join(shown) + more


def _marked(left: Sequence[str], right: Sequence[str]) -> tuple[str, str]:
    """Write both cells, each value marked against the one it is most like on the other side."""
    a = [plain(value, _MOST_CHARACTERS) for value in left[:_MOST_VALUES]]
    b = [plain(value, _MOST_CHARACTERS) for value in right[:_MOST_VALUES]]
    return (
        _joined([_against(value, b, "kg-removed") for value in a], len(left)),
        _joined([_against(value, a, "kg-added") for value in b], len(right)),
    )


def _against(value: str, others: Sequence[str], mark: str) -> str:
    if _folded(value) in {_folded(other) for other in others}:
        return f"<bdi>{html.escape(value)}</bdi>"
    best = max(others, key=lambda other: fuzz.ratio(value, other))
    if fuzz.ratio(value.casefold(), best.casefold()) < 50:  # marks all over tell nothing
        return f'<bdi><mark class="{mark}">{html.escape(value)}</mark></bdi>'
    parts = []
    matcher = SequenceMatcher(None, value.casefold(), best.casefold(), autojunk=False)
    if len(value.casefold()) != len(value):  # folding changed the length: positions would lie
        matcher = SequenceMatcher(None, value, best, autojunk=False)
    for kind, start, end, _, _ in matcher.get_opcodes():
        part = html.escape(value[start:end])
        if part:
            parts.append(part if kind == "equal" else f'<mark class="{mark}">{part}</mark>')
    return f"<bdi>{''.join(parts)}</bdi>"
