"""Blanks and placeholders. (Replaced at merge.)"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

_WORDS = {"unknown", "n/a", "na", "none", "null", "nan", "-", "?", "0000-00-00"}


def is_blank(values: pa.Array) -> npt.NDArray[np.bool_]:
    return np.array([not (v or "").strip() for v in values.to_pylist()], dtype=bool)


def is_placeholder_word(values: pa.Array) -> npt.NDArray[np.bool_]:
    return np.array(
        [(v or "").strip().casefold() in _WORDS for v in values.to_pylist()], dtype=bool
    )
