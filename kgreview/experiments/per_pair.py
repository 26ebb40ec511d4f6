"""What a benchmark says of each pair, as one Parquet file for whoever measures on."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from kgreview.arrays import Rows
from kgreview.graph.knowledge_graph import KnowledgeGraph

_SCHEMA = pa.schema(
    [
        ("left", pa.large_string()),
        ("right", pa.large_string()),
        ("label", pa.int8()),
        ("split", pa.string()),
        ("method", pa.string()),
        ("seed", pa.int32()),
        ("score", pa.float64()),
        ("probability", pa.float64()),
    ],
    metadata={
        "about": "pairs of test and valid links; score and probability are null where blocking "
        "lost the match"
    },
)


class PerPair:
    """Writes rows as they are made; the file is whole when the ``with`` block is left."""

    def __init__(self, path: Path, left: KnowledgeGraph, right: KnowledgeGraph) -> None:
        self._left, self._right = left.ids, right.ids
        self._writer = pq.ParquetWriter(path, _SCHEMA)

    def __enter__(self) -> PerPair:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()

    def write(
        self,
        method: str,
        seed: int,
        split: str,
        pairs: tuple[Rows, Rows],
        label: npt.NDArray[np.int8],
        score: npt.NDArray[np.floating],
        probability: npt.NDArray[np.floating],
    ) -> None:
        """Write rows of a run, (pairs,) each; nan where blocking lost a match."""
        count = len(label)
        columns = [
            self._left.take(pa.array(pairs[0])),
            self._right.take(pa.array(pairs[1])),
            pa.array(label, pa.int8()),
            pa.repeat(pa.scalar(split, pa.string()), count),
            pa.repeat(pa.scalar(method, pa.string()), count),
            pa.repeat(pa.scalar(seed, pa.int32()), count),
            _numbers(score),
            _numbers(probability),
        ]
        self._writer.write_table(pa.Table.from_arrays(columns, schema=_SCHEMA))


def _numbers(values: npt.NDArray[np.floating]) -> pa.Array:
    wide = np.asarray(values, dtype=np.float64)
    return pa.array(wide, pa.float64(), mask=np.isnan(wide))
