import dataclasses
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.graph.schema import AttributePair, Schema, TypePair
from kgreview.text.readings import Reading, ValueType
from kgreview.ui.comparison import AttributeRow, compare_attributes
from kgreview.ui.comparison_html import attributes_html
from kgreview.ui.likeness import Verdict

PERSONS = TypePair("person", "human")
DATE = Reading(ValueType.DATE)

values = st.dictionaries(
    st.text(min_size=1, max_size=12), st.lists(st.text(max_size=40), min_size=1, max_size=4)
)


def schema(
    *pairs: tuple[str, str],
    names: tuple[tuple[str, ...], tuple[str, ...]] = ((), ()),
    readings: dict[str, Reading] | None = None,
    missing: dict[str, tuple[str, ...]] | None = None,
) -> Schema:
    return Schema(
        (PERSONS,),
        {"person": names[0]},
        {"human": names[1]},
        tuple(AttributePair(PERSONS, *pair) for pair in pairs),
        readings or {},
        readings or {},
        missing or {},
        missing or {},
    )


def compare(
    left: dict[str, list[str]], right: dict[str, list[str]], of: Schema, types: TypePair = PERSONS
) -> tuple[AttributeRow, ...]:
    return compare_attributes(left, right, types, of)


def attributes(rows: tuple[AttributeRow, ...]) -> list[tuple[str | None, str | None]]:
    return [(row.left_attribute, row.right_attribute) for row in rows]


def test_what_the_schema_says_corresponds_shares_a_row_also_where_it_differs() -> None:
    (row,) = compare(
        {"birthday": ["1962-07-11"]},
        {"date_of_birth": ["1968-12-14"]},
        schema(("birthday", "date_of_birth"), readings={"birthday": DATE, "date_of_birth": DATE}),
    )
    assert (row.left_attribute, row.right_attribute) == ("birthday", "date_of_birth")
    assert row.likeness.verdict is Verdict.DIFFERENT
    assert row.likeness.gap == "6 years apart"


def test_an_equal_value_does_not_make_attributes_correspond() -> None:
    rows = compare({"born": ["1999"]}, {"died": ["1999"]}, schema(("x", "y")))
    assert attributes(rows) == [("born", None), (None, "died")]


def test_of_several_correspondences_the_strongest_is_shown_that_both_sides_have() -> None:
    of = schema(("born", "birthday"), ("born", "birth year"), ("year", "birth year"))
    both = {"born": ["1"], "year": ["2"]}
    rows = compare(both, {"birth year": ["1"], "birthday": ["1"]}, of)
    assert attributes(rows) == [("born", "birthday"), ("year", "birth year")]
    rows = compare(both, {"birth year": ["1"]}, of)
    assert attributes(rows) == [("born", "birth year"), ("year", None)]


def test_what_corresponds_for_other_types_does_not_for_these() -> None:
    of = schema(("height", "size"))
    towers = TypePair("tower", "building")
    assert attributes(compare({"height": ["3"]}, {"size": ["3"]}, of, towers)) == [
        ("height", None),
        (None, "size"),
    ]


def test_without_any_correspondence_of_the_types_words_decide() -> None:
    rows = compare(
        {"year": ["1999"], "runtime_minutes": ["140"], "birthDate": ["1950"], "birth place": ["x"]},
        {"duration": ["139"], "release_date": ["1999"], "deathDate": ["1990"], "birth": ["1950"]},
        schema(),
    )
    assert attributes(rows) == [
        ("year", "release_date"),
        ("runtime_minutes", "duration"),
        ("birthDate", "birth"),
        ("birth place", None),
        (None, "deathDate"),
    ]
    assert attributes(compare({"a": ["1"]}, {"b": ["1"]}, schema())) == [("a", None), (None, "b")]


def test_naming_attributes_share_the_first_row() -> None:
    rows = compare(
        {"year": ["1999"], "title": ["Heat"]},
        {"label": ["Heat"], "year": ["1999"]},
        schema(("year", "year"), names=(("title",), ("label",))),
    )
    assert attributes(rows) == [("title", "label"), ("year", "year")]
    assert [row.names for row in rows] == [True, False]


def test_the_names_that_head_the_page_share_the_first_row_whatever_else_is_equal() -> None:
    rows = compare(
        {"year": ["1999"], "title": ["The Red Sea"]},
        {"alias": ["The  RED Sea"], "name": ["Al Bahr"], "release_date": ["1999"]},
        schema(("year", "release_date"), names=(("title",), ("name", "alias"))),
    )
    assert attributes(rows) == [("title", "name"), (None, "alias"), ("year", "release_date")]
    assert [row.same_as for row in rows] == [None, "title", None]
    assert [row.also_names for row in rows] == [False, True, False]


def test_other_names_are_paired_by_their_own_name_and_then_in_turn() -> None:
    rows = compare(
        {"title": ["a"], "alias": ["b"], "nick": ["c"]},
        {"name": ["a"], "short": ["x"], "alias": ["y"]},
        schema(names=(("title", "nick", "alias"), ("name", "alias", "short"))),
    )
    assert attributes(rows) == [("title", "name"), ("alias", "alias"), ("nick", "short")]


@pytest.mark.parametrize("nothing", [" ", "unknown"])
def test_a_name_that_is_missing_does_not_head_the_page(nothing: str) -> None:
    rows = compare(
        {"title": ["Heat"]},
        {"name": [nothing], "alias": ["heat"]},
        schema(names=(("title",), ("name", "alias")), missing={"name": ("unknown",)}),
    )
    assert [(*pair, row.same_as) for pair, row in zip(attributes(rows), rows, strict=True)] == [
        ("title", "alias", None),
        (None, "name", None),
    ]
    assert rows[0].likeness.verdict is Verdict.EQUAL
    assert rows[1].likeness.verdict is Verdict.NEITHER


def test_what_only_one_side_has_comes_last() -> None:
    rows = compare(
        {"a": ["1"], "x": ["5"]}, {"b": ["2"], "x": ["5"]}, schema(("x", "x"), ("a", "c"))
    )
    assert [row.likeness.verdict for row in rows] == [
        Verdict.EQUAL,
        Verdict.ONLY_LEFT,
        Verdict.ONLY_RIGHT,
    ]
    assert rows[1].likeness.similarity is None


def test_a_placeholder_leaves_its_row_to_the_other_side() -> None:
    of = schema(("genre", "style"), missing={"genre": ("N/A",), "style": ("N/A",)})
    (row,) = compare({"genre": ["N/A"]}, {"style": ["rock"]}, of)
    assert row.likeness.verdict is Verdict.ONLY_RIGHT
    assert [value.missing for value in (*row.left, *row.right)] == [True, False]
    (row,) = compare({"genre": ["n/a"]}, {"style": ["N/A"]}, of)
    assert row.likeness.verdict is Verdict.NEITHER


def test_what_is_never_compared_is_shown_and_says_so() -> None:
    of = dataclasses.replace(schema(), left_ignored=("nr",), right_ignored=("nr",))
    (row,) = compare({"nr": ["7"]}, {"nr": ["7"]}, of)
    assert row.likeness.verdict is Verdict.NEITHER
    assert [value.remark for value in (*row.left, *row.right)] == ["is never compared"] * 2
    assert "is never compared" in attributes_html((row,))


def test_values_are_read_as_the_schema_says_of_their_side() -> None:
    pair = (AttributePair(PERSONS, "born", "born"),)
    of = Schema((PERSONS,), {}, {}, pair, {"born": DATE}, {"born": DATE})
    (row,) = compare({"born": ["1950-04-25"]}, {"born": ["25/04/1950"]}, of)
    assert row.likeness.words == "same date, other format"
    (row,) = compare(
        {"born": ["1950-04-25"]},
        {"born": ["25/04/1950"]},
        Schema((PERSONS,), {}, {}, pair, {"born": DATE}),
    )
    assert row.likeness.verdict is Verdict.DIFFERENT


@given(values, values, st.booleans())
def test_every_attribute_stands_on_one_row_and_has_all_its_values(
    left: dict[str, list[str]], right: dict[str, list[str]], listed: bool
) -> None:
    pairs = [(a, b) for a in left for b in right] if listed else []
    rows = compare(left, right, schema(*pairs, names=(tuple(left)[:2], tuple(right)[:2])))
    for side, given_values in (("left", left), ("right", right)):
        found = {
            getattr(row, f"{side}_attribute"): {value.text for value in getattr(row, side)}
            for row in rows
        }
        found.pop(None, None)
        assert found == {name: set(texts) for name, texts in given_values.items()}
        assert sum(getattr(row, f"{side}_attribute") is not None for row in rows) == len(found)


def test_a_thousand_attributes_a_side_are_laid_out_at_once() -> None:
    count = 1000
    left = {f"left number {i}": [f"value {i}"] for i in range(count)}
    right = {f"right number {i}": [f"value {i + i % 3}"] for i in range(count)}
    paired = schema(*((f"left number {i}", f"right number {i}") for i in range(count)))
    for of in (paired, schema()):
        seconds = []
        for _ in range(3):
            started = time.process_time()
            assert len(compare(left, right, of)) >= count
            seconds.append(time.process_time() - started)
        assert min(seconds) < 0.5  # a tenth of it on an idle machine


def test_values_in_two_languages_are_equal_where_their_text_is() -> None:
    (row,) = compare_attributes(
        {"name": ["Berlin", "Berlino"]},
        {"name": ["Berlin"]},
        PERSONS,
        schema(("name", "name")),
        ({"name": ["@de", "@it"]}, {"name": ["@en"]}),
    )
    assert row.left[0].equal
    assert row.right[0].equal
    assert [value.tag for value in (*row.left, *row.right)] == ["@de", "@it", "@en"]
