"""Which pairs of entities are worth a look."""
