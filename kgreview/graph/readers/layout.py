"""What the header of a table says, and which of its columns can be read."""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from kgreview.graph.readers.text_rows import Dialect

_BINARY = (
    pa.types.is_binary,
    pa.types.is_large_binary,
    pa.types.is_binary_view,
    pa.types.is_fixed_size_binary,
)
_LISTS = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)


class Layout(NamedTuple):
    """What the header of a table says."""

    row: int  # where it stands; 0: in another file
    names: list[str]
    kinds: list[pa.DataType]  # of the columns; of a text table, none
    dialect: Dialect | None  # of a text table

    def can_be_read(self, place: int) -> bool:
        """Whether the cells of a column are texts, numbers, dates or the like, or lists of such."""
        kind = self.kinds[place] if self.kinds else pa.string()
        return is_plain(kind.value_type if is_list(kind) else kind)


def is_plain(kind: pa.DataType) -> bool:
    """Whether the cells of a column are texts, numbers, dates or the like, one each."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return not (pa.types.is_nested(kind) or any(is_a(kind) for is_a in _BINARY))


def is_list(kind: pa.DataType) -> bool:
    """Whether the cells of a column are lists."""
    return any(is_a(kind) for is_a in _LISTS)
