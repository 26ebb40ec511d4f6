"""Which pairs of entities are worth a look, and how alike they are on their face."""
