"""ORCIDs as people write them, and what a slip in one is told by."""

import pytest

from kgreview.exchange.orcid import check_orcids, orcid_of, read_orcid


@pytest.mark.parametrize(
    "text",
    [
        "0000-0002-1825-0097",
        "https://orcid.org/0000-0002-1825-0097",
        "http://orcid.org/0000-0002-1825-0097/",
        " ORCID:0000-0002-1825-0097 ",
    ],
)
def test_an_orcid_is_read_however_it_is_written(text: str) -> None:
    assert orcid_of(text) == "0000-0002-1825-0097"


def test_the_check_digit_may_be_an_x() -> None:
    assert orcid_of("0000-0002-1694-233x") == "0000-0002-1694-233X"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ada",
        "0000-0002-1825-0098",  # the last digit
        "0000-0002-1852-0097",  # two that changed places
        "0000-0002-1825-009",
        "0000000218250097",
        "٠٠٠٠-٠٠٠٢-١٨٢٥-٠٠٩٧",
    ],
)
def test_what_is_none_is_none(text: str) -> None:
    assert orcid_of(text) is None


def test_a_slip_is_told_by_the_digit_it_would_have() -> None:
    with pytest.raises(ValueError, match=r"'0000-0002-1825-0098' of 'Ada' .* would be 7"):
        read_orcid("Ada", "0000-0002-1825-0098")
    with pytest.raises(ValueError, match="'12' of 'Ada' is no ORCID; give 16 digits"):
        check_orcids({"Bob": "0000-0002-1825-0097", "Ada": "12"})
