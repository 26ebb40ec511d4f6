"""Sources in the forms that other tools write, alignments out in the forms that they read."""
