"""Why a pair is judged so: what would flip it, and how it differs from its best competitor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape

from kgreview.aligner.explanation import Change, Counterfactual, Part
from kgreview.text.iris import local_name
from kgreview.ui.comparison import AttributeRow
from kgreview.ui.entity_summary import Side
from kgreview.ui.evidence import Evidence, points
from kgreview.ui.heading import share
from kgreview.ui.scales import signed
from kgreview.ui.text import plain
from kgreview.ui.waterfall import row_name

_MOST_LINKS = 5


@dataclass(frozen=True)
class Contender:
    """One of two pairs that are weighed against each other."""

    left: Side
    right: Side
    rows: tuple[AttributeRow, ...]
    evidence: Evidence
    probability: float
    relations: Mapping[Part, tuple[str, bool]] = field(default_factory=dict)  # name, inverse

    def name_of(self, part: Part) -> str:
        """Say what a part is, in the words of the page."""
        if part.kind == "attribute":
            return row_name(part.attributes)
        if part.kind == "neighbourhood":
            return "all neighbours"
        place = ("left", "right")[part.side]
        side = (self.left, self.right)[part.side]
        if part.kind == "relation":
            return f"{_arrow(self.relations[part])} ({place}, all of it)"
        neighbour = next(n for n in side.neighbours if n.slot == part.slot)
        relation = _arrow((neighbour.relation, neighbour.inverse))
        return f"{plain(neighbour.name, 60)} ({place}, {relation})"


def why_html(
    this: Contender, flip: Counterfactual, threshold: float, competitor: Contender | None
) -> str:
    """Write both: what would flip a pair, and why not its strongest competitor."""
    beside = (
        two_columns_html(this, competitor)
        if competitor is not None
        else '<p class="kg-none">Neither entity has another candidate.</p>'
    )
    return (
        f'<div class="kg-why"><h4>What would flip it</h4>{flip_html(this, flip, threshold)}'
        f"<h4>Why not its strongest competitor</h4>{beside}</div>"
    )


def flip_html(this: Contender, flip: Counterfactual, threshold: float) -> str:
    """Say what would move a pair across the threshold, if anything small does."""
    side = "above" if this.probability >= threshold else "below"
    stands = (
        f"<p>The pair is at <b>{escape(share(this.probability))}</b>, {side} the threshold of "
        f"<b>{escape(share(threshold))}</b>.</p>"
    )
    if not flip.parts:
        return f"{stands}<p>Leaving out up to five neighbours and attributes does not flip it.</p>"
    items = "".join(f"<li><bdi>{escape(this.name_of(part))}</bdi></li>" for part in flip.parts)
    one = len(flip.parts) == 1
    return (
        f"{stands}<p>Without {'this' if one else f'these {len(flip.parts)}'} it would be at "
        f"<b>{escape(share(flip.probability))}</b>, on the other side:</p><ol>{items}</ol>"
    )


def two_columns_html(this: Contender, competitor: Contender) -> str:
    """Lay the evidence for a pair beside the same evidence for its strongest competitor."""
    pairs = (this, competitor)
    rows = [
        _row("probability", [escape(share(pair.probability)) for pair in pairs]),
        _row("without any neighbour", [_change(pair.evidence.neighbourhood) for pair in pairs]),
        _group("Attributes: how alike, and without it"),
    ]
    keys = dict.fromkeys(
        (row.left_attribute, row.right_attribute)
        for pair in pairs
        for row in pair.rows
        if row.likeness.verdict.of_both
    )
    for key in keys:
        rows.append(_row(row_name(key), [_attribute(pair, key) for pair in pairs]))
    rows.append(_group("Relations: what they add in log odds, and without it"))
    for side in (0, 1):
        relations = dict.fromkeys(
            (n.relation, n.inverse)
            for pair in pairs
            for n in (pair.left, pair.right)[side].neighbours
            if n.slot >= 0
        )
        for relation in relations:
            name = f"{('left', 'right')[side]}: {_arrow(relation)}"
            rows.append(_row(name, [_relation(pair, side, relation) for pair in pairs]))
    rows.append(_group("Neighbours that may be the same, with cross-graph attention (A)"))
    linked = [_links(pair) for pair in pairs]
    for place in range(max(map(len, linked))):
        rows.append(_row("", [each[place] if place < len(each) else "" for each in linked]))
    if not any(linked):
        rows.append(_row("", [_NONE, _NONE]))
    heads = "".join(
        f"<th>{words}<br><bdi>{escape(plain(pair.left.name, 60))}</bdi> – "
        f"<bdi>{escape(plain(pair.right.name, 60))}</bdi><br>"
        f"<small><bdi>{escape(plain(pair.left.id, 40))}</bdi> – "
        f"<bdi>{escape(plain(pair.right.id, 40))}</bdi></small></th>"
        for words, pair in zip(("this pair", "strongest competitor"), pairs, strict=True)
    )
    return (
        '<table class="kg-attributes"><colgroup><col style="width:26%"><col><col>'
        f"</colgroup><thead><tr><th></th>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


_NONE = '<span class="kg-none">none</span>'


def _row(name: str, cells: Iterable[str]) -> str:
    body = "".join(f"<td>{cell}</td>" for cell in cells)
    return f"<tr><th><bdi>{escape(name)}</bdi></th>{body}</tr>"


def _group(words: str) -> str:
    return f'<tr><th colspan="3" class="kg-group">{words}</th></tr>'


def _change(change: Change | None) -> str:
    if change is None:
        return _NONE
    return f"{points(change)} <small>({signed(change.log_odds)} log odds)</small>"


def _attribute(pair: Contender, key: tuple[str | None, str | None]) -> str:
    rows = [row for row in pair.rows if (row.left_attribute, row.right_attribute) == key]
    if not rows or rows[0].likeness.similarity is None:
        return '<span class="kg-none">missing</span>'
    change = pair.evidence.row(*key)
    return escape(rows[0].likeness.words) + (f" · {_change(change)}" if change else "")


def _relation(pair: Contender, side: int, relation: tuple[str, bool]) -> str:
    change = pair.evidence.relation(side, *relation)
    if change is None:
        return _NONE
    neighbours = (pair.left, pair.right)[side].neighbours
    added = [
        n.contribution for n in neighbours if n.slot >= 0 and (n.relation, n.inverse) == relation
    ]
    return f"{signed(sum(added))} · {_change(change)}"


def _links(pair: Contender) -> list[str]:
    left, right = pair.left.neighbours, pair.right.neighbours
    return [
        f"<bdi>{escape(plain(left[i].name, 50))}</bdi> – "
        f"<bdi>{escape(plain(right[j].name, 50))}</bdi> · {a:.2f}"
        for i, j, a in pair.evidence.strongest(left, right)[:_MOST_LINKS]
    ]


def _arrow(relation: tuple[str, bool]) -> str:
    name, inverse = relation
    return f"← {_short(name)}" if inverse else f"{_short(name)} →"


def _short(name: str) -> str:
    return plain(local_name(name), 60)
