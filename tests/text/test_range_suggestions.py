import pyarrow as pa
import pytest

from kgreview.text.range_suggestions import are_ranges
from kgreview.text.samples import sample_of


def ranges(values):
    return are_ranges(sample_of(pa.array(values)), ".")


@pytest.mark.parametrize(
    "values",
    [
        ["12-15", "18-24", "25-34"],  # three that ascend
        ["12", "14", "15-18", "20", "21", "22"],  # one among numbers
        ["12–15 cm", "20 cm"],  # whose unit says that it is an amount
        ["$10-15", "$20"],
        ["5-10", "10-100", "100-1000"],
    ],
)
def test_pairs_that_ascend_or_have_a_unit_are_ranges(values):
    assert ranges(values)


@pytest.mark.parametrize(
    "values",
    [
        ["12", "15"],
        ["2-1", "3-0", "1-4", "5-6"],  # scores
        ["12-15", "18-24"],  # two ascend by chance
        ["01-02", "03-04", "05-06"],  # codes
        ["495-5775", "252-7737", "665-1189"],  # telephones
        ["12-15-18", "1-2-3", "4-5-6"],
        ["a-b", "c-d"],
    ],
)
def test_codes_scores_and_telephones_are_none(values):
    assert not ranges(values)
