"""What arrays are called, by what they hold; their shapes stand where they are used."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]  # rows of the entities of a graph
Ints = npt.NDArray[np.int64]  # any other whole numbers: positions, codes, counts
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
