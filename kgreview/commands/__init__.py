"""The commands of ``kgreview``, by what they are for; options they share, and the app's server."""
