import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.text.dates import follows, read_date
from kgreview.text.days import days_of
from kgreview.text.tidy import tidy

DAY, MONTH, YEAR = days_of(1950, 4, 25), days_of(1950, 4), days_of(1950)


def date(value, **reading):
    return read_date(tidy(value), **reading)


@pytest.mark.parametrize(
    "value",
    [
        "1950-04-25", "1950-4-25", "1950-04-25+02:00", "1950-04-25Z", "1950-04-25T00:00:00",
        "1950-04-25T00:00:00.000Z", "1950-04-25T12:30:00+0200", "1950-04-25 12:30",
        "1950-04-25 12:30:00 UTC", "+1950-04-25T00:00:00Z", "1950/04/25", "1950.04.25",
        "1950. 4. 25.", "19500425", "19500425.0", "19500425T120000Z", "19500425120000",
        "25/04/1950", "25.04.1950", "25. 4. 1950", "25.4.1950.", "25-04-1950", "25 04 1950",
        "04/25/1950", "4/25/1950 12:00:00 AM", "25/04/50", "50-04-25", "１９５０－０４－２５",
        "٢٥/٠٤/١٩٥٠",
    ],
)  # fmt: skip
def test_one_day_has_many_spellings(value):
    assert date(value) == DAY


@pytest.mark.parametrize(
    "value",
    ["1950-04", "1950-04-00", "1950/04", "04/1950", "4-1950", "00/04/1950", "1950-04-??",
     "1950-04-XX", "??/04/1950", "xx.04.1950"],
)  # fmt: skip
def test_a_month_is_all_its_days(value):
    assert date(value) == MONTH


@pytest.mark.parametrize(
    "value", ["1950", "1950.0", "1950-00-00", "+1950-00-00T00:00:00Z", "00/00/1950", "[1950]",
              "1950?", "1950Z", "1950-XX-XX", "1950-??", "١٩٥٠"]
)  # fmt: skip
def test_a_year_is_all_its_days(value):
    assert date(value) == YEAR


def test_the_column_says_whether_the_day_comes_first():
    assert date("03/04/1950") == days_of(1950, 3, 4)
    assert date("03/04/1950", day_first=True) == days_of(1950, 4, 3)
    assert date("25/04/1950") == date("25/04/1950", day_first=True) == DAY  # it can be nothing else


def test_years_before_the_year_1_and_before_1000():
    assert date("-0044") == days_of(-43)
    assert date("-0044-03-15") == date("-0044-03-15T00:00:00Z") == days_of(-43, 3, 15)
    assert date("0450-04-03") == days_of(450, 4, 3)
    assert date("0450") == date("450") == days_of(450)
    assert date("-44-03-15") == days_of(-43, 3, 15)
    assert date("450-04-03") == days_of(450, 4, 3)


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("1614/1619", (1614,), (1619,)),
        ("1614–1619", (1614,), (1619,)),
        ("1614 - 1619", (1614,), (1619,)),
        ("16190101/16191231", (1619,), (1619,)),
        ("1950-04-25/1950-05-01", (1950, 4, 25), (1950, 5, 1)),
        ("2004-06/2006-08", (2004, 6), (2006, 8)),
        ("1950 to 1955", (1950,), (1955,)),
        ("1984/85", (1984,), (1985,)),
        ("1939-45", (1939,), (1945,)),
        ("1999/00", (1999,), (2000,)),
    ],
)
def test_a_range_is_from_its_first_to_its_last_day(value, first, last):
    assert date(value) == (days_of(*first)[0], days_of(*last)[1])


def test_the_column_says_whether_two_digits_are_the_next_year():
    assert date("2009/10") == days_of(2009, 10)
    assert date("2009/10", year_pairs=True) == (days_of(2009)[0], days_of(2010)[1])
    assert date("2009/04", year_pairs=True) == days_of(2009, 4)
    assert follows("1999", "00")
    assert not follows("1999", "01")


@pytest.mark.parametrize(
    "value",
    ["", "soon", "1299.95", "1200.95", "12.345", "1973 mystery film", "0000-00-00", "0000-05-01",
     "0000", "1950-13-01", "1950-04-45", "19501345", "25/25/1950", "12", "5/11", "1/2/3", "2500",
     "1619/1614", "212/249-3600", "16:9", "1.2.3", "192.168.1.1", "04/0000", "1950 m", "1950 ms"],
)  # fmt: skip
def test_what_is_no_date_is_not_read(value):
    assert date(value) is None


@given(st.one_of(st.text(), st.text("0123456789-/.:TZ+ BCapril年²①", max_size=64)), st.booleans())
def test_any_string_can_be_tried(value, switch):
    days = date(value, day_first=switch, year_pairs=switch)
    assert days is None or days[0] <= days[1]


def test_short_years_are_read_where_the_column_has_them():
    assert date("37", short_years=True) == days_of(37)
    assert date("-44", short_years=True) == days_of(-43)
    assert date("37") is date("-44") is date("0", short_years=True) is None


def test_weeks_are_those_of_iso_8601():
    assert date("1950-W01") == date("1950W01") == (days_of(1950, 1, 2)[0], days_of(1950, 1, 8)[0])
    assert date("1950-W01-3") == days_of(1950, 1, 4)
    assert date("1950-W60") is date("1950-W01-9") is None


@pytest.mark.parametrize("value", ["1950-", "1950–", "1950+", "25/04/1950 -", "before 1950",
                                   "after 1950", "1950 or 1951"])  # fmt: skip
def test_what_has_no_end_or_more_than_one_is_no_date(value):
    assert date(value) is None
