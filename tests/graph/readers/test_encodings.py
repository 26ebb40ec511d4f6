"""Text in other encodings is the same text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgreview.errors import InputError
from kgreview.graph.readers.encodings import as_utf8, encoding_of, is_utf8


@given(
    st.text(), st.sampled_from(["utf-16", "utf-32", "utf-8-sig", "utf-16-le"]), st.integers(1, 9)
)
def test_text_in_another_encoding_is_the_same_text_however_it_is_cut(text, encoding, size):
    text = text.replace("\ufeff", "")
    data = text.encode(encoding)
    parts = (data[start : start + size] for start in range(0, len(data), size))
    assert b"".join(as_utf8("a", parts, encoding)).decode() == text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_tells_the_encoding(encoding):
    start = "a".encode(encoding)
    told = encoding_of(start)
    assert told is not None
    assert start.decode(told).strip("\ufeff") == "a"
    assert encoding_of(b"plain") is None


def test_bytes_of_no_such_encoding_are_named_by_their_line():
    with pytest.raises(InputError, match="a, line 2 or soon after: is no utf-16, as it says"):
        list(as_utf8("a", [b"\xff\xfea\0\n\0", b"b"], "utf-16"))
    with pytest.raises(InputError, match="in the encoding 'klingon', which is not known"):
        list(as_utf8("a", [b"b"], "klingon"))


def test_what_needs_no_conversion():
    assert is_utf8("UTF8")
    assert is_utf8("ascii")
    assert not is_utf8("latin-1")
