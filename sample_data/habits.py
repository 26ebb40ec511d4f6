"""How catalogues write things down: functions from one spelling to another, free of chance."""

from __future__ import annotations

import re
import unicodedata

ARTICLES = ("The", "A", "An", "La", "Le", "Les", "Los", "El", "Der", "Das")
PARTICLES = frozenset({"von", "van", "de", "del", "di", "da", "der", "bo"})
SUFFIXES = frozenset({"Jr.", "Sr.", "II", "III"})

# ISO 9, short of its apostrophes: one of several spellings in use, and not the English one.
CYRILLIC_SCHOLARLY = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщыэюя",
        (*"abvgdeëžzijklmnoprstuf", "ch", *"cčš", "šč", *"yè", "ju", "ja"),
        strict=True,
    )
) | {"ь": "", "ъ": ""}
CYRILLIC_ENGLISH = CYRILLIC_SCHOLARLY | {
    "ё": "yo",
    "ж": "zh",
    "й": "y",
    "х": "kh",
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "shch",
    "э": "e",
    "ю": "yu",
    "я": "ya",
}
# Letters that Unicode does not take apart into a base letter and a mark.
PLAIN_LETTERS = str.maketrans(
    {
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "ß": "ss",
        "æ": "ae",
        "Æ": "Ae",
        "ð": "d",
        "Þ": "Th",
        "þ": "th",
    }
)
SHORT_NAMES = {
    "William": "Bill",
    "Robert": "Bob",
    "Thomas": "Tom",
    "Margaret": "Peggy",
    "Michael": "Mike",
    "James": "Jim",
    "Richard": "Dick",
    "Charles": "Charlie",
    "Edward": "Ted",
    "Anthony": "Tony",
    "Samuel": "Sam",
    "Joseph": "Joe",
    "Daniel": "Dan",
    "Benjamin": "Ben",
    "Henry": "Harry",
    "Katharina": "Käthe",
}


def transliterate(text: str, letters: dict[str, str] = CYRILLIC_ENGLISH) -> str:
    """``text`` with Cyrillic letters spelt in Latin ones; everything else stays."""
    spelt = []
    for letter in text:
        latin = letters.get(letter.lower())
        if latin is None:
            spelt.append(letter)
        else:
            spelt.append(latin.capitalize() if letter.isupper() else latin)
    return "".join(spelt)


def is_latin(text: str) -> bool:
    """Whether every letter of ``text`` belongs to the Latin script."""
    return all("LATIN" in unicodedata.name(letter, "") for letter in text if letter.isalpha())


def without_accents(text: str) -> str:
    """``text`` as a keyboard without accents would have it: Skarsgård → Skarsgard."""
    apart = unicodedata.normalize("NFD", text.translate(PLAIN_LETTERS))
    return unicodedata.normalize("NFC", "".join(c for c in apart if not unicodedata.combining(c)))


def split_name(name: str) -> tuple[list[str], str]:
    """Given names and surname, which may be empty: "Max von Sydow" → (["Max"], "von Sydow")."""
    words = name.split()
    if len(words) < 2:
        return words, ""
    start = len(words) - 1
    if words[start] in SUFFIXES and start > 1:
        start -= 1
    while start > 1 and words[start - 1] in PARTICLES:
        start -= 1
    return words[:start], " ".join(words[start:])


def initials(name: str) -> str:
    """Given names cut to their first letters: "John Ronald Reuel Tolkien" → "J. R. R. Tolkien"."""
    given, surname = split_name(name)
    if not surname:
        return name
    return " ".join([*(f"{word[0]}." for word in given), surname])


def surname_first(name: str) -> str:
    """ "Max von Sydow" → "von Sydow, Max"; a single name stays as it is."""
    given, surname = split_name(name)
    return f"{surname}, {' '.join(given)}" if surname else name


def drop_middle(name: str) -> str:
    """ "Samuel L. Jackson" → "Samuel Jackson": only the first given name is kept."""
    given, surname = split_name(name)
    return f"{given[0]} {surname}" if surname else name


def drop_surname(name: str) -> str:
    """ "Aditya Raj Kapoor" → "Aditya Raj", where two given names are left to go by."""
    given, surname = split_name(name)
    return " ".join(given) if surname and len(given) > 1 else name


def short_given_name(name: str) -> str:
    """ "William Hale" → "Bill Hale", for the given names that have a customary short form."""
    first, _, rest = name.partition(" ")
    return f"{SHORT_NAMES.get(first, first)} {rest}".rstrip()


def article_last(title: str) -> str:
    """ "The Godfather" → "Godfather, The"."""
    first, _, rest = title.partition(" ")
    return f"{rest}, {first}" if rest and first in ARTICLES else title


def drop_article(title: str) -> str:
    """ "The Godfather" → "Godfather"."""
    first, _, rest = title.partition(" ")
    return rest if rest and first in ARTICLES else title


def drop_subtitle(title: str) -> str:
    """ "Kill Bill: Volume 1" → "Kill Bill"."""
    return re.split(r": | – ", title, maxsplit=1)[0]


def swap_ampersand(title: str) -> str:
    """ "Thelma & Louise" → "Thelma and Louise", and back."""
    return title.replace(" & ", " and ") if " & " in title else title.replace(" and ", " & ")


def swap_letters(text: str, at: int) -> str:
    """A slip of the fingers: the letters at ``at`` and after it change places."""
    return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]


def lose_letter(text: str, at: int) -> str:
    """A slip of the fingers: the letter at ``at`` is missing."""
    return text[:at] + text[at + 1 :]


def day_before_month(date: str) -> str:
    """1970-07-03 read the American way: 1970-03-07. A date that cannot be misread so stays."""
    year, month, day = date.split("-")
    return f"{year}-{day}-{month}" if int(day) <= 12 else date
