"""How alike what two entities say is: amounts are compared as amounts, strings in one spelling.

By what the features are made of, so that the screen agrees with the score.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from rapidfuzz import fuzz

from kgreview.graph.canonical import comparable, kind_of, unit_as_written
from kgreview.graph.values import LONGEST_TEXT
from kgreview.text.readings import Reading, ValueType
from kgreview.text.skeletons import skeletons_across
from kgreview.text.strings import LONGEST
from kgreview.text.units import Unit
from kgreview.ui.entity_values import Amount, Value
from kgreview.ui.gaps import apart, gap, years_apart
from kgreview.ui.text import plain

_SIMILAR = 0.7
_NOT_EQUAL = 0.99  # at most, what is not equal is alike
_OVERLAPPING = 0.9  # a year, and a day in it
_SAME_YEAR = 0.8
_FOR_A_YEAR = 0.15  # that dates are less alike
_MOST_COMPARED = 50  # different things that a side says, beyond which not each is compared


class Verdict(StrEnum):
    """How what two sides say compares."""

    EQUAL = "equal"
    SIMILAR = "similar"
    DIFFERENT = "different"
    ONLY_LEFT = "only left"
    ONLY_RIGHT = "only right"
    NEITHER = "neither"  # says anything but blanks and placeholders

    @property
    def of_both(self) -> bool:
        """Whether both sides say something."""
        return self in (Verdict.EQUAL, Verdict.SIMILAR, Verdict.DIFFERENT)


class Form(IntEnum):
    """In what two values differ that say the same, the least first."""

    SAME = 0  # in nothing that can be seen
    SPELLING = 1  # case, accents, letters that stand for one another
    PUNCTUATION = 2
    ORDER = 3
    FORMAT = 4  # of an amount
    LATIN = 5  # one is in another script
    BEGINNING = 6  # behind what is compared


_FORM_WORDS = {
    Form.SPELLING: "same text, other spelling",
    Form.PUNCTUATION: "same words, other punctuation",
    Form.ORDER: "same words, other order",
    Form.FORMAT: "same {kind}, other format",
    Form.LATIN: "equal in Latin letters",
    Form.BEGINNING: f"the first {LONGEST_TEXT:,} characters are equal",
}


@dataclass(frozen=True)
class Likeness:
    """How the values of two attributes compare."""

    verdict: Verdict
    similarity: float | None = None  # 0 to 1; None where a side says nothing
    form: str | None = None  # in what equal values differ, in words
    gap: str | None = None  # how far apart two amounts are, in words
    note: str = ""  # what was not compared

    @property
    def words(self) -> str:
        """Say how alike they are, in a few words."""
        if self.form or self.gap:
            return self.form or self.gap or ""
        if self.similarity is None or self.verdict is Verdict.EQUAL:
            return self.verdict.value
        return f"{self.verdict.value} · {self.similarity:.0%} alike"


Values = Sequence[Value]
Forms = dict[str, Form]  # by the text of a value: how it differs from what says the same
Contents = dict[object, Form | None]  # likewise by ``Value.content``; None: nothing says the same


def compare_values(
    left: Values, right: Values, readings: tuple[Reading, Reading]
) -> tuple[Likeness, tuple[Value, ...], tuple[Value, ...]]:
    """Compare what two attributes say; give both with what is equal marked so.

    Each thing said counts with what is most like it on the other side; the side that says less
    decides, since catalogues differ in how much they list. Neither the order of values nor how
    often one thing is said makes a difference.
    """
    one: Values = [value for value in left if not value.missing]
    two: Values = [value for value in right if not value.missing]
    if not (one and two):
        return Likeness(verdict_alone(one, two)), tuple(left), tuple(right)
    reading = None  # of the amounts of both
    if comparable(*readings):
        one, two, reading = _in_one_unit(one, two, readings)
    forms = _forms(one, two, amounts=reading is not None)
    contents = _contents(one, forms[0]), _contents(two, forms[1])
    likeness = _if_equal(contents, reading) or _of_unequal(one, two, contents, reading)
    return likeness, _marked(left, forms[0]), _marked(right, forms[1])


def verdict_alone(left: Values, right: Values) -> Verdict:
    """Say which side says something, where not both do."""
    for side, verdict in ((left, Verdict.ONLY_LEFT), (right, Verdict.ONLY_RIGHT)):
        if not all(value.missing for value in side):
            return verdict
    return Verdict.NEITHER


def _in_one_unit(
    left: Values, right: Values, readings: tuple[Reading, Reading]
) -> tuple[Values, Values, Reading]:
    """Give amounts that can be compared; where one side names no unit, they are as written."""
    if kind_of(readings[0]) == kind_of(readings[1]):
        return left, right, readings[0]
    one, two = (_as_written(*each) for each in zip((left, right), readings, strict=True))
    return one, two, Reading(ValueType.NUMBER)


def _as_written(values: Values, reading: Reading) -> Values:
    unit = unit_as_written(reading)
    if unit is None:
        return values
    return [value._replace(amount=_in_unit(value.amount, unit)) for value in values]


def _in_unit(amount: Amount | None, unit: Unit) -> Amount | None:
    if amount is None:
        return None
    return amount._replace(low=unit.from_base(amount.low), high=unit.from_base(amount.high))


def _marked(values: Values, forms: Forms) -> tuple[Value, ...]:
    return tuple(v._replace(equal=True) if v.text in forms else v for v in values)


# ---------------------------------------------------------------- what is equal


def _forms(left: Values, right: Values, *, amounts: bool) -> tuple[Forms, Forms]:
    """Find the values of either side that the other says, too."""
    by_key: dict[object, list[Value]] = {}
    for value in right:
        for key in _keys(value):
            by_key.setdefault(key, []).append(value)
    forms: tuple[Forms, Forms] = {}, {}
    for one in left:
        for two in (value for key in _keys(one) for value in by_key.get(key, ())):
            form = _form(one, two, amounts=amounts)
            if form is not None:
                forms[0][one.text] = min(form, forms[0].get(one.text, form))
                forms[1][two.text] = min(form, forms[1].get(two.text, form))
    return forms


def _keys(value: Value) -> list[object]:
    """Give what two values have in common if they may say the same."""
    words = " ".join(sorted(value.latin.split()))
    if value.amount is None:
        return [words]
    return [words, (float(f"{value.amount.low:.9g}"), float(f"{value.amount.high:.9g}"))]


def _form(one: Value, two: Value, *, amounts: bool) -> Form | None:
    """Tell in what two values differ that say the same; ``None`` where they do not."""
    if one.text == two.text:
        return Form.SAME
    if one.spelt == two.spelt and max(len(one.text), len(two.text)) > LONGEST_TEXT:
        return Form.BEGINNING
    if _seen(one) == _seen(two):
        return Form.SAME
    if amounts and one.amount is not None and two.amount is not None:
        return Form.FORMAT if _equal_amounts(one.amount, two.amount) else None  # -5 is not 5
    return _form_of_text(one, two)


def _form_of_text(one: Value, two: Value) -> Form | None:
    if one.spelt == two.spelt:
        return Form.SPELLING if _signs(one) == _signs(two) else Form.PUNCTUATION
    if sorted(one.spelt.split()) == sorted(two.spelt.split()):
        return Form.ORDER if _has_letters(one.spelt) else None  # 12.5 13.5 is another place
    # that two names in one other script sound alike says nothing
    return Form.LATIN if one.spelt.isascii() != two.spelt.isascii() else None


def _equal_amounts(one: Amount, two: Amount) -> bool:
    ends = (one.low, two.low), (one.high, two.high)
    return all(math.isclose(*pair, rel_tol=1e-9, abs_tol=1e-12) for pair in ends)


def _seen(value: Value) -> str:
    return unicodedata.normalize("NFC", plain(value.text, LONGEST_TEXT))


def _signs(value: Value) -> str:
    letters = unicodedata.normalize("NFKD", value.text)
    return "".join(c for c in letters if unicodedata.category(c)[0] in "PS")


def _has_letters(text: str) -> bool:
    return any(map(str.isalpha, text))


def _contents(values: Values, forms: Forms) -> Contents:
    """Give each thing that a side says, in the form that differs least from the other side."""
    contents: Contents = {}
    for value in values:
        either = contents.get(value.content), forms.get(value.text)
        contents[value.content] = min((form for form in either if form is not None), default=None)
    return contents


def _deciding(contents: tuple[Contents, Contents]) -> list[int]:
    """Give the side that says less, or both."""
    fewest = min(map(len, contents))
    return [side for side in (0, 1) if len(contents[side]) == fewest]


def _if_equal(contents: tuple[Contents, Contents], reading: Reading | None) -> Likeness | None:
    forms = [form for side in _deciding(contents) for form in contents[side].values()]
    worst = Form.SAME
    for form in forms:
        if form is None:
            return None
        worst = max(worst, form)
    words = _FORM_WORDS.get(worst)
    if reading is not None and words is not None:
        words = words.format(kind=reading.dimension or reading.type.value)
    return Likeness(Verdict.EQUAL, 1.0, words)


# ---------------------------------------------------------------- how much alike the others are


def _of_unequal(
    left: Values, right: Values, contents: tuple[Contents, Contents], reading: Reading | None
) -> Likeness:
    """Compare each thing that has no equal with all that the other side says.

    ``reading`` is ``None`` where amounts cannot be compared.
    """
    sides = _first(left), _first(right)
    table = [[_alike(a, b, amounts=reading is not None) for b in sides[1]] for a in sides[0]]
    best = [max(row) for row in table], [max(column) for column in zip(*table, strict=True)]
    means = [_mean(contents[side], sides[side], best[side]) for side in _deciding(contents)]
    similarity = sum(means) / len(means)
    verdict = Verdict.SIMILAR if similarity >= _SIMILAR else Verdict.DIFFERENT
    none_equal = not any(form is not None for by_form in contents for form in by_form.values())
    closest = _closest(*sides, reading) if reading is not None and none_equal else None
    return Likeness(verdict, similarity, None, closest, _left_out(max(map(len, contents))))


def _first(values: Iterable[Value]) -> list[Value]:
    """Give one value of each thing that is said; of very many the first by alphabet."""
    by_content = {value.content: value for value in sorted(values, reverse=True)}
    return sorted(by_content.values())[:_MOST_COMPARED]


def _left_out(count: int) -> str:
    if count <= _MOST_COMPARED:
        return ""
    return (
        f"equal values were searched among all {count:,}; the others were compared by the first "
        f"{_MOST_COMPARED} in alphabetical order"
    )


def _mean(contents: Contents, values: Values, best: Sequence[float]) -> float:
    """Give how alike a side is to the other, where what is beyond the cap is like the rest."""
    unequal = [b for v, b in zip(values, best, strict=True) if contents[v.content] is None]
    equal = sum(form is not None for form in contents.values())
    rest = sum(unequal) / len(unequal) if unequal else 0.0
    return (equal + (len(contents) - equal) * rest) / len(contents)


def _alike(one: Value, two: Value, *, amounts: bool) -> float:
    """Compare two values that are not equal, as amounts or as strings, 0 to 1."""
    if amounts and one.amount is not None and two.amount is not None:
        dates = one.kind is ValueType.DATE
        return (_dates_alike if dates else _amounts_alike)(one.amount, two.amount)
    alike = _texts_alike(one.spelt, two.spelt)
    bones = skeletons_across(one.spelt, two.spelt)
    if bones is not None:  # as ``features`` do, by the mean of both
        latin = _texts_alike(one.latin, two.latin)
        alike = max(alike, latin, (latin + _texts_alike(*bones)) / 2)
    return min(alike, _NOT_EQUAL)


def _texts_alike(one: str, two: str) -> float:
    one, two = one[:LONGEST], two[:LONGEST]
    alike = fuzz.ratio(one, two)
    if (" " in one or " " in two) and _has_letters(one):
        alike = max(alike, fuzz.token_sort_ratio(one, two))
    return alike / 100


def _amounts_alike(one: Amount, two: Amount) -> float:
    """Compare numbers by how far apart they are: 199 and 119 are not two thirds the same."""
    between, largest = apart(one, two), max(abs(one.high), abs(two.high), 1e-9)
    return min(_NOT_EQUAL, max(0.0, 1 - 10 * between / largest)) if between else _OVERLAPPING


def _dates_alike(one: Amount, two: Amount) -> float:
    if apart(one, two) == 0:
        return _OVERLAPPING
    between = years_apart(one, two)
    return max(0.0, 1 - _FOR_A_YEAR * between) if between else _SAME_YEAR


def _closest(left: Values, right: Values, reading: Reading) -> str | None:
    """Say how far apart the amounts are that are closest; ``None`` where there are none."""
    pairs = [
        (apart(one.amount, two.amount), one.amount, two.amount)
        for one in left
        for two in right
        if one.amount is not None and two.amount is not None
    ]
    if not pairs:
        return None
    words = gap(*min(pairs)[1:], reading)
    return words if len(left) == len(right) == 1 else f"closest: {words}"
