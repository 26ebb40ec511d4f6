import unicodedata
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.aligner.explanation import Change
from kgreview.graph.schema import AttributePair, Schema, TypePair
from kgreview.text.readings import Reading, ValueType
from kgreview.ui.comparison import AttributeRow, compare_attributes
from kgreview.ui.comparison_html import attributes_html
from kgreview.ui.evidence import Evidence

TYPES = TypePair("song", "track")

strings = st.text(max_size=40)
values = st.dictionaries(
    st.text(min_size=1, max_size=12), st.lists(strings, min_size=1, max_size=4)
)


def rows(
    left: dict[str, list[str]],
    right: dict[str, list[str]],
    *pairs: tuple[str, str],
    names: tuple[tuple[str, ...], tuple[str, ...]] = ((), ()),
) -> tuple[AttributeRow, ...]:
    of = Schema(
        (TYPES,),
        {"song": names[0]},
        {"track": names[1]},
        tuple(AttributePair(TYPES, *pair) for pair in pairs),
        {"born": Reading(ValueType.DATE)},
        {"born": Reading(ValueType.DATE)},
        {"genre": ("N/A",)},
        {"genre": ("N/A",)},
    )
    return compare_attributes(left, right, TYPES, of)


def test_differing_characters_are_marked_and_equal_ones_are_not() -> None:
    page = attributes_html(rows({"name": ["Aditya Raj"]}, {"name": ["Aditya Rao"]}))
    assert 'Aditya Ra<mark class="kg-removed">j</mark>' in page
    assert 'Aditya Ra<mark class="kg-added">o</mark>' in page


def test_of_what_has_little_in_common_only_long_runs_are_left_unmarked() -> None:
    page = attributes_html(rows({"name": ["Drive (feat. Electric Wolves)"]}, {"name": ["Drive"]}))
    assert 'Drive<mark class="kg-removed"> (feat. Electric Wolves)</mark>' in page
    assert "<bdi>Drive</bdi>" in page
    page = attributes_html(rows({"name": ["Solveig"]}, {"name": ["Dean Lang"]}))
    assert '<mark class="kg-removed">Solveig</mark>' in page


def test_in_what_differs_in_form_only_nothing_is_marked() -> None:
    page = attributes_html(rows({"born": ["1950-04-25"]}, {"born": ["25/04/1950"]}))
    assert "same date, other format" in page
    assert "<mark" not in page


def test_letters_of_amounts_are_compared_where_they_are_written_alike() -> None:
    page = attributes_html(rows({"born": ["1950-04-25"]}, {"born": ["1950-04-26"]}))
    assert '1950-04-2<mark class="kg-removed">5</mark>' in page
    page = attributes_html(rows({"born": ["1950-04-25"]}, {"born": ["26/04/1950"]}))
    assert "1 day apart" in page
    assert "<mark" not in page


def test_an_accent_is_not_marked_apart_from_its_letter() -> None:
    decomposed = unicodedata.normalize("NFD", "Olé")
    page = attributes_html(rows({"name": [decomposed + " a"]}, {"name": ["Olé b"]}))
    assert 'Olé <mark class="kg-removed">a</mark>' in page


def test_how_alike_values_are_stands_in_figures_beside_the_verdict() -> None:
    page = attributes_html(
        rows(
            {"name": ["Aditya Raj"], "style": ["rock"], "id": ["7"]},
            {"name": ["Aditya Rao"], "style": ["jazz"], "id": ["7"]},
        )
    )
    assert "similar · 90% alike" in page
    assert "different · 0% alike" in page
    assert ">equal<" in page


def test_a_placeholder_is_grey_and_says_that_it_counts_as_missing() -> None:
    page = attributes_html(rows({"genre": ["N/A", " "]}, {"genre": ["rock"]}))
    assert '<span class="kg-none"><bdi>N/A</bdi> counts as missing</span>' in page
    assert '<span class="kg-none">blank</span>' in page
    assert "only right" in page
    assert "<mark" not in page


def test_a_value_that_is_no_date_says_so() -> None:
    page = attributes_html(rows({"born": ["in May"]}, {"born": ["1950"]}))
    assert '<span class="kg-none">not read as a date</span>' in page


def test_of_many_values_those_that_both_say_are_shown_and_the_others_counted() -> None:
    left = [f"left {i:02}" for i in range(30)]
    page = attributes_html(rows({"alias": [*left, "both"]}, {"alias": ["both"]}))
    assert page.count("<bdi>both</bdi>") == 2
    assert "+11 more" in page
    assert "left 18" in page
    assert "left 19" not in page


def test_what_the_probability_would_be_without_a_row_stands_beside_it() -> None:
    found = rows({"name": ["x"], "note": ["y"]}, {"name": ["z"]}, ("name", "name"))
    evidence = Evidence(attributes=((("name", "name"), Change(-0.071, -0.4)),))
    page = attributes_html(found, evidence)
    assert ">−7.1%<" in page
    assert "without it: −7.1% probability, −0.40 log odds" in page
    assert ">not used<" in page
    assert "not used" not in attributes_html(found)


def test_names_are_left_out_all_together() -> None:
    found = rows(
        {"title": ["The Red Sea"]},
        {"alias": ["The Red Sea"], "name": ["Al Bahr"]},
        names=(("title",), ("name", "alias")),
    )
    page = attributes_html(found, Evidence(attributes=((("title", "name"), Change(-0.1, -1.0)),)))
    assert ">equals title<" in page
    assert "missing" not in page
    assert ">as above<" in page


COMPARED = Evidence(
    compared=(("name", "name"), ("born", "birthday"), ("born", "near born"), ("born", "x"))
)


@pytest.mark.parametrize(
    ("left", "right", "reason", "in_short"),
    [
        ({"mood": ["y"]}, {}, "no counterpart in the right graph", ""),
        ({}, {"mood": ["y"]}, "no counterpart in the left graph", ""),
        (
            {"born": ["1950"]},
            {},
            "compared with birthday, born of neighbours and 1 more, which the right entity lacks",
            "no birthday on the right",
        ),
        (
            {},
            {"birthday": ["1950"]},
            "compared with born, which the left entity lacks",
            "no born on the left",
        ),
        ({"genre": ["N/A"]}, {"genre": ["rock"]}, "a placeholder", ""),
        ({"genre": ["N/A"]}, {}, "a placeholder", ""),
        ({"mood": [" "]}, {}, "a blank value", ""),
        ({"mood": ["x"]}, {"mood": ["y"]}, "no feature compares these two", ""),
        ({"title": ["x"]}, {}, "no name on the right", ""),
    ],
)
def test_what_is_not_used_says_why(
    left: dict[str, list[str]], right: dict[str, list[str]], reason: str, in_short: str
) -> None:
    found = rows(left, right, names=(("title",), ("name",)))
    page = attributes_html(found, COMPARED)
    assert f'title="not used: {reason}"' in page
    assert f"not used<small>{in_short or reason}</small>" in page


def test_of_several_counterparts_that_of_these_types_is_named_first() -> None:
    """Songs last seconds and films minutes: of a track it is the seconds that are missing."""
    evidence = Evidence(compared=(("minutes", "length"), ("seconds", "length")))
    page = attributes_html(rows({}, {"length": ["135"]}, ("seconds", "length")), evidence)
    assert "not used<small>no seconds on the left</small>" in page
    page = attributes_html(rows({}, {"length": ["135"]}, ("minutes", "length")), evidence)
    assert "not used<small>no minutes on the left</small>" in page


def test_what_is_used_without_a_counterpart_on_its_row_says_what_it_is_compared_with() -> None:
    evidence = Evidence(
        attributes=((("city", None), Change(-0.071, -0.4)),), compared=(("city", "near city"),)
    )
    page = attributes_html(rows({"city": ["Rome"]}, {}), evidence)
    assert "compared with city of neighbours on the right; without it: −7.1% probability" in page


def test_addresses_are_links_and_nothing_else_is() -> None:
    page = attributes_html(
        rows(
            {"see": ["https://x.org/a?b=1&c=2"], "js": ["javascript:alert(1)"]},
            {"see": ["https://x.org/b"], "js": ['https://x.org/" onclick="y']},
        )
    )
    assert page.count("<a ") == 2
    assert (
        '<a href="https://x.org/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer">' in page
    )


def test_a_missing_value_is_shown_as_missing() -> None:
    page = attributes_html(rows({"name": ["x"]}, {}))
    assert ">missing<" in page
    assert "Neither entity has attributes" in attributes_html(())


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        known = dict(attrs)
        if tag == "a":
            assert known.keys() == {"href", "target", "rel"}
            assert str(known["href"]).startswith(("http://", "https://"))
        else:
            assert known.keys() <= {"class", "title", "colspan", "style"}


TAGS = {
    *("table", "colgroup", "col", "thead", "tbody", "tr", "th", "td"),
    *("span", "bdi", "mark", "a", "small"),
}


@given(values, values, st.booleans())
def test_whatever_is_said_there_is_no_markup_but_ours(
    left: dict[str, list[str]], right: dict[str, list[str]], explained: bool
) -> None:
    fields = ((name, f"near {name}") for name in left)
    tags = _Tags()
    tags.feed(
        attributes_html(rows(left, right), Evidence(compared=tuple(fields)) if explained else None)
    )
    assert tags.seen <= TAGS


@pytest.mark.parametrize("evil", ["<img src=x onerror=alert(1)>", "</script>", "A" * 10_000])
def test_hostile_strings_stay_text(evil: str) -> None:
    found = rows({evil: [evil]}, {evil: [evil + "!"], "b": [evil]})
    for evidence in (None, Evidence(compared=((evil, evil), (f"near {evil}", "b")))):
        page = attributes_html(found, evidence)
        assert "<img" not in page
        assert "</script" not in page
        assert len(page) < 10_000


def tagged(*tags: str) -> str:
    names = [f"Name {number}" for number in range(len(tags))]
    (row,) = rows({"name": names}, {})
    left = tuple(v._replace(tag=tag) for v, tag in zip(row.left, tags, strict=True))
    return attributes_html([replace(row, left=left)])


def test_languages_and_datatypes_stand_small_beside_a_value() -> None:
    page = tagged("@de", "^^http://www.w3.org/2001/XMLSchema#gYear", "@a @b @c @d @e", "")
    assert '<bdi>Name 0</bdi> <small class="kg-tag" title="de">de</small>' in page
    title = 'title="http://www.w3.org/2001/XMLSchema#gYear"'
    assert f'<bdi>Name 1</bdi> <small class="kg-tag" {title}>gYear</small>' in page
    assert ">a b c +2</small>" in page
    assert "<bdi>Name 3</bdi></td>" in page


def test_datatypes_that_a_reader_sees_are_not_told() -> None:
    page = tagged(*(f"^^http://www.w3.org/2001/XMLSchema#{each}" for each in ("string", "anyURI")))
    assert "kg-tag" not in page


def test_no_datatype_breaks_out_of_the_table() -> None:
    page = tagged('^^urn:"><img/src=x>', "@<b>")
    assert "<img" not in page
    assert "<b>" not in page
