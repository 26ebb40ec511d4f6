"""Decisions, the queue that asks for them, versions and jobs: everything kept in ``kgreview.db``.

The only room with SQL. Open the database with ``database.database(path)``, once for each script
run or thread, and hand it to the functions of the other modules.
"""
