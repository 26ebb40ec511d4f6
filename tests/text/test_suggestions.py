import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.text.amounts import read_values
from kgreview.text.readings import Reading, ValueType
from kgreview.text.samples import SAMPLE
from kgreview.text.suggestions import suggest_reading


def column(values):
    return pa.array(values, pa.large_string())


def reading(values, *words):
    return suggest_reading(column(values), words)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["Comedy", "Horror", "Drama"], "string"),
        (["Monty 5", "Blade Runner 2049", "12 Monkeys", "Se7en"], "string"),
        (["1973 mystery film", "1984 drama film", "2001 space film"], "string"),
        (["415/495-5775", "702-252-7737"], "string"),
        ([], "string"),
        (["", " ", "n/a", "\u200b"], "string"),
        (["a band from a town by the sea that has played there for 10 years now"], "text"),
        (["12", "99999", "70000"], "number"),
        (["1299.95", "1499", "1899"], "number"),
        (["980", "1250", "2300"], "number"),
        (["1,5", "2,25"], "number, decimal comma"),
        (["12 pages", "7 pages", "1 page"], "number, in pages"),
        (["12.50 %", "5 %", "-"], "proportion"),
        (["12 MB", "1 GB"], "data"),
        (["1.80 m", "175 cm"], "length"),
        (["5'11\"", "6'0\""], "length"),
        (["$ 1.29", "0.99", "1,299.00"], "money, in USD where no unit is named"),
        (["1999", "2004", "1987"], "date"),
        (["1999.0", "2004.0"], "date"),
        (["19500425", "19601231"], "date"),
        (["-0044", "-0322"], "date"),
        (["04.1950", "12.1949", "1.2013"], "date"),
        (["1-Feb-11", "February 24 , 2015", "2011-02-01"], "date"),
        (["25 апреля 1950", "1 мая 1951"], "date"),
        (["1984/85", "2009/10"], "date, 2009/10 is two years"),
        (["1950s", "1960s", "1972"], "date"),
        (["1200s", "95s"], "duration"),
        (["1.2M", "450k", "3M"], "number"),
        (["12 M", "7 M"], "number, in M"),
        (["90M", "1H", "2H15M"], "duration"),
        (["3:45", "1:02:03", "PT3M45S"], "duration"),
        (["135 min", "2h 5m", "90"], "duration, in min where no unit is named (a guess)"),
    ],
)
def test_a_column_is_read_as_what_its_values_are_together(values, words):
    assert str(reading(values)) == words


def test_an_attribute_of_time_makes_decades_seconds_and_millions_minutes():
    assert str(reading(["1200s", "1950s"])) == "date"
    assert str(reading(["1200s", "1950s"], "runtime")) == "duration"
    assert str(reading(["90M", "45M"], "runtime")) == "duration"


# ------------------------------------------------------------------------ numbers


@pytest.mark.parametrize(
    ("values", "decimal_sign", "guessed"),
    [
        (["12.345", "1.234.567"], ",", False),  # points part thousands
        (["12.345", "1,5"], ",", False),
        (["12.345", "1.5"], ".", False),
        (["12.345", "0.517"], ".", False),
        (["12.345", "12 000"], ".", False),  # a space does
        (["3,125", "12 000"], ",", False),
        (["12,345", "1,234,567"], ".", False),
        (["12.345", "1.234"], ",", True),  # two distinct ones
        (["12.345", "1.234", "999"], ",", True),
        (["12.345", "1.234", "5000"], ".", True),  # a thousand without a sign
        (["12.345"], ".", True),
        (["12.345"] * 5, ".", True),
        (["12,345", "1,234"], ".", True),
        (["12", "13"], ".", False),
    ],
)
def test_the_decimal_sign_is_what_the_column_shows(values, decimal_sign, guessed):
    found = reading(values)
    assert found.type is ValueType.NUMBER
    assert found.decimal_sign == decimal_sign
    assert ("decimal_sign" in found.undecided) == guessed


def test_one_sign_means_the_same_in_all_values_of_a_column():
    values = column(["12.345", "1.234.567", "1,5"])
    assert read_values(values, suggest_reading(values))[:, 0].tolist() == [12345, 1234567, 1.5]


@pytest.mark.parametrize(
    "values",
    [
        ["007", "012", "123"],
        ["01067", "80331", "10115"],
        ["9783161484100", "9780306406157", "9781861972712"],
        ["12345678901234567", "12345678901234568"],
        ["552 100 554", "542 051 180", "383 474 814"],
        ["123 456 789 012 345 678", "98765432109876543210"],
        ["0049891234567", "0049307654321"],
    ],
)
def test_codes_and_whole_numbers_beyond_floats_stay_strings(values):
    assert reading(values).type is ValueType.STRING


def test_long_numbers_that_repeat_or_differ_in_length_are_numbers():
    assert reading(["100000000", "250000000"] * 10).type is ValueType.NUMBER
    assert reading(["263920180", "15000000", "64000", "1200000000"]).type is ValueType.NUMBER


def test_one_padded_number_among_hundreds_makes_no_codes():
    assert reading([*map(str, range(1, 500)), "007"]).type is ValueType.NUMBER


def test_only_padded_numbers_may_be_numbers_after_all():
    assert reading(["007", "012"]).undecided == ("type",)
    assert reading(["9783161484100", "9780306406157"]).undecided == ()


def test_numbers_of_two_currencies_or_two_dimensions_stay_strings():
    assert reading(["$ 5", "$ 6", "7 €", "8 €"]).type is ValueType.STRING
    assert reading(["5 kg", "6 kg", "7 m", "8 m"]).type is ValueType.STRING


def test_the_attribute_names_the_unit_of_bare_numbers():
    assert str(reading(["180", "175"], "height", "cm")) == "length, in cm where no unit is named"
    assert str(reading(["135", "90"], "runtime", "minutes")) == (
        "duration, in min where no unit is named"
    )
    assert reading(["1650", "1800", "2010"], "height", "mm").dimension == "length"
    assert reading(["135", "90"]).undecided == ("unit",)
    assert reading(["135", "90"], "runtime", "minutes").undecided == ()


def test_a_unit_that_most_numbers_name_is_a_guess_for_the_bare_ones():
    found = reading(["1.80 m", "1.75 m", "1.91 m", "1.6"])
    assert (found.dimension, found.unit, found.undecided) == ("length", "m", ("unit",))


# ------------------------------------------------------------------------ durations


@pytest.mark.parametrize(
    ("values", "guessed"),
    [
        (["3:45", "12:10"], True),
        (["3:45", "75:30"], False),  # no hours
        (["3:45", "1:02:03"], False),
        (["PT3M"], False),
    ],
)
def test_times_of_two_parts_are_minutes_unless_another_column_tells(values, guessed):
    found = reading(values)
    assert found.type is ValueType.DURATION
    assert not found.hours_first
    assert ("hours_first" in found.undecided) == guessed


def test_units_of_length_and_time_alike_are_what_the_column_or_its_attribute_says():
    assert reading(["5 m", "12 m"]).dimension == "length"
    assert reading(["5 m", "12 m"], "running", "time").type is ValueType.DURATION
    assert reading(["5 m", "12 m", "1h 5m"]).type is ValueType.DURATION
    assert reading(["3'45\"", "4'10\""], "duration").type is ValueType.DURATION


# ------------------------------------------------------------------------ samples


def test_four_fifths_must_be_read_blanks_and_placeholders_aside():
    assert reading(["1"] * 8 + ["x", "y"]).type is ValueType.NUMBER
    assert reading(["1"] * 7 + ["x", "y", "z"]).type is ValueType.STRING
    assert reading(["1", "", " ", "n/a", "unknown", "?"]).type is ValueType.NUMBER


def test_a_value_counts_as_often_as_it_occurs():
    assert reading(["12"] * 9 + ["several"]).type is ValueType.NUMBER
    assert reading(["12", *["several"] * 9]).type is ValueType.STRING


def mixed_values(count):
    """More distinct values than the sample holds, of several forms."""
    days = [f"{1 + i % 12:02d}/{1 + i // 12 % 12:02d}/{1500 + i // 144}" for i in range(count)]
    return [*days, "25/04/1950", *(f"word {i}" for i in range(count // 5))]


def test_the_order_of_the_values_decides_nothing():
    values = mixed_values(2 * SAMPLE)
    suggested = suggest_reading(column(values))
    for seed in range(3):
        random.Random(seed).shuffle(values)
        assert suggest_reading(column(values)) == suggested


@given(st.lists(st.sampled_from(["1", "1.234", "12.345", "3/4/1950", "25/4/1950", "1950", "3:45",
                                 "5 m", "007", "x", "12 pages", "7 kg", "2009/10"]), max_size=12),
       st.randoms())  # fmt: skip
def test_no_shuffling_changes_a_suggestion(values, rng):
    suggested = reading(values)
    rng.shuffle(values)
    assert reading(values) == suggested
    assert Reading.from_json(suggested.to_json()) == suggested


@given(st.lists(st.text(max_size=20), max_size=20), st.lists(st.text(max_size=8), max_size=3))
def test_any_column_has_a_reading(values, words):
    found = suggest_reading(column(values), words)
    read = read_values(column(values), found)
    assert read.shape == (len(values), 2)
    assert str(found)


@given(st.lists(st.text("0123456789.,:/- $%mhkgPT'", max_size=12), max_size=20))
def test_any_column_of_numbers_and_signs_has_a_reading(values):
    found = suggest_reading(column(values))
    assert not np.isinf(read_values(column(values), found)).any()


def test_versions_are_strings_and_thousands_are_not():
    assert reading(["1.2", "1.10", "2.0", "3.5.1"]) == Reading()
    assert reading(["1.234", "1.234.567"]).type is ValueType.NUMBER


def test_neither_an_era_nor_a_plus_is_the_unit_of_other_numbers():
    found = reading(["12000", "15000", "19991", "45000", "2000 BC"])
    assert (found.type, found.unit) == (ValueType.NUMBER, "")
    assert reading(["18", "25", "35", "40", "50", "65+"]).unit == ""


# ------------------------------------------------------------------------ what a letter says


@pytest.mark.parametrize(
    ("values", "words", "amounts"),
    [
        (["1.2B", "450M", "3K"], "number", [1.2e9, 450e6, 3000]),
        (["1.2B", "3.5B"], "number", [1.2e9, 3.5e9]),
        (["1.2b", "450k"], "number", [1.2e9, 450e3]),
        (["512B", "4KB", "1MB"], "data", [512, 4000, 1e6]),
        (["$1.2B", "$3M"], "money, in USD where no unit is named", [1.2e9, 3e6]),
        (["$1.2T"], "money, in USD where no unit is named", [1.2e12]),
    ],
)
def test_a_b_is_billions_or_bytes_as_the_column_says(values, words, amounts):
    found = reading([*values, *values[:1] * 8])
    assert str(found) == words
    np.testing.assert_array_equal(read_values(column(values), found)[:, 0], amounts)


def test_whole_numbers_of_b_alone_are_strings_until_something_tells():
    assert reading(["512B", "40B"]) == Reading(undecided=("type",))
    assert reading(["512B", "40B"], "size", "bytes").dimension == "data"


def test_ranges_are_read_with_their_units():
    for values, ends in (
        (["12–15", "18-24", "25-34", "7"], [12, 15]),
        (["12–15 cm", "20 cm"], [0.12, 0.15]),
        (["90-100 min", "2 h"], [5400, 6000]),
        (["$10-15", "$20"], [10, 15]),
        (["1,5-2,5 kg", "0,5 kg"], [1.5, 2.5]),
    ):
        found = reading(values)
        assert found.ranges
        assert read_values(column(values), found)[0].tolist() == ends


def test_years_and_months_of_iso_8601_are_periods():
    found = reading(["P1Y", "18 months", "P1Y6M", "2 years"])
    assert found.dimension == "period"
    read = read_values(column(["P1Y6M", "18 months", "P1Y", "P6M"]), found)[:, 0]
    assert read.tolist() == [1.5, 1.5, 1, 0.5]
