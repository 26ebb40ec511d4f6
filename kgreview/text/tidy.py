"""One spelling for the signs in a value: digits, spaces, minus signs, quotes of any script."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 64  # characters of a number, date or duration; what is longer is none

_MINUS = "\u2212\u207b\u208b\u2796\ufe63"  # minus signs that Unicode does not call dashes
_APOSTROPHES = "’‘ʼʹ′‵´`＇"
_QUOTES = "”“″〃＂"
_DECIMAL = "٫·"  # signs that only ever stand before a fraction
_FRACTION = re.compile(r"(\d*) ?([¼-¾⅐-⅞])")


class _Signs(dict[int, "str | None"]):
    """Translates a character when it is first met; ``str.translate`` looks it up from then on."""

    def __missing__(self, code: int) -> str | None:
        self[code] = plain = _plain_sign(chr(code))
        return plain


def _plain_sign(sign: str) -> str | None:
    category = unicodedata.category(sign)
    if category == "Nd":
        return str(unicodedata.digit(sign))
    if category == "Zs" or sign in "\t\n\r\v\f\x85\u2028\u2029":
        return " "
    if category in ("Cf", "Cc"):  # zero-width signs, the direction of writing
        return None
    if category == "Pd" or sign in _MINUS:
        return "-"
    for signs, plain in ((_APOSTROPHES, "'"), (_QUOTES, '"'), (_DECIMAL, "٫")):
        if sign in signs:
            return plain
    return chr(ord(sign) - 0xFEE0) if "！" <= sign <= "～" else sign


_SIGNS = _Signs()


def tidy(value: str) -> str:
    """Give a value with plain digits, spaces, minus signs and quotes; '' where it is too long.

    >>> tidy(" −١٢\N{NO-BREAK SPACE}000 "), tidy("5′11″"), tidy("9½"), tidy("x" * 100)
    ('-12 000', '5\\'11"', '9٫5', '')
    """
    value = value.strip()
    if len(value) > 2 * LONGEST:
        return ""
    if not value.isascii():
        value = unicodedata.normalize("NFC", value).translate(_SIGNS)
        value = _FRACTION.sub(_decimal, value).strip()
    if "  " in value or not value.isprintable():
        value = " ".join(value.split())
    if "''" in value:  # inches, typed as two apostrophes
        value = value.replace("''", '"')
    return value if len(value) <= LONGEST else ""


def _decimal(fraction: re.Match[str]) -> str:
    part = f"{unicodedata.numeric(fraction[2]):.15g}"
    return f"{fraction[1] or '0'}٫{part[2:]}"


def fold(text: str) -> str:
    """Give a word without accents, in lower case, as the tables of words hold it.

    >>> fold("Février"), fold("KASIM") == fold("Kasım"), fold("km²")
    ('fevrier', True, 'km2')
    """
    if text.isascii():
        return text.lower()
    marked = unicodedata.normalize("NFKD", text.casefold().replace("ı", "i"))
    return "".join(sign for sign in marked if not unicodedata.combining(sign))
