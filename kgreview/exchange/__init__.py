"""Sources in forms that other tools write, and alignments out in forms that other tools read."""
