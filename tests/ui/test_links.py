import pytest

from kgreview.ui.links import entity_url, is_web


def test_an_id_that_is_an_address_is_its_own_link() -> None:
    assert entity_url("https://www.wikidata.org/wiki/Q1") == "https://www.wikidata.org/wiki/Q1"
    assert entity_url("tt0114369") is None


def test_a_template_has_the_id_put_in_escaped() -> None:
    template = "https://www.imdb.com/title/{id}"
    assert entity_url("tt0114369", template) == "https://www.imdb.com/title/tt0114369"
    assert entity_url("a/b?c=<d>", template) == "https://www.imdb.com/title/a%2Fb%3Fc%3D%3Cd%3E"


@pytest.mark.parametrize(
    "evil",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "http://",
        "https:///x",
        " https://x",
        "https://x\" onload='y'",
    ],
)
def test_nothing_but_plain_addresses_is_linked(evil: str) -> None:
    assert entity_url(evil) is None
    assert not is_web(evil)
    assert entity_url("x", evil.strip("h ")) is None
