"""Ids of several tables in one graph, where two tables may use the same id for different things."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from kgreview.progress import Notice


class IdSpaces:
    """Makes ids of tables, or of other spaces, unique in a graph.

    They stay as they are, unless an id stands in two spaces: then each gets its space before it.
    """

    def __init__(self, ids: Mapping[str, pa.Array], notice: Notice) -> None:
        """``ids``: those of each space, none twice."""
        together = pa.chunked_array(list(ids.values()), pa.large_string())
        again = len(together) - (pc.count_distinct(together).as_py() or 0)
        self._are_shared = again > 0
        if self._are_shared:
            name = next(name for name, values in ids.items() if len(values))
            example = self.unique(name, ids[name][:1])[0].as_py()
            notice(
                f"ids that stand in several tables: {again:,}; the table goes before each id, as "
                f"in {example}"
            )

    def unique(self, space: str, ids: pa.Array) -> pa.Array:
        """Give ids of a space as the graph has them."""
        if not self._are_shared:
            return ids
        text = pa.large_string()
        return pc.binary_join_element_wise(pa.scalar(space, text), ids, pa.scalar(":", text))
