"""Names of people as they type them: one spelling of each, and which look like one another."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from kgreview.errors import InputError
from kgreview.text.letters import unseen

LONGEST_NAME = 80  # characters
_MIXABLE = frozenset({"COMMON", "INHERITED", "UNKNOWN"})  # no script of their own
_ONE_LOOK = {"0": "O", "1": "l", "I": "l", "|": "l"}  # of what is typed on any keyboard
_ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK"})  # scripts with letters that look alike


def tidy_name(typed: str) -> str:
    """Give a name as it is kept: without what nobody sees, wide letters as the usual ones.

    Raises ``InputError`` where nothing is left, where it is too long, and where one word mixes
    letters of scripts that look alike.
    """
    compatible = unicodedata.normalize("NFKC", typed)
    name = " ".join("".join(map(_visible, compatible)).split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise InputError(
            f"a curator's name has 1 to {LONGEST_NAME} characters that can be seen; give another"
        )
    mixed = next((word for word in name.split() if _mixes(word)), None)
    if mixed is not None:
        raise InputError(
            f"the name '{mixed}' mixes letters of two scripts that look alike; write it in one"
        )
    return name


@lru_cache(maxsize=4096)
def name_form(name: str) -> str:
    """Give the form by which names are told apart: two of one form are one person."""
    return unicodedata.normalize("NFKC", "".join(map(_visible, name)).casefold()).strip()


@lru_cache(maxsize=4096)
def looks(name: str) -> frozenset[str]:
    """Give how a name looks: as it is, in small letters and in capitals.

    Names that share one of these are taken for one another.
    """
    forms = name, name.lower(), name.upper()
    return frozenset("".join(map(_look, form)) for form in forms)


def _visible(character: str) -> str:
    if character.isspace():
        return " "
    return "" if unseen(character) else character


def _mixes(word: str) -> bool:
    if word.isascii():
        return False
    from confusable_homoglyphs.categories import unique_aliases  # 200 kB that few names need

    return len((unique_aliases(word) - _MIXABLE) & _ALIKE) > 1


@lru_cache(maxsize=4096)
def _look(character: str) -> str:
    """Give one of the characters that look like this one, the same for all of them."""
    if not character.isascii():
        from confusable_homoglyphs.confusables import confusables_data  # 900 kB, rarely needed

        others = [other["c"] for other in confusables_data.get(character, ())]
        alike = [each for each in (character, *others) if len(each) == 1]
        character = min(alike, key=lambda each: (not each.isascii(), each))
    return _ONE_LOOK.get(character, character)
