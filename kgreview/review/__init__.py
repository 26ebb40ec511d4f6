"""Decisions, queue, versions and jobs in SQLite. The only room with sqlite-utils."""
