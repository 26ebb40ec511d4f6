from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.aligner.explanation import Change
from kgreview.views.comparison import Verdict, attributes_html, compare_attributes, value_similarity
from kgreview.views.evidence import Evidence

strings = st.text(max_size=40)
values = st.dictionaries(
    st.text(min_size=1, max_size=12), st.lists(strings, min_size=1, max_size=4)
)


def test_attributes_of_the_same_name_share_a_row() -> None:
    (row,) = compare_attributes({"year": ["1999"]}, {"year": ["1999"]})
    assert (row.left_attribute, row.right_attribute) == ("year", "year")
    assert (row.verdict, row.similarity) == (Verdict.EQUAL, 1.0)


def test_attributes_that_share_a_word_share_a_row() -> None:
    rows = compare_attributes({"birthDate": ["1980-01-02"]}, {"date_of_birth": ["1980-01-03"]})
    assert [(r.left_attribute, r.right_attribute) for r in rows] == [("birthDate", "date_of_birth")]
    assert rows[0].verdict is Verdict.SIMILAR


def test_other_words_for_the_same_thing_share_a_row() -> None:
    rows = compare_attributes(
        {"year": ["1999"], "runtime_minutes": ["140"], "birthDate": ["1950"]},
        {"duration": ["139"], "release_date": ["1999-05-01"], "deathDate": ["1990"]},
    )
    assert {(r.left_attribute, r.right_attribute) for r in rows} == {
        ("year", "release_date"),
        ("runtime_minutes", "duration"),
        ("birthDate", None),
        (None, "deathDate"),
    }


def test_naming_attributes_share_the_first_row() -> None:
    rows = compare_attributes(
        {"year": ["1999"], "title": ["Heat"]},
        {"label": ["Heat"], "year": ["1999"]},
        ["title"],
        ["label"],
    )
    assert (rows[0].left_attribute, rows[0].right_attribute) == ("title", "label")
    assert len(rows) == 2


def test_the_names_that_head_the_page_share_the_first_row_whatever_else_is_equal() -> None:
    rows = compare_attributes(
        {"year": ["1999"], "title": ["The Red Sea"]},
        {"alias": ["The Red Sea"], "name": ["Al Bahr"], "release_date": ["1999"]},
        ["title"],
        ["name", "alias"],
    )
    assert [(r.left_attribute, r.right_attribute) for r in rows] == [
        ("title", "name"),
        (None, "alias"),
        ("year", "release_date"),
    ]
    assert [r.same_as for r in rows] == [None, "title", None]
    page = attributes_html(rows, Evidence(attributes=((("title", "name"), Change(-0.1, -1.0)),)))
    assert ">equals title<" in page
    assert "missing" not in page
    assert ">as above<" in page, "names are left out all together"


def test_a_name_that_is_blank_does_not_head_the_page() -> None:
    rows = compare_attributes(
        {"title": ["Heat"]}, {"name": [" "], "alias": ["heat"]}, ["title"], ["name", "alias"]
    )
    assert [(r.left_attribute, r.right_attribute, r.same_as) for r in rows] == [
        ("title", "alias", None),
        (None, "name", None),
    ]
    assert rows[0].verdict is Verdict.EQUAL


def test_attributes_with_an_equal_value_share_a_row() -> None:
    (row,) = compare_attributes({"runtime": ["181"]}, {"minutes": ["181", "182"]})
    assert row.verdict is Verdict.EQUAL


def test_each_attribute_stands_on_one_row_only() -> None:
    rows = compare_attributes(
        {"birth date": ["1"], "birth place": ["x"]}, {"birth": ["1"], "place": ["y"]}
    )
    assert {(r.left_attribute, r.right_attribute) for r in rows} == {
        ("birth date", "birth"),
        ("birth place", "place"),
    }


def test_what_only_one_side_has_comes_last() -> None:
    rows = compare_attributes({"a": ["1"], "x": ["5"]}, {"b": ["2"], "x": ["5"]})
    assert [r.verdict for r in rows] == [Verdict.EQUAL, Verdict.ONLY_LEFT, Verdict.ONLY_RIGHT]
    assert rows[1].similarity is None


def test_numbers_are_compared_as_numbers() -> None:
    assert value_similarity(["304"], ["342"]) == 0
    assert value_similarity(["342"], ["340"]) > 0.9
    assert value_similarity(["100"], ["100.0"]) == 1.0
    assert value_similarity(["0"], ["0"]) == 1.0


def test_a_year_is_near_to_a_date_in_it() -> None:
    assert value_similarity(["2008"], ["2008-05-01"]) == pytest.approx(0.9)
    assert value_similarity(["2009"], ["2008-05-01"]) == pytest.approx(0.85)


def test_years_apart_are_far_though_their_digits_are_near() -> None:
    assert value_similarity(["2010"], ["2011"]) == pytest.approx(0.85)
    assert value_similarity(["2010"], ["2014"]) == pytest.approx(0.4)
    assert value_similarity(["1980-01-02"], ["1990-01-02"]) == 0
    assert value_similarity(["1980-01-02"], ["1980-02-01"]) == pytest.approx(0.8)


def test_a_longer_list_is_not_held_against_the_shorter() -> None:
    assert value_similarity(["rock"], ["pop", "Rock", "folk"]) == 1.0


def test_order_of_words_does_not_matter() -> None:
    assert value_similarity(["Kapoor, Aditya"], ["Kapoor, aditya"]) == 1.0
    assert value_similarity(["Aditya Kapoor"], ["Kapoor Aditya"]) == 1.0


def test_differing_characters_are_marked_and_equal_ones_are_not() -> None:
    page = attributes_html(compare_attributes({"name": ["Aditya Raj"]}, {"name": ["Aditya Rao"]}))
    assert 'Aditya Ra<mark class="kg-removed">j</mark>' in page
    assert 'Aditya Ra<mark class="kg-added">o</mark>' in page


def test_of_what_has_little_in_common_only_long_runs_are_left_unmarked() -> None:
    page = attributes_html(
        compare_attributes({"name": ["Drive (feat. Electric Wolves)"]}, {"name": ["Drive"]})
    )
    assert 'Drive<mark class="kg-removed"> (feat. Electric Wolves)</mark>' in page
    assert "<bdi>Drive</bdi>" in page
    page = attributes_html(compare_attributes({"name": ["Solveig"]}, {"name": ["Dean Lang"]}))
    assert '<mark class="kg-removed">Solveig</mark>' in page


def test_how_alike_values_are_stands_in_figures_beside_the_verdict() -> None:
    page = attributes_html(
        compare_attributes(
            {"name": ["Aditya Raj"], "genre": ["rock"], "id": ["7"]},
            {"name": ["Aditya Rao"], "genre": ["jazz"], "id": ["7"]},
        )
    )
    assert "similar · 90% alike" in page
    assert "different · 0% alike" in page
    assert ">equal<" in page


@pytest.mark.parametrize(
    ("left", "right", "gap"),
    [
        ("1974", "1998", "24 years apart"),
        ("2011", "2010", "1 year apart"),
        ("2008", "2008-05-01", "the same year"),
        ("1980-01-02", "1980-02-01", "30 days apart"),
        ("2008-13-45", "2008-05-01", "the same year"),
        ("187", "276", "89 apart"),
        ("1200000.5", "0", "1,200,000.5 apart"),
        ("rock", "jazz", None),
        ("1974", "1974", None),
    ],
)
def test_dates_and_numbers_say_how_far_apart_they_are(
    left: str, right: str, gap: str | None
) -> None:
    (row,) = compare_attributes({"a": [left]}, {"a": [right]})
    assert row.gap == gap
    assert gap is None or gap in attributes_html([row])


def test_what_the_probability_would_be_without_a_row_stands_beside_it() -> None:
    rows = compare_attributes({"name": ["x"], "note": ["y"]}, {"name": ["z"]})
    evidence = Evidence(attributes=((("name", "name"), Change(-0.071, -0.4)),))
    page = attributes_html(rows, evidence)
    assert ">−7.1%<" in page
    assert "without it: −7.1% probability, −0.40 log odds" in page
    assert ">not used<" in page
    assert "not used" not in attributes_html(rows)


def test_addresses_are_links_and_nothing_else_is() -> None:
    page = attributes_html(
        compare_attributes(
            {"see": ["https://x.org/a?b=1&c=2"], "js": ["javascript:alert(1)"]},
            {"see": ["https://x.org/b"], "js": ['https://x.org/" onclick="y']},
        )
    )
    assert page.count("<a ") == 2
    assert (
        '<a href="https://x.org/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer">' in page
    )


def test_a_missing_value_is_shown_as_missing() -> None:
    page = attributes_html(compare_attributes({"name": ["x"]}, {}))
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


@given(values, values)
def test_every_attribute_is_shown_once_and_nothing_but_our_markup(
    left: dict[str, list[str]], right: dict[str, list[str]]
) -> None:
    rows = compare_attributes(left, right)
    assert sorted(r.left_attribute for r in rows if r.left_attribute is not None) == sorted(left)
    assert sorted(r.right_attribute for r in rows if r.right_attribute is not None) == sorted(right)
    tags = _Tags()
    tags.feed(attributes_html(rows))
    assert tags.seen <= {
        *("table", "colgroup", "col", "tbody", "tr", "th", "td", "span", "bdi", "mark", "a")
    }


@pytest.mark.parametrize("evil", ["<img src=x onerror=alert(1)>", "</script>", "A" * 10_000])
def test_hostile_strings_stay_text(evil: str) -> None:
    page = attributes_html(compare_attributes({evil: [evil]}, {evil: [evil + "!"], "b": [evil]}))
    assert "<img" not in page
    assert "</script" not in page
    assert len(page) < 10_000
