import pyarrow as pa
import pytest

from kgreview.text.amounts import read_values
from kgreview.text.harmony import harmonise
from kgreview.text.readings import Reading, ValueType
from kgreview.text.suggestions import suggest_reading


def together(left, right, left_words=(), right_words=()):
    """Readings of both columns after each has settled the other."""
    columns = pa.array(left), pa.array(right)
    readings = [
        suggest_reading(values, words)
        for values, words in zip(columns, (left_words, right_words), strict=True)
    ]
    return harmonise(columns[0], readings[0], columns[1], readings[1])


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (["135", "90"], ["PT2H15M", "PT1H30M"]),
        (["135", "90"], ["2:15:00", "1:30:00"]),
        (["2:15", "1:30"], ["135 min", "90 min"]),
        (["180", "175"], ["1.80 m", "1.75 m"]),
        (["0.125", "0.13"], ["12.5 %", "13 %"]),
        (["03/04/1950", "05/06/1951"], ["1950-04-03", "1951-06-05"]),
        (["03/04/1950", "05/06/1951"], ["1950-03-04", "1951-05-06"]),
        (["3/4/1950", "5/6/1951"], ["3.4.1950", "5.6.1951"]),
        (["12.345"], ["12345", "999"]),
        (["12.345", "1.234"], ["12.3450", "1.2340"]),
        (["2009/10", "2010/11"], ["2009-2010", "2010-2011"]),
        (["007", "012"], ["7", "12"]),
        (["450", "37", "512"], ["450 AD", "37 AD", "512 AD"]),
        (["512B", "40B"], ["512 bytes", "40 bytes"]),
        (["3B", "40B"], ["3 billion", "40 billion"]),
        (["12–15", "18-24", "25-34"], ["12 to 15", "18 to 24", "25 to 34"]),
        (["$ 0.99", "$ 1.29"], ["0.99", "1.29"]),
    ],
)
def test_what_makes_values_equal_is_how_they_are_read(left, right):
    for one, two in ((left, right), (right, left)):
        readings = together(one, two)
        assert readings[0].comparable(readings[1])
        amounts = [
            read_values(pa.array(values), reading)[0].tolist()
            for values, reading in zip((one, two), readings, strict=True)
        ]
        assert amounts[0] == pytest.approx(amounts[1])


def test_what_is_settled_is_no_guess_any_more():
    left, right = together(["03/04/1950", "05/06/1951"], ["1950-04-03", "1951-06-05"])
    assert left == Reading(ValueType.DATE, day_first=True)
    assert right == Reading(ValueType.DATE)


def test_where_nothing_tells_nothing_changes():
    for left, right in (
        (["135", "90"], ["PT2H", "PT3H"]),
        (["03/04/1950"], ["03/04/1950"]),
        (["123.456"], ["1.5", "20000"]),  # neither 123 nor 123456 is nearer
        (["180"], ["a", "b"]),
        ([], []),
    ):
        columns = pa.array(left, pa.string()), pa.array(right, pa.string())
        suggested = tuple(map(suggest_reading, columns))
        assert harmonise(columns[0], suggested[0], columns[1], suggested[1]) == suggested


def test_a_decimal_sign_that_makes_no_values_equal_still_brings_columns_to_one_size():
    for left in (["48.137", "52.520"], ["48.137"]):  # latitudes, for themselves as well thousands
        assert together(left, ["48.1371", "52.5190"])[0] == Reading(
            ValueType.NUMBER, undecided=("unit",)
        )
    assert together(["12.345"], ["12500", "999"])[0].decimal_sign == ","


def test_what_a_column_or_a_person_has_decided_stays():
    decided = Reading(ValueType.DATE)  # month first, without a doubt
    left, right = pa.array(["03/04/1950"]), pa.array(["1950-04-03"])
    assert harmonise(left, decided, right, decided) == (decided, decided)
    assert together(["180"], ["1.80 m"], ["height", "in"])[0].unit == "in"


def test_money_that_names_no_currency_is_in_that_of_the_other_column():
    left, right = together(["5.00", "6.00"], ["$ 7.00", "$ 8.00"])
    assert left == right == Reading(ValueType.NUMBER, dimension="money", unit="USD")


def test_codes_beside_codes_stay_strings():
    left, right = together(["007", "012"], ["007", "013"])
    assert left.type is right.type is ValueType.STRING
