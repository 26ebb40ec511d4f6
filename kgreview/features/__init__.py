"""How alike the entities of a pair are: fields of entities, similarities of pairs."""
