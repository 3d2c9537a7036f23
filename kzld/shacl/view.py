"""Some graphs of a store, merged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

import pyoxigraph as ox

from kzld.rdf.namespaces import RDF, RDFS, Term
from kzld.rdf.store import Store

_RDF_TYPE = ox.NamedNode(RDF + "type")
SUBCLASS = ox.NamedNode(RDFS + "subClassOf")
_BATCH = 500
About = dict[str, dict[Term, None]]
"""Properties with their values, each once, in order."""
NO_VALUES: dict[Term, None] = {}


_SUBJECT = attrgetter("subject")


class View:
    """Some graphs of a store, merged.

    A view remembers the classes of nodes, and which graphs have statements, because each graph
    costs time in each query. After the statements have changed, make a new view.

    Attributes:
        store: the store.
    """

    def __init__(self, store: Store, graphs: Iterable[ox.NamedNode]) -> None:
        self.store = store
        self._graphs = [
            graph for graph in graphs if any(store.quads_for_pattern(None, None, None, graph))
        ]
        self._has_written = store.has_written
        self._classes: dict[frozenset[Term], frozenset[str]] = {}
        self._classes_of: dict[Term, frozenset[str]] = {}

    def with_graphs_of(self, other: View) -> View:
        """A view of these graphs and of those of another view of the store."""
        return View(self.store, [*self._graphs, *other._graphs])

    def size(self) -> int:
        """The number of statements; a statement in two graphs counts twice."""
        [row] = self.query("SELECT (COUNT(*) AS ?count) WHERE { ?s ?p ?o }", {})
        return int(getattr(row["count"], "value", 0))

    def _quads(
        self, subject: Term | None, predicate: ox.NamedNode | None, value: Term | None
    ) -> Iterator[ox.Quad]:
        if isinstance(subject, ox.Literal):
            return
        for graph in self._graphs:
            yield from self.store.quads_for_pattern(subject, predicate, value, graph)

    def quads(self) -> Iterator[ox.Quad]:
        """All statements, graph by graph."""
        return self._quads(None, None, None)

    def spellings(self, subject: Term, predicate: ox.NamedNode | None, value: Term) -> list[Term]:
        """The values as they are written, for a value in the answer to a query.

        Args:
            subject: the subject of the statements.
            predicate: their property; None for any.
            value: the value, by which the query was answered.
        """
        if not self._has_written or not isinstance(value, ox.Literal):
            return [value]
        about = subject if isinstance(subject, (ox.NamedNode, ox.BlankNode)) else None
        return self.store.spellings(about, predicate, value, self._graphs) or [value]

    def has(
        self, subject: Term | None, predicate: ox.NamedNode | str | None, value: Term | None
    ) -> bool:
        """Whether there is such a statement; None stands for any term."""
        if isinstance(predicate, str):
            predicate = ox.NamedNode(predicate)
        return next(self._quads(subject, predicate, value), None) is not None

    def mentions(self, node: Term) -> bool:
        """Whether a node is the subject or the value of a statement."""
        return self.has(node, None, None) or self.has(None, None, node)

    def subjects(self, predicates: Iterable[str] | None = None) -> set[Term]:
        """All subjects, or the subjects of some properties."""
        if predicates is None:
            return {subject for subject, _ in groupby(self.quads(), _SUBJECT)}
        names = [ox.NamedNode(name) for name in predicates]
        return {quad.subject for name in names for quad in self._quads(None, name, None)}

    def referring_to(self, value: Term) -> set[Term]:
        """The subjects of the statements with a value."""
        return {quad.subject for quad in self._quads(None, None, value)}

    def objects(self, predicate: str) -> set[Term]:
        """All values of a property."""
        return {quad.object for quad in self._quads(None, ox.NamedNode(predicate), None)}

    def about(self, node: Term) -> About:
        """The values of each property of a node, each once, in order."""
        return _describe(self._quads(node, None, None))

    def descriptions(self) -> Iterator[tuple[Term, About]]:
        """Each subject with its description, in two passes over the statements.

        Most subjects have all their statements together in one graph. Only for the others are
        the statements looked up.
        """
        seen: set[Term] = set()
        scattered: set[Term] = set()
        for subject, _ in groupby(self.quads(), _SUBJECT):
            (scattered if subject in seen else seen).add(subject)
        for subject, quads in groupby(self.quads(), _SUBJECT):
            if subject not in scattered:
                yield subject, _describe(quads)
        for subject in scattered:
            yield subject, self.about(subject)

    def read_classes(self) -> None:
        """Look up the classes of all nodes at once."""
        one: dict[Term, frozenset[Term]] = {}
        types: dict[Term, frozenset[Term]] = {}
        for quad in self._quads(None, _RDF_TYPE, None):
            subject, kind = quad.subject, quad.object
            found = one.setdefault(kind, frozenset((kind,)))
            types[subject] = types[subject] | found if subject in types else found
        self._classes_of = {node: self._classes_for(found) for node, found in types.items()}

    def classes(self, node: Term) -> frozenset[str]:
        """The classes of a node, and their superclasses."""
        found = self._classes_of.get(node)
        if found is None:
            types = frozenset(quad.object for quad in self._quads(node, _RDF_TYPE, None))
            found = self._classes_of[node] = self._classes_for(types)
        return found

    def classes_among(self, about: About) -> frozenset[str]:
        """The classes in a description, and their superclasses."""
        return self._classes_for(frozenset(about.get(_RDF_TYPE.value, NO_VALUES)))

    def _classes_for(self, types: frozenset[Term]) -> frozenset[str]:
        """Some classes, and their superclasses."""
        found = self._classes.get(types)
        if found is None:
            found = frozenset[str]().union(*map(self._superclasses, types))
            self._classes[types] = found
        return found

    def _superclasses(self, name: Term) -> frozenset[str]:
        """A class and all its superclasses."""
        found, ahead = set(), [name]
        while ahead:
            at = ahead.pop()
            if isinstance(at, ox.NamedNode) and at.value not in found:
                found.add(at.value)
                ahead += (quad.object for quad in self._quads(at, SUBCLASS, None))
        return frozenset(found)

    def subclasses(self, name: str) -> set[str]:
        """A class and all its subclasses."""
        found, ahead = set(), [ox.NamedNode(name)]
        while ahead:
            at = ahead.pop()
            if at.value not in found:
                found.add(at.value)
                below = (quad.subject for quad in self._quads(None, SUBCLASS, at))
                ahead += (node for node in below if isinstance(node, ox.NamedNode))
        return found

    def instances(self, name: str) -> set[Term]:
        """The nodes of a class or of one of its sub-classes."""
        classes = map(ox.NamedNode, self.subclasses(name))
        return {q.subject for kind in classes for q in self._quads(None, _RDF_TYPE, kind)}

    def query(
        self,
        text: str,
        prefixes: Mapping[str, str],
        bound: dict[ox.Variable, Term] | None = None,
    ) -> list[ox.QuerySolution]:
        """The solutions of a SELECT query, with some variables bound."""
        found = self.store.evaluate(
            text,
            prefixes=dict(prefixes),
            default_graph=list(self._graphs),
            substitutions=bound,
        )
        return list(found) if isinstance(found, ox.QuerySolutions) else []

    def ask(
        self,
        text: str,
        prefixes: Mapping[str, str],
        start: int,
        variable: str,
        nodes: Iterable[Term],
    ) -> Iterator[ox.QuerySolution]:
        """The solutions of a query for which a variable is one of some nodes.

        Args:
            text: the query.
            prefixes: the prefixes that the query uses.
            start: the place in the query at which the variable can be bound.
            variable: the variable, without `?`.
            nodes: IRIs and blank nodes; VALUES cannot name blank nodes, so each is a query.
        """
        names = [node for node in nodes if isinstance(node, ox.NamedNode)]
        for first in range(0, len(names), _BATCH):
            batch = " ".join(map(str, names[first : first + _BATCH]))
            values = f" VALUES ?{variable} {{ {batch} }} "
            yield from self.query(text[:start] + values + text[start:], prefixes)
        for node in nodes:
            if isinstance(node, ox.BlankNode):
                named = _select_also(text, variable)
                yield from self.query(named, prefixes, {ox.Variable(variable): node})


@dataclass(frozen=True)
class Change:
    """Statements that are added and removed.

    Attributes:
        before: all statements before the change.
        after: all statements after it.
        added: the statements that only `after` has.
        removed: the statements that only `before` has.
    """

    before: View
    after: View
    added: View
    removed: View

    def subjects(self) -> set[Term]:
        """The subjects of all statements that are added or removed."""
        return self.added.subjects() | self.removed.subjects()

    def concerns(self, node: Term) -> bool:
        """Whether a statement about a node is added or removed."""
        return self.added.has(node, None, None) or self.removed.has(node, None, None)

    def changes_classes(self) -> bool:
        """Whether a class gets or loses a superclass."""
        return self.added.has(None, SUBCLASS, None) or self.removed.has(None, SUBCLASS, None)

    def lost_classes(self) -> set[Term]:
        """The nodes that lose a class."""
        return self.removed.subjects([_RDF_TYPE.value])


def _select_also(text: str, variable: str) -> str:
    """A query that selects a variable: only such variables can be bound to a blank node."""
    head, where, body = text.partition("WHERE")
    if re.search(rf"[?$]{variable}\b", head):
        return text
    return f"{head} ?{variable} {where}{body}"


def _describe(quads: Iterable[ox.Quad]) -> About:
    about: About = {}
    for quad in quads:
        about.setdefault(quad.predicate.value, {})[quad.object] = None
    return about
