"""Readers: from tables somebody else wrote to a ``KnowledgeGraph`` or ``Links``."""

from kgreview.graph.readers.links import LinkColumns, LinkFile, read_link_splits, read_link_table
from kgreview.graph.readers.table_folder import read_table_folder

__all__ = ["LinkColumns", "LinkFile", "read_link_splits", "read_link_table", "read_table_folder"]
