"""The commands of ``kgreview``, by what they are for; options they share, and the app's server.

Torch takes seconds to import: what needs it is imported by the commands that do.
"""
