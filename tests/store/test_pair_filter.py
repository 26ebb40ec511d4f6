import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.active.strategies import STRATEGIES
from kgreview.store.pair_filter import EVERYTHING, ORDERS, PARAMETERS, SIDES, PairFilter

letters = st.characters(exclude_categories=["Cs"])
texts = st.text(letters, max_size=30)
names = st.text(letters, min_size=1, max_size=30)
shares = st.integers(0, 100).map(lambda n: n / 100)


@given(
    st.sampled_from(("", *ORDERS)),
    st.none() | st.tuples(names, names),
    st.tuples(shares, shares).map(sorted),
    st.none() | st.tuples(st.sampled_from(SIDES), names),
    st.booleans(),
    texts,
    st.sampled_from(("", *STRATEGIES)),
)
def test_an_address_gives_back_the_filter_it_was_made_of(
    order: str,
    types: tuple[str, str] | None,
    scores: list[float],
    relation: tuple[str, str] | None,
    conflict: bool,
    text: str,
    strategy: str,
) -> None:
    text = " ".join(text.replace("\0", " ").split())
    wanted = PairFilter(order, types, *scores, relation, conflict, text, strategy)
    parameters = wanted.parameters()
    assert PairFilter.from_parameters(parameters) == wanted
    assert set(parameters) <= set(PARAMETERS)
    assert all(parameters.values())
    assert wanted.key.isascii()


@given(st.dictionaries(st.sampled_from(PARAMETERS), st.text(max_size=20)))
def test_whatever_somebody_types_into_the_address_is_some_filter(typed: dict[str, str]) -> None:
    wanted = PairFilter.from_parameters(typed)
    assert 0 <= wanted.low <= wanted.high <= 1
    assert PairFilter.from_parameters(wanted.parameters()) == wanted
    assert isinstance(wanted.key, str)


@pytest.mark.parametrize(
    ("wanted", "narrows"),
    [
        (EVERYTHING, False),
        (PairFilter(order="likely"), False),
        (PairFilter(high=0.9), True),
        (PairFilter(text="heat"), True),
        (PairFilter(strategy="margin"), True),
    ],
)
def test_an_order_alone_leaves_nothing_out(wanted: PairFilter, narrows: bool) -> None:
    assert wanted.narrows is narrows
    assert (wanted.key == "") is (wanted == EVERYTHING)


def test_what_it_asks_for_is_counted() -> None:
    assert EVERYTHING.count == 0
    assert PairFilter("likely", ("film", "movie"), 0.2, 0.9, ("left", "r"), True, "x").count == 6
    assert PairFilter(strategy="margin").count == 1
