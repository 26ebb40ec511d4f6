"""The attribute table of a pair, as HTML."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import groupby
from operator import itemgetter

from rapidfuzz import fuzz

from kgreview.graph.schema import SIDES
from kgreview.graph.tags import XSD, datatypes, languages
from kgreview.text.iris import local_name
from kgreview.ui.comparison import AttributeRow
from kgreview.ui.entity_values import State, Value
from kgreview.ui.evidence import Evidence, in_full
from kgreview.ui.links import is_web
from kgreview.ui.text import plain

_MOST_VALUES = 20  # of one attribute that are shown
_MOST_CHARACTERS = 240  # of a value that are shown
_MOST_TAGS = 3  # languages and datatypes of a value that are shown
_PLAIN = {f"{XSD}string", f"{XSD}anyURI"}  # datatypes that a reader sees
_MOST_PARTNERS = 2  # that a reason names


def attributes_html(rows: Sequence[AttributeRow], evidence: Evidence | None = None) -> str:
    """Write the rows as an HTML table: every value escaped, differing characters marked.

    ``evidence`` adds what the probability would change by without each row; a row that nothing
    compares says so. Its looks are in ``desk_css``.
    """
    body = "".join(_row_html(row, evidence) for row in rows)
    if not rows:
        body = '<tr><td colspan="5" class="kg-none">Neither entity has attributes.</td></tr>'
    widths = ("15%", "", "", "11rem", *(("8.5rem",) if evidence else ()))
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
    left, right = _cells(row)
    words = row.likeness.words
    if row.same_as is not None:
        words = f"equals {plain(local_name(row.same_as), 24)}"
    without = _without(row, evidence) if evidence is not None else ""
    note = f"<small>{html.escape(row.likeness.note)}</small>" if row.likeness.note else ""
    return (
        f'<tr class="kg-{row.likeness.verdict.value.replace(" ", "-")}"><th>{_name_html(row)}</th>'
        f"<td>{left}</td><td>{right}</td>"
        f'<td class="kg-verdict">{html.escape(words)}{note}</td>{without}</tr>'
    )


def _cells(row: AttributeRow) -> tuple[str, str]:
    missing = '<span class="kg-none">missing</span>'
    if row.same_as is not None:
        above = html.escape(plain(local_name(row.same_as), 60))
        missing = f'<span class="kg-none"><bdi>{above}</bdi>, above</span>'
    left, right = _shown(row.left), _shown(row.right)
    # addresses are to be followed, and not read letter by letter
    marked = row.likeness.verdict.of_both and not any(is_web(v.text) for v in (*left, *right))
    cells = []
    for values, shown, others, mark in (
        (row.left, left, right, "kg-removed"),
        (row.right, right, left, "kg-added"),
    ):
        against = [other for other in others if not other.missing] if marked else []
        cells.append(_joined([_value_html(v, against, mark) for v in shown], len(values)))
    return cells[0] or missing, cells[1] or missing


def _shown(values: Sequence[Value]) -> Sequence[Value]:
    """Choose the values to show: of very many first those that the other side says, too."""
    if len(values) <= _MOST_VALUES:
        return values
    return sorted(values, key=lambda value: (not value.equal, value.missing))[:_MOST_VALUES]


def _joined(shown: list[str], count: int) -> str:
    more = f' <span class="kg-none">+{count - len(shown):,} more</span>' * (count > len(shown))
    return '<span class="kg-or"> · </span>'.join(shown) + more


def _value_html(value: Value, others: Sequence[Value], mark: str) -> str:
    """Write a value: an address as a link, what no other has of its letters marked."""
    if value.missing:
        text = "" if value.state is State.BLANK else f"{_bdi(value)} "
        return f'<span class="kg-none">{text}{value.remark}</span>'
    if is_web(value.text):
        address = html.escape(value.text)
        shown = f'<a href="{address}" target="_blank" rel="noopener noreferrer">{_bdi(value)}</a>'
    else:
        comparable = [] if value.equal else [_text(o) for o in others if _of_one_form(value, o)]
        shown = _against(_text(value), comparable, mark) if comparable else _bdi(value)
    remark = f' <span class="kg-none">{value.remark}</span>' if value.remark else ""
    return shown + _tag_html(value) + remark


def _tag_html(value: Value) -> str:
    """Write languages and datatypes small beside a value; '' where they tell nothing."""
    words = languages(value.tag)
    words += [local_name(each) for each in datatypes(value.tag) if each not in _PLAIN]
    if not words:
        return ""
    more = f" +{len(words) - _MOST_TAGS}" if len(words) > _MOST_TAGS else ""
    shown = html.escape(" ".join(plain(each, 20) for each in words[:_MOST_TAGS]) + more)
    full = html.escape(plain(", ".join([*languages(value.tag), *datatypes(value.tag)]), 300))
    return f' <small class="kg-tag" title="{full}">{shown}</small>'


def _of_one_form(one: Value, two: Value) -> bool:
    """Tell whether the letters of two values can be compared: those of 1.80 m and 175 cm cannot."""
    return one.amount is None or two.amount is None or _form(one) == _form(two)


def _form(value: Value) -> str:
    return re.sub(r"\d+", "0", value.text)


def _text(value: Value) -> str:
    # composed, or an accent would be marked apart from its letter
    return unicodedata.normalize("NFC", plain(value.text, _MOST_CHARACTERS))


def _bdi(value: Value) -> str:
    return f"<bdi>{html.escape(_text(value))}</bdi>"


def _against(value: str, others: Sequence[str], mark: str) -> str:
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


# ---------------------------------------------------------------- what it does


def _without(row: AttributeRow, evidence: Evidence) -> str:
    """Write what the probability would be without a row, or why it is the same."""
    change = evidence.row(row.left_attribute, row.right_attribute)
    if change is not None:
        hint, figure = _compared(row, evidence) + in_full(change), evidence.figure(change)
    elif row.also_names:
        hint, figure = "names are compared, and left out, all together", "as above"
    else:
        reason, in_short = _unused(row, evidence)
        hint, figure = f"not used: {reason}", f"not used<small>{html.escape(in_short)}</small>"
    return f'<td class="kg-verdict" title="{html.escape(hint)}">{figure}</td>'


def _compared(row: AttributeRow, evidence: Evidence) -> str:
    """Say what an attribute without a counterpart on its row is compared with."""
    side, partners = _side(row), _partners(row, evidence)
    if side is None or not partners:
        return ""
    return f"compared with {_few(partners)} on the {SIDES[1 - side]}; "


_NO_VALUE = {State.PLACEHOLDER: "a placeholder", State.IGNORED: "never compared, by the schema"}


def _unused(row: AttributeRow, evidence: Evidence) -> tuple[str, str]:
    """Say why nothing of a row takes part in the score, in full and in short."""
    values, side = (*row.left, *row.right), _side(row)
    if any(value.missing for value in values) and not row.likeness.verdict.of_both:
        reason = next(
            (_NO_VALUE[value.state] for value in values if value.state in _NO_VALUE),
            "a blank value",
        )
    elif side is None:
        reason = "no feature compares these two"
    elif row.names:
        reason = f"no name on the {SIDES[1 - side]}"
    elif partners := _partners(row, evidence):
        other = SIDES[1 - side]
        if row.lacking in partners:  # of these types, before those of others
            partners = [row.lacking, *(name for name in partners if name != row.lacking)]
        return (
            f"compared with {_few(partners)}, which the {other} entity lacks",
            f"no {_few(partners[:1])} on the {other}",
        )
    else:
        reason = f"no counterpart in the {SIDES[1 - side]} graph"
    return reason, reason


def _side(row: AttributeRow) -> int | None:
    """Give the side that has the only attribute of a row; ``None`` where both have one."""
    if row.left_attribute is not None and row.right_attribute is not None:
        return None
    return 0 if row.left_attribute is not None else 1


def _partners(row: AttributeRow, evidence: Evidence) -> list[str]:
    return evidence.partners(_side(row) or 0, row.left_attribute or row.right_attribute or "")


def _few(labels: Sequence[str]) -> str:
    """Name fields of features, in the words of ``features.fields``."""
    shown = []
    for label in labels[:_MOST_PARTNERS]:
        near = label.startswith("near ")
        name = plain(local_name(label.removeprefix("near ")), 40)
        shown.append(f"{name} of neighbours" if near else name)
    more = [f"{len(labels) - len(shown)} more"] * (len(labels) > len(shown))
    return " and ".join([", ".join(shown), *more])
