import pytest

from kgreview.text.units import (
    DURATION,
    dimensions,
    find_unit,
    is_about_time,
    magnitude,
    unit_of_attribute,
    units_of,
)


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("cm", "cm"), ("CM", "cm"), ("Centimetres", "cm"), ("см", "cm"), ("km²", "km2"),
        ("sq. ft", "ft2"), ("Std.", "h"), ("hrs", "h"), ("minutes", "min"), ("分钟", "min"),
        ("MB", "MB"), ("mb", "MB"), ("GiB", "GiB"), ("lbs", "lb"), ("Zoll", "in"), ('"', "in"),
        ("€", "EUR"), ("US$", "USD"), ("zł", "PLN"), ("% vol", "%"), ("°F", "°F"), ("MW", "MW"),
    ],
)  # fmt: skip
def test_a_unit_is_found_by_the_words_people_write(word, name):
    unit = find_unit(word)
    assert unit is not None
    assert unit.name == name


def test_a_word_of_two_units_is_that_of_the_dimension_asked_for():
    assert find_unit("m").name == "m"
    assert find_unit("m", DURATION).name == "min"
    assert find_unit("'").name == "ft"
    assert find_unit("'", DURATION).name == "min"


def test_a_large_letter_alone_and_other_words_are_no_units():
    assert [find_unit(word) for word in ("M", "B", "G", "pages", "", "Monkeys")] == [None] * 6


@pytest.mark.parametrize("dimension", [*dimensions(), DURATION])
def test_every_unit_is_found_by_its_own_name_and_converts_back(dimension):
    for name, unit in units_of(dimension).items():
        assert find_unit(name, dimension) == unit
        assert unit.from_base(unit.to_base(12.5)) == pytest.approx(12.5)
    assert next(iter(units_of(dimension).values())).to_base(3) == 3


def test_units_of_one_dimension_have_one_amount_for_the_same_thing():
    length, temperature = units_of("length"), units_of("temperature")
    assert length["cm"].to_base(57) == length["m"].to_base(0.57)
    assert length["in"].to_base(12) == length["ft"].to_base(1)
    assert temperature["°F"].to_base(212) == temperature["°C"].to_base(100)
    assert units_of("data")["MB"].to_base(12) != units_of("data")["GB"].to_base(12)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("runtime", "minutes"), "min"),
        (("duration", "ms"), "ms"),
        (("height", "cm"), "cm"),
        (("height", "m"), "m"),
        (("area", "km", "2"), "km2"),
        (("area", "sq", "mi"), "mi2"),
        (("price", "usd"), "USD"),
        (("runtime", "min"), "min"),
        (("screen", "size", "in"), "in"),
    ],
)
def test_an_attribute_names_the_unit_of_its_bare_numbers(words, name):
    assert unit_of_attribute(words).name == name


@pytest.mark.parametrize(
    "words",
    [("price", "min"), ("min", "players"), ("born", "in"), ("in", "production"), ("m", "name"),
     ("name",), ("second", "name"), ("count", "l"), ()],
)  # fmt: skip
def test_a_word_that_is_as_often_no_unit_is_none_here(words):
    assert unit_of_attribute(words) is None


def test_words_of_size_multiply_and_letters_only_money():
    assert magnitude("Mio.") == magnitude("million") == magnitude("млн") == 1e6
    assert magnitude("M") is None
    assert magnitude("M", money=True) == 1e6


def test_some_attributes_speak_of_a_duration():
    assert is_about_time(("running", "time"))
    assert not is_about_time(("length",))
