"""A SHACL engine. It knows RDF and nothing of the data set."""
