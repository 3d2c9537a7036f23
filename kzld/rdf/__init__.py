"""RDF files and terms: reading with line numbers, writing in one style."""
