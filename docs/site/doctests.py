"""Shows the examples of docstrings as code: lines that begin with ``>>>``, and what they print."""

from __future__ import annotations

from typing import Any

import griffe


class Doctests(griffe.Extension):
    """Puts a fence around each example of a docstring."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Change the docstring that will be shown."""
        if obj.docstring is not None:
            obj.docstring.value = fenced(obj.docstring.value)


def fenced(text: str) -> str:
    """Put a fence around each paragraph that begins with ``>>>``."""
    return "\n\n".join(
        f"```python\n{part}\n```" if part.startswith(">>>") else part for part in text.split("\n\n")
    )
