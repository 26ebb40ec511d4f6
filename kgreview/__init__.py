"""Review entity matches between two knowledge graphs."""

__version__ = "0.1.0"
