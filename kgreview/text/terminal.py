"""Text for a terminal: what a graph or a file says is shown there, and never obeyed."""

from __future__ import annotations

import re

# control characters but for line feed and tab: they change the title, write links, move about;
# what turns the writing around; and halves of characters, which no terminal can be sent
_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def for_terminal(text: str) -> str:
    """Write out what a terminal would obey as its code, as in JSON, which stays what it says."""
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
