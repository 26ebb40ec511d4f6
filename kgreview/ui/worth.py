"""What tells things apart: what a version makes of relations, attributes and words. Escaped HTML.

Values that need no network to read, and the tables of them on the page Explain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from html import escape
from itertools import groupby
from typing import Any, Literal

from kgreview.text.iris import local_name
from kgreview.ui.scales import signed
from kgreview.ui.text import plain
from kgreview.ui.waterfall import row_name

SideName = Literal["left", "right"]


@dataclass(frozen=True)
class RelationWorth:
    """What a neighbour over one relation adds to the log odds of entities of one type."""

    side: SideName
    type: str
    relation: str
    inverse: bool
    shared: float  # the mean of those that have a counterpart; 0 if there are none
    num_shared: int
    missing: float  # the mean of those that have none
    num_missing: int

    @property
    def apart(self) -> float:
        """How far it lies apart whether a neighbour is shared or missing, in log odds."""
        return self.shared - self.missing

    @property
    def arrow(self) -> str:
        """Name the relation as it points from the entity."""
        name = plain(local_name(self.relation), 60)
        return f"← {name}" if self.inverse else f"{name} →"


@dataclass(frozen=True)
class AttributeWorth:
    """What one row of attributes adds to the log odds of pairs of two types."""

    types: tuple[str, str]
    attributes: tuple[str | None, str | None]  # that correspond
    size: float  # the mean of what it adds or takes away
    pairs: int


@dataclass(frozen=True)
class WordWorth:
    """What a word of names tells, in log odds, and in how many pairs it stands."""

    word: str
    shared: float  # where both names have it
    num_shared: int
    alone: float  # where one name has it
    num_alone: int

    @property
    def apart(self) -> float:
        """How far it lies apart whether the word is in both names or in one, in log odds."""
        return self.shared - self.alone


@dataclass(frozen=True)
class Worth:
    """What a version makes of relations, attributes and words, what tells most apart first."""

    version: str
    pairs: int  # whose neighbours were looked at
    explained: int  # of them, whose attributes were looked at
    relations: tuple[RelationWorth, ...]
    attributes: tuple[AttributeWorth, ...]
    rare: int  # relations and attributes that were met too seldom to be listed
    words: tuple[WordWorth, ...] = ()
    more_words: int = 0  # that are learnt and not listed

    def to_json(self) -> dict[str, Any]:
        """Give all of it as JSON values."""
        return {
            **asdict(self),
            "relations": [{**asdict(each), "apart": each.apart} for each in self.relations],
            "words": [{**asdict(each), "apart": each.apart} for each in self.words],
        }

    def lines(self) -> list[str]:
        """Write it for a terminal."""
        lines = []
        for of, each in groupby(self.relations, key=lambda one: (one.type, one.side)):
            lines.append(f"{plain(of[0], 60)} ({of[1]})")
            lines += [
                f"  {signed(one.apart):>6} {one.arrow:28} shared {signed(one.shared):>6} "
                f"({one.num_shared:,}), missing {signed(one.missing):>6} ({one.num_missing:,})"
                for one in each
            ]
        for types, rows in groupby(self.attributes, key=lambda one: one.types):
            lines.append(f"{_types(types)}, attributes")
            lines += [
                f"   {one.size:5.2f} {row_name(one.attributes)} ({one.pairs:,})" for one in rows
            ]
        if self.words:
            lines.append(self.about_words)
        lines += [
            f"  {signed(one.apart):>6} {plain(one.word, 28):28} in both {signed(one.shared):>6} "
            f"({one.num_shared:,}), in one {signed(one.alone):>6} ({one.num_alone:,})"
            for one in self.words
        ]
        return [*lines, self.about]

    @property
    def about_words(self) -> str:
        """Say which words are listed."""
        more = f", {self.more_words:,} more are learnt" if self.more_words else ""
        return f"words of names ({len(self.words):,}{more})"

    @property
    def about(self) -> str:
        """Say what it is measured on, and what is left out."""
        left_out = f" {self.rare:,} seen too rarely are left out." if self.rare else ""
        return (
            f"Log odds, over {self.pairs:,} candidates near the threshold of {self.version}, for "
            f"attributes {self.explained:,} of them.{left_out}"
        )


def worth_html(worth: Worth) -> str:
    """Lay relations of the left beside those of the right, and attributes below."""
    most = max((abs(v) for one in worth.relations for v in (one.shared, one.missing)), default=1.0)
    halves = "".join(
        f"<section>{_relations((r for r in worth.relations if r.side == side), most)}</section>"
        for side in ("left", "right")
    )
    return (
        f'<div class="kg-worth"><p>{escape(worth.about)} For a relation: what a neighbour adds '
        "that is missing on the other side, and one that is shared; the further these two lie "
        "apart, the more the relation tells apart. For an attribute: how much it adds or takes "
        f'away, on average.</p><div class="kg-halves">{halves}</div>'
        f'<div class="kg-halves">{_attributes(worth.attributes)}</div>{_words(worth)}</div>'
    )


def _relations(relations: Iterable[RelationWorth], most: float) -> str:
    parts = []
    for of, each in groupby(relations, key=lambda one: (one.type, one.side)):
        parts.append(f"<h4><bdi>{escape(plain(of[0], 60))}</bdi> ({of[1]})</h4>")
        parts += [_relation(one, most) for one in each]
    return "".join(parts)


def _relation(one: RelationWorth, most: float) -> str:
    counts = f"{one.num_missing:,} missing, {one.num_shared:,} shared"
    against = one.missing if one.num_missing else None
    return _from_to(one.arrow, against, one.shared if one.num_shared else None, counts, most)


def _words(worth: Worth) -> str:
    """Lay the words of names out in two columns."""
    if not worth.words:
        return ""
    most = max(abs(value) for one in worth.words for value in (one.shared, one.alone))
    bars = [
        _from_to(
            plain(one.word, 60),
            one.alone,
            one.shared,
            f"{one.num_alone:,} in one, {one.num_shared:,} in both",
            most,
        )
        for one in worth.words
    ]
    half = (len(bars) + 1) // 2
    columns = "".join(f"<section>{''.join(part)}</section>" for part in (bars[:half], bars[half:]))
    return (
        f"<h4>{escape(worth.about_words)}</h4><p>On the left what a word says that stands in "
        "one name only, on the right one that both have, as a linear model has learnt it: a part "
        'of what names add.</p><div class="kg-halves">'
        f"{columns}</div>"
    )


def _from_to(
    name: str, against: float | None, favour: float | None, counts: str, most: float
) -> str:
    """Draw one bar between what speaks against and what for, ``None`` where there is none."""

    def at(value: float) -> float:
        return 50 + 50 * value / most if most else 50.0

    ends = sorted((at(against or 0.0), at(favour or 0.0)))
    caps = "".join(
        f'<i class="{kind}" style="left:calc({at(value):.1f}% - 4px);width:8px"></i>'
        for kind, value in (("kg-against", against), ("kg-for", favour))
        if value is not None
    )
    low, high = ("–" if value is None else signed(value) for value in (against, favour))
    return (
        f'<div class="kg-bar"><span title="{escape(name)}"><bdi>{escape(name)}</bdi>'
        f'</span><b>{low}</b><i class="kg-track">'
        f'<i class="kg-between" style="left:{ends[0]:.1f}%;width:{ends[1] - ends[0]:.1f}%"></i>'
        f'<i class="kg-zero" style="left:50%"></i>{caps}</i><b>{high}</b>'
        f"<small>{counts}</small></div>"
    )


def _attributes(attributes: Sequence[AttributeWorth]) -> str:
    most = max((one.size for one in attributes), default=1.0)
    sections = []
    for types, each in groupby(attributes, key=lambda one: one.types):
        rows = "".join(
            f'<div class="kg-bar"><span><bdi>{escape(row_name(one.attributes))}</bdi></span><b></b>'
            f'<i class="kg-track"><i class="kg-size" style="left:0;'
            f'width:{100 * one.size / most if most else 0:.1f}%"></i></i>'
            f"<b>{one.size:.2f}</b><small>{one.pairs:,} pairs</small></div>"
            for one in each
        )
        sections.append(
            f"<section><h4><bdi>{escape(_types(types))}</bdi>, attributes</h4>{rows}</section>"
        )
    return "".join(sections)


def _types(types: tuple[str, str]) -> str:
    return " / ".join(dict.fromkeys(plain(name, 60) for name in types))
