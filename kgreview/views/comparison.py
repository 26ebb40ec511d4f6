"""All attributes of both sides in one table, those that correspond on one row."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from enum import Enum
from itertools import groupby
from operator import itemgetter

from rapidfuzz import fuzz, process

from kgreview.graph.schema import words_of
from kgreview.text.iris import local_name
from kgreview.views.evidence import Evidence, in_full
from kgreview.views.links import is_web
from kgreview.views.text import plain

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
    gap: str | None = None  # how far apart two dates or numbers are, in words
    same_as: str | None = None  # attribute of the other side that has its value on another row
    also_names: bool = False  # a name beside those of the first row, and compared with them


def compare_attributes(
    left: Mapping[str, Sequence[str]],
    right: Mapping[str, Sequence[str]],
    left_names: Sequence[str] = (),
    right_names: Sequence[str] = (),
) -> tuple[AttributeRow, ...]:
    """Lay the values of two entities side by side.

    ``left`` and ``right``: values by attribute. ``left_names`` and ``right_names``: the attributes
    that name the entities, the best first (``Schema.left_names``). The two that the entities are
    called by share the first row. Other attributes correspond when both name, have the same name,
    share a word of it, or have an equal value, in this order; each attribute stands on one row
    only. Below the names comes what one side has that is a name of the other, ``same_as`` it; then
    what both have, then what one has.
    """
    pairs = _correspondences(left, right, left_names, right_names)
    rows = [_row(a, b, left[a], right[b]) for a, b in pairs]
    names = [a in left_names and b in right_names for a, b in pairs]
    alone = [
        AttributeRow(
            *(a, None, tuple(values), (), Verdict.ONLY_LEFT, None),
            same_as=_namesake(values, right, right_names),
            also_names=any(names) and a in left_names,
        )
        for a, values in left.items()
        if a not in (one for one, _ in pairs)
    ]
    alone += [
        AttributeRow(
            *(None, b, (), tuple(values), Verdict.ONLY_RIGHT, None),
            same_as=_namesake(values, left, left_names),
            also_names=any(names) and b in right_names,
        )
        for b, values in right.items()
        if b not in (other for _, other in pairs)
    ]
    return (
        *(row for row, names_it in zip(rows, names, strict=True) if names_it),
        *(row for row in alone if row.same_as is not None),
        *(row for row, names_it in zip(rows, names, strict=True) if not names_it),
        *(row for row in alone if row.same_as is None),
    )


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
    heading = (_best_name(left, left_names), _best_name(right, right_names))
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
                reason = ((a, b) != heading, not names, a != b, -common, not equal, rank)
                found.append((reason, a, b))
    pairs: list[tuple[tuple[bool, bool, bool, float, bool, int], str, str]] = []
    for reason, a, b in sorted(found, key=lambda each: each[0]):
        if all(a != one and b != other for _, one, other in pairs):
            pairs.append((reason, a, b))
    order = {attribute: place for place, attribute in enumerate(left)}
    pairs.sort(key=lambda each: (each[0][:2], each[0][-1], order[each[1]]))
    return [(a, b) for _, a, b in pairs]


def _best_name(values: Mapping[str, Sequence[str]], names: Sequence[str]) -> str | None:
    """Give the attribute that an entity is called by, as ``display_name`` chooses it."""
    said = (name for name in names if any(value.strip() for value in values.get(name, ())))
    return next(said, None)


def _namesake(
    values: Sequence[str], other: Mapping[str, Sequence[str]], names: Sequence[str]
) -> str | None:
    """Give the naming attribute of the other side that has one of the values."""
    own = _folded_set(values)
    found = (name for name in names if not own.isdisjoint(_folded_set(other.get(name, ()))))
    return next(found, None)


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
    gap = None
    if verdict is not Verdict.EQUAL and len(left) == len(right) == 1:
        gap = _gap(_folded(left[0]), _folded(right[0]))
    return AttributeRow(a, b, tuple(left), tuple(right), verdict, similarity, gap)


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


def _gap(left: str, right: str) -> str | None:
    """Say how far apart two dates or two numbers are; ``None`` for anything else."""
    dates = _DATE.fullmatch(left), _DATE.fullmatch(right)
    if dates[0] and dates[1]:
        years = abs(int(dates[0][1]) - int(dates[1][1]))
        if years:
            return f"{years} year{'s' * (years > 1)} apart"
        days = _day(left), _day(right)
        if days[0] is None or days[1] is None:
            return "the same year"
        return f"{abs((days[0] - days[1]).days):,} days apart"
    numbers = _number(left), _number(right)
    if numbers[0] is not None and numbers[1] is not None:
        apart = abs(numbers[0] - numbers[1])
        return f"{apart:,.10g} apart"
    return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


_DATE = re.compile(r"(1\d{3}|20\d\d)(-\d\d?(?:-\d\d?)?)?(?:t[\d:.z+-]*)?")


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", text) else None


def _folded(value: str) -> str:
    return " ".join(value[:2000].casefold().split())


# ---------------------------------------------------------------- as HTML


def attributes_html(rows: Sequence[AttributeRow], evidence: Evidence | None = None) -> str:
    """Write the rows as an HTML table: every value escaped, differing characters marked.

    ``evidence`` adds what the probability would change by without each row; a row that nothing
    compares says so. Its looks are in ``desk_css``.
    """
    body = "".join(_row_html(row, evidence) for row in rows)
    if not rows:
        body = '<tr><td colspan="5" class="kg-none">Neither entity has attributes.</td></tr>'
    widths = ("15%", "", "", "10.5rem", *(("6rem",) if evidence else ()))
    columns = "".join(f'<col style="width:{width}">' if width else "<col>" for width in widths)
    head = _HEAD if evidence else ""
    return (
        f'<table class="kg-attributes"><colgroup>{columns}</colgroup>{head}'
        f"<tbody>{body}</tbody></table>"
    )


_HEAD = (
    "<thead><tr><th></th><th></th><th></th>"
    '<th class="kg-verdict">how alike</th><th class="kg-verdict">without it</th></tr></thead>'
)


def _row_html(row: AttributeRow, evidence: Evidence | None) -> str:
    both = row.left_attribute is not None and row.right_attribute is not None
    if both:
        left, right = _marked(row.left, row.right)
    else:
        left, right = _plain_values(row.left), _plain_values(row.right)
    verdict = row.verdict.value
    words = verdict
    if row.same_as is not None:
        words = f"equals {plain(local_name(row.same_as), 24)}"
    elif row.gap:
        words = row.gap
    elif row.similarity is not None and row.verdict is not Verdict.EQUAL:
        words = f"{verdict} · {row.similarity:.0%} alike"
    without = ""
    if evidence is not None:
        change = dict(evidence.attributes).get((row.left_attribute, row.right_attribute))
        hint, figure = "no figure compares this attribute", "not used"
        if change is not None:
            hint, figure = in_full(change), evidence.figure(change)
        elif row.also_names:
            hint, figure = "names are compared, and left out, all together", "as above"
        without = f'<td class="kg-verdict" title="{html.escape(hint)}">{figure}</td>'
    missing = _MISSING
    if row.same_as is not None:
        above = html.escape(plain(local_name(row.same_as), 60))
        missing = f'<span class="kg-none"><bdi>{above}</bdi>, above</span>'
    return (
        f'<tr class="kg-{verdict.replace(" ", "-")}"><th>{_name_html(row)}</th>'
        f"<td>{left or missing}</td><td>{right or missing}</td>"
        f'<td class="kg-verdict">{html.escape(words)}</td>{without}</tr>'
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
    return _joined([_value_html(value) for value in values[:_MOST_VALUES]], len(values))


def _value_html(value: str) -> str:
    """Write a value as it is; an address becomes a link."""
    shown = f"<bdi>{html.escape(plain(value, _MOST_CHARACTERS))}</bdi>"
    if not is_web(value):
        return shown
    return f'<a href="{html.escape(value)}" target="_blank" rel="noopener noreferrer">{shown}</a>'


def _joined(shown: list[str], count: int) -> str:
    more = f' <span class="kg-none">+{count - len(shown)} more</span>' if count > len(shown) else ""
    return '<span class="kg-or"> · </span>'.join(shown) + more


def _marked(left: Sequence[str], right: Sequence[str]) -> tuple[str, str]:
    """Write both cells, each value marked against the one it is most like on the other side."""
    if any(map(is_web, (*left, *right))):  # to be followed, not read letter by letter
        return _plain_values(left), _plain_values(right)
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
    # of what has little in common only longer runs are: marks all over tell nothing
    fewest = 1 if fuzz.ratio(value.casefold(), best.casefold()) >= 50 else 4
    matcher = SequenceMatcher(None, value.casefold(), best.casefold(), autojunk=False)
    if len(value.casefold()) != len(value):  # folding changed the length: positions would lie
        matcher = SequenceMatcher(None, value, best, autojunk=False)
    common = [False] * len(value)
    for start, _, length in matcher.get_matching_blocks():
        if length >= fewest:
            common[start : start + length] = [True] * length
    parts = []
    for same, run in groupby(zip(common, value, strict=True), key=itemgetter(0)):
        part = html.escape("".join(character for _, character in run))
        parts.append(part if same else f'<mark class="{mark}">{part}</mark>')
    return f"<bdi>{''.join(parts)}</bdi>"
