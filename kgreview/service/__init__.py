"""What the app answers to other programs over HTTP: the Reconciliation API, and a REST read side.

Nothing here changes a project.
"""
