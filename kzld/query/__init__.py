"""Questions answered: SPARQL, named questions, cards."""
