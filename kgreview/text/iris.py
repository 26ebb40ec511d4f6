"""IRIs made fit to be read: shortened for the eye, never for an id."""

from __future__ import annotations

import re
from urllib.parse import unquote

_WORD = re.compile(r"[^\W\d_]+|\d+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def local_name(name: str) -> str:
    """Give the last part of an IRI, of a path of IRIs those of its steps, any other name as it is.

    >>> local_name("http://dbpedia.org/ontology/birthPlace"), local_name("and/or")
    ('birthPlace', 'and/or')
    >>> local_name("<http://schema.org/address>/<http://schema.org/streetAddress>")
    'address/streetAddress'
    """
    steps = path_steps(name)
    if len(steps) > 1:
        return "/".join(map(local_name, steps))
    if "://" not in name[:20]:
        return name
    return re.split(r"[/#]", name.rstrip("/#"))[-1] or name


def path_of(steps: list[str]) -> str:
    """Write IRIs one after another as a property path of SPARQL; one step is the IRI itself.

    >>> path_of(["http://x.org/address", "http://x.org/street"]), path_of(["http://x.org/name"])
    ('<http://x.org/address>/<http://x.org/street>', 'http://x.org/name')
    """
    return steps[0] if len(steps) == 1 else "/".join(f"<{step}>" for step in steps)


def path_steps(name: str) -> list[str]:
    """Give the IRIs of a path, and any other name as its one step."""
    if name.startswith("<") and name.endswith(">") and ">/<" in name:
        return name[1:-1].split(">/<")
    return [name]


def name_of(entity_id: str) -> str:
    """Give the name that an id ends in, as people write it: decoded, with spaces.

    >>> name_of("http://dbpedia.org/resource/AC/DC"), name_of("http://x.org/n#New_York%21")
    ('AC/DC', 'New York!')
    """
    after = re.split(r"/resource/", entity_id, maxsplit=1)
    last = after[1] if len(after) > 1 and after[1] else local_name(entity_id)
    return " ".join(unquote(last).replace("_", " ").split())


def is_worded(name: str) -> bool:
    """Whether a name has a word, unlike a code such as ``Q42``, ``m.0f8l9c`` or ``E399772``.

    >>> is_worded("Apollo 13"), is_worded("北京"), is_worded("Q42"), is_worded("m.0f8l9c")
    (True, True, False, False)
    """
    words = re.split(r"[\W_]+", name)
    return any(word.isalpha() and (len(word) > 1 or not word.isascii()) for word in words)


def words_of(identifier: str) -> list[str]:
    """Split the local part of an attribute or relation name into lower-case words.

    Of a path, those of all its steps.

    >>> words_of("http://x.org/ontology#birthDate"), words_of("Song_Name"), words_of("prefLabel")
    (['birth', 'date'], ['song', 'name'], ['pref', 'label'])
    """
    return [
        part.lower()
        for step in path_steps(identifier)
        for word in _WORD.findall(re.split(r"[/#:]", step.rstrip("/#:"))[-1])
        for part in _CAMEL.split(word)
    ]
