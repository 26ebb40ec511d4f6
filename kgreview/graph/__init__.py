"""Knowledge graphs: columns, readers, schema. Imports nothing of the other rooms."""
