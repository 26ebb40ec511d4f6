"""The verbs a user knows: create, block, train, score, fine-tune, evaluate."""
