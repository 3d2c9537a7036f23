"""A store that gives literals back as files write them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import IO, Any

import pyoxigraph as ox

from kzld.rdf.literals import is_rewritten, stored_form
from kzld.rdf.namespaces import Term

Graph = ox.NamedNode | ox.BlankNode | ox.DefaultGraph
_NO_QUADS: dict[ox.Quad, list[Term]] = {}


class Store:
    """A store of Oxigraph, and beside it the literals that this would rewrite.

    Oxigraph keeps the value of a literal, not its text, and compares by value in queries. This
    class remembers the text of the literals that differ from Oxigraph's form: two texts of one
    value are two statements, as RDF has it. Most data have no such literal; then all work is
    done by Oxigraph alone.

    Args:
        store: a store, all literals of which are in Oxigraph's form; by default an empty one.
    """

    def __init__(self, store: ox.Store | None = None) -> None:
        self._store = ox.Store() if store is None else store
        # By graph: the statements as Oxigraph has them, with all their literals as written.
        self._written: defaultdict[Graph, dict[ox.Quad, list[Term]]] = defaultdict(dict)

    @property
    def has_written(self) -> bool:
        """Whether any literal differs from Oxigraph's form."""
        return any(self._written.values())

    def __len__(self) -> int:
        """The number of statements."""
        several = (len(terms) - 1 for found in self._written.values() for terms in found.values())
        return len(self._store) + sum(several)

    def __iter__(self) -> Iterator[ox.Quad]:
        return iter(self.quads_for_pattern(None, None, None))

    def __contains__(self, quad: ox.Quad) -> bool:
        stored = _as_stored(quad)
        written = self._written_for(quad.graph_name).get(stored)
        if written is not None:
            return quad.object in written
        return stored.object == quad.object and stored in self._store

    def add(self, quad: ox.Quad) -> None:
        """Add a statement."""
        self.extend([quad])

    def extend(self, quads: Iterable[ox.Quad]) -> None:
        """Add statements."""
        self._add(self._store.extend, quads)

    def bulk_extend(self, quads: Iterable[ox.Quad]) -> None:
        """Add many statements, which takes less time and more memory than `extend`."""
        self._add(self._store.bulk_extend, quads)

    def load_file(self, path: str, form: ox.RdfFormat, graph: ox.NamedNode) -> None:
        """Load a file, all literals of which are in Oxigraph's form (see `is_rewritten`)."""
        self._store.load(path=path, format=form, to_graph=graph)

    def bulk_load(self, text: bytes, form: ox.RdfFormat, graph: ox.NamedNode) -> None:
        """Load a large text, all literals of which are in Oxigraph's form."""
        self._store.bulk_load(text, format=form, to_graph=graph)

    def _add(self, add: Callable[[Iterable[ox.Quad]], None], quads: Iterable[ox.Quad]) -> None:
        rewritten: list[ox.Quad] = []

        def others() -> Iterator[ox.Quad]:
            for quad in quads:
                if is_rewritten(quad.object):
                    rewritten.append(quad)
                    continue
                if self._written and quad in (written := self._written_for(quad.graph_name)):
                    _append(written[quad], quad.object)
                yield quad

        add(others())
        for quad in rewritten:  # the store tells now whether its own form is in the files, too
            stored, written = _as_stored(quad), self._written[quad.graph_name]
            if stored not in written:
                written[stored] = [stored.object] if stored in self._store else []
            _append(written[stored], quad.object)
        if rewritten:
            add(map(_as_stored, rewritten))

    def remove(self, quad: ox.Quad) -> None:
        """Remove a statement; there need not be such a statement."""
        stored = _as_stored(quad)
        written = self._written_for(quad.graph_name)
        if stored not in written:
            if stored.object == quad.object:
                self._store.remove(quad)
            return
        kept = [term for term in written.pop(stored) if term != quad.object]
        if not kept:
            self._store.remove(stored)
        elif kept != [stored.object]:
            written[stored] = kept

    def remove_graph(self, graph: ox.NamedNode) -> None:
        """Remove a graph with its statements."""
        self._store.remove_graph(graph)
        self._written.pop(graph, None)

    def quads_for_pattern(
        self,
        subject: Term | None,
        predicate: ox.NamedNode | None,
        object: Term | None,  # noqa: A002 (as Oxigraph calls it)
        graph_name: Graph | None = None,
    ) -> Iterator[ox.Quad]:
        """The statements that match a pattern, in no order; None stands for any term."""
        if isinstance(subject, (ox.Literal, ox.Triple)):
            return iter(())
        stored = stored_form(object) if is_rewritten(object) else object
        found = self._store.quads_for_pattern(subject, predicate, stored, graph_name)
        if self.has_written if graph_name is None else self._written_for(graph_name):
            return self._as_written(found, object)
        return found if stored == object else iter(())

    def _as_written(self, found: Iterable[ox.Quad], value: Term | None) -> Iterator[ox.Quad]:
        for quad in found:
            own, written = quad.object, None
            if isinstance(own, ox.Literal):  # others need no look-up, which takes longest here
                written = self._written_for(quad.graph_name).get(quad)
            if written is None:
                if value is None or own == value:
                    yield quad
                continue
            for term in written:
                if value is None or term == value:
                    yield ox.Quad(quad.subject, quad.predicate, term, quad.graph_name)

    def spellings(
        self,
        subject: ox.NamedNode | ox.BlankNode | None,
        predicate: ox.NamedNode | None,
        value: Term,
        graphs: Iterable[Graph] | None = None,
    ) -> list[Term]:
        """The literals of one value in statements that match a pattern, each once, as written.

        Args:
            subject: an IRI or blank node; None for any.
            predicate: an IRI; None for any.
            value: a literal in Oxigraph's form.
            graphs: the graphs to look in; None for all.
        """
        places = [None] if graphs is None else graphs
        found = (self._store.quads_for_pattern(subject, predicate, value, g) for g in places)
        quads = self._as_written(chain.from_iterable(found), None)
        return list(dict.fromkeys(quad.object for quad in quads))

    def rewritten_values(self) -> set[Term]:
        """The literals in Oxigraph's form that a statement has in another form, too or only."""
        return {quad.object for written in self._written.values() for quad in written}

    def query(self, query: str, *, prefixes: Mapping[str, str], **options: Any) -> Any:
        """The answer to a query, with the literals of statements as they are written.

        Args:
            query: SPARQL 1.1.
            prefixes: the prefixes that need no declaration.
            options: further arguments of `pyoxigraph.Store.query`.

        Returns:
            Solutions, a truth value, or an iterator of triples.
        """
        answer = self.evaluate(query, prefixes=prefixes, **options)
        if not self.has_written or isinstance(answer, ox.QueryBoolean):
            return answer
        from kzld.rdf import spelling  # imports rdflib, and is seldom needed

        return spelling.as_written(answer, self, query, prefixes, options.get("base_iri"))

    def evaluate(self, query: str, **options: Any) -> Any:
        """The answer to a query with all literals in Oxigraph's form, by which it is computed."""
        return self._store.query(query, **options)

    def dump_graph(self, graph: ox.NamedNode, output: IO[bytes]) -> None:
        """Write the statements of a graph as N-Triples, in no order."""
        form = ox.RdfFormat.N_TRIPLES
        if self._written_for(graph):
            triples = (quad.triple for quad in self.quads_for_pattern(None, None, None, graph))
            ox.serialize(triples, output, form)
        else:
            self._store.dump(output, form, from_graph=graph)

    def dump(self, path: str) -> None:
        """Write all statements into a file, as N-Quads in no order."""
        if self.has_written:
            ox.serialize(self, path, ox.RdfFormat.N_QUADS)
        else:
            self._store.dump(path, ox.RdfFormat.N_QUADS)

    def _written_for(self, graph: Graph) -> dict[ox.Quad, list[Term]]:
        return self._written.get(graph, _NO_QUADS)


def _as_stored(quad: ox.Quad) -> ox.Quad:
    """A statement with its literal in Oxigraph's form."""
    if not is_rewritten(quad.object):
        return quad
    return ox.Quad(quad.subject, quad.predicate, stored_form(quad.object), quad.graph_name)


def _append(terms: list[Term], term: Term) -> None:
    if term not in terms:
        terms.append(term)
