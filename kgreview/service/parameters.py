"""Parameters of an address: read, checked, and described for OpenAPI by one and the same value."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kgreview.errors import InputError
from kgreview.graph.quoting import quoted
from kgreview.store.search import storable

LONGEST_TEXT = 2_000  # characters of a parameter


@dataclass(frozen=True)
class Parameter:
    """One parameter: a text, one of some texts, a whole number or a share."""

    name: str
    words: str  # what it is, for people
    kind: str = "string"  # "string", "integer" or "number"
    default: Any = None
    choices: tuple[str, ...] = ()
    low: float = 0
    high: float = math.inf
    required: bool = False

    def read(self, text: str | None) -> Any:
        """Give the value that a text of an address stands for. Raises ``InputError``."""
        if text is None or (text == "" and not self.required):
            if self.required:
                raise InputError(f"{self.name}: is missing; give {self.words}")
            return self.default
        if self.kind == "string":
            return self._text(storable(text))
        return self._number(text)

    def _text(self, text: str) -> str:
        if self.choices and text not in self.choices:
            raise InputError(f"{self.name} {quoted(text)}: give one of {', '.join(self.choices)}")
        if len(text) > LONGEST_TEXT:
            raise InputError(f"{self.name}: is longer than {LONGEST_TEXT:,} characters; shorten it")
        return text

    def _number(self, text: str) -> float:
        whole = self.kind == "integer"
        range_ = f"from {self.low:g}" + (f" to {self.high:g}" if math.isfinite(self.high) else "")
        wanted = InputError(
            f"{self.name} {quoted(text[:40])}: give a {'whole ' if whole else ''}number {range_}"
        )
        if whole and not (text.isascii() and text.isdigit() and len(text) < 16):
            raise wanted
        try:
            number = int(text) if whole else float(text)
        except ValueError:
            raise wanted from None
        if not self.low <= number <= self.high:  # nan, too
            raise wanted
        return number

    def to_openapi(self) -> dict[str, Any]:
        """Describe it."""
        schema: dict[str, Any] = {"type": self.kind}
        if self.choices:
            schema["enum"] = list(self.choices)
        if self.kind != "string":
            schema["minimum"] = self.low
            if math.isfinite(self.high):
                schema["maximum"] = self.high
        if self.default is not None:
            schema["default"] = self.default
        return {
            "name": self.name,
            "in": "query",
            "description": self.words,
            "required": self.required,
            "schema": schema,
        }


def read_all(parameters: Iterable[Parameter], given: Mapping[str, str]) -> dict[str, Any]:
    """Read all parameters of an address. Raises ``InputError`` for one that is none of them."""
    by_name = {each.name: each for each in parameters}
    for name in given:
        if name not in by_name:
            raise InputError(
                f"parameter {quoted(name[:40])}: is unknown; known are "
                f"{', '.join(by_name) or 'none'}"
            )
    return {name: each.read(given.get(name)) for name, each in by_name.items()}
